#ifndef LIFECYCLE_PROGRAM_HELPER_H
#define LIFECYCLE_PROGRAM_HELPER_H

#include "ns3/nstime.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

class LifecycleTraceHelper;
struct LifecycleScenario;

namespace lifecycle_internal
{
struct Option;
struct Program;
} // namespace lifecycle_internal

/**
 * @ingroup lifecycle
 * @brief The command line of a program that can be swept, as lifecycle-run can.
 *
 * The program then takes its options as `--name=value`, lists them with `--help` and, for
 * `lab sweep`, with `--describe=json`, prints them as TOML with `--print-config`, and runs many
 * runs in one process with `--serve`. What is wrong is told in one sentence.
 */
class LifecycleProgramHelper
{
  public:
    /**
     * @param name The program's name, for messages and manifests.
     * @param help What it does, for `--help`.
     */
    LifecycleProgramHelper(const std::string& name, const std::string& help);
    ~LifecycleProgramHelper();

    LifecycleProgramHelper(const LifecycleProgramHelper&) = delete;
    LifecycleProgramHelper& operator=(const LifecycleProgramHelper&) = delete;

    /** @brief Adds all options of the classic scenario. @param scenario outlives this helper */
    void AddScenario(LifecycleScenario& scenario);

    /**
     * @brief Adds an option of the program's own.
     *
     * @tparam Value bool, uint32_t, uint64_t, double, std::string or Time.
     * @param name in kebab-case; aborts if there is such an option already
     * @param help What it means.
     * @param value Holds the default, then what the command line says; outlives this helper.
     * @param min The least value, in seconds for times.
     * @param max The greatest value; not above @p min: no limit.
     * @param unit Of a number, such as `octets`.
     */
    template <class Value>
    void AddOption(const std::string& name,
                   const std::string& help,
                   Value& value,
                   double min = 0,
                   double max = 0,
                   const std::string& unit = "");

    /** @brief Adds an option that is one of @p choices, as AddOption does. */
    void AddChoice(const std::string& name,
                   const std::string& help,
                   std::string& value,
                   const std::vector<std::string>& choices);

    /** @brief Puts the program's own options into the manifest that @p trace writes. */
    void RecordOptions(LifecycleTraceHelper& trace) const;

    /**
     * @brief Does what the command line asks for.
     * @param run Called once the options are read; its result is the exit status. What it throws
     * becomes one sentence.
     * @return The exit status: 0 done, 1 something cannot be written, 2 wrong usage, 130
     * interrupted.
     */
    int Main(int argc, char** argv, const std::function<int()>& run);

  private:
    /** @brief Adds an option, whose name must be new. */
    void Add(const lifecycle_internal::Option& option);

    std::unique_ptr<lifecycle_internal::Program> m_program;
};

} // namespace ns3

#endif // LIFECYCLE_PROGRAM_HELPER_H
