#ifndef LIFECYCLE_SCENARIO_OPTIONS_H
#define LIFECYCLE_SCENARIO_OPTIONS_H

#include "../../model/core/option-rows.h"
#include "../../model/link/word-reader.h"

#include "ns3/data-rate.h"
#include "ns3/lifecycle-scenario-helper.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace ns3::lifecycle_internal
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

using DrawnTime = LifecycleDrawnTime;
using DrawnNumber = LifecycleDrawnNumber;

/** The random variable that draws it, as ns-3 reads it. */
std::string VariableText(const DrawnTime& drawn);
std::string VariableText(const DrawnNumber& drawn);

constexpr const char* SAME = "same"; ///< a value of a single direction that is that of both

/** A time as text: `30s`. */
std::string ToText(Time time);

/** The variant @p Fields with further types. */
template <class Fields, class... More>
struct MoreThan;

template <class... Fields, class... More>
struct MoreThan<std::variant<Fields...>, More...>
{
    using Type = std::variant<Fields..., More...>;
};

/** Where the value of an option lies. An optional value is empty where it is `same`. */
using Target = MoreThan<lifecycle::ConfigField,
                        Time*,
                        std::uint64_t*,
                        std::string*,
                        DataRate*,
                        DrawnTime*,
                        DrawnNumber*,
                        std::optional<Time>*,
                        std::optional<std::uint32_t>*,
                        std::optional<double>*,
                        std::optional<std::string>*,
                        std::optional<DataRate>*>::Type;

/** What an option may be, beside its type. */
struct OptionRange
{
    double min{0};                    ///< least value [s for durations]
    double max{0};                    ///< greatest value; not above min: no limit
    std::vector<std::string> choices; ///< of a text, empty: any; of an enumeration
    std::string unit;                 ///< of a number
    double leastAboveZero{0};         ///< if min is 0: nothing between it and this is allowed
};

/** One thing that can be set, under its one name. */
struct Option
{
    std::string name;  ///< kebab-case
    std::string group; ///< heading in the help
    std::string help;
    std::function<Target(LifecycleScenario& in)> target; ///< the value in @p in
    OptionRange range;
    bool describesTheRun{true}; ///< else it stands in no manifest: where and how to write
    std::string attribute;      ///< of LifecycleL4Protocol, for the long spelling

    /** Whether the value in any scenario has this type. */
    template <class Value>
    bool Holds() const
    {
        LifecycleScenario any;
        return std::holds_alternative<Value*>(target(any));
    }
};

/** All options of the classic scenario, in the order of the help. */
const std::vector<Option>& ScenarioOptions();

/** `KeepIdle` is `keep-idle`. */
std::string ToKebab(const std::string& camel);

/** Whether its value is a time, or one that is drawn. */
bool IsTime(const Option& option);

/** Whether it may be a random variable. */
bool MayBeDrawn(const Option& option);

/** Whether it may be `same`: as in both directions. */
bool MayBeSame(const Option& option);

/** Sets one option of @p scenario from text. @throws UsageError */
void SetFromText(const Option& option, LifecycleScenario& scenario, const std::string& text);

/** The value in @p scenario as text that SetFromText reads back: `30s`, `0.01`, `true`. */
std::string ToText(const Option& option, const LifecycleScenario& scenario);

/**
 * Whether @p text is a rate: ns-3 takes a number without a unit for bits per second, which is hardly
 * ever meant, less than one of them for none, and anything for more than it can count.
 */
bool IsRate(const std::string& text);

/** The shortest text that reads back. */
std::string NumberText(double number);

/** What is allowed, in words: `allowed is a number from 0 to 1`. */
std::string Allowed(const Option& option);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_OPTIONS_H
