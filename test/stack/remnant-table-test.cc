// The remnants that the driver keeps: given back as they were given.

#include "../../model/stack/remnant-table.h"

#include "ns3/nstime.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <random>

namespace ns3
{
namespace
{

using lifecycle::ConnectionId;
using lifecycle_internal::Remnant;
using lifecycle_internal::RemnantTable;

bool
AreEqual(const Remnant& a, const Remnant& b)
{
    return a.isHalfOpen == b.isHalfOpen && a.opened == b.opened && a.octetsSent == b.octetsSent &&
           a.octetsReceived == b.octetsReceived && a.retransmissions == b.retransmissions;
}

TEST(Remnants, AreGivenBackAsTheyWereGiven)
{
    std::mt19937_64 random(11);
    const auto draw = [&random] { return random() >> random() % 64; }; // of all lengths
    RemnantTable table;
    std::map<ConnectionId, Remnant> expected;
    for (std::uint64_t id = 1; id <= 3000; ++id)
    {
        const Remnant remnant{draw() % 2 == 0,
                              TimeStep(draw() >> 1),
                              draw(),
                              draw(),
                              static_cast<std::uint32_t>(draw())};
        table.Add({id}, remnant);
        expected.emplace(ConnectionId{id}, remnant);
        if (draw() % 2 == 0)
        {
            const auto at = std::next(expected.begin(), random() % expected.size());
            const auto taken = table.Take(at->first);
            ASSERT_TRUE(taken && AreEqual(*taken, at->second));
            EXPECT_FALSE(table.Find(at->first) || table.Take(at->first));
            expected.erase(at);
        }
    }
    auto ids = table.Ids();
    std::sort(ids.begin(), ids.end());
    ASSERT_EQ(ids.size(), expected.size());
    std::size_t place = 0;
    for (const auto& [id, remnant] : expected)
    {
        EXPECT_EQ(ids[place++].value, id.value);
        const auto found = table.Find(id);
        EXPECT_TRUE(found && AreEqual(*found, remnant));
    }
}

} // namespace
} // namespace ns3
