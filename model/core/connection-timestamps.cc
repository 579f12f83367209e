// Timestamps on segments that arrive: RFC 7323.

#include "connection.h"

namespace lifecycle
{

namespace
{

/** PAWS, RFC 7323 5.2. Departs from it if wished: a peer that has begun with 0 has told nothing. */
bool
IsOld(const ConnectionConfig& config,
      const TimestampClocks& clocks,
      const Timestamps& timestamps,
      Instant now)
{
    const bool isUnseen = config.zeroTimestampUnseen && clocks.Recent().val == 0;
    return !isUnseen && clocks.IsOld(timestamps.val, now);
}

} // namespace

void
Connection::OffsetTimestamps(std::uint32_t ticks)
{
    m_timestamps = TimestampClocks(ticks);
}

// RFC 7323 5.3 R1, before the first check of RFC 9293 3.10.7.4
Connection::Verdict
Connection::CheckTimestamps(const Segment& seg, Instant now, Actions& out)
{
    const bool mayReopen = m_state == State::TIME_WAIT && seg.Has(Flag::SYN); // RFC 6191 2
    if (!m_agreed.timestamps || seg.Has(Flag::RST) || mayReopen)
    {
        return Verdict::CONTINUE;
    }
    if (!seg.timestamps)
    {
        // RFC 5961 4.2 challenges a SYN. Departs from RFC 7323 3.2 if wished
        if (seg.Has(Flag::SYN) || m_config->tolerateMissingTimestamp)
        {
            return Verdict::CONTINUE;
        }
        Note(Rule::P21);
        Drop(seg, DropReason::NO_TIMESTAMP, out); // RFC 7323 3.2
        return Verdict::DONE;
    }
    if (IsOld(m_config, m_timestamps, *seg.timestamps, now))
    {
        Note(Rule::P20);
        if (IsSynForAnySequence(seg)) // RFC 5961 4.2 challenges a SYN, old or not
        {
            SendChallengeAck(now, out);
        }
        else
        {
            AnswerUnacceptable(seg, now, out);
        }
        Drop(seg, DropReason::OLD_TIMESTAMP, out);
        return Verdict::DONE;
    }
    return Verdict::CONTINUE;
}

// RFC 7323 5.3 R3, and 5.5: a void TS.Recent is replaced
void
Connection::NoteTimestamp(const Segment& seg, Instant now)
{
    if (m_agreed.timestamps && seg.timestamps && !seg.Has(Flag::RST) &&
        !IsOld(m_config, m_timestamps, *seg.timestamps, now) && seg.seq <= Rcv().lastAckSent)
    {
        m_timestamps.TakeRecent(seg.timestamps->val, now);
    }
}

} // namespace lifecycle
