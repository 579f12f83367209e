#ifndef LIFECYCLE_PACKETDRILL_KERNEL_RUNNER_H
#define LIFECYCLE_PACKETDRILL_KERNEL_RUNNER_H

#include "kernel-device.h"
#include "kernel-machine.h"
#include "kernel-system.h"
#include "script-player.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <thread>

namespace lifecycle::packetdrill
{

/**
 * Plays one script against the kernel of this machine, in real time: packets through a device of its own,
 * system calls on real sockets. What is made once in a process.
 */
class KernelRunner : private ScriptPlayer
{
  public:
    KernelRunner(const Script& script, const RunOptions& options);
    ~KernelRunner() override;

    KernelRunner(const KernelRunner&) = delete;
    KernelRunner& operator=(const KernelRunner&) = delete;

    /** Plays the script. Throws as Runner::Run, and NoKernel where the machine does not allow it. */
    void Run();

    using ScriptPlayer::Warnings;

  private:
    /** A call that a thread makes. */
    struct Blocked
    {
        std::thread thread;
        std::atomic<bool> isOver{false};
        Outcome outcome;
        std::exception_ptr failure;
        Nanoseconds returned{0};
        SystemCall call;
        int line{0};
        Nanoseconds due{0};
        Nanoseconds tolerance{0};
    };

    Nanoseconds Now() const;
    void WaitUntil(Nanoseconds time);
    void AwaitPacket(const Event& event, const TcpPacket& expected);
    void Inject(const TcpPacket& packet, int line) override;
    void Inject(const IcmpPacket& packet, const Flow& flow) override;
    void Call(const Event& event, const SystemCall& call) override;
    std::optional<std::int64_t> InfoOf(const std::string& field) const override;
    void CheckBlocked(bool isLast);
    std::optional<Nanoseconds> CutsWithin() const override;

    std::chrono::steady_clock::time_point m_start;
    std::unique_ptr<KernelDevice> m_device;
    std::unique_ptr<KernelSystem> m_system;
    std::unique_ptr<KernelMachine> m_machine;
    std::shared_ptr<Blocked> m_blocked; ///< shared with its thread
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_KERNEL_RUNNER_H
