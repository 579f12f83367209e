#include "endpoint.h"

#include <cstdio>

namespace lifecycle
{

bool
Address::IsUnicast() const
{
    if (IsAny())
    {
        return false;
    }
    if (family == Family::IPV6)
    {
        return octets[0] != 0xff;
    }
    const bool multicast = octets[0] >> 4 == 0xe;
    return !multicast && ToIpv4() != 0xffffffff;
}

namespace
{

constexpr int GROUPS = 8; // of an IPv6 address, 16 bits each

unsigned
Group(const Address& address, int index)
{
    return address.octets[2 * index] << 8 | address.octets[2 * index + 1];
}

/** The groups [first, first + count). */
struct Range
{
    int first{0};
    int count{0};
};

/** RFC 5952 4.2: the first of the longest runs of zero groups, if it has two or more. */
Range
LongestZeros(const Address& address)
{
    Range longest;
    Range current;
    for (int i = 0; i < GROUPS; ++i)
    {
        current =
            Group(address, i) != 0 ? Range{i + 1, 0} : Range{current.first, current.count + 1};
        longest = current.count > longest.count ? current : longest;
    }
    return longest.count > 1 ? longest : Range{GROUPS, 0};
}

std::string
Ipv4Text(const Address& address)
{
    std::string text;
    for (int i = 0; i < 4; ++i)
    {
        text += (i == 0 ? "" : ".") + std::to_string(address.octets[i]);
    }
    return text;
}

std::string
Ipv6Text(const Address& address)
{
    const Range zeros = LongestZeros(address);
    std::string text;
    for (int i = 0; i < GROUPS; ++i)
    {
        if (i == zeros.first)
        {
            text += "::";
            i += zeros.count - 1;
            continue;
        }
        char group[8];
        std::snprintf(group, sizeof group, "%x", Group(address, i));
        text += (text.empty() || text.back() == ':' ? "" : ":") + std::string(group);
    }
    return text;
}

} // namespace

std::string
ToString(const Endpoint& endpoint)
{
    if (endpoint.address.IsAny() && endpoint.port == 0)
    {
        return "*";
    }
    const std::string address = endpoint.address.family == Family::IPV4
                                    ? Ipv4Text(endpoint.address)
                                    : "[" + Ipv6Text(endpoint.address) + "]";
    return address + ":" + std::to_string(endpoint.port);
}

} // namespace lifecycle
