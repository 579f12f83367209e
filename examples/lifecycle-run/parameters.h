#ifndef LIFECYCLE_RUN_PARAMETERS_H
#define LIFECYCLE_RUN_PARAMETERS_H

#include "../../model/core/stack-config.h"

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lifecycle_run
{

using lifecycle::Duration;

/** The command line is wrong; what() is one sentence naming the option, the value, what is allowed. */
class UsageError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/** The impairments of one direction; a negative number stands for "as both directions". */
struct Direction
{
    Duration delay{-1};
    Duration jitter{-1};
    double loss{-1};
    double duplicate{-1};
    double reorder{-1};
};

/** Everything that can be said about a run. */
struct RunConfig
{
    // Who and how many
    std::uint32_t clients{1};
    std::uint64_t connections{1};
    double rate{0};
    std::string arrivals{"fixed"};
    Duration duration{0};
    Duration warmUp{0};
    Duration stop{0};

    // What a connection does
    std::uint64_t requestSize{100};
    std::uint64_t responseSize{1000};
    Duration hold{0};
    std::string closeFirst{"client"};
    bool halfClose{false};
    bool listen{true};
    std::string keepAliveHost{"both"};

    // What goes wrong
    std::string faultHost{"server"};
    Duration crashAt{0};
    Duration rebootAt{0};
    Duration outageAt{0};
    Duration outageDuration{0};

    // The links
    std::string linkRate{"100Mbps"};
    std::uint32_t queue{1000};
    Direction both{std::chrono::milliseconds(10), Duration(0), 0, 0, 0};
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
    std::string record{"transitions,segments,occupancy,connections"};
    Duration occupancyInterval{0};
    std::uint32_t seed{1};
    std::uint64_t run{1};
    bool quiet{false};

    std::set<std::string> given; ///< names of the parameters that the command line sets

    /** When means begin: as asked, or when TIME-WAIT has filled up. */
    Duration WarmUp() const
    {
        return warmUp.count() > 0 ? warmUp : 2 * values.connection.msl;
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
                            lifecycle::SynOverflow*,
                            lifecycle::SynCookieUse*,
                            lifecycle::TimeWaitOverflow*,
                            lifecycle::BlackHole*,
                            lifecycle::SynOptionOrder*>;

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

/** Sets one parameter from text. @throws UsageError */
void SetFromText(const Parameter& parameter, const std::string& text);

/** The value as text that SetFromText reads back: `30s`, `0.01`, `true`. */
std::string ToText(const Parameter& parameter);

/** `2h`, `30s`, `250ms`: in the largest unit that is exact. */
std::string ToText(Duration duration);

/** The shortest text that reads back. */
std::string NumberText(double number);

/** What is allowed, in words: `allowed is a number from 0 to 1`. */
std::string Allowed(const Parameter& parameter);

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_PARAMETERS_H
