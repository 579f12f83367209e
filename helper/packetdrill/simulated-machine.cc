#include "simulated-machine.h"

#include "sysctl.h"

#include <utility>

namespace lifecycle::packetdrill
{

void
SimulatedMachine::Set(const std::vector<Setting>& settings, int line)
{
    for (const auto& [name, value] : settings)
    {
        SetSysctl(m_host, name, value, line);
    }
    CheckTogether(m_host, line);
}

void
SimulatedMachine::Keep()
{
    m_kept = m_host.GetSettings();
}

void
SimulatedMachine::Restore()
{
    if (m_kept)
    {
        m_host.SetSettings(*std::exchange(m_kept, std::nullopt));
    }
}

unsigned
SimulatedMachine::CountIn(const std::string& state) const
{
    return state == "LISTEN" || state == "CLOSED" ? m_system.CountSockets(state)
                                                  : m_host.CountIn(state);
}

void
SimulatedMachine::Drop(const std::string& state, int /* line */)
{
    m_system.Drop(state);
}

} // namespace lifecycle::packetdrill
