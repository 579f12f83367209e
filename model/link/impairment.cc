#include "impairment.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <sstream>

namespace lifecycle
{
namespace
{

std::optional<std::string>
FindProbabilityProblem(const char* name, double value)
{
    if (value >= 0.0 && value <= 1.0) // false for NaN
    {
        return std::nullopt;
    }
    std::ostringstream text;
    text << name << " is " << value << ": a probability lies in [0, 1]";
    return text.str();
}

std::optional<std::string>
FindDurationProblem(const char* name, Duration value)
{
    if (value >= Duration::zero())
    {
        return std::nullopt;
    }
    return std::string(name) + " is " + std::to_string(value.count()) +
           "ns: it must not be negative";
}

bool
Happens(DrawKind kind, double probability, const DrawSource& draw)
{
    return probability > 0.0 && draw(kind) < probability;
}

Duration
Wait(const LinkImpairment& impairment, DrawKind reorder, DrawKind jitter, const DrawSource& draw)
{
    const bool jumps = Happens(reorder, impairment.reorderProbability, draw);
    Duration wait = impairment.delay;
    if (impairment.jitter > Duration::zero())
    {
        const double span = static_cast<double>(impairment.jitter.count());
        wait += Duration(std::llround(span * (2.0 * draw(jitter) - 1.0)));
    }
    return jumps ? Duration::zero() : wait;
}

} // namespace

std::optional<std::string>
FindProblem(const LinkImpairment& impairment)
{
    for (const auto& problem :
         {FindDurationProblem("delay", impairment.delay),
          FindDurationProblem("jitter", impairment.jitter),
          FindProbabilityProblem("lossProbability", impairment.lossProbability),
          FindProbabilityProblem("duplicateProbability", impairment.duplicateProbability),
          FindProbabilityProblem("reorderProbability", impairment.reorderProbability)})
    {
        if (problem)
        {
            return problem;
        }
    }
    if (impairment.reorderProbability > 0.0 && impairment.delay == Duration::zero())
    {
        return "reorderProbability is above 0 but delay is 0: reordering needs a delay to skip";
    }
    if (impairment.reorderProbability > 0.0 && impairment.keepOrder)
    {
        return "reorderProbability is above 0 but keepOrder is set: choose one of the two";
    }
    return std::nullopt;
}

void
ImpairedDirection::SetImpairment(const LinkImpairment& impairment)
{
    assert(!FindProblem(impairment));
    m_impairment = impairment;
}

Passage
ImpairedDirection::Decide(Instant sent, const DrawSource& draw)
{
    const bool duplicated = Happens(DrawKind::DUPLICATE, m_impairment.duplicateProbability, draw);
    const bool lost = Happens(DrawKind::LOSS, m_impairment.lossProbability, draw);
    const Duration wait = Wait(m_impairment, DrawKind::REORDER, DrawKind::JITTER, draw);

    Passage passage;
    if (!lost || duplicated)
    {
        passage.original = WaitInOrder(sent, wait);
    }
    if (m_impairment.duplicateProbability > 0.0)
    {
        const bool copyLost = Happens(DrawKind::COPY_LOSS, m_impairment.lossProbability, draw);
        const Duration copyWait =
            Wait(m_impairment, DrawKind::COPY_REORDER, DrawKind::COPY_JITTER, draw);
        if (duplicated && !lost && !copyLost)
        {
            passage.copy = WaitInOrder(sent, copyWait);
        }
    }
    return passage;
}

Duration
ImpairedDirection::WaitInOrder(Instant sent, Duration wait)
{
    const Instant arrival =
        m_impairment.keepOrder ? std::max(m_lastArrival, sent + wait) : sent + wait;
    m_lastArrival = std::max(m_lastArrival, arrival);
    return arrival - sent;
}

} // namespace lifecycle
