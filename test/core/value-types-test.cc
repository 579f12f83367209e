// Sequence numbers, segments, endpoints, actions and the keyed hash.

#include "../../model/core/actions.h"
#include "../../model/core/endpoint.h"
#include "../../model/core/segment.h"
#include "../../model/core/seq-num.h"
#include "../../model/core/siphash.h"

#include <array>
#include <gtest/gtest.h>
#include <set>
#include <tuple>
#include <type_traits>
#include <vector>

namespace lifecycle::test
{
namespace
{

//
TEST(SeqNumber, ComparesModulo)
{
    for (const std::uint32_t base : {0U, 1U, 0x7fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU})
    {
        const SeqNum a(base);
        for (const std::uint32_t ahead : {1U, 2U, 0x7ffffffeU, 0x7fffffffU})
        {
            const SeqNum b = a + ahead;
            EXPECT_TRUE(a < b && a <= b && b > a && b >= a && a != b);
            EXPECT_FALSE(b < a || b <= a || a > b || a >= b || a == b);
            EXPECT_EQ(Later(a, b), b);
            EXPECT_EQ(Later(b, a), b);
            EXPECT_EQ(Earlier(a, b), a);
            EXPECT_EQ(Earlier(b, a), a);
            EXPECT_EQ(b - a, static_cast<std::int32_t>(ahead));
            EXPECT_EQ(a - b, -static_cast<std::int32_t>(ahead));
            EXPECT_EQ(b - ahead, a);
        }
        EXPECT_TRUE(a <= a && a >= a && a == a);
        EXPECT_EQ(a - a, 0);
    }
    EXPECT_EQ(SeqNum(0x80000000) - SeqNum(0), INT32_MIN);
    SeqNum moved(0xffffffff);
    moved += 2;
    EXPECT_EQ(moved, SeqNum(1));
}

// Covers R-30: SYN and FIN count
TEST(SegmentType, CountsSynAndFin)
{
    Segment seg;
    seg.seq = SeqNum(0xffffffff);
    seg.len = 10;
    EXPECT_EQ(seg.SegLen(), 10U);
    seg.flags = Flag::SYN;
    EXPECT_EQ(seg.SegLen(), 11U);
    EXPECT_EQ(seg.TextBegin(), SeqNum(0));
    EXPECT_EQ(seg.TextEnd(), SeqNum(10));
    seg.flags = Flag::SYN | Flag::FIN | Flag::ACK;
    EXPECT_EQ(seg.SegLen(), 12U);
    EXPECT_EQ(seg.End(), SeqNum(11));
    seg.flags = Flag::RST | Flag::ACK | Flag::PSH | Flag::URG;
    EXPECT_EQ(seg.SegLen(), 10U);
}

TEST(SegmentType, ReadsAsTcpdumpPrintsIt)
{
    Segment seg;
    seg.seq = SeqNum(7);
    EXPECT_EQ(ToString(seg), "none seq 7 win 0 len 0");
    seg.flags = Flag::SYN | Flag::ACK;
    seg.ack = SeqNum(3);
    seg.wnd = 65535;
    seg.mss = 1460;
    EXPECT_EQ(ToString(seg), "S. seq 7 ack 3 win 65535 len 0 <mss 1460>");
    EXPECT_EQ(FlagNames(Flags::FromBits(0xff)), "SFRP.UEW");
    EXPECT_EQ(Flags::FromBits(0xff).Bits(), 0xff);
}

//
TEST(EndpointType, KnowsWhichAddressesNameOneHost)
{
    EXPECT_TRUE(Address{}.IsAny());
    EXPECT_FALSE(Address{}.IsUnicast());
    for (const std::uint32_t unicast : {0x0a000001U, 0x7f000001U, 0xdfffffffU, 0x00000001U})
    {
        EXPECT_TRUE(Address::FromIpv4(unicast).IsUnicast()) << unicast;
        EXPECT_EQ(Address::FromIpv4(unicast).ToIpv4(), unicast);
    }
    for (const std::uint32_t other : {0U, 0xe0000000U, 0xe0000001U, 0xefffffffU, 0xffffffffU})
    {
        EXPECT_FALSE(Address::FromIpv4(other).IsUnicast()) << other;
    }
    Address six;
    six.family = Family::IPV6;
    EXPECT_FALSE(six.IsUnicast());
    six.octets[15] = 1;
    EXPECT_TRUE(six.IsUnicast());
    six.octets[0] = 0xff;
    EXPECT_FALSE(six.IsUnicast());
}

TEST(EndpointType, IsPrinted)
{
    EXPECT_EQ(ToString(Endpoint{Address::FromIpv4(0x0a000001), 80}), "10.0.0.1:80");
    EXPECT_EQ(ToString(Endpoint{}), "*");
    Endpoint six;
    six.address.family = Family::IPV6;
    six.address.octets = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    six.port = 80;
    EXPECT_EQ(ToString(six), "[2001:db8::1]:80");
    six.address.octets = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    EXPECT_EQ(ToString(six), "[2001:db8:0:1:1:1:1:1]:80"); // one zero group is not shortened
    six.address.octets = {0x20, 0x01, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    EXPECT_EQ(ToString(six), "[2001:0:0:1::1]:80"); // the longest run is
    six.address.octets = {0x20, 0x01, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1};
    EXPECT_EQ(ToString(six), "[2001::1:1:0:0:1]:80"); // of equal ones the first
    six.address.octets = {0xfe, 0x80};
    EXPECT_EQ(ToString(six), "[fe80::]:80");
    six.address.octets = {};
    EXPECT_EQ(ToString(six), "[::]:80");
    six.port = 0;
    EXPECT_EQ(ToString(six), "*");
}

// Covers R-87, MUST-58
TEST(ActionTypes, LaterAcknowledgmentMakesAnEarlierOneNeedless)
{
    SendSegment ack;
    ack.id = ConnectionId{1};
    ack.segment.flags = Flag::ACK;
    ack.segment.ack = SeqNum(0xffffffff);
    ack.kind = SegmentKind::ACK;
    SendSegment fin = ack;
    fin.segment.flags = Flag::FIN | Flag::ACK;
    fin.segment.ack = SeqNum(1);
    fin.kind = SegmentKind::NEW;
    EXPECT_TRUE(MakesNeedless(fin, ack));
    EXPECT_TRUE(MakesNeedless(ack, ack));
    EXPECT_FALSE(MakesNeedless(ack, fin)); // it is more than an acknowledgment

    SendSegment other = fin;
    other.id = ConnectionId{2};
    EXPECT_FALSE(MakesNeedless(other, ack));
    other = fin;
    other.segment.ack = SeqNum(0xfffffffe);
    EXPECT_FALSE(MakesNeedless(other, ack)); // it acknowledges less
    other = fin;
    other.segment.flags = Flag::RST;
    EXPECT_FALSE(MakesNeedless(other, ack));
    SendSegment echo = ack; // RFC 3168 6.1.3: of a mark
    echo.segment.flags = Flag::ACK | Flag::ECE;
    EXPECT_FALSE(MakesNeedless(fin, echo));
    EXPECT_TRUE(MakesNeedless(echo, echo));
    EXPECT_FALSE(MakesNeedless(TellUser{ConnectionId{1}, UserSignal::DATA_ARRIVED}, ack));
    for (const SegmentKind kind : {SegmentKind::CHALLENGE_ACK,
                                   SegmentKind::KEEPALIVE,
                                   SegmentKind::RETRANSMISSION,
                                   SegmentKind::PROBE,
                                   SegmentKind::RESET})
    {
        SendSegment pending = ack;
        pending.kind = kind;
        EXPECT_FALSE(MakesNeedless(fin, pending)) << ToString(kind);
    }
}

template <class Enum>
void
AllNamesDiffer(int last)
{
    std::set<std::string_view> names;
    for (int i = 0; i <= last; ++i)
    {
        const std::string_view name = ToString(static_cast<Enum>(i));
        EXPECT_NE(name, "?");
        EXPECT_TRUE(names.insert(name).second) << name;
    }
}

TEST(PartsOfAValue, AreShownInOrderAndSequencesWithTheirSize)
{
    std::vector<std::uint64_t> seen;
    const auto note = [&seen](const auto& part) {
        if constexpr (std::is_integral_v<std::decay_t<decltype(part)>>)
        {
            seen.push_back(part);
        }
        else
        {
            seen.push_back(1000 + HashValue(part) % 1000);
        }
    };
    ForEachPart(SeqRange{SeqNum(7), SeqNum(9)}, note);
    EXPECT_EQ(seen.size(), 2U);
    seen.clear();
    ForEachPart(Timestamps{7, 9}, note);
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{7, 9}));
    seen.clear();
    ForEachPart(std::array<std::uint8_t, 2>{5, 4}, note);
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{2, 5, 4}));
    seen.clear();
    ForEachPart(std::make_tuple(3U, 1U), note);
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{3, 1}));
}

