#ifndef LIFECYCLE_CORE_CHALLENGE_BUDGET_H
#define LIFECYCLE_CORE_CHALLENGE_BUDGET_H

#include "ack-budget.h"
#include "instant.h"
#include "segment.h"
#include "stack-config.h"

#include <tuple>

namespace lifecycle
{

/**
 * Which answers to segments that were not taken may still go out, lest a flood of such segments be
 * answered, or two ends answer each other for ever. Source: RFC 5961 7.
 *
 * Challenge ACKs have a budget. Answers to unacceptable segments draw on the same budget, or on a
 * budget of their own if unacceptableAckInterval is set; that second budget is not in the standard.
 */
class ChallengeBudget
{
  public:
    ChallengeBudget() = default;

    /** Restores a budget of which only @p challenges was kept. */
    explicit ChallengeBudget(const AckBudget& challenges)
        : m_challenges(challenges)
    {
    }

    /** Whether one more challenge ACK may go out at @p now; if so, the budget counts that ACK. */
    bool TakeChallenge(const ConnectionConfig& config, Instant now);

    /**
     * Whether the unacceptable @p seg may be answered at @p now; if so, the answer counts. A
     * segment that carries text, SYN or FIN may always be answered: RFC 9293 3.10.7.4. A connection
     * that is kept as a record has no budget but that of challenge ACKs.
     */
    bool TakeAnswer(const Segment& seg, bool isRecord, const ConnectionConfig& config, Instant now);

    /** Forgets all but the budget of challenge ACKs, for which alone a record has a place. */
    void KeepChallenges()
    {
        m_unacceptable = {};
    }

    const AckBudget& Challenges() const
    {
        return m_challenges;
    }

    auto Fields() const
    {
        return std::tie(m_challenges, m_unacceptable);
    }

  private:
    AckBudget m_challenges;
    AckBudget m_unacceptable;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_CHALLENGE_BUDGET_H
