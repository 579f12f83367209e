// What holds whatever happens: random calls, segments and time against one host.

#include "../../model/core/host.h"
#include "chaos.h"
#include "pair.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <string_view>

namespace lifecycle::test
{
namespace
{

//
TEST(Properties, HoldWhateverHappens)
{
    std::set<State> visited;
    std::set<std::string_view> taken;
    for (std::uint32_t seed = 1; seed <= 200; ++seed)
    {
        SCOPED_TRACE(seed);
        Chaos chaos(seed, std::mt19937(seed));
        for (int step = 0; step < 2000 && !testing::Test::HasFailure(); ++step)
        {
            chaos.Step();
        }
        chaos.AbortAll();
        visited.insert(chaos.Visited().begin(), chaos.Visited().end());
        taken.insert(chaos.Taken().begin(), chaos.Taken().end());
    }
    EXPECT_EQ(visited.size(), ALL_STATES.size());
    EXPECT_GE(taken.size(), 100U); // nearly all of the 107 that are not excluded
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
        const auto connection = pair.Of(side);
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
        const auto connection = pair.Of(side);
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
