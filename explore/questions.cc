#include "questions.h"

#include "../model/graph/exploration.h"
#include "../model/graph/liveness.h"
#include "steps-file.h"

#include <cctype>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

namespace
{

constexpr const char* PRESET = "rfc9293";

struct Question
{
    std::string_view about;
    std::string_view first;  ///< script of host a
    std::string_view second; ///< script of host b
    std::uint32_t losses;
    std::uint32_t duplicates;
    void (*change)(StackConfig& stack);
    std::vector<std::string_view> without; ///< checks that the change breaks by itself
    std::string_view broken;               ///< the check or promise to be expected; empty: none
    std::uint32_t attacks{0};
    bool asksPromises{false};
    std::uint32_t ticks{0}; ///< when time ends; 0: never
};

void
ChangeNothing(StackConfig& /* stack */)
{
}

void
HeedAsRfc793(StackConfig& stack)
{
    stack.connection.rfc793Reset = true;
    stack.connection.rfc793Syn = true;
    stack.connection.rfc793Ack = true;
}

const std::vector<Question>&
Questions()
{
    constexpr std::string_view CLOSE_A = "open,close";
    constexpr std::string_view CLOSE_B = "listen,close";
    constexpr std::string_view TWICE_A = "open,close,open,close";
    constexpr std::uint32_t LATE = 8; // TIME-WAIT is over by then
    constexpr std::string_view ABORT_A = "open,send,abort";
    static const std::vector<Question> TABLE{
        {"three-way handshake", CLOSE_A, CLOSE_B, 1, 0, ChangeNothing, {}, ""},
        {"two-way handshake",
         CLOSE_A,
         CLOSE_B,
         1,
         0,
         [](StackConfig& s) { s.connection.twoWayHandshake = true; },
         {},
         "phantom"},
        {"simultaneous open and close", CLOSE_A, CLOSE_A, 0, 0, ChangeNothing, {}, ""},
        {"no TIME-WAIT, constant numbers",
         "open,send,abort,open,send",
         "listen",
         0,
         1,
         [](StackConfig& s) {
             s.connection.timeWaitFactor = 0;
             s.host.isnPolicy = IsnPolicy::CONSTANT;
         },
         {"time-wait-length", "acks-unsent"},
         "old-octet"},
        {"TIME-WAIT, constant numbers",
         TWICE_A,
         CLOSE_B,
         0,
         1,
         [](StackConfig& s) { s.host.isnPolicy = IsnPolicy::CONSTANT; },
         {},
         "acks-unsent"},
        {"TIME-WAIT, RFC 6528 numbers", TWICE_A, CLOSE_B, 0, 1, ChangeNothing, {}, ""},
        {"TIME-WAIT without restart",
         CLOSE_A,
         CLOSE_B,
         1,
         0,
         [](StackConfig& s) { s.connection.timeWaitRestart = false; },
         {},
         "time-wait-length"},
        {"RST honoured in TIME-WAIT",
         CLOSE_A,
         CLOSE_B,
         0,
         1,
         [](StackConfig& s) { s.connection.rfc1337 = false; },
         {},
         "time-wait-length"},
        {"RST ignored in TIME-WAIT", CLOSE_A, CLOSE_B, 0, 1, ChangeNothing, {}, ""},
        {"RFC 793 resets",
         ABORT_A,
         "listen",
         0,
         0,
         [](StackConfig& s) { s.connection.rfc793Reset = true; },
         {},
         "bad-reset-heeded"},
        {"RFC 5961 resets", ABORT_A, "listen", 0, 0, ChangeNothing, {}, ""},
        {"attacker against RFC 793",
         "open,send,close",
         "listen,close",
         0,
         0,
         HeedAsRfc793,
         {"bad-reset-heeded"},
         "forgery",
         1},
        {"attacker against RFC 5961",
         "open,send,close",
         "listen,close",
         0,
         0,
         ChangeNothing,
         {},
         "",
         1},
        {"an octet forged, RFC 793 ACKs",
         "open",
         "listen",
         0,
         0,
         [](StackConfig& s) { s.connection.rfc793Ack = true; },
         {"forgery", "old-octet", "fin", "acks-unsent", "half-open", "agreement"},
         "livelock",
         1,
         true},
        {"an octet forged, RFC 5961 ACKs", "open", "listen", 0, 0, ChangeNothing, {}, "", 1, true},
        {"a late ACK, no SYN cookies",
         CLOSE_A,
         CLOSE_B,
         0,
         1,
         ChangeNothing,
         {},
         "",
         0,
         false,
         LATE},
        {"a late ACK and SYN cookies",
         CLOSE_A,
         CLOSE_B,
         0,
         1,
         [](StackConfig& s) { s.listen.synCookies = SynCookieUse::ALWAYS; },
         {"acks-unsent", "fin"},
         "phantom",
         0,
         false,
         LATE},
        {"a crash, no keepalive",
         "open",
         "listen,crash",
         0,
         0,
         ChangeNothing,
         {},
         "way-home",
         0,
         true},
        {"a crash and keepalive",
         "open",
         "listen,crash",
         0,
         0,
         [](StackConfig& s) { s.connection.keepAlive = true; },
         {},
         "",
         0,
         true},
        {"reboot", CLOSE_A, "listen,crash,reboot,listen", 0, 0, ChangeNothing, {}, ""},
    };
    return TABLE;
}

/** What breaks a check, or else, if that is asked, a promise. */
std::optional<Finding>
Search(const Question& question, const Futures& futures, std::size_t threads, std::uint64_t& worlds)
{
    Options options;
    options.threads = threads;
    options.without = question.without;
    const Result result = Explore(futures, options);
    worlds = result.progress.worlds;
    if (result.counterexample)
    {
        return FindingOf(*result.counterexample);
    }
    const auto broken =
        question.asksPromises ? FindBrokenPromise(futures, nullptr).broken : std::nullopt;
    return broken ? std::make_optional(FindingOf(*broken)) : std::nullopt;
}

/** `TIME-WAIT, RFC 6528 numbers` as `time-wait-rfc-6528-numbers`. */
std::string
FileName(std::string_view about)
{
    std::string name;
    for (const char letter : about)
    {
        if (std::isalnum(static_cast<unsigned char>(letter)) != 0)
        {
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        }
        else if (name.back() != '-')
        {
            name += '-';
        }
    }
    return name;
}

bool
Ask(const Question& question, std::size_t threads, const std::string& folder)
{
    StackConfig stack = InTicks(*FindPreset(PRESET));
    question.change(stack);
    WorldRules rules = TwoHosts(stack, *ParseScript(question.first), *ParseScript(question.second));
    rules.losses = question.losses;
    rules.duplicates = question.duplicates;
    rules.attacks = question.attacks;
    rules.ticks = question.ticks;
    rules.inFlight = 2;
    const Futures futures(rules);
    std::uint64_t worlds = 0;
    const auto found = Search(question, futures, threads, worlds);
    const bool isExpected = question.broken == (found ? found->name : std::string_view());
    std::cout << std::left << std::setw(32) << question.about << std::setw(5) << question.losses
              << std::setw(7) << question.duplicates << std::setw(7) << question.attacks
              << std::setw(10) << worlds
              << (found ? std::string(found->name) + " broken in " +
                              std::to_string(found->events.size()) + " events"
                        : "nothing broken")
              << (isExpected ? "" : ", which is not expected")
              << std::endl; // each row as soon as it is known
    if (found && !folder.empty() &&
        !WriteSteps(folder + "/" + FileName(question.about) + ".json", futures, PRESET, *found))
    {
        std::cout << "a file cannot be written into '" << folder << "'\n";
        return false;
    }
    return isExpected;
}

} // namespace

bool
AskQuestions(std::size_t threads, const std::string& folder)
{
    std::cout << std::left << std::setw(32) << "question" << std::setw(5) << "loss" << std::setw(7)
              << "copies" << std::setw(7) << "forged" << std::setw(10) << "worlds"
              << "answer\n";
    bool isAllExpected = true;
    for (const Question& question : Questions())
    {
        isAllExpected = Ask(question, threads, folder) && isAllExpected;
    }
    return isAllExpected && std::cout;
}

} // namespace lifecycle::exploration
