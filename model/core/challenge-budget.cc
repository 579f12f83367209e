#include "challenge-budget.h"

namespace lifecycle
{

bool
ChallengeBudget::TakeChallenge(const ConnectionConfig& config, Instant now)
{
    return m_challenges.Take(config.challengeAckLimit, config.challengeAckWindow, now);
}

bool
ChallengeBudget::TakeAnswer(const Segment& seg,
                            bool isRecord,
                            const ConnectionConfig& config,
                            Instant now)
{
    if (seg.SegLen() > 0)
    {
        return true;
    }
    if (config.unacceptableAckInterval > Duration(0) && !isRecord)
    {
        return m_unacceptable.Take(1, config.unacceptableAckInterval, now);
    }
    return TakeChallenge(config, now);
}

} // namespace lifecycle
