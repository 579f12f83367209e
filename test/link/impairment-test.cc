// The decisions of one direction: their order, their independence, and what makes no sense.

#include "packets.h"

#include <gtest/gtest.h>
#include <limits>

using namespace lifecycle;
using namespace std::chrono_literals;

namespace
{

TEST(ImpairedDirection, IsPerfectByDefaultAndDrawsNothing)
{
    ImpairedDirection direction;
    const Passage passage = direction.Decide(Instant(1s), OCTETS, [](DrawKind) -> double {
        ADD_FAILURE() << "drew";
        return 0.0;
    });
    ASSERT_TRUE(passage.original);
    EXPECT_EQ(passage.original->wait, 0ns);
    EXPECT_FALSE(passage.original->damage);
    EXPECT_FALSE(passage.copy);
}

TEST(ImpairedDirection, LosesTheShareItIsTold)
{
    LinkImpairment impairment;
    impairment.lossProbability = 0.03;
    const auto passages = Send(impairment);
    EXPECT_NEAR(ShareOf(passages, [](const Passage& p) { return p.IsLost(); }), 0.03, Bound(0.03));

    impairment.lossProbability = 1.0;
    EXPECT_EQ(ShareOf(Send(impairment), [](const Passage& p) { return p.IsLost(); }), 1.0);
}

TEST(ImpairedDirection, SpreadsJitterEvenlyAroundTheDelay)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.jitter = 4ms;
    double sum = 0.0;
    double squares = 0.0;
    for (const Passage& passage : Send(impairment))
    {
        ASSERT_GE(passage.original->wait, 6ms);
        ASSERT_LE(passage.original->wait, 14ms);
        const double offset =
            std::chrono::duration<double, std::milli>(passage.original->wait).count();
        sum += offset - 10.0;
        squares += (offset - 10.0) * (offset - 10.0);
    }
    const double variance = 4.0 * 4.0 / 3.0; // uniform in [-4, 4]
    EXPECT_NEAR(sum / PACKETS, 0.0, 5.0 * std::sqrt(variance / PACKETS));
    EXPECT_NEAR(squares / PACKETS, variance, 0.02 * variance);
}

TEST(ImpairedDirection, LetsJitterGoBelowTheLinksOwnDelay)
{
    LinkImpairment impairment;
    impairment.jitter = 4ms;
    const auto early = [](const Passage& p) { return p.original->wait < 0ms; };
    EXPECT_NEAR(ShareOf(Send(impairment), early), 0.5, Bound(0.5));
}

TEST(ImpairedDirection, DuplicatesTheShareItIsTold)
{
    LinkImpairment impairment;
    impairment.duplicateProbability = 0.1;
    const auto doubled = [](const Passage& p) { return p.copy.has_value(); };
    EXPECT_NEAR(ShareOf(Send(impairment), doubled), 0.1, Bound(0.1));
}

// As in tc-netem: duplicated and lost leaves one, and the copy meets loss once more.
TEST(ImpairedDirection, DecidesDuplicationBeforeLoss)
{
    LinkImpairment impairment;
    impairment.duplicateProbability = 0.5;
    impairment.lossProbability = 0.5;
    const double yes = 0.1;
    const double no = 0.9;

    struct Case
    {
        double duplicate;
        double loss;
        double copyLoss;
        int arrivals;
    };
    for (const Case& c : {Case{no, no, no, 1},
                          Case{no, yes, no, 0},
                          Case{yes, no, no, 2},
                          Case{yes, no, yes, 1},
                          Case{yes, yes, no, 1},
                          Case{yes, yes, yes, 1}})
    {
        ImpairedDirection direction;
        direction.SetImpairment(impairment);
        const Passage passage =
            direction.Decide(Instant(), OCTETS, Fixed({c.duplicate, c.loss, no, no, c.copyLoss}));
        EXPECT_EQ(passage.original.has_value() + passage.copy.has_value(), c.arrivals);
        EXPECT_EQ(passage.IsLost(), c.arrivals == 0);
    }
}

TEST(ImpairedDirection, LetsTheReorderedSkipTheDelay)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.jitter = 1ms;
    impairment.reorderProbability = 0.25;
    const auto passages = Send(impairment);
    const auto jumped = [](const Passage& p) { return p.original->wait == 0ms; };
    EXPECT_NEAR(ShareOf(passages, jumped), 0.25, Bound(0.25));
    for (const Passage& passage : passages)
    {
        EXPECT_TRUE(jumped(passage) || passage.original->wait >= 9ms);
    }
}

