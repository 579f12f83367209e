#ifndef LIFECYCLE_PACKETDRILL_WIRE_H
#define LIFECYCLE_PACKETDRILL_WIRE_H

#include "script.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** The ports of a segment. */
struct Ports
{
    std::uint16_t source{0};
    std::uint16_t destination{0};
};

/** A header without checksum, options exactly as listed, filled up with zeros; all numbers absolute. */
std::vector<std::uint8_t> EncodeHeader(const TcpPacket& packet, Ports ports);

/** How many octets @p option takes in a header. */
std::size_t SizeOf(const TcpOption& option);

/** Letters as a script has them: `S.`; `-` if there are none. */
std::string FlagsToString(std::uint8_t flags);

/** `mss 1460,nop,wscale 7`. */
std::string OptionsToString(const std::vector<TcpOption>& options);

/**
 * The header at the start of @p octets, its options one by one; the rest is payload.
 *
 * Nothing if it is no legal header.
 */
std::optional<TcpPacket> DecodeSegment(const std::vector<std::uint8_t>& octets);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_WIRE_H
