// Compact records of connections that have little to remember, and back.

#include "connection.h"

#include <algorithm>

namespace lifecycle
{

RecordHead
Connection::Head(const SharedConfig& config) const
{
    return {m_id,
            m_listener,
            m_path,
            config,
            m_challengeAcks.windowEnd,
            m_tsRecent.since,
            m_tsRecent.val,
            m_tsOffset,
            m_challengeAcks.sent,
            m_snd.iss,
            m_rcv.irs,
            m_snd.wnd,
            m_rcv.wnd,
            m_snd.mss,
            m_agreed};
}

std::optional<CompactRecord>
Connection::Deflate(const SharedConfig& config) const
{
    std::optional<CompactRecord> record;
    if (m_state == State::SYN_RECEIVED && m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        record = HalfOpenRecord{Head(config),
                                m_timed && m_timed->sentAt,
                                m_retransmissions,
                                *m_timers.Deadline(Timer::RETRANSMISSION),
                                m_timers.Deadline(Timer::USER_TIMEOUT)};
    }
    else if (m_state == State::TIME_WAIT)
    {
        record = TimeWaitRecord{Head(config),
                                m_origin == Origin::ACTIVE,
                                m_readerGone,
                                m_snd.nxt,
                                m_rcv.nxt,
                                m_snd.wl1,
                                m_snd.wl2,
                                m_snd.maxWnd,
                                *m_timers.Deadline(Timer::TIME_WAIT)};
    }
    // Whatever a record has no place for keeps the connection as it is.
    return record && Inflate(*record) == *this ? record : std::nullopt;
}

Connection
Connection::Inflate(const CompactRecord& record)
{
    return std::visit([](const auto& r) { return Connection(r); }, record);
}

Connection::Connection(const RecordHead& head)
    : Connection(head.id, head.path, head.config.Get())
{
    m_listener = head.listener;
    m_challengeAcks = {head.challengeWindowEnd, head.challengeAcks};
    m_snd.iss = head.iss;
    m_snd.wnd = head.sndWnd;
    m_snd.mss = head.mss;
    m_rcv.irs = head.irs;
    m_rcv.wnd = head.rcvWnd;
    m_agreed = head.agreed;
    m_tsRecent = {head.tsRecent, head.tsSince};
    m_tsOffset = head.tsOffset;
}

Connection::Connection(const HalfOpenRecord& record)
    : Connection(record.head)
{
    Resume(State::SYN_RECEIVED);
    m_origin = Origin::PASSIVE;
    m_snd.una = m_snd.iss;
    m_snd.nxt = m_snd.iss + 1;
    m_snd.end = m_snd.iss + 1;
    m_snd.wl1 = m_rcv.irs;
    m_snd.wl2 = m_snd.iss;
    m_snd.maxWnd = m_snd.wnd;
    m_rcv.nxt = m_rcv.irs + 1;
    m_rcv.lastAckSent = m_rcv.nxt;
    m_timed = TimedSegment{m_snd.nxt, std::nullopt};
    if (record.timed)
    {
        m_timed->sentAt = record.retransmitAt - m_config.initialRto;
    }
    m_retransmissions = record.retransmissions;
    m_synTimedOut = record.retransmissions > 0;
    constexpr std::uint32_t MORE_THAN_LASTS = 64; // the longest timeout is reached before
    for (std::uint32_t i = 0; i < std::min(record.retransmissions, MORE_THAN_LASTS); ++i)
    {
        m_rtt.BackOff(m_config);
    }
    m_timers.Arm(Timer::RETRANSMISSION, record.retransmitAt);
    if (record.userTimeoutAt)
    {
        m_timers.Arm(Timer::USER_TIMEOUT, *record.userTimeoutAt);
    }
}

Connection::Connection(const TimeWaitRecord& record)
    : Connection(record.head)
{
    Resume(State::TIME_WAIT);
    m_origin = record.active ? Origin::ACTIVE : Origin::PASSIVE;
    m_readerGone = record.readerGone;
    m_snd.una = record.sndNxt;
    m_snd.nxt = record.sndNxt;
    m_snd.end = record.sndNxt - 1;
    m_snd.wl1 = record.wl1;
    m_snd.wl2 = record.wl2;
    m_snd.maxWnd = record.maxWnd;
    m_snd.synAcked = true;
    m_snd.finQueued = true;
    m_rcv.nxt = record.rcvNxt;
    m_rcv.lastAckSent = record.rcvNxt;
    m_rcv.fin = record.rcvNxt - 1;
    m_timers.Arm(Timer::TIME_WAIT, record.endsAt);
}

} // namespace lifecycle
