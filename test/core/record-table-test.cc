// The table of compact records gives back what it was given, whatever that is.

#include "../../model/core/record-table.h"

#include <array>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <variant>
#include <vector>

namespace lifecycle::test
{
namespace
{

using namespace std::chrono_literals;

/** Draws records: mostly such as connections leave, else with any content. */
class Source
{
  public:
    explicit Source(std::uint32_t seed)
        : m_random(seed)
    {
    }

    std::uint32_t Below(std::uint32_t limit)
    {
        return static_cast<std::uint32_t>(m_random() % limit);
    }

    KeptRecord Draw(ConnectionId id)
    {
        const bool isOdd = Below(4) == 0; // all fields have any value
        const bool isIpv6 = Below(2) == 0;
        const auto port = static_cast<std::uint16_t>(id.value); // one path for each id
        RecordHead head{id,
                        {},
                        {{MakeAddress(isIpv6, 1), static_cast<std::uint16_t>(Any())},
                         {MakeAddress(isOdd ? Below(2) == 0 : isIpv6, 2), port}},
                        m_configs[Below(3)]};
        head.listener = {Below(3)};
        head.iss = SeqNum(Any());
        head.irs = SeqNum(Any());
        head.tsRecent = Below(2) == 0 ? Any() : 0;
        head.tsOffset = isOdd ? Any() : 0;
        head.challengeAcks = isOdd ? Any() : 0;
        head.challengeWindowEnd = isOdd ? AnyTime() : Instant();
        head.tsSince = isOdd ? AnyTime() : Instant();
        head.sndWnd = isOdd ? Any() : 65535;
        head.rcvWnd = isOdd ? Any() : 65535;
        head.mss = isOdd ? static_cast<std::uint16_t>(Below(3)) : 1460;
        head.agreed.sack = Below(2) == 0;
        head.agreed.rcvShift = static_cast<std::uint8_t>(Below(3));
        const std::optional<Instant> place = Below(9) == 0 ? std::nullopt
                                             : isOdd       ? std::make_optional(AnyTime())
                                                           : std::make_optional(Instant(3s));
        if (Below(2) == 0)
        {
            HalfOpenRecord record{head, Below(2) == 0, isOdd ? Any() : Below(2), Instant(3s), {}};
            record.retransmitAt = isOdd ? AnyTime() : Instant(3s);
            record.userTimeoutAt = isOdd ? std::make_optional(AnyTime()) : std::nullopt;
            return {record, place};
        }
        TimeWaitRecord record{head, Below(2) == 0, Below(2) == 0};
        record.sndNxt = isOdd ? SeqNum(Any()) : head.iss + 2 + Below(5000);
        record.rcvNxt = isOdd ? SeqNum(Any()) : head.irs + 2 + Below(5000);
        record.wl1 = isOdd ? SeqNum(Any()) : record.rcvNxt;
        record.wl2 = isOdd ? SeqNum(Any()) : record.sndNxt;
        record.maxWnd = isOdd ? Any() : head.sndWnd;
        record.endsAt = isOdd ? AnyTime() : Instant(3s);
        return {record, place};
    }

  private:
    std::uint32_t Any()
    {
        return static_cast<std::uint32_t>(m_random() >> 32);
    }

    /** Before or after the start, so that a factor of TIME-WAIT does not reach the ends of time. */
    Instant AnyTime()
    {
        return Instant(Duration(static_cast<std::int64_t>(m_random()) / 4));
    }

    static Address MakeAddress(bool isIpv6, std::uint8_t last)
    {
        if (!isIpv6)
        {
            return Address::FromIpv4(0x0a000000U | last);
        }
        Address address{Family::IPV6, {0x20, 0x01}};
        address.octets[15] = last;
        return address;
    }

    static SharedConfig Config(Duration msl)
    {
        ConnectionConfig config;
        config.msl = msl;
        return config;
    }

    std::mt19937_64 m_random;
    std::array<SharedConfig, 3> m_configs{Config(1s), Config(2s), Config(1s)};
};

const RecordHead&
Head(const KeptRecord& kept)
{
    return std::visit([](const auto& r) -> const RecordHead& { return r.head; }, kept.record);
}

TEST(Records, AreFoundAsTheyWereGiven)
{
    for (std::uint32_t seed = 1; seed <= 20 && !testing::Test::HasFailure(); ++seed)
    {
        SCOPED_TRACE(seed);
        Source source(seed);
        RecordTable table;
        std::map<ConnectionId, KeptRecord> expected;
        for (std::uint64_t step = 1; step <= 2000 && !testing::Test::HasFailure(); ++step)
        {
            if (expected.size() < 20 || source.Below(2) == 0)
            {
                const KeptRecord kept = source.Draw({step});
                table.Add(kept);
                expected.emplace(ConnectionId{step}, kept);
            }
            else
            {
                const auto at = std::next(expected.begin(), source.Below(20));
                const auto found = table.Find(at->first);
                const auto taken = table.Take(at->first);
                ASSERT_TRUE(found && taken);
                EXPECT_TRUE(found->record == at->second.record);
                EXPECT_TRUE(taken->record == at->second.record);
                EXPECT_EQ(taken->scheduled, at->second.scheduled);
                EXPECT_EQ(table.IdOf(Head(at->second).path).value, 0U);
                EXPECT_FALSE(table.Find(at->first) || table.Take(at->first));
                expected.erase(at);
            }
            EXPECT_EQ(table.Size(), expected.size());
            const auto sought = std::next(expected.begin(), expected.size() / 2);
            EXPECT_EQ(table.IdOf(Head(sought->second).path).value, sought->first.value);
        }
    }
}

TEST(Records, AreEqualInWhateverOrderTheyCameAndWhereverTheyAreScheduled)
{
    Source source(7);
    std::vector<KeptRecord> all;
    all.reserve(50);
    for (std::uint64_t id = 1; id <= 50; ++id)
    {
        all.push_back(source.Draw({id}));
    }
    RecordTable forwards;
    RecordTable backwards;
    for (std::size_t i = 0; i < all.size(); ++i)
    {
        forwards.Add(all[i]);
        KeptRecord other = all[all.size() - 1 - i];
        other.scheduled = Instant(1ns);
        backwards.Add(other);
    }
    EXPECT_TRUE(forwards == backwards);
    EXPECT_EQ(HashValue(forwards), HashValue(backwards));
    const RecordTable copy = forwards;
    auto changed = *forwards.Take({9});
    EXPECT_FALSE(forwards == backwards);
    std::visit([](auto& record) { record.head.iss += 1; }, changed.record);
    forwards.Add(changed);
    EXPECT_FALSE(forwards == backwards);
    EXPECT_NE(HashValue(forwards), HashValue(backwards));
    EXPECT_TRUE(copy == backwards); // a copy goes its own way
}

} // namespace
} // namespace lifecycle::test
