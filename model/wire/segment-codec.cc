#include "segment-codec.h"

#include <algorithm>
#include <vector>

namespace ns3::lifecycle_internal
{

NS_OBJECT_ENSURE_REGISTERED(SegmentHeader);

namespace
{

// RFC 9293 3.2
constexpr std::uint8_t OPTION_END = 0;
constexpr std::uint8_t OPTION_NO_OPERATION = 1;
constexpr std::uint8_t OPTION_MSS = 2;
constexpr std::uint8_t OPTION_MSS_LENGTH = 4;

// RFC 7323 2.2 and 3.2, RFC 2018 2 and 3
constexpr std::uint8_t OPTION_WINDOW_SCALE = 3;
constexpr std::uint8_t OPTION_WINDOW_SCALE_LENGTH = 3;
constexpr std::uint8_t OPTION_SACK_PERMITTED = 4;
constexpr std::uint8_t OPTION_SACK_PERMITTED_LENGTH = 2;
constexpr std::uint8_t OPTION_SACK = 5;
constexpr std::uint8_t OPTION_SACK_HEAD = 4; // kind and length, and the NOPs before the option
constexpr std::uint8_t OPTION_SACK_BLOCK_LENGTH = 8;
constexpr std::uint8_t OPTION_TIMESTAMPS = 8;
constexpr std::uint8_t OPTION_TIMESTAMPS_LENGTH = 10;

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

/** The length of the header that begins at @p octets, as the header claims. */
std::uint32_t
LengthOf(const std::uint8_t* octets)
{
    return (octets[12] >> 4) * 4u;
}

/** Writes options one after the other, with NOPs between the options for alignment. */
class OptionWriter
{
  public:
    explicit OptionWriter(std::uint8_t* out)
        : m_out(out)
    {
    }

    /**
     * @param behind octets from the end of the option to a multiple of four
     * @return Where the value of an option of @p length octets goes, behind its kind and length.
     */
    std::uint8_t* Begin(std::uint8_t kind, std::uint8_t length, std::size_t behind = 0)
    {
        while ((m_size + length + behind) % 4 != 0)
        {
            m_out[m_size++] = OPTION_NO_OPERATION;
        }
        std::uint8_t* option = m_out + m_size;
        option[0] = kind;
        option[1] = length;
        m_size += length;
        return option + 2;
    }

    /** Fills up to a multiple of four: the end of the options, and zeros. RFC 9293 3.2. */
    void End()
    {
        while (m_size % 4 != 0)
        {
            m_out[m_size++] = OPTION_END;
        }
    }

    std::size_t Size() const
    {
        return m_size;
    }

