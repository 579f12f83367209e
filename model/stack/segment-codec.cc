#include "segment-codec.h"

#include <algorithm>
#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(SegmentHeader);

namespace
{

// RFC 9293 3.2
constexpr std::uint8_t OPTION_END = 0;
constexpr std::uint8_t OPTION_NO_OPERATION = 1;
constexpr std::uint8_t OPTION_MSS = 2;
constexpr std::uint8_t OPTION_MSS_LENGTH = 4;

constexpr std::uint8_t PROTOCOL_TCP = 6;
constexpr std::size_t CHECKSUM_OFFSET = 16;

void
Put16(std::uint8_t* out, std::uint32_t value)
{
    out[0] = static_cast<std::uint8_t>(value >> 8);
    out[1] = static_cast<std::uint8_t>(value);
}

void
Put32(std::uint8_t* out, std::uint32_t value)
{
    Put16(out, value >> 16);
    Put16(out + 2, value);
}

std::uint16_t
Get16(const std::uint8_t* in)
{
    return static_cast<std::uint16_t>(in[0] << 8 | in[1]);
}

std::uint32_t
Get32(const std::uint8_t* in)
{
    return static_cast<std::uint32_t>(Get16(in)) << 16 | Get16(in + 2);
}

bool
HasMss(const lifecycle::Segment& segment)
{
    return segment.Has(lifecycle::Flag::SYN) && segment.mss;
}

void
DecodeOptions(const std::uint8_t* octets, std::size_t size, lifecycle::Segment& segment)
{
    std::size_t at = 0;
    while (at < size && octets[at] != OPTION_END)
    {
        if (octets[at] == OPTION_NO_OPERATION)
        {
            ++at;
            continue;
        }
        if (at + 1 >= size)
        {
            return;
        }
        const std::size_t length = octets[at + 1];
        if (length < 2 || length > size - at)
        {
            return;
        }
        if (octets[at] == OPTION_MSS && length == OPTION_MSS_LENGTH &&
            segment.Has(lifecycle::Flag::SYN))
        {
            segment.mss = Get16(octets + at + 2);
        }
        at += length;
    }
}

/** The sum of RFC 1071 before it is folded. */
std::uint64_t
Sum(const std::uint8_t* octets, std::size_t size)
{
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i + 1 < size; i += 2)
    {
        sum += Get16(octets + i);
    }
    return size % 2 == 0 ? sum : sum + (octets[size - 1] << 8);
}

} // namespace

std::size_t
EncodeTcpHeader(const TcpHeaderFields& fields, std::uint8_t* out)
{
    const auto& segment = fields.segment;
    const std::size_t length = MIN_TCP_HEADER + (HasMss(segment) ? OPTION_MSS_LENGTH : 0);
    Put16(out, fields.sourcePort);
    Put16(out + 2, fields.destinationPort);
    Put32(out + 4, segment.seq.Value());
    Put32(out + 8, segment.Has(lifecycle::Flag::ACK) ? segment.ack.Value() : 0);
    out[12] = static_cast<std::uint8_t>(length / 4 << 4);
    out[13] = segment.flags.Bits();
    Put16(out + 14, std::min<std::uint32_t>(segment.wnd, 0xffff));
    Put16(out + CHECKSUM_OFFSET, fields.checksum);
    Put16(out + 18, segment.Has(lifecycle::Flag::URG) ? segment.up : 0);
    if (HasMss(segment))
    {
        out[20] = OPTION_MSS;
        out[21] = OPTION_MSS_LENGTH;
        Put16(out + 22, *segment.mss);
    }
    return length;
}

std::optional<TcpHeaderFields>
DecodeTcpHeader(const std::uint8_t* octets, std::size_t size)
{
    if (size < MIN_TCP_HEADER)
    {
        return std::nullopt;
    }
    const std::size_t length = (octets[12] >> 4) * 4u;
    if (length < MIN_TCP_HEADER || length > size)
    {
        return std::nullopt;
    }
    TcpHeaderFields fields;
    fields.sourcePort = Get16(octets);
    fields.destinationPort = Get16(octets + 2);
    fields.segment.seq = lifecycle::SeqNum(Get32(octets + 4));
    fields.segment.ack = lifecycle::SeqNum(Get32(octets + 8));
    fields.segment.flags = lifecycle::Flags::FromBits(octets[13]);
    fields.segment.wnd = Get16(octets + 14);
    fields.checksum = Get16(octets + CHECKSUM_OFFSET);
    fields.segment.up = Get16(octets + 18);
    fields.length = length;
    DecodeOptions(octets + MIN_TCP_HEADER, length - MIN_TCP_HEADER, fields.segment);
    return fields;
}

