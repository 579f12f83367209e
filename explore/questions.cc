#include "questions.h"

#include "../model/graph/exploration.h"

#include <cstdint>
#include <iomanip>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

namespace
{

struct Question
{
    std::string_view about;
    std::string_view first;  ///< script of host a
    std::string_view second; ///< script of host b
    std::uint32_t losses;
    std::uint32_t duplicates;
    void (*change)(StackConfig& stack);
    std::vector<std::string_view> without; ///< checks that the change breaks by itself
    std::string_view broken;               ///< the check to be expected; empty: none
};

void
ChangeNothing(StackConfig& /* stack */)
{
}

const std::vector<Question>&
Questions()
{
    constexpr std::string_view CLOSE_A = "open,close";
    constexpr std::string_view CLOSE_B = "listen,close";
    constexpr std::string_view TWICE_A = "open,close,open,close";
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
        {"keepalive and a crash",
         "open",
         "listen,crash",
         0,
         0,
         [](StackConfig& s) { s.connection.keepAlive = true; },
         {},
         ""},
        {"reboot", CLOSE_A, "listen,crash,reboot,listen", 0, 0, ChangeNothing, {}, ""},
    };
    return TABLE;
}

/** What the search has found, in words. */
std::string
AnswerOf(const Result& result)
{
    if (result.counterexample)
    {
        return std::string(result.counterexample->check->name) + " broken in " +
               std::to_string(result.counterexample->events.size()) + " events";
    }
    return "nothing broken";
}

bool
Ask(const Question& question, std::size_t threads)
{
    StackConfig stack = InTicks(*FindPreset("rfc9293"));
    question.change(stack);
    WorldRules rules = TwoHosts(stack, *ParseScript(question.first), *ParseScript(question.second));
    rules.losses = question.losses;
    rules.duplicates = question.duplicates;
    rules.inFlight = 2;
    Options options;
    options.threads = threads;
    options.without = question.without;
    const Result result = Explore(Futures(rules), options);
    const std::string_view broken =
        result.counterexample ? result.counterexample->check->name : std::string_view();
    std::cout << std::left << std::setw(32) << question.about << std::setw(5) << question.losses
              << std::setw(7) << question.duplicates << std::setw(10) << result.progress.worlds
              << AnswerOf(result) << (broken == question.broken ? "" : ", which is not expected")
              << std::endl; // each row as soon as it is known
    return broken == question.broken;
}

} // namespace

bool
AskQuestions(std::size_t threads)
{
    std::cout << std::left << std::setw(32) << "question" << std::setw(5) << "loss" << std::setw(7)
              << "copies" << std::setw(10) << "worlds"
              << "answer\n";
    bool isAllExpected = true;
    for (const Question& question : Questions())
    {
        isAllExpected = Ask(question, threads) && isAllExpected;
    }
    return isAllExpected && std::cout;
}

} // namespace lifecycle::exploration