  private:
    std::uint8_t* m_out;
    std::size_t m_size{0};
};

void
EncodeTimestamps(const lifecycle::Segment& segment, OptionWriter& writer)
{
    if (segment.timestamps)
    {
        std::uint8_t* value = writer.Begin(OPTION_TIMESTAMPS, OPTION_TIMESTAMPS_LENGTH);
        Put32(value, segment.timestamps->val);
        Put32(value + 4, segment.timestamps->ecr);
    }
}

/** The options of a SYN. */
void
EncodeSynOptions(const lifecycle::Segment& segment,
                 lifecycle::SynOptionOrder order,
                 OptionWriter& writer)
{
    // What stands behind SACK-permitted may fill up to a multiple of four: the timestamps, whose
    // NOPs it takes the place of, or the end of the options.
    const auto sackPermitted = [&](bool isFilledUp) {
        if (segment.sackPermitted)
        {
            writer.Begin(OPTION_SACK_PERMITTED, OPTION_SACK_PERMITTED_LENGTH, isFilledUp ? 2 : 0);
        }
    };
    const auto windowScale = [&] {
        if (segment.windowScale)
        {
            *writer.Begin(OPTION_WINDOW_SCALE, OPTION_WINDOW_SCALE_LENGTH) = *segment.windowScale;
        }
    };
    if (segment.mss)
    {
        Put16(writer.Begin(OPTION_MSS, OPTION_MSS_LENGTH), *segment.mss);
    }
    switch (order)
    {
    case lifecycle::SynOptionOrder::MSS_SACK_WS_TS:
        sackPermitted(false);
        windowScale();
        EncodeTimestamps(segment, writer);
        return;
    case lifecycle::SynOptionOrder::MSS_SACK_TS_WS:
        sackPermitted(segment.timestamps.has_value());
        EncodeTimestamps(segment, writer);
        windowScale();
        return;
    case lifecycle::SynOptionOrder::MSS_WS_SACK_TS:
        windowScale();
        sackPermitted(true);
        EncodeTimestamps(segment, writer);
        writer.End();
        return;
    }
}

std::size_t
EncodeOptions(const TcpHeaderFields& fields, std::uint8_t* out)
{
    const lifecycle::Segment& segment = fields.segment;
    OptionWriter writer(out);
    if (segment.Has(lifecycle::Flag::SYN))
    {
        EncodeSynOptions(segment, fields.synOptionOrder, writer);
        return writer.Size();
    }
    EncodeTimestamps(segment, writer);
    const std::size_t room = MAX_TCP_HEADER - MIN_TCP_HEADER - writer.Size();
    const std::size_t count =
        std::min(segment.sack.Count(), (room - OPTION_SACK_HEAD) / OPTION_SACK_BLOCK_LENGTH);
    if (count > 0)
    {
        std::uint8_t* value =
            writer.Begin(OPTION_SACK,
                         static_cast<std::uint8_t>(2 + count * OPTION_SACK_BLOCK_LENGTH));
        for (std::size_t i = 0; i < count; ++i)
        {
            const lifecycle::SeqRange& block = segment.sack.begin()[i];
            Put32(value + i * OPTION_SACK_BLOCK_LENGTH, block.begin.Value());
            Put32(value + i * OPTION_SACK_BLOCK_LENGTH + 4, block.end.Value());
        }
    }
    return writer.Size();
}

/** The length that options of @p kind must have; nothing if it varies or @p kind is unknown. */
std::optional<std::size_t>
FixedLength(std::uint8_t kind)
{
    switch (kind)
    {
    case OPTION_MSS:
        return OPTION_MSS_LENGTH;
    case OPTION_WINDOW_SCALE:
        return OPTION_WINDOW_SCALE_LENGTH;
    case OPTION_SACK_PERMITTED:
        return OPTION_SACK_PERMITTED_LENGTH;
    case OPTION_TIMESTAMPS:
        return OPTION_TIMESTAMPS_LENGTH;
    default:
        return std::nullopt;
    }
}

/** Reads one option of a legal length; ignores an option that has no place on @p segment. */
void
DecodeOption(std::uint8_t kind,
             const std::uint8_t* value,
             std::size_t size,
             lifecycle::Segment& segment)
{
    const bool syn = segment.Has(lifecycle::Flag::SYN);
    if (kind == OPTION_MSS && syn)
    {
        segment.mss = Get16(value);
    }
    else if (kind == OPTION_WINDOW_SCALE && syn)
    {
        segment.windowScale = value[0];
    }
    else if (kind == OPTION_SACK_PERMITTED && syn)
    {
        segment.sackPermitted = true;
    }
    else if (kind == OPTION_TIMESTAMPS)
    {
        segment.timestamps = lifecycle::Timestamps{Get32(value), Get32(value + 4)};
    }
    else if (kind == OPTION_SACK && !syn) // RFC 2018 3: over an established connection
    {
        segment.sack = {};
        for (std::size_t at = 0; at + OPTION_SACK_BLOCK_LENGTH <= size &&
                                 segment.sack.Count() < lifecycle::SackBlocks::MAX;
             at += OPTION_SACK_BLOCK_LENGTH)
        {
            segment.sack.Add(
                {lifecycle::SeqNum(Get32(value + at)), lifecycle::SeqNum(Get32(value + at + 4))});
        }
    }
}

void
DecodeOptions(const std::uint8_t* octets, std::size_t size, lifecycle::Segment& segment)
{
    std::size_t at = 0;
    while (at < size && octets[at] != OPTION_END)
    {
        const std::uint8_t kind = octets[at];
        if (kind == OPTION_NO_OPERATION)
        {
            ++at;
            continue;
        }
        const std::size_t length = at + 1 < size ? octets[at + 1] : 0;
        if (length < 2 || length > size - at || FixedLength(kind).value_or(length) != length ||
            (kind == OPTION_SACK && length % OPTION_SACK_BLOCK_LENGTH != 2))
        {
            segment.illegalOption = true;
            return;
        }
        DecodeOption(kind, octets + at + 2, length - 2, segment);
        at += length;
    }
}

/** The sum of RFC 1071, not yet folded. */
std::uint64_t
Sum(const std::uint8_t* octets, std::size_t size)
{
    // One octet at a time: where the last of an odd number was read behind a loop over pairs, g++ 14
    // read octets[size - 1] also where size was 0.
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
        sum += i % 2 == 0 ? octets[i] << 8 : octets[i];
    }
    return sum;
}

} // namespace

