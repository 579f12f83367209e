#ifdef __linux__

#include "kernel-runner.h"

#include <algorithm>
#include <cstdlib>
#include <poll.h>
#include <utility>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::uint32_t DEFAULT_MTU = 1500;
constexpr Nanoseconds MILLISECOND = 1000000;
/** What a busy machine and the kernel's own ticks may add to a time. */
constexpr Nanoseconds REAL_TIME_TOLERANCE = 30 * MILLISECOND;
/** Linux's timers may be late by an eighth. Source: kernel/time/timer.c */
constexpr std::int64_t TIMER_WHEEL_PERCENT = 13;
constexpr Nanoseconds LONGEST_WAIT = Nanoseconds{120} * 1000 * MILLISECOND; // for `*`

Nanoseconds
Since(std::chrono::steady_clock::time_point start)
{
    using std::chrono::nanoseconds;
    return std::chrono::duration_cast<nanoseconds>(std::chrono::steady_clock::now() - start)
        .count();
}

} // namespace

KernelRunner::KernelRunner(const Script& script, const RunOptions& options)
    : ScriptPlayer(script, options)
{
}

KernelRunner::~KernelRunner()
{
    if (m_blocked)
    {
        m_blocked->thread.detach(); // it ends with the process
    }
}

Nanoseconds
KernelRunner::Now() const
{
    return Since(m_start);
}

/** Collects what is sent until @p time, and at least what has been sent so far. */
void
KernelRunner::WaitUntil(Nanoseconds time)
{
    for (;;)
    {
        while (auto sent = m_device->Take())
        {
            sent->time = Now();
            m_sent.push_back(*sent);
        }
        const Nanoseconds left = time - Now();
        if (left <= 0)
        {
            return;
        }
        pollfd device{m_device->Descriptor(), POLLIN, 0};
        const timespec span{left / 1000000000, left % 1000000000};
        ppoll(&device, 1, &span, nullptr);
    }
}

void
KernelRunner::Run()
{
    ReadOptions();
    const auto preset = m_script.options.find("preset");
    if (preset != m_script.options.end() && preset->second.value != "linux")
    {
        throw Unsupported(preset->second.line,
                          "option --preset=" + preset->second.value + " against a kernel");
    }
    m_tolerance = std::max(m_tolerance, REAL_TIME_TOLERANCE);
    m_tolerancePercent = std::max(m_tolerancePercent, TIMER_WHEEL_PERCENT);
    m_device = std::make_unique<KernelDevice>(m_isIpv6, m_mtu.value_or(DEFAULT_MTU));
    m_system = std::make_unique<KernelSystem>(m_isIpv6, !m_options.relaxed.sizes);
    m_system->onBind = [this](std::uint16_t port) { m_boundPort = port; };
    m_system->onConnect = [this](std::uint16_t port) {
        m_currentFlow = &m_flows.emplace_back(0, port);
    };
    m_machine = std::make_unique<KernelMachine>(m_isIpv6, *m_system);
    // As preset linux has them, whatever this machine uses
    m_machine->Set(
        {{"net.ipv4.tcp_rmem", "4096 131072 6291456"}, {"net.ipv4.tcp_congestion_control", "reno"}},
        1);
    m_commands.emplace(*m_machine);
    m_start = std::chrono::steady_clock::now();
    for (const Event& event : m_script.events)
    {
        const auto* packet = std::get_if<TcpPacket>(&event.what);
        if (packet != nullptr && !packet->isInbound)
        {
            AwaitPacket(event, *packet);
            continue;
        }
        WaitUntil(Begin(event.time));
        const Nanoseconds due = Begin(event.time);
        if (Now() - due > Tolerance(due))
        {
            throw NoKernel("this machine is too busy: line " + std::to_string(event.line) +
                               " was due at " + Seconds(due) + ", and it is " + Seconds(Now()),
                           "this machine is too busy");
        }
        m_previous = due; // what the script means is not what the machine adds
        Perform(event);
        CheckBlocked(false);
    }
    CheckBlocked(true);
    if (m_options.strictTail)
    {
        WaitUntil(Now() + m_options.tail.value_or(m_tolerance));
        CheckTail();
    }
}

