// What goes out: RFC 9293 3.7 and 3.8, RFC 6298 5.

#include "connection-rules.h"
#include "connection.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

/** How long little text waits for a larger window: RFC 9293 3.8.6.2.1, 0.1 to 1 s. */
constexpr Duration OVERRIDE_TIMEOUT = std::chrono::milliseconds(500);

// Octets of options with the NOPs that align them
constexpr std::uint32_t SACK_HEAD_LENGTH = 4;
constexpr std::uint32_t SACK_BLOCK_LENGTH = 8;

/** The window field for @p window, which counts steps of 2^@p shift octets. RFC 7323 2.3. */
std::uint32_t
WindowField(std::uint32_t window, std::uint8_t shift, bool roundsUp)
{
    const std::uint32_t rest = roundsUp ? (std::uint32_t{1} << shift) - 1 : 0;
    return std::min((window + rest) >> shift, MAX_UNSCALED_WINDOW);
}

} // namespace

/**
 * How far the window may grow, and by which steps; RCV.BUFF is at least one step of the window
 * field.
 */
ReceiveSpace
Connection::Space() const
{
    return {std::max(ReceiveBufferOf(*this), std::uint32_t{1} << m_agreed.rcvShift),
            EffectiveMss(),
            m_agreed.rcvShift,
            m_config->announceAllRoom,
            m_config->windowUpdateDoubles};
}

/** Sets the window of our SYN, and the scale to offer: RFC 7323 2.2. */
void
Connection::OfferWindow()
{
    m_receiveSide.OfferWindow(FirstWindow(m_config, m_agreed));
    m_agreed.OfferScaling(m_config);
}

/**
 * Eff.snd.MSS, RFC 9293 3.7.1: options that every segment has take their place from the payload.
 */
std::uint32_t
Connection::EffectiveMss() const
{
    return m_snd.mss - (m_agreed.timestamps ? TIMESTAMPS_LENGTH : 0);
}

SackBlocks
Connection::Sack() const
{
    const std::size_t fit = m_agreed.timestamps ? 3 : SackBlocks::MAX; // in 40 octets of options
    return m_agreed.sack ? Rcv().held.Blocks(fit) : SackBlocks();
}

/** The most that the next segment can carry: SACK blocks take their place from the payload, too. */
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
    return (m_synTimedOut ? 1 : m_config->initialCwnd) * EffectiveMss(); // RFC 5681 3.1
}

void
Connection::Emit(Segment segment, SegmentKind kind, Instant now, Actions& out)
{
    const bool syn = segment.Has(Flag::SYN);
    if (segment.Has(Flag::ACK))
    {
        if (TakesText(m_state))
        {
            m_receiveSide.GrowWindow(Space());
        }
        m_receiveSide.Acknowledge();
        m_acks.Settle(m_timers);
        segment.ack = Rcv().nxt;
        segment.sack = syn ? SackBlocks() : Sack();
    }
    segment.wnd = WindowField(Rcv().wnd, syn ? 0 : m_agreed.rcvShift, m_config->roundWindowUp);
    const bool hasTimestamps =
        m_state == State::SYN_SENT ? m_config->timestamps : m_agreed.timestamps;
    if (hasTimestamps && (!syn || HasOptionsOnSyn()))
    {
        segment.timestamps = Timestamps{m_timestamps.Now(now, m_config->timestampTick),
                                        segment.Has(Flag::ACK) ? m_timestamps.Recent().val : 0};
    }
    if (m_snd.up && segment.seq < *m_snd.up && !syn) // RFC 9293 3.8.5
    {
        segment.flags = segment.flags | Flag::URG;
        segment.up = static_cast<std::uint16_t>(std::min(*m_snd.up - segment.seq, 65535));
    }
    SetEcn(segment, kind);
    out.push_back(SendSegment{m_id, m_path, segment, kind});
}

/**
 * Whether our SYN carries other options than MSS. Old hosts may drop a SYN with options that they
 * do not know; all hosts know MSS.
 */
bool
Connection::HasOptionsOnSyn() const
{
    return m_config->synsWithOptions == 0 || m_retransmissions < m_config->synsWithOptions;
}

