#ifndef LIFECYCLE_CORE_SEND_SEQUENCE_H
#define LIFECYCLE_CORE_SEND_SEQUENCE_H

#include "segment.h"
#include "seq-num.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>

namespace lifecycle
{

/**
 * The least MSS that a peer or a router can make us use: a smaller one would multiply our segments.
 */
constexpr std::uint16_t MIN_SEND_MSS = 48;

/** How much text the next new segment carries, and whether the FIN stands behind it. */
struct NextSegment
{
    std::uint32_t octets;
    bool fin;
};

/** Send sequence variables, and what they say of text and FIN. Source: RFC 9293 3.3.1. */
struct SendSequence
{
    SeqNum una;               ///< SND.UNA
    SeqNum nxt;               ///< SND.NXT
    SeqNum wl1;               ///< SND.WL1
    SeqNum wl2;               ///< SND.WL2
    SeqNum iss;               ///< ISS
    SeqNum end;               ///< behind the last octet that the user has given us: a FIN goes here
    std::uint32_t wnd{0};     ///< SND.WND [octets]
    std::uint32_t maxWnd{0};  ///< MAX.SND.WND of RFC 5961 5 [octets]
    std::uint16_t mss{536};   ///< largest payload the peer takes, RFC 9293 3.7.1 [octets]
    bool synAcked{false};     ///< the peer has our SYN
    bool finQueued{false};    ///< the user has closed
    std::optional<SeqNum> up; ///< SND.UP, behind the last urgent octet

    /** The SYN goes out at @p first, and no text has been given yet. RFC 9293 3.10.1, 3.10.7.2. */
    void Start(SeqNum first)
    {
        iss = first;
        una = first;
        nxt = first + 1;
        end = first + 1;
    }

    /** Whether something was sent that is not acknowledged. */
    bool Outstanding() const
    {
        return una != nxt;
    }

    bool FinSent() const
    {
        return finQueued && nxt == end + 1;
    }

    bool FinAcked() const
    {
        return FinSent() && una == nxt;
    }

    /** Whether text or a FIN waits that was never sent. */
    bool Unsent() const
    {
        return nxt < end || (finQueued && !FinSent());
    }

    /** How many octets the peer would still take [octets]. */
    std::uint32_t UsableWindow() const
    {
        const std::int32_t usable = una + wnd - nxt;
        return usable > 0 ? static_cast<std::uint32_t>(usable) : 0; // the window may have shrunk
    }

    /** What the next new segment carries, if it has place for @p most octets. */
    NextSegment Next(std::uint32_t most) const
    {
        const auto unsent = static_cast<std::uint32_t>(end - nxt);
        const std::uint32_t octets = std::min({unsent, UsableWindow(), most});
        return {octets, finQueued && octets == unsent && octets < UsableWindow()};
    }

    /**
     * How many octets more a send buffer of @p buffer octets takes. The buffer keeps all octets
     * that are not acknowledged.
     */
    std::uint32_t Room(std::uint32_t buffer) const
    {
        const SeqNum firstKept = synAcked ? Earlier(una, end) : iss + 1;
        const auto kept = static_cast<std::uint32_t>(end - firstKept);
        return kept < buffer ? buffer - kept : 0;
    }

    /**
     * Whether @p ack may be of this connection: RFC 5961 5.2. Counterfactual: with @p takesAnyOld,
     * as in RFC 793 3.9, only an @p ack beyond SND.NXT is implausible.
     */
    bool IsPlausible(SeqNum ack, bool takesAnyOld) const
    {
        const bool isYoung = una - maxWnd <= ack;
        return (isYoung || takesAnyOld) && ack <= nxt;
    }

    /** Whether the window of @p seg is younger than SND.WND. RFC 9293 3.10.7.4, fifth check. */
    bool HasOlderWindowThan(const Segment& seg) const
    {
        return wl1 < seg.seq || (wl1 == seg.seq && wl2 <= seg.ack);
    }

    /** The peer offers @p window octets with @p seg. */
    void TakeWindow(const Segment& seg, std::uint32_t window)
    {
        wnd = window;
        maxWnd = std::max(maxWnd, window);
        wl1 = seg.seq;
        wl2 = seg.Has(Flag::ACK) ? seg.ack : iss;
    }

    auto Fields() const
    {
        return std::tie(una, nxt, wl1, wl2, iss, end, wnd, maxWnd, mss, synAcked, finQueued, up);
    }
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SEND_SEQUENCE_H
