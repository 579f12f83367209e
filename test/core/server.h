#ifndef LIFECYCLE_TEST_SERVER_H
#define LIFECYCLE_TEST_SERVER_H

#include "../../model/core/host.h"
#include "ladder.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lifecycle::test
{

using namespace std::chrono_literals;

using Strings = std::vector<std::string>;

inline const Address HERE = Address::FromIpv4(0x0a000001);
inline const Address THERE = Address::FromIpv4(0x0a000002);

inline FourTuple
From(std::uint16_t port, Address remote = THERE)
{
    return {{HERE, 80}, {remote, port}};
}

inline Segment
Make(Flags flags, std::uint32_t seq, std::uint32_t ack = 0, std::uint32_t len = 0)
{
    Segment seg;
    seg.flags = flags;
    seg.seq = SeqNum(seq);
    seg.ack = SeqNum(ack);
    seg.len = len;
    seg.wnd = 65535;
    return seg;
}

/** One host with a listener on port 80, and whoever sends to it. */
class Server
{
  public:
    explicit Server(const ListenConfig& listen,
                    const HostConfig& config = {},
                    const ConnectionConfig& children = {})
        : host(config, {7, 9})
    {
        Actions out;
        listener = std::get<ConnectionId>(host.OpenPassive({HERE, 80}, children, listen, out));
    }

    Actions Arrives(const FourTuple& path, const Segment& seg)
    {
        Actions out;
        host.SegmentArrives(path, seg, now, out);
        for (const Action& action : out)
        {
            if (const auto* change = std::get_if<StateChanged>(&action))
            {
                moves.emplace_back(change->transition->id);
                Ladder::Taken().insert(change->transition->id);
            }
        }
        return out;
    }

    Actions Syn(const FourTuple& path, std::uint32_t isn = 100)
    {
        return Arrives(path, Make(Flag::SYN, isn));
    }

    /** A SYN and the ACK of what answers it; what that ACK does. */
    Actions Connect(const FourTuple& path, std::uint32_t isn = 100)
    {
        return Arrives(path, FinalAck(Syn(path, isn), isn));
    }

    static Segment FinalAck(const Actions& synAck, std::uint32_t isn = 100)
    {
        return Make(Flag::ACK, isn + 1, (Sent(synAck).seq + 1).Value());
    }

    static const Segment& Sent(const Actions& actions)
    {
        const auto found = std::find_if(actions.begin(), actions.end(), [](const Action& action) {
            return std::holds_alternative<SendSegment>(action);
        });
        static const Segment NOTHING;
        EXPECT_NE(found, actions.end()) << "nothing is sent";
        return found == actions.end() ? NOTHING : std::get<SendSegment>(*found).segment;
    }

    void Wait(Duration span)
    {
        const Instant end = now + span;
        while (host.NextDeadline() && *host.NextDeadline() <= end)
        {
            now = *host.NextDeadline();
            Actions out;
            host.DeadlineReached(now, out);
        }
        now = end;
    }

    State StateOf(const FourTuple& path) const
    {
        const auto connection = host.Find(host.IdOf(path));
        return connection == nullptr ? State::CLOSED : connection->GetState();
    }

    Host host;
    ConnectionId listener;
    Instant now{};
    Strings moves;
};

inline Strings
Words(const Actions& actions)
{
    Strings words;
    for (const Action& action : actions)
    {
        words.push_back(ToString(action));
    }
    return words;
}

inline ListenConfig
Limits(std::uint32_t synQueue, std::uint32_t acceptQueue = 128)
{
    ListenConfig listen;
    listen.synQueueLimit = synQueue;
    listen.acceptQueueLimit = acceptQueue;
    return listen;
}

inline ListenConfig
Cookies(SynCookieUse use, std::uint32_t synQueue = 128, std::uint32_t acceptQueue = 128)
{
    ListenConfig listen = Limits(synQueue, acceptQueue);
    listen.synCookies = use;
    return listen;
}

inline HostConfig
Cache(std::uint32_t buckets, std::uint32_t limit)
{
    HostConfig config;
    config.synCacheBuckets = buckets;
    config.synCacheBucketLimit = limit;
    return config;
}

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_SERVER_H
