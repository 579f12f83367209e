// The TCP header as octets, beside ns-3's own TcpHeader.

#include "../../model/wire/segment-codec.h"
#include "valid-segments.h"

#include "ns3/packet.h"
#include "ns3/tcp-header.h"

#include <array>
#include <gtest/gtest.h>
#include <sstream>
#include <vector>

using namespace ns3;
using namespace ns3::lifecycle_internal;
using lifecycle::Flag;
using lifecycle::FourTuple;
using lifecycle::Segment;
using lifecycle::SeqNum;

namespace
{

using Octets = std::vector<std::uint8_t>;

const lifecycle::Address CLIENT = lifecycle::Address::FromIpv4(0x0a000001);
const lifecycle::Address SERVER = lifecycle::Address::FromIpv4(0x0a000002);
const FourTuple PATH{{CLIENT, 49152}, {SERVER, 80}};

Segment
Syn()
{
    Segment segment;
    segment.seq = SeqNum(0xfffffff0);
    segment.flags = Flag::SYN;
    segment.wnd = 65535;
    segment.mss = 1460;
    return segment;
}

Segment
Data()
{
    Segment segment;
    segment.seq = SeqNum(0x01020304);
    segment.ack = SeqNum(0x05060708);
    segment.flags = Flag::ACK | Flag::PSH;
    segment.wnd = 0x1234;
    return segment;
}

Segment
Fin()
{
    Segment segment = Data();
    segment.flags = Flag::ACK | Flag::FIN | Flag::URG;
    segment.up = 7;
    return segment;
}

Segment
Reset()
{
    Segment segment;
    segment.ack = SeqNum(9);
    segment.flags = Flag::RST | Flag::ACK;
    return segment;
}

Octets
OctetsOf(Ptr<const Packet> packet)
{
    Octets octets(packet->GetSize());
    packet->CopyData(octets.data(), packet->GetSize());
    return octets;
}

Octets
Encode(const Segment& segment)
{
    Octets octets(MAX_TCP_HEADER);
    octets.resize(
        EncodeTcpHeader({PATH.local.port, PATH.remote.port, segment, 0, 0}, octets.data()));
    return octets;
}

/** A SYN with @p options, padded by END to a multiple of four. */
Octets
WithOptions(Octets options)
{
    options.resize((options.size() + 3) / 4 * 4);
    Octets octets = Encode(Syn());
    octets.resize(MIN_TCP_HEADER);
    octets.insert(octets.end(), options.begin(), options.end());
    octets[12] = static_cast<std::uint8_t>(octets.size() / 4 << 4);
    return octets;
}

std::optional<std::uint16_t>
MssIn(const Octets& octets)
{
    const auto fields = DecodeTcpHeader(octets.data(), octets.size());
    return fields ? fields->segment.mss : std::nullopt;
}

TcpHeader
Stock(const Segment& segment)
{
    TcpHeader header;
    header.SetSourcePort(PATH.local.port);
    header.SetDestinationPort(PATH.remote.port);
    header.SetSequenceNumber(SequenceNumber32(segment.seq.Value()));
    header.SetAckNumber(SequenceNumber32(segment.ack.Value()));
    header.SetFlags(segment.flags.Bits());
    header.SetWindowSize(static_cast<uint16_t>(segment.wnd));
    header.SetUrgentPointer(segment.up);
    return header;
}

Ptr<Packet>
Payload(uint32_t size)
{
    Octets octets(size);
    for (uint32_t i = 0; i < size; ++i)
    {
        octets[i] = static_cast<std::uint8_t>(i * 7 + 1);
    }
    return Create<Packet>(octets.data(), size);
}

} // namespace

TEST(SegmentCodec, OptionsOfIllegalLengthEndTheOptions)
{
    EXPECT_EQ(MssIn(WithOptions({2, 4, 5, 180})), 1460);
    EXPECT_EQ(MssIn(WithOptions({99, 0, 2, 4, 5, 180})),
              std::nullopt); // length 0 would not move on
    EXPECT_EQ(MssIn(WithOptions({99, 1, 2, 4, 5, 180})), std::nullopt);
    EXPECT_EQ(MssIn(WithOptions({99, 200, 2, 4, 5, 180})), std::nullopt); // past the end
    EXPECT_EQ(MssIn(WithOptions({1, 1, 2, 4, 5})), 0x500); // the padding completes it
    EXPECT_EQ(MssIn(WithOptions({1, 1, 1, 2})), std::nullopt);
    EXPECT_EQ(MssIn(WithOptions({2, 3, 5, 0})), std::nullopt);      // an MSS is four octets long
    EXPECT_EQ(MssIn(WithOptions({0, 2, 4, 5, 180})), std::nullopt); // behind END
}

