#ifndef LIFECYCLE_LINK_IMPAIRMENT_H
#define LIFECYCLE_LINK_IMPAIRMENT_H

#include "../core/instant.h"
#include "delay-distribution.h"
#include "lifecycle-impairments.h"
#include "loss-chain.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle
{

/**
 * The impairments of the pure model. All times come on top of the link's own serialisation and
 * propagation.
 *
 * A correlation c in [0, 1] is tc-netem's: instead of a fresh random number v the decision takes
 * u = (1 - c) v + c u', where u' is the u of the packet before. Successive u are correlated
 * by c, but no longer uniform: their mean stays 1/2, their variance is (1 - c) / (1 + c) times that
 * of v. So the jitter narrows to that share of its variance (uniform distribution), and a
 * probability below 1/2 comes true less often than its value says, one above 1/2 more often.
 * Measured over 4 million packets, in percent:
 *
 *     probability    1       5      10      20      30      50
 *     c = 0.1        0.02    1.26    5.6    16.7    27.8    50
 *     c = 0.25      <0.001   0.19    1.74   10.2    23.3    50
 *     c = 0.5        0       0.001   0.11    3.0    13.0    50
 *     c = 0.9        0       0       0       0       0.09   50
 *
 * For bursts of a given length and share, lossState and lossGemodel are the better choice.
 */
struct PureImpairmentTypes
{
    using Time = Duration;
    using Fraction = double;
    using Distribution = DelayDistribution;
    using LossState = std::optional<StateLoss>;
    using LossGemodel = std::optional<GilbertElliottLoss>;
    using Count = std::uint32_t;
    using Rate = std::uint64_t; // [bit/s]
    static constexpr Count LEAST_GAP = 1;
};

using LinkImpairment = ImpairmentFields<PureImpairmentTypes>;

/** Gives a field of LinkImpairment, or `checksums`, the name under which a user knows it. */
using FieldNames = std::function<std::string(std::string_view field)>;

/**
 * Says what is wrong with an impairment.
 *
 * @param checksums Whether checksums are computed, so that corruption is noticed.
 * @param nameOf Names for the sentence.
 * @return One sentence naming the field, its value and what is allowed; nothing if all is well.
 */
std::optional<std::string> FindProblem(const LinkImpairment& impairment,
                                       bool checksums,
                                       const FieldNames& nameOf);

/** Which decision a random number is for. Each has a stream of its own. */
enum class DrawKind
{
    DUPLICATE,
    LOSS,
    REORDER,
    JITTER,
    COPY_LOSS, ///< LOSS, REORDER and JITTER once more, for the copy that a duplication makes
    COPY_REORDER,
    COPY_JITTER,
    LOSS_STATE, ///< whether the Gilbert-Elliott model changes its state
    CORRUPT,
    CORRUPT_BIT, ///< which bit is flipped
    COPY_CORRUPT,
    COPY_CORRUPT_BIT,
};

constexpr int DRAW_KINDS = 12;

/** Gives the next random number of a kind, uniform in [0, 1). */
using DrawSource = std::function<double(DrawKind)>;

/** The delivery of one copy of a packet. */
struct Delivery
{
    /// When the copy arrives, counted from when a perfect link would have delivered it. Negative only
    /// where jitter exceeds delay.
    Duration wait{0};
    std::optional<double> damage; ///< if corrupted: where the flipped bit is, as a share in [0, 1)
};

/** What becomes of one packet. */
struct Passage
{
    std::optional<Delivery> original; ///< nothing if lost
    std::optional<Delivery> copy;     ///< of the duplicate, if there is one
    bool isOverLimit{false};          ///< lost because `limit` packets were waiting

    bool IsLost() const
    {
        return !original;
    }
};

/**
 * One direction of an impaired link: decides for each packet whether it is lost, duplicated,
 * damaged, late. Without a call of SetImpairment the link is perfect.
 *
 * The order of decisions is tc-netem's. First duplication; then loss, which takes the packet or its
 * copy, so that one remains of a packet both duplicated and lost; then the copy meets loss once more,
 * in the state in which lossState or lossGemodel met the packet (Departs from tc, where the copy
 * moves the chain once more). What remains may then be corrupted, is lost if `limit` packets are
 * waiting, and jumps the queue (reorder) or waits delay plus jitter.
 *
 * Jitter therefore reorders by itself, unless a rate is set: then a packet leaves at the later of
 * the end of its own delay and the departure of the packet before it, plus its length over the
 * rate, so that only a packet that jumps overtakes.
 *
 * reorderGap is tc's `gap`: at least reorderGap - 1 packets must have waited since the packet that
 * jumped last, or since the beginning, before another packet may jump. With reorderProbability 1
 * each reorderGap-th packet jumps; with p, the share 1 / (reorderGap - 1 + 1 / p). A lost packet
 * counts; a copy does not count, and may jump when its packet may.
 *
 * A decision whose own setting is above 0 (for the copy's decisions, duplicateProbability as well)
 * draws exactly once for each packet, also for a lost one; any other decision never draws. Two runs
 * that differ in the loss alone thus see the same jitter on the same packet.
 */
class ImpairedDirection
{
  public:
    /**
     * Replaces the impairment for the packets to come. The direction keeps what it remembers: the
     * states of lossState and lossGemodel, the last numbers of correlations, the waiting packets.
     *
     * @param impairment Free of problems (FindProblem).
     */
    void SetImpairment(const LinkImpairment& impairment);

    /**
     * Decides the fate of one packet.
     *
     * @param sent When the packet's last bit leaves the sender; must not go backwards between calls.
     * @param octets The packet's length.
     * @param draw Where the random numbers come from.
     */
    Passage Decide(Instant sent, std::uint32_t octets, const DrawSource& draw);

  private:
    /** The decisions about one copy. */
    struct Fate;
    /** The streams from which the decisions about one copy draw. */
    struct Kinds;

    /** The states of lossState, under tc's numbers. */
    enum class ChainState
    {
        GOOD = 1,
        GOOD_IN_BURST = 2,
        LOST_IN_BURST = 3,
        LOST_ALONE = 4,
    };

    double Correlated(DrawKind kind, double correlation, const DrawSource& draw);
    bool Happens(DrawKind kind, double probability, double correlation, const DrawSource& draw);
    bool MoveChain(double u);
    double MoveGemodel(double u);
    bool IsLost(DrawKind kind, const std::optional<double>& gemodel, const DrawSource& draw);
    Fate DecideFate(const Kinds& kinds, bool mayJump, const DrawSource& draw);
    std::optional<Delivery> Enqueue(const Fate& fate, Instant sent, std::uint32_t octets);

    LinkImpairment m_impairment;
    ChainState m_chain{ChainState::GOOD};
    bool m_isBad{false};                                      ///< the state of lossGemodel
    std::array<std::optional<double>, DRAW_KINDS> m_before{}; ///< the last number with correlation
    std::uint32_t m_sinceJump{0};                             ///< packets since one jumped
    Instant m_lastDeparture{Instant::min()}; ///< of packets that wait, without propagation
    std::priority_queue<Instant, std::vector<Instant>, std::greater<>> m_waiting; ///< departures
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_IMPAIRMENT_H
