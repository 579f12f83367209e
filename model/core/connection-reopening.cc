// From TIME-WAIT into a new connection: RFC 9293 3.6.1 (MAY-2), RFC 6191 2.

#include "connection.h"

#include <cassert>

namespace lifecycle
{

namespace
{

/** How old a record must be before an active OPEN may take its 4-tuple, as in Linux. */
constexpr Duration REUSABLE_AFTER = std::chrono::seconds(1);

/**
 * Whether the SYN @p seg is younger than everything that the connection @p old has received: by the
 * timestamp of the SYN, or by its sequence number, which must lie behind the old FIN. RFC 6191 2,
 * all seven rows.
 */
bool
IsNewIncarnation(const Segment& seg,
                 const ConnectionConfig& next,
                 const Connection& old,
                 std::uint32_t oldTimestamp)
{
    // Departs from RFC 6191 2 if wished, by which the number behind the FIN is new
    const std::int32_t least = old.Config().timeWaitReopenBeyond ? 1 : 0;
    const bool isBehindFin = seg.seq - old.Rcv().nxt >= least;
    // Departs from RFC 6191 2 if wished: then numbers alone count
    if (old.Config().timeWaitReopenBySequence || !next.timestamps || !seg.timestamps)
    {
        return isBehindFin;
    }
    if (!old.Agreed().timestamps)
    {
        return true; // a connection with timestamps follows one without
    }
    const std::int32_t younger = SeqNum(seg.timestamps->val) - SeqNum(oldTimestamp);
    return younger > 0 || (younger == 0 && isBehindFin);
}

} // namespace

bool
Connection::MayReopen(const Segment& seg, const Surroundings& surroundings) const
{
    return m_config->timeWaitReopen && m_state == State::TIME_WAIT && surroundings.successor &&
           seg.Has(Flag::SYN) && !seg.Has(Flag::ACK) && !seg.Has(Flag::RST) &&
           IsNewIncarnation(seg, surroundings.successor->config, *this, m_timestamps.Recent().val);
}

/** Whether @p seg would open a connection, but nobody listens, and the record is to end. */
bool
Connection::EndsTimeWait(const Segment& seg, const Surroundings& surroundings) const
{
    // Departs from RFC 9293 3.6.1 if wished: there the record stays
    return m_config->timeWaitSynEnds && m_state == State::TIME_WAIT && surroundings.nobodyListens &&
           seg.Has(Flag::SYN) && !seg.Has(Flag::ACK) && !seg.Has(Flag::RST) &&
           IsNewIncarnation(seg, m_config, *this, m_timestamps.Recent().val);
}

/**
 * The record ends, and @p successor takes its place on the path. The successor is in TIME-WAIT
 * until it moves on, because the edges to SYN-RECEIVED and SYN-SENT start there. The successor
 * sends numbers above all that the record has sent, whatever @p iss is: RFC 9293 3.6.1 (MAY-2).
 */
void
Connection::Succeed(const Successor& successor, SeqNum iss, Actions& out)
{
    const CloseReason reason = m_aborted ? CloseReason::ABORTED : CloseReason::NORMAL;
    Tell(UserSignal::CONNECTION_CLOSED, out);
    out.push_back(Forget{m_id, reason});
    Connection next(successor.id, m_path, successor.config);
    next.m_listener = successor.listener;
    next.Resume(State::TIME_WAIT);
    next.OffsetTimestamps(successor.tsOffset);
    next.m_snd.Start(Later(iss, m_snd.nxt));
    *this = next;
}

void
Connection::Reopen(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    const OldIncarnation old{m_snd, m_receiveSide, m_agreed, m_timestamps, m_config};
    Succeed(*surroundings.successor, surroundings.iss, out);
    m_origin = Origin::TIME_WAIT;
    m_timeWait = Shared<OldIncarnation>(old);
    TakeSyn(seg, now);
    MoveTo(State::SYN_RECEIVED, Cause::SEGMENT_SYN, out);
    m_receiveSide.Hold(seg, m_id, out);
    SendSyn(SegmentKind::NEW, now, out);
}

void
Connection::RestoreTimeWait(Cause cause, Instant now, Actions& out)
{
    const OldIncarnation old = m_timeWait->Get();
    m_timeWait.reset();
    m_snd = old.snd;
    m_receiveSide = old.receiveSide;
    m_agreed = old.agreed;
    m_timestamps = old.timestamps;
    m_config = old.config;
    m_origin = Origin::PASSIVE;    // how the connection was opened matters no more
    m_aborted = !m_snd.FinAcked(); // only after an abort is no FIN acknowledged
    m_timed.reset();
    m_retransmissions = 0;
    EnterTimeWait(cause, now, out); // for the full time: the SYN may show that old duplicates live
}

bool
Connection::MayReopenActively(Instant now) const
{
    const auto end = m_timers.Deadline(Timer::TIME_WAIT);
    return m_config->timeWaitReuse && m_state == State::TIME_WAIT && end &&
           *end - m_config->TimeWaitLength() + REUSABLE_AFTER <= now;
}

void
Connection::ReopenActively(ConnectionId id,
                           const ConnectionConfig& config,
                           SeqNum iss,
                           std::uint32_t tsOffset,
                           Instant now,
                           Actions& out)
{
    assert(MayReopenActively(now));
    Succeed({id, ConnectionId{}, config, tsOffset}, iss, out);
    OfferWindow();
    MoveTo(State::SYN_SENT, Cause::ACTIVE_OPEN, out);
    SendSyn(SegmentKind::NEW, now, out);
    UpdateTimers(now);
    assert(IsConsistent());
}

} // namespace lifecycle
