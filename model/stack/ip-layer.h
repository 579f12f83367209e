#ifndef LIFECYCLE_STACK_IP_LAYER_H
#define LIFECYCLE_STACK_IP_LAYER_H

#include "../core/endpoint.h"

#include "ns3/ip-l4-protocol.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/packet.h"

#include <cstdint>

namespace ns3::lifecycle_internal
{

/** The way to a destination: at most one of the two fields is set. */
struct Route
{
    Ptr<Ipv4Route> v4; ///< over IPv4
    Ptr<Ipv6Route> v6; ///< over IPv6

    explicit operator bool() const
    {
        return v4 || v6;
    }

    /** @brief The address to send from. @return The address. */
    lifecycle::Address Source() const;
    /** @brief The device through which the route leaves the node. @return The device. */
    Ptr<NetDevice> Device() const;
};

/**
 * @ingroup lifecycle
 * @brief What TCP needs of its node: the node itself, its IPv4 and its IPv6, each null if missing.
 */
class IpLayer
{
  public:
    // The node gets its parts one by one. A down target is a function that takes each packet and
    // its route.

    void SetNode(Ptr<Node> node);
    void SetIpv4(Ptr<Ipv4> ipv4);
    void SetIpv6(Ptr<Ipv6> ipv6);
    void SetDownTarget(IpL4Protocol::DownTargetCallback target);
    void SetDownTarget6(IpL4Protocol::DownTargetCallback6 target);
    IpL4Protocol::DownTargetCallback GetDownTarget() const;
    IpL4Protocol::DownTargetCallback6 GetDownTarget6() const;

    /** @brief The node; null before SetNode, and once the node is gone. @return The node. */
    Ptr<Node> GetNode() const;

    /** @brief The route to @p destination, or none. @return The route. */
    Route RouteTo(const lifecycle::Address& source,
                  const lifecycle::Address& destination,
                  Ptr<NetDevice> device) const;
    /** @brief Largest payload for the device of @p route. @return The octets. */
    uint16_t MssLimit(const Route& route) const;
    /** @brief Largest payload for any device that has the protocol of @p local. @return The octets. */
    uint16_t MssLimit(const lifecycle::Address& local) const;
    /** @brief Whether @p address is one of this node's. @return Whether so. */
    bool HasAddress(const lifecycle::Address& address) const;
    /**
     * @brief Whether this node has the protocol of @p address: IPv4 or IPv6.
     * @return Whether so.
     */
    bool Speaks(const lifecycle::Address& address) const;
    /** @brief Sends @p packet, which starts with its TCP header. */
    void Send(Ptr<Packet> packet,
              const lifecycle::Address& source,
              const lifecycle::Address& destination,
              const Route& route) const;

  private:
    Ptr<Node> m_node;                                ///< the node
    Ptr<Ipv4> m_ipv4;                                ///< its IPv4
    Ptr<Ipv6> m_ipv6;                                ///< its IPv6
    IpL4Protocol::DownTargetCallback m_downTarget;   ///< sends over IPv4
    IpL4Protocol::DownTargetCallback6 m_downTarget6; ///< sends over IPv6
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_IP_LAYER_H
