// Machines that break one rule each, to show what the rule is for: the closed list of doc/design.md.

#include "../../model/core/host.h"
#include "ladder.h"
#include "pair.h"
#include "server.h"

#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace lifecycle::test
{
namespace
{

template <class Value>
ConnectionConfig
With(Value ConnectionConfig::*setting, Value value)
{
    ConnectionConfig config = Plain();
    config.*setting = value;
    return config;
}

const ConnectionConfig TWO_WAY = With(&ConnectionConfig::twoWayHandshake, true);

// Covers T53
TEST(Counterfactuals, TwoWayListenerIsEstablishedOnSyn)
{
    Ladder l(TWO_WAY);
    l.Listens().Moves("T01");
    l.Arrives(Seq(0).Syn()).Moves("T53").Sends(Seq(0).Ack(1).Syn()).OffersChild();
    l.In(State::ESTABLISHED);
    l.At(1h); // no timer runs: the SYN,ACK is never repeated
    l.Arrives(Seq(0).Syn()).Challenges(Seq(1).Ack(1)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(1).Ack(1)); // the third segment tells nothing new
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.In(State::ESTABLISHED);
}

// Covers T53: what a stale SYN carries reaches the user
TEST(Counterfactuals, TwoWayListenerDeliversTheTextOfASyn)
{
    Ladder l(TWO_WAY);
    l.Listens().Moves("T01");
    l.Arrives(Seq(0).Syn().Len(10)).Moves("T53").Sends(Seq(0).Ack(1).Syn()).OffersChild();
    l.Takes(1, 10).Acks(Seq(1).Ack(11));
    l.Arrives(Seq(11).Fin()).Drops(DropReason::NO_ACK);
    l.Arrives(Seq(11).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(1).Ack(12));
}

// Covers T53: the lost SYN,ACK leaves one end open for ever
TEST(Counterfactuals, TwoWayHandshakeIsStuckWithoutItsSynAck)
{
    for (const bool twoWay : {true, false})
    {
        ConnectionConfig config = With(&ConnectionConfig::twoWayHandshake, twoWay);
        config.synRetries = 3;
        Pair pair(config);
        pair.Listen(Side::B);
        pair.DropNext(Side::B);
        pair.Connect(Side::A);
        pair.RunUntil(1min);
        EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
        EXPECT_EQ(pair.Reason(Side::A),
                  twoWay ? std::optional(CloseReason::TIMED_OUT) : std::nullopt);
    }
}

TEST(Counterfactuals, TwoWayHandshakeNeedsRoomInTheAcceptQueueAlone)
{
    ListenConfig listen;
    listen.synQueueLimit = 1;
    listen.acceptQueueLimit = 2;
    Server server(listen, {}, TWO_WAY);
    for (const std::uint16_t port : {1, 2, 3})
    {
        server.Syn(From(port));
    }
    EXPECT_EQ(server.moves, (Strings{"T53", "T53"}));
    EXPECT_EQ(server.host.SynQueueLength(server.listener), 0U);
    EXPECT_EQ(server.host.AcceptQueueLength(server.listener), 2U);
    EXPECT_EQ(server.host.Counters().acceptOverflows, 1U);
    EXPECT_TRUE(server.host.Accept(server.listener));
    server.Syn(From(3));
    EXPECT_EQ(server.host.AcceptQueueLength(server.listener), 2U);
    Actions out;
    EXPECT_FALSE(server.host.Close(server.listener, server.now, out)); // and its children with it
    EXPECT_EQ(server.host.Size(), 1U);
}

/** The numbers of SYNs to one peer at some times, a second apart; it refuses each. */
std::vector<std::uint32_t>
IsnsOf(std::uint64_t secret, IsnPolicy policy)
{
    HostConfig config;
    config.isnPolicy = policy;
    Host host(config, {secret, 9});
    std::vector<std::uint32_t> numbers;
    for (Instant now{}; now < Instant(4s); now += 1s)
    {
        Actions out;
        const auto opened = host.OpenActive({{HERE, 1024}, {THERE, 80}}, {}, now, out);
        const auto id = std::get<ConnectionId>(opened);
        numbers.push_back(host.Find(id)->Snd().iss.Value());
        EXPECT_FALSE(host.Abort(id, now, out));
    }
    return numbers;
}

// Covers R-19: a second is 250000 ticks, with the hash or without
TEST(Counterfactuals, IsnPolicies)
{
    using Numbers = std::vector<std::uint32_t>;
    EXPECT_EQ(IsnsOf(7, IsnPolicy::CONSTANT), (Numbers{0, 0, 0, 0}));
    EXPECT_EQ(IsnsOf(7, IsnPolicy::CLOCK), (Numbers{0, 250000, 500000, 750000}));
    EXPECT_EQ(IsnsOf(7, IsnPolicy::CLOCK), IsnsOf(8, IsnPolicy::CLOCK));
    const Numbers standard = IsnsOf(7, IsnPolicy::RFC6528);
    EXPECT_NE(standard, IsnsOf(8, IsnPolicy::RFC6528));
    const Numbers random = IsnsOf(7, IsnPolicy::RANDOM);
    EXPECT_EQ(random, IsnsOf(7, IsnPolicy::RANDOM)); // the same run again gives the same
    EXPECT_NE(random, IsnsOf(8, IsnPolicy::RANDOM));
    for (std::size_t i = 1; i < standard.size(); ++i)
    {
        EXPECT_EQ(standard[i] - standard[i - 1], 250000U);
        EXPECT_NE(random[i] - random[i - 1], 250000U);
    }
}

// Covers IsnPolicy random: uniform over sixteen equal parts, by chi-square with 15 degrees of freedom
TEST(Counterfactuals, RandomIsnsAreUniform)
{
    HostConfig config;
    config.isnPolicy = IsnPolicy::RANDOM;
    Host host(config, {7, 9});
    constexpr int COUNT = 16000;
    std::array<int, 16> parts{};
    for (int i = 0; i < COUNT; ++i)
    {
        Actions out;
        const Instant now(i * 10ms);
        const auto opened = host.OpenActive({{HERE, 1024}, {THERE, 80}}, {}, now, out);
        const auto id = std::get<ConnectionId>(opened);
        ++parts[host.Find(id)->Snd().iss.Value() >> 28];
        EXPECT_FALSE(host.Abort(id, now, out));
    }
    double chiSquare = 0;
    for (const int part : parts)
    {
        const double off = part - COUNT / 16.0;
        chiSquare += off * off / (COUNT / 16.0);
    }
    EXPECT_LT(chiSquare, 37.7); // 99.9 %
}

// Covers T30, R-69
TEST(Counterfactuals, TimeWaitLastsAsLongAsItsFactorSays)
{
    for (const auto& [factor, length] :
         {std::pair<double, Duration>{2, 240s}, {1, 120s}, {0.25, 30s}, {0, 0s}})
    {
        Ladder l(With(&ConnectionConfig::timeWaitFactor, factor));
        l.At(0s).ToTimeWait();
        l.At(length).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
        l.Forgets(CloseReason::NORMAL);
    }
}

TEST(Counterfactuals, TimeWaitOfAnotherLengthIsRestartedAtThatLength)
{
    Ladder l(With(&ConnectionConfig::timeWaitFactor, 0.5));
    l.At(0s).ToTimeWait();
    l.At(59s).Arrives(Seq(1).Ack(2).Fin()).Acks(Seq(2).Ack(2));
    l.At(119s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers P31: as RFC 793 3.4 has it
TEST(Counterfactuals, ResetAnywhereInTheWindowKills)
{
    ConnectionConfig config = With(&ConnectionConfig::rfc793Reset, true);
    config.rfc1337 = false;
    for (const auto& [state, id] : {std::pair<State, const char*>{State::ESTABLISHED, "T41.ES"},
                                    {State::FIN_WAIT_1, "T41.F1"},
                                    {State::FIN_WAIT_2, "T41.F2"},
                                    {State::CLOSE_WAIT, "T41.CW"},
                                    {State::CLOSING, "T41.CG"},
                                    {State::LAST_ACK, "T41.LA"},
                                    {State::TIME_WAIT, "T41.TW"}})
    {
        SCOPED_TRACE(id);
        for (const bool last : {false, true})
        {
            Ladder l(config);
            l.To(state);
            const std::uint32_t window = l.Subject().Rcv().wnd;
            const std::uint32_t inside = l.RcvNxt() + (last ? window - 1 : 1);
            l.Arrives(Seq(l.RcvNxt() + window).Rst()).Drops(DropReason::BAD_SEQUENCE);
            l.Arrives(Seq(l.RcvNxt() - 1).Rst()).Drops(DropReason::BAD_SEQUENCE);
            l.Arrives(Seq(inside).Rst()).Moves(id);
            if (state != State::CLOSING && state != State::LAST_ACK && state != State::TIME_WAIT)
            {
                l.Tells(UserSignal::CONNECTION_RESET);
            }
            l.Forgets(CloseReason::RESET);
        }
    }
}

// Covers T14: the closed window has no inside but RCV.NXT
TEST(Counterfactuals, ResetBehindAClosedWindowIsNotInIt)
{
    ConnectionConfig config = With(&ConnectionConfig::rfc793Reset, true);
    config.receiveBuffer = 10;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11).Win(0));
    l.Arrives(Seq(12).Rst()).Challenges(Seq(1).Ack(11)).Drops(DropReason::BAD_RESET);
    l.In(State::ESTABLISHED);
}

// Covers P51: as RFC 793 3.9 has it
TEST(Counterfactuals, AckMayBeAsOldAsItLikes)
{
    const std::uint32_t half = 0x7fffffff;
    Ladder standard;
    standard.ToEstablished();
    standard.Arrives(Seq(1).Ack(1 - 65536).Len(5));
    standard.Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_ACK);

    Ladder l(With(&ConnectionConfig::rfc793Ack, true));
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(2).Len(5)).Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(1).Ack(1 - 65536).Len(5)).Takes(1, 5).Acks(Seq(1).Ack(6));
    l.Arrives(Seq(6).Ack(1 - half).Len(5)).Takes(6, 5).Acks(Seq(1).Ack(11));
    l.In(State::ESTABLISHED);
}

