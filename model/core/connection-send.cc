// What goes out: RFC 9293 3.7 and 3.8, RFC 6298 5.

#include "connection.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

namespace
{

/** The largest window that the header can announce without scaling: RFC 9293 3.1. */
constexpr std::uint32_t MAX_UNSCALED_WINDOW = 65535;

/** How long little text waits for a larger window: RFC 9293 3.8.6.2.1, 0.1 to 1 s. */
constexpr Duration OVERRIDE_TIMEOUT = std::chrono::milliseconds(500);

// Octets of options with the NOPs that align them
constexpr std::uint32_t TIMESTAMPS_LENGTH = 12;
constexpr std::uint32_t SACK_HEAD_LENGTH = 4;
constexpr std::uint32_t SACK_BLOCK_LENGTH = 8;

} // namespace

/** RCV.BUFF; the least step of the window field is a window, too. */
std::uint32_t
Connection::ReceiveBuffer() const
{
    const std::uint32_t unit = m_config.roundReceiveBuffer ? m_snd.mss : 1;
    const std::uint32_t buffer = (m_config.receiveBuffer + unit - 1) / unit * unit;
    return std::max(buffer, std::uint32_t{1} << m_agreed.rcvShift);
}

std::uint8_t
Connection::WindowShiftToOffer() const
{
    return WindowShiftFor(std::max(m_config.receiveBuffer, m_config.maxReceiveBuffer));
}

/** The window of our SYN, which is not scaled, and the scale to offer: RFC 7323 2.2. */
void
Connection::OfferWindow()
{
    m_rcv.wnd = std::min(m_config.receiveBuffer, MAX_UNSCALED_WINDOW);
    m_agreed.rcvShift = m_config.windowScaling ? WindowShiftToOffer() : 0;
}

/** By how much the window could grow, as far as its field can tell. */
std::uint32_t
Connection::WindowRoom() const
{
    const bool takesText = m_state == State::ESTABLISHED || m_state == State::FIN_WAIT_1 ||
                           m_state == State::FIN_WAIT_2;
    const std::uint32_t taken = m_rcv.unread + m_rcv.wnd;
    const std::uint32_t room = ReceiveBuffer() > taken ? ReceiveBuffer() - taken : 0;
    const std::uint32_t largest = MAX_UNSCALED_WINDOW << m_agreed.rcvShift;
    return takesText ? std::min(room, largest - m_rcv.wnd) : 0;
}

bool
Connection::IsWorthwhile(std::uint32_t step) const
{
    return step >= std::min(ReceiveBuffer() / 2, EffectiveMss());
}

/** By how much the window grows: by a good step or not at all, RFC 9293 3.8.6.2.2. */
std::uint32_t
Connection::WindowStep() const
{
    const std::uint32_t room = WindowRoom();
    // Departs from it if wished: then a window that is not silly grows by any step
    const bool grows = IsWorthwhile(m_config.announceAllRoom ? m_rcv.wnd + room : room);
    return grows ? room : 0;
}

/** Text was read: the peer must hear of the larger window soon, if little is left to it at once. */
void
Connection::OpenWindow(Instant now, Actions& out)
{
    const std::uint32_t step = WindowRoom();
    const std::uint32_t enough = m_rcv.wnd < EffectiveMss() ? 1 : 2 * EffectiveMss();
    if (step > 0 && IsWorthwhile(step) && step >= std::min(enough, ReceiveBuffer() / 2))
    {
        SendAck(SegmentKind::ACK, now, out);
    }
}

/** The next segment carries an acknowledgment, and if none goes out by itself, an empty one does. */
void
Connection::AckNow()
{
    ++m_ackOwed;
    m_timers.Stop(Timer::DELAYED_ACK);
}

// RFC 9293 3.8.6.3, RFC 5681 4.2
void
Connection::AckSoon(Instant now)
{
    if (m_ackOwed == 0 && m_config.delayedAck > Duration(0) && m_config.delayedAckCount > 1)
    {
        m_ackOwed = 1;
        m_timers.Arm(Timer::DELAYED_ACK, now + m_config.delayedAck);
    }
    else if (m_ackOwed + 1 < m_config.delayedAckCount && m_timers.IsArmed(Timer::DELAYED_ACK))
    {
        ++m_ackOwed;
    }
    else
    {
        AckNow();
    }
}

std::uint32_t
Connection::UsableWindow() const
{
    const std::int32_t usable = m_snd.una + m_snd.wnd - m_snd.nxt;
    return usable > 0 ? static_cast<std::uint32_t>(usable) : 0; // the peer may have shrunk it
}

/** Eff.snd.MSS, RFC 9293 3.7.1: options that every segment has take their place from the payload. */
std::uint32_t
Connection::EffectiveMss() const
{
    return m_snd.mss - (m_agreed.timestamps ? TIMESTAMPS_LENGTH : 0);
}

SackBlocks
Connection::Sack() const
{
    const std::size_t fit = m_agreed.timestamps ? 3 : SackBlocks::MAX; // of 40 octets
    return m_agreed.sack ? m_rcv.held.Blocks(fit) : SackBlocks();
}

