#ifndef LIFECYCLE_PACKETDRILL_SIMULATED_HOST_H
#define LIFECYCLE_PACKETDRILL_SIMULATED_HOST_H

#include "../../model/core/endpoint.h"
#include "../../model/core/seq-num.h"
#include "../../model/core/stack-config.h"
#include "wire.h"

#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-socket.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/node.h"
#include "ns3/packet.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** A segment as it was sent. */
struct Observed
{
    Nanoseconds time{0};
    TcpPacket packet; ///< all numbers absolute, tos and ttl set
    std::uint16_t localPort{0};
    std::uint16_t remotePort{0};
    bool checksumIsRight{true};
};

/**
 * A node with the TCP under test, cut off just below it: what it sends is seen, and what the script
 * sends it gets, at once and as IP would hand it over.
 */
class SimulatedHost
{
  public:
    SimulatedHost(bool isIpv6, std::uint32_t mtu, const std::string& preset);

    SimulatedHost(const SimulatedHost&) = delete;
    SimulatedHost& operator=(const SimulatedHost&) = delete;

    ns3::Ptr<ns3::LifecycleSocket> CreateSocket() const;
    /** This host's end of a connection. */
    ns3::Address LocalAddress(std::uint16_t port) const;
    /** The script's. */
    ns3::Address RemoteAddress(std::uint16_t port) const;

    /** All numbers of @p packet absolute; of ICMP, there is such a message over this host's IP. */
    void Inject(const TcpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort);
    void Inject(const IcmpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort);

    /** All that can be set. */
    struct Settings
    {
        lifecycle::StackConfig config;
        std::int64_t mostBacklog;
    };

    Settings GetSettings() const
    {
        return {m_tcp->GetConfig(), m_mostBacklog};
    }

    void SetSettings(const Settings& settings)
    {
        m_tcp->SetConfig(settings.config);
        m_mostBacklog = settings.mostBacklog;
    }

    /** The host goes to work: the sizes of the tables of all of it stay as they are. */
    void Start()
    {
        m_isStarted = true;
    }

    /** Whether it is too late to set the attribute with this name. */
    bool IsFixed(const std::string& name) const;

    /** The greatest backlog that listen gives (Linux's somaxconn). */
    std::int64_t MostBacklog() const
    {
        return m_mostBacklog;
    }

    void SetMostBacklog(std::int64_t most)
    {
        m_mostBacklog = most;
    }

    /** An attribute that is a number. */
    std::uint64_t CountOf(const std::string& name) const;

    /** An attribute that is a time. */
    Nanoseconds TimeOf(const std::string& name) const;

    /** @return Whether there is such an attribute, and @p value is one of its values. */
    bool SetAttribute(const std::string& name, const std::string& value);

    /** The end of a sentence on what the values of this attribute are, in ns-3's words. */
    static std::string AllowedFor(const std::string& name);

    /** How many connections, listeners left out, are in the state that RFC 9293 calls so. */
    unsigned CountIn(const std::string& state) const;

    /** How many connections wait to be accepted, of all listeners. */
    unsigned AcceptQueueLength() const
    {
        return m_acceptQueue;
    }

    /** How many segments the connection with this number has sent again. */
    unsigned RetransmissionsOf(std::uint64_t connection) const;

    /** How many segments the connection has sent that are not acknowledged wholly. */
    unsigned UnacknowledgedOf(std::uint64_t connection, lifecycle::SeqNum una) const;

    /** Whether the preset is that of FreeBSD, whose TCP_INFO has units and numbers of its own. */
    bool IsBsd() const
    {
        return m_preset == "freebsd";
    }

    /** Whether the preset is that of Linux, which doubles the sizes of buffers that are asked for. */
    bool IsLinux() const
    {
        return m_preset == "linux";
    }

    ns3::Ptr<ns3::Node> Node() const
    {
        return m_node;
    }

    bool IsIpv6() const
    {
        return m_isIpv6;
    }

    std::function<void(const Observed&)> onSent; ///< called for each segment

  private:
    void Sent4(ns3::Ptr<ns3::Packet> packet,
               ns3::Ipv4Address source,
               ns3::Ipv4Address destination,
               uint8_t protocol,
               ns3::Ptr<ns3::Ipv4Route> route);
    void Sent6(ns3::Ptr<ns3::Packet> packet,
               ns3::Ipv6Address source,
               ns3::Ipv6Address destination,
               uint8_t protocol,
               ns3::Ptr<ns3::Ipv6Route> route);
    void Sent(ns3::Ptr<ns3::Packet> packet, std::uint8_t tos, std::uint8_t ttl);
    void Moved(const ns3::LifecycleTransition& transition);
    void AcceptQueue(uint32_t before, uint32_t now);
    void Counted(const ns3::LifecycleSegment& segment);

    bool m_isIpv6;
    std::string m_preset;
    bool m_isStarted{false};
    ns3::Ptr<ns3::Node> m_node;
    ns3::Ptr<ns3::LifecycleL4Protocol> m_tcp;
    lifecycle::Address m_local;
    lifecycle::Address m_remote;
    std::map<std::string, std::string> m_states;         ///< of the connections, by their two ends
    std::map<std::uint64_t, unsigned> m_retransmissions; ///< by connection number
    std::map<std::uint64_t, std::vector<lifecycle::SeqNum>> m_ends; ///< of what was sent first
    unsigned m_acceptQueue{0};
    std::int64_t m_mostBacklog{std::numeric_limits<std::int64_t>::max()};
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_SIMULATED_HOST_H
