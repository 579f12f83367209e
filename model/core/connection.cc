#include "connection.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace lifecycle
{

Connection::Connection(ConnectionId id, const FourTuple& path, const SharedConfig& config)
    : m_id(id),
      m_path(path),
      m_config(config),
      m_rtt(config)
{
}

Connection
Connection::MakeChild(ConnectionId id, const FourTuple& path) const
{
    assert(m_state == State::LISTEN);
    Connection child = *this;
    child.m_id = id;
    child.m_listener = m_id;
    child.m_path = path;
    child.m_rtt = RtoEstimator(m_config); // the listener may have been configured since it opened
    return child;
}

void
Connection::MoveTo(State next, Cause cause, Actions& out)
{
    const Transition* transition = FindTransition(m_state, cause, next);
    assert(transition != nullptr);
    m_state = next;
    out.push_back(StateChanged{m_id, m_path, transition});
}

/**
 * Puts a new connection into @p state, the state of the record that the connection continues:
 * nothing has happened, so no edge is taken.
 */
void
Connection::Resume(State state)
{
    assert(m_state == State::CLOSED); // the connection was just made
    m_state = state;
}

void
Connection::Delete(State last, Cause cause, std::optional<UserSignal> signal, Actions& out)
{
    m_timers.StopAll();
    m_acks = {};
    MoveTo(last, cause, out);
    CloseReason reason = ReasonOf(*std::get<StateChanged>(out.back()).transition);
    if (m_aborted)
    {
        reason = CloseReason::ABORTED; // the user has aborted before
    }
    if (signal)
    {
        out.push_back(TellUser{m_id, *signal});
    }
    out.push_back(Forget{m_id, reason});
}

bool
Connection::IsDeleted() const
{
    const bool childWentBack = m_state == State::LISTEN && m_listener.value != 0;
    return m_state == State::CLOSED || childWentBack;
}

std::uint32_t
Connection::SendRoom() const
{
    return m_snd.Room(m_config->sendBuffer);
}

void
Connection::EnterTimeWait(Cause cause, Instant now, Actions& out)
{
    MoveTo(State::TIME_WAIT, cause, out);
    m_timers.StopAll(); // RFC 9293 3.10.7.4: start the time-wait timer, turn off the others
    Start(Timer::TIME_WAIT, now, now);
    m_rtt = RtoEstimator(m_config); // no more retransmissions: a record keeps no estimator
    m_timed.reset();
    m_congestion = {};
    m_acks.ForgetQuickAcks();
    m_lastTextSent = {};
    m_echoesMark = false;
    m_retransmissions = 0;
    m_synTimedOut = false;
}

/**
 * Starts @p timer, whose length settings alone determine, as if at @p began. A timer that is never
 * to expire is not started.
 */
void
Connection::Start(Timer timer, Instant began, Instant now)
{
    m_timers.Stop(timer);
    if (const auto length = Length(timer))
    {
        m_timers.Arm(timer, std::max(now, began + *length));
    }
}

void
Connection::UpdateTimers(Instant now)
{
    if (m_state == State::CLOSED || m_state == State::LISTEN || m_state == State::TIME_WAIT)
    {
        return;
    }
    const bool waiting = m_snd.Outstanding() || m_snd.Unsent();
    if (!waiting)
    {
        m_timers.Stop(Timer::RETRANSMISSION);
    }
    if (!AwaitsAnswer())
    {
        m_timers.Stop(Timer::USER_TIMEOUT);
    }
    else if (!m_timers.IsArmed(Timer::USER_TIMEOUT))
    {
        Start(Timer::USER_TIMEOUT, now, now);
    }
    const bool orphaned = m_state == State::FIN_WAIT_2 && m_readerGone;
    if (orphaned && !m_timers.IsArmed(Timer::ORPHAN))
    {
        Start(Timer::ORPHAN, now, now);
    }
    // RFC 9293 3.8.4: keepalive only where nothing is unacknowledged
    const bool idles = m_state == State::ESTABLISHED || m_state == State::CLOSE_WAIT ||
                       m_state == State::FIN_WAIT_2;
    Keepalive::Watch(idles && !waiting, m_config, now, m_timers);
}

void
Connection::Configure(const ConnectionConfig& config, Instant now, Actions& out)
{
    Keepalive::Reconfigure(m_config, config, m_timers);
    constexpr std::array SET_ALONE{Timer::USER_TIMEOUT, Timer::ORPHAN, Timer::TIME_WAIT};
    std::array<std::optional<Duration>, SET_ALONE.size()> before;
    std::transform(SET_ALONE.begin(), SET_ALONE.end(), before.begin(), [this](Timer timer) {
        return Length(timer);
    });
    ConnectionConfig next = config;
    if (m_state != State::LISTEN)
    {
        next.timestampTick = m_config->timestampTick; // RFC 7323 5.4: timestamps must not go back
    }
    m_config = next;
    // RFC 9293 3.8.3, MUST-21: the user timeout can be changed for a living connection
    for (std::size_t i = 0; i < SET_ALONE.size(); ++i)
    {
        const auto end = m_timers.Deadline(SET_ALONE[i]);
        if (end && before[i])
        {
            Start(SET_ALONE[i], *end - *before[i], now);
        }
    }
    SendWhatWeMay(now, out);
    UpdateTimers(now);
    assert(IsConsistent());
}

bool
Connection::IsPassive() const
{
    return m_origin != Origin::ACTIVE;
}

/**
 * Whether something that was sent awaits its answer; the user timeout counts that time. RFC 5482 1,
 * RFC 9293 3.8.6.1 (MUST-37): a probe of a closed window is answered by any ACK.
 */
bool
Connection::AwaitsAnswer() const
{
    const bool isClosed = m_snd.synAcked && m_snd.wnd == 0;
    // Empty probes leave nothing outstanding: the time that runs tells of those that were answered.
    const bool hasProbed = isClosed && m_config->emptyProbes && m_snd.Unsent() &&
                           (m_retransmissions > 0 || m_timers.IsArmed(Timer::USER_TIMEOUT));
    const bool isAnswered = isClosed && m_retransmissions == 0;
    // Departs from RFC 9293 3.8.6.1 if wished: then only a window that opens is an answer
    return (m_snd.Outstanding() || hasProbed) && (!isAnswered || m_config->userTimeoutCoversProbes);
}

void
Connection::Tell(UserSignal signal, Actions& out) const
{
    out.push_back(TellUser{m_id, signal});
}

void
Connection::ReportSoftly(UserSignal signal, Actions& out) const
{
    if (m_config->reportSoftErrors) // RFC 9293 3.9.1.8: the user may turn such reports off
    {
        Tell(signal, out);
    }
}

bool
Connection::IsConsistent() const
{
    switch (m_state)
    {
    case State::CLOSED:
    case State::LISTEN:
        return !NextDeadline() && !m_acks.Owes();
    case State::TIME_WAIT:
        return m_timers.IsArmed(Timer::TIME_WAIT) && !m_timers.IsArmed(Timer::RETRANSMISSION) &&
               (m_snd.FinAcked() || m_aborted);
    case State::FIN_WAIT_2:
        return m_snd.FinAcked() && !m_timers.IsArmed(Timer::RETRANSMISSION);
    case State::LAST_ACK:
    case State::SYN_SENT:
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::FIN_WAIT_1:
    case State::CLOSE_WAIT:
    case State::CLOSING:
        break;
    }
    const bool waiting = m_snd.Outstanding() || m_snd.Unsent();
    const bool hasUserTimeout = AwaitsAnswer() && Length(Timer::USER_TIMEOUT);
    return m_timers.IsArmed(Timer::USER_TIMEOUT) == hasUserTimeout &&
           m_timers.IsArmed(Timer::RETRANSMISSION) == waiting && m_snd.una <= m_snd.nxt &&
           !m_timers.IsArmed(Timer::TIME_WAIT) &&
           m_timers.IsArmed(Timer::DELAYED_ACK) == m_acks.Owes();
}

} // namespace lifecycle
