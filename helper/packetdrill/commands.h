#ifndef LIFECYCLE_PACKETDRILL_COMMANDS_H
#define LIFECYCLE_PACKETDRILL_COMMANDS_H

#include "shell-words.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lifecycle::packetdrill
{

/** What commands can do to a machine, simulated or real. */
class Machine
{
  public:
    virtual ~Machine() = default;

    /** A variable of sysctl, and its value. */
    using Setting = std::pair<std::string, std::string>;

    /** Sets variables, which must go together then. Throws Unsupported or Failure. */
    virtual void Set(const std::vector<Setting>& settings, int line) = 0;
    /** Keeps what variables are now for Restore. */
    virtual void Keep() = 0;
    virtual void Restore() = 0;
    /** How many sockets are in the state that RFC 9293 calls so. */
    virtual unsigned CountIn(const std::string& state) const = 0;
    /** Ends the connections in that state. */
    virtual void Drop(const std::string& state, int line) = 0;
};

/** The commands of one script. Those that are known are interpreted; none is ever started. */
class Commands
{
  public:
    explicit Commands(Machine& machine)
        : m_machine(machine)
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
    void SetOffload(const Words& words, int line);
    void CheckCount(const Pipeline& pipeline, int line) const;

    Machine& m_machine;
    bool m_hasOffload{true};
};

/** What a field of TCP_INFO, or a constant for one, is; nothing if it is not known. */
using InfoLookup = std::function<std::optional<std::int64_t>(const std::string&)>;

/** Checks each `assert` of @p text, which stands between `%{` and `}%`. */
void CheckAssertions(const std::string& text, const InfoLookup& info, int line);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_COMMANDS_H
