// The named sets of values beside doc/requirements.md, section 4: timers and deployed defaults.

#include "../../model/core/stack-config.h"
#include "ladder.h"

#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

//
TEST(Presets, DefaultIsWhatTheStandardSays)
{
    EXPECT_FALSE(FindPreset("windows"));
    EXPECT_FALSE(FindPreset(""));
    const auto rfc = FindPreset("rfc9293");
    ASSERT_TRUE(rfc);
    EXPECT_EQ(*rfc, StackConfig{});
    const ConnectionConfig& c = rfc->connection;
    EXPECT_EQ(c.msl, 2min);
    EXPECT_TRUE(c.rfc1337);
    EXPECT_EQ(c.initialRto, 1s);
    EXPECT_EQ(c.minRto, 1s);
    EXPECT_GE(c.maxRto, 60s);
    EXPECT_GE(c.r1, 3U);
    EXPECT_EQ(c.userTimeout, 5min);
    EXPECT_FALSE(c.keepAlive);
    EXPECT_GE(c.keepIdle, 2h);
    EXPECT_EQ(c.challengeAckLimit, 10U);
    EXPECT_EQ(c.challengeAckWindow, 5s);
    EXPECT_EQ(c.finAckDelay, 0s);
    EXPECT_EQ(rfc->host.ephemeralFirst, 1024);
    EXPECT_EQ(rfc->host.ephemeralLast, 65535);
}

/** One row of the table of deployed defaults: what it says in numbers, and what a preset says. */
struct DeployedDefault
{
    const char* item;
    std::vector<std::int64_t> wanted;
    std::vector<std::int64_t> found;
};

std::int64_t
Ms(Duration span)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

void
ExpectAll(const std::vector<DeployedDefault>& rows)
{
    for (const DeployedDefault& row : rows)
    {
        EXPECT_EQ(row.wanted, row.found) << row.item;
    }
}

