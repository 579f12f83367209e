// What many small records are kept in: chunks, slots, an index, packed fields, shared profiles, sets.

#include "../../model/core/chunked-vector.h"
#include "../../model/core/id-set.h"
#include "../../model/core/linear-index.h"
#include "../../model/core/octet-pool.h"
#include "../../model/core/packing.h"
#include "../../model/core/record-profiles.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace lifecycle::test
{
namespace
{

using namespace std::chrono_literals;

TEST(Chunks, KeepTheirContentThroughGrowthAndShrinking)
{
    ChunkedVector<int> chunks(8);
    EXPECT_EQ(chunks.Size(), 0U);
    for (int i = 0; i < 50; ++i)
    {
        chunks.Grow(2, i);
    }
    EXPECT_EQ(chunks.Size(), 100U);
    for (int i = 0; i < 100; ++i)
    {
        EXPECT_EQ(chunks[i], i / 2);
    }
    const int* const place = &chunks[90];
    EXPECT_EQ(&chunks[91], place + 1);
    chunks.Grow(2, 77);
    EXPECT_EQ(&chunks[90], place);
    EXPECT_EQ(chunks[101], 77);
    for (std::size_t left = 101; left > 0; --left)
    {
        chunks.RemoveLast();
        EXPECT_EQ(chunks.Size(), left);
        EXPECT_EQ(chunks[left - 1], left == 101 ? 77 : static_cast<int>(left - 1) / 2);
    }
    chunks.Grow(8, 5);
    chunks.Clear();
    EXPECT_EQ(chunks.Size(), 0U);
    chunks.Grow(1, 6);
    EXPECT_EQ(chunks[0], 6);
}

/** @p size octets that tell @p number. */
std::vector<std::uint8_t>
Octets(std::size_t size, std::uint8_t number)
{
    return std::vector<std::uint8_t>(size, number);
}

TEST(Pool, KeepsItemsOfAllSizesApartAndUsesTheirPlacesAgain)
{
    OctetPool<2> pool;
    std::map<Handle, std::vector<std::uint8_t>> kept;
    std::mt19937 random(5);
    for (int step = 0; step < 20000; ++step)
    {
        if (kept.size() < 2000 || random() % 2 == 0)
        {
            const std::size_t size = 1 + random() % OctetPool<2>::MOST_OCTETS;
            const auto octets = Octets(size, static_cast<std::uint8_t>(random()));
            const Handle handle = pool.Add(octets.data(), octets.size());
            ASSERT_TRUE(kept.emplace(handle, octets).second);
            pool.Link(handle, 0) = ~handle;
            pool.Link(handle, 1) = handle;
        }
        else
        {
            const auto at = std::next(kept.begin(), random() % 100);
            EXPECT_EQ(pool.Link(at->first, 0), ~at->first);
            EXPECT_EQ(pool.Link(at->first, 1), at->first);
            EXPECT_TRUE(std::equal(at->second.begin(), at->second.end(), pool.At(at->first)));
            pool.Remove(at->first);
            kept.erase(at);
        }
    }
    OctetPool<2> copy = pool;
    while (!kept.empty())
    {
        const auto at = kept.begin();
        EXPECT_TRUE(std::equal(at->second.begin(), at->second.end(), copy.At(at->first)));
        pool.Remove(at->first);
        kept.erase(at);
    }
    const auto octets = Octets(7, 3);
    const Handle first = pool.Add(octets.data(), octets.size());
    const Handle second = pool.Add(octets.data(), octets.size());
    pool.Remove(first);
    EXPECT_EQ(pool.Add(octets.data(), octets.size()), first);
    EXPECT_NE(first, second);
}

/** Numbers with links, for an index; a poor hash makes chains long. */
struct Numbers
{
    std::vector<std::uint64_t> numbers;
    std::vector<std::uint32_t> links;

    std::uint32_t& Link(Handle handle, std::size_t)
    {
        return links[handle];
    }

    std::uint32_t Link(Handle handle, std::size_t) const
    {
        return links[handle];
    }

    std::uint64_t HashOf(Handle handle) const
    {
        return Mix(numbers[handle] / 2);
    }
};

TEST(Index, FindsWhatIsThereWhileItGrowsAndShrinks)
{
    for (std::uint32_t seed = 1; seed <= 20 && !testing::Test::HasFailure(); ++seed)
    {
        SCOPED_TRACE(seed);
        constexpr Handle COUNT = 1000;
        Numbers items;
        items.links.resize(COUNT);
        items.numbers.reserve(COUNT);
        for (Handle handle = 0; handle < COUNT; ++handle)
        {
            items.numbers.push_back(handle * 7);
        }
        LinearIndex<0> index;
        std::set<Handle> kept;
        std::mt19937 random(seed);
        for (int step = 0; step < 6000; ++step)
        {
            const auto handle = static_cast<Handle>(random() % COUNT);
            const bool mostlyGrows = step / 1000 % 2 == 0;
            if (kept.count(handle) == 0 && (mostlyGrows || random() % 8 == 0))
            {
                index.Add(handle, items.HashOf(handle), items);
                kept.insert(handle);
            }
            else if (kept.count(handle) == 1 && (!mostlyGrows || random() % 8 == 0))
            {
                index.Remove(handle, items.HashOf(handle), items);
                kept.erase(handle);
            }
            ASSERT_EQ(index.Size(), kept.size());
            const auto sought = static_cast<Handle>(random() % COUNT);
            const Handle found = index.Find(items.HashOf(sought), items, [&](Handle h) {
                return items.numbers[h] == items.numbers[sought];
            });
            ASSERT_EQ(found, kept.count(sought) == 1 ? sought : NO_HANDLE);
        }
        std::set<Handle> seen;
        index.ForEach(items, [&seen](Handle handle) { EXPECT_TRUE(seen.insert(handle).second); });
        EXPECT_EQ(seen, kept);
        for (const Handle handle : kept)
        {
            index.Remove(handle, items.HashOf(handle), items);
        }
        index.ForEach(items, [](Handle) { ADD_FAILURE(); });
        index.Add(3, items.HashOf(3), items);
        EXPECT_EQ(index.Find(items.HashOf(3), items, [](Handle h) { return h == 3; }), 3U);
    }
}

/** One field of each kind. */
struct Sample
{
    bool flag{false};
    std::uint8_t octet{0};
    std::uint16_t half{0};
    std::uint64_t small{0};
    SeqNum seq;
    Instant time{};
    SeqNum nearSeq;
    Instant nearTime{};
    std::uint32_t nearNumber{0};

    auto Fields() const
    {
        return std::tie(flag, octet, half, small, seq, time, nearSeq, nearTime, nearNumber);
    }
};

template <class Coder, class SomeSample>
void
CodeSample(Coder& coder, SomeSample& sample)
{
    coder.Flag(sample.flag);
    coder.Plain(sample.octet);
    coder.Plain(sample.half);
    coder.Small(sample.small);
    coder.Plain(sample.seq);
    coder.Small(sample.time);
    coder.Expected(sample.nearSeq, sample.seq);
    coder.Expected(sample.nearTime, sample.time);
    coder.Expected(sample.nearNumber, 7U);
}

std::size_t
SizeOfPacked(const Sample& sample)
{
    Packer<80> packer;
    CodeSample(packer, sample);
    Sample again;
    again.flag = !sample.flag;
    Unpacker unpacker(packer.Data());
    CodeSample(unpacker, again);
    EXPECT_TRUE(sample.Fields() == again.Fields());
    return packer.Size();
}

TEST(Packing, GivesBackWhatWasPacked)
{
    std::mt19937_64 random(3);
    const auto draw = [&random] { return random() >> random() % 64; }; // of all lengths
    for (int i = 0; i < 20000; ++i)
    {
        Sample sample;
        sample.flag = draw() & 1;
        sample.octet = static_cast<std::uint8_t>(draw());
        sample.half = static_cast<std::uint16_t>(draw());
        sample.small = draw();
        sample.seq = SeqNum(static_cast<std::uint32_t>(draw()));
        sample.time = Instant(Duration(static_cast<std::int64_t>(draw())));
        const std::uint64_t ahead = draw();
        const std::uint64_t behind = draw();
        sample.nearSeq = sample.seq + static_cast<std::uint32_t>(ahead - behind);
        sample.nearTime = Instant(Duration(static_cast<std::int64_t>(draw())));
        sample.nearNumber = static_cast<std::uint32_t>(draw());
        SizeOfPacked(sample);
    }
    Sample extreme;
    extreme.small = UINT64_MAX;
    extreme.time = Instant::max();
    extreme.nearTime = Instant::min();
    SizeOfPacked(extreme);
    std::swap(extreme.time, extreme.nearTime);
    SizeOfPacked(extreme);
}

TEST(Packing, TakesLittleForWhatIsExpected)
{
    Sample sample;
    sample.seq = SeqNum(0xffffffff);
    sample.nearSeq = sample.seq;
    sample.nearNumber = 7;
    const std::size_t least = SizeOfPacked(sample);
    EXPECT_EQ(least, 2U + 1 + 2 + 1 + 4 + 1);
    sample.nearSeq = sample.seq + 20; // across the wrap
    EXPECT_EQ(SizeOfPacked(sample), least + 1);
    sample.nearSeq = sample.seq - 20;
    EXPECT_EQ(SizeOfPacked(sample), least + 1);
    sample.nearNumber = 0;
    EXPECT_EQ(SizeOfPacked(sample), least + 2);
    sample.small = 0x80;
    EXPECT_EQ(SizeOfPacked(sample), least + 3);
}

RecordProfile
ProfileWith(std::uint16_t mss, std::uint32_t retries)
{
    ConnectionConfig config;
    config.dataRetries = retries;
    return {{1}, Address::FromIpv4(1), config, mss, {}, true, false};
}

TEST(Profiles, AreKeptOnceWhileTheyAreUsed)
{
    RecordProfiles profiles;
    const auto first = profiles.Use(ProfileWith(1, 1));
    const auto second = profiles.Use(ProfileWith(2, 1));
    const auto third = profiles.Use(ProfileWith(1, 2)); // differs by its configuration alone
    EXPECT_EQ(profiles.Size(), 3U);
    EXPECT_EQ(profiles.Use(ProfileWith(1, 1)), first); // though the configuration is another object
    EXPECT_EQ(profiles.Use(ProfileWith(1, 2)), third);
    EXPECT_EQ(profiles.Size(), 3U);
    EXPECT_EQ(profiles.At(second), ProfileWith(2, 1));
    profiles.Leave(first);
    profiles.Leave(second);
    EXPECT_EQ(profiles.Size(), 2U);
    EXPECT_EQ(profiles.At(first), ProfileWith(1, 1));
    EXPECT_EQ(profiles.Use(ProfileWith(9, 9)), second); // its number is free again
    profiles.Leave(first);
    profiles.Leave(third);
    profiles.Leave(third);
    profiles.Leave(second);
    EXPECT_EQ(profiles.Size(), 0U);
}

TEST(Ids, AreASetInAscendingOrder)
{
    for (std::uint32_t seed = 1; seed <= 40 && !testing::Test::HasFailure(); ++seed)
    {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        IdSet ids;
        std::set<ConnectionId> expected;
        std::uint64_t last = 0;
        for (int step = 0; step < 2000; ++step)
        {
            last += 1 + random() % 2;
            const bool isLate = random() % 20 == 0;
            const ConnectionId added{isLate ? 1 + random() % last : last};
            const ConnectionId removed{1 + random() % last};
            if (expected.insert(added).second)
            {
                ids.Add(added);
            }
            ids.Remove(removed);
            expected.erase(removed);
            if (random() % 2 == 0 && !expected.empty())
            {
                ids.Remove(*expected.begin());
                expected.erase(expected.begin());
            }
            ASSERT_EQ(ids.Size(), expected.size());
            ASSERT_TRUE(expected.empty() || ids.First().value == expected.begin()->value);
            if (step % 50 == 0)
            {
                ASSERT_EQ(ids.InOrder(),
                          std::vector<ConnectionId>(expected.begin(), expected.end()));
            }
        }
    }
}

TEST(Ids, AreEqualIfTheirIdsAre)
{
    IdSet a;
    IdSet b;
    for (const std::uint64_t id : {1, 2, 3})
    {
        a.Add({id});
    }
    b.Add({3});
    b.Add({1});
    EXPECT_NE(a, b);
    a.Remove({2});
    EXPECT_EQ(a, b);
    EXPECT_EQ(HashValue(a), HashValue(b));
}

} // namespace
} // namespace lifecycle::test