TEST(ImpairedDirection, ReordersByJitterAloneUnlessARateIsSet)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.jitter = 5ms;
    const auto overtakings = [&impairment] {
        int count = 0;
        Instant last = Instant::min();
        Instant sent{};
        for (const Passage& passage : Send(impairment, 1ms))
        {
            const Instant arrival = sent + passage.original->wait;
            count += arrival < last ? 1 : 0;
            last = std::max(last, arrival);
            sent += 1ms;
        }
        return count;
    };
    EXPECT_GT(overtakings(), PACKETS / 10);
    impairment.rate = 1'000'000'000'000;
    EXPECT_EQ(overtakings(), 0);
}

// A thousand octets take 1 ms at 8 Mbit/s.
TEST(ImpairedDirection, SendsOnePacketBehindTheOtherAtARate)
{
    const DrawSource none = Fixed({});
    LinkImpairment impairment;
    impairment.delay = 100ms;
    impairment.rate = 8'000'000;
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    EXPECT_EQ(direction.Decide(Instant(0ms), OCTETS, none).original->wait, 101ms);
    EXPECT_EQ(direction.Decide(Instant(0ms), OCTETS, none).original->wait, 102ms);
    EXPECT_EQ(direction.Decide(Instant(0ms), 500, none).original->wait, 102500us);

    impairment.delay = 10ms; // what is under way stays ahead
    direction.SetImpairment(impairment);
    EXPECT_EQ(direction.Decide(Instant(20ms), OCTETS, none).original->wait, 83500us);
    EXPECT_EQ(direction.Decide(Instant(95ms), OCTETS, none).original->wait, 11ms);
}

TEST(ImpairedDirection, LetsTheReorderedSkipTheRateToo)
{
    LinkImpairment impairment;
    impairment.delay = 100ms;
    impairment.rate = 8'000'000;
    impairment.reorderProbability = 0.5;
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    const DrawSource waits = Fixed({0.0, 0.0, 0.9});
    const DrawSource jumps = Fixed({0.0, 0.0, 0.1});
    EXPECT_EQ(direction.Decide(Instant(0ms), OCTETS, waits).original->wait, 101ms);
    EXPECT_EQ(direction.Decide(Instant(1ms), OCTETS, jumps).original->wait, 0ms);
    EXPECT_EQ(direction.Decide(Instant(1ms), OCTETS, waits).original->wait, 101ms);
}

TEST(ImpairedDirection, LosesWhatFindsTooManyWaiting)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.limit = 3;
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    const DrawSource none = Fixed({});
    for (int i = 0; i < 3; ++i)
    {
        EXPECT_FALSE(direction.Decide(Instant(i * 1ms), OCTETS, none).IsLost());
    }
    const Passage fourth = direction.Decide(Instant(9ms), OCTETS, none);
    EXPECT_TRUE(fourth.IsLost());
    EXPECT_TRUE(fourth.isOverLimit);
    EXPECT_FALSE(direction.Decide(Instant(10ms), OCTETS, none).IsLost()) << "the first has left";
    EXPECT_TRUE(direction.Decide(Instant(10ms), OCTETS, none).IsLost());
}

TEST(ImpairedDirection, CountsCopiesAgainstTheLimit)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.limit = 3;
    impairment.duplicateProbability = 1.0;
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    const DrawSource none = Fixed({});
    EXPECT_TRUE(direction.Decide(Instant(0ms), OCTETS, none).copy);
    const Passage second = direction.Decide(Instant(0ms), OCTETS, none);
    EXPECT_TRUE(second.original);
    EXPECT_FALSE(second.copy);
    EXPECT_TRUE(direction.Decide(Instant(0ms), OCTETS, none).isOverLimit);
}

TEST(ImpairedDirection, DrawsOncePerPacketWhateverBecomesOfIt)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.jitter = 1ms;
    impairment.lossProbability = 0.9;
    impairment.duplicateProbability = 0.1;
    Streams streams;
    Send(impairment, streams);
    for (const DrawKind kind : {DrawKind::DUPLICATE,
                                DrawKind::LOSS,
                                DrawKind::JITTER,
                                DrawKind::COPY_LOSS,
                                DrawKind::COPY_JITTER})
    {
        EXPECT_EQ(streams.Given(kind), PACKETS);
    }
    EXPECT_EQ(streams.Given(DrawKind::REORDER), 0);
    EXPECT_EQ(streams.Given(DrawKind::COPY_REORDER), 0);
}

