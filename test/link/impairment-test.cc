// The random decisions of one direction. Statistics use one fixed seed and bounds of five standard
// deviations, so they would hold for nearly every seed.

#include "../../model/link/impairment.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <vector>

using namespace lifecycle;
using namespace std::chrono_literals;

namespace
{

constexpr int PACKETS = 100'000;

/** A generator for each kind, as the contract demands; counts what it gives. */
class Streams
{
  public:
    Streams()
    {
        for (int i = 0; i < DRAW_KINDS; ++i)
        {
            m_generators[i].seed(1000 + i);
        }
    }

    DrawSource Source()
    {
        return [this](DrawKind kind) {
            const auto i = static_cast<std::size_t>(kind);
            ++m_given[i];
            return std::generate_canonical<double, 53>(m_generators[i]);
        };
    }

    int Given(DrawKind kind) const
    {
        return m_given[static_cast<std::size_t>(kind)];
    }

  private:
    std::array<std::mt19937_64, DRAW_KINDS> m_generators;
    std::array<int, DRAW_KINDS> m_given{};
};

/** Always the same number for a kind. */
DrawSource
Fixed(std::array<double, DRAW_KINDS> values)
{
    return [values](DrawKind kind) { return values[static_cast<std::size_t>(kind)]; };
}

std::vector<Passage>
Send(const LinkImpairment& impairment, Streams& streams, Duration spacing = 1ms)
{
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    const DrawSource draw = streams.Source();
    std::vector<Passage> passages;
    Instant now{};
    for (int i = 0; i < PACKETS; ++i, now += spacing)
    {
        passages.push_back(direction.Decide(now, draw));
    }
    return passages;
}

std::vector<Passage>
Send(const LinkImpairment& impairment, Duration spacing = 1ms)
{
    Streams streams;
    return Send(impairment, streams, spacing);
}

/** Five standard deviations of a share among n independent packets. */
double
Bound(double probability, double n = PACKETS)
{
    return 5.0 * std::sqrt(probability * (1.0 - probability) / n);
}

template <class Predicate>
double
ShareOf(const std::vector<Passage>& passages, Predicate predicate)
{
    return static_cast<double>(std::count_if(passages.begin(), passages.end(), predicate)) /
           static_cast<double>(passages.size());
}

TEST(ImpairedDirection, IsPerfectByDefaultAndDrawsNothing)
{
    ImpairedDirection direction;
    const Passage passage = direction.Decide(Instant(1s), [](DrawKind) -> double {
        ADD_FAILURE() << "drew";
        return 0.0;
    });
    EXPECT_EQ(passage.original, 0ns);
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
        ASSERT_GE(*passage.original, 6ms);
        ASSERT_LE(*passage.original, 14ms);
        const double offset = std::chrono::duration<double, std::milli>(*passage.original).count();
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
    const auto early = [](const Passage& p) { return *p.original < 0ms; };
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
            direction.Decide(Instant(), Fixed({c.duplicate, c.loss, no, no, c.copyLoss, no, no}));
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
    const auto jumped = [](const Passage& p) { return p.original == 0ms; };
    EXPECT_NEAR(ShareOf(passages, jumped), 0.25, Bound(0.25));
    for (const Passage& passage : passages)
    {
        EXPECT_TRUE(jumped(passage) || *passage.original >= 9ms);
    }
}

TEST(ImpairedDirection, ReordersByJitterAloneUnlessOrderIsKept)
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
            const Instant arrival = sent + *passage.original;
            count += arrival < last ? 1 : 0;
            last = std::max(last, arrival);
            sent += 1ms;
        }
        return count;
    };
    EXPECT_GT(overtakings(), PACKETS / 10);
    impairment.keepOrder = true;
    EXPECT_EQ(overtakings(), 0);
}

TEST(ImpairedDirection, KeepsOrderBehindWhatIsUnderWayWhenTheDelayShrinks)
{
    const DrawSource none = Fixed({});
    LinkImpairment impairment;
    impairment.delay = 100ms;
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    EXPECT_EQ(direction.Decide(Instant(0ms), none).original, 100ms);

    impairment.delay = 10ms;
    impairment.keepOrder = true;
    direction.SetImpairment(impairment);
    EXPECT_EQ(direction.Decide(Instant(20ms), none).original, 80ms);
    EXPECT_EQ(direction.Decide(Instant(95ms), none).original, 10ms);
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
            ASSERT_EQ(with[i].original, without[i].original) << "packet " << i;
        }
    }
}

TEST(FindProblem, NamesTheFieldTheValueAndWhatIsAllowed)
{
    LinkImpairment impairment;
    EXPECT_FALSE(FindProblem(impairment));

    impairment.lossProbability = 1.2;
    EXPECT_EQ(FindProblem(impairment), "lossProbability is 1.2: a probability lies in [0, 1]");
    impairment.lossProbability = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(FindProblem(impairment));
    impairment.lossProbability = 1.0;
    EXPECT_FALSE(FindProblem(impairment));

    impairment.duplicateProbability = -0.1;
    EXPECT_EQ(FindProblem(impairment),
              "duplicateProbability is -0.1: a probability lies in [0, 1]");
    impairment.duplicateProbability = 0.0;

    impairment.jitter = -1ms;
    EXPECT_EQ(FindProblem(impairment), "jitter is -1000000ns: it must not be negative");
    impairment.jitter = 0ms;
    impairment.delay = -1ns;
    EXPECT_EQ(FindProblem(impairment), "delay is -1ns: it must not be negative");
}

// tc refuses the same: reordering is sending at once what should have waited.
TEST(FindProblem, WantsADelayToSkipForReordering)
{
    LinkImpairment impairment;
    impairment.reorderProbability = 0.1;
    EXPECT_EQ(FindProblem(impairment),
              "reorderProbability is above 0 but delay is 0: reordering needs a delay to skip");
    impairment.delay = 1ms;
    EXPECT_FALSE(FindProblem(impairment));
    impairment.keepOrder = true;
    EXPECT_EQ(FindProblem(impairment),
              "reorderProbability is above 0 but keepOrder is set: choose one of the two");
}

} // namespace
