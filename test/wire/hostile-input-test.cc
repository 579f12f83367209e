// Segments that somebody has cut short or damaged. Also built with the sanitizers.

#include "valid-segments.h"

#include "ns3/packet.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <tuple>

using namespace ns3;
using namespace ns3::lifecycle_internal;

namespace
{

struct Path
{
    lifecycle::Address source;
    lifecycle::Address destination;
};

const Path PATHS[] = {
    {lifecycle::Address::FromIpv4(0x0a000001), lifecycle::Address::FromIpv4(0x0a000002)},
    {{lifecycle::Family::IPV6, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
     {lifecycle::Family::IPV6, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}}},
};

std::uint16_t
Checksum(const Path& path, const Octets& octets)
{
    return TcpChecksum(path.source, path.destination, octets.data(), octets.size());
}

Octets
WithChecksum(const Path& path, Octets octets)
{
    const std::uint16_t checksum = Checksum(path, octets);
    octets[16] = static_cast<std::uint8_t>(checksum >> 8);
    octets[17] = static_cast<std::uint8_t>(checksum);
    return octets;
}

SegmentHeader
Arrive(const Path& path, const Octets& octets)
{
    const Ptr<Packet> packet = Create<Packet>(octets.data(), octets.size());
    SegmentHeader header;
    header.EnableChecksum(path.source, path.destination);
    packet->PeekHeader(header);
    SegmentHeader peeked;
    peeked.EnableChecksum(path.source, path.destination);
    peeked.Peek(packet);
    EXPECT_EQ(peeked.IsChecksumRight(), header.IsChecksumRight());
    EXPECT_EQ(peeked.Fields().segment, header.Fields().segment);
    EXPECT_EQ(peeked.Fields().length, header.Fields().length);
    return header;
}

/** Each valid segment on each path. */
class HostileInput : public testing::TestWithParam<std::tuple<ValidSegment, Path>>
{
  protected:
    const ValidSegment segment = std::get<ValidSegment>(GetParam());
    const Path path = std::get<Path>(GetParam());
    const Octets whole = WithChecksum(path, segment.ToOctets());
    const std::size_t headerSize = MIN_TCP_HEADER + segment.options.size();
};

} // namespace

TEST_P(HostileInput, IsValidBeforeItIsDamaged)
{
    const SegmentHeader header = Arrive(path, whole);
    EXPECT_TRUE(header.IsWellFormed());
    EXPECT_TRUE(header.IsChecksumRight());
    EXPECT_EQ(header.Fields().length, headerSize);
    EXPECT_EQ(header.Fields().segment.flags, segment.flags);
    EXPECT_TRUE(ReadsTheSameAgain(whole.data(), whole.size()));
}

TEST_P(HostileInput, IsRefusedIfTheHeaderIsCutShort)
{
    for (std::size_t size = 0; size < whole.size(); ++size)
    {
        // Exactly as large as what is left, so that a sanitizer sees each octet read behind it.
        const Octets part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const bool isComplete = size >= headerSize;
        EXPECT_EQ(DecodeTcpHeader(part.data(), part.size()).has_value(), isComplete) << size;
        const SegmentHeader header = Arrive(path, part);
        EXPECT_EQ(header.IsWellFormed(), isComplete) << size << " octets";
        EXPECT_FALSE(header.IsWellFormed() && header.IsChecksumRight()) << size << " octets";
    }
}

TEST_P(HostileInput, IsReadWithinItsBoundsIfAnOptionIsCutShort)
{
    for (std::size_t shift = 0; shift < 4; ++shift) // so that each cut through an option comes up
    {
        Octets options(shift, 1); // NOP
        options.insert(options.end(), segment.options.begin(), segment.options.end());
        const std::size_t longest = std::min(options.size(), MAX_TCP_HEADER - MIN_TCP_HEADER);
        for (std::size_t size = 0; size <= longest; size += 4)
        {
            ValidSegment cut{segment.name, segment.flags, {}, 0};
            cut.options.assign(options.begin(),
                               options.begin() + static_cast<std::ptrdiff_t>(size));
            const Octets octets = cut.ToOctets();
            EXPECT_EQ(octets.size(), MIN_TCP_HEADER + size);
            EXPECT_TRUE(DecodeTcpHeader(octets.data(), octets.size()));
            EXPECT_TRUE(ReadsTheSameAgain(octets.data(), octets.size())) << shift << ", " << size;
        }
    }
}

TEST_P(HostileInput, IsReadWithinItsBoundsIfAnyBitIsFlipped)
{
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit)
    {
        Octets flipped = whole;
        flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
        EXPECT_TRUE(ReadsTheSameAgain(flipped.data(), flipped.size())) << "bit " << bit;
        EXPECT_FALSE(Arrive(path, flipped).IsChecksumRight()) << "bit " << bit;
    }
}

INSTANTIATE_TEST_SUITE_P(SegmentCodec,
                         HostileInput,
                         testing::Combine(testing::ValuesIn(ValidSegments()),
                                          testing::ValuesIn(PATHS)),
                         [](const auto& info) {
                             std::string name = std::get<ValidSegment>(info.param).name;
                             std::replace(name.begin(), name.end(), '-', '_');
                             const auto family = std::get<Path>(info.param).source.family;
                             return name + (family == lifecycle::Family::IPV4 ? "_IPv4" : "_IPv6");
                         });