std::uint16_t
TcpChecksum(const lifecycle::Address& source,
            const lifecycle::Address& destination,
            const std::uint8_t* octets,
            std::size_t size)
{
    const std::size_t width = source.family == lifecycle::Family::IPV4 ? 4 : 16;
    std::uint64_t sum = Sum(source.octets.data(), width);
    sum += Sum(destination.octets.data(), width);
    sum += PROTOCOL_TCP + size; // in either pseudo-header the length fits 16 bits
    sum += Sum(octets, size);
    while (sum >> 16 != 0)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(~sum);
}

TypeId
SegmentHeader::GetTypeId()
{
    static TypeId tid = TypeId("ns3::LifecycleSegmentHeader")
                            .SetParent<Header>()
                            .SetGroupName("TcpLifecycle")
                            .AddConstructor<SegmentHeader>();
    return tid;
}

SegmentHeader::SegmentHeader(const lifecycle::Segment& segment, const lifecycle::FourTuple& path)
{
    m_fields.sourcePort = path.local.port;
    m_fields.destinationPort = path.remote.port;
    m_fields.segment = segment;
    m_fields.length = MIN_TCP_HEADER + (HasMss(segment) ? OPTION_MSS_LENGTH : 0);
}

void
SegmentHeader::EnableChecksum(const lifecycle::Address& source,
                              const lifecycle::Address& destination)
{
    m_ends = Ends{source, destination};
}

TypeId
SegmentHeader::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
SegmentHeader::GetSerializedSize() const
{
    return static_cast<uint32_t>(m_fields.length);
}

void
SegmentHeader::Serialize(Buffer::Iterator start) const
{
    std::array<std::uint8_t, MAX_TCP_HEADER> octets;
    const auto length = static_cast<uint32_t>(EncodeTcpHeader(m_fields, octets.data()));
    Buffer::Iterator at = start;
    at.Write(octets.data(), length);
    if (m_ends)
    {
        const uint16_t checksum = ChecksumFrom(start);
        at = start;
        at.Next(CHECKSUM_OFFSET);
        at.WriteHtonU16(checksum);
    }
}

uint32_t
SegmentHeader::Deserialize(Buffer::Iterator start)
{
    std::array<std::uint8_t, MAX_TCP_HEADER> octets;
    const auto size = std::min<uint32_t>(start.GetRemainingSize(), MAX_TCP_HEADER);
    Buffer::Iterator at = start;
    at.Read(octets.data(), size);
    m_fields = DecodeTcpHeader(octets.data(), size).value_or(TcpHeaderFields{});
    m_checksumRight = !m_ends || ChecksumFrom(start) == 0;
    return GetSerializedSize();
}

void
SegmentHeader::Print(std::ostream& os) const
{
    os << m_fields.sourcePort << " > " << m_fields.destinationPort << " "
       << FlagNames(m_fields.segment.flags) << " seq " << m_fields.segment.seq.Value();
    if (m_fields.segment.Has(lifecycle::Flag::ACK))
    {
        os << " ack " << m_fields.segment.ack.Value();
    }
    os << " win " << m_fields.segment.wnd;
    if (m_fields.segment.mss)
    {
        os << " <mss " << *m_fields.segment.mss << ">";
    }
}

uint16_t
SegmentHeader::ChecksumFrom(Buffer::Iterator start) const
{
    std::vector<std::uint8_t> octets(start.GetRemainingSize());
    start.Read(octets.data(), static_cast<uint32_t>(octets.size()));
    return TcpChecksum(m_ends->source, m_ends->destination, octets.data(), octets.size());
}

} // namespace ns3
