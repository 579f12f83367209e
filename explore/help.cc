#include "help.h"

#include "../model/core/stack-config.h"
#include "../model/graph/liveness.h"
#include "../model/graph/world-checks.h"

#include <iostream>
#include <string>

namespace lifecycle::exploration
{

const std::vector<NamedScripts>&
ScriptTable()
{
    static const std::vector<NamedScripts> TABLE{
        {"handshake", {"open", "listen"}, "a opens; b listens"},
        {"close", {"open,data,close", "listen,data,close"}, "and both send and close"},
        {"close-fully",
         {"open,data,close-fully", "listen,data,close-fully"},
         "and both give up reading as well"},
        {"abort", {"open,data,abort", "listen,data,close"}, "and a aborts"},
        {"simultaneous", {"open,data,close", "open,data,close"}, "both open and close"},
        {"again",
         {"open,data,close,open,data,close", "listen,data,close,next,data,close"},
         "a second connection of the same two sockets follows"},
        {"reboot",
         {"open,data,close", "listen,crash,reboot,listen"},
         "b loses its memory and listens again"},
    };
    return TABLE;
}

void
PrintHelp()
{
    std::cout
        << "Usage: lifecycle-explore [--OPTION...]\n"
           "       lifecycle-explore --differ STACK STACK\n\n"
           "Visits every future of two hosts, their users and a bad network, breadth first, "
           "and checks\n"
           "each step. Exit status: 0 if all futures are seen and no check is broken, 1 if "
           "one is, 3 if\n"
           "the search was stopped before.\n\n"
           "  --questions       ask the classic questions one after the other, and print one "
           "table\n"
           "  --differ STACK STACK\n"
           "                    print in what two stacks differ, and the fewest inputs that "
           "show it, one\n"
           "                    option after the other; a stack is a preset, or a preset with "
           "options:\n"
           "                    rfc9293+rfc1337=false. Exit status: 0 if no input shows "
           "anything, else 1\n"
           "  --script=NAME     what the users do (close):\n";
    for (const NamedScripts& named : ScriptTable())
    {
        std::cout << "                      " << named.name << ": " << named.meaning << "\n";
    }
    std::cout
        << "  --a=CALL,... --b=CALL,... --c=CALL,...\n"
           "                    instead, what the user of each host does: listen, open, send,\n"
           "                    close, close-fully, abort, crash, reboot, next; c opens to b\n"
           "  --data=N          octets that each user sends before closing (0)\n"
           "  --loss=N          segments that the network may lose (0)\n"
           "  --duplicates=N    copies that the network may make (0)\n"
           "  --attacks=N       segments that an attacker may forge who sees nothing, but hits "
           "the\n"
           "                    window (0)\n"
           "  --ticks=N         time ends after N ticks (0: never), as SYN cookies need it\n"
           "  --in-flight=N     futures with more segments on their way are left out (3)\n"
           "  --lifetime=N      ticks of 3 s after which a segment is gone (2: one MSL)\n"
           "  --preset=NAME     "
        << PresetsInWords()
        << " (rfc9293), with times of a few ticks\n"
           "  --OPTION=VALUE    any option of the stack, as of './lab run'\n"
           "  --without=CHECK   a check that may be broken; again for more\n"
           "  --liveness        if no check is broken, ask whether the promises below are kept: up "
           "to\n"
           "                    2 million worlds, on one core\n"
           "  --threads=N       (all cores); the result is the same for any number\n"
           "  --worlds=N --seconds=N --megabytes=N\n"
           "                    when to stop; with three quarters of the memory in use it stops as "
           "well\n"
           "  --checkpoint=FILE a search that is stopped, also by Ctrl-C, writes how far it has "
           "come\n"
           "  --continue=FILE   go on from there, with the same rules; takes a part of the time "
           "that\n"
           "                    the search has taken so far\n"
           "  --steps=FILE      write the shortest way to a broken check for lifecycle-replay; "
           "with\n"
           "                    --questions, one file a question into the folder FILE\n"
           "  --quiet           show no progress\n\nChecks:\n";
    for (const Check& check : CHECKS)
    {
        std::cout << "  " << check.name << std::string(19 - check.name.size(), ' ') << check.claim
                  << " (" << check.requirements << ")\n";
    }
    std::cout << "\nPromises:\n";
    for (const Promise& promise : PROMISES)
    {
        std::cout << "  " << promise.name << std::string(19 - promise.name.size(), ' ')
                  << promise.claim << " (" << promise.requirements << ")\n";
    }
}

} // namespace lifecycle::exploration
