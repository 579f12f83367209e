#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/net-device-container.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bench
{

using ns3::Ptr;

/** What carries the connections. */
enum class Stack
{
    OURS,
    STOCK,       ///< ns-3's own TCP as it comes: CUBIC, SACK, timestamps, window scale
    STOCK_PLAIN, ///< ns-3's own TCP at its cheapest: NewReno without options
    FLOOR,       ///< the same packets without TCP
};

/** How they are called on the command line, in their order. */
extern const std::vector<std::string> STACK_NAMES;

/** The stack that is called @p name. */
Stack StackOf(const std::string& name);

/** Attributes of our nodes, and their values as text. */
using Settings = std::vector<std::pair<std::string, std::string>>;

/** What there is before anything happens. */
struct WorldConfig
{
    Stack stack{Stack::OURS};
    double delay{0.001}; ///< of the link [s]
    double msl{0.001};   ///< [s]
    bool isIpv6{false};
    bool clientIsBare{false}; ///< the client has a device and no IP: it forges packets
    Settings settings;        ///< beyond the defaults; of our stack
};

/** Two hosts, and a link between them that has a delay and no rate. */
class World
{
  public:
    explicit World(const WorldConfig& config);

    Ptr<ns3::Node> Client() const
    {
        return m_client;
    }

    Ptr<ns3::Node> Server() const
    {
        return m_server;
    }

    bool IsIpv6() const
    {
        return m_config.isIpv6;
    }

    /** The device of the client, or else of the server. */
    Ptr<ns3::NetDevice> Device(bool isClient) const
    {
        return m_devices.Get(isClient ? 0 : 1);
    }

    /** Where the server can be reached. */
    ns3::Address ServerAt(std::uint16_t port) const;

    /** What a server binds to. */
    ns3::Address AnyAt(std::uint16_t port) const;

  private:
    WorldConfig m_config;
    Ptr<ns3::Node> m_client;
    Ptr<ns3::Node> m_server;
    ns3::NetDeviceContainer m_devices;
};

/** The addresses of the two hosts. */
ns3::Ipv4Address AddressOf(bool isClient);

/** What left both hosts, as IP sees it. */
class Wire
{
  public:
    /** One packet. */
    struct Sent
    {
        double at; ///< [s]
        bool fromClient;
        std::uint32_t octets; ///< without the IP header
    };

    /** Counts from now on; keeps each packet if @p keeps. */
    void Watch(const World& world, bool keeps);

    std::uint64_t Packets() const
    {
        return m_packets;
    }

    std::uint64_t Octets() const
    {
        return m_octets;
    }

    const std::vector<Sent>& Log() const
    {
        return m_log;
    }

  private:
    void Note(bool fromClient, Ptr<const ns3::Packet> packet);

    bool m_keeps{false};
    std::uint64_t m_packets{0};
    std::uint64_t m_octets{0};
    std::vector<Sent> m_log;
};

} // namespace bench

#endif // BENCH_WORLD_H