// Covers: what stands on a SYN, in each order that can be set
TEST(SegmentCodec, OptionsOfASynStandInTheOrderThatIsSet)
{
    Segment syn = Syn();
    syn.mss = 1460;
    syn.windowScale = 7;
    syn.sackPermitted = true;
    syn.timestamps = lifecycle::Timestamps{1, 2};
    const Octets timestamps{8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    const auto written = [&syn](lifecycle::SynOptionOrder order) {
        TcpHeaderFields fields;
        fields.segment = syn;
        fields.synOptionOrder = order;
        Octets octets(MAX_TCP_HEADER);
        octets.resize(EncodeTcpHeader(fields, octets.data()));
        return Octets(octets.begin() + MIN_TCP_HEADER, octets.end());
    };
    const auto joined = [](Octets a, const Octets& b, const Octets& c = {}) {
        a.insert(a.end(), b.begin(), b.end());
        a.insert(a.end(), c.begin(), c.end());
        return a;
    };
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_SACK_WS_TS),
              joined({2, 4, 5, 180, 1, 1, 4, 2, 1, 3, 3, 7, 1, 1}, timestamps));
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_SACK_TS_WS),
              joined({2, 4, 5, 180, 4, 2}, timestamps, {1, 3, 3, 7}));
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_WS_SACK_TS),
              joined({2, 4, 5, 180, 1, 3, 3, 7, 4, 2}, timestamps));
    syn.timestamps.reset();
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_SACK_TS_WS),
              (Octets{2, 4, 5, 180, 1, 1, 4, 2, 1, 3, 3, 7}));
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_WS_SACK_TS),
              (Octets{2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 0, 0})); // filled up behind
    syn.windowScale.reset();
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_WS_SACK_TS),
              (Octets{2, 4, 5, 180, 4, 2, 0, 0}));
    syn.sackPermitted = false;
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_WS_SACK_TS), (Octets{2, 4, 5, 180}));
    syn.timestamps = lifecycle::Timestamps{1, 2};
    EXPECT_EQ(written(lifecycle::SynOptionOrder::MSS_WS_SACK_TS),
              joined({2, 4, 5, 180, 1, 1}, timestamps));
}

TEST(SegmentCodec, OptionsMayStandAnywhere)
{
    EXPECT_EQ(MssIn(WithOptions({1, 2, 4, 5, 180})), 1460);
    EXPECT_EQ(MssIn(WithOptions({1, 1, 1, 2, 4, 5, 180, 1})), 1460);
    EXPECT_EQ(MssIn(WithOptions({253, 5, 0, 0, 0, 2, 4, 5, 180})), 1460); // unknown, skipped
    EXPECT_EQ(MssIn(WithOptions({3, 3, 7, 4, 2, 2, 4, 5, 180, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0})),
              1460);
}

TEST(SegmentCodec, MssOptionIsForSynAlone) // Covers R-06; RFC 9293 3.7.1, MUST-65
{
    Segment data = Data();
    data.mss = 1460;
    EXPECT_EQ(Encode(data).size(), MIN_TCP_HEADER);
    Octets octets = WithOptions({2, 4, 5, 180});
    octets[13] = lifecycle::Flags(Flag::ACK).Bits();
    EXPECT_EQ(MssIn(octets), std::nullopt);
}