/** The most that the next segment can carry: SACK blocks take their place as well. */
std::uint32_t
Connection::MaxPayload() const
{
    const auto blocks = static_cast<std::uint32_t>(Sack().Count());
    return EffectiveMss() - (blocks > 0 ? SACK_HEAD_LENGTH + blocks * SACK_BLOCK_LENGTH : 0);
}

Flight
Connection::InFlight() const
{
    return {m_snd.una, m_snd.nxt, EffectiveMss()};
}

std::uint32_t
Connection::InitialCwnd() const
{
    return (m_synTimedOut ? 1 : m_config.initialCwnd) * EffectiveMss(); // RFC 5681 3.1
}

void
Connection::Emit(Segment segment, SegmentKind kind, Instant now, Actions& out)
{
    const bool syn = segment.Has(Flag::SYN);
    if (segment.Has(Flag::ACK))
    {
        m_rcv.wnd += WindowStep();
        m_rcv.lastAckSent = m_rcv.nxt;
        m_ackOwed = 0;
        m_timers.Stop(Timer::DELAYED_ACK);
        segment.ack = m_rcv.nxt;
        segment.sack = syn ? SackBlocks() : Sack();
    }
    segment.wnd = std::min(m_rcv.wnd >> (syn ? 0 : m_agreed.rcvShift), MAX_UNSCALED_WINDOW);
    const bool hasTimestamps =
        m_state == State::SYN_SENT ? m_config.timestamps : m_agreed.timestamps;
    if (hasTimestamps && (!syn || HasOptionsOnSyn()))
    {
        segment.timestamps =
            Timestamps{TimestampNow(now), segment.Has(Flag::ACK) ? m_tsRecent.val : 0};
    }
    if (m_snd.up && segment.seq < *m_snd.up && !syn) // RFC 9293 3.8.5
    {
        segment.flags = segment.flags | Flag::URG;
        segment.up = static_cast<std::uint16_t>(std::min(*m_snd.up - segment.seq, 65535));
    }
    SetEcn(segment, kind);
    out.push_back(SendSegment{m_id, m_path, segment, kind});
}

/** Old hosts may drop a SYN with options that they do not know: the MSS is known to all. */
bool
Connection::HasOptionsOnSyn() const
{
    return m_config.synsWithOptions == 0 || m_retransmissions < m_config.synsWithOptions;
}

void
Connection::SendSyn(SegmentKind kind, Instant now, Actions& out)
{
    const bool offers = m_state == State::SYN_SENT; // else we answer an offer
    Segment segment;
    segment.seq = m_snd.iss;
    segment.flags = offers ? Flags(Flag::SYN) : Flag::SYN | Flag::ACK;
    segment.mss = m_config.announceMss ? std::make_optional(m_config.mss) : std::nullopt;
    if (HasOptionsOnSyn())
    {
        segment.sackPermitted = offers ? m_config.sack : m_agreed.sack;
        if (offers ? m_config.windowScaling : m_agreed.windowScaling)
        {
            segment.windowScale = m_agreed.rcvShift;
        }
    }
    Emit(segment, kind, now, out);
    // RFC 6298 3: our SYN goes out a second time when it crosses the peer's
    const bool isFirst = kind == SegmentKind::NEW && (offers || IsPassive());
    m_timed = TimedSegment{m_snd.iss + 1, isFirst ? std::make_optional(now) : std::nullopt};
    if (kind == SegmentKind::NEW)
    {
        m_timers.Stop(Timer::RETRANSMISSION);
    }
    if (!m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto());
    }
}

void
Connection::SendWhatWeMay(Instant now, Actions& out)
{
    const bool maySend = m_state == State::ESTABLISHED || m_state == State::FIN_WAIT_1 ||
                         m_state == State::CLOSE_WAIT || m_state == State::CLOSING ||
                         m_state == State::LAST_ACK;
    if (!maySend || !m_snd.synAcked)
    {
        return;
    }
    if (!Outstanding() && m_lastTextSent + m_rtt.Rto() < now) // RFC 5681 4.1
    {
        m_congestion.RestartAfterIdle(InitialCwnd());
    }
    SendRepairs(now, out);
    while (MaySendNext())
    {
        SendNext(now, out);
    }
    if (Unsent() && !m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        // RFC 9293 3.8.6.1: to probe; or 3.8.6.2.1: to send little text after all
        m_timers.Arm(Timer::RETRANSMISSION,
                     now + (UsableWindow() > 0 ? OVERRIDE_TIMEOUT : ProbeInterval()));
    }
}

void
Connection::SendRepairs(Instant now, Actions& out)
{
    while (const auto hole = m_congestion.NextRepair(InFlight(), !MaySendNext()))
    {
        if (m_snd.una + m_snd.wnd <= hole->begin) // the peer has shrunk its window
        {
            return;
        }
        Retransmit(*hole, SegmentKind::RETRANSMISSION, now, out);
    }
}

