#ifndef LIFECYCLE_REPLAY_HELD_CHANNEL_H
#define LIFECYCLE_REPLAY_HELD_CHANNEL_H

#include "ns3/simple-channel.h"
#include "ns3/simple-net-device.h"
#include "ns3/traced-callback.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace replay
{

/** A channel that keeps each packet, by its number from 1, until it is told what becomes of it. */
class HeldChannel : public ns3::SimpleChannel
{
  public:
    static ns3::TypeId GetTypeId();

    /** Packets to the host of the next number, from 0, go to @p device. */
    void Connect(ns3::Ptr<ns3::SimpleNetDevice> device);

    /** How many packets were sent so far. */
    std::size_t Count() const
    {
        return m_packets.size();
    }

    /** The packet of @p number, which was sent, reaches @p host; if @p isCopied, so may one more copy. */
    void Deliver(std::size_t number, std::size_t host, bool isCopied);

    /** The packet of @p number, which was sent, is lost. */
    void Lose(std::size_t number);

    /** What @p attacker sends from now on is not kept, but reaches @p host at once. */
    void Aim(ns3::Ptr<ns3::SimpleNetDevice> attacker, std::size_t host);

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
        ns3::Ptr<ns3::SimpleNetDevice> sender;
    };

    using FateTrace = ns3::
        TracedCallback<ns3::Ptr<const ns3::Packet>, ns3::Ptr<ns3::NetDevice>, const std::string&>;

    void Arrive(const Held& held, std::size_t host) const;

    std::vector<Held> m_packets;
    std::vector<ns3::Ptr<ns3::SimpleNetDevice>> m_receivers;
    ns3::Ptr<ns3::SimpleNetDevice> m_attacker;
    std::size_t m_victim{0}; ///< host
    FateTrace m_lost;        ///< as of ImpairedChannel
    FateTrace m_duplicated;  ///< as of ImpairedChannel
};

} // namespace replay

#endif // LIFECYCLE_REPLAY_HELD_CHANNEL_H
