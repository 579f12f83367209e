// Any text as injections: it is refused with its place, or each one, read alone, is the same.

#include "../../model/link/injection.h"
#include "find.h"

#include <cstddef>
#include <cstdint>
#include <tuple>

using namespace lifecycle;
using test::Expect;

namespace
{

auto
FieldsOf(const NumberRule& rule)
{
    return std::tie(rule.base, rule.offset, rule.spread, rule.step);
}

bool
AreSame(const Injection& a, const Injection& b)
{
    const auto rest = [](const Injection& i) {
        return std::tie(i.from,
                        i.to,
                        i.segment,
                        i.whileIn,
                        i.firstPort,
                        i.lastPort,
                        i.toPort,
                        i.at,
                        i.pacing,
                        i.gap,
                        i.rate,
                        i.times,
                        i.length,
                        i.answersWithReset,
                        i.text);
    };
    const bool haveSameSources = a.sources.has_value() == b.sources.has_value() &&
                                 (!a.sources || (a.sources->first == b.sources->first &&
                                                 a.sources->prefix == b.sources->prefix));
    return rest(a) == rest(b) && FieldsOf(a.seq) == FieldsOf(b.seq) &&
           FieldsOf(a.ack) == FieldsOf(b.ack) && haveSameSources;
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const std::string text(octets, octets + size);
    const auto read = ParseInjections(text);
    if (const auto* error = std::get_if<RuleError>(&read))
    {
        test::ExpectOneLine(error->message);
        Expect(error->character >= 1 && error->character <= size + 1,
               "the place of an error lies in the text",
               error->message);
        return 0;
    }
    for (const Injection& injection : std::get<std::vector<Injection>>(read))
    {
        const auto again = ParseInjections(injection.text);
        const auto* alone = std::get_if<std::vector<Injection>>(&again);
        Expect(alone != nullptr && alone->size() == 1 && AreSame(alone->front(), injection),
               "an injection reads the same again",
               injection.text);
    }
    return 0;
}
