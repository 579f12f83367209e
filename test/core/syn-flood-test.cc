// A listener that is flooded. RFC 4987.

#include "server.h"

namespace lifecycle::test
{
namespace
{

/** Of 100 clients that connect during a flood of spoofed SYNs, how many succeed within 10 s. */
int
SurviveFlood(const ListenConfig& listen, const HostConfig& config = {})
{
    Server s(listen, config);
    std::uint32_t spoofed = 0x0b000000;
    const auto flood = [&](int syns) {
        for (int i = 0; i < syns; ++i)
        {
            s.Wait(1ms);
            ++spoofed;
            s.Syn({{HERE, 80}, {Address::FromIpv4(spoofed), 1024}}, spoofed * 7919);
        }
    };
    flood(1000);
    int connected = 0;
    for (std::uint16_t client = 1; client <= 100; ++client)
    {
        for (const int patience : {1000, 2000, 4000}) // the client repeats its SYN
        {
            const Actions answer = s.Syn(From(client));
            flood(50); // one round trip
            for (const Action& action : answer)
            {
                const auto* sent = std::get_if<SendSegment>(&action);
                if (sent != nullptr && sent->segment.Has(Flag::SYN))
                {
                    s.Arrives(From(client), Make(Flag::ACK, 101, (sent->segment.seq + 1).Value()));
                }
            }
            if (s.StateOf(From(client)) == State::ESTABLISHED)
            {
                s.host.Accept(s.listener);
                ++connected;
                break;
            }
            flood(patience - 50);
        }
    }
    return connected;
}

// Covers: 1000 spoofed SYNs a second against a queue of 128
TEST(SynFlood, LegitimateSuccessUnderEachPolicy)
{
    ListenConfig listen = Limits(128);
    EXPECT_LE(SurviveFlood(listen), 5); // the queue is full of what never answers
    listen.synOverflow = SynOverflow::RESET;
    EXPECT_LE(SurviveFlood(listen), 5);
    listen.synOverflow = SynOverflow::RANDOM_EARLY_DROP;
    EXPECT_LE(SurviveFlood(listen), 10);
    listen.synOverflow = SynOverflow::DROP_OLDEST; // 128 ms of flood fit in; a round trip lasts 50
    EXPECT_EQ(SurviveFlood(listen), 100);
    listen.synQueueLimit = 40; // 40 ms do not
    EXPECT_EQ(SurviveFlood(listen), 0);
    EXPECT_GE(SurviveFlood(Limits(100000), Cache(16, 10)), 95); // 160 in all: each SYN one chance
    EXPECT_EQ(SurviveFlood(Cookies(SynCookieUse::ALWAYS, 0)), 100);
    EXPECT_EQ(SurviveFlood(Cookies(SynCookieUse::ON_OVERFLOW, 128)), 100);
    EXPECT_EQ(SurviveFlood(Cookies(SynCookieUse::ON_OVERFLOW, 100000), Cache(64, 4)), 100);
}

// Covers R-96: a listener is as full as its user lets it become
TEST(SynFlood, DoesNotFillTheAcceptQueue)
{
    Server s(Cookies(SynCookieUse::ON_OVERFLOW, 4, 4));
    for (std::uint32_t i = 1; i <= 1000; ++i)
    {
        s.Syn({{HERE, 80}, {Address::FromIpv4(0x0b000000 + i), 1024}});
    }
    EXPECT_EQ(s.host.AcceptQueueLength(s.listener), 0U);
    EXPECT_EQ(s.host.SynQueueLength(s.listener), 4U);
    EXPECT_EQ(s.host.Counters().cookiesSent, 996U);
    s.Wait(300s);
    EXPECT_EQ(s.host.Size(), 1U);
}

} // namespace
} // namespace lifecycle::test
