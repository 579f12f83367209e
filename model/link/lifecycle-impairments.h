#ifndef LIFECYCLE_IMPAIRMENTS_H
#define LIFECYCLE_IMPAIRMENTS_H

#include <cstdint>
#include <tuple>
#include <utility>

namespace lifecycle
{

/**
 * What one direction of a link does to its packets, in tc-netem's words.
 *
 * The initial values make a perfect link. The exact meaning of each field stands in doc/link.rst,
 * as does the effect of a correlation on its probability. A correlation lies in [0, 1] and needs
 * its probability, or jitter, above 0.
 *
 * @tparam Types The types of the fields: pure ones, those of ns-3, or optional ones.
 */
template <class Types>
struct ImpairmentFields
{
    typename Types::Time delay{};                       ///< added to every packet; >= 0
    typename Types::Time jitter{};                      ///< the delay's unit of deviation; >= 0
    typename Types::Fraction delayCorrelation{};        ///< of the jitter of successive packets
    typename Types::Distribution distribution{};        ///< how the delay deviates
    typename Types::Fraction lossProbability{};         ///< [0, 1]
    typename Types::Fraction lossCorrelation{};         ///< of successive losses
    typename Types::LossState lossState{};              ///< at most one kind of loss is allowed
    typename Types::LossGemodel lossGemodel{};          ///< likewise
    typename Types::Fraction duplicateProbability{};    ///< [0, 1], decided before the loss
    typename Types::Fraction duplicateCorrelation{};    ///< of successive duplications
    typename Types::Fraction corruptProbability{};      ///< [0, 1]: flip one bit; needs checksums
    typename Types::Fraction corruptCorrelation{};      ///< of successive corruptions
    typename Types::Fraction reorderProbability{};      ///< [0, 1]: skip delay, jitter and rate
    typename Types::Fraction reorderCorrelation{};      ///< of successive decisions to skip
    typename Types::Count reorderGap{Types::LEAST_GAP}; ///< one packet less waits between two skips
    typename Types::Rate rate{};   ///< one packet after the other; 0: all at once
    typename Types::Count limit{}; ///< packets that can wait for delay and rate; 0: any number
};

/** All that is to be told of one impairment, but its rule (FindProblem, ImpairedDirection). */
template <class Field>
struct ImpairmentRow
{
    const char* field;     ///< its name in ImpairmentFields
    const char* attribute; ///< of ns3::ImpairedChannel, for both directions
    const char* option; ///< of lifecycle-run, with `-to-server` or `-to-client` for one direction
    double min;         ///< least value [s or 1]
    double max;         ///< greatest value of the option; not above min: no limit
    const char* unit;   ///< of a number
    const char* help;
    Field of; ///< the field in some ImpairmentFields
};

template <class Field>
ImpairmentRow(const char*,
              const char*,
              const char*,
              double,
              double,
              const char*,
              const char*,
              Field) -> ImpairmentRow<Field>;

/** The one list of impairments. An added one needs a field above, a row here, and its rule. */
// clang-format off
inline constexpr std::tuple IMPAIRMENT_ROWS{
    ImpairmentRow{"delay", "AddedDelay", "delay", 0, 3600, "",
                  "one-way delay", [](auto& i) -> auto& { return i.delay; }},
    ImpairmentRow{"jitter", "Jitter", "jitter", 0, 3600, "",
                  "the delay's unit of deviation", [](auto& i) -> auto& { return i.jitter; }},
    ImpairmentRow{"delayCorrelation", "DelayCorrelation", "delay-correlation", 0, 1, "",
                  "of the jitter of successive packets",
                  [](auto& i) -> auto& { return i.delayCorrelation; }},
    ImpairmentRow{"distribution", "Distribution", "distribution", 0, 0, "",
                  "how the delay deviates: uniform, normal, pareto, paretonormal or a table file",
                  [](auto& i) -> auto& { return i.distribution; }},
    ImpairmentRow{"lossProbability", "LossProbability", "loss", 0, 1, "",
                  "probability that a packet is lost",
                  [](auto& i) -> auto& { return i.lossProbability; }},
    ImpairmentRow{"lossCorrelation", "LossCorrelation", "loss-correlation", 0, 1, "",
                  "of successive losses", [](auto& i) -> auto& { return i.lossCorrelation; }},
    ImpairmentRow{"lossState", "LossState", "loss-state", 0, 0, "",
                  "losses by a chain of four states: p13[,p31[,p32[,p23[,p14]]]]",
                  [](auto& i) -> auto& { return i.lossState; }},
    ImpairmentRow{"lossGemodel", "LossGemodel", "loss-gemodel", 0, 0, "",
                  "losses by the Gilbert-Elliott model: p[,r[,1-h[,1-k]]]",
                  [](auto& i) -> auto& { return i.lossGemodel; }},
    ImpairmentRow{"duplicateProbability", "DuplicateProbability", "duplicate", 0, 1, "",
                  "probability that a packet is duplicated",
                  [](auto& i) -> auto& { return i.duplicateProbability; }},
    ImpairmentRow{"duplicateCorrelation", "DuplicateCorrelation", "duplicate-correlation", 0, 1, "",
                  "of successive duplications",
                  [](auto& i) -> auto& { return i.duplicateCorrelation; }},
    ImpairmentRow{"corruptProbability", "CorruptProbability", "corrupt", 0, 1, "",
                  "probability that one bit of a packet is flipped; needs --checksums",
                  [](auto& i) -> auto& { return i.corruptProbability; }},
    ImpairmentRow{"corruptCorrelation", "CorruptCorrelation", "corrupt-correlation", 0, 1, "",
                  "of successive corruptions", [](auto& i) -> auto& { return i.corruptCorrelation; }},
    ImpairmentRow{"reorderProbability", "ReorderProbability", "reorder", 0, 1, "",
                  "probability that a packet skips delay, jitter and rate",
                  [](auto& i) -> auto& { return i.reorderProbability; }},
    ImpairmentRow{"reorderCorrelation", "ReorderCorrelation", "reorder-correlation", 0, 1, "",
                  "of successive decisions to skip",
                  [](auto& i) -> auto& { return i.reorderCorrelation; }},
    ImpairmentRow{"reorderGap", "ReorderGap", "reorder-gap", 1, 1e9, "packets",
                  "one packet less than this at least waits between two that skip",
                  [](auto& i) -> auto& { return i.reorderGap; }},
    ImpairmentRow{"rate", "Rate", "netem-rate", 0, 0, "",
                  "tc-netem's rate: packets leave one after the other, none overtakes; 0bps: all at once",
                  [](auto& i) -> auto& { return i.rate; }},
    ImpairmentRow{"limit", "Limit", "netem-limit", 0, 1e9, "packets",
                  "tc-netem's limit: packets that can wait for delay and rate; 0: any number",
                  [](auto& i) -> auto& { return i.limit; }},
};
// clang-format on

/** Calls @p visit with each row, in the order of the list. */
template <class Visit>
void
ForEachImpairment(const Visit& visit)
{
    std::apply([&visit](const auto&... row) { (visit(row), ...); }, IMPAIRMENT_ROWS);
}

} // namespace lifecycle

#endif // LIFECYCLE_IMPAIRMENTS_H
