#ifndef LIFECYCLE_SCENARIO_ADDRESSES_H
#define LIFECYCLE_SCENARIO_ADDRESSES_H

#include "options.h"

#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <cstdint>

namespace ns3::lifecycle_internal
{

// Each link is a network of its own, numbered from 0; its ends are 0, the client or attacker, and 1,
// the server.

/** 10.x.y.0/30: the server is .1, the other end .2; 10.0.1.0 is the first. */
Ipv4Address Ipv4AddressAt(std::uint32_t link, std::uint32_t end);

/** 2001:db8:0:x::/64: the server is ::1, the other end ::2. */
Ipv6Address Ipv6AddressAt(std::uint32_t link, std::uint32_t end);

/** The same with a port, in the protocol of --ip-version. */
Address EndAt(const LifecycleScenario& config,
              std::uint32_t link,
              std::uint32_t end,
              std::uint16_t port);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_ADDRESSES_H