TEST(ImpairedDirection, GivesTheSameJitterUnderAnotherLoss)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.jitter = 1ms;
    const auto without = Send(impairment);
    impairment.lossProbability = 0.2;
    const auto with = Send(impairment);
    for (int i = 0; i < PACKETS; ++i)
    {
        if (!with[i].IsLost())
        {
            ASSERT_EQ(with[i].original->wait, without[i].original->wait) << "packet " << i;
        }
    }
}

// Each of these settings draws from its streams once per packet and leaves the others alone.
TEST(ImpairedDirection, DrawsOncePerPacketForEachKindOfLossAndForCorruption)
{
    const auto given = [](const LinkImpairment& impairment) {
        Streams streams;
        Send(impairment, streams);
        std::vector<int> counts;
        counts.reserve(DRAW_KINDS);
        for (int kind = 0; kind < DRAW_KINDS; ++kind)
        {
            counts.push_back(streams.Given(static_cast<DrawKind>(kind)));
        }
        return counts;
    };
    const auto expected = [](std::initializer_list<DrawKind> kinds) {
        std::vector<int> counts(DRAW_KINDS);
        for (const DrawKind kind : kinds)
        {
            counts[static_cast<std::size_t>(kind)] = PACKETS;
        }
        return counts;
    };
    LinkImpairment state;
    state.lossState = StateLoss{0.1, 0.3};
    EXPECT_EQ(given(state), expected({DrawKind::LOSS}));
    LinkImpairment gemodel;
    gemodel.lossGemodel = GilbertElliottLoss{0.1, 0.3};
    EXPECT_EQ(given(gemodel), expected({DrawKind::LOSS, DrawKind::LOSS_STATE}));
    gemodel.duplicateProbability = 0.1;
    EXPECT_EQ(
        given(gemodel),
        expected({DrawKind::LOSS, DrawKind::LOSS_STATE, DrawKind::DUPLICATE, DrawKind::COPY_LOSS}));
    LinkImpairment corrupt;
    corrupt.corruptProbability = 0.1;
    EXPECT_EQ(given(corrupt), expected({DrawKind::CORRUPT, DrawKind::CORRUPT_BIT}));
}

TEST(ImpairedDirection, DecidesTheSameWhateverTheLoss)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.jitter = 1ms;
    impairment.delayCorrelation = 0.5;
    impairment.reorderProbability = 0.3;
    impairment.reorderGap = 3;
    impairment.corruptProbability = 0.1;
    const auto without = Send(impairment);
    impairment.lossGemodel = GilbertElliottLoss{0.1, 0.3};
    const auto with = Send(impairment);
    int lost = 0;
    for (int i = 0; i < PACKETS; ++i)
    {
        if (with[i].IsLost())
        {
            ++lost;
            continue;
        }
        ASSERT_EQ(with[i].original->wait, without[i].original->wait) << "packet " << i;
        ASSERT_EQ(with[i].original->damage, without[i].original->damage) << "packet " << i;
    }
    EXPECT_GT(lost, PACKETS / 5);
}

std::optional<std::string>
ProblemOf(const LinkImpairment& impairment, bool checksums = true)
{
    return FindProblem(impairment, checksums, [](std::string_view field) {
        return std::string(field);
    });
}

TEST(FindProblem, NamesTheFieldTheValueAndWhatIsAllowed)
{
    LinkImpairment impairment;
    EXPECT_FALSE(ProblemOf(impairment));

    impairment.lossProbability = 1.2;
    EXPECT_EQ(ProblemOf(impairment), "lossProbability is 1.2: a probability lies in [0, 1]");
    impairment.lossProbability = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(ProblemOf(impairment));
    impairment.lossProbability = 1.0;
    EXPECT_FALSE(ProblemOf(impairment));

    impairment.duplicateProbability = -0.1;
    EXPECT_EQ(ProblemOf(impairment), "duplicateProbability is -0.1: a probability lies in [0, 1]");
    impairment.duplicateProbability = 0.0;

    impairment.jitter = -1ms;
    EXPECT_EQ(ProblemOf(impairment), "jitter is -1000000ns: it must not be negative");
    impairment.jitter = 0ms;
    impairment.delay = -1ns;
    EXPECT_EQ(ProblemOf(impairment), "delay is -1ns: it must not be negative");
}

