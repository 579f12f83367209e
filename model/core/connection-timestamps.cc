// Options of both SYNs and timestamps: RFC 7323, RFC 2018 2.

#include "connection.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

constexpr Duration TIMESTAMP_VOID_AFTER = std::chrono::hours(24 * 24); // RFC 7323 5.5
constexpr std::uint8_t MAX_SHIFT = 14;                                 // RFC 7323 2.3
constexpr std::uint32_t MAX_UNSCALED_WINDOW = 65535;

/** The order of timestamps wraps as that of sequence numbers does: RFC 7323 5.2. */
bool
IsBefore(std::uint32_t a, std::uint32_t b)
{
    return SeqNum(a) < SeqNum(b);
}

} // namespace

std::uint8_t
WindowShiftFor(std::uint32_t buffer)
{
    std::uint8_t shift = 0;
    while (shift < MAX_SHIFT && buffer >> shift > MAX_UNSCALED_WINDOW)
    {
        ++shift;
    }
    return shift;
}

void
Connection::OffsetTimestamps(std::uint32_t ticks)
{
    m_tsOffset = ticks;
}

std::uint32_t
Connection::TimestampNow(Instant now) const
{
    return static_cast<std::uint32_t>(now.time_since_epoch() / m_config.timestampTick) + m_tsOffset;
}

void
Connection::Agree(const Segment& syn)
{
    m_agreed.timestamps = m_config.timestamps && syn.timestamps;
    m_agreed.sack = m_config.sack && syn.sackPermitted;
    m_agreed.windowScaling = m_config.windowScaling && syn.windowScale;
    AgreeOnEcn(syn);
    if (m_agreed.windowScaling)
    {
        m_agreed.sndShift = std::min(*syn.windowScale, MAX_SHIFT);
        m_agreed.rcvShift = m_state == State::SYN_SENT ? m_agreed.rcvShift : WindowShiftToOffer();
    }
    else
    {
        m_agreed.sndShift = 0;
        m_agreed.rcvShift = 0;
    }
}

bool
Connection::IsOldTimestamp(const Segment& seg, Instant now) const
{
    return IsBefore(seg.timestamps->val, m_tsRecent.val) &&
           now - m_tsRecent.since <= TIMESTAMP_VOID_AFTER;
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
        if (seg.Has(Flag::SYN)) // RFC 5961 4.2 challenges it
        {
            return Verdict::CONTINUE;
        }
        Apply(Rule::P21);
        Drop(seg, DropReason::NO_TIMESTAMP, out); // RFC 7323 3.2
        return Verdict::DONE;
    }
    if (IsOldTimestamp(seg, now))
    {
        Apply(Rule::P20);
        if (IsSynForAnySequence(seg)) // RFC 5961 4.2 challenges it, be it old or not
        {
            SendChallengeAck(now, out);
        }
        else
        {
            AnswerUnacceptable(seg, now);
        }
        Drop(seg, DropReason::OLD_TIMESTAMP, out);
        return Verdict::DONE;
    }
    return Verdict::CONTINUE;
}

// RFC 7323 5.3 R3, and 5.5: what is void is replaced
void
Connection::NoteTimestamp(const Segment& seg, Instant now)
{
    if (m_agreed.timestamps && seg.timestamps && !seg.Has(Flag::RST) && !IsOldTimestamp(seg, now) &&
        seg.seq <= m_rcv.lastAckSent)
    {
        m_tsRecent = {seg.timestamps->val, now};
    }
}

std::optional<Duration>
Connection::RoundTripByTimestamp(const Segment& seg, Instant now) const
{
    if (!m_agreed.timestamps || !seg.timestamps)
    {
        return std::nullopt;
    }
    const std::int32_t ticks = SeqNum(TimestampNow(now)) - SeqNum(seg.timestamps->ecr);
    return ticks >= 0 ? std::make_optional(ticks * m_config.timestampTick)
                      : std::nullopt; // not ours
}

} // namespace lifecycle
