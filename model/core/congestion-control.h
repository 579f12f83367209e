#ifndef LIFECYCLE_CORE_CONGESTION_CONTROL_H
#define LIFECYCLE_CORE_CONGESTION_CONTROL_H

#include "instant.h"
#include "range-set.h"
#include "segment.h"
#include "seq-num.h"
#include "stack-config.h"

#include <cstdint>
#include <optional>
#include <tuple>

namespace lifecycle
{

/** What is sent and not acknowledged: [una, nxt), in segments of at most @c mss octets. */
struct Flight
{
    SeqNum una;
    SeqNum nxt;
    std::uint32_t mss;

    std::uint32_t Size() const
    {
        return static_cast<std::uint32_t>(nxt - una);
    }
};

/** What congestion control is doing. */
enum class CongestionState : std::uint8_t
{
    OPEN,
    DISORDER, ///< there are duplicate acknowledgments or SACK blocks, too few to tell of a loss
    REDUCED,  ///< since a mark, until more than was in flight then is acknowledged; RFC 3168 6.1.2
    RECOVERY, ///< RFC 6582 3.2, RFC 6675 5
    LOSS,     ///< since a timeout, until all that was in flight then is acknowledged
};

/**
 * How much may be in flight, and what of the flight is lost and must be sent again.
 *
 * Source: RFC 5681 (slow start, congestion avoidance, fast retransmit), RFC 6582 (NewReno) towards
 * a peer without SACK, RFC 6675 (conservative recovery) towards a peer with SACK, RFC 3042 (limited
 * transmit), RFC 3168 (marks). This class sends nothing: the connection asks which octets to
 * repair, and how many new octets may go out.
 */
class CongestionControl
{
  public:
    /**
     * A connection starts, with @p initialWindow octets and slow start as @p config says; @p sack if
     * the peer reports by SACK, @p ecn if the peer reports marks.
     */
    void Start(std::uint32_t initialWindow,
               const ConnectionConfig& config,
               bool sack,
               bool ecn = false);

    /** Nothing was sent for a whole timeout: RFC 5681 4.1. */
    void RestartAfterIdle(std::uint32_t initialWindow);

    /**
     * Notes the octets that the peer says it holds. @return Whether any of these octets are news.
     */
    bool TakeSack(const SackBlocks& blocks, const Flight& flight);

    /**
     * The acknowledgment of all before @p ack tells of a mark: RFC 3168 6.1.2. @p flight is the
     * flight before that acknowledgment. The window is halved once for all octets of one flight.
     */
    void Marked(SeqNum ack, const Flight& flight);

    /**
     * @p acked octets of text were acknowledged; @p flight is what remains. The window does not
     * grow if the acknowledgment was @p marked.
     */
    void Advanced(std::uint32_t acked, const Flight& flight, bool marked = false);

    /** A duplicate acknowledgment has come, as RFC 5681 2 or, with SACK, RFC 6675 2 defines it. */
    void Duplicate(const Flight& flight);

    /** The retransmission timer expired; @p again if the timer expired for this segment before. */
    void TimedOut(const Flight& flight, bool again);

    /**
     * The range to send again now; nothing if nothing is lost or there is no room.
     *
     * With @p idle there is no new text to send, and octets that are only perhaps lost are repaired
     * as well: RFC 6675 4, NextSeg rule 3.
     */
    std::optional<SeqRange> NextRepair(const Flight& flight, bool idle) const;

    /** All up to @p end has been sent again. */
    void Repaired(SeqNum end);

    /** New text has gone out, or the window has let none out; @p flight is what is in flight now. */
    void NoteUse(const Flight& flight);

    /** Whether the window was reduced since the last call; only with ECN. RFC 3168 6.1.2. */
    bool TakeReduction();

    /** How many octets of new text may go out [octets]. */
    std::uint32_t Room(const Flight& flight) const;

    CongestionState GetState() const;

    /** cwnd, RFC 5681 [octets]. */
    std::uint32_t Window() const
    {
        return m_cwnd;
    }

    /** ssthresh, RFC 5681 [octets]. */
    std::uint32_t SlowStartThreshold() const
    {
        return m_ssthresh;
    }

    auto Fields() const
    {
        return std::tie(m_cwnd,
                        m_ssthresh,
                        m_ackedInAvoidance,
                        m_phase,
                        m_sack,
                        m_sacked,
                        m_duplicates,
                        m_recover,
                        m_resent,
                        m_repairFirst,
                        m_ecn,
                        m_allOctets,
                        m_growsIfUsed,
                        m_isFull,
                        m_mostInFlight,
                        m_usedUntil,
                        m_isReduced,
                        m_reducedAt);
    }

  private:
    enum class Phase : std::uint8_t
    {
        OPEN,     ///< nothing is known to be lost
        RECOVERY, ///< fast recovery: RFC 6582 3.2, RFC 6675 5
        LOSS,     ///< after a timeout: all that was in flight is taken for lost, RFC 5681 3.1
    };

    std::uint32_t NotHeldBefore(std::uint32_t acked, const Flight& flight) const;
    bool MayGrow() const;
    void Grow(std::uint32_t acked, std::uint32_t mss);
    void Reduce(const Flight& flight);
    void ReduceForLoss(const Flight& flight);
    void NoteReduction(const Flight& flight);
    void RecoverIfLost(const Flight& flight);
    SeqNum LostBefore(const Flight& flight) const;
    SeqNum LostBySack(const Flight& flight) const;
    std::uint32_t Pipe(const Flight& flight) const;

    std::uint32_t m_cwnd{0};
    std::uint32_t m_ssthresh{0};
    std::uint32_t m_ackedInAvoidance{0}; ///< since cwnd grew last [octets]
    Phase m_phase{Phase::OPEN};
    bool m_sack{false};
    RangeSet m_sacked;             ///< the scoreboard of RFC 6675 3
    std::uint32_t m_duplicates{0}; ///< DupAcks
    SeqNum m_recover;              ///< RecoveryPoint: SND.NXT when the phase began
    SeqNum m_resent;               ///< HighRxt: behind what was sent again
    bool m_repairFirst{false};     ///< the first segment goes out at once, whatever cwnd says
    bool m_ecn{false};
    bool m_allOctets{false};   ///< slow start counts all octets
    bool m_growsIfUsed{false}; ///< the window grows only while it is used, of which the rest tells
    bool m_isFull{false};      ///< the window held text back in this flight or the one before
    std::uint32_t m_mostInFlight{0}; ///< if not, the most that was in flight then [octets]
    SeqNum m_usedUntil;              ///< SND.NXT when that was noted
    bool m_isReduced{false};         ///< the window is reduced, and the peer has not been told
    std::optional<SeqNum>
        m_reducedAt; ///< with ECN: SND.NXT when the window was reduced, until more is acknowledged
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_CONGESTION_CONTROL_H
