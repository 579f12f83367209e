#ifndef LIFECYCLE_LINK_IMPAIRMENT_H
#define LIFECYCLE_LINK_IMPAIRMENT_H

#include "../core/instant.h"

#include <functional>
#include <optional>
#include <string>
#include <tuple>

namespace lifecycle
{

/**
 * What one direction of a link does to its packets, in the words of Linux's tc-netem. As it stands
 * it is the perfect link. All times come on top of the link's own serialisation and propagation.
 */
struct LinkImpairment
{
    Duration delay{0};                ///< added to every packet; >= 0
    Duration jitter{0};               ///< delay varies uniformly in [-jitter, +jitter]; >= 0
    double lossProbability{0.0};      ///< [0, 1], independent per packet
    double duplicateProbability{0.0}; ///< [0, 1]; the copy follows at once
    double reorderProbability{0.0};   ///< [0, 1]: skip delay and jitter, so overtake the others
    bool keepOrder{false};            ///< no packet arrives before one sent earlier

    auto Fields() const
    {
        return std::tie(delay,
                        jitter,
                        lossProbability,
                        duplicateProbability,
                        reorderProbability,
                        keepOrder);
    }
};

/**
 * Says what is wrong with an impairment.
 *
 * @return One sentence naming the field, its value and what is allowed; nothing if all is well.
 */
std::optional<std::string> FindProblem(const LinkImpairment& impairment);

/** Which decision a random number is for. Each has a stream of its own. */
enum class DrawKind
{
    DUPLICATE,
    LOSS,
    REORDER,
    JITTER,
    COPY_LOSS, ///< the same three once more, for the copy that a duplication makes
    COPY_REORDER,
    COPY_JITTER,
};

constexpr int DRAW_KINDS = 7;

/** Gives the next random number of a kind, uniform in [0, 1). */
using DrawSource = std::function<double(DrawKind)>;

/**
 * What becomes of one packet: when its copies arrive, counted from when a perfect link would have
 * delivered it. Negative only where jitter exceeds delay.
 */
struct Passage
{
    std::optional<Duration> original; ///< nothing if lost
    std::optional<Duration> copy;     ///< a second one, if the packet was duplicated

    bool IsLost() const
    {
        return !original;
    }
};

/**
 * One direction of an impaired link: decides for each packet whether it is lost, duplicated, late.
 * It is perfect until told otherwise.
 *
 * The order of decisions is tc-netem's. First duplication; then loss, which takes one of what there
 * is, so that of a packet both duplicated and lost one remains; then the copy meets loss once more.
 * Whatever remains either jumps the queue (reorder) or waits delay plus jitter. Jitter therefore
 * reorders by itself, unless keepOrder is set.
 *
 * A decision draws exactly once per packet if its own setting (and, for the copy's decisions,
 * duplicateProbability as well) is above 0, whatever became of the packet, and else never. Two
 * runs that differ in the loss alone thus see the same jitter on the same packet.
 */
class ImpairedDirection
{
  public:
    /**
     * Replaces the impairment for the packets to come; keepOrder still knows the last arrival.
     *
     * @param impairment Free of problems (FindProblem).
     */
    void SetImpairment(const LinkImpairment& impairment);

    /**
     * Decides the fate of one packet.
     *
     * @param sent When its last bit leaves the sender; must not go backwards between calls.
     * @param draw Where the random numbers come from.
     */
    Passage Decide(Instant sent, const DrawSource& draw);

  private:
    Duration WaitInOrder(Instant sent, Duration wait);

    LinkImpairment m_impairment;
    Instant m_lastArrival{Instant::min()}; ///< latest so far, less the link's own propagation
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_IMPAIRMENT_H
