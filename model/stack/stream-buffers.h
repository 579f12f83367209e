#ifndef LIFECYCLE_STACK_STREAM_BUFFERS_H
#define LIFECYCLE_STACK_STREAM_BUFFERS_H

#include "../core/seq-num.h"
#include "packet-queue.h"

#include <cstdint>
#include <unordered_map>

namespace ns3::lifecycle_internal
{

/**
 * @ingroup lifecycle
 * @brief The octets that the user has sent and the peer not yet acknowledged, by sequence number.
 */
class SendBuffer
{
  public:
    /** @brief Adds @p packet, whose first octet has the number @p seq. */
    void Append(lifecycle::SeqNum seq, Ptr<const Packet> packet);

    /** @brief Forgets the first @p octets. */
    void Release(uint32_t octets);

    /** @brief Appends the octets [seq, seq + octets), which must be held, to @p out. */
    void CopyTo(Ptr<Packet> out, lifecycle::SeqNum seq, uint32_t octets) const;

    /** @brief How many octets the buffer holds. @return The number. */
    uint32_t Size() const
    {
        return m_queue.Size();
    }

  private:
    lifecycle::SeqNum m_first; ///< number of the first octet held
    PacketQueue m_queue;       ///< the octets
};

/**
 * @ingroup lifecycle
 * @brief The octets that have arrived and that the user has not yet read, in and out of order.
 */
class ReceiveBuffer
{
  public:
    /**
     * @brief Keeps @p packet, whose first octet has the number @p seq, until Deliver names the
     * octets of @p packet.
     */
    void Hold(lifecycle::SeqNum seq, Ptr<const Packet> packet);

    /** @brief The held octets [seq, seq + octets) become readable. */
    void Deliver(lifecycle::SeqNum seq, uint32_t octets);

    /** @brief Removes and returns the first @p octets that are readable. @return The octets. */
    Ptr<Packet> Read(uint32_t octets)
    {
        return m_readable.Take(octets);
    }

    /** @brief A copy of the first @p octets that are readable. @return The copy. */
    Ptr<Packet> Peek(uint32_t octets) const
    {
        const Ptr<Packet> packet = Create<Packet>();
        m_readable.CopyTo(packet, 0, octets);
        return packet;
    }

    /** @brief Whether the buffer holds nothing, readable or not. @return Whether so. */
    bool IsEmpty() const
    {
        return (!m_held || m_held->empty()) && Readable() == 0;
    }

    /** @brief How many octets are readable. @return The number. */
    uint32_t Readable() const
    {
        return m_readable.Size();
    }

  private:
    using Held = std::unordered_map<uint32_t, Ptr<const Packet>>;

    lifecycle::Boxed<Held> m_held; ///< by the number of the first octet
    PacketQueue m_readable;        ///< the readable octets, in order
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_STREAM_BUFFERS_H
