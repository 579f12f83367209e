#ifndef LIFECYCLE_CORE_ENDPOINT_H
#define LIFECYCLE_CORE_ENDPOINT_H

#include "value.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <tuple>

namespace lifecycle
{

/** The internet protocol an address belongs to. */
enum class Family : std::uint8_t
{
    IPV4,
    IPV6,
};

/** An IPv4 or IPv6 address, in network order; IPv4 uses the first four octets. */
struct Address
{
    Family family{Family::IPV4};
    std::array<std::uint8_t, 16> octets{};

    /** Makes an address from its number; 10.0.0.1 has the number 0x0a000001. */
    static Address FromIpv4(std::uint32_t address)
    {
        Address result;
        for (std::size_t i = 0; i < 4; ++i)
        {
            result.octets[i] = static_cast<std::uint8_t>(address >> (24 - 8 * i));
        }
        return result;
    }

    std::uint32_t ToIpv4() const
    {
        std::uint32_t address = 0;
        for (std::size_t i = 0; i < 4; ++i)
        {
            address = address << 8 | octets[i];
        }
        return address;
    }

    /** Whether all octets are zero: no address, or any address. */
    bool IsAny() const
    {
        return octets == decltype(octets){};
    }

    /**
     * Whether the address names exactly one host: not any, no multicast, not the limited broadcast.
     */
    bool IsUnicast() const;

    auto Fields() const
    {
        return std::tie(family, octets);
    }
};

/** What RFC 9293 calls a socket: an address and a port. */
struct Endpoint
{
    Address address;
    std::uint16_t port{0};

    auto Fields() const
    {
        return std::tie(address, port);
    }
};

/**
 * The two ends of a connection as one host sees them; they identify the connection. Source:
 * RFC 9293 3.4.1.
 */
struct FourTuple
{
    Endpoint local;
    Endpoint remote;

    auto Fields() const
    {
        return std::tie(local, remote);
    }
};

/** Hashes ends for unordered containers, by words; HashValue goes octet by octet. */
struct EndHash
{
    std::size_t operator()(const Endpoint& end) const
    {
        std::array<std::uint64_t, 2> words;
        static_assert(sizeof words == sizeof end.address.octets);
        std::memcpy(words.data(), end.address.octets.data(), sizeof words);
        const auto family = static_cast<std::uint64_t>(end.address.family);
        return Combine(Combine(words[0] ^ family << 16 ^ end.port, words[1]), end.port);
    }

    std::size_t operator()(const FourTuple& path) const
    {
        return Combine((*this)(path.local), (*this)(path.remote));
    }
};

/**
 * The endpoint as `10.0.0.1:80`, or as RFC 5952 writes it, `[2001:db8::1]:80`; `*` stands for the
 * any address with port 0.
 */
std::string ToString(const Endpoint& endpoint);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_ENDPOINT_H
