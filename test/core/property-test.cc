// What holds whatever happens: random calls, segments and time against one host.

#include "../../model/core/host.h"
#include "pair.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <vector>

namespace lifecycle::test
{
namespace
{

/** One host and somebody who does anything to it. */
class Chaos
{
  public:
    /** With @p anything, the settings that depart from the standard are drawn as well. */
    Chaos(std::uint32_t seed, bool anything)
        : m_random(seed),
          m_anything(anything),
          m_host(Limits(anything), {seed, 1})
    {
    }

    void Step()
    {
        switch (Draw(8))
        {
        case 0:
            Open();
            break;
        case 1:
            Call();
            break;
        case 2:
            Advance();
            break;
        default:
            Arrive();
            break;
        }
    }

    void AbortAll()
    {
        std::vector<ConnectionId> all(m_alive.begin(), m_alive.end());
        all.insert(all.end(), all.begin(), all.end()); // once more, for who lingers
        for (const ConnectionId id : std::vector<ConnectionId>(all))
        {
            Actions out;
            // A child may have gone with its listener.
            static_cast<void>(m_host.Abort(id, m_now, out));
            Check(out);
        }
        EXPECT_EQ(m_host.Size(), 0U);
        EXPECT_FALSE(m_host.NextDeadline());
        EXPECT_TRUE(m_alive.empty());
    }

    const std::set<State>& Visited() const
    {
        return m_visited;
    }

  private:
    static HostConfig Limits(bool anything)
    {
        HostConfig config;
        config.ephemeralFirst = 5000;
        config.ephemeralLast = 5003;
        config.timeWaitLimit = anything ? 2 : 0;
        return config;
    }

    std::uint32_t Draw(std::uint32_t bound)
    {
        return static_cast<std::uint32_t>(m_random() % bound);
    }

    ConnectionConfig SomeConfig()
    {
        ConnectionConfig config;
        config.receiveBuffer = Draw(2) == 0 ? 2000 : 65535;
        config.sendBuffer = 5000;
        config.msl = std::chrono::seconds(Draw(20));
        config.rfc1337 = Draw(4) != 0;
        config.keepAlive = Draw(2) == 0;
        config.keepIdle = 5s;
        config.keepInterval = 1s;
        config.keepGarbageOctet = Draw(2) == 0;
        config.userTimeout = std::chrono::seconds(Draw(3) * 10);
        config.dataRetries = Draw(5);
        config.synRetries = Draw(5);
        config.synAckRetries = Draw(5);
        config.finAckDelay = std::chrono::milliseconds(Draw(2) * 200);
        config.finWait2Timeout = std::chrono::seconds(Draw(3) * 10);
        if (m_anything)
        {
            DrawSwitches(config);
        }
        return config;
    }

    void DrawSwitches(ConnectionConfig& config)
    {
        for (bool* flag : {&config.timeWaitRestart,
                           &config.timeWaitReopen,
                           &config.timeWaitDropSyn,
                           &config.timeWaitReuse,
                           &config.abortLingers,
                           &config.openFromListen,
                           &config.strictSimultaneousOpen,
                           &config.strictRepeatedSyn,
                           &config.synReceivedAckRange,
                           &config.synReceivedChallenge,
                           &config.abortOnOverflow,
                           &config.lingerZero,
                           &config.drainAfterClose,
                           &config.resetOnGiveUp,
                           &config.keepReset,
                           &config.icmpSequenceCheck,
                           &config.icmpAbortsSynchronized,
                           &config.icmpSoftAborts,
                           &config.reportSoftErrors,
                           &config.rfc793Syn,
                           &config.resetIllegalOption})
        {
            *flag = Draw(2) == 0;
        }
        config.orphanRetries = Draw(3);
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
            m_host.OpenPassive(Here(80), SomeConfig(), 3, 2, out);
        }
        else
        {
            const std::uint16_t port = Draw(2) == 0 ? 0 : 80;
            m_host.OpenActive({Here(port), There(90 + Draw(3))}, SomeConfig(), m_now, out);
        }
        Check(out);
    }

