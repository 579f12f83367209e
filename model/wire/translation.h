#ifndef LIFECYCLE_WIRE_TRANSLATION_H
#define LIFECYCLE_WIRE_TRANSLATION_H

#include "../core/actions.h"
#include "../core/connection.h"
#include "../core/endpoint.h"
#include "../core/instant.h"

#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <optional>

namespace ns3::lifecycle_internal
{

// Conversions between the types of the core and of ns-3, each direction in one place.

/** @brief The core's form of an IPv4 address. @return The address. */
lifecycle::Address ToCore(Ipv4Address address);

/** @brief The core's form of an IPv6 address. @return The address. */
lifecycle::Address ToCore(Ipv6Address address);

/** @brief ns-3's form of the core's IPv4 address. @return The address. */
Ipv4Address ToIpv4(const lifecycle::Address& address);

/** @brief ns-3's form of the core's IPv6 address. @return The address. */
Ipv6Address ToIpv6(const lifecycle::Address& address);

/**
 * @brief The endpoint that an InetSocketAddress or Inet6SocketAddress names; nothing for another
 * kind.
 *
 * An IPv4 address mapped into IPv6 (RFC 4291 2.5.5.2) becomes the IPv4 address.
 * @return The endpoint.
 */
std::optional<lifecycle::Endpoint> ToEndpoint(const Address& address);

/** @brief @p endpoint as an InetSocketAddress or Inet6SocketAddress. @return The address. */
Address ToAddress(const lifecycle::Endpoint& endpoint);

/** @brief The core's form of a span of time. @return The span. */
lifecycle::Duration ToDuration(Time time);

/** @brief ns-3's form of a span or point of the core's time. @return The time. */
Time ToTime(lifecycle::Duration duration);

/** @brief @p time in seconds, to the last digit, which Time::GetSeconds is not. @return The seconds. */
double ToSeconds(Time time);

/** @brief The current time in the core's form. @return The time. */
lifecycle::Instant CurrentInstant();

/** @brief The error number of ns-3 that comes nearest to @p error. @return The number. */
Socket::SocketErrno ToErrno(lifecycle::CallError error);

/** @brief The error number of ns-3 that comes nearest to @p reason. @return The number. */
Socket::SocketErrno ToErrno(lifecycle::CloseReason reason);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_WIRE_TRANSLATION_H