/** The text of the next new segment, and whether the FIN goes with it. */
Connection::NextSegment
Connection::Next() const
{
    const auto unsent = static_cast<std::uint32_t>(m_snd.end - m_snd.nxt);
    const std::uint32_t octets = std::min({unsent, UsableWindow(), MaxPayload()});
    return {octets, m_snd.finQueued && octets == unsent && octets < UsableWindow()};
}

bool
Connection::MaySendNext() const
{
    if (!Unsent() || UsableWindow() == 0)
    {
        return false;
    }
    const auto [octets, fin] = Next();
    if (Outstanding() && octets > m_congestion.Room(InFlight()))
    {
        return false;
    }
    if (fin || octets == MaxPayload())
    {
        return true;
    }
    // RFC 9293 3.8.6.2.1, all text being pushed; RFC 9293 3.7.4: the Nagle algorithm
    const bool isAll = m_snd.nxt + octets == m_snd.end;
    return !(m_config.nagle && Outstanding()) && (isAll || octets >= m_snd.maxWnd / 2);
}

void
Connection::SendNext(Instant now, Actions& out)
{
    const auto [octets, fin] = Next();
    SendText(octets, fin, SegmentKind::NEW, now, out);
}

void
Connection::SendText(std::uint32_t octets, bool fin, SegmentKind kind, Instant now, Actions& out)
{
    Segment segment;
    segment.seq = m_snd.nxt;
    segment.flags = Flag::ACK;
    segment.len = octets;
    if (!Outstanding())
    {
        m_timers.Stop(Timer::RETRANSMISSION); // it may have held this text back: RFC 6298 5.1
    }
    m_snd.nxt += octets;
    if (octets > 0 && m_snd.nxt == m_snd.end)
    {
        segment.flags = segment.flags | Flag::PSH;
    }
    if (fin)
    {
        segment.flags = segment.flags | Flag::FIN;
        m_snd.nxt += 1;
        if (m_state == State::CLOSE_WAIT)
        {
            MoveTo(State::LAST_ACK, Cause::CLOSE, out);
        }
    }
    Emit(segment, kind, now, out);
    m_lastTextSent = now;
    if (!m_timed)
    {
        m_timed = TimedSegment{m_snd.nxt, now};
    }
    if (!m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        const bool probes = kind == SegmentKind::PROBE;
        m_timers.Arm(Timer::RETRANSMISSION,
                     now + (probes ? ProbeInterval() : m_rtt.Rto())); // RFC 6298 5.1
    }
}

void
Connection::RetransmitFirst(SegmentKind kind, Instant now, Actions& out)
{
    if (!m_snd.synAcked)
    {
        SendSyn(kind, now, out);
        return;
    }
    Retransmit({m_snd.una, Earlier(m_snd.nxt, m_snd.una + EffectiveMss())}, kind, now, out);
}

void
Connection::Retransmit(const SeqRange& range, SegmentKind kind, Instant now, Actions& out)
{
    const SeqNum textEnd = Earlier(Earlier(range.end, range.begin + MaxPayload()), m_snd.end);
    Segment segment;
    segment.seq = range.begin;
    segment.flags = Flag::ACK;
    segment.len = range.begin < textEnd ? static_cast<std::uint32_t>(textEnd - range.begin) : 0;
    if (segment.len > 0 && segment.TextEnd() == m_snd.end)
    {
        segment.flags = segment.flags | Flag::PSH;
    }
    if (FinSent() && segment.TextEnd() == m_snd.end)
    {
        segment.flags = segment.flags | Flag::FIN;
    }
    Emit(segment, kind, now, out);
    m_lastTextSent = now;
    m_timed = TimedSegment{segment.End(), std::nullopt}; // RFC 6298 3: it was sent twice
    m_congestion.Repaired(segment.End());
    if (!m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto());
    }
}

void
Connection::SendAck(SegmentKind kind, Instant now, Actions& out)
{
    Segment segment;
    segment.seq = m_snd.nxt;
    segment.flags = Flag::ACK;
    Emit(segment, kind, now, out);
}

void
Connection::SendChallengeAck(Instant now, Actions& out)
{
    if (m_challengeAcks.Take(m_config.challengeAckLimit, m_config.challengeAckWindow, now))
    {
        SendAck(SegmentKind::CHALLENGE_ACK, now, out);
    }
    else
    {
        Apply(Rule::R39);
    }
}

void
Connection::SendReset(SeqNum seq, Actions& out)
{
    Segment segment;
    segment.seq = seq;
    segment.flags = Flag::RST;
    out.push_back(SendSegment{m_id, m_path, segment, SegmentKind::RESET});
}

/** One that answers no segment. */
void
Connection::SendOwnReset(Actions& out)
{
    Segment segment;
    segment.seq = m_snd.nxt;
    segment.flags = Flag::RST;
    if (m_config.resetHasAck) // Departs from RFC 9293 3.10.5, which has RST alone
    {
        segment.flags = Flag::RST | Flag::ACK;
        segment.ack = m_rcv.nxt;
        segment.wnd = std::min(m_rcv.wnd >> m_agreed.rcvShift, MAX_UNSCALED_WINDOW);
    }
    out.push_back(SendSegment{m_id, m_path, segment, SegmentKind::RESET});
}

} // namespace lifecycle