// Covers T44.ES, R-81: what MUST-29 forbids
TEST(Counterfactuals, KeepaliveThatLosesOneProbeGivesUp)
{
    ConnectionConfig config = With(&ConnectionConfig::keepAlive, true);
    config.keepIdle = 10s;
    config.keepInterval = 1s;
    for (const std::uint32_t count : {1, 2})
    {
        config.keepCount = count;
        Pair pair(config);
        pair.Establish();
        pair.Configure(Side::B, Plain());
        pair.DropNext(Side::A);
        pair.RunUntil(60s);
        EXPECT_EQ(pair.Reason(Side::A),
                  count == 1 ? std::optional(CloseReason::KEEPALIVE) : std::nullopt);
    }
}

const ConnectionConfig HASTY = With(&ConnectionConfig::awaitFin, false);

// Covers T54
TEST(Counterfactuals, FinNeedNotBeAwaited)
{
    Ladder l(HASTY);
    l.At(0s).ToFinWait1();
    l.At(1ms).Arrives(Seq(1).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T54");
    l.Arrives(Seq(1).Ack(2).Len(10)).Drops(DropReason::IGNORED_TEXT); // and never acknowledged
    l.At(100s).Arrives(Seq(11).Ack(2).Fin()).Acks(Seq(2).Ack(1));     // something is missing
    l.At(340s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers T54
TEST(Counterfactuals, FinThatWasNotAwaitedIsAcknowledgedAllTheSame)
{
    Ladder l(HASTY);
    l.At(0s).ToFinWait1();
    l.Arrives(Seq(1).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T54");
    l.At(100s).Arrives(Seq(1).Ack(2).Fin()).Acks(Seq(2).Ack(2));
    l.At(200s).Arrives(Seq(1).Ack(2).Fin()).Acks(Seq(2).Ack(2)); // again: D2
    l.At(440s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers T54, T25, T26, T28: the peer's FIN comes first, or with the ACK of ours
TEST(Counterfactuals, FinThatComesInTimeMakesNoDifference)
{
    Ladder l(HASTY);
    l.ToClosing();
    l.Arrives(Seq(2).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T28");
    Ladder m(HASTY);
    m.ToFinWait1();
    m.Arrives(Seq(1).Ack(2).Fin()).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T26");
    m.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(2));
}

// Covers T54: the other direction of a half-closed connection is lost
TEST(Counterfactuals, HalfCloseLosesWhatThePeerHasToSay)
{
    for (const bool awaits : {true, false})
    {
        Pair pair(With(&ConnectionConfig::awaitFin, awaits));
        pair.Establish();
        pair.Close(Side::A);
        pair.Step(1s);
        pair.Send(Side::B, 1000);
        pair.Step(1s);
        pair.Close(Side::B);
        pair.Run();
        EXPECT_EQ(pair.Delivered(Side::A), awaits ? 1000U : 0U);
        EXPECT_TRUE(pair.NothingLeft());
    }
}

// Covers the names in manifests: none by default, one for each machine, and what a preset does is none
TEST(Counterfactuals, AreNamed)
{
    for (const std::string& preset : PresetNames())
    {
        EXPECT_TRUE(Counterfactuals(*FindPreset(preset), *FindPreset(preset)).empty()) << preset;
    }
    StackConfig config;
    const auto names = [&config](const char* preset) {
        return Counterfactuals(config, *FindPreset(preset));
    };
    using Names = std::vector<std::string_view>;
    config.connection.rfc1337 = false;
    EXPECT_EQ(names("rfc9293"), Names{"RST honoured in TIME-WAIT"});
    EXPECT_EQ(names("linux"), Names{});
    config.connection.keepCount = 1;
    EXPECT_EQ(names("linux"), Names{}); // keepalive is off
    config.connection.keepAlive = true;
    config.connection.twoWayHandshake = true;
    config.connection.timeWaitFactor = 0;
    config.connection.timeWaitRestart = false;
    config.connection.rfc793Reset = true;
    config.connection.rfc793Syn = true;
    config.connection.rfc793Ack = true;
    config.connection.awaitFin = false;
    config.host.isnPolicy = IsnPolicy::CLOCK;
    EXPECT_EQ(names("rfc9293"),
              (Names{"two-way handshake",
                     "ISN clock",
                     "TIME-WAIT of other than two MSL",
                     "TIME-WAIT not restarted",
                     "RST honoured in TIME-WAIT",
                     "RST by RFC 793",
                     "SYN by RFC 793",
                     "ACK by RFC 793",
                     "keepalive gives up after one loss",
                     "FIN not awaited"}));
    config = {};
    config.host.isnPolicy = IsnPolicy::CONSTANT;
    EXPECT_EQ(names("rfc9293"), Names{"ISN constant"});
    config.host.isnPolicy = IsnPolicy::RANDOM;
    EXPECT_EQ(names("rfc9293"), Names{"ISN random"});
}

} // namespace
} // namespace lifecycle::test
