// Any lines as lifecycle-run's options: they are refused in a sentence, or what is printed of them reads the same.

#include "../../helper/scenario/checks.h"
#include "../../helper/scenario/command-line.h"
#include "../../helper/scenario/workload.h"
#include "find.h"

#include <cstddef>
#include <cstdint>
#include <sstream>

using namespace ns3;
using namespace ns3::lifecycle_internal;
using lifecycle::test::Expect;

namespace
{

/** As --print-config prints it and `lab run --config` hands it over. */
void
ExpectSameAgain(const Option& option, const LifecycleScenario& original)
{
    LifecycleScenario copy;
    const std::string printed = ToText(option, original);
    SetFromText(option, copy, printed);
    Expect(ToText(option, copy) == printed, "a value reads the same again", printed);
}

/** ns-3 would abort if it could not make one. */
void
DrawOne(const Target& target)
{
    std::string variable;
    if (const auto* const* time = std::get_if<DrawnTime*>(&target))
    {
        variable = (*time)->variable;
    }
    else if (const auto* const* number = std::get_if<DrawnNumber*>(&target))
    {
        variable = (*number)->variable;
    }
    if (!variable.empty())
    {
        DrawTime(MakeVariable(DrawnTime(variable.c_str()), 1));
    }
}

void
ReadAndCheck(const std::vector<std::string>& arguments)
{
    LifecycleScenario scenario;
    Program program;
    program.options = ScenarioOptions();
    program.scenario = &scenario;
    const Request request = ReadCommandLine(arguments, program);
    const bool isRun = request == Request::RUN || request == Request::PRINT_CONFIG;
    if (!isRun || !InputFilesOf(scenario).empty()) // which might be any file of this machine
    {
        return;
    }
    for (const Option& option : program.options)
    {
        if (scenario.given.count(option.name) > 0)
        {
            ExpectSameAgain(option, scenario);
        }
    }
    CheckTogether(scenario); // after which a run draws
    for (const Option& option : program.options)
    {
        DrawOne(option.target(scenario));
    }
    Expect(!ConfigText(program).empty(), "a run can be printed");
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    std::istringstream text(std::string(octets, octets + size));
    std::vector<std::string> arguments;
    for (std::string line; std::getline(text, line);)
    {
        arguments.push_back(line.substr(0, line.find('\0'))); // where an argument ends
    }
    try
    {
        ReadAndCheck(arguments);
    }
    catch (const UsageError& error)
    {
        lifecycle::test::ExpectOneLine(error.what());
    }
    return 0;
}
