#include "connection-rules.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

/** How many octets of text ReceiveBuffer has room for [octets]. */
std::uint32_t
RoomForText(const ConnectionConfig& config)
{
    return config.halveReceiveBuffer ? (config.receiveBuffer + 1) / 2 : config.receiveBuffer;
}

bool
IsInTimeWait(const Connection& connection)
{
    return connection.GetState() == State::TIME_WAIT;
}

} // namespace

std::uint32_t
ReceiveBufferOf(const Connection& connection)
{
    const ConnectionConfig& config = connection.Config();
    const State state = connection.GetState();
    const bool knowsMss =
        state != State::CLOSED && state != State::LISTEN && state != State::SYN_SENT;
    const std::uint32_t unit = config.roundReceiveBuffer && knowsMss ? connection.Snd().mss : 1;
    return (RoomForText(config) + unit - 1) / unit * unit;
}

std::uint32_t
FirstWindow(const ConnectionConfig& config, const AgreedOptions& agreed)
{
    const std::uint32_t room = RoomForText(config);
    const std::uint32_t unit = config.mss - (agreed.timestamps ? TIMESTAMPS_LENGTH : 0);
    return config.firstWindowInSegments && room > unit ? room / unit * unit : room;
}

std::uint32_t
AcceptableOctets(const Connection& connection)
{
    const ConnectionConfig& config = connection.Config();
    const std::uint32_t window = connection.Rcv().wnd;
    // The record of a listener's child has its window alone
    if (connection.GetState() == State::SYN_RECEIVED && connection.Listener().value != 0)
    {
        return window;
    }
    const std::uint32_t rest = (std::uint32_t{1} << connection.Agreed().rcvShift) - 1;
    const std::uint32_t announced = config.roundWindowUp && window > 0 ? window + rest : window;
    if (!config.acceptAllRoom) // Departs from RFC 9293 3.4 if wished: RCV.WND is what is announced
    {
        return announced;
    }
    const std::uint32_t buffer = ReceiveBufferOf(connection);
    return std::max(announced, buffer - std::min(buffer, connection.Rcv().unread));
}

bool
IgnoresInListen(const ConnectionConfig& config, const Segment& seg)
{
    // Departs from RFC 9293 3.10.7.2, whose second check answers any ACK with a reset
    return config.ignoreSynAckInListen && seg.Has(Flag::SYN);
}

bool
IsRepeatedSyn(const Connection& connection, const Segment& seg)
{
    // Departs from RFC 9293 3.10.7.4 if wished: then any SYN to a listener's child counts as the
    // first one
    const bool takesAny = connection.Config().synReceivedRepeat && connection.Listener().value != 0;
    return connection.GetState() == State::SYN_RECEIVED && seg.Has(Flag::SYN) &&
           !seg.Has(Flag::ACK) && !seg.Has(Flag::RST) &&
           (takesAny || seg.seq == connection.Rcv().irs);
}

bool
MayReset(const ConnectionConfig& config, const ReceiveSide& side, const Segment& seg)
{
    // RFC 5961 3.2: only a RST exactly at RCV.NXT may reset; a RST elsewhere in the window is
    // challenged, because a blind attacker can hit the window but not the number. Counterfactual:
    // RFC 793 3.4.
    return seg.seq == side.Sequence().nxt || (config.rfc793Reset && side.IsAcceptable(seg));
}

bool
ResetsBelowFin(const Connection& connection, const Segment& seg)
{
    // Departs from RFC 9293 3.10.7.4 if wished: a peer that does not count its own FIN is believed
    const State state = connection.GetState();
    const bool hasFin =
        state == State::CLOSE_WAIT || state == State::CLOSING || state == State::LAST_ACK;
    return connection.Config().resetBelowFin && hasFin && seg.Has(Flag::RST) &&
           seg.seq + 1 == connection.Rcv().nxt;
}

bool
ResetsOnSyn(const Connection& connection, const ReceiveSide& side, const Segment& seg)
{
    // Counterfactual: RFC 793 3.9, where a SYN in the window is an error. RFC 5961 4 tells how
    // attackers use such resets.
    const bool isSpared = connection.Config().timeWaitDropSyn && IsInTimeWait(connection);
    // A SYN before the window with FIN at RCV.NXT: the segment is acceptable, but the SYN is not
    return connection.Config().rfc793Syn && !isSpared && side.IsAcceptable(seg) &&
           connection.Rcv().nxt <= seg.seq;
}