void
Connection::SendSyn(SegmentKind kind, Instant now, Actions& out)
{
    const bool offers = m_state == State::SYN_SENT; // else we answer an offer
    Segment segment;
    segment.seq = m_snd.iss;
    segment.flags = offers ? Flags(Flag::SYN) : Flag::SYN | Flag::ACK;
    segment.mss = m_config->announceMss ? std::make_optional(m_config->mss) : std::nullopt;
    if (HasOptionsOnSyn())
    {
        segment.sackPermitted = offers ? m_config->sack : m_agreed.sack;
        if (offers ? m_config->windowScaling : m_agreed.windowScaling)
        {
            segment.windowScale = m_agreed.rcvShift;
        }
    }
    Emit(segment, kind, now, out);
    // RFC 6298 3: a SYN of ours that crosses the peer's SYN goes out a second time, as a SYN,ACK
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
    if (!m_snd.Outstanding() && m_lastTextSent + m_rtt.Rto() < now) // RFC 5681 4.1
    {
        m_congestion.RestartAfterIdle(InitialCwnd());
    }
    SendRepairs(now, out);
    const SeqNum first = m_snd.nxt;
    while (MaySendNext())
    {
        SendNext(now, out);
    }
    if (m_snd.Unsent() || m_snd.nxt != first)
    {
        m_congestion.NoteUse(InFlight());
    }
    if (m_snd.Unsent() && !m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        // RFC 9293 3.8.6.1: to probe; or 3.8.6.2.1: to send little text after all
        m_timers.Arm(
            Timer::RETRANSMISSION,
            now + (m_snd.UsableWindow() > 0 ? OVERRIDE_TIMEOUT : m_rtt.ProbeInterval(m_config)));
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

bool
Connection::MaySendNext() const
{
    if (!m_snd.Unsent() || m_snd.UsableWindow() == 0)
    {
        return false;
    }
    const auto [octets, fin] = m_snd.Next(MaxPayload());
    if (m_snd.Outstanding() && octets > m_congestion.Room(InFlight()))
    {
        return false;
    }
    if (fin || octets == MaxPayload())
    {
        return true;
    }
    // RFC 9293 3.8.6.2.1, all text being pushed; RFC 9293 3.7.4: the Nagle algorithm
    const bool isAll = m_snd.nxt + octets == m_snd.end;
    return !(m_config->nagle && m_snd.Outstanding()) && (isAll || octets >= m_snd.maxWnd / 2);
}

void
Connection::SendNext(Instant now, Actions& out)
{
    const auto [octets, fin] = m_snd.Next(MaxPayload());
    SendText(octets, fin, SegmentKind::NEW, now, out);
}

void
Connection::SendText(std::uint32_t octets, bool fin, SegmentKind kind, Instant now, Actions& out)
{
    Segment segment;
    segment.seq = m_snd.nxt;
    segment.flags = Flag::ACK;
    segment.len = octets;
    if (!m_snd.Outstanding())
    {
        // The timer may have held this text back: RFC 6298 5.1.
        m_timers.Stop(Timer::RETRANSMISSION);
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
    if (octets > 0)
    {
        m_acks.EndQuickAcks(m_config);
    }
    if (!m_timed)
    {
        m_timed = TimedSegment{m_snd.nxt, now};
    }
    if (!m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        const bool probes = kind == SegmentKind::PROBE;
        m_timers.Arm(Timer::RETRANSMISSION,
                     now + (probes ? m_rtt.ProbeInterval(m_config) : m_rtt.Rto())); // RFC 6298 5.1
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
    if (m_snd.FinSent() && segment.TextEnd() == m_snd.end)
    {
        segment.flags = segment.flags | Flag::FIN;
    }
    Emit(segment, kind, now, out);
    m_lastTextSent = now;
    m_timed = TimedSegment{segment.End(), std::nullopt}; // RFC 6298 3: sent twice
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
    if (m_challenges.Take(m_config->challengeAckLimit, m_config->challengeAckWindow, now))
    {
        SendAck(SegmentKind::CHALLENGE_ACK, now, out);
    }
    else
    {
        Note(Rule::R39);
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

/** Sends a reset that answers no segment. */
void
Connection::SendOwnReset(Instant now, Actions& out)
{
    Segment segment;
    segment.seq = m_snd.nxt;
    segment.flags = Flag::RST;
    if (m_config->resetHasAck) // Departs from RFC 9293 3.10.5, which has RST alone
    {
        segment.flags = Flag::RST | Flag::ACK;
        segment.ack = Rcv().nxt;
        segment.wnd = WindowField(Rcv().wnd, m_agreed.rcvShift, m_config->roundWindowUp);
        if (m_agreed
                .timestamps) // SHLD of RFC 7323 3.2, which those that answer nothing may leave out
        {
            segment.timestamps = Timestamps{m_timestamps.Now(now, m_config->timestampTick),
                                            m_timestamps.Recent().val};
        }
    }
    out.push_back(SendSegment{m_id, m_path, segment, SegmentKind::RESET});
}

} // namespace lifecycle
