// The runner's own codec of TCP headers: what is no header, and that a header comes back as it went.

#include "../../helper/packetdrill/wire.h"

#include <gtest/gtest.h>
#include <utility>

using namespace lifecycle::packetdrill;

namespace
{

using Octets = std::vector<std::uint8_t>;

TcpPacket
ParsePacket(const std::string& text)
{
    return std::get<TcpPacket>(ParseScript("", "0 " + text, {}).events.at(0).what);
}

Octets
HeaderWith(const std::string& options)
{
    return EncodeHeader(ParsePacket("< S 1:1(0) win 2 <" + options + ">"), {3, 4});
}

TEST(PacketdrillWire, RefusesHeadersThatAreCutOrTooShort)
{
    const Octets right = HeaderWith("mss 1460");
    ASSERT_TRUE(DecodeSegment(right));
    for (std::size_t size = 0; size < right.size(); ++size)
    {
        EXPECT_FALSE(DecodeSegment(Octets(right.begin(), right.begin() + size))) << size;
    }
    for (int words = 0; words < 16; ++words)
    {
        Octets wrong = right;
        wrong[12] = static_cast<std::uint8_t>(words << 4);
        EXPECT_EQ(DecodeSegment(wrong).has_value(), words == 5 || words == 6) << words;
    }
}

TEST(PacketdrillWire, RefusesOptionsOfAWrongLength)
{
    for (const std::string options :
         {"hex 02000000", "hex 02010000", "hex 02050000", "hex 01010102", "hex 01000001"})
    {
        EXPECT_FALSE(DecodeSegment(HeaderWith(options))) << options;
    }
}

TEST(PacketdrillWire, EncodesAsTheRfcDraws)
{
    EXPECT_EQ(
        EncodeHeader(ParsePacket("< P.W 1:1(0) ack 258 win 772 urg 5 <wscale 7>"), {80, 8080}),
        (Octets{0,    80,   0x1f, 0x90, 0, 0, 0, 1, 0, 0, 1, 2,
                0x60, 0x98, 3,    4,    0, 0, 0, 5, 3, 3, 7, 0}));
}

TEST(PacketdrillWire, DecodesWhatItEncodes)
{
    for (const std::string text :
         {"> S 1:1(0) win 2 <mss 1460,nop,wscale 3,sackOK,eol,eol>",
          "> F. 4294967295:4294967295(0) ack 3 win 65535",
          "> .U 1:1(0) ack 9 win 4 urg 7 <TS val 1 ecr 4294967295,nop,nop>",
          "> EW 1:1(0) win 0 <nop,sack 1:2 3:4,nop,FO 0a0b>"})
    {
        Octets octets = EncodeHeader(ParsePacket(text), {3, 4});
        octets.insert(octets.end(), 3, 0xff);
        auto decoded = DecodeSegment(octets);
        ASSERT_TRUE(decoded) << text;
        EXPECT_EQ(std::exchange(decoded->length, 0), 3U);
        EXPECT_EQ(ToString(*decoded), text);
    }
    EXPECT_EQ(ToString(*DecodeSegment(HeaderWith("hex 09040102"))),
              "> S 1:1(0) win 2 <kind 9 0102>");
}

} // namespace