// Covers R-11, RFC 2018 3: nor does what fits in between tightly packed options make them any
TEST(SegmentCodec, SackBlocksAreForNoSyn)
{
    Octets options(18, 7);
    options[0] = 5;
    options[1] = 18;
    for (const std::uint8_t octet :
         {3, 3, 7, 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1})
    {
        options.push_back(octet);
    }
    Octets octets = WithOptions(options);
    const auto blocks = [&octets] {
        EXPECT_TRUE(ReadsTheSameAgain(octets.data(), octets.size()));
        return DecodeTcpHeader(octets.data(), octets.size())->segment.sack.Count();
    };
    EXPECT_EQ(blocks(), 0U);
    octets[13] = lifecycle::Flags(Flag::ACK).Bits();
    EXPECT_EQ(blocks(), 2U);
    Segment syn = Syn();
    syn.sack.Add({SeqNum(1), SeqNum(2)});
    EXPECT_EQ(Encode(syn), Encode(Syn()));
}

TEST(SegmentCodec, RoundTrip)
{
    for (const Segment& segment : {Syn(), Data(), Fin(), Reset()})
    {
        const Octets octets = Encode(segment);
        const auto fields = DecodeTcpHeader(octets.data(), octets.size());
        ASSERT_TRUE(fields);
        EXPECT_EQ(fields->segment, segment) << ToString(segment);
        EXPECT_EQ(fields->sourcePort, PATH.local.port);
        EXPECT_EQ(fields->destinationPort, PATH.remote.port);
        EXPECT_EQ(fields->length, octets.size());
    }
}

TEST(SegmentCodec, WindowIsClipped)
{
    Segment segment = Data();
    segment.wnd = 100000;
    const Octets octets = Encode(segment);
    EXPECT_EQ(DecodeTcpHeader(octets.data(), octets.size())->segment.wnd, 65535u);
}

TEST(SegmentCodec, OctetsAreThoseOfNs3)
{
    for (const Segment& segment : {Data(), Fin(), Reset()})
    {
        for (const uint32_t size : {0u, 1u, 2u, 1459u})
        {
            const Ptr<Packet> ours = Payload(size);
            SegmentHeader header(segment, PATH);
            header.EnableChecksum(CLIENT, SERVER);
            ours->AddHeader(header);

            const Ptr<Packet> theirs = Payload(size);
            TcpHeader stock = Stock(segment);
            stock.EnableChecksums();
            stock.InitializeChecksum(Ipv4Address("10.0.0.1"), Ipv4Address("10.0.0.2"), 6);
            theirs->AddHeader(stock);

            EXPECT_EQ(OctetsOf(ours), OctetsOf(theirs)) << ToString(segment) << " + " << size;
        }
    }
}

TEST(SegmentCodec, Ns3ReadsAndRewritesOurSyn)
{
    const Ptr<Packet> packet = Create<Packet>();
    SegmentHeader ours(Syn(), PATH);
    ours.EnableChecksum(CLIENT, SERVER);
    packet->AddHeader(ours);
    const Octets octets = OctetsOf(packet);

    TcpHeader stock;
    stock.EnableChecksums();
    stock.InitializeChecksum(Ipv4Address("10.0.0.1"), Ipv4Address("10.0.0.2"), 6);
    packet->RemoveHeader(stock);
    EXPECT_TRUE(stock.IsChecksumOk());
    EXPECT_TRUE(stock.HasOption(TcpOption::MSS));
    packet->AddHeader(stock);
    EXPECT_EQ(OctetsOf(packet), octets);
}

TEST(SegmentCodec, ChecksumCoversIpv6) // RFC 8200 8.1
{
    lifecycle::Address source{lifecycle::Family::IPV6, {0x20, 0x01, 0x0d, 0xb8}};
    lifecycle::Address destination = source;
    source.octets[15] = 1;
    destination.octets[15] = 2;

    const Ptr<Packet> ours = Payload(99);
    SegmentHeader header(Data(), PATH);
    header.EnableChecksum(source, destination);
    ours->AddHeader(header);

    const Ptr<Packet> theirs = Payload(99);
    TcpHeader stock = Stock(Data());
    stock.EnableChecksums();
    stock.InitializeChecksum(Ipv6Address("2001:db8::1"), Ipv6Address("2001:db8::2"), 6);
    theirs->AddHeader(stock);
    EXPECT_EQ(OctetsOf(ours), OctetsOf(theirs));
}

TEST(SegmentCodec, Prints)
{
    std::ostringstream text;
    SegmentHeader(Syn(), PATH).Print(text);
    EXPECT_EQ(text.str(), "49152 > 80 S seq 4294967280 win 65535 <mss 1460>");
}
