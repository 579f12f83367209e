#ifndef LIFECYCLE_STACK_PACKET_QUEUE_H
#define LIFECYCLE_STACK_PACKET_QUEUE_H

#include "../core/boxed.h"

#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ns3::lifecycle_internal
{

/**
 * @ingroup lifecycle
 * @brief A queue of octets that lie in packets, which are shared, not copied.
 */
class PacketQueue
{
  public:
    /** @brief Adds all octets of @p packet, which must not change any more. */
    void Append(Ptr<const Packet> packet);

    /** @brief Removes the first @p octets; the queue must hold so many. */
    void RemoveFront(uint32_t octets);

    /** @brief Appends @p octets from position @p from of the queue to @p out. */
    void CopyTo(Ptr<Packet> out, uint32_t from, uint32_t octets) const;

    /**
     * @brief Removes and returns the first @p octets; the queue must hold so many.
     * @return The octets.
     */
    Ptr<Packet> Take(uint32_t octets);

    /** @brief How many octets are queued. @return The number. */
    uint32_t Size() const
    {
        return m_content ? static_cast<uint32_t>(m_content->end - m_content->begin) : 0;
    }

  private:
    /**
     * A packet and the place of its first octet, counted from the first octet that was ever queued.
     */
    struct Chunk
    {
        uint64_t begin;           ///< place of the first octet
        Ptr<const Packet> packet; ///< never empty
    };

    /** What there is once there was a packet. */
    struct Content
    {
        std::vector<Chunk> chunks; ///< chunks before head are used up
        std::size_t head{0};       ///< index of the chunk of the first octet
        uint64_t begin{0};         ///< place of the first octet
        uint64_t end{0};           ///< place behind the last octet

        /** @brief The chunk that holds the octet at @p place. @return Its index. */
        std::size_t Find(uint64_t place) const;
    };

    lifecycle::Boxed<Content> m_content;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_PACKET_QUEUE_H