    void Call()
    {
        Actions out;
        const ConnectionId id = SomeId();
        const Connection* connection = m_host.Find(id);
        switch (Draw(11))
        {
        case 0:
            static_cast<void>(m_host.Close(id, m_now, out));
            break;
        case 1:
            static_cast<void>(m_host.Abort(id, m_now, out));
            break;
        case 8:
            static_cast<void>(m_host.CloseFully(id, m_now, out));
            break;
        case 9:
            static_cast<void>(m_host.SendUrgent(id, Draw(2000), m_now, out));
            break;
        case 10:
            OpenFromListen(id, out);
            break;
        case 2:
            m_host.Accept(id);
            break;
        case 3:
            m_host.Configure(id, SomeConfig());
            break;
        case 4:
        case 5:
            static_cast<void>(m_host.Send(id, Draw(6000), m_now, out));
            break;
        default:
            if (connection != nullptr)
            {
                const std::uint32_t octets = Draw(connection->Rcv().unread + 1);
                const auto error = m_host.Receive(id, octets, out);
                EXPECT_TRUE(!error || *error == CallError::CONNECTION_CLOSING);
            }
            break;
        }
        Check(out);
    }

    void OpenFromListen(ConnectionId id, Actions& out)
    {
        const FourTuple path{Here(80), There(90 + Draw(3))};
        const auto error = m_host.OpenFromListen(id, path, Draw(2) * 100, m_now, out);
        EXPECT_TRUE(error || m_anything);
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
            Flag::SYN | Flag::FIN,
            Flags::FromBits(0x3f),
            Flags(),
        };
        Segment seg;
        seg.flags = Draw(20) == 0 ? Flags::FromBits(Draw(64)) : FLAGS[Draw(std::size(FLAGS))];
        seg.len = Draw(3) == 0 ? Draw(1500) : 0;
        seg.wnd = Draw(4) == 0 ? Draw(3000) * Draw(2) : 65535;
        if (Draw(3) == 0)
        {
            seg.mss = Draw(65536);
        }
        seg.seq = SeqNum(m_random());
        seg.ack = SeqNum(m_random());
        if (connection != nullptr && Draw(10) != 0)
        {
            const std::int32_t near[] = {0, 0, 0, 0, -1, 1, -10, 100, 1999, 65534, 65535};
            const auto& snd = connection->Snd();
            seg.seq =
                connection->Rcv().nxt + static_cast<std::uint32_t>(near[Draw(std::size(near))]);
            seg.ack = (Draw(2) == 0 ? snd.nxt : snd.una) +
                      static_cast<std::uint32_t>(Draw(4) == 0 ? near[Draw(std::size(near))] : 0);
        }
        return seg;
    }

