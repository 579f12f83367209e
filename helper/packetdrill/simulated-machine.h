#ifndef LIFECYCLE_PACKETDRILL_SIMULATED_MACHINE_H
#define LIFECYCLE_PACKETDRILL_SIMULATED_MACHINE_H

#include "commands.h"
#include "simulated-host.h"
#include "system.h"

#include <optional>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** What commands do to the simulated host. */
class SimulatedMachine : public Machine
{
  public:
    SimulatedMachine(SimulatedHost& host, System& system)
        : m_host(host),
          m_system(system)
    {
    }

    void Set(const std::vector<Setting>& settings, int line) override;
    void Keep() override;
    void Restore() override;
    unsigned CountIn(const std::string& state) const override;
    void Drop(const std::string& state, int line) override;

  private:
    SimulatedHost& m_host;
    System& m_system;
    std::optional<SimulatedHost::Settings> m_kept;
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_SIMULATED_MACHINE_H
