#include "endpoint.h"

#include <algorithm>
#include <cstdio>

namespace lifecycle
{

Address
Address::FromIpv4(std::uint32_t address)
{
    Address result;
    for (int i = 0; i < 4; ++i)
    {
        result.octets[i] = static_cast<std::uint8_t>(address >> (24 - 8 * i));
    }
    return result;
}

std::uint32_t
Address::ToIpv4() const
{
    std::uint32_t address = 0;
    for (int i = 0; i < 4; ++i)
    {
        address = address << 8 | octets[i];
    }
    return address;
}

bool
Address::IsAny() const
{
    return std::all_of(octets.begin(), octets.end(), [](auto octet) { return octet == 0; });
}

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

std::string
ToString(const Endpoint& endpoint)
{
    if (endpoint.address.IsAny() && endpoint.port == 0)
    {
        return "*";
    }
    std::string text;
    char part[8];
    if (endpoint.address.family == Family::IPV4)
    {
        for (int i = 0; i < 4; ++i)
        {
            std::snprintf(part, sizeof part, i == 0 ? "%u" : ".%u", endpoint.address.octets[i]);
            text += part;
        }
    }
    else
    {
        text = "[";
        for (int i = 0; i < 16; i += 2)
        {
            const unsigned group = endpoint.address.octets[i] << 8 | endpoint.address.octets[i + 1];
            std::snprintf(part, sizeof part, i == 0 ? "%x" : ":%x", group);
            text += part;
        }
        text += "]";
    }
    return text + ":" + std::to_string(endpoint.port);
}

} // namespace lifecycle
