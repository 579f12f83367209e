// The models of tc-netem against their closed forms: shares, moments, runs, distributions.
// One fixed seed; bounds of five standard deviations, chi-square at a probability below 1e-6.

#include "packets.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <numeric>

using namespace lifecycle;
using namespace std::chrono_literals;

namespace
{

/** Mean and variance. */
struct Moments
{
    double mean{0.0};
    double variance{0.0};
};

Moments
MomentsOf(const std::vector<double>& values)
{
    const auto n = static_cast<double>(values.size());
    Moments moments;
    moments.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    for (const double value : values)
    {
        moments.variance += (value - moments.mean) * (value - moments.mean) / n;
    }
    return moments;
}

/** The correlation of each value with the next. */
double
CorrelationOf(const std::vector<double>& values)
{
    const Moments moments = MomentsOf(values);
    double sum = 0.0;
    for (std::size_t i = 1; i < values.size(); ++i)
    {
        sum += (values[i] - moments.mean) * (values[i - 1] - moments.mean);
    }
    return sum / static_cast<double>(values.size() - 1) / moments.variance;
}

/** The deviations from the delay, in units of the jitter. */
std::vector<double>
Deviations(const std::string& distribution, double correlation = 0.0)
{
    LinkImpairment impairment;
    impairment.delay = 10s;
    impairment.jitter = 1s;
    impairment.delayCorrelation = correlation;
    impairment.distribution =
        std::get<DelayDistribution>(DelayDistribution::FromText(distribution));
    std::vector<double> deviations;
    for (const Passage& passage : Send(impairment))
    {
        deviations.push_back(std::chrono::duration<double>(passage.original->wait - 10s).count());
    }
    return deviations;
}

/**
 * Pearson's statistic of values in 64 classes that a cumulative distribution function makes equally
 * likely. With 63 degrees of freedom it exceeds 140 with a probability below 1e-6: by Wilson and
 * Hilferty's cube root that lies (140/63)^(1/3) - (1 - 2/567) over sqrt(2/567) = 5.2 sigma out.
 */
double
ChiSquare(const std::vector<double>& values, const std::function<double(double)>& cdf)
{
    constexpr int CLASSES = 64;
    std::array<int, CLASSES> counts{};
    for (const double value : values)
    {
        ++counts[std::min(static_cast<int>(cdf(value) * CLASSES), CLASSES - 1)];
    }
    const double expected = static_cast<double>(values.size()) / CLASSES;
    double sum = 0.0;
    for (const int count : counts)
    {
        sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
}

constexpr double CHI_SQUARE_BOUND = 140.0;

TEST(Distribution, UniformIsUniform)
{
    const auto cdf = [](double x) { return (x + 1.0) / 2.0; };
    EXPECT_LT(ChiSquare(Deviations("uniform"), cdf), CHI_SQUARE_BOUND);
}

TEST(Distribution, NormalHasTheJitterAsItsStandardDeviation)
{
    const auto values = Deviations("normal");
    const auto cdf = [](double x) { return std::erfc(-x / std::sqrt(2.0)) / 2.0; };
    EXPECT_LT(ChiSquare(values, cdf), CHI_SQUARE_BOUND);
    EXPECT_NEAR(MomentsOf(values).mean, 0.0, 5.0 / std::sqrt(PACKETS));
    EXPECT_NEAR(MomentsOf(values).variance, 1.0, 5.0 * std::sqrt(2.0 / PACKETS));
}

// With Y = 1/cbrt(V), of density 3/y^4 from 1 on, cut off at c = 4.5: E Y = 3/2 - 1/(2 c^2), and
// E Y^2 = 3 - 2/c; the deviation is (4/3)(Y - 3/2).
TEST(Distribution, ParetoHasTheMomentsOfShapeThreeCutOff)
{
    const auto values = Deviations("pareto");
    const double c = 4.5;
    const double meanY = 1.5 - 1.0 / (2.0 * c * c);
    const double variance = 16.0 / 9.0 * (3.0 - 2.0 / c - meanY * meanY);
    EXPECT_NEAR(std::sqrt(variance), 0.821, 0.0005) << "as the docstring says";
    EXPECT_NEAR(MomentsOf(values).mean, -8.0 / 243.0, 5.0 * std::sqrt(variance / PACKETS));
    EXPECT_NEAR(MomentsOf(values).variance, variance, 0.03);
    EXPECT_EQ(*std::max_element(values.begin(), values.end()), 4.0);
    EXPECT_GE(*std::min_element(values.begin(), values.end()), -2.0 / 3.0 - 1e-9);
    const auto atTheCut = std::count(values.begin(), values.end(), 4.0);
    const double share = std::pow(c, -3.0);
    EXPECT_NEAR(static_cast<double>(atTheCut) / PACKETS, share, Bound(share));
    const auto cdf = [](double x) { return 1.0 - std::pow(1.5 + 0.75 * x, -3.0); };
    std::vector<double> below;
    std::copy_if(values.begin(), values.end(), std::back_inserter(below), [](double x) {
        return x < 4.0;
    });
    const auto cdfBelow = [&](double x) { return cdf(x) / (1.0 - share); };
    EXPECT_LT(ChiSquare(below, cdfBelow), CHI_SQUARE_BOUND);
}

TEST(Distribution, ParetonormalMixesTheQuantilesOfBoth)
{
    const auto values = Deviations("paretonormal");
    const auto normal = Deviations("normal"); // of the same random numbers
    const auto pareto = Deviations("pareto");
    for (int i = 0; i < PACKETS; ++i)
    {
        ASSERT_NEAR(values[i], 0.25 * normal[i] + 0.75 * pareto[i], 3e-9);
    }
    EXPECT_NEAR(MomentsOf(values).mean, -0.0247, 5.0 * 0.835 / std::sqrt(PACKETS));
    EXPECT_NEAR(std::sqrt(MomentsOf(values).variance), 0.835, 0.02);
}

// Extremes of a random number must give a time, not infinity.
TEST(Distribution, StaysFiniteAtItsEnds)
{
    for (const std::string name : {"uniform", "normal", "pareto", "paretonormal"})
    {
        const auto distribution = std::get<DelayDistribution>(DelayDistribution::FromText(name));
        EXPECT_GT(distribution.Deviation(0.0), -8.3) << name;
        EXPECT_LT(distribution.Deviation(std::nextafter(1.0, 0.0)), 8.3) << name;
        EXPECT_NEAR(distribution.Deviation(0.5),
                    name[0] == 'p' ? distribution.Deviation(0.5) : 0.0,
                    1e-9);
    }
}

// u = (1 - c) v + c u': lag-1 correlation c, variance (1 - c) / (1 + c) times that of v.
TEST(Correlation, NarrowsTheJitterByTheFormula)
{
    for (const double c : {0.25, 0.5, 0.9})
    {
        const auto values = Deviations("uniform", c);
        const double variance = (1.0 - c) / (1.0 + c) / 3.0;
        // A sum of n correlated values varies as one of n (1 - c) / (1 + c) independent ones.
        const double sigma = std::sqrt(variance / PACKETS * (1.0 + c) / (1.0 - c));
        EXPECT_NEAR(MomentsOf(values).mean, 0.0, 5.0 * sigma);
        EXPECT_NEAR(MomentsOf(values).variance, variance, 0.05 * variance) << c;
        EXPECT_NEAR(CorrelationOf(values), c, 5.0 / std::sqrt(PACKETS)) << c;
    }
}

TEST(Correlation, LeavesIndependentWhatHasNone)
{
    EXPECT_NEAR(CorrelationOf(Deviations("uniform")), 0.0, 5.0 / std::sqrt(PACKETS));
}

double
LossOf(const LinkImpairment& impairment)
{
    return ShareOf(Send(impairment), [](const Passage& p) { return p.IsLost(); });
}

// The table in the docstring of LinkImpairment. Losses come in clusters, so that their share varies
// more than that of independent ones: twice the bound for c up to a half.
TEST(Correlation, ChangesTheShareAsTheDocumentationSays)
{
    struct Row
    {
        double correlation;
        double probability;
        double share;
    };
    for (const Row& row : {Row{0.1, 0.1, 0.056},
                           Row{0.25, 0.1, 0.0174},
                           Row{0.25, 0.3, 0.233},
                           Row{0.5, 0.1, 0.0011},
                           Row{0.5, 0.3, 0.130},
                           Row{0.5, 0.5, 0.5}})
    {
        LinkImpairment impairment;
        impairment.lossProbability = row.probability;
        impairment.lossCorrelation = row.correlation;
        EXPECT_NEAR(LossOf(impairment), row.share, 2.0 * Bound(row.share))
            << row.probability << " " << row.correlation;
    }
}

TEST(Correlation, LeavesAnAlwaysAnAlways)
{
    LinkImpairment impairment;
    impairment.lossProbability = 1.0;
    impairment.lossCorrelation = 0.5;
    EXPECT_EQ(LossOf(impairment), 1.0);
}

/** How often each length of a run of losses, or of receptions, occurs. */
std::map<int, int>
Runs(const std::vector<Passage>& passages, bool ofLosses)
{
    std::map<int, int> runs;
    int length = 0;
    for (const Passage& passage : passages)
    {
        if (passage.IsLost() == ofLosses)
        {
            ++length;
        }
        else if (length > 0)
        {
            ++runs[length];
            length = 0;
        }
    }
    return runs;
}

/** Pearson's statistic over its bound, for runs that end with probability q at each packet. */
double
GeometricExcess(const std::map<int, int>& runs, double q)
{
    double total = 0.0;
    for (const auto& [length, count] : runs)
    {
        total += count;
    }
    double sum = 0.0;
    double rest = total;
    double expectedRest = total;
    int degrees = 0;
    for (int length = 1; expectedRest * q > 20.0 && degrees < 30; ++length, ++degrees)
    {
        const auto found = runs.find(length);
        const double count = found == runs.end() ? 0.0 : found->second;
        const double expected = expectedRest * q;
        sum += (count - expected) * (count - expected) / expected;
        rest -= count;
        expectedRest -= expected;
    }
    sum += (rest - expectedRest) * (rest - expectedRest) / expectedRest;
    // Wilson and Hilferty: five standard deviations above the median.
    const double spread = 2.0 / (9.0 * degrees);
    return sum / (degrees * std::pow(1.0 - spread + 5.0 * std::sqrt(spread), 3.0));
}

double
StationaryLoss(const GilbertElliottLoss& g)
{
    return (g.p * g.oneMinusH + g.r * g.oneMinusK) / (g.p + g.r);
}

/** The variance of the share of losses of a Gilbert-Elliott model, times the number of packets. */
double
VarianceOf(const GilbertElliottLoss& g)
{
    const double bad = g.p / (g.p + g.r);
    const double loss = StationaryLoss(g);
    const double difference = g.oneMinusH - g.oneMinusK;
    const double lambda = 1.0 - g.p - g.r; // correlation of the state with the next
    return loss * (1.0 - loss) +
           2.0 * bad * (1.0 - bad) * difference * difference * lambda / (1.0 - lambda);
}

TEST(Gemodel, LosesTheStationaryShare)
{
    for (const GilbertElliottLoss& model : {GilbertElliottLoss{0.02, 0.3, 1.0, 0.0},
                                            GilbertElliottLoss{0.02, 0.3, 0.7, 0.01},
                                            GilbertElliottLoss{0.2, 0.1, 0.5, 0.05},
                                            GilbertElliottLoss{0.05, 0.95, 1.0, 0.0}})
    {
        LinkImpairment impairment;
        impairment.lossGemodel = model;
        const double sigma = std::sqrt(VarianceOf(model) / PACKETS);
        EXPECT_NEAR(LossOf(impairment), StationaryLoss(model), 5.0 * sigma);
    }
}

// 1-h = 1 and 1-k = 0: the simple Gilbert model, whose runs are geometric.
TEST(Gemodel, MakesGeometricRunsOfLossesAndOfReceptions)
{
    LinkImpairment impairment;
    impairment.lossGemodel = GilbertElliottLoss{0.1, 0.25, 1.0, 0.0};
    const auto passages = Send(impairment);
    EXPECT_LT(GeometricExcess(Runs(passages, true), 0.25), 1.0);
    EXPECT_LT(GeometricExcess(Runs(passages, false), 0.1), 1.0);
    EXPECT_GT(GeometricExcess(Runs(passages, true), 0.22), 1.0) << "the test can tell";
}

// Draws: LOSS, then LOSS_STATE. A packet that moves the model to the bad state still passes.
TEST(Gemodel, DecidesByTheStateBeforeTheTransition)
{
    LinkImpairment impairment;
    impairment.lossGemodel = GilbertElliottLoss{0.5, 0.5, 1.0, 0.0};
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    std::array<double, DRAW_KINDS> numbers{};
    const auto isLost = [&](double state) {
        numbers[static_cast<std::size_t>(DrawKind::LOSS_STATE)] = state;
        return direction.Decide(Instant(), OCTETS, Fixed(numbers)).IsLost();
    };
    EXPECT_FALSE(isLost(0.1)) << "good, moves to bad";
    EXPECT_TRUE(isLost(0.9)) << "bad, stays";
    EXPECT_TRUE(isLost(0.1)) << "bad, moves to good";
    EXPECT_FALSE(isLost(0.9)) << "good, stays";
}

double
StationaryLoss(const StateLoss& s)
{
    const double a = s.p13 / s.p31;
    return (a + s.p14) / (1.0 + s.p14 + a * (1.0 + s.p32 / s.p23));
}

TEST(LossState, LosesTheStationaryShare)
{
    for (const StateLoss& chain : {StateLoss{0.05, 0.95, 0.0, 1.0, 0.0},
                                   StateLoss{0.02, 0.25, 0.0, 1.0, 0.0},
                                   StateLoss{0.02, 0.1, 0.3, 0.4, 0.0},
                                   StateLoss{0.02, 0.2, 0.2, 0.5, 0.05}})
    {
        LinkImpairment impairment;
        impairment.lossState = chain;
        const double share = StationaryLoss(chain);
        // Bursts of about 1 / p31 losses make the variance so much larger; thrice is generous.
        const double bound = Bound(share) * std::sqrt(3.0 / chain.p31);
        EXPECT_NEAR(LossOf(impairment), share, bound);
        EXPECT_LT(bound, share / 2.0) << "the test can tell";
    }
}

TEST(LossState, MakesGeometricRunsInTwoStates)
{
    LinkImpairment impairment;
    impairment.lossState = StateLoss{0.1, 0.25, 0.0, 1.0, 0.0};
    const auto passages = Send(impairment);
    EXPECT_LT(GeometricExcess(Runs(passages, true), 0.25), 1.0);
    EXPECT_LT(GeometricExcess(Runs(passages, false), 0.1), 1.0);
}

TEST(LossState, LosesSingleOnesInItsFourthState)
{
    LinkImpairment impairment;
    impairment.lossState = StateLoss{0.0, 1.0, 0.0, 1.0, 0.2};
    const auto runs = Runs(Send(impairment), true);
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs.begin()->first, 1);
    EXPECT_NEAR(runs.begin()->second / static_cast<double>(PACKETS), 0.2 / 1.2, Bound(0.2 / 1.2));
}

// Within a burst, 2 is reached from 3 by p32 and left by p23.
TEST(LossState, ReceivesWithinABurst)
{
    LinkImpairment impairment;
    impairment.lossState = StateLoss{1.0, 0.0, 0.5, 0.25, 0.0}; // never back to state 1
    const auto passages = Send(impairment);
    EXPECT_LT(GeometricExcess(Runs(passages, true), 0.5), 1.0);
    EXPECT_LT(GeometricExcess(Runs(passages, false), 0.25), 1.0);
}

TEST(Duplicate, MeetsGemodelInTheStateOfThePacket)
{
    LinkImpairment impairment;
    impairment.lossGemodel = GilbertElliottLoss{0.1, 0.3, 0.5, 0.0};
    impairment.duplicateProbability = 1.0;
    const auto passages = Send(impairment);
    const auto doubled = [](const Passage& p) { return p.copy.has_value(); };
    const double bad = 0.1 / 0.4;
    const double share = 1.0 - bad + bad * 0.25; // bad: neither is lost
    EXPECT_NEAR(ShareOf(passages, doubled), share, 2.0 * Bound(share));
}

TEST(Corrupt, DamagesTheShareItIsToldAtAnyPlace)
{
    LinkImpairment impairment;
    impairment.corruptProbability = 0.3;
    std::vector<double> places;
    for (const Passage& passage : Send(impairment))
    {
        if (passage.original->damage)
        {
            places.push_back(*passage.original->damage);
        }
    }
    EXPECT_NEAR(static_cast<double>(places.size()) / PACKETS, 0.3, Bound(0.3));
    EXPECT_LT(ChiSquare(places, [](double x) { return x; }), CHI_SQUARE_BOUND);
}

LinkImpairment
Reordering(double probability, std::uint32_t gap)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.reorderProbability = probability;
    impairment.reorderGap = gap;
    return impairment;
}

