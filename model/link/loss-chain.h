#ifndef LIFECYCLE_LINK_LOSS_CHAIN_H
#define LIFECYCLE_LINK_LOSS_CHAIN_H

#include <string>
#include <variant>

namespace lifecycle
{

/**
 * The transition probabilities of tc-netem's `loss state`, a Markov chain of four states: 1 good
 * reception, 2 good reception within a burst of losses, 3 losses of a burst, 4 a single loss.
 *
 * Each packet first moves the chain: 1 goes to 3 by p13 and to 4 by p14, 3 to 1 by p31 and to 2 by
 * p32, 2 to 3 by p23, 4 always back to 1; else the chain stays. The packet is lost if the chain is
 * then in 3 or 4. The chain starts in 1. In the long run the share
 *
 *     (a + p14) / (1 + p14 + a (1 + p32 / p23)), a = p13 / p31
 *
 * is lost; with p32 = 0 a run of losses that begins in 3 is 1 / p31 long on average. p13 alone is
 * independent loss.
 */
struct StateLoss
{
    double p13{0.0};
    double p31{1.0};
    double p32{0.0};
    double p23{1.0};
    double p14{0.0};
};

/**
 * The Gilbert-Elliott model, tc-netem's `loss gemodel`: a good and a bad state, each with a loss
 * probability of its own.
 *
 * The state before a packet's transition decides about the packet; then p moves the good state to the
 * bad, r the bad to the good. The model starts in the good. In the long run the share
 *
 *     (p(1-h) + r(1-k)) / (p + r)
 *
 * is lost; the bad state lasts 1 / r packets on average, which with 1-h = 1 and 1-k = 0 is the mean
 * run of losses.
 */
struct GilbertElliottLoss
{
    double p{0.0};
    double r{1.0};
    double oneMinusH{1.0}; ///< loss probability in the bad state
    double oneMinusK{0.0}; ///< loss probability in the good state
};

/**
 * Reads `p13[,p31[,p32[,p23[,p14]]]]`. What is left out is as in tc: p31 = 1 - p13, p32 = 0,
 * p23 = 1, p14 = 0. p13 + p14 and p31 + p32 must not exceed 1.
 *
 * @return The probabilities, or one sentence that says what is wrong.
 */
std::variant<StateLoss, std::string> ParseStateLoss(const std::string& text);

/**
 * Reads `p[,r[,1-h[,1-k]]]`. What is left out is as in tc: r = 1 - p, 1-h = 1, 1-k = 0.
 *
 * @return The probabilities, or one sentence that says what is wrong.
 */
std::variant<GilbertElliottLoss, std::string> ParseGilbertElliott(const std::string& text);

} // namespace lifecycle

#endif // LIFECYCLE_LINK_LOSS_CHAIN_H
