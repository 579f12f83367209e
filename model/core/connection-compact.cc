// Makes compact records of connections that have little to remember, and connections of records.

#include "connection.h"

#include <algorithm>

namespace lifecycle
{

RecordHead
Connection::Head() const
{
    return {m_id,
            m_listener,
            m_path,
            m_config,
            m_challenges.windowEnd,
            m_timestamps.Recent().since,
            m_timestamps.Recent().val,
            m_timestamps.Offset(),
            m_challenges.sent,
            m_snd.iss,
            Rcv().irs,
            m_snd.wnd,
            Rcv().wnd,
            m_snd.mss,
            m_agreed};
}

std::optional<CompactRecord>
Connection::Deflate() const
{
    std::optional<CompactRecord> record;
    if (m_state == State::SYN_RECEIVED && m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        record = HalfOpenRecord{Head(),
                                m_timed && m_timed->sentAt,
                                m_retransmissions,
                                *m_timers.Deadline(Timer::RETRANSMISSION),
                                m_timers.Deadline(Timer::USER_TIMEOUT)};
    }
    else if (m_state == State::TIME_WAIT)
    {
        record = TimeWaitRecord{Head(),
                                m_origin == Origin::ACTIVE,
                                m_readerGone,
                                m_snd.nxt,
                                Rcv().nxt,
                                m_snd.wl1,
                                m_snd.wl2,
                                m_snd.maxWnd,
                                *m_timers.Deadline(Timer::TIME_WAIT)};
    }
    // A connection with anything that a record has no place for stays as it is.
    return record && Inflate(*record) == *this ? record : std::nullopt;
}

Connection
Connection::Inflate(const CompactRecord& record)
{
    return std::visit([](const auto& r) { return Connection(r); }, record);
}

Connection::Connection(const RecordHead& head)
    : Connection(head.id, head.path, head.config)
{
    m_listener = head.listener;
    m_challenges = {head.challengeWindowEnd, head.challengeAcks};
    m_snd.iss = head.iss;
    m_snd.wnd = head.sndWnd;
    m_snd.mss = head.mss;
    m_agreed = head.agreed;
    m_timestamps = TimestampClocks(head.tsOffset, {head.tsRecent, head.tsSince});
}

Connection::Connection(const HalfOpenRecord& record)
    : Connection(record.head)
{
    Resume(State::SYN_RECEIVED);
    m_origin = Origin::PASSIVE;
    ReceiveSequence rcv;
    rcv.irs = record.head.irs;
    rcv.wnd = record.head.rcvWnd;
    rcv.nxt = rcv.irs + 1;
    rcv.lastAckSent = rcv.nxt;
    m_receiveSide = ReceiveSide(rcv);
    m_snd.Start(m_snd.iss);
    m_snd.wl1 = rcv.irs;
    m_snd.wl2 = m_snd.iss;
    m_snd.maxWnd = m_snd.wnd;
    m_timed = TimedSegment{m_snd.nxt, std::nullopt};
    if (record.timed)
    {
        m_timed->sentAt = record.retransmitAt - m_config->initialRto;
    }
    m_retransmissions = record.retransmissions;
    m_synTimedOut = record.retransmissions > 0;
    constexpr std::uint32_t MORE_THAN_LASTS = 64; // the timeout has reached its maximum before
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
    ReceiveSequence rcv;
    rcv.irs = record.head.irs;
    rcv.wnd = record.head.rcvWnd;
    rcv.nxt = record.rcvNxt;
    rcv.lastAckSent = record.rcvNxt;
    rcv.fin = record.rcvNxt - 1;
    m_receiveSide = ReceiveSide(rcv);
    m_timers.Arm(Timer::TIME_WAIT, record.endsAt);
}

} // namespace lifecycle
