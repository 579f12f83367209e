// SEGMENT ARRIVES up to the fourth check: RFC 9293 3.10.7, with RFC 5961 and RFC 1337, in the RFC's
// order. The fifth is in connection-acknowledgment.cc, the others are in connection-text.cc.

#include "connection-rules.h"
#include "connection.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

namespace
{

/** How soon a SYN goes out again that met an answer to something older: two ticks of 1 ms. */
constexpr Duration SYN_AGAIN_AFTER = std::chrono::milliseconds(2);

/** The MSS of a peer whose SYN does not announce any: RFC 9293 3.7.1. */
std::uint16_t
DefaultSendMss(Family family)
{
    return family == Family::IPV4 ? 536 : 1220;
}

/** @p seg without its FIN. Departs from RFC 9293 3.10.7.3, which keeps it. */
Segment
WithoutFin(const Segment& seg)
{
    Segment bare = seg;
    const auto fin = static_cast<std::uint8_t>(Flag::FIN);
    bare.flags = Flags::FromBits(static_cast<std::uint8_t>(seg.flags.Bits() & ~fin));
    return bare;
}

/** Sends @p reset, which answers a segment. */
void
Answer(const Connection& connection, const Segment& reset, Actions& out)
{
    out.push_back(SendSegment{connection.Id(), connection.Path(), reset, SegmentKind::RESET});
}

} // namespace

Decided
Connection::SegmentArrives(const Segment& segment,
                           const Surroundings& surroundings,
                           Instant now,
                           Actions& out)
{
    const Arrival arrival{segment, surroundings, now};
    const ConnectionId id = m_id; // who gets the segment: a SYN may change m_id
    m_notedRules = {};
    Verdict verdict = Verdict::CONTINUE;
    if (!segment.Has(Flag::RST))
    {
        m_keepalive.Heard(m_timers);
    }
    switch (m_state)
    {
    case State::CLOSED:
        assert(!"Host answers for connections that do not exist");
        break;
    case State::LISTEN:
        SegmentArrivesListen(arrival, out);
        break;
    case State::SYN_SENT:
        SegmentArrivesSynSent(segment, now, out);
        break;
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSE_WAIT:
    case State::CLOSING:
    case State::LAST_ACK:
    case State::TIME_WAIT:
        verdict = SegmentArrivesOtherwise(arrival, out);
        break;
    }
    Finish(verdict, now, out);
    return {id, m_path, m_notedRules};
}

/** If a check has settled the segment, no text goes out, only the acknowledgment that is owed. */
void
Connection::Finish(Verdict verdict, Instant now, Actions& out)
{
    if (!IsDeleted())
    {
        if (verdict == Verdict::CONTINUE)
        {
            SendWhatWeMay(now, out);
        }
        if (m_acks.IsDue(m_timers))
        {
            SendAck(SegmentKind::ACK, now, out);
        }
        UpdateTimers(now);
    }
    assert(IsConsistent());
}

void
Connection::Drop(const Segment& seg, DropReason reason, Actions& out) const
{
    out.push_back(Dropped{m_id, m_path, seg, reason});
}

void
Connection::Note(Rule rule)
{
    m_notedRules.Add(rule);
}

