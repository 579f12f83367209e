#ifndef LIFECYCLE_TEST_CHAOS_H
#define LIFECYCLE_TEST_CHAOS_H

#include "../../model/core/host.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <set>
#include <utility>
#include <vector>

namespace lifecycle::test
{

using namespace std::chrono_literals;

/** One host and somebody who does anything to it. */
class Chaos
{
  public:
    /** @param random what decides, number by number. */
    Chaos(std::uint32_t secret, std::function<std::uint32_t()> random)
        : m_random(std::move(random)),
          m_host(Limits(), {secret, 1})
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
        for (const ConnectionId id : all)
        {
            Actions out;
            static_cast<void>(
                m_host.Abort(id, m_now, out)); // a child may have gone with its listener
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
    static HostConfig Limits()
    {
        HostConfig config;
        config.ephemeralFirst = 5000;
        config.ephemeralLast = 5003;
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
        auto connection = m_host.Find(id);
        switch (Draw(8))
        {
        case 0:
            static_cast<void>(m_host.Close(id, m_now, out));
            break;
        case 1:
            static_cast<void>(m_host.Abort(id, m_now, out));
            break;
        case 2:
            m_host.Accept(id);
            break;
        case 3:
            m_host.Configure(id, SomeConfig(), m_now);
            break;
        case 4:
        case 5:
            static_cast<void>(m_host.Send(id, Draw(6000), m_now, out));
            break;
        default:
            if (connection != nullptr)
            {
                const std::uint32_t octets = Draw(connection->Rcv().unread + 1);
                EXPECT_FALSE(m_host.Receive(id, octets, m_now, out));
            }
            break;
        }
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
        Actions out;
        m_host.SegmentArrives(path, seg, m_now, out);
        Check(out);
        if (seg.Has(Flag::RST))
        {
            for (const Action& action : out)
            {
                const auto* sent = std::get_if<SendSegment>(&action);
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
                EXPECT_TRUE(change->transition->onByDefault || change->transition->id == "T41.TW")
                    << change->transition->id;
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
    std::function<std::uint32_t()> m_random;
    Host m_host;
    Instant m_now{};
    std::set<ConnectionId> m_alive;
    std::set<ConnectionId> m_forgotten;
};

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_CHAOS_H