std::size_t
EncodeTcpHeader(const TcpHeaderFields& fields, std::uint8_t* out)
{
    const auto& segment = fields.segment;
    const std::size_t length = MIN_TCP_HEADER + EncodeOptions(fields, out + MIN_TCP_HEADER);
    Put16(out, fields.sourcePort);
    Put16(out + 2, fields.destinationPort);
    Put32(out + 4, segment.seq.Value());
    Put32(out + 8, segment.Has(lifecycle::Flag::ACK) ? segment.ack.Value() : 0);
    out[12] = static_cast<std::uint8_t>(length / 4 << 4);
    out[13] = segment.flags.Bits();
    Put16(out + 14, std::min<std::uint32_t>(segment.wnd, 0xffff));
    Put16(out + CHECKSUM_OFFSET, fields.checksum);
    Put16(out + 18, segment.Has(lifecycle::Flag::URG) ? segment.up : 0);
    return length;
}

std::optional<TcpHeaderFields>
DecodeTcpHeader(const std::uint8_t* octets, std::size_t size)
{
    if (size < MIN_TCP_HEADER)
    {
        return std::nullopt;
    }
    const std::size_t length = LengthOf(octets);
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
    sum += TCP_PROTOCOL + size; // in either pseudo-header the length fits 16 bits
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

SegmentHeader::SegmentHeader(const lifecycle::Segment& segment,
                             const lifecycle::FourTuple& path,
                             lifecycle::SynOptionOrder order)
{
    m_fields.synOptionOrder = order;
    m_fields.sourcePort = path.local.port;
    m_fields.destinationPort = path.remote.port;
    m_fields.segment = segment;
    m_fields.length = EncodeTcpHeader(m_fields, m_octets.data());
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
    Buffer::Iterator at = start;
    at.Write(m_octets.data(), static_cast<uint32_t>(m_fields.length));
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
    const auto size = std::min<uint32_t>(start.GetRemainingSize(), MAX_TCP_HEADER);
    const auto fixed = std::min<uint32_t>(size, MIN_TCP_HEADER);
    Buffer::Iterator at = start;
    at.Read(m_octets.data(), fixed);
    const uint32_t claimed = size < MIN_TCP_HEADER ? 0 : LengthOf(m_octets.data());
    at.Read(m_octets.data() + fixed, std::clamp(claimed, fixed, size) - fixed);
    m_fields = DecodeTcpHeader(m_octets.data(), size).value_or(TcpHeaderFields{});
    m_checksumRight = !m_ends || ChecksumFrom(start) == 0;
    return GetSerializedSize();
}

void
SegmentHeader::Peek(Ptr<const Packet> packet)
{
    if (m_ends)
    {
        std::vector<std::uint8_t> all(packet->GetSize());
        packet->CopyData(all.data(), static_cast<uint32_t>(all.size()));
        m_checksumRight =
            TcpChecksum(m_ends->source, m_ends->destination, all.data(), all.size()) == 0;
    }
    const uint32_t size = packet->CopyData(m_octets.data(), MAX_TCP_HEADER);
    m_fields = DecodeTcpHeader(m_octets.data(), size).value_or(TcpHeaderFields{});
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
    const std::string options = OptionsText(m_fields.segment);
    if (!options.empty())
    {
        os << " <" << options << ">";
    }
}

uint16_t
SegmentHeader::ChecksumFrom(Buffer::Iterator start) const
{
    std::vector<std::uint8_t> octets(start.GetRemainingSize());
    start.Read(octets.data(), static_cast<uint32_t>(octets.size()));
    return TcpChecksum(m_ends->source, m_ends->destination, octets.data(), octets.size());
}

} // namespace ns3::lifecycle_internal
