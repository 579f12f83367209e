#ifndef LIFECYCLE_LINK_SEGMENT_WATCHER_H
#define LIFECYCLE_LINK_SEGMENT_WATCHER_H

#include "../core/endpoint.h"
#include "../core/segment.h"

#include <array>
#include <bitset>
#include <cstddef>
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

/** What rules need to know about a segment beside its fields. */
struct SeenSegment
{
    std::bitset<SEGMENT_CLASSES> kinds; ///< the kinds of the segment, by SegmentClass
    std::size_t flow{0}; ///< one number per 4-tuple and direction; n ^ 1 is the other direction
    bool beginsConnection{false};

    bool Is(SegmentClass kind) const
    {
        return kinds[static_cast<std::size_t>(kind)];
    }
};

/**
 * Watches the segments that two hosts send each other and tells kinds, connections and directions
 * apart.
 *
 * A SYN begins a new connection of its 4-tuple if its sequence number differs from the last initial
 * sequence number of its sender, or if its sender has sent a FIN since. The watcher sees every
 * segment that is sent, also a segment that never arrives.
 */
class SegmentWatcher
{
  public:
    /**
     * Looks at a segment.
     *
     * @param path The two ends of the segment's connection as its sender sees them.
     */
    SeenSegment See(const FourTuple& path, const Segment& segment);

  private:
    struct Direction
    {
        std::optional<SeqNum> iss;    ///< initial sequence number; none before a SYN
        std::optional<SeqNum> finEnd; ///< what acknowledges the FIN; none before a FIN
    };

    struct Conversation
    {
        std::size_t number{0};               ///< in the order in which connections were seen
        std::array<Direction, 2> directions; ///< the lower endpoint's first
    };

    static bool BeginsConnection(const Direction& direction, const Segment& segment);

    static bool IsOfKind(SegmentClass kind, const Segment& segment, const Direction& opposite);

    /// The key is the 4-tuple as the lower endpoint sees it.
    std::unordered_map<FourTuple, Conversation, ValueHash> m_conversations;
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_SEGMENT_WATCHER_H