TEST(Presets, LinuxIsAsDeployed)
{
    const StackConfig preset = *FindPreset("linux");
    const ConnectionConfig& c = preset.connection;
    const ListenConfig& l = preset.listen;
    const HostConfig& h = preset.host;
    ExpectAll({
        {"RTO initial, min, max [ms]",
         {1000, 200, 120000},
         {Ms(c.initialRto), Ms(c.minRto), Ms(c.maxRto)}},
        {"SYN retries: linear, then exponential",
         {4, 6},
         {c.synLinearRetries, c.synRetries - c.synLinearRetries}},
        {"timer of the opening [ms]", {0}, {Ms(c.openTimeout)}},
        {"SYN,ACK retries", {5}, {c.synAckRetries}},
        {"data give-up: retries1, retries2", {3, 15}, {c.r1, c.dataRetries}},
        {"user timeout [ms]", {0}, {Ms(c.userTimeout)}},
        {"orphaned FIN-WAIT-1, LAST-ACK", {8}, {c.orphanRetries}},
        {"FIN-WAIT-2 orphan [ms]", {60000}, {Ms(c.finWait2Timeout)}},
        {"TIME-WAIT [ms]", {60000}, {Ms(2 * c.msl)}},
        {"RST in TIME-WAIT is ignored", {0}, {c.rfc1337}},
        {"TIME-WAIT reuse by local connect", {0}, {c.timeWaitReuse}}, // over loopback alone
        {"persist interval: by RTO", {0, 0}, {Ms(c.persistMin), Ms(c.persistMax)}},
        {"keepalive on, idle, interval [ms], count",
         {0, 7200000, 75000, 9},
         {c.keepAlive, Ms(c.keepIdle), Ms(c.keepInterval), c.keepCount}},
        {"keepalive death: RST", {1}, {c.keepReset}},
        {"delayed ACK [ms]", {40}, {Ms(c.delayedAck)}},
        {"listen limit, SYN queue", {4096, 4096}, {l.acceptQueueLimit, l.synQueueLimit}},
        {"SYN cache", {0}, {h.synCacheBuckets}},
        {"SYN cookies",
         {static_cast<int>(SynCookieUse::ON_OVERFLOW)},
         {static_cast<int>(l.synCookies)}},
        {"ECN", {static_cast<int>(EcnUse::PASSIVE)}, {static_cast<int>(c.ecn)}},
        {"ECN: SYNs again that ask", {0}, {c.ecnSynRetries}},
        {"resets of its own have ACK", {1}, {c.resetHasAck}},
        {"challenge ACKs, in [ms]", {1, 500}, {c.challengeAckLimit, Ms(c.challengeAckWindow)}},
        {"TCP_USER_TIMEOUT ends answered probes", {1}, {c.userTimeoutCoversProbes}},
        {"tcp_rmem: default, greatest; half of it is window, in segments, rounded up",
         {131072, 6291456, 1, 1, 1},
         {c.receiveBuffer,
          c.maxReceiveBuffer,
          c.halveReceiveBuffer,
          c.firstWindowInSegments,
          c.roundWindowUp}},
        {"SYN in TIME-WAIT: by timestamp, or beyond RCV.NXT; else it is answered",
         {1, 1, 0, 0},
         {c.timeWaitReopen, c.timeWaitReopenBeyond, c.timeWaitReopenBySequence, c.timeWaitDropSyn}},
        {"TIME-WAIT answers all but what is empty, each ACK restarts it",
         {static_cast<int>(TimeWaitAcks::ALL_BUT_EMPTY), 1, 1},
         {static_cast<int>(c.timeWaitAcks), c.timeWaitRestartByAck, c.timeWaitDropReset}},
        {"a half-open child resets another SYN", {1, 0}, {c.synReceivedReset, c.synReceivedRepeat}},
        {"a listener that closes says nothing", {1}, {c.listenerCloseSilent}},
        {"the backlog holds one more, and then no SYN is taken",
         {static_cast<int>(AcceptQueueRoom::ONE_MORE), 1, 0},
         {static_cast<int>(l.acceptQueueRoom), l.acceptQueueStopsSyns, c.abortOnOverflow}},
        {"a bad ACK in SYN-SENT brings the SYN again", {1}, {c.synAgainAfterBadAck}},
        {"RST below RCV.NXT, SYN at an orphan", {1, 1}, {c.resetBelowFin, c.orphanSynReset}},
        {"orphans give up although probes are answered", {1}, {c.orphanProbesEnd}},
        {"no timestamp, timestamp 0", {1, 1}, {c.tolerateMissingTimestamp, c.zeroTimestampUnseen}},
        {"slow start by octets, while the window is used; quick ACKs",
         {1, 1, 16},
         {c.slowStartAllOctets, c.cwndGrowsIfUsed, c.quickAcks}},
        {"window updates that double, empty probes",
         {1, 1},
         {c.windowUpdateDoubles, c.emptyProbes}},
        {"a listener: SYN with FIN, SYN queue as long as the backlog",
         {1, 1},
         {l.listenDropSynFin, l.synQueueByBacklog}},
        {"ephemeral ports", {32768, 60999}, {h.ephemeralFirst, h.ephemeralLast}},
    });
}