bool
Jumped(const Passage& passage)
{
    return passage.original->wait == 0ms;
}

TEST(Gap, LetsEachNthJumpWhenReorderingIsCertain)
{
    const auto passages = Send(Reordering(1.0, 5));
    for (int i = 0; i < PACKETS; ++i)
    {
        ASSERT_EQ(Jumped(passages[i]), i % 5 == 4) << i;
    }
}

// After the gap - 1 that must wait, 1 / p more on average.
TEST(Gap, ThinsOutReorderingByTheFormula)
{
    const auto passages = Send(Reordering(0.25, 5));
    const double share = 1.0 / (4.0 + 1.0 / 0.25);
    EXPECT_NEAR(ShareOf(passages, Jumped), share, Bound(share));
    std::map<int, int> waits; // beyond the gap, from 1
    int since = 0;
    for (const Passage& passage : passages)
    {
        ++since;
        if (Jumped(passage))
        {
            ASSERT_GE(since, 5);
            ++waits[since - 4];
            since = 0;
        }
    }
    EXPECT_LT(GeometricExcess(waits, 0.25), 1.0);
}

TEST(Gap, OfOneIsNone)
{
    EXPECT_NEAR(ShareOf(Send(Reordering(0.25, 1)), Jumped), 0.25, Bound(0.25));
}

TEST(Rate, LimitsTheThroughput)
{
    LinkImpairment impairment;
    impairment.delay = 10ms;
    impairment.rate = 4'000'000; // 2 ms a packet, and one comes each millisecond
    impairment.jitter = 5ms;
    const auto passages = Send(impairment);
    Instant last{};
    for (int i = 0; i < PACKETS; ++i)
    {
        const Instant arrival = Instant(i * 1ms) + passages[i].original->wait;
        ASSERT_GE(arrival - last, 2ms);
        last = arrival;
    }
    EXPECT_NEAR(std::chrono::duration<double>(last.time_since_epoch()).count(),
                0.002 * PACKETS,
                0.1);
}

} // namespace
