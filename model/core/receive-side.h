#ifndef LIFECYCLE_CORE_RECEIVE_SIDE_H
#define LIFECYCLE_CORE_RECEIVE_SIDE_H

#include "actions.h"
#include "reassembly-queue.h"
#include "segment.h"
#include "seq-num.h"

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
    std::optional<SeqNum> fin; ///< where the peer's FIN stands, once it is known
    std::optional<SeqNum> up;  ///< RCV.UP, behind the last urgent octet
    SeqNum lastAckSent;        ///< Last.ACK.sent, RFC 7323 4.3
    ReassemblyQueue held;      ///< out of order

    auto Fields() const
    {
        return std::tie(nxt, irs, wnd, unread, fin, up, lastAckSent, held);
    }
};

/** How far the receive window may grow, and by which steps. Source: RFC 9293 3.8.6.2.2. */
struct ReceiveSpace
{
    std::uint32_t buffer;  ///< RCV.BUFF [octets]
    std::uint32_t mss;     ///< Eff.snd.MSS, which a good step has [octets]
    std::uint8_t shift;    ///< Rcv.Wind.Shift: the field of the header counts in steps of this
    bool announcesAllRoom; ///< a window that is not silly grows by any step
};

/**
 * What comes in: which octets the window lets in, which of them are held, where the FIN and the urgent
 * data end, and how much the user has read.
 *
 * Source: RFC 9293 3.4 (acceptability), 3.8.5 (urgent), 3.8.6.2.2 (window), 3.10.7.4 (seventh and eighth
 * check). It knows no states: the connection asks it only where the RFC has a segment looked at. RCV.NXT
 * + RCV.WND never moves back, and no octet is delivered twice, or behind the FIN.
 */
class ReceiveSide
{
  public:
    ReceiveSide() = default;

    /** As it stood when @p sequence was all that was kept of it. */
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

    /** The first window, for @p buffer octets: that of a SYN, which is not scaled. RFC 7323 2.2. */
    void OfferWindow(std::uint32_t buffer);

    /** The four cases of RFC 9293 3.4. */
    bool IsAcceptable(const Segment& seg) const;

    /** Keeps of @p seg what lies in the window and was not held yet, and notes where its FIN stands. */
    void Hold(const Segment& seg, ConnectionId id, Actions& out);

    /** Gives the user what is next in order. @return How much that was [octets]. */
    std::uint32_t Deliver(ConnectionId id, Actions& out);

    /** Text is held behind a gap. */
    bool HasGap() const
    {
        return !m_rcv.held.IsEmpty();
    }

    /** With @p seg there is text that has not been delivered, be it acceptable or not. */
    bool HasNewText(const Segment& seg) const;

    /** The peer's FIN is next in order. */
    bool FinReached() const
    {
        return m_rcv.fin && m_rcv.nxt == *m_rcv.fin;
    }

    /** It counts: RCV.NXT goes behind it. */
    void TakeFin();

    /** Whatever is not in order will never be looked at. */
    void ForgetWhatIsEarly();

    /** Counts the FIN of @p seg if none is known and nothing is missing before it. */
    void TakeLateFin(const Segment& seg);

    /** @p up is behind urgent data. @return Whether that is news to the user. RFC 9293 3.8.5, MUST-32. */
    bool TakeUrgent(SeqNum up);

    /** Octets that the user has not read up to the end of the urgent data. RFC 9293 3.8.5. */
    std::uint32_t UrgentOctets() const;

    /** The user takes @p octets of those that were delivered. */
    void Read(std::uint32_t octets);

    /** The user reads nothing any more. */
    void Abandon();

    /** An acknowledgment goes out, with a window that has grown by a good step or not at all. */
    void Acknowledge();
    void GrowWindow(const ReceiveSpace& space);

    /** The window could grow by so much that the peer must hear of it without a segment of ours. */
    bool OwesWindow(const ReceiveSpace& space) const;

    auto Fields() const
    {
        return std::tie(m_rcv);
    }

  private:
    SeqNum FirstUnread() const;
    std::uint32_t Room(const ReceiveSpace& space) const;

    ReceiveSequence m_rcv;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RECEIVE_SIDE_H
