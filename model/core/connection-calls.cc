// User calls: RFC 9293 3.10.1 to 3.10.5. Each call distinguishes the states as the RFC lists them.

#include "connection.h"

#include <cassert>

namespace lifecycle
{

namespace
{

bool
RefusesToDrain(const ConnectionConfig& config, State state)
{
    // RFC 9293 3.10.3 as printed: what has arrived is lost once both ends have closed
    return !config.drainAfterClose &&
           (state == State::CLOSING || state == State::LAST_ACK || state == State::TIME_WAIT);
}

std::optional<CallError>
WhyNotSend(const Connection& connection, std::uint32_t octets)
{
    switch (connection.GetState())
    {
    case State::CLOSED:
        return CallError::CONNECTION_DOES_NOT_EXIST;
    case State::LISTEN:
        return CallError::REMOTE_SOCKET_UNSPECIFIED;
    case State::SYN_SENT:
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::CLOSE_WAIT:
        break;
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSING:
    case State::LAST_ACK:
    case State::TIME_WAIT:
        return CallError::CONNECTION_CLOSING;
    }
    if (connection.Snd().finQueued)
    {
        return CallError::CONNECTION_CLOSING;
    }
    if (octets > connection.SendRoom())
    {
        return CallError::INSUFFICIENT_RESOURCES;
    }
    return std::nullopt;
}

bool
LosesUnreadText(const Connection& connection)
{
    const State state = connection.GetState();
    // No reset in TIME-WAIT: the peer has closed and its FIN is acknowledged, and the reset would
    // end TIME-WAIT, which must last.
    const bool mayReset = state == State::ESTABLISHED || state == State::FIN_WAIT_1 ||
                          state == State::FIN_WAIT_2 || state == State::CLOSE_WAIT ||
                          state == State::CLOSING || state == State::LAST_ACK;
    // Departs from RFC 9293 3.6.1, SHLD-3, if wished: then the peer does not learn of the loss
    return mayReset && !connection.Config().closeUnreadFin && connection.Rcv().unread > 0 &&
           !RefusesToDrain(connection.Config(), state);
}

} // namespace

void
Connection::OpenPassive(Actions& out)
{
    assert(m_state == State::CLOSED);
    MoveTo(State::LISTEN, Cause::PASSIVE_OPEN, out);
}

void
Connection::OpenActive(SeqNum iss, Instant now, Actions& out)
{
    assert(m_state == State::CLOSED);
    m_origin = Origin::ACTIVE;
    m_snd.Start(iss);
    OfferWindow();
    MoveTo(State::SYN_SENT, Cause::ACTIVE_OPEN, out);
    SendSyn(SegmentKind::NEW, now, out);
    UpdateTimers(now);
    assert(IsConsistent());
}

std::optional<CallError>
Connection::OpenFromListen(const FourTuple& path,
                           SeqNum iss,
                           std::uint32_t octets,
                           Instant now,
                           Actions& out)
{
    if (m_state != State::LISTEN || !m_config->openFromListen)
    {
        return CallError::CONNECTION_ALREADY_EXISTS;
    }
    if (octets > m_config->sendBuffer)
    {
        return CallError::INSUFFICIENT_RESOURCES;
    }
    m_path = path;
    m_origin = Origin::ACTIVE;
    m_snd.Start(iss);
    m_snd.end += octets;
    OfferWindow();
    MoveTo(State::SYN_SENT, octets > 0 ? Cause::SEND : Cause::ACTIVE_OPEN, out);
    SendSyn(SegmentKind::NEW, now, out);
    UpdateTimers(now);
    assert(IsConsistent());
    return std::nullopt;
}

void
Connection::Submit(std::uint32_t octets, Instant now, Actions& out)
{
    m_snd.end += octets;
    SendWhatWeMay(now, out);
    UpdateTimers(now);
    assert(IsConsistent());
}

std::optional<CallError>
Connection::Send(std::uint32_t octets, Instant now, Actions& out)
{
    const auto error = WhyNotSend(*this, octets);
    if (!error)
    {
        Submit(octets, now, out);
    }
    return error;
}

std::optional<CallError>
Connection::SendUrgent(std::uint32_t octets, Instant now, Actions& out)
{
    const auto error = WhyNotSend(*this, octets);
    if (!error)
    {
        m_snd.up = m_snd.end + octets; // RFC 9293 3.8.5: the octet behind the urgent data
        Submit(octets, now, out);
    }
    return error;
}

std::uint32_t
Connection::UrgentOctets() const
{
    return m_receiveSide.UrgentOctets();
}

std::optional<CallError>
Connection::Receive(std::uint32_t octets, Instant now, Actions& out)
{
    if (m_state == State::CLOSED)
    {
        return CallError::CONNECTION_DOES_NOT_EXIST;
    }
    if (m_readerGone || RefusesToDrain(m_config, m_state))
    {
        return CallError::CONNECTION_CLOSING;
    }
    m_receiveSide.Read(octets);
    if (TakesText(m_state) && m_receiveSide.OwesWindow(Space()))
    {
        SendAck(SegmentKind::ACK, now, out);
    }
    assert(IsConsistent());
    return std::nullopt;
}

std::optional<CallError>
Connection::Close(Instant now, Actions& out)
{
    switch (m_state)
    {
    case State::CLOSED:
        return CallError::CONNECTION_DOES_NOT_EXIST;
    case State::LISTEN:
    case State::SYN_SENT:
        Delete(State::CLOSED, Cause::CLOSE, std::nullopt, out);
        return std::nullopt;
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::CLOSE_WAIT:
        break;
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSING:
    case State::LAST_ACK:
    case State::TIME_WAIT:
        return CallError::CONNECTION_CLOSING;
    }
    if (m_snd.finQueued)
    {
        return CallError::CONNECTION_CLOSING;
    }
    m_snd.finQueued = true;
    if (m_state == State::SYN_RECEIVED && m_snd.nxt == m_snd.end)
    {
        MoveTo(State::FIN_WAIT_1, Cause::CLOSE, out);
        SendText(0, true, SegmentKind::NEW, now, out); // no SEND was issued: the FIN goes at once
    }
    else if (m_state == State::ESTABLISHED)
    {
        MoveTo(State::FIN_WAIT_1, Cause::CLOSE, out);
    }
    SendWhatWeMay(now, out); // in CLOSE-WAIT, LAST-ACK is entered when the FIN goes out
    UpdateTimers(now);
    assert(IsConsistent());
    return std::nullopt;
}

// RFC 9293 3.6.1
std::optional<CallError>
Connection::CloseFully(Instant now, Actions& out)
{
    if (m_state == State::CLOSED || m_state == State::LISTEN || m_state == State::SYN_SENT)
    {
        return Close(now, out);
    }
    if (m_state == State::SYN_RECEIVED && !IsPassive() && m_config->synReceivedCloseSilent)
    {
        // Departs from RFC 9293 3.10.4, where the FIN goes out
        Delete(State::CLOSED, Cause::ABORT, std::nullopt, out);
        return std::nullopt;
    }
    if (LosesUnreadText(
            *this)) // before SO_LINGER, whose ABORT is silent where both ends have closed
    {
        SendOwnReset(now, out); // SHLD-3, RFC 2525 2.17
        Delete(State::CLOSED, Cause::CLOSE_UNREAD, std::nullopt, out);
        return std::nullopt;
    }
    if (m_config->lingerZero)
    {
        return Abort(now, out);
    }
    const bool isNew = !m_readerGone;
    m_readerGone = true;
    m_receiveSide.Abandon();
    if (!m_snd.finQueued)
    {
        return Close(now, out);
    }
    UpdateTimers(now);
    assert(IsConsistent());
    return isNew ? std::nullopt : std::make_optional(CallError::CONNECTION_CLOSING);
}

std::optional<CallError>
Connection::Abort(Instant now, Actions& out)
{
    const bool resets = m_state == State::SYN_RECEIVED || m_state == State::ESTABLISHED ||
                        m_state == State::FIN_WAIT_1 || m_state == State::FIN_WAIT_2 ||
                        m_state == State::CLOSE_WAIT;
    if (m_state == State::CLOSED)
    {
        return CallError::CONNECTION_DOES_NOT_EXIST;
    }
    if (!m_config->abortLingers || !resets)
    {
        Terminate(now, out);
        return std::nullopt;
    }
    // RFC 9293 3.5.2, Figure 5 note 3: the end that has sent a reset keeps TIME-WAIT
    SendOwnReset(now, out);
    m_snd.una = m_snd.nxt;
    m_snd.end = m_snd.nxt;
    m_receiveSide.ForgetWhatIsEarly();
    m_acks.Settle(m_timers);
    m_aborted = true;
    EnterTimeWait(Cause::ABORT_LINGER, now, out);
    assert(IsConsistent());
    return std::nullopt;
}

// RFC 9293 3.10.5
void
Connection::Terminate(Instant now, Actions& out)
{
    switch (m_state)
    {
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSE_WAIT:
        SendOwnReset(now, out);
        break;
    case State::CLOSED:
    case State::LISTEN:
    case State::SYN_SENT:
    case State::CLOSING:
    case State::LAST_ACK:
    case State::TIME_WAIT:
        break;
    }
    Delete(State::CLOSED, Cause::ABORT, std::nullopt, out);
}

void
Connection::ListenerClosed(Instant now, Actions& out)
{
    if (m_state != State::SYN_RECEIVED && m_state != State::ESTABLISHED)
    {
        Terminate(now, out);
        return;
    }
    // Departs from RFC 9293 3.10.4 if wished: then the peer's next ACK is reset
    if (m_state != State::SYN_RECEIVED || !m_config->listenerCloseSilent)
    {
        SendOwnReset(now, out);
    }
    Delete(State::CLOSED, Cause::LISTENER_CLOSED, std::nullopt, out);
}

void
Connection::Evict(Instant now, Actions& out)
{
    if (m_origin == Origin::TIME_WAIT)
    {
        RestoreTimeWait(Cause::BACKLOG_EVICTION, now, out);
        return;
    }
    Delete(State::LISTEN, Cause::BACKLOG_EVICTION, std::nullopt, out);
}

void
Connection::CutTimeWait(Actions& out)
{
    Delete(State::CLOSED, Cause::TABLE_OVERFLOW, UserSignal::CONNECTION_CLOSED, out);
}

} // namespace lifecycle
