// What the statistical tests of the link share: packets through one direction, and what they met.
// Statistics use one fixed seed and bounds of five standard deviations, so they would hold for
// nearly every seed.

#ifndef LIFECYCLE_TEST_LINK_PACKETS_H
#define LIFECYCLE_TEST_LINK_PACKETS_H

#include "../../model/link/impairment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace lifecycle
{

constexpr int PACKETS = 100'000;
constexpr std::uint32_t OCTETS = 1000; // each

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
inline DrawSource
Fixed(std::array<double, DRAW_KINDS> values)
{
    return [values](DrawKind kind) { return values[static_cast<std::size_t>(kind)]; };
}

inline std::vector<Passage>
Send(const LinkImpairment& impairment,
     Streams& streams,
     Duration spacing = std::chrono::milliseconds(1))
{
    ImpairedDirection direction;
    direction.SetImpairment(impairment);
    const DrawSource draw = streams.Source();
    std::vector<Passage> passages;
    Instant now{};
    for (int i = 0; i < PACKETS; ++i, now += spacing)
    {
        passages.push_back(direction.Decide(now, OCTETS, draw));
    }
    return passages;
}

inline std::vector<Passage>
Send(const LinkImpairment& impairment, Duration spacing = std::chrono::milliseconds(1))
{
    Streams streams;
    return Send(impairment, streams, spacing);
}

/** Five standard deviations of a share among n independent packets. */
inline double
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

} // namespace lifecycle

#endif // LIFECYCLE_TEST_LINK_PACKETS_H
