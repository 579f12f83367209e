// Any text as a packetdrill script, which is not played: it is refused with its line, or read.

#include "../../helper/packetdrill/script.h"
#include "find.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace lifecycle::packetdrill;
using lifecycle::test::Expect;

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const std::string text(octets, octets + size);
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    const auto expectPlace = [lines](const auto& error) {
        lifecycle::test::ExpectOneLine(error.what());
        Expect(error.line >= 1 && error.line <= lines + 1,
               "the line of an error is one of the script",
               error.what());
    };
    try
    {
        const Script script = ParseScript("fuzz.pkt", text, {});
        Expect(!script.events.empty(), "a script has events");
        for (const Event& event : script.events)
        {
            Expect(event.line >= 1 && event.line <= lines,
                   "the line of an event is one of the script");
            if (const auto* packet = std::get_if<TcpPacket>(&event.what))
            {
                lifecycle::test::ExpectOneLine(ToString(*packet));
            }
        }
    }
    catch (const Failure& error)
    {
        expectPlace(error);
    }
    catch (const Unsupported& error)
    {
        expectPlace(error);
    }
    return 0;
}
