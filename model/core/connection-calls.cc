// User calls: RFC 9293 3.10.1 to 3.10.5. Each switches over the states as the RFC lists them.

#include "connection.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

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
    m_snd.iss = iss;
    m_snd.una = iss;
    m_snd.nxt = iss + 1;
    m_snd.end = iss + 1;
    m_rcv.wnd = InitialWindow();
    MoveTo(State::SYN_SENT, Cause::ACTIVE_OPEN, out);
    SendSyn(SegmentKind::NEW, now, out);
    UpdateTimers(now);
    assert(IsConsistent());
}

std::optional<CallError>
Connection::Send(std::uint32_t octets, Instant now, Actions& out)
{
    switch (m_state)
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
    if (m_snd.finQueued)
    {
        return CallError::CONNECTION_CLOSING;
    }
    if (octets > SendRoom())
    {
        return CallError::INSUFFICIENT_RESOURCES;
    }
    m_snd.end += octets;
    SendWhatWeMay(now, out);
    UpdateTimers(now);
    assert(IsConsistent());
    return std::nullopt;
}

std::optional<CallError>
Connection::Receive(std::uint32_t octets, Actions& out)
{
    if (m_state == State::CLOSED)
    {
        return CallError::CONNECTION_DOES_NOT_EXIST;
    }
    assert(octets <= m_rcv.unread);
    m_rcv.unread -= octets;
    if (m_state == State::ESTABLISHED || m_state == State::FIN_WAIT_1 ||
        m_state == State::FIN_WAIT_2)
    {
        OpenWindow(out);
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

std::optional<CallError>
Connection::Abort(Actions& out)
{
    switch (m_state)
    {
    case State::CLOSED:
        return CallError::CONNECTION_DOES_NOT_EXIST;
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSE_WAIT:
        SendReset(m_snd.nxt, out);
        break;
    case State::LISTEN:
    case State::SYN_SENT:
    case State::CLOSING:
    case State::LAST_ACK:
    case State::TIME_WAIT:
        break;
    }
    Delete(State::CLOSED, Cause::ABORT, std::nullopt, out);
    return std::nullopt;
}

void
Connection::ListenerClosed(Actions& out)
{
    if (m_state != State::SYN_RECEIVED && m_state != State::ESTABLISHED)
    {
        [[maybe_unused]] const auto error = Abort(out); // it exists, so there is none
        return;
    }
    SendReset(m_snd.nxt, out);
    Delete(State::CLOSED, Cause::LISTENER_CLOSED, std::nullopt, out);
}

void
Connection::Evict(Actions& out)
{
    Delete(State::LISTEN, Cause::BACKLOG_EVICTION, std::nullopt, out);
}

void
Connection::CutTimeWait(Actions& out)
{
    Delete(State::CLOSED, Cause::TABLE_OVERFLOW, UserSignal::CONNECTION_CLOSED, out);
}

} // namespace lifecycle
