// Any lines as lifecycle-run's options: they are refused in a sentence, or what is printed of them reads the same.

#include "../../examples/lifecycle-run/check-together.h"
#include "../../examples/lifecycle-run/command-line.h"
#include "../../examples/lifecycle-run/workload.h"
#include "find.h"

#include <cstddef>
#include <cstdint>
#include <sstream>

using namespace lifecycle_run;
using lifecycle::test::Expect;

namespace
{

/** As --print-config prints it and `lab run --config` hands it over. */
void
ExpectSameAgain(const Parameter& original, const Parameter& copy)
{
    const std::string printed = ToText(original);
    SetFromText(copy, printed);
    Expect(ToText(copy) == printed, "a value reads the same again", printed);
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
        DrawTime(MakeVariable(DrawnTime{Duration(0), variable}, 1));
    }
}

void
ReadAndCheck(const std::vector<std::string>& arguments)
{
    RunConfig config;
    const Request request = ReadCommandLine(arguments, config);
    const bool isRun = request == Request::RUN || request == Request::PRINT_CONFIG;
    if (!isRun || !InputFilesOf(config).empty()) // which might be any file of this machine
    {
        return;
    }
    RunConfig copy;
    const std::vector<Parameter> originals = ParametersOf(config);
    const std::vector<Parameter> copies = ParametersOf(copy);
    for (std::size_t i = 0; i < originals.size(); ++i)
    {
        if (config.given.count(originals[i].name) > 0)
        {
            ExpectSameAgain(originals[i], copies[i]);
        }
    }
    CheckTogether(config); // after which a run draws
    for (const Parameter& original : originals)
    {
        DrawOne(original.target);
    }
    Expect(!ConfigText(config).empty(), "a run can be printed");
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