void
KernelRunner::AwaitPacket(const Event& event, const TcpPacket& expected)
{
    const EventTime& time = event.time;
    const Nanoseconds begin = Begin(time);
    const Nanoseconds latest = time.isAny ? Now() + LONGEST_WAIT : End(time) + Tolerance(begin);
    while (m_sent.empty())
    {
        if (Now() > latest)
        {
            ThrowNoPacket(event, Now());
        }
        CheckBlocked(false);
        WaitUntil(std::min(Now() + MILLISECOND, latest + 1));
    }
    if (m_sent.front().packet.length < expected.length)
    {
        WaitUntil(Now() + MILLISECOND); // for the rest of what the kernel has cut
    }
    m_previous = Match(event, expected).time;
}

void
KernelRunner::Inject(const TcpPacket& packet, int line)
{
    if (packet.source != Whose::USUAL || packet.destination != Whose::USUAL)
    {
        throw Unsupported(line, "another address in a packet to a kernel");
    }
    Flow& flow = FlowOf(packet.remotePort);
    m_device->Inject(flow.ToLive(packet), flow.LocalPort(), flow.RemotePort());
}

void
KernelRunner::Inject(const IcmpPacket& packet, const Flow& flow)
{
    m_device->Inject(packet, flow.LocalPort(), flow.RemotePort());
}

std::optional<std::int64_t>
KernelRunner::InfoOf(const std::string& field) const
{
    return m_system->InfoOf(field);
}

void
KernelRunner::Call(const Event& event, const SystemCall& call)
{
    if (m_blocked)
    {
        throw Failure(event.line,
                      m_blocked->call.name + " of line " + std::to_string(m_blocked->line) +
                          " still blocks");
    }
    const bool blocks = event.time.blocksTill.has_value();
    const RealCall real = m_system->Prepare(call, blocks, event.line);
    if (!blocks)
    {
        CheckOutcome(call, real(), event.line);
        return;
    }
    const Nanoseconds due =
        *event.time.blocksTill + (event.time.isRelative ? m_previous : Nanoseconds{0});
    m_blocked = std::make_shared<Blocked>();
    m_blocked->call = call;
    m_blocked->line = event.line;
    m_blocked->due = due;
    m_blocked->tolerance = Tolerance(due);
    m_blocked->thread = std::thread([start = m_start, real, blocked = m_blocked] {
        try
        {
            blocked->outcome = real();
        }
        catch (const Failure&)
        {
            blocked->failure = std::current_exception();
        }
        blocked->returned = Since(start);
        blocked->isOver = true;
    });
    WaitUntil(Now() + MILLISECOND); // the call is to be under way before the next event
}

/** Looks at the call that blocks, and, if it @p isLast, waits for it. */
void
KernelRunner::CheckBlocked(bool isLast)
{
    while (m_blocked)
    {
        if (m_blocked->isOver)
        {
            const auto blocked = std::move(m_blocked);
            blocked->thread.join();
            if (blocked->failure)
            {
                std::rethrow_exception(blocked->failure);
            }
            CheckOutcome(blocked->call, blocked->outcome, blocked->line);
            if (std::abs(blocked->returned - blocked->due) > blocked->tolerance)
            {
                throw Failure(blocked->line,
                              blocked->call.name + " has returned at the wrong time: " +
                                  Seconds(blocked->returned) + ", not " + Seconds(blocked->due));
            }
            return;
        }
        if (Now() > m_blocked->due + m_blocked->tolerance)
        {
            throw Failure(m_blocked->line,
                          m_blocked->call.name + " has not returned in time: it still blocks at " +
                              Seconds(Now()) + ", not " + Seconds(m_blocked->due));
        }
        if (!isLast)
        {
            return;
        }
        WaitUntil(Now() + MILLISECOND);
    }
}

std::optional<Nanoseconds>
KernelRunner::CutsWithin() const
{
    return 2 * MILLISECOND;
}

} // namespace lifecycle::packetdrill

#endif // __linux__
