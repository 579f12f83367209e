#ifndef LIFECYCLE_RUN_PARAMETERS_H
#define LIFECYCLE_RUN_PARAMETERS_H

#include "../../model/core/stack-config.h"
#include "../../model/link/word-reader.h"

#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lifecycle_run
{

using lifecycle::Duration;
using lifecycle::ToText;

/** The command line is wrong; what() is one sentence naming the option, the value, what is allowed. */
class UsageError : public std::runtime_error
{
  public:
    explicit UsageError(const std::string& what)
        : std::runtime_error(lifecycle::OneLine(what)) // whatever stands in the value
    {
    }
};

/** A value that may be drawn anew each time: a fixed one, or one of ns-3's random variables. */
template <class Value>
struct Drawn
{
    Value fixed{};
    std::string variable; ///< `ns3::ExponentialRandomVariable[Mean=0.5]`; empty: fixed

    bool IsFixed() const
    {
        return variable.empty();
    }

    bool IsZero() const
    {
        return IsFixed() && fixed == Value{};
    }
};

using DrawnTime = Drawn<Duration>;        ///< the variable is in seconds
using DrawnNumber = Drawn<std::uint64_t>; ///< the variable is rounded

/** The random variable that draws it, as ns-3 reads it. */
std::string VariableText(const DrawnTime& drawn);
std::string VariableText(const DrawnNumber& drawn);

constexpr const char* SAME = "same"; ///< a value of a single direction that is that of both
constexpr std::uint32_t SAME_NUMBER = std::numeric_limits<std::uint32_t>::max(); ///< likewise

/** The impairments of one direction, at first `same`; of times and fractions that is below 0. */
struct Direction
{
    Duration delay{-1};
    Duration jitter{-1};
    double delayCorrelation{-1};
    std::string distribution{SAME};
    double loss{-1};
    double lossCorrelation{-1};
    std::string lossState{SAME};
    std::string lossGemodel{SAME};
    double duplicate{-1};
    double duplicateCorrelation{-1};
    double corrupt{-1};
    double corruptCorrelation{-1};
    double reorder{-1};
    double reorderCorrelation{-1};
    std::uint32_t reorderGap{SAME_NUMBER};
    std::string rate{SAME};
    std::uint32_t limit{SAME_NUMBER};
};

/** What holds in both directions unless told otherwise. */
inline Direction
DefaultOfBoth()
{
    return {std::chrono::milliseconds(10),
            Duration(0),
            0,
            "uniform",
            0,
            0,
            "",
            "",
            0,
            0,
            0,
            0,
            0,
            0,
            1,
            "0bps",
            0};
}

/** Everything that can be said about a run. */
struct RunConfig
{
    // Who and how many
    std::uint32_t clients{1};
    std::uint64_t connections{1};
    double rate{0};
    std::string arrivals{"fixed"};
    double burstRate{0};
    Duration quietLength{std::chrono::seconds(10)};
    Duration burstLength{std::chrono::seconds(1)};
    std::string arrivalsFile;
    Duration duration{0};
    Duration warmUp{0};
    Duration stop{0};

    // What a connection does
    std::string open{"client"};
    DrawnTime openDelay;
    DrawnTime openDelayServer;
    DrawnNumber requests{1, ""};
    DrawnNumber requestSize{100, ""};
    DrawnNumber responseSize{1000, ""};
    DrawnTime think;
    bool serverFirst{false};
    DrawnTime hold;
    std::string closeFirst{"client"};
    double closeFirstProbability{1};
    DrawnTime closeDelay;
    bool halfClose{false};
    bool listen{true};
    DrawnTime acceptTime;
    DrawnTime readDelay;
    std::string keepAliveHost{"both"};

    // What goes wrong
    std::string faultHost{"server"};
    DrawnTime crashAt;
    DrawnTime rebootAt;
    Duration quietTime{0};
    DrawnTime exitAt;
    DrawnTime outageAt;
    Duration outageDuration{0};
    std::string inject;

    // The links
    std::string linkRate{"100Mbps"};
    std::uint32_t queue{1000};
    Direction both = DefaultOfBoth();
    Direction toServer;
    Direction toClient;
    std::string rules;
    bool checksums{false};
    std::string ipVersion{"4"};

    // The stack
    std::string stack{"lifecycle"};
    std::string preset{"rfc9293"};
    lifecycle::StackConfig values;

    // The record
    std::string output;
    bool force{false};
    std::string record{"transitions,segments,timers,occupancy,connections"};
    Duration occupancyInterval{0};
    std::uint32_t seed{1};
    std::uint64_t run{1};
    bool quiet{false};

    std::set<std::string> given; ///< names of the parameters that the command line sets

    /** When means begin: as asked, or when TIME-WAIT has filled up. */
    Duration WarmUp() const
    {
        return warmUp.count() > 0 ? warmUp : values.connection.TimeWaitLength();
    }
};

/** Where the value of a parameter lies in a RunConfig. */
using Target = std::variant<Duration*,
                            bool*,
                            std::uint16_t*,
                            std::uint32_t*,
                            std::uint64_t*,
                            double*,
                            std::string*,
                            DrawnTime*,
                            DrawnNumber*,
                            lifecycle::SynOverflow*,
                            lifecycle::SynCookieUse*,
                            lifecycle::TimeWaitOverflow*,
                            lifecycle::IsnPolicy*,
                            lifecycle::BlackHole*,
                            lifecycle::SynOptionOrder*,
                            lifecycle::EcnUse*>;

/** One thing that can be set, under its one name. */
struct Parameter
{
    std::string name;  ///< kebab-case
    std::string group; ///< heading in the help
    std::string help;
    Target target;
    double min{0};                    ///< least value [s for durations]
    double max{0};                    ///< greatest value; not above min: no limit
    std::vector<std::string> choices; ///< of a text, empty: any; of an enumeration
    std::string unit;                 ///< of a number
    bool describesTheRun{true};       ///< else it stands in no manifest: where and how to write
    std::string attribute;            ///< of LifecycleL4Protocol, for the long spelling
    double leastAboveZero{0};         ///< if min is 0: nothing between it and this is allowed
    bool maySame{false};              ///< whether it may be `same`: as in both directions
};

/** All parameters of @p config, in the order of the help. */
std::vector<Parameter> ParametersOf(RunConfig& config);

/** `KeepIdle` is `keep-idle`. */
std::string ToKebab(const std::string& camel);

/** Whether its value is a time, or one that is drawn. */
bool IsTime(const Parameter& parameter);

/** Whether it may be a random variable. */
bool MayBeDrawn(const Parameter& parameter);

/** Sets one parameter from text. @throws UsageError */
void SetFromText(const Parameter& parameter, const std::string& text);

/** The value as text that SetFromText reads back: `30s`, `0.01`, `true`. */
std::string ToText(const Parameter& parameter);

/** The shortest text that reads back. */
std::string NumberText(double number);

/** What is allowed, in words: `allowed is a number from 0 to 1`. */
std::string Allowed(const Parameter& parameter);

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_PARAMETERS_H