TEST(Presets, FreeBsdIsAsDeployed)
{
    const StackConfig preset = *FindPreset("freebsd");
    const ConnectionConfig& c = preset.connection;
    const ListenConfig& l = preset.listen;
    const HostConfig& h = preset.host;
    ExpectAll({
        {"RTO initial, min, its slop, max [ms]",
         {1000, 30, 200, 64000},
         {Ms(c.initialRto), Ms(c.minRto), Ms(c.rtoSlop), Ms(c.maxRto)}},
        {"SYN retries, linear ones, with the slop",
         {12, 0, 1},
         {c.synRetries, c.synLinearRetries, c.synRtoSlop}},
        {"timer of the opening [ms]", {75000}, {Ms(c.openTimeout)}},
        {"SYN,ACK retries", {3}, {c.synAckRetries}},
        {"ECN", {static_cast<int>(EcnUse::PASSIVE)}, {static_cast<int>(c.ecn)}},
        {"ECN: SYNs again that ask", {1}, {c.ecnSynRetries}},
        {"resets of its own have ACK", {1}, {c.resetHasAck}},
        {"data give-up", {12}, {c.dataRetries}},
        {"user timeout [ms]", {0}, {Ms(c.userTimeout)}},
        {"orphaned FIN-WAIT-1, LAST-ACK: as data", {0}, {c.orphanRetries}},
        {"FIN-WAIT-2 orphan [ms]", {60000}, {Ms(c.finWait2Timeout)}},
        {"TIME-WAIT [ms]", {60000}, {Ms(2 * c.msl)}},
        {"RST in TIME-WAIT is ignored", {1}, {c.rfc1337}},
        {"SYN in TIME-WAIT is dropped unless its number is beyond RCV.NXT; it ends the record of "
         "nobody",
         {1, 1, 1, 1, 1},
         {c.timeWaitReopen,
          c.timeWaitDropSyn,
          c.timeWaitReopenBeyond,
          c.timeWaitReopenBySequence,
          c.timeWaitSynEnds}},
        {"TIME-WAIT answers all but a repetition",
         {static_cast<int>(TimeWaitAcks::ALL_BUT_REPETITION), 0, 1},
         {static_cast<int>(c.timeWaitAcks), c.timeWaitRestartByAck, c.timeWaitDropReset}},
        {"SYN,ACK to a listener is reset", {0}, {c.ignoreSynAckInListen}}, // ignored since 2025
        {"another SYN to a half-open child gets the SYN,ACK, a SYN,ACK a reset",
         {1, 1},
         {c.synReceivedRepeat, c.synReceivedReset}},
        {"a listener that closes, a simultaneous open: nothing is sent",
         {1, 1},
         {c.listenerCloseSilent, c.synReceivedCloseSilent}},
        {"close with unread text: FIN; text behind a FIN: reset",
         {1, 1},
         {c.closeUnreadFin, c.resetTextBehindFin}},
        {"the backlog holds 3N/2 + 1, the next is reset",
         {static_cast<int>(AcceptQueueRoom::HALF_MORE), 0, 1},
         {static_cast<int>(l.acceptQueueRoom), l.acceptQueueStopsSyns, c.abortOnOverflow}},
        {"packet too big at a SYN", {1}, {c.icmpLowersOffer}},
        {"insecure_syn: RST,ACK", {1}, {c.rfc793SynResetHasAck}},
        {"prohibited, time exceeded: hard",
         {1, 1},
         {c.icmpProhibitedAborts, c.icmpTimeExceededAborts}},
        {"no timestamp, ECN after a plain SYN",
         {1, 1},
         {c.tolerateMissingTimestamp, c.ecnAfterPlainSyn}},
        {"FIN and text on a SYN are ignored", {0}, {l.keepSynText}},
        {"FIN again with each ACK in CLOSING, which an old segment may acknowledge",
         {1, 1},
         {c.closingRepeatsFin, c.takeOldAck}},
        {"a FIN that crosses our SYN, the ACK of its text",
         {1, 1},
         {c.synSentDropFin, c.delaySynTextAck}},
        {"receive buffer, rounded up to segments, all announced and accepted, rounded up; the "
         "scale is for",
         {65536, 1, 1, 1, 1, 2097152},
         {c.receiveBuffer,
          c.roundReceiveBuffer,
          c.announceAllRoom,
          c.acceptAllRoom,
          c.roundWindowUp,
          c.maxReceiveBuffer}},
        {"TIME-WAIT reuse by local connect", {0}, {c.timeWaitReuse}},
        {"persist interval [ms]", {5000, 60000}, {Ms(c.persistMin), Ms(c.persistMax)}},
        {"keepalive on, idle, interval [ms], count",
         {1, 7200000, 75000, 8},
         {c.keepAlive, Ms(c.keepIdle), Ms(c.keepInterval), c.keepCount}},
        {"keepalive death: RST", {1}, {c.keepReset}},
        {"delayed ACK [ms]", {40}, {Ms(c.delayedAck)}},
        {"listen limit", {128}, {l.acceptQueueLimit}},
        {"SYN cache: buckets, in each", {512, 30}, {h.synCacheBuckets, h.synCacheBucketLimit}},
        {"the SYN queue is no bound beside the cache", {512 * 30}, {l.synQueueLimit}},
        {"SYN cookies",
         {static_cast<int>(SynCookieUse::ON_OVERFLOW)},
         {static_cast<int>(l.synCookies)}},
        {"challenge ACKs, in [ms]", {5, 1000}, {c.challengeAckLimit, Ms(c.challengeAckWindow)}},
        {"ephemeral ports", {10000, 65535}, {h.ephemeralFirst, h.ephemeralLast}},
    });
}

