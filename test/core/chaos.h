#ifndef LIFECYCLE_TEST_CHAOS_H
#define LIFECYCLE_TEST_CHAOS_H

#include "../../model/core/host.h"
#include "dropped.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lifecycle::test
{

using namespace std::chrono_literals;

/**
 * One host and somebody who does anything to it.
 *
 * Each draw is a full expression or ordered by the language, so that the same numbers mean the same to every
 * compiler.
 */
class Chaos
{
  public:
    /** @param random what decides, number by number. */
    Chaos(std::uint32_t secret, std::function<std::uint32_t()> random)
        : m_random(std::move(random)),
          m_switches(Draw64()),
          m_host(SomeHost(), {secret, 1})
    {
    }

    void Step()
    {
        switch (Draw(10))
        {
        case 0:
            Open();
            break;
        case 1:
        case 2:
            Call();
            break;
        case 3:
            Advance();
            break;
        case 4:
            HearOfError();
            break;
        case 5:
            FinishHandshake();
            break;
        default:
            Arrive();
            break;
        }
    }

    void AbortAll()
    {
        for (const bool lingering : {false, true}) // T50: what is left in TIME-WAIT goes then
        {
            SCOPED_TRACE(lingering);
            const std::vector<ConnectionId> all(m_alive.begin(), m_alive.end());
            for (const ConnectionId id : all)
            {
                Actions out;
                static_cast<void>(
                    m_host.Abort(id, m_now, out)); // a child may have gone with its listener
                Check(out);
            }
        }
        EXPECT_EQ(m_host.Size(), 0U);
        EXPECT_FALSE(m_host.NextDeadline());
        EXPECT_TRUE(m_alive.empty());
    }

    const std::set<State>& Visited() const
    {
        return m_visited;
    }

    /** The ids of the transitions that were taken. */
    const std::set<std::string_view>& Taken() const
    {
        return m_taken;
    }

  private:
    /** One draw an expression: compilers differ in which operand or argument comes first. */
    std::uint32_t Draw(std::uint32_t bound)
    {
        return static_cast<std::uint32_t>(m_random() % bound);
    }

    std::uint64_t Draw64()
    {
        const std::uint64_t high = m_random();
        return high << 32 | m_random();
    }

    template <class T>
    T OneOf(std::initializer_list<T> values)
    {
        return *(values.begin() + Draw(static_cast<std::uint32_t>(values.size())));
    }

    /** The settings allow these transitions, which are off by default. */
    void Allow(std::string_view group, bool isSet)
    {
        if (isSet)
        {
            m_allowed.insert(group);
        }
    }

    HostConfig SomeHost()
    {
        HostConfig config;
        config.ephemeralFirst = 5000;
        config.ephemeralLast = 5003;
        config.isnPolicy =
            OneOf({IsnPolicy::CONSTANT, IsnPolicy::CLOCK, IsnPolicy::RANDOM, IsnPolicy::RFC6528});
        config.synCacheBuckets = Draw(3);
        config.synCacheBucketLimit = Draw(3);
        config.timeWaitLimit = Draw(4);
        config.timeWaitOverflow =
            OneOf({TimeWaitOverflow::DROP_OLDEST, TimeWaitOverflow::DROP_NEW});
        config.blackHole = OneOf({BlackHole::OFF, BlackHole::SYN, BlackHole::ALL});
        config.dropSynFin = Draw(2) == 0;
        config.compactRecords = Draw(2) == 0;
        Allow("T19", config.synCacheBuckets > 0);
        Allow("T39", config.synCacheBuckets > 0);
        Allow("T38", config.timeWaitLimit > 0);
        return config;
    }

    ListenConfig SomeListener()
    {
        ListenConfig listen;
        listen.synQueueLimit = Draw(4);
        listen.acceptQueueLimit = Draw(3);
        listen.synOverflow = OneOf({SynOverflow::DROP_NEW,
                                    SynOverflow::DROP_OLDEST,
                                    SynOverflow::RANDOM_EARLY_DROP,
                                    SynOverflow::RESET});
        listen.synCookies =
            OneOf({SynCookieUse::OFF, SynCookieUse::ON_OVERFLOW, SynCookieUse::ALWAYS});
        Allow("T19", listen.synOverflow == SynOverflow::DROP_OLDEST);
        Allow("T39", listen.synOverflow == SynOverflow::DROP_OLDEST);
        listen.keepSynText = Draw(2) == 0;
        Allow("T07", listen.synCookies != SynCookieUse::OFF);
        return listen;
    }

    /** Turns some of what presets linux and freebsd do otherwise, as the bits of @p turned say. */
    static void TurnDepartures(ConnectionConfig& config, std::uint64_t turned)
    {
        using Config = ConnectionConfig;
        static constexpr bool Config::*SWITCHES[] = {
            &Config::timeWaitReopenBeyond,
            &Config::timeWaitReopenBySequence,
            &Config::timeWaitSynEnds,
            &Config::timeWaitDropReset,
            &Config::timeWaitRestartByAck,
            &Config::synReceivedRepeat,
            &Config::synReceivedReset,
            &Config::synReceivedCloseSilent,
            &Config::synSentDropFin,
            &Config::takeOldAck,
            &Config::delaySynTextAck,
            &Config::listenerCloseSilent,
            &Config::synAgainAfterBadAck,
            &Config::closeUnreadFin,
            &Config::resetTextBehindFin,
            &Config::resetBelowFin,
            &Config::orphanSynReset,
            &Config::orphanProbesEnd,
            &Config::acceptAllRoom,
            &Config::roundWindowUp,
            &Config::halveReceiveBuffer,
            &Config::firstWindowInSegments,
            &Config::tolerateMissingTimestamp,
            &Config::zeroTimestampUnseen,
            &Config::slowStartAllOctets,
            &Config::synRtoSlop,
            &Config::ecnAfterPlainSyn,
            &Config::icmpProhibitedAborts,
            &Config::icmpTimeExceededAborts,
            &Config::rfc793SynResetHasAck,
        };
        static_assert(std::size(SWITCHES) <= 56, "the other bits are for what follows");
        for (std::size_t i = 0; i < std::size(SWITCHES); ++i)
        {
            config.*SWITCHES[i] = (turned >> i & 1) != 0;
        }
        config.timeWaitAcks = static_cast<TimeWaitAcks>((turned >> 56) % 3);
        config.quickAcks = static_cast<std::uint32_t>(turned >> 58) % 4;
    }

    ConnectionConfig SomeConfig()
    {
        using Config = ConnectionConfig;
        static constexpr bool Config::*SWITCHES[] = {
            &Config::rfc1337,
            &Config::timeWaitRestart,
            &Config::timeWaitReopen,
            &Config::timeWaitDropSyn,
            &Config::timeWaitReuse,
            &Config::abortLingers,
            &Config::ignoreSynAckInListen,
            &Config::openFromListen,
            &Config::strictSimultaneousOpen,
            &Config::strictRepeatedSyn,
            &Config::synReceivedAckRange,
            &Config::synReceivedChallenge,
            &Config::twoWayHandshake,
            &Config::awaitFin,
            &Config::closingRepeatsFin,
            &Config::lingerZero,
            &Config::drainAfterClose,
            &Config::roundReceiveBuffer,
            &Config::announceAllRoom,
            &Config::windowScaling,
            &Config::timestamps,
            &Config::timestampOffset,
            &Config::sack,
            &Config::nagle,
            &Config::resetOnGiveUp,
            &Config::keepAlive,
            &Config::keepGarbageOctet,
            &Config::keepReset,
            &Config::icmpSequenceCheck,
            &Config::icmpAbortsOpening,
            &Config::icmpAbortsSynchronized,
            &Config::icmpSoftAborts,
            &Config::reportSoftErrors,
            &Config::rfc793Reset,
            &Config::rfc793Syn,
            &Config::rfc793Ack,
            &Config::resetIllegalOption,
            &Config::resetHasAck,
            &Config::abortOnOverflow,
            &Config::userTimeoutCoversProbes,
        };
        static_assert(std::size(SWITCHES) <= 64, "a draw decides about all of them");
        Config config;
        const std::uint64_t turned = Draw64() & m_switches;
        for (std::size_t i = 0; i < std::size(SWITCHES); ++i)
        {
            config.*SWITCHES[i] = config.*SWITCHES[i] != ((turned >> i & 1) != 0);
        }
        // From the same draw, so that inputs that were found to break something mean what they meant.
        config.unacceptableAckInterval = std::chrono::milliseconds((turned >> 63) * 500);
        TurnDepartures(config, turned * 0x9e3779b97f4a7c15U);
        config.msl = std::chrono::seconds(Draw(20));
        config.timeWaitFactor = 0.5 * Draw(5);
        config.finWait2Timeout = std::chrono::seconds(Draw(3) * 10);
        config.orphanRetries = Draw(3);
        config.mss = OneOf<std::uint16_t>({100, 536, 1460});
        config.receiveBuffer = OneOf<std::uint32_t>({2000, 65535, 1 << 20});
        config.maxReceiveBuffer = OneOf<std::uint32_t>({0, 1 << 21});
        config.sendBuffer = 5000;
        config.initialCwnd = 1 + Draw(10);
        config.delayedAck = std::chrono::milliseconds(Draw(3) * 100);
        config.delayedAckCount = 1 + Draw(3);
        config.initialRto = std::chrono::seconds(1 + Draw(3));
        config.maxRto = std::chrono::seconds(5 + Draw(60));
        config.rtoSlop = std::chrono::milliseconds(Draw(2) * 200);
        config.r1 = Draw(4);
        config.synRetries = Draw(5);
        config.synLinearRetries = Draw(3);
        config.synsWithOptions = Draw(3);
        config.synAckRetries = Draw(5);
        config.dataRetries = Draw(5);
        config.userTimeout = std::chrono::seconds(Draw(3) * 10);
        config.timestampTick = OneOf<Duration>({1ms, 100ms, 1s});
        config.persistMin = std::chrono::seconds(Draw(3));
        config.persistMax = std::chrono::seconds(Draw(3) * 5);
        config.openTimeout = std::chrono::seconds(Draw(3) * 5);
        config.keepIdle = 5s;
        config.keepInterval = 1s;
        config.keepCount = 1 + Draw(3);
        config.challengeAckLimit = Draw(4);
        config.finAckDelay = std::chrono::milliseconds(Draw(2) * 200);
        config.ecn = OneOf({EcnUse::OFF, EcnUse::PASSIVE, EcnUse::ON});
        config.ecnSynRetries = Draw(3);
        Allow("T04", config.openFromListen);
        Allow("T05", config.openFromListen);
        Allow("T32", config.timeWaitReuse);
        Allow("T41", !config.rfc1337);
        Allow("T45", config.icmpAbortsSynchronized);
        Allow("T46", config.icmpSoftAborts || config.icmpTimeExceededAborts);
        Allow("T47", config.rfc793Syn || config.timeWaitSynEnds || config.orphanSynReset);
        Allow("T56", config.resetTextBehindFin);
        Allow("T48", config.resetIllegalOption);
        Allow("T50", config.abortLingers);
        Allow("T52", config.abortOnOverflow);
        Allow("T53", config.twoWayHandshake);
        Allow("T54", !config.awaitFin);
        return config;
    }

    Endpoint Here(std::uint16_t port) const
    {
        return {Address::FromIpv4(0x0a000001), port};
    }

    Endpoint There(std::uint16_t port) const
    {
        return {Address::FromIpv4(0x0a000002), port};
    }

    ConnectionId SomeId()
    {
        if (m_alive.empty() || Draw(20) == 0)
        {
            return ConnectionId{Draw(1000)};
        }
        auto at = m_alive.begin();
        std::advance(at, Draw(static_cast<std::uint32_t>(m_alive.size())));
        return *at;
    }

    void Open()
    {
        Actions out;
        if (Draw(2) == 0)
        {
            const ConnectionConfig config = SomeConfig();
            m_host.OpenPassive(Here(80), config, SomeListener(), out);
        }
        else
        {
            const std::uint16_t port = Draw(2) == 0 ? 0 : 80;
            const FourTuple path{Here(port), There(static_cast<std::uint16_t>(90 + Draw(3)))};
            const auto opened = m_host.OpenActive(path, SomeConfig(), m_now, out);
            const auto* id = std::get_if<ConnectionId>(&opened);
            if (port == 0 && id != nullptr)
            {
                EXPECT_EQ(m_bound.count(m_host.Find(*id)->Path().local.port), 0U);
            }
        }
        Check(out);
    }

    void Bind()
    {
        if (Draw(2) == 0 || m_bound.empty())
        {
            const auto port = m_host.BindPort(
                Here(Draw(2) == 0 ? 0 : static_cast<std::uint16_t>(5000 + Draw(4))));
            EXPECT_TRUE(!port || m_bound.insert(*port).second) << "bound twice";
        }
        else
        {
            m_host.UnbindPort(Here(*m_bound.begin()));
            m_bound.erase(m_bound.begin());
        }
    }

    void Call()
    {
        Actions out;
        const ConnectionId id = SomeId();
        const auto connection = m_host.Find(id);
        switch (Draw(13))
        {
        case 0:
            static_cast<void>(m_host.Close(id, m_now, out));
            break;
        case 1:
            static_cast<void>(m_host.CloseFully(id, m_now, out));
            m_readerGone.insert(id);
            break;
        case 2:
            static_cast<void>(m_host.Abort(id, m_now, out));
            break;
        case 3:
        case 4:
            m_host.Accept(id);
            break;
        case 5:
            m_host.Configure(id, SomeConfig(), m_now, out);
            break;
        case 6:
        case 7:
            static_cast<void>(m_host.Send(id, Draw(6000), m_now, out));
            break;
        case 8:
            static_cast<void>(m_host.SendUrgent(id, Draw(100), m_now, out));
            break;
        case 9: {
            const FourTuple path{Here(80), There(static_cast<std::uint16_t>(90 + Draw(3)))};
            const bool sends = Draw(2) != 0;
            const std::uint32_t octets = Draw(100);
            static_cast<void>(m_host.OpenFromListen(id, path, sends ? octets : 0, m_now, out));
            break;
        }
        case 10:
            Bind();
            break;
        default:
            if (connection != nullptr)
            {
                const bool mayRead =
                    m_readerGone.count(id) == 0 && connection->Config().drainAfterClose;
                const std::uint32_t octets = Draw(connection->Rcv().unread + 1);
                const auto error = m_host.Receive(id, octets, m_now, out);
                EXPECT_TRUE(!mayRead || !error);
            }
            break;
        }
        Check(out);
    }

    void HearOfError()
    {
        const auto connection = m_host.Find(SomeId());
        if (connection == nullptr)
        {
            return;
        }
        IcmpError error;
        error.kind = OneOf({IcmpKind::SOFT_ERROR,
                            IcmpKind::HARD_ERROR,
                            IcmpKind::PACKET_TOO_BIG,
                            IcmpKind::SOURCE_QUENCH});
        error.seq = Draw(4) == 0 ? SeqNum(m_random()) : connection->Snd().una;
        error.mtu = Draw(2000);
        error.mtu *= Draw(2);
        Actions out;
        m_host.IcmpArrives(connection->Path(), error, m_now, out);
        Check(out);
    }

    void Advance()
    {
        if (Draw(2) == 0 && m_host.NextDeadline())
        {
            m_now = std::max(m_now, *m_host.NextDeadline());
        }
        else
        {
            m_now += std::chrono::milliseconds(Draw(3000));
        }
        Actions out;
        m_host.DeadlineReached(m_now, out);
        EXPECT_TRUE(!m_host.NextDeadline() || *m_host.NextDeadline() > m_now);
        Check(out);
    }

    std::uint32_t Milliseconds() const
    {
        return static_cast<std::uint32_t>(m_now.time_since_epoch() / 1ms);
    }

    /** Such as the connection expects, mostly. */
    void AddOptions(Segment& seg, const Connection* connection)
    {
        seg.illegalOption = Draw(10) == 0;
        if (seg.Has(Flag::SYN))
        {
            seg.sackPermitted = Draw(2) == 0;
            if (Draw(2) == 0)
            {
                seg.windowScale = static_cast<std::uint8_t>(Draw(4) == 0 ? Draw(256) : Draw(15));
            }
        }
        const bool agreed = connection != nullptr && connection->Agreed().timestamps;
        if (Draw(8) == 0 ? !agreed : agreed || seg.Has(Flag::SYN))
        {
            const bool wild = Draw(10) == 0;
            seg.timestamps = wild ? Timestamps{m_random(), m_random()}
                                  : Timestamps{Milliseconds() + Draw(2), Milliseconds() - Draw(50)};
        }
        const std::uint32_t blocks = Draw(3) == 0 ? Draw(5) : 0;
        for (std::uint32_t i = 0; i < blocks; ++i)
        {
            const bool wild = connection == nullptr || Draw(5) == 0;
            const SeqNum begin = wild ? SeqNum(m_random()) : connection->Snd().una + 100 * Draw(60);
            seg.sack.Add({begin, begin + (wild ? m_random() : 100 * Draw(20))});
        }
    }

    /** Near what the connection expects, mostly. */
    Segment SomeSegment(const Connection* connection)
    {
        static const Flags FLAGS[] = {
            Flag::ACK,
            Flag::ACK,
            Flag::ACK,
            Flag::SYN,
            Flag::SYN | Flag::ACK,
            Flag::FIN | Flag::ACK,
            Flag::FIN | Flag::ACK,
            Flag::RST,
            Flag::RST | Flag::ACK,
            Flag::URG | Flag::ACK,
            Flag::SYN | Flag::FIN,
            Flags::FromBits(0x3f),
            Flags(),
        };
        Segment seg;
        seg.flags = Draw(20) == 0 ? Flags::FromBits(Draw(256)) : FLAGS[Draw(std::size(FLAGS))];
        seg.flags = Draw(4) == 0 ? seg.flags | Flag::ECE : seg.flags;
        seg.flags = Draw(4) == 0 ? seg.flags | Flag::CWR : seg.flags;
        seg.ecn = static_cast<EcnCodepoint>(Draw(4));
        seg.len = Draw(3) == 0 ? Draw(1500) : 0;
        seg.wnd = 65535;
        if (Draw(4) == 0)
        {
            seg.wnd = Draw(3000);
            seg.wnd *= Draw(2);
        }
        seg.up =
            seg.Has(Flag::URG) ? static_cast<std::uint16_t>(Draw(2) == 0 ? Draw(65536) : 10) : 0;
        if (Draw(3) == 0)
        {
            seg.mss = Draw(65536);
        }
        AddOptions(seg, connection);
        seg.seq = SeqNum(m_random());
        seg.ack = SeqNum(m_random());
        if (connection != nullptr && Draw(10) != 0)
        {
            const std::int32_t near[] = {0, 0, 0, 0, -1, 1, -10, 100, 1999, 65534, 65535};
            const auto& snd = connection->Snd();
            seg.seq =
                connection->Rcv().nxt + static_cast<std::uint32_t>(near[Draw(std::size(near))]);
            seg.ack = Draw(2) == 0 ? snd.nxt : snd.una;
            seg.ack += static_cast<std::uint32_t>(Draw(4) == 0 ? near[Draw(std::size(near))] : 0);
        }
        return seg;
    }

    /** The ACK of a SYN,ACK that was sent, which alone may be what remembers its SYN. */
    void FinishHandshake()
    {
        if (!m_synAck)
        {
            return;
        }
        Segment ack;
        ack.flags = Flag::ACK;
        ack.seq = m_synAck->segment.ack;
        ack.ack = m_synAck->segment.seq + 1;
        ack.wnd = 1000;
        if (m_synAck->segment.timestamps)
        {
            ack.timestamps = Timestamps{Milliseconds(), m_synAck->segment.timestamps->val};
        }
        const FourTuple path = m_synAck->path;
        m_synAck.reset();
        Actions out;
        m_host.SegmentArrives(path, ack, m_now, out);
        Check(out);
    }

    void Arrive()
    {
        auto connection = m_host.Find(SomeId());
        FourTuple path{Here(80), There(1 + Draw(6))};
        if (connection != nullptr && connection->Path().remote.port != 0)
        {
            path = connection->Path();
        }
        else
        {
            connection = nullptr;
        }
        const Segment seg = SomeSegment(connection.get());
        const auto before =
            connection != nullptr ? std::make_optional(*connection) : std::nullopt; // a copy
        Actions out;
        m_host.SegmentArrives(path, seg, m_now, out);
        Check(out);
        if (const auto after = before ? m_host.Find(before->Id()) : nullptr)
        {
            CheckDropChangesNothing(*before, *after, out);
        }
        if (seg.Has(Flag::RST))
        {
            for (const Action& action : out)
            {
                const auto* sent = std::get_if<SendSegment>(&action);
                EXPECT_TRUE(sent == nullptr || sent->kind == SegmentKind::CHALLENGE_ACK)
                    << ToString(seg) << " makes us " << ToString(action);
            }
        }
    }

    void Check(const Actions& actions)
    {
        EXPECT_LT(actions.size(), 300U);
        for (const Action& action : actions)
        {
            if (const auto* change = std::get_if<StateChanged>(&action))
            {
                const Transition& transition = *change->transition;
                EXPECT_TRUE(transition.onByDefault ||
                            m_allowed.count(transition.id.substr(0, 3)) != 0)
                    << transition.id;
                EXPECT_EQ(m_forgotten.count(change->id), 0U);
                m_alive.insert(change->id);
                m_visited.insert(transition.to);
                m_taken.insert(transition.id);
            }
            else if (const auto* sent = std::get_if<SendSegment>(&action))
            {
                EXPECT_EQ(m_forgotten.count(sent->id), 0U);
                const bool reset = sent->kind == SegmentKind::RESET;
                EXPECT_EQ(sent->segment.Has(Flag::RST), reset);
                EXPECT_LE(sent->segment.wnd, 65535U);
                EXPECT_EQ(sent->segment.mss.has_value(), sent->segment.Has(Flag::SYN));
                CheckOptions(*sent);
                if (sent->segment.flags == (Flag::SYN | Flag::ACK))
                {
                    m_synAck = *sent;
                }
            }
            else if (const auto* told = std::get_if<TellUser>(&action))
            {
                EXPECT_EQ(m_forgotten.count(told->id), 0U);
            }
            else if (const auto* forget = std::get_if<Forget>(&action))
            {
                EXPECT_TRUE(m_forgotten.insert(forget->id).second);
                EXPECT_EQ(m_host.Find(forget->id), nullptr);
                m_alive.erase(forget->id);
            }
        }
        EXPECT_EQ(m_host.Size(), m_alive.size());
        std::map<State, std::size_t> found;
        Host::QueueLengths queued;
        for (const ConnectionId id : m_alive)
        {
            ++found[m_host.Find(id)->GetState()];
            queued.halfOpen += m_host.SynQueueLength(id);
            queued.completed += m_host.AcceptQueueLength(id);
        }
        EXPECT_EQ(m_host.AllQueueLengths().halfOpen, queued.halfOpen);
        EXPECT_EQ(m_host.AllQueueLengths().completed, queued.completed);
        for (const State state : ALL_STATES)
        {
            EXPECT_EQ(m_host.CountIn(state), found[state]) << ToString(state);
        }
    }

    void CheckOptions(const SendSegment& sent)
    {
        const Segment& seg = sent.segment;
        const bool isSyn = seg.Has(Flag::SYN);
        EXPECT_TRUE(isSyn || !seg.windowScale);
        EXPECT_TRUE(isSyn || !seg.sackPermitted);
        EXPECT_FALSE(seg.illegalOption);
        EXPECT_LE(seg.sack.Count(), seg.timestamps ? 3U : 4U); // all fit: RFC 2018 3
        const auto connection = m_host.Find(sent.id);
        if (connection != nullptr && !isSyn && !seg.Has(Flag::RST))
        {
            EXPECT_EQ(seg.timestamps.has_value(), connection->Agreed().timestamps); // RFC 7323 3.2
            EXPECT_TRUE(seg.sack.Count() == 0 || connection->Agreed().sack);
        }
    }

    std::set<State> m_visited;
    std::set<std::string_view> m_taken;
    std::set<std::string_view> m_allowed; ///< transitions that are off by default
    std::function<std::uint32_t()> m_random;
    std::uint64_t m_switches; ///< which of them may be turned in this life
    Host m_host;
    Instant m_now{};
    std::set<ConnectionId> m_alive;
    std::set<ConnectionId> m_forgotten;
    std::set<ConnectionId> m_readerGone;
    std::set<std::uint16_t> m_bound;
    std::optional<SendSegment> m_synAck; ///< the last one, unless it was answered
};

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_CHAOS_H
