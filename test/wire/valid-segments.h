#ifndef LIFECYCLE_TEST_WIRE_VALID_SEGMENTS_H
#define LIFECYCLE_TEST_WIRE_VALID_SEGMENTS_H

#include "../../model/wire/segment-codec.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace ns3
{

using Octets = std::vector<std::uint8_t>;

/** A segment as it may stand on the wire, but for its checksum, which is 0. */
struct ValidSegment
{
    std::string name;
    lifecycle::Flags flags;
    Octets options; ///< a multiple of four octets
    std::size_t payload{0};

    Octets ToOctets() const
    {
        Octets octets{0xc0, 0x00, 0x00, 0x50}; // 49152 > 80
        octets.reserve(lifecycle_internal::MIN_TCP_HEADER + options.size() +
                       payload); // no more, for the sanitizers
        octets.insert(octets.end(), {0xff, 0xff, 0xff, 0xf0, 0x05, 0x06, 0x07, 0x08});
        octets.push_back(static_cast<std::uint8_t>(
            (lifecycle_internal::MIN_TCP_HEADER + options.size()) / 4 << 4));
        octets.push_back(flags.Bits());
        octets.insert(octets.end(), {0x12, 0x34, 0, 0, 0, 7});
        octets.insert(octets.end(), options.begin(), options.end());
        for (std::size_t i = 0; i < payload; ++i)
        {
            octets.push_back(static_cast<std::uint8_t>(i * 7 + 1));
        }
        return octets;
    }
};

/** What hostile input is made of: each option in the layout that is usual, and each kind of segment. */
inline std::vector<ValidSegment>
ValidSegments()
{
    using lifecycle::Flag;
    const Octets mss{2, 4, 0x05, 0xb4};
    const Octets sackPermitted{4, 2};
    const Octets timestamps{8, 10, 0x01, 0x02, 0x03, 0x04, 0xff, 0xfe, 0xfd, 0xfc};
    const Octets windowScale{3, 3, 7};
    const Octets unknown{253, 6, 0xf9, 0x89, 0xaa, 0xbb};
    const Octets nop{1};
    const Octets end{0};
    const auto sack = [](std::size_t blocks) {
        Octets option{5, static_cast<std::uint8_t>(2 + 8 * blocks)};
        for (std::size_t edge = 0; edge < 2 * blocks; ++edge)
        {
            option.insert(option.end(), {0xff, 0xff, 0xff, static_cast<std::uint8_t>(16 * edge)});
        }
        return option;
    };
    const auto all = [](std::initializer_list<Octets> options) {
        Octets octets;
        for (const Octets& option : options)
        {
            octets.insert(octets.end(), option.begin(), option.end());
        }
        return octets;
    };
    return {
        {"syn", Flag::SYN, all({mss, sackPermitted, timestamps, nop, windowScale})},
        {"syn-ack", Flag::SYN | Flag::ACK, all({mss, nop, windowScale, nop, nop, sackPermitted})},
        {"syn-with-data", Flag::SYN, mss, 5},
        {"ack", Flag::ACK, {}},
        {"timestamps", Flag::ACK, all({nop, nop, timestamps})},
        {"one-sack-block", Flag::ACK, all({nop, nop, sack(1)})},
        {"three-sack-blocks", Flag::ACK, all({nop, nop, timestamps, nop, nop, sack(3)})}, // full
        {"four-sack-blocks", Flag::ACK, all({nop, nop, sack(4)})},
        {"unknown-option", Flag::SYN, all({unknown, mss, end, end})},
        {"data", Flag::ACK | Flag::PSH, all({nop, nop, timestamps}), 33},
        {"fin-and-urgent", Flag::ACK | Flag::FIN | Flag::URG, {}, 8},
        {"reset", Flag::RST | Flag::ACK, {}},
        {"ecn-setup", Flag::SYN | Flag::ECE | Flag::CWR, mss},
        {"ecn-echo", Flag::ACK | Flag::ECE, {}},
    };
}

/** Whether @p octets, if they are read as a header at all, are written so that they read the same. */
inline bool
ReadsTheSameAgain(const std::uint8_t* octets, std::size_t size)
{
    const auto first = lifecycle_internal::DecodeTcpHeader(octets, size);
    if (!first)
    {
        return true;
    }
    Octets written(lifecycle_internal::MAX_TCP_HEADER);
    const std::size_t length = lifecycle_internal::EncodeTcpHeader(*first, written.data());
    const auto second = lifecycle_internal::DecodeTcpHeader(written.data(), length);
    // What has no meaning without its flag is not written, nor what is illegal; everything else is.
    lifecycle::Segment expected = first->segment;
    expected.illegalOption = false;
    expected.ack = expected.Has(lifecycle::Flag::ACK) ? expected.ack : lifecycle::SeqNum();
    expected.up = expected.Has(lifecycle::Flag::URG) ? expected.up : 0;
    return first->length <= size && length <= written.size() && second &&
           second->length == length && second->segment == expected &&
           second->sourcePort == first->sourcePort &&
           second->destinationPort == first->destinationPort && second->checksum == first->checksum;
}

} // namespace ns3

#endif // LIFECYCLE_TEST_WIRE_VALID_SEGMENTS_H