Segment
ResetForSyn(const Connection& connection, const Segment& seg)
{
    Segment reset;
    reset.seq = seg.Has(Flag::ACK) ? seg.ack : connection.Snd().nxt;
    reset.flags = Flag::RST;
    if (connection.Config().rfc793SynResetHasAck) // as if it answered nothing
    {
        reset.seq = connection.Snd().nxt;
        reset.ack = connection.Rcv().nxt;
        reset.flags = Flag::RST | Flag::ACK;
    }
    return reset;
}

bool
ResetsOrphan(const Connection& connection, const ReceiveSide& side, const Segment& seg)
{
    // Departs from RFC 5961 4.2 if wished, which challenges the SYN
    return connection.Config().orphanSynReset && connection.GetState() == State::FIN_WAIT_2 &&
           connection.Rcv().nxt <= seg.seq && side.IsAcceptable(seg);
}

bool
RepeatsFin(const Connection& connection, const Segment& seg)
{
    // Departs from RFC 9293 3.10.7.4 if wished, where only the timer repeats the FIN. What
    // acknowledges our FIN gets no FIN in return, or two ends in CLOSING would repeat theirs for
    // ever. A SYN is challenged, be it inside or outside of the window.
    const SendSequence& snd = connection.Snd();
    return connection.Config().closingRepeatsFin && connection.GetState() == State::CLOSING &&
           snd.FinSent() && !seg.Has(Flag::SYN) && !(seg.Has(Flag::ACK) && seg.ack == snd.nxt);
}

bool
TakesOldAck(const Connection& connection, const Segment& seg)
{
    // Departs from RFC 9293 3.10.7.4 if wished, whose first check drops the segment as a whole
    const State state = connection.GetState();
    return connection.Config().takeOldAck && state != State::SYN_RECEIVED &&
           state != State::TIME_WAIT && seg.Has(Flag::ACK) && !seg.Has(Flag::SYN) &&
           seg.End() <= connection.Rcv().nxt && connection.Snd().una < seg.ack &&
           seg.ack <= connection.Snd().nxt;
}

bool
IsRepeatedFinInTimeWait(const Connection& connection, const Segment& seg)
{
    // The repeated FIN stands before the window, so the first check recognises it.
    const ConnectionConfig& config = connection.Config();
    return config.timeWaitRestart && IsInTimeWait(connection) && seg.Has(Flag::FIN) &&
           seg.Has(Flag::ACK) && connection.Snd().IsPlausible(seg.ack, config.rfc793Ack) &&
           seg.End() == connection.Rcv().nxt;
}

bool
RestartsTimeWait(const Connection& connection, const Segment& seg)
{
    // Departs from RFC 9293 3.10.7.4 if wished, where a FIN alone restarts the wait
    return connection.Config().timeWaitRestartByAck && IsInTimeWait(connection) &&
           seg.Has(Flag::ACK) && !seg.Has(Flag::RST);
}

bool
IgnoresResetInTimeWait(const ConnectionConfig& config)
{
    // RFC 1337 3: a RST provoked by an old duplicate must not end TIME-WAIT. Counterfactual:
    // any RST does.
    return config.rfc1337;
}

bool
DropsResetInTimeWait(const Connection& connection)
{
    // Departs from RFC 5961 3.2 if wished: what could not reset anything needs no challenge
    return connection.Config().timeWaitDropReset && IsInTimeWait(connection);
}

bool
DropsSynInTimeWait(const Connection& connection, const Segment& seg)
{
    // RFC 6191 2 is about connection requests, and a SYN,ACK is none
    return connection.Config().timeWaitDropSyn && IsInTimeWait(connection) && !seg.Has(Flag::ACK);
}

bool
AnswersAllInTimeWait(const Connection& connection)
{
    // Departs from RFC 9293 3.10.7.4 if wished, where the fifth check acknowledges a FIN alone. Who
    // counterfactually awaits no FIN goes on to the eighth check, which takes it.
    const ConnectionConfig& config = connection.Config();
    return IsInTimeWait(connection) && config.timeWaitAcks != TimeWaitAcks::RFC9293 &&
           config.awaitFin;
}

bool
IsSilentInTimeWait(const Connection& connection, const Segment& seg)
{
    if (!IsInTimeWait(connection))
    {
        return false;
    }
    const bool isEmpty = seg.SegLen() == 0 && seg.seq == connection.Rcv().nxt;
    switch (connection.Config().timeWaitAcks)
    {
    case TimeWaitAcks::RFC9293:
        break;
    case TimeWaitAcks::ALL_BUT_REPETITION:
        return !seg.Has(Flag::ACK) || (isEmpty && seg.ack == connection.Snd().nxt);
    case TimeWaitAcks::ALL_BUT_EMPTY:
        return isEmpty;
    }
    return false;
}

} // namespace lifecycle
