#include "impairment.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <sstream>
#include <tuple>

namespace lifecycle
{
namespace
{

std::string
NumberText(double value)
{
    std::ostringstream text;
    text << value;
    return text.str();
}

/** Finds the first problem; once a problem is found, further checks note nothing. */
class ProblemFinder
{
  public:
    explicit ProblemFinder(const FieldNames& nameOf)
        : m_nameOf(nameOf)
    {
    }

    void WantProbability(const char* field, double value)
    {
        if (!(value >= 0.0 && value <= 1.0)) // also NaN
        {
            Note(field, NumberText(value), "a probability lies in [0, 1]");
        }
    }

    void WantDuration(const char* field, Duration value)
    {
        if (value < Duration::zero())
        {
            Note(field, std::to_string(value.count()) + "ns", "it must not be negative");
        }
    }

    /** Refuses a correlation that has nothing to correlate. */
    void WantCorrelation(const char* field, double value, const char* base, bool hasBase)
    {
        if (!(value >= 0.0 && value <= 1.0))
        {
            Note(field, NumberText(value), "a correlation lies in [0, 1]");
        }
        if (value > 0.0 && !hasBase)
        {
            Note(field, NumberText(value) + But(base, "0"), "there is nothing to correlate");
        }
    }

    std::string But(const char* field, const std::string& value) const
    {
        return " but " + m_nameOf(field) + " is " + value;
    }

    void Note(const char* field, const std::string& value, const std::string& why)
    {
        if (!m_problem)
        {
            m_problem = m_nameOf(field) + " is " + value + ": " + why;
        }
    }

    const std::optional<std::string>& Problem() const
    {
        return m_problem;
    }