TEST(ActionTypes, EveryEnumeratorHasItsName)
{
    AllNamesDiffer<SegmentKind>(static_cast<int>(SegmentKind::RESET));
    AllNamesDiffer<DropReason>(static_cast<int>(DropReason::BAD_ACK));
    AllNamesDiffer<UserSignal>(static_cast<int>(UserSignal::KEEPALIVE_TIMEOUT));
    AllNamesDiffer<CloseReason>(static_cast<int>(CloseReason::KEEPALIVE));
    AllNamesDiffer<State>(static_cast<int>(State::TIME_WAIT));
}

// Covers R-14: the vectors of the paper's appendix and of its reference implementation
TEST(SipHashFunction, GivesThePublishedValues)
{
    const SipHashKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    std::array<std::uint8_t, 16> input{};
    for (std::size_t i = 0; i < input.size(); ++i)
    {
        input[i] = static_cast<std::uint8_t>(i);
    }
    EXPECT_EQ(SipHash(key, input.data(), 15), 0xa129ca6149be45e5);
    EXPECT_EQ(SipHash(key, input.data(), 0), 0x726fdb47dd0e0e31);
    EXPECT_EQ(SipHash(key, input.data(), 8), 0x93f5f5799a932462);
}

} // namespace
} // namespace lifecycle::test
