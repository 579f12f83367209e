#ifndef LIFECYCLE_PACKETDRILL_RUNNER_H
#define LIFECYCLE_PACKETDRILL_RUNNER_H

#include "script-player.h"
#include "simulated-host.h"
#include "simulated-machine.h"
#include "system.h"

#include "ns3/lifecycle-trace-helper.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lifecycle::packetdrill
{

/** The run was stopped from without. */
struct Interrupted : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/** Stops what is running in this process, or is about to: Run throws Interrupted. For signal handlers. */
void Interrupt();

/** Plays one script in a simulation of its own. */
class Runner : private ScriptPlayer
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

    using ScriptPlayer::Warnings;

  private:
    struct PendingCall
    {
        Attempt attempt;
        SystemCall call;
        int line;
        Nanoseconds due;
        Nanoseconds tolerance;
    };

    void MakeHost();
    void Step();
    /** Lets all that happens at this instant happen, then goes on. */
    void StepLater(unsigned turns);
    bool StepOutbound(const Event& event, const TcpPacket& expected);
    void Inject(const TcpPacket& packet, int line) override;
    void Inject(const IcmpPacket& packet, const Flow& flow) override;
    void Call(const Event& event, const SystemCall& call) override;
    std::optional<std::int64_t> InfoOf(const std::string& field) const override;
    void TryPending();
    void PendingIsDue();
    void NothingCame();
    void TailIsOver();
    void Sent(const Observed& observed);

    std::optional<Nanoseconds> CutsWithin() const override;

    std::unique_ptr<SimulatedHost> m_host;
    std::optional<ns3::LifecycleTraceHelper> m_trace;
    std::unique_ptr<System> m_system;
    std::unique_ptr<SimulatedMachine> m_machine;
    std::size_t m_at{0};     ///< number of the next event
    bool m_isWaiting{false}; ///< for something to be sent
    ns3::EventId m_deadline; ///< of this wait
    std::optional<PendingCall> m_pending;
    bool m_isOver{false};
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_RUNNER_H
