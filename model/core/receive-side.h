#ifndef LIFECYCLE_CORE_RECEIVE_SIDE_H
#define LIFECYCLE_CORE_RECEIVE_SIDE_H

#include "actions.h"
#include "reassembly-queue.h"
#include "segment.h"
#include "seq-num.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>

namespace lifecycle
{

/** Receive sequence variables. Source: RFC 9293 3.3.1. */
struct ReceiveSequence
{
    SeqNum nxt;                ///< RCV.NXT
    SeqNum irs;                ///< IRS
    std::uint32_t wnd{0};      ///< RCV.WND [octets]
    std::uint32_t unread{0};   ///< delivered, but not yet asked for by RECEIVE [octets]
    std::optional<SeqNum> fin; ///< where the peer's FIN stands, once that is known
    std::optional<SeqNum> up;  ///< RCV.UP, behind the last urgent octet
    SeqNum lastAckSent;        ///< Last.ACK.sent, RFC 7323 4.3
    ReassemblyQueue held;      ///< octets that came out of order

    auto Fields() const
    {
        return std::tie(nxt, irs, wnd, unread, fin, up, lastAckSent, held);
    }
};

/** How far the receive window may grow, and by which steps. Source: RFC 9293 3.8.6.2.2. */
struct ReceiveSpace
{
    std::uint32_t buffer;  ///< RCV.BUFF [octets]
    std::uint32_t mss;     ///< Eff.snd.MSS: a step of so much is never silly [octets]
    std::uint8_t shift;    ///< Rcv.Wind.Shift: the window field counts steps of 2^shift octets
    bool announcesAllRoom; ///< a window that is not silly grows by any step
    bool updateDoubles;    ///< only twice the window is worth a segment of its own
};

/**
 * What comes in: which octets the window lets in, which of them are held, where the FIN and the
 * urgent data end, and how much the user has read.
 *
 * Source: RFC 9293 3.4 (acceptability), 3.8.5 (urgent), 3.8.6.2.2 (window), 3.10.7.4 (seventh and
 * eighth check). This class knows no states: the connection asks only where the RFC has a segment
 * looked at. RCV.NXT + RCV.WND never moves back, and no octet is delivered twice, or behind the
 * FIN.
 */
class ReceiveSide
{
  public:
    ReceiveSide() = default;

    /** Restores a receive side of which only @p sequence was kept. */
    explicit ReceiveSide(const ReceiveSequence& sequence)
        : m_rcv(sequence)
    {
    }

    const ReceiveSequence& Sequence() const
    {
        return m_rcv;
    }

    /** The peer's SYN stands at @p irs: RFC 9293 3.10.7.2, 3.10.7.3. */
    void Start(SeqNum irs);

    /** Sets the window of a SYN, which is not scaled, for @p buffer octets. RFC 7323 2.2. */
    void OfferWindow(std::uint32_t buffer);

    /**
     * From now on so many octets behind RCV.NXT are acceptable, if that is more than RCV.WND.
     */
    void Accept(std::uint32_t octets)
    {
        m_accepted = octets;
    }

    /** Whether @p seg is acceptable: the four cases of RFC 9293 3.4. */
    bool IsAcceptable(const Segment& seg) const;

    /**
     * Keeps the octets of @p seg that lie in the window and were not held yet, and notes where the
     * FIN of @p seg stands.
     */
    void Hold(const Segment& seg, ConnectionId id, Actions& out);

    /** Gives the user the octets that are next in order. @return How many there were [octets]. */
    std::uint32_t Deliver(ConnectionId id, Actions& out);

    /** Whether text is held behind a gap. */
    bool HasGap() const
    {
        return !m_rcv.held.IsEmpty();
    }

    /**
     * Whether text that was not delivered yet is in @p seg, acceptable or not, or is held next in
     * order.
     */
    bool HasNewText(const Segment& seg) const;

    /** Whether the peer's FIN is next in order. */
    bool FinReached() const
    {
        return m_rcv.fin && m_rcv.nxt == *m_rcv.fin;
    }

    /** Counts the peer's FIN, which is next in order: RCV.NXT goes behind the FIN. */
    void TakeFin();

    /** Forgets the text that is held out of order, and the FIN behind it. */
    void ForgetWhatIsEarly();

    /** Counts the FIN of @p seg if no FIN is known and nothing is missing before this one. */
    void TakeLateFin(const Segment& seg);

    /**
     * Notes that urgent data end before @p up. @return Whether this is news to the user. RFC 9293
     * 3.8.5, MUST-32.
     */
    bool TakeUrgent(SeqNum up);

    /** How many octets up to the end of the urgent data the user has not read. RFC 9293 3.8.5. */
    std::uint32_t UrgentOctets() const;

    /** The user takes @p octets of the delivered octets. */
    void Read(std::uint32_t octets);

    /** The user reads nothing any more. */
    void Abandon();

    /** An acknowledgment of RCV.NXT goes out. */
    void Acknowledge();

    /** Lets the window grow if the step is not silly. RFC 9293 3.8.6.2.2. */
    void GrowWindow(const ReceiveSpace& space);

    /**
     * Whether the window could grow by so much that we must tell the peer even without another
     * reason to send.
     */
    bool OwesWindow(const ReceiveSpace& space) const;

    auto Fields() const
    {
        return std::tie(m_rcv);
    }

  private:
    SeqNum FirstUnread() const;
    std::uint32_t Room(const ReceiveSpace& space) const;

    /** How many octets behind RCV.NXT are acceptable [octets]. */
    std::uint32_t Window() const
    {
        return std::max(m_rcv.wnd, m_accepted);
    }

    ReceiveSequence m_rcv;
    std::uint32_t m_accepted{0}; ///< for the segment being processed; no part of the value
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RECEIVE_SIDE_H
