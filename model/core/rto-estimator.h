#ifndef LIFECYCLE_CORE_RTO_ESTIMATOR_H
#define LIFECYCLE_CORE_RTO_ESTIMATOR_H

#include "instant.h"
#include "seq-num.h"
#include "stack-config.h"
#include "value.h"

#include <optional>
#include <tuple>

namespace lifecycle
{

/**
 * A segment whose round trip is being timed, until all before @c end is acknowledged. RFC 6298 3.
 */
struct TimedSegment
{
    SeqNum end;
    std::optional<Instant> sentAt; ///< none for a segment sent twice: only a timestamp can tell

    auto Fields() const
    {
        return std::tie(end, sentAt);
    }
};

/** The retransmission timeout and what it is computed from. Source: RFC 6298 2 and 5.5. */
class RtoEstimator
{
  public:
    explicit RtoEstimator(const ConnectionConfig& config);

    /** Takes the round-trip time of a segment that was sent once (Karn's rule is the caller's). */
    void Sample(Duration rtt, const ConnectionConfig& config);

    /** Doubles the timeout, up to the maximum, @p ofSyn if our SYN is repeated: RFC 6298 5.5. */
    void BackOff(const ConnectionConfig& config, bool ofSyn = false);

    /** Undoes the backing off: computes the timeout from the samples again. */
    void ForgetBackOff(const ConnectionConfig& config);

    /** Sets the timeout for the first data after a lost SYN, at least 3 s: RFC 6298 5.7. */
    void RestartAfterSynLoss();

    /**
     * The time between two probes of a closed window: the timeout, but not less than persistMin nor
     * more than persistMax. RFC 9293 3.8.6.1.
     */
    Duration ProbeInterval(const ConnectionConfig& config) const;

    Duration Rto() const
    {
        return m_rto;
    }

    /** Smoothed round-trip time; nothing before the first sample. */
    std::optional<Duration> Srtt() const
    {
        return m_srtt;
    }

    /** Variation of the round-trip time; 0 before the first sample. */
    Duration Rttvar() const
    {
        return m_rttvar;
    }

    auto Fields() const
    {
        return std::tie(m_srtt, m_rttvar, m_rto);
    }

  private:
    std::optional<Duration> m_srtt;
    Duration m_rttvar{0};
    Duration m_rto;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RTO_ESTIMATOR_H
