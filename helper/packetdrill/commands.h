#ifndef LIFECYCLE_PACKETDRILL_COMMANDS_H
#define LIFECYCLE_PACKETDRILL_COMMANDS_H

#include "shell-words.h"
#include "simulated-host.h"
#include "system.h"

#include <optional>
#include <string>

namespace lifecycle::packetdrill
{

/** The commands of one script. Those that are known are interpreted; none is ever started. */
class Commands
{
  public:
    Commands(SimulatedHost& host, System& system)
        : m_host(host),
          m_system(system)
    {
    }

    /**
     * Does what a shell would do with @p text.
     *
     * Throws Unsupported for a command that is not known, Failure where a command would fail.
     */
    void Run(const std::string& text, int line);

    /** Whether the device may cut what the TCP hands it, until ethtool says otherwise. */
    bool HasOffload() const
    {
        return m_hasOffload;
    }

  private:
    void RunSysctl(const Words& words, int line);
    void SetFiles(const Words& words, int line);
    void SetDefaults(int line);
    void SetOffload(const Words& words, int line);
    void CheckCount(const Pipeline& pipeline, int line) const;
    unsigned CountIn(const std::string& state) const;

    SimulatedHost& m_host;
    System& m_system;
    bool m_hasOffload{true};
    std::optional<SimulatedHost::Settings> m_saved; ///< for sysctl_restore
};

/** Checks each `assert` of @p text, which stands between `%{` and `}%`. */
void CheckAssertions(const std::string& text, const System& system, int line);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_COMMANDS_H
