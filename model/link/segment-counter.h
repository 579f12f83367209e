#ifndef LIFECYCLE_LINK_SEGMENT_COUNTER_H
#define LIFECYCLE_LINK_SEGMENT_COUNTER_H

#include "../core/endpoint.h"
#include "../core/segment.h"

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace lifecycle
{

/** The kinds of segment that a rule can name. One segment may be of several kinds. */
enum class SegmentClass
{
    SYN,        ///< SYN without ACK
    SYN_ACK,    ///< SYN with ACK
    FIN,        ///< FIN, with or without payload
    ACK,        ///< nothing but an acknowledgment: ACK, no SYN, FIN or RST, no payload
    ACK_OF_FIN, ///< an ACK as above that covers a FIN seen in the other direction
    RST,        ///< RST, with or without ACK
    DATA,       ///< payload of at least one octet
    SEGMENT,    ///< every segment
};

constexpr int SEGMENT_CLASSES = 8;

/** For each kind, the how-manyth of its kind a segment is, from 1; 0 if it is not of that kind. */
class Ordinals
{
  public:
    std::uint32_t Of(SegmentClass kind) const
    {
        return m_values[static_cast<std::size_t>(kind)];
    }

    std::uint32_t& Of(SegmentClass kind)
    {
        return m_values[static_cast<std::size_t>(kind)];
    }

  private:
    std::array<std::uint32_t, SEGMENT_CLASSES> m_values{};
};

/**
 * Watches the segments that two hosts send each other and counts them by kind, apart for each
 * connection and direction. A retransmission counts again.
 *
 * A SYN begins a new connection of its 4-tuple, with counts from zero, if its sequence number
 * differs from the initial one that its sender used before, or if its sender has sent a FIN since.
 * What is counted is what was sent, whether or not it arrives.
 */
class SegmentCounter
{
  public:
    /**
     * Counts a segment.
     *
     * @param path The two ends of its connection as its sender sees them.
     */
    Ordinals Count(const FourTuple& path, const Segment& segment);

  private:
    struct Direction
    {
        Ordinals counts;
        std::optional<SeqNum> iss;    ///< initial sequence number, once seen
        std::optional<SeqNum> finEnd; ///< just behind the FIN, once seen: what acknowledges it
    };

    /** Both directions, the lower endpoint's first; the key is the 4-tuple as that one sees it. */
    using Conversation = std::array<Direction, 2>;

    static bool BeginsConnection(const Direction& direction, const Segment& segment);

    static bool IsOfKind(SegmentClass kind, const Segment& segment, const Direction& opposite);

    std::unordered_map<FourTuple, Conversation, ValueHash> m_conversations;
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_SEGMENT_COUNTER_H
