// Any octets through the codec: what it reads, it writes so that it reads the same again.

#include "../../model/stack/segment-codec.h"

#include <array>
#include <cstdlib>

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const auto first = ns3::DecodeTcpHeader(octets, size);
    if (!first)
    {
        return 0;
    }
    std::array<std::uint8_t, ns3::MAX_TCP_HEADER> written{};
    const std::size_t length = ns3::EncodeTcpHeader(*first, written.data());
    const auto second = ns3::DecodeTcpHeader(written.data(), length);
    if (first->length > size || length > written.size() || !second || second->length != length)
    {
        std::abort();
    }
    // What has no meaning without its flag is not written; everything else is.
    lifecycle::Segment expected = first->segment;
    expected.ack = expected.Has(lifecycle::Flag::ACK) ? expected.ack : lifecycle::SeqNum();
    expected.up = expected.Has(lifecycle::Flag::URG) ? expected.up : 0;
    if (second->segment != expected || second->sourcePort != first->sourcePort ||
        second->destinationPort != first->destinationPort || second->checksum != first->checksum)
    {
        std::abort();
    }
    return 0;
}