    void Arrive()
    {
        const Connection* connection = m_host.Find(SomeId());
        FourTuple path{Here(80), There(1 + Draw(6))};
        if (connection != nullptr && connection->Path().remote.port != 0)
        {
            path = connection->Path();
        }
        else
        {
            connection = nullptr;
        }
        Segment seg = SomeSegment(connection);
        seg.up = static_cast<std::uint16_t>(Draw(3000));
        seg.illegalOption = Draw(20) == 0;
        Actions out;
        if (connection != nullptr && Draw(10) == 0)
        {
            const IcmpError error{static_cast<IcmpKind>(Draw(4)), seg.ack, Draw(2000)};
            m_host.IcmpArrives(path, error, m_now, out);
            Check(out);
            return;
        }
        m_host.SegmentArrives(path, seg, m_now, out);
        Check(out);
        if (seg.Has(Flag::RST))
        {
            for (const Action& action : out)
            {
                const auto* sent = std::get_if<SendSegment>(&action);
                EXPECT_TRUE(sent == nullptr || sent->kind != SegmentKind::RESET);
                EXPECT_TRUE(sent == nullptr || sent->kind == SegmentKind::CHALLENGE_ACK);
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
                EXPECT_TRUE(change->transition->onByDefault || change->transition->id == "T41.TW" ||
                            m_anything)
                    << change->transition->id;
                EXPECT_NE(change->transition->transitionClass, TransitionClass::EXCLUDED);
                EXPECT_EQ(m_forgotten.count(change->id), 0U);
                m_alive.insert(change->id);
                m_visited.insert(change->transition->to);
            }
            else if (const auto* sent = std::get_if<SendSegment>(&action))
            {
                EXPECT_EQ(m_forgotten.count(sent->id), 0U);
                const bool reset = sent->kind == SegmentKind::RESET;
                EXPECT_EQ(sent->segment.Has(Flag::RST), reset);
                EXPECT_LE(sent->segment.wnd, 65535U);
                EXPECT_EQ(sent->segment.mss.has_value(), sent->segment.Has(Flag::SYN));
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
    }

    std::set<State> m_visited;
    std::mt19937 m_random;
    bool m_anything;
    Host m_host;
    Instant m_now{};
    std::set<ConnectionId> m_alive;
    std::set<ConnectionId> m_forgotten;
};

//
TEST(Properties, HoldWhateverHappens)
{
    std::set<State> visited;
    for (std::uint32_t seed = 1; seed <= 120; ++seed)
    {
        SCOPED_TRACE(seed);
        Chaos chaos(seed, seed % 2 == 0);
        for (int step = 0; step < 2000 && !testing::Test::HasFailure(); ++step)
        {
            chaos.Step();
        }
        chaos.AbortAll();
        visited.insert(chaos.Visited().begin(), chaos.Visited().end());
    }
    EXPECT_EQ(visited.size(), ALL_STATES.size());
}

/** Whatever two users and a bad wire do for a while, a good wire brings both ends to rest. */
void
ComesToRest(std::uint32_t seed)
{
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    ConnectionConfig config;
    config.receiveBuffer = seed % 2 == 0 ? 3000 : 65535;
    config.finAckDelay = seed % 3 == 0 ? 100ms : 0ms;
    config.rfc1337 = seed % 5 != 0;
    config.keepAlive = true; // or half a connection may wait for ever for a lost RST
    config.keepIdle = 1min;
    Pair pair(config);
    bool bad = true;
    pair.Impair([&](Side, const Segment&) {
        Pair::Fate fate{10ms + std::chrono::milliseconds(bad ? random() % 40 : 0)};
        if (bad && random() % 5 == 0)
        {
            fate.clear();
        }
        if (bad && random() % 10 == 0)
        {
            fate.push_back(std::chrono::milliseconds(random() % 3000));
        }
        return fate;
    });
    if (seed % 4 == 0)
    {
        pair.Connect(Side::B, 80, 1024); // simultaneous
    }
    else
    {
        pair.Listen(Side::B);
    }
    pair.Connect(Side::A);
    for (int step = 0; step < 40; ++step)
    {
        pair.ReadsAtOnce(Side::A, random() % 2 == 0);
        pair.ReadsAtOnce(Side::B, random() % 2 == 0);
        const Side side = random() % 2 == 0 ? Side::A : Side::B;
        const Connection* connection = pair.Of(side);
        if (connection != nullptr)
        {
            const State state = connection->GetState();
            const bool open = state == State::ESTABLISHED || state == State::CLOSE_WAIT;
            const bool maySend = open && !connection->Snd().finQueued;
            switch (random() % 40)
            {
            case 0:
                pair.Abort(side);
                break;
            case 1:
            case 2:
                if (maySend)
                {
                    pair.Close(side);
                }
                break;
            default:
                if (maySend)
                {
                    pair.Send(side,
                              std::min<std::uint32_t>(random() % 5000, connection->SendRoom()));
                }
                break;
            }
        }
        pair.Step(std::chrono::milliseconds(random() % 500));
    }
    bad = false;
    for (const Side side : {Side::A, Side::B})
    {
        pair.ReadsAtOnce(side, true);
        if (pair.Of(side) != nullptr)
        {
            pair.Read(side, pair.Of(side)->Rcv().unread);
        }
    }
    pair.Step(10min);
    for (const Side side : {Side::A, Side::B})
    {
        const Connection* connection = pair.Of(side);
        if (connection != nullptr && !connection->Snd().finQueued)
        {
            pair.Close(side);
        }
        pair.Step(1s);
    }
    pair.Run(1h);
    EXPECT_TRUE(pair.NothingLeft())
        << ToString(pair.StateOf(Side::A)) << " and " << ToString(pair.StateOf(Side::B));
}

//
TEST(Properties, TwoEndsComeToRestWhenTheWireIsGoodAgain)
{
    for (std::uint32_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed)
    {
        ComesToRest(seed);
    }
}

} // namespace
} // namespace lifecycle::test
