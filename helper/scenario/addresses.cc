#include "addresses.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"

#include <sstream>

namespace ns3::lifecycle_internal
{

Ipv4Address
Ipv4AddressAt(std::uint32_t link, std::uint32_t end)
{
    return Ipv4Address(0x0a000000 + (link + 64) * 4 + 2 - end);
}

Ipv6Address
Ipv6AddressAt(std::uint32_t link, std::uint32_t end)
{
    std::ostringstream text;
    text << "2001:db8:0:" << std::hex << link + 1 << "::" << 2 - end;
    return Ipv6Address(text.str().c_str());
}

Address
EndAt(const LifecycleScenario& config, std::uint32_t link, std::uint32_t end, std::uint16_t port)
{
    return config.ipVersion == "6" ? Address(Inet6SocketAddress(Ipv6AddressAt(link, end), port))
                                   : Address(InetSocketAddress(Ipv4AddressAt(link, end), port));
}

} // namespace ns3::lifecycle_internal