  private:
    const FieldNames& m_nameOf;
    std::optional<std::string> m_problem;
};

void
FindLossProblem(const LinkImpairment& i, const FieldNames& nameOf, ProblemFinder& find)
{
    find.WantProbability("lossProbability", i.lossProbability);
    find.WantCorrelation("lossCorrelation",
                         i.lossCorrelation,
                         "lossProbability",
                         i.lossProbability > 0.0);
    const char* chain = i.lossState ? "lossState" : "lossGemodel";
    if (i.lossState && i.lossGemodel)
    {
        find.Note(chain, "set and so is " + nameOf("lossGemodel"), "choose one of the two");
    }
    if ((i.lossState || i.lossGemodel) && i.lossProbability > 0.0)
    {
        find.Note("lossProbability",
                  NumberText(i.lossProbability) + " but " + nameOf(chain) + " is set",
                  "choose one of the two");
    }
}

} // namespace

std::optional<std::string>
FindProblem(const LinkImpairment& i, bool checksums, const FieldNames& nameOf)
{
    ProblemFinder find(nameOf);
    find.WantDuration("delay", i.delay);
    find.WantDuration("jitter", i.jitter);
    const bool hasJitter = i.jitter > Duration::zero();
    find.WantCorrelation("delayCorrelation", i.delayCorrelation, "jitter", hasJitter);
    if (!i.distribution.IsUniform() && !hasJitter)
    {
        find.Note("distribution",
                  "set" + find.But("jitter", "0"),
                  "there is nothing to distribute");
    }
    FindLossProblem(i, nameOf, find);
    const std::tuple<const char*, double, const char*, double> kinds[] = {
        {"duplicateProbability",
         i.duplicateProbability,
         "duplicateCorrelation",
         i.duplicateCorrelation},
        {"corruptProbability", i.corruptProbability, "corruptCorrelation", i.corruptCorrelation},
        {"reorderProbability", i.reorderProbability, "reorderCorrelation", i.reorderCorrelation},
    };
    for (const auto& [name, probability, correlationName, correlation] : kinds)
    {
        find.WantProbability(name, probability);
        find.WantCorrelation(correlationName, correlation, name, probability > 0.0);
    }
    if (i.corruptProbability > 0.0 && !checksums)
    {
        find.Note("corruptProbability",
                  NumberText(i.corruptProbability) + find.But("checksums", "false"),
                  "nobody would notice the damage");
    }
    if (i.reorderProbability > 0.0 && i.delay == Duration::zero())
    {
        find.Note("reorderProbability",
                  NumberText(i.reorderProbability) + find.But("delay", "0"),
                  "reordering needs a delay to skip");
    }
    if (i.reorderGap == 0)
    {
        find.Note("reorderGap", "0", "it counts packets, from 1");
    }
    if (i.reorderGap > 1 && !(i.reorderProbability > 0.0))
    {
        find.Note("reorderGap",
                  std::to_string(i.reorderGap) + find.But("reorderProbability", "0"),
                  "a gap needs reordering");
    }
    return find.Problem();
}

struct ImpairedDirection::Kinds
{
    DrawKind corrupt;
    DrawKind corruptBit;
    DrawKind reorder;
    DrawKind jitter;
};

struct ImpairedDirection::Fate
{
    std::optional<double> damage;
    bool jumps{false};
    Duration wait{0}; ///< how long the packet waits unless it jumps
};

void
ImpairedDirection::SetImpairment(const LinkImpairment& impairment)
{
    assert(
        !FindProblem(impairment, true, [](std::string_view field) { return std::string(field); }));
    m_impairment = impairment;
}

Passage
ImpairedDirection::Decide(Instant sent, std::uint32_t octets, const DrawSource& draw)
{
    const LinkImpairment& i = m_impairment;
    const bool duplicated =
        Happens(DrawKind::DUPLICATE, i.duplicateProbability, i.duplicateCorrelation, draw);
    const std::optional<double> gemodel =
        i.lossGemodel ? std::optional(MoveGemodel(draw(DrawKind::LOSS_STATE))) : std::nullopt;
    const bool lost =
        i.lossState ? MoveChain(draw(DrawKind::LOSS)) : IsLost(DrawKind::LOSS, gemodel, draw);
    const bool mayJump = m_sinceJump + 1 >= i.reorderGap;
    const Fate fate =
        DecideFate({DrawKind::CORRUPT, DrawKind::CORRUPT_BIT, DrawKind::REORDER, DrawKind::JITTER},
                   mayJump,
                   draw);
    m_sinceJump = fate.jumps ? 0 : std::min(m_sinceJump + 1, i.reorderGap);

    Passage passage;
    if (!lost || duplicated)
    {
        passage.original = Enqueue(fate, sent, octets);
        passage.isOverLimit = !passage.original;
    }
    if (i.duplicateProbability > 0.0)
    {
        // In the chain of lossState the copy shares the fate of the packet.
        const bool copyLost = !i.lossState && IsLost(DrawKind::COPY_LOSS, gemodel, draw);
        const Fate copyFate = DecideFate({DrawKind::COPY_CORRUPT,
                                          DrawKind::COPY_CORRUPT_BIT,
                                          DrawKind::COPY_REORDER,
                                          DrawKind::COPY_JITTER},
                                         mayJump,
                                         draw);
        if (duplicated && !lost && !copyLost && passage.original)
        {
            passage.copy = Enqueue(copyFate, sent, octets);
        }
    }
    return passage;
}

double
ImpairedDirection::Correlated(DrawKind kind, double correlation, const DrawSource& draw)
{
    const double fresh = draw(kind);
    if (correlation == 0.0)
    {
        return fresh;
    }
    std::optional<double>& before = m_before[static_cast<std::size_t>(kind)];
    before = before ? (1.0 - correlation) * fresh + correlation * *before : fresh;
    return *before;
}

bool
ImpairedDirection::Happens(DrawKind kind,
                           double probability,
                           double correlation,
                           const DrawSource& draw)
{
    return probability > 0.0 && Correlated(kind, correlation, draw) < probability;
}

/** Moves the chain of lossState by one packet; says whether the packet is lost. */
bool
ImpairedDirection::MoveChain(double u)
{
    const StateLoss& chain = *m_impairment.lossState;
    switch (m_chain)
    {
    case ChainState::GOOD:
        m_chain = u < chain.p13               ? ChainState::LOST_IN_BURST
                  : u < chain.p13 + chain.p14 ? ChainState::LOST_ALONE
                                              : ChainState::GOOD;
        break;
    case ChainState::GOOD_IN_BURST:
        m_chain = u < chain.p23 ? ChainState::LOST_IN_BURST : ChainState::GOOD_IN_BURST;
        break;
    case ChainState::LOST_IN_BURST:
        m_chain = u < chain.p31               ? ChainState::GOOD
                  : u < chain.p31 + chain.p32 ? ChainState::GOOD_IN_BURST
                                              : ChainState::LOST_IN_BURST;
        break;
    case ChainState::LOST_ALONE:
        m_chain = ChainState::GOOD;
        break;
    }
    return m_chain == ChainState::LOST_IN_BURST || m_chain == ChainState::LOST_ALONE;
}

/** Moves the Gilbert-Elliott model by one packet; gives the loss probability before the move. */
double
ImpairedDirection::MoveGemodel(double u)
{
    const GilbertElliottLoss& model = *m_impairment.lossGemodel;
    const double probability = m_isBad ? model.oneMinusH : model.oneMinusK;
    m_isBad = m_isBad ? u >= model.r : u < model.p;
    return probability;
}

bool
ImpairedDirection::IsLost(DrawKind kind,
                          const std::optional<double>& gemodel,
                          const DrawSource& draw)
{
    return gemodel
               ? draw(kind) < *gemodel
               : Happens(kind, m_impairment.lossProbability, m_impairment.lossCorrelation, draw);
}

ImpairedDirection::Fate
ImpairedDirection::DecideFate(const Kinds& kinds, bool mayJump, const DrawSource& draw)
{
    const LinkImpairment& i = m_impairment;
    Fate fate;
    if (i.corruptProbability > 0.0)
    {
        const bool corrupted =
            Happens(kinds.corrupt, i.corruptProbability, i.corruptCorrelation, draw);
        const double place = draw(kinds.corruptBit);
        fate.damage = corrupted ? std::optional(place) : std::nullopt;
    }
    fate.jumps =
        Happens(kinds.reorder, i.reorderProbability, i.reorderCorrelation, draw) && mayJump;
    fate.wait = i.delay;
    if (i.jitter > Duration::zero())
    {
        const double u = Correlated(kinds.jitter, i.delayCorrelation, draw);
        const auto jitter = static_cast<double>(i.jitter.count());
        fate.wait += Duration(std::llround(jitter * i.distribution.Deviation(u)));
    }
    return fate;
}

/** Lets one copy wait or jump the queue; gives nothing if `limit` packets are waiting. */
std::optional<Delivery>
ImpairedDirection::Enqueue(const Fate& fate, Instant sent, std::uint32_t octets)
{
    const LinkImpairment& i = m_impairment;
    while (!m_waiting.empty() && m_waiting.top() <= sent)
    {
        m_waiting.pop();
    }
    if (i.limit > 0 && m_waiting.size() >= i.limit)
    {
        return std::nullopt;
    }
    Instant departure = sent;
    if (!fate.jumps)
    {
        departure += fate.wait;
        if (i.rate > 0)
        {
            const std::uint64_t bits = std::uint64_t{octets} * 8;
            const auto nanoseconds = (bits * 1'000'000'000 + i.rate / 2) / i.rate;
            departure = std::max(departure, m_lastDeparture) + Duration(nanoseconds);
        }
        m_lastDeparture = std::max(m_lastDeparture, departure);
    }
    if (i.limit > 0)
    {
        m_waiting.push(departure);
    }
    return Delivery{departure - sent, fate.damage};
}

} // namespace lifecycle
