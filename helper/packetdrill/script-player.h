#ifndef LIFECYCLE_PACKETDRILL_SCRIPT_PLAYER_H
#define LIFECYCLE_PACKETDRILL_SCRIPT_PLAYER_H

#include "commands.h"
#include "flow.h"
#include "script.h"
#include "system.h"

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** What is asked of a run beside the script. */
struct RunOptions
{
    std::string preset{"rfc9293"};   ///< where the script names none
    bool isIpv6{false};              ///< where the script names no version
    bool strictTail{false};          ///< nothing may be sent after the last line
    std::optional<Nanoseconds> tail; ///< for so long; none: as long as the tolerance
    Relaxed relaxed;
    bool againstKernel{false}; ///< of this machine, instead of a simulated host
    std::string traceFolder;   ///< where a run folder goes; empty: nowhere
};

/** An option in a script, for messages. */
std::string InFile(const std::string& name, const std::string& value);

/** @p time in seconds. */
std::string Seconds(Nanoseconds time);

/** Two lines for the end of a message. */
std::string Compared(const std::string& expected, const std::string& actual);

/** Throws Failure if @p outcome is not what the script expects of @p call. */
void CheckOutcome(const SystemCall& call, const Outcome& outcome, int line);

/** What is alike whoever plays a script: its options, its connections, and what it expects to be sent. */
class ScriptPlayer
{
  protected:
    ScriptPlayer(const Script& script, const RunOptions& options);
    virtual ~ScriptPlayer() = default;

    /** What was not looked at, one line each. */
    const std::vector<std::string>& Warnings() const
    {
        return m_warnings;
    }

    /** Takes over what stands in the script. Throws Failure or Unsupported. */
    void ReadOptions();

    Nanoseconds Begin(const EventTime& time) const;
    Nanoseconds End(const EventTime& time) const;
    Nanoseconds Tolerance(Nanoseconds due) const;

    Flow& FlowOf(std::uint16_t remotePort);

    /** As it goes to the host. Throws Failure if there is no such message over its IP. */
    IcmpPacket ToLive(const IcmpPacket& packet, int line);

    /** Does what stands in a line of the script that expects no packet. Throws Failure or Unsupported. */
    void Perform(const Event& event);

    /** Takes what was sent first, of which there must be something. Throws Failure if it is not expected. */
    Observed Match(const Event& event, const TcpPacket& expected);

    [[noreturn]] void ThrowNoPacket(const Event& event, Nanoseconds now) const;

    /** Throws Failure if something was sent that nobody has expected. */
    void CheckTail();

    const Script& m_script;
    RunOptions m_options;
    bool m_isIpv6{false};
    std::optional<std::uint32_t> m_mtu; ///< none: the default
    Nanoseconds m_tolerance{4000000};
    std::int64_t m_tolerancePercent{5};
    std::uint32_t m_timestampTick{1000}; ///< [microseconds]; 0: TSval is not looked at
    std::vector<std::string> m_warnings;

    std::list<Flow> m_flows;
    Flow* m_currentFlow{nullptr};
    std::uint16_t m_boundPort;
    std::deque<Observed> m_sent; ///< what the script has not yet asked for
    Nanoseconds m_previous{0};   ///< when the event before the next one happened
    std::optional<Commands> m_commands;

  private:
    virtual void Inject(const TcpPacket& packet, int line) = 0;

    /** @p packet is as it goes to the host. */
    virtual void Inject(const IcmpPacket& packet, const Flow& flow) = 0;

    virtual void Call(const Event& event, const SystemCall& call) = 0;

    /** A field of the TCP_INFO that was asked for last; nothing of one that is not known. */
    virtual std::optional<std::int64_t> InfoOf(const std::string& field) const = 0;

    /** In which time all is sent that the device has cut out of one packet; none: it cuts nothing. */
    virtual std::optional<Nanoseconds> CutsWithin() const = 0;

    Observed TakeSent(const TcpPacket& expected);
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_SCRIPT_PLAYER_H