// RFC 9293 3.10.7.2
void
Connection::SegmentArrivesListen(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    if (seg.Has(Flag::RST)) // first
    {
        Note(Rule::P04);
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    if (surroundings.cookie) // the ACK of a SYN,ACK with a cookie
    {
        Note(Rule::R93);
        CookieArrives(arrival, out);
        return;
    }
    if (seg.Has(Flag::ACK)) // second
    {
        Note(Rule::P05);
        if (!IgnoresInListen(m_config, seg))
        {
            SendReset(seg.ack, out);
        }
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    if (!seg.Has(Flag::SYN)) // fourth
    {
        Note(Rule::P08);
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    Note(Rule::P07); // third
    m_origin = Origin::PASSIVE;
    m_snd.Start(surroundings.iss);
    TakeSyn(seg, now);
    if (EstablishesOnSyn())
    {
        EstablishOnSyn(seg, now, out);
        return;
    }
    MoveTo(State::SYN_RECEIVED, Cause::SEGMENT_SYN, out);
    m_receiveSide.Hold(seg, m_id, out);
    SendSyn(SegmentKind::NEW, now, out);
}

bool
Connection::EstablishesOnSyn() const
{
    return m_config->twoWayHandshake; // Counterfactual: the third segment's use is in RFC 9293 3.5
}

/** The SYN,ACK goes out once and counts as acknowledged: we never repeat the SYN,ACK. */
void
Connection::EstablishOnSyn(const Segment& seg, Instant now, Actions& out)
{
    MoveTo(State::ESTABLISHED, Cause::SEGMENT_SYN, out);
    SendSyn(SegmentKind::NEW, now, out);
    m_timers.Stop(Timer::RETRANSMISSION);
    m_timed.reset();
    m_snd.una = m_snd.nxt;
    m_snd.synAcked = true;
    m_congestion.Start(InitialCwnd(), m_config, m_agreed.sack, m_agreed.ecn);
    TellEstablished(out);
    CheckUrgent(seg, out); // sixth to eighth of 3.10.7.4
    ProcessText(seg, now, out);
    CheckFin(seg, now, out);
}

// RFC 4987 3.6: makes the TCB as if it had existed since the SYN
void
Connection::CookieArrives(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    if (surroundings.acceptQueueFull)
    {
        RefuseFinalAck(seg, out);
        return;
    }
    Segment syn;
    syn.seq = seg.seq - 1;
    syn.flags = Flag::SYN;
    syn.wnd = seg.wnd;
    syn.mss = surroundings.cookie->mss;
    if (m_config->timestamps) // else our SYN,ACK has carried none of these options
    {
        syn.windowScale = surroundings.cookie->options.windowScale;
        syn.sackPermitted = surroundings.cookie->options.sackPermitted;
        syn.flags =
            surroundings.cookie->options.ecn ? Flag::SYN | Flag::ECE | Flag::CWR : Flag::SYN;
        syn.timestamps = seg.timestamps; // there are some if both ends have agreed
    }
    m_origin = Origin::PASSIVE;
    m_snd.Start(seg.ack - 1);
    TakeSyn(syn, now);
    m_receiveSide.Acknowledge(); // the SYN,ACK with the cookie has done so
    EnterEstablished(seg, Cause::SEGMENT_ACK, now, out);
    CheckUrgent(seg, out); // sixth to eighth of 3.10.7.4
    ProcessText(seg, now, out);
    CheckFin(seg, now, out);
}

// RFC 9293 3.10.7.3
void
Connection::SegmentArrivesSynSent(const Segment& seg, Instant now, Actions& out)
{
    if (seg.Has(Flag::ACK) && !(m_snd.iss < seg.ack && seg.ack <= m_snd.nxt)) // first
    {
        Note(seg.Has(Flag::RST) ? Rule::P09 : Rule::P10);
        if (!seg.Has(Flag::RST))
        {
            SendReset(seg.ack, out);
            if (m_config->synAgainAfterBadAck && m_retransmissions == 0)
            {
                m_timers.Arm(Timer::RETRANSMISSION, now + SYN_AGAIN_AFTER);
            }
        }
        Drop(seg, DropReason::BAD_ACK, out);
        return;
    }
    if (seg.Has(Flag::RST)) // second; RFC 5961 adds nothing here (erratum 8167)
    {
        Note(seg.Has(Flag::ACK) ? Rule::P11 : Rule::P12);
        if (seg.Has(Flag::ACK))
        {
            Delete(State::CLOSED, Cause::SEGMENT_RST, UserSignal::CONNECTION_REFUSED, out);
            return;
        }
        Drop(seg, DropReason::BAD_RESET, out);
        return;
    }
    // third: security and compartment are not modelled
    if (CheckOptions(seg, out) == Verdict::DONE) // RFC 9293 3.1
    {
        return;
    }
    if (!seg.Has(Flag::SYN)) // fifth
    {
        Note(Rule::P16);
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    Note(seg.Has(Flag::ACK) ? Rule::P14 : Rule::P15); // fourth
    TakeSyn(seg, now);
    if (seg.Has(Flag::ACK))
    {
        EnterEstablished(seg, Cause::SEGMENT_SYN_ACK, now, out);
        m_acks.OweNow(m_timers);
        CheckUrgent(seg, out); // sixth to eighth of 3.10.7.4
        ProcessText(seg, now, out);
        CheckFin(seg, now, out);
        return;
    }
    MoveTo(State::SYN_RECEIVED, Cause::SEGMENT_SYN, out);
    m_receiveSide.Hold(m_config->synSentDropFin ? WithoutFin(seg) : seg, m_id, out);
    SendSyn(SegmentKind::NEW, now, out);
}

// RFC 9293 3.10.7.4
Connection::Verdict
Connection::SegmentArrivesOtherwise(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    m_receiveSide.Accept(AcceptableOctets(*this));
    if (RestartsTimeWait(*this, seg))
    {
        RestartTimeWait(now);
    }
    if (CheckTimestamps(seg, now, out) == Verdict::DONE) // RFC 7323 5.3
    {
        return Verdict::DONE;
    }
    if (CheckSequence(arrival, out) == Verdict::DONE) // first
    {
        return Verdict::DONE;
    }
    NoteTimestamp(seg, now);
    if (CheckReset(seg, now, out) == Verdict::DONE) // second, RFC 5961 3.2
    {
        return Verdict::DONE;
    }
    // third: security and compartment are not modelled
    if (CheckOptions(seg, out) == Verdict::DONE) // RFC 9293 3.1
    {
        return Verdict::DONE;
    }
    if (CheckSyn(arrival, out) == Verdict::DONE) // fourth, RFC 5961 4.2
    {
        return Verdict::DONE;
    }
    if (CheckAck(arrival, out) == Verdict::DONE) // fifth, RFC 5961 5.2
    {
        return Verdict::DONE;
    }
    CheckUrgent(seg, out); // sixth
    if (CheckAbandonedText(seg, out) == Verdict::DONE)
    {
        return Verdict::DONE;
    }
    ProcessText(seg, now, out); // seventh
    CheckFin(seg, now, out);    // eighth
    return Verdict::CONTINUE;
}

void
Connection::TakeSyn(const Segment& seg, Instant now)
{
    const bool hasOffered = m_state == State::SYN_SENT;
    m_receiveSide.Start(seg.seq);
    m_agreed.Agree(seg, m_config, hasOffered);
    if (!hasOffered) // else our SYN has announced a window
    {
        m_receiveSide.OfferWindow(FirstWindow(m_config, m_agreed));
    }
    if (m_agreed.timestamps)
    {
        m_timestamps.TakeRecent(seg.timestamps->val, now);
    }
    const std::uint16_t announced = seg.mss.value_or(DefaultSendMss(m_path.local.address.family));
    m_snd.mss = std::max(MIN_SEND_MSS, std::min(announced, m_config->mss));
    // RFC 9293 prints this step for SYN-SENT; the ACK in SYN-RECEIVED sets the window once more
    m_snd.TakeWindow(seg, m_agreed.WindowOf(seg));
}

bool
Connection::IsSynAckOfSimultaneousOpen(const Segment& seg) const
{
    // Departs from RFC 9293 3.10.7.4, whose first check would refuse this SYN,ACK because its SYN
    // stands before RCV.NXT; Figure 7 needs it accepted.
    return !m_config->strictSimultaneousOpen && m_state == State::SYN_RECEIVED && !IsPassive() &&
           seg.Has(Flag::SYN) && seg.Has(Flag::ACK) && seg.seq == Rcv().irs;
}

bool
Connection::IsSynForAnySequence(const Segment& seg) const
{
    // RFC 5961 4.2 challenges a SYN whatever its sequence number; RFC 793 minds only a SYN in the
    // window
    return !m_config->rfc793Syn && seg.Has(Flag::SYN) && m_state != State::SYN_RECEIVED;
}

void
Connection::RestartTimeWait(Instant now)
{
    if (m_config->timeWaitRestart)
    {
        Start(Timer::TIME_WAIT, now, now);
    }
}

Connection::Verdict
Connection::CheckSequence(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    if (IsRepeatedSyn(*this, seg)) // checked first: the text of the SYN may reach into the window
    {
        m_agreed.HeedEcnOf(seg);
        // Departs from RFC 9293 3.10.7.4, which answers such a SYN with an ACK: common practice
        // repeats the SYN,ACK, for which the peer is waiting.
        if (!m_config->strictRepeatedSyn)
        {
            Note(Rule::D3);
            RetransmitFirst(SegmentKind::RETRANSMISSION, now, out);
            return Verdict::DONE;
        }
    }
    if (m_receiveSide.IsAcceptable(seg) || IsSynAckOfSimultaneousOpen(seg))
    {
        Note(m_receiveSide.IsAcceptable(seg) ? Rule::P25 : Rule::D1);
        return Verdict::CONTINUE;
    }
    if (Rcv().wnd == 0 && seg.seq == Rcv().nxt)
    {
        // RFC 9293 3.10.7.4: into a zero window, valid ACKs and RSTs are still taken
        Note(Rule::R41);
        if (!seg.Has(Flag::RST) && !seg.Has(Flag::SYN)) // a SYN is challenged
        {
            m_acks.OweNow(m_timers);
        }
        return Verdict::CONTINUE;
    }
    if (Rcv().wnd == 0 && seg.seq == Rcv().nxt + 1 && seg.SegLen() == 0)
    {
        // Departs from RFC 9293 3.10.7.4, which has no allowance for a peer whose SND.NXT counts
        // its probe: here the ACKs of such a peer are taken, and a RST is challenged, not dropped.
        // If we answered such ACKs, two ends that probe each other would answer each other for
        // ever.
        Note(Rule::R41);
        return Verdict::CONTINUE;
    }
    if (ResetsBelowFin(*this, seg))
    {
        return Verdict::CONTINUE;
    }
    if (seg.Has(Flag::RST))
    {
        Note(Rule::P22);
        Drop(seg, DropReason::BAD_SEQUENCE, out);
        return Verdict::DONE;
    }
    if (IsSynForAnySequence(seg) || MayReopen(seg, surroundings))
    {
        return CheckSyn(arrival, out);
    }
    if (IsRepeatedFinInTimeWait(*this, seg))
    {
        Note(Rule::P61);
        NoteTimestamp(seg, now);
        m_acks.OweNow(m_timers);
        RestartTimeWait(now);
        return Verdict::DONE;
    }
    Note(Rule::P23);
    if (seg.End() == Rcv().nxt && !seg.Has(Flag::SYN))
    {
        // RFC 7323 5.3 and its Appendix D: a peer that lacks our ACK must get the timestamp of its
        // retransmission back, or the peer takes its own timeout for a round trip.
        NoteTimestamp(seg, now);
    }
    if (TakesOldAck(*this, seg))
    {
        Segment bare = seg; // without text and FIN, which have come before
        bare.seq = Rcv().nxt;
        bare.flags = Flag::ACK;
        bare.len = 0;
        if (CheckAck({bare, surroundings, now}, out) == Verdict::DONE)
        {
            return Verdict::DONE; // LAST-ACK ends
        }
        CheckFin(bare, now, out);
        SendWhatWeMay(now, out);
    }
    AnswerUnacceptable(seg, now, out);
    Drop(seg, DropReason::BAD_SEQUENCE, out);
    return Verdict::DONE;
}

/** Answers @p seg with an ACK, if the budget of answers allows. RFC 9293 3.10.7.4, RFC 5961 7. */
void
Connection::AnswerUnacceptable(const Segment& seg, Instant now, Actions& out)
{
    if (IsSilentInTimeWait(*this, seg))
    {
        return;
    }
    if (seg.SegLen() == 0 && // two ends might answer each other for ever: RFC 5961 7
        !m_challenges.Take(m_config->challengeAckLimit, m_config->challengeAckWindow, now))
    {
        Note(Rule::R39);
        return;
    }
    if (RepeatsFin(*this, seg))
    {
        Retransmit({m_snd.end, m_snd.nxt}, SegmentKind::RETRANSMISSION, now, out);
        return;
    }
    m_acks.OweNow(m_timers);
}

Connection::Verdict
Connection::CheckReset(const Segment& seg, Instant now, Actions& out)
{
    if (!seg.Has(Flag::RST))
    {
        return Verdict::CONTINUE;
    }
    const bool isBelowFin = ResetsBelowFin(*this, seg);
    if (seg.seq < Rcv().nxt && !isBelowFin) // only the payload of the RST reaches into the window
    {
        Note(Rule::P22);
        Drop(seg, DropReason::BAD_SEQUENCE, out);
        return Verdict::DONE;
    }
    if (!MayReset(m_config, m_receiveSide, seg) && !isBelowFin)
    {
        Note(Rule::P31);
        if (!DropsResetInTimeWait(*this))
        {
            SendChallengeAck(now, out);
        }
        Drop(seg, DropReason::BAD_RESET, out);
        return Verdict::DONE;
    }
    Note(Rule::P30);
    switch (m_state)
    {
    case State::CLOSED:
    case State::LISTEN:
    case State::SYN_SENT:
        assert(!"handled before");
        break;
    case State::SYN_RECEIVED:
        switch (m_origin) // MUST-11
        {
        case Origin::PASSIVE:
            Delete(State::LISTEN, Cause::SEGMENT_RST, std::nullopt, out);
            break;
        case Origin::ACTIVE:
            Delete(State::CLOSED, Cause::SEGMENT_RST, UserSignal::CONNECTION_REFUSED, out);
            break;
        case Origin::TIME_WAIT:
            RestoreTimeWait(Cause::SEGMENT_RST, now, out);
            break;
        }
        break;
    case State::ESTABLISHED:
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSE_WAIT:
        Delete(State::CLOSED, Cause::SEGMENT_RST, UserSignal::CONNECTION_RESET, out);
        break;
    case State::CLOSING:
    case State::LAST_ACK:
        Delete(State::CLOSED, Cause::SEGMENT_RST, std::nullopt, out);
        break;
    case State::TIME_WAIT:
        if (IgnoresResetInTimeWait(m_config))
        {
            Note(Rule::R66);
            Drop(seg, DropReason::BAD_RESET, out);
        }
        else
        {
            Delete(State::CLOSED, Cause::SEGMENT_RST, std::nullopt, out);
        }
        break;
    }
    return Verdict::DONE;
}

Connection::Verdict
Connection::CheckOptions(const Segment& seg, Actions& out)
{
    // RFC 9293 3.1, MUST-7 suggests the reset. LISTEN and TIME-WAIT have nothing to reset.
    if (!m_config->resetIllegalOption || !seg.illegalOption || m_state == State::TIME_WAIT)
    {
        return Verdict::CONTINUE;
    }
    Note(Rule::R05);
    SendReset(seg.Has(Flag::ACK) ? seg.ack : m_snd.nxt, out);
    Delete(State::CLOSED, Cause::ILLEGAL_OPTION, UserSignal::CONNECTION_RESET, out);
    return Verdict::DONE;
}

Connection::Verdict
Connection::CheckSyn(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    if (!seg.Has(Flag::SYN) || IsSynAckOfSimultaneousOpen(seg))
    {
        return Verdict::CONTINUE;
    }
    const bool isEmbryonic = m_state == State::SYN_RECEIVED && m_origin == Origin::PASSIVE;
    if (isEmbryonic && !m_config->synReceivedChallenge)
    {
        Note(Rule::P40);
        if (m_config->synReceivedReset) // Departs from RFC 9293 3.10.7.4, where nobody is told
        {
            Answer(*this, *ResetFor(seg), out);
        }
        Delete(State::LISTEN, Cause::SEGMENT_SYN, std::nullopt, out);
        return Verdict::DONE;
    }
    if (MayReopen(seg, surroundings))
    {
        Reopen(arrival, out);
        Note(Rule::P24);
        return Verdict::DONE;
    }
    if (EndsTimeWait(seg, surroundings))
    {
        Note(Rule::P41);
        Answer(*this, *ResetFor(seg), out);
        Delete(State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, std::nullopt, out);
        return Verdict::DONE;
    }
    if (m_readerGone && ResetsOrphan(*this, m_receiveSide, seg))
    {
        Note(Rule::R37);
        Answer(*this, *ResetFor(seg), out);
        Delete(State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, UserSignal::CONNECTION_RESET, out);
        return Verdict::DONE;
    }
    if (ResetsOnSyn(*this, m_receiveSide, seg))
    {
        Note(Rule::R37);
        Answer(*this, ResetForSyn(*this, seg), out);
        Delete(State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, UserSignal::CONNECTION_RESET, out);
        return Verdict::DONE;
    }
    Note(Rule::P41);
    if (!DropsSynInTimeWait(*this, seg))
    {
        SendChallengeAck(now, out); // RFC 5961 4.2
    }
    Drop(seg, DropReason::UNEXPECTED_SYN, out);
    return Verdict::DONE;
}

} // namespace lifecycle
