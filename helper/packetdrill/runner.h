#ifndef LIFECYCLE_PACKETDRILL_RUNNER_H
#define LIFECYCLE_PACKETDRILL_RUNNER_H

#include "commands.h"
#include "flow.h"
#include "script.h"
#include "simulated-host.h"
#include "system.h"

#include "ns3/lifecycle-trace-helper.h"

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
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
    std::string traceFolder; ///< where a run folder goes; empty: nowhere
};

/** The run was stopped from without. */
struct Interrupted : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/** Stops what is running in this process, or is about to: Run throws Interrupted. For signal handlers. */
void Interrupt();

/** The simulated time. */
Nanoseconds Now();

/** @p time in seconds. */
std::string Seconds(Nanoseconds time);

/** Two lines for the end of a message. */
std::string Compared(const std::string& expected, const std::string& actual);

/** Plays one script in a simulation of its own. */
class Runner
{
  public:
    Runner(const Script& script, const RunOptions& options);
    ~Runner();

    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /**
     * Plays the script, as it is now.
     *
     * Throws Failure at the first line that does not hold, Unsupported at one that is not known.
     */
    void Run();

    /** Writes what the run folder still lacks, if there is to be one, however Run has ended: as @p outcome. */
    void FinishTrace(const std::string& outcome);

    /** What was not looked at, one line each. */
    const std::vector<std::string>& Warnings() const
    {
        return m_warnings;
    }

  private:
    struct PendingCall
    {
        Attempt attempt;
        SystemCall call;
        int line;
        Nanoseconds due;
        Nanoseconds tolerance;
    };

    void ReadOptions();
    void MakeHost();
    void Step();
    /** Lets all that happens at this instant happen, then goes on. */
    void StepLater(unsigned turns);
    bool StepOutbound(const Event& event, const TcpPacket& expected);
    Observed TakeSent(const TcpPacket& expected);
    void Perform(const Event& event);
    void Inject(const TcpPacket& packet);
    void Inject(const IcmpPacket& packet, int line);
    void Call(const Event& event, const SystemCall& call);
    void TryPending();
    void PendingIsDue();
    void NothingCame();
    void TailIsOver();
    void Sent(const Observed& observed);
    Flow& FlowOf(std::uint16_t remotePort);

    Nanoseconds Begin(const EventTime& time) const;
    Nanoseconds End(const EventTime& time) const;
    Nanoseconds Tolerance(Nanoseconds due) const;

    const Script& m_script;
    RunOptions m_options;
    bool m_isIpv6{false};
    std::optional<std::uint32_t> m_mtu; ///< none: the default
    Nanoseconds m_tolerance{4000000};
    std::int64_t m_tolerancePercent{5};
    std::uint32_t m_timestampTick{1000}; ///< [microseconds]; 0: TSval is not looked at
    std::vector<std::string> m_warnings;

    std::unique_ptr<SimulatedHost> m_host;
    std::optional<ns3::LifecycleTraceHelper> m_trace;
    std::unique_ptr<System> m_system;
    std::optional<Commands> m_commands;
    std::list<Flow> m_flows;
    Flow* m_currentFlow{nullptr};
    std::uint16_t m_boundPort;
    std::deque<Observed> m_sent; ///< what the script has not yet asked for
    std::size_t m_at{0};         ///< number of the next event
    Nanoseconds m_previous{0};   ///< when the one before it happened
    bool m_isWaiting{false};     ///< for something to be sent
    ns3::EventId m_deadline;     ///< of this wait
    std::optional<PendingCall> m_pending;
    bool m_isOver{false};
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_RUNNER_H
