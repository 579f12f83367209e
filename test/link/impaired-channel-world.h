#ifndef LIFECYCLE_TEST_LINK_IMPAIRED_CHANNEL_WORLD_H
#define LIFECYCLE_TEST_LINK_IMPAIRED_CHANNEL_WORLD_H

#include "ns3/address.h"
#include "ns3/impaired-channel.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/net-device-container.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

constexpr uint16_t PORT = 80;

// 128 octets of IP and 2 of PPP at 100 Mbps take 10.4 us; the link's Delay is 10 ms.
const Time PASSAGE = MilliSeconds(10) + NanoSeconds(10'400);

/** Two nodes, one link, the stock stack; remembers what arrives and what the channel tells. */
class ImpairedChannelTest : public ::testing::Test
{
  protected:
    void SetUp() override;
    void TearDown() override;

    /** Joins the nodes and gives them the stack and addresses; 10.0.0.1 is the client. */
    void Connect();

    /** Sends packets of 100 octets at intervals from the client, from time 0 on; notes arrivals. */
    void SendDatagrams(int count, Time interval);

    /** Opens a stock TCP connection at time 0, sends 100 octets, closes; runs to the end. */
    void RunConnection(const Address& server);
    void RunConnection();

    static std::vector<uint8_t> OctetsOf(Ptr<const Packet> packet);

    Ptr<Node> m_client;
    Ptr<Node> m_server;
    ImpairedLinkHelper m_link;
    NetDeviceContainer m_devices;
    Ptr<ImpairedChannel> m_channel;

    std::vector<std::pair<uint64_t, Time>> m_arrivals; // UID and when
    std::vector<uint64_t> m_sent;
    std::vector<std::string> m_told; // by the trace sources
    std::vector<std::vector<uint8_t>> m_beforeDamage;
    Time m_established;
    uint32_t m_octets{0}; // received by the server over TCP

  private:
    void Serve(Ptr<Socket> socket, const Address&);
    void Receive(Ptr<Socket> socket);
    void SendAndClose(Ptr<Socket> socket);
    void NoteArrival(Ptr<Socket> socket);
    void NoteLost(Ptr<const Packet>, Ptr<NetDevice> sender, const std::string& reason);
    void NoteDuplicated(Ptr<const Packet>, Ptr<NetDevice> sender, const std::string& reason);
    void NoteCorrupted(Ptr<const Packet> packet, Ptr<NetDevice> sender, const std::string& reason);
    void NoteDelayed(Ptr<const Packet>, Ptr<NetDevice> sender, Time delay, const std::string& why);
    std::string NameOf(Ptr<NetDevice> device) const;
};

/** Whether a packet of TCP over IPv4 and PPP carries a FIN. */
bool HasFin(Ptr<const Packet> packet);

} // namespace ns3

#endif // LIFECYCLE_TEST_LINK_IMPAIRED_CHANNEL_WORLD_H