// tc refuses the same: reordering is sending at once what should have waited.
TEST(FindProblem, WantsADelayToSkipForReordering)
{
    LinkImpairment impairment;
    impairment.reorderProbability = 0.1;
    EXPECT_EQ(ProblemOf(impairment),
              "reorderProbability is 0.1 but delay is 0: reordering needs a delay to skip");
    impairment.delay = 1ms;
    EXPECT_FALSE(ProblemOf(impairment));
}

/** Impairments that contradict themselves, and the sentence about them. */
struct Contradiction
{
    void (*make)(LinkImpairment&);
    const char* sentence;
};

class FindContradiction : public ::testing::TestWithParam<Contradiction>
{
};

TEST_P(FindContradiction, NamesTheFieldsAndTheirValues)
{
    LinkImpairment impairment;
    GetParam().make(impairment);
    EXPECT_EQ(ProblemOf(impairment), GetParam().sentence);
}

constexpr double NOT_A_NUMBER = std::numeric_limits<double>::quiet_NaN();

INSTANTIATE_TEST_SUITE_P(
    FindProblem,
    FindContradiction,
    ::testing::Values(
        Contradiction{[](LinkImpairment& i) { i.delayCorrelation = 0.5; },
                      "delayCorrelation is 0.5 but jitter is 0: there is nothing to correlate"},
        Contradiction{[](LinkImpairment& i) { i.lossCorrelation = 0.5; },
                      "lossCorrelation is 0.5 but lossProbability is 0: there is nothing to "
                      "correlate"},
        Contradiction{[](LinkImpairment& i) { i.duplicateCorrelation = 0.5; },
                      "duplicateCorrelation is 0.5 but duplicateProbability is 0: there is nothing "
                      "to correlate"},
        Contradiction{[](LinkImpairment& i) { i.corruptCorrelation = 0.5; },
                      "corruptCorrelation is 0.5 but corruptProbability is 0: there is nothing to "
                      "correlate"},
        Contradiction{[](LinkImpairment& i) { i.reorderCorrelation = 0.5; },
                      "reorderCorrelation is 0.5 but reorderProbability is 0: there is nothing to "
                      "correlate"},
        Contradiction{[](LinkImpairment& i) {
                          i.lossProbability = 0.1;
                          i.lossCorrelation = 1.5;
                      },
                      "lossCorrelation is 1.5: a correlation lies in [0, 1]"},
        Contradiction{[](LinkImpairment& i) {
                          i.jitter = 1ms;
                          i.delayCorrelation = NOT_A_NUMBER;
                      },
                      "delayCorrelation is nan: a correlation lies in [0, 1]"},
        Contradiction{[](LinkImpairment& i) { i.corruptProbability = NOT_A_NUMBER; },
                      "corruptProbability is nan: a probability lies in [0, 1]"},
        Contradiction{[](LinkImpairment& i) {
                          i.lossState = StateLoss{};
                          i.lossGemodel = GilbertElliottLoss{};
                      },
                      "lossState is set and so is lossGemodel: choose one of the two"},
        Contradiction{[](LinkImpairment& i) {
                          i.lossGemodel = GilbertElliottLoss{};
                          i.lossProbability = 0.1;
                      },
                      "lossProbability is 0.1 but lossGemodel is set: choose one of the two"},
        Contradiction{[](LinkImpairment& i) { i.reorderGap = 5; },
                      "reorderGap is 5 but reorderProbability is 0: a gap needs reordering"},
        Contradiction{[](LinkImpairment& i) { i.reorderGap = 0; },
                      "reorderGap is 0: it counts packets, from 1"},
        Contradiction{[](LinkImpairment& i) {
                          i.distribution =
                              std::get<DelayDistribution>(DelayDistribution::FromText("normal"));
                      },
                      "distribution is set but jitter is 0: there is nothing to distribute"}));

TEST(FindProblem, WantsChecksumsForCorruption)
{
    LinkImpairment impairment;
    impairment.corruptProbability = 0.1;
    EXPECT_FALSE(ProblemOf(impairment));
    EXPECT_EQ(ProblemOf(impairment, false),
              "corruptProbability is 0.1 but checksums is false: nobody would notice the damage");
}

TEST(FindProblem, UsesTheNamesItIsGiven)
{
    LinkImpairment impairment;
    impairment.reorderProbability = 0.1;
    const auto shout = [](std::string_view field) { return "--" + std::string(field); };
    EXPECT_EQ(FindProblem(impairment, true, shout),
              "--reorderProbability is 0.1 but --delay is 0: reordering needs a delay to skip");
}

} // namespace
