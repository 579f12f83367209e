#include "translation.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"

namespace ns3::lifecycle_internal
{

lifecycle::Address
ToCore(Ipv4Address address)
{
    return lifecycle::Address::FromIpv4(address.Get());
}

lifecycle::Address
ToCore(Ipv6Address address)
{
    lifecycle::Address result;
    result.family = lifecycle::Family::IPV6;
    address.GetBytes(result.octets.data());
    return result;
}

Ipv4Address
ToIpv4(const lifecycle::Address& address)
{
    return Ipv4Address(address.ToIpv4());
}

Ipv6Address
ToIpv6(const lifecycle::Address& address)
{
    auto octets = address.octets; // ns-3 wants writable octets
    return Ipv6Address(octets.data());
}

std::optional<lifecycle::Endpoint>
ToEndpoint(const Address& address)
{
    if (Inet6SocketAddress::IsMatchingType(address))
    {
        const auto inet = Inet6SocketAddress::ConvertFrom(address);
        const Ipv6Address ipv6 = inet.GetIpv6();
        return lifecycle::Endpoint{ipv6.IsIpv4MappedAddress() ? ToCore(ipv6.GetIpv4MappedAddress())
                                                              : ToCore(ipv6),
                                   inet.GetPort()};
    }
    if (!InetSocketAddress::IsMatchingType(address))
    {
        return std::nullopt;
    }
    const auto inet = InetSocketAddress::ConvertFrom(address);
    return lifecycle::Endpoint{ToCore(inet.GetIpv4()), inet.GetPort()};
}

Address
ToAddress(const lifecycle::Endpoint& endpoint)
{
    if (endpoint.address.family == lifecycle::Family::IPV6)
    {
        return Inet6SocketAddress(ToIpv6(endpoint.address), endpoint.port);
    }
    return InetSocketAddress(ToIpv4(endpoint.address), endpoint.port);
}

lifecycle::Duration
ToDuration(Time time)
{
    return lifecycle::Duration(time.GetNanoSeconds());
}

Time
ToTime(lifecycle::Duration duration)
{
    return NanoSeconds(duration.count());
}

double
ToSeconds(Time time)
{
    return std::chrono::duration<double>(ToDuration(time)).count();
}

lifecycle::Instant
CurrentInstant()
{
    return lifecycle::Instant(ToDuration(Simulator::Now()));
}

Socket::SocketErrno
ToErrno(lifecycle::CallError error)
{
    switch (error)
    {
    case lifecycle::CallError::CONNECTION_DOES_NOT_EXIST:
        return Socket::ERROR_NOTCONN;
    case lifecycle::CallError::CONNECTION_ALREADY_EXISTS:
        return Socket::ERROR_ADDRINUSE;
    case lifecycle::CallError::CONNECTION_CLOSING:
        return Socket::ERROR_SHUTDOWN;
    case lifecycle::CallError::REMOTE_SOCKET_UNSPECIFIED:
        return Socket::ERROR_INVAL;
    case lifecycle::CallError::INSUFFICIENT_RESOURCES:
        return Socket::ERROR_ADDRNOTAVAIL;
    }
    return Socket::ERROR_INVAL;
}

Socket::SocketErrno
ToErrno(lifecycle::CloseReason reason)
{
    switch (reason)
    {
    case lifecycle::CloseReason::NORMAL:
        return Socket::ERROR_NOTERROR;
    case lifecycle::CloseReason::REFUSED:
    case lifecycle::CloseReason::RESET:
    case lifecycle::CloseReason::ABORTED:
    case lifecycle::CloseReason::TIMED_OUT:
    case lifecycle::CloseReason::USER_TIMEOUT:
    case lifecycle::CloseReason::KEEPALIVE:
        return Socket::ERROR_NOTCONN;
    case lifecycle::CloseReason::UNREACHABLE:
        return Socket::ERROR_NOROUTETOHOST;
    }
    return Socket::ERROR_NOTCONN;
}

} // namespace ns3::lifecycle_internal
