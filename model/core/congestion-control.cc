#include "congestion-control.h"

#include <algorithm>
#include <utility>

namespace lifecycle
{

namespace
{

constexpr std::uint32_t DUP_THRESH = 3;          // RFC 5681 3.2, RFC 6675 2
constexpr std::uint32_t LIMITED_TRANSMIT = 2;    // RFC 3042 2 [segments]
constexpr std::uint32_t SPARE_RANGES = 64;       // ranges of the scoreboard beyond one a segment
constexpr std::uint32_t MAX_WINDOW = 1073725440; // RFC 7323 2.3: no peer announces more

} // namespace

void
CongestionControl::Start(std::uint32_t initialWindow,
                         const ConnectionConfig& config,
                         bool sack,
                         bool ecn)
{
    *this = CongestionControl();
    m_cwnd = initialWindow;
    m_ssthresh = config.initialSsthresh;
    m_sack = sack;
    m_ecn = ecn;
    m_allOctets = config.slowStartAllOctets;
    m_growsIfUsed = config.cwndGrowsIfUsed;
}

void
CongestionControl::RestartAfterIdle(std::uint32_t initialWindow)
{
    m_cwnd = std::min(m_cwnd, initialWindow);
}

bool
CongestionControl::TakeSack(const SackBlocks& blocks, const Flight& flight)
{
    bool isNews = false;
    for (const SeqRange& block : blocks)
    {
        // Compares distances: a block may have any numbers, and their order is not transitive.
        const auto begin = static_cast<std::uint32_t>(block.begin - flight.una);
        const auto end = static_cast<std::uint32_t>(block.end - flight.una);
        const bool isInFlight = 0 < begin && begin < end && end <= flight.Size(); // else a D-SACK
        const bool hasRoom = m_sacked.Ranges().size() < flight.Size() / flight.mss + SPARE_RANGES;
        isNews = (isInFlight && hasRoom && !m_sacked.Insert(block).empty()) || isNews;
    }
    return isNews;
}

void
CongestionControl::Marked(SeqNum ack, const Flight& flight)
{
    // Until the peer is told of a reduction, nothing that could be marked has gone out since.
    const bool isOfReduced = m_isReduced || (m_reducedAt && ack <= *m_reducedAt);
    if (m_phase == Phase::OPEN && !isOfReduced && flight.Size() > 0)
    {
        Reduce(flight);
        m_cwnd = std::min(m_cwnd, m_ssthresh);
    }
}

void
CongestionControl::Advanced(std::uint32_t acked, const Flight& flight, bool marked)
{
    if (m_reducedAt && *m_reducedAt < flight.una)
    {
        m_reducedAt.reset();
    }
    const std::uint32_t counted = m_allOctets ? NotHeldBefore(acked, flight) : acked;
    m_duplicates = 0;
    m_sacked.RemoveBefore(flight.una);
    m_resent = m_phase == Phase::OPEN ? flight.una : Later(m_resent, flight.una);
    const bool covered = m_recover <= flight.una;
    switch (m_phase)
    {
    case Phase::OPEN:
        Grow(marked ? 0 : counted, flight.mss);
        break;
    case Phase::RECOVERY:
        if (covered)
        {
            m_phase = Phase::OPEN;
            if (!m_sack) // RFC 6582 3.2, full acknowledgment
            {
                m_cwnd = std::min(m_ssthresh, std::max(flight.Size(), flight.mss) + flight.mss);
            }
        }
        else if (!m_sack) // partial acknowledgment: the next hole begins at SND.UNA
        {
            m_cwnd -= std::min(m_cwnd, acked);
            m_cwnd += acked >= flight.mss || m_cwnd < flight.mss ? flight.mss : 0;
            m_resent = flight.una;
            m_repairFirst = true;
        }
        break;
    case Phase::LOSS:
        // RFC 6582 3.2: without SACK, duplicates of needless copies must not count as a loss
        m_phase = (m_sack ? covered : m_recover < flight.una) ? Phase::OPEN : Phase::LOSS;
        // Departs from RFC 3168 6.1.2, by which cwnd SHOULD NOT grow on an echo: the timeout was
        // the answer to the mark, and the peer echoes the mark until CWR, which only new text
        // carries, after all the repairs.
        Grow(counted, flight.mss);
        break;
    }
    RecoverIfLost(flight);
}

/**
 * How many of @p acked octets the peer has not told of before, by SACK or by duplicates: these have
 * let text out already. @p flight is what remains.
 */
std::uint32_t
CongestionControl::NotHeldBefore(std::uint32_t acked, const Flight& flight) const
{
    const std::uint32_t held = m_sack ? m_sacked.CountIn({flight.una - acked, flight.una})
                                      : std::min(m_duplicates * flight.mss, acked);
    return std::max(acked - held, std::min(acked, flight.mss));
}

void
CongestionControl::NoteUse(const Flight& flight)
{
    const bool isFull = m_cwnd < Pipe(flight) + flight.mss;
    const bool isOver = m_mostInFlight == 0 || m_usedUntil <= flight.una; // a window was used up
    if (isOver || isFull || (!m_isFull && m_mostInFlight < flight.Size()))
    {
        m_isFull = isFull;
        m_mostInFlight = flight.Size();
        m_usedUntil = flight.nxt;
    }
}

bool
CongestionControl::MayGrow() const
{
    // Departs from RFC 5681 3.1 if wished, where whatever is acknowledged opens the window
    return !m_growsIfUsed || m_isFull || (m_cwnd < m_ssthresh && m_cwnd / 2 < m_mostInFlight);
}

void
CongestionControl::Grow(std::uint32_t acked, std::uint32_t mss)
{
    if (!MayGrow())
    {
        return;
    }
    if (m_cwnd < m_ssthresh)
    {
        const std::uint32_t least = std::min(acked, mss); // RFC 5681 3.1 (2)
        // Departs from it if wished, up to the end of slow start
        m_cwnd += m_allOctets ? std::max(least, std::min(acked, m_ssthresh - m_cwnd)) : least;
    }
    else
    {
        m_ackedInAvoidance += acked; // RFC 5681 3.1: counts octets, for one segment a round trip
        if (m_ackedInAvoidance >= m_cwnd)
        {
            m_ackedInAvoidance -= m_cwnd;
            m_cwnd += mss;
        }
    }
    m_cwnd = std::min(m_cwnd, MAX_WINDOW);
}

void
CongestionControl::Duplicate(const Flight& flight)
{
    ++m_duplicates;
    if (m_phase == Phase::RECOVERY && !m_sack)
    {
        // RFC 6582 3.2: a segment has left the network
        m_cwnd = std::min(m_cwnd + flight.mss, MAX_WINDOW);
    }
    RecoverIfLost(flight);
}

void
CongestionControl::RecoverIfLost(const Flight& flight)
{
    const bool isLost = m_duplicates >= DUP_THRESH || (m_sack && flight.una < LostBySack(flight));
    if (m_phase != Phase::OPEN || !isLost || flight.Size() == 0)
    {
        return;
    }
    ReduceForLoss(flight);
    m_phase = Phase::RECOVERY;
    m_recover = flight.nxt;
    m_resent = flight.una;
    m_repairFirst = true;
    m_cwnd = m_ssthresh + (m_sack ? 0 : DUP_THRESH * flight.mss);
}

/** RFC 5681 3.1 (4); text that limited transmit has sent lies beyond cwnd and does not count. */
void
CongestionControl::Reduce(const Flight& flight)
{
    m_ssthresh = std::max(std::min(flight.Size(), m_cwnd) / 2, 2 * flight.mss);
    m_ackedInAvoidance = 0;
    NoteReduction(flight);
}

/**
 * RFC 3168 6.1.2: marks and losses of one window are one event, so a loss after a mark does not
 * reduce the window again. RFC 5681 3.1 (4) still bounds ssthresh.
 */
void
CongestionControl::ReduceForLoss(const Flight& flight)
{
    const bool isMarked = m_phase == Phase::OPEN && m_reducedAt && flight.una < *m_reducedAt;
    if (!isMarked)
    {
        Reduce(flight);
        return;
    }
    m_ssthresh = std::min(m_ssthresh, std::max(flight.Size() / 2, 2 * flight.mss));
}

/** RFC 3168 6.1.2: the peer is told of any reduction, whatever its reason. */
void
CongestionControl::NoteReduction(const Flight& flight)
{
    if (m_ecn)
    {
        m_isReduced = true;
        m_reducedAt = flight.nxt;
    }
}

bool
CongestionControl::TakeReduction()
{
    return std::exchange(m_isReduced, false);
}

void
CongestionControl::TimedOut(const Flight& flight, bool again)
{
    if (!again)
    {
        ReduceForLoss(flight);
    }
    NoteReduction(flight);
    m_cwnd = flight.mss;
    m_phase = Phase::LOSS;
    m_recover = flight.nxt;
    m_resent = flight.una;
    m_repairFirst = false; // the timer sends the first segment
    m_duplicates = 0;
    m_sacked = {}; // RFC 2018 8: the peer may have discarded what it held
}

/**
 * The sequence number behind all octets for which IsLost of RFC 6675 4 holds; SND.UNA if there are
 * none.
 */
SeqNum
CongestionControl::LostBySack(const Flight& flight) const
{
    std::uint32_t octets = 0;
    std::uint32_t ranges = 0;
    const auto& sacked = m_sacked.Ranges();
    for (auto range = sacked.rbegin(); range != sacked.rend(); ++range)
    {
        octets += static_cast<std::uint32_t>(range->end - range->begin);
        ++ranges;
        if (ranges >= DUP_THRESH || octets > (DUP_THRESH - 1) * flight.mss)
        {
            return range->begin;
        }
    }
    return flight.una;
}

SeqNum
CongestionControl::LostBefore(const Flight& flight) const
{
    switch (m_phase)
    {
    case Phase::OPEN:
        break;
    case Phase::RECOVERY:
        return m_sack ? LostBySack(flight) : flight.una;
    case Phase::LOSS:
        return Earlier(m_recover, flight.nxt);
    }
    return flight.una;
}

/** How many octets are in the network, as estimated by SetPipe of RFC 6675 4. */
std::uint32_t
CongestionControl::Pipe(const Flight& flight) const
{
    const auto notHeld = [this](SeqNum begin, SeqNum end) {
        return begin < end
                   ? static_cast<std::uint32_t>(end - begin) - m_sacked.CountIn({begin, end})
                   : 0;
    };
    const bool repairs = m_phase == Phase::LOSS || (m_phase == Phase::RECOVERY && m_sack);
    return notHeld(LostBefore(flight), flight.nxt) + (repairs ? notHeld(flight.una, m_resent) : 0);
}

std::optional<SeqRange>
CongestionControl::NextRepair(const Flight& flight, bool idle) const
{
    if (m_phase == Phase::OPEN || flight.Size() == 0)
    {
        return std::nullopt;
    }
    const auto& sacked = m_sacked.Ranges();
    SeqNum limit = LostBefore(flight);
    if (idle && !sacked.empty())
    {
        limit = Later(limit, sacked.back().begin);
    }
    SeqNum begin = m_resent;
    SeqNum end = flight.nxt; // the end of the hole at begin
    for (const SeqRange& held : sacked)
    {
        if (begin < held.begin)
        {
            end = held.begin;
            break;
        }
        begin = Later(begin, held.end);
    }
    end = Earlier(end, begin + flight.mss);
    const bool mayGo = m_repairFirst || Pipe(flight) + flight.mss <= m_cwnd;
    const bool isLost = m_repairFirst || begin < limit;
    return mayGo && isLost && begin < end ? std::make_optional(SeqRange{begin, end}) : std::nullopt;
}

void
CongestionControl::Repaired(SeqNum end)
{
    if (m_phase != Phase::OPEN)
    {
        m_resent = Later(m_resent, end);
        m_repairFirst = false;
    }
}

std::uint32_t
CongestionControl::Room(const Flight& flight) const
{
    const bool limitedTransmit = m_phase == Phase::OPEN && !m_sack; // with SACK, Pipe shrinks
    const std::uint32_t extra =
        limitedTransmit ? std::min(m_duplicates, LIMITED_TRANSMIT) * flight.mss : 0;
    const std::uint32_t pipe = Pipe(flight);
    return pipe < m_cwnd + extra ? m_cwnd + extra - pipe : 0;
}

CongestionState
CongestionControl::GetState() const
{
    switch (m_phase)
    {
    case Phase::RECOVERY:
        return CongestionState::RECOVERY;
    case Phase::LOSS:
        return CongestionState::LOSS;
    case Phase::OPEN:
        break;
    }
    if (m_reducedAt && *m_reducedAt != m_recover) // else a loss, repaired by now, has reduced cwnd
    {
        return CongestionState::REDUCED;
    }
    return m_duplicates > 0 || !m_sacked.Ranges().empty() ? CongestionState::DISORDER
                                                          : CongestionState::OPEN;
}

} // namespace lifecycle
