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

/** As --print-config does, and back. */
void
ExpectSameAgain(RunConfig config)
{
    RunConfig copy;
    const std::vector<Parameter> originals = ParametersOf(config);
    const std::vector<Parameter> copies = ParametersOf(copy);
    for (std::size_t i = 0; i < originals.size(); ++i)
    {
        const std::string printed = ToText(originals[i]);
        SetFromText(copies[i], printed);
        Expect(ToText(copies[i]) == printed, "a value reads the same again", printed);
    }
}

/** ns-3 would abort if it could not make one. */
void
DrawEach(RunConfig config)
{
    for (const Parameter& parameter : ParametersOf(config))
    {
        std::string variable;
        if (const auto* const* time = std::get_if<DrawnTime*>(&parameter.target))
        {
            variable = (*time)->variable;
        }
        else if (const auto* const* number = std::get_if<DrawnNumber*>(&parameter.target))
        {
            variable = (*number)->variable;
        }
        if (!variable.empty())
        {
            DrawTime(MakeVariable(DrawnTime{Duration(0), variable}, 1));
        }
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
    ExpectSameAgain(config);
    DrawEach(config);
    CheckTogether(config);
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
