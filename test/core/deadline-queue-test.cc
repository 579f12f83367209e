// The queue of deadlines against an ordered set.

#include "../../model/core/deadline-queue.h"

#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <set>

namespace lifecycle::test
{
namespace
{

using namespace std::chrono_literals;

/** A queue and the set that it must be like. */
class Both
{
  public:
    void Add(const Deadline& deadline)
    {
        m_queue.Add(deadline);
        m_set.insert(deadline);
        Compare();
    }

    void Remove(const Deadline& deadline)
    {
        m_queue.Remove(deadline);
        m_set.erase(m_set.find(deadline));
        Compare();
    }

    void RemoveFirst()
    {
        m_queue.RemoveFirst();
        m_set.erase(m_set.begin());
        Compare();
    }

    const std::multiset<Deadline>& Set() const
    {
        return m_set;
    }

    std::size_t Stored() const
    {
        return m_queue.Stored();
    }

  private:
    void Compare()
    {
        EXPECT_EQ(m_queue.First().has_value(), !m_set.empty());
        if (m_queue.First() && !m_set.empty())
        {
            EXPECT_EQ(*m_queue.First(), *m_set.begin());
        }
    }

    DeadlineQueue m_queue;
    std::multiset<Deadline> m_set;
};

TEST(DeadlineQueue, GivesThoseOfOneInstantInTheOrderOfIds)
{
    Both both;
    for (const std::uint64_t id : {7, 3, 9, 1})
    {
        both.Add({Instant(1s), {id}});
    }
    both.Add({Instant(1s) - 1ns, {8}});
    while (!both.Set().empty())
    {
        both.RemoveFirst();
    }
}

TEST(DeadlineQueue, IsLikeAnOrderedSetWhateverHappens)
{
    for (std::uint32_t seed = 1; seed <= 40 && !testing::Test::HasFailure(); ++seed)
    {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const auto draw = [&random](std::uint32_t below) { return random() % below; };
        const std::uint32_t lengths = 1 + draw(20); // more than there are runs
        Both both;
        Instant now{};
        for (int step = 0; step < 2000 && !testing::Test::HasFailure(); ++step)
        {
            now += draw(3) * 1ms;
            const auto& set = both.Set();
            if (!set.empty() && draw(4) == 0)
            {
                both.RemoveFirst();
            }
            else if (!set.empty() && draw(4) == 0)
            {
                both.Remove(*std::next(set.begin(), draw(static_cast<std::uint32_t>(set.size()))));
            }
            else // the same deadline may be added again
            {
                both.Add({now + draw(lengths) * 100ms, {draw(50)}});
            }
        }
    }
}

TEST(DeadlineQueue, KeepsFewOfWhatWasRemoved)
{
    Both both;
    for (std::uint64_t id = 1; id <= 1000; ++id)
    {
        both.Add({Instant(1s), {id}});
        both.Add({Instant(2s), {id}});
        both.Remove({Instant(2s), {id}}); // is never the first
        EXPECT_LE(both.Stored(), 3 * both.Set().size() + 100);
    }
    for (std::uint64_t id = 2; id <= 1000; ++id)
    {
        both.Remove({Instant(1s), {id}});
    }
    EXPECT_LE(both.Stored(), 100U);
}

} // namespace
} // namespace lifecycle::test
