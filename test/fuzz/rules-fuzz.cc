// Any text as rules: it is refused with its place, or what is printed of it reads as the same rules.

#include "../../model/link/segment-rule.h"
#include "find.h"

#include <cstddef>
#include <cstdint>

using namespace lifecycle;
using test::Expect;

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const std::string text(octets, octets + size);
    const auto read = ParseSegmentRules(text);
    if (const auto* error = std::get_if<RuleError>(&read))
    {
        test::ExpectOneLine(error->message);
        Expect(error->character >= 1 && error->character <= size + 1,
               "the place of an error lies in the text",
               error->message);
        return 0;
    }
    const auto& rules = std::get<std::vector<SegmentRule>>(read);
    const std::string printed = SegmentRules(rules).Text();
    const auto again = ParseSegmentRules(printed);
    const auto* same = std::get_if<std::vector<SegmentRule>>(&again);
    Expect(same != nullptr && *same == rules, "rules read the same again", printed);
    return 0;
}
