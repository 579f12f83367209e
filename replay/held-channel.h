#ifndef LIFECYCLE_REPLAY_HELD_CHANNEL_H
#define LIFECYCLE_REPLAY_HELD_CHANNEL_H

#include "ns3/error-model.h"
#include "ns3/simple-channel.h"
#include "ns3/simple-net-device.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace replay
{

/** A channel that keeps each packet, by its number from 1, until it is told what becomes of it. */
class HeldChannel : public ns3::SimpleChannel
{
  public:
    static ns3::TypeId GetTypeId();

    /** Where packets to the host of number @p host, from 0, go. */
    void Connect(std::size_t host, ns3::Ptr<ns3::SimpleNetDevice> device);

    /** How many packets were sent so far. */
    std::size_t Count() const
    {
        return m_packets.size();
    }

    /** The packet of @p number, which was sent, reaches @p host, or is lost just before. */
    void Deliver(std::size_t number, std::size_t host, bool isLost);

    /** @p packet of IPv4, which nobody here has sent, reaches @p host. */
    void Forge(ns3::Ptr<ns3::Packet> packet, std::size_t host);

    void Send(ns3::Ptr<ns3::Packet> packet,
              std::uint16_t protocol,
              ns3::Mac48Address to,
              ns3::Mac48Address from,
              ns3::Ptr<ns3::SimpleNetDevice> sender) override;

  private:
    struct Held
    {
        ns3::Ptr<ns3::Packet> packet;
        std::uint16_t protocol;
        ns3::Mac48Address from;
    };

    struct Receiver
    {
        ns3::Ptr<ns3::SimpleNetDevice> device;
        ns3::Ptr<ns3::ListErrorModel> losses; ///< of the device
    };

    static void Arrive(const Held& held, const Receiver& receiver, bool isLost);

    std::vector<Held> m_packets;
    std::vector<Receiver> m_receivers;
};

} // namespace replay

#endif // LIFECYCLE_REPLAY_HELD_CHANNEL_H