/** An active OPEN that nobody answers, and that is repeated at @p repeats. */
void
RepeatsItsSyn(Ladder& l, const std::vector<Duration>& repeats)
{
    l.At(0s).ToSynSent();
    for (std::size_t i = 0; i < repeats.size(); ++i)
    {
        l.At(repeats[i]).Expires();
        if (i == 2)
        {
            l.Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS); // R1
        }
        l.Resends(Seq(0).Syn());
    }
}

// Covers R-79: what teaching texts take for the rule
TEST(Presets, TextbookIsTheStandardWithTenProbes)
{
    StackConfig wanted = *FindPreset("rfc9293");
    wanted.connection.keepAlive = true;
    wanted.connection.keepCount = 10;
    const StackConfig preset = *FindPreset("textbook");
    EXPECT_EQ(preset, wanted);
    EXPECT_EQ(preset.connection.keepIdle, 2h);
    EXPECT_EQ(preset.connection.keepInterval, 75s);
}

// Covers R-26, T43.SS: four at a distance of 1 s, six that double
TEST(Presets, LinuxGivesUpAnOpenAfter131Seconds)
{
    Ladder l(FindPreset("linux")->connection);
    RepeatsItsSyn(l, {1s, 2s, 3s, 4s, 5s, 7s, 11s, 19s, 35s, 67s});
    l.At(131s).Expires().Moves("T43.SS").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT);
}

// Covers R-77, T42.SS: tcp_keepinit ends it
TEST(Presets, FreeBsdGivesUpAnOpenAfter75Seconds)
{
    Ladder l(FindPreset("freebsd")->connection);
    RepeatsItsSyn(l, {1s, 3200ms, 7400ms, 15600ms, 31800ms, 64s});
    l.At(75s).Expires().Moves("T42.SS").Tells(UserSignal::USER_TIMEOUT);
    l.Forgets(CloseReason::USER_TIMEOUT);
}

// Covers R-77: the timer of the opening ends with the opening
TEST(Presets, TheTimerOfTheOpeningLeavesAnOpenConnectionAlone)
{
    ConnectionConfig config = Plain();
    config.openTimeout = 5s;
    config.userTimeout = 20s;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.At(1s).UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.At(2s).Expires().Resends(Seq(1).Ack(1).Len(10));
    l.At(4s).Expires().Resends(Seq(1).Ack(1).Len(10));
    l.At(8s).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS);
    l.Resends(Seq(1).Ack(1).Len(10));
    l.At(16s).Expires().Resends(Seq(1).Ack(1).Len(10));
    l.At(21s).Expires().Moves("T42.ES").Tells(UserSignal::USER_TIMEOUT);
    l.Forgets(CloseReason::USER_TIMEOUT);
}

/** A passive OPEN whose SYN,ACK nobody answers: repeated at @p repeats, gone at @p end. */
void
ForgetsAHalfOpenConnection(std::string_view preset,
                           const std::vector<Duration>& repeats,
                           Duration end)
{
    SCOPED_TRACE(std::string(preset));
    Ladder l(FindPreset(preset)->connection);
    l.At(0s).ToSynReceived();
    for (std::size_t i = 0; i < repeats.size(); ++i)
    {
        l.At(repeats[i]).Expires();
        if (i == 2)
        {
            l.Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS);
        }
        l.Resends(Seq(0).Ack(1).Syn());
    }
    l.At(end).Expires().Moves("T18").Forgets(CloseReason::TIMED_OUT);
}

// Covers R-90, T18: RTO0 * (2^(n+1) - 1)
TEST(Presets, HalfOpenConnectionsLiveAsLongAsDeployed)
{
    ForgetsAHalfOpenConnection("linux", {1s, 3s, 7s, 15s, 31s}, 63s);
    ForgetsAHalfOpenConnection("freebsd", {1s, 3s, 7s}, 15s);
}

} // namespace
} // namespace lifecycle::test
