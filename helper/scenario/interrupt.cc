#include "interrupt.h"

#include "program.h"

#include "ns3/simulator.h"

#include <csignal>
#include <string>
#include <string_view>
#include <unistd.h>

namespace ns3::lifecycle_internal
{

namespace
{

constexpr unsigned PATIENCE = 5; ///< [s]; an event takes microseconds

volatile std::sig_atomic_t g_isInterrupted = 0;
volatile std::sig_atomic_t g_isWaiting = 0; ///< until SIGALRM

void
GiveUp(int /* signal */)
{
    constexpr std::string_view SENTENCE =
        ": interrupted in something that does not end; the folder is unfinished.\n";
    const std::string& name = ProgramName();
    if (write(STDERR_FILENO, name.data(), name.size()) < 0 ||
        write(STDERR_FILENO, SENTENCE.data(), SENTENCE.size()) < 0)
    {
        _exit(INTERRUPTED); // nobody listens
    }
    _exit(INTERRUPTED);
}

void
Interrupt(int /* signal */)
{
    g_isInterrupted = 1;
    Simulator::Stop(); // sets a flag that the event loop looks at
    if (g_isWaiting == 0)
    {
        g_isWaiting = 1;
        std::signal(SIGALRM, GiveUp);
        alarm(PATIENCE);
    }
}

} // namespace

void
EndOnInterrupt()
{
    std::signal(SIGINT, Interrupt);
    std::signal(SIGTERM, Interrupt);
}

void
SimulatorHasEnded()
{
    if (g_isWaiting != 0)
    {
        alarm(0);
        g_isWaiting = 0; // what is left to write may take its time, unless there is one more signal
    }
}

bool
WasInterrupted()
{
    return g_isInterrupted != 0;
}

} // namespace ns3::lifecycle_internal
