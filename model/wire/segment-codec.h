#ifndef LIFECYCLE_WIRE_SEGMENT_CODEC_H
#define LIFECYCLE_WIRE_SEGMENT_CODEC_H

#include "../core/endpoint.h"
#include "../core/segment.h"
#include "../core/stack-config.h"

#include "ns3/header.h"
#include "ns3/packet.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>

namespace ns3::lifecycle_internal
{

/** The number of TCP as a protocol of IP. */
constexpr std::uint8_t TCP_PROTOCOL = 6;

/** Octets of a TCP header without options, and of the longest TCP header. RFC 9293 3.1. */
constexpr std::size_t MIN_TCP_HEADER = 20;
constexpr std::size_t MAX_TCP_HEADER = 60;

/** A TCP header as fields. The `len` of the segment is not part of a header and stays 0. */
struct TcpHeaderFields
{
    std::uint16_t sourcePort{0};
    std::uint16_t destinationPort{0};
    lifecycle::Segment segment;
    std::uint16_t checksum{0};
    std::size_t length{0};                      ///< of the header [octets]; set by DecodeTcpHeader
    lifecycle::SynOptionOrder synOptionOrder{}; ///< for EncodeTcpHeader
};

/**
 * Writes @p fields to @p out in the format of RFC 9293 3.1.
 *
 * The window is clipped to 65535. Options that belong on a SYN go on a SYN only, SACK blocks on any
 * other segment.
 *
 * @param out room for MAX_TCP_HEADER octets; SACK blocks that do not fit are left out.
 * @return The octets written, a multiple of four.
 */
std::size_t EncodeTcpHeader(const TcpHeaderFields& fields, std::uint8_t* out);

/**
 * Reads the header at the start of @p octets; nothing if the header is incomplete or has an illegal
 * length.
 *
 * Options may stand anywhere. An unknown option is skipped by its length. An option of an illegal
 * length ends the options and sets `illegalOption` (RFC 9293 3.1, MUST-6 and MUST-7).
 */
std::optional<TcpHeaderFields> DecodeTcpHeader(const std::uint8_t* octets, std::size_t size);

/**
 * The checksum over the pseudo-header and @p octets (RFC 9293 3.1; RFC 8200 8.1 for IPv6).
 *
 * If the checksum field is zero, the result belongs in that field; if the field is right, the
 * result is 0.
 */
std::uint16_t TcpChecksum(const lifecycle::Address& source,
                          const lifecycle::Address& destination,
                          const std::uint8_t* octets,
                          std::size_t size);

/**
 * @ingroup lifecycle
 * @brief A TCP header on an ns-3 packet.
 */
class SegmentHeader : public Header
{
  public:
    /** @brief Get the type ID. @return The type ID. */
    static TypeId GetTypeId();

    SegmentHeader() = default;

    /** @brief The header of @p segment, to be sent on @p path as the sender sees that path. */
    SegmentHeader(const lifecycle::Segment& segment,
                  const lifecycle::FourTuple& path,
                  lifecycle::SynOptionOrder order = {});

    /** @brief Makes Serialize write a checksum, and Deserialize and Peek verify the checksum. */
    void EnableChecksum(const lifecycle::Address& source, const lifecycle::Address& destination);

    /** @brief Does what Packet::PeekHeader does with this header, and costs less. */
    void Peek(Ptr<const Packet> packet);

    /** @brief Whether Deserialize or Peek found a legal header. @return Whether so. */
    bool IsWellFormed() const
    {
        return m_fields.length > 0;
    }

    /**
     * @brief Whether Deserialize or Peek found no wrong checksum; true if checksums are off.
     * @return Whether so.
     */
    bool IsChecksumRight() const
    {
        return m_checksumRight;
    }

    /** @brief The fields. @return The fields. */
    const TcpHeaderFields& Fields() const
    {
        return m_fields;
    }

    TypeId GetInstanceTypeId() const override;
    uint32_t GetSerializedSize() const override;
    void Serialize(Buffer::Iterator start) const override;
    uint32_t Deserialize(Buffer::Iterator start) override;
    void Print(std::ostream& os) const override;

  private:
    /** The two ends that the checksum covers. */
    struct Ends
    {
        lifecycle::Address source;      ///< of the packet
        lifecycle::Address destination; ///< of the packet
    };

    /** @brief The checksum of all that follows @p start. @return The checksum. */
    uint16_t ChecksumFrom(Buffer::Iterator start) const;

    TcpHeaderFields m_fields;                            ///< the header
    std::array<std::uint8_t, MAX_TCP_HEADER> m_octets{}; ///< the header as it stands in the packet
    std::optional<Ends> m_ends;                          ///< set if the header has a checksum
    bool m_checksumRight{true};                          ///< what Deserialize or Peek found
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_WIRE_SEGMENT_CODEC_H
