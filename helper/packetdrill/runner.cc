#include "runner.h"

#include "../../model/core/stack-config.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace lifecycle::packetdrill
{

namespace
{

volatile std::sig_atomic_t g_isInterrupted = 0;
volatile std::sig_atomic_t g_isRunning = 0; ///< there is a simulator that can be stopped

constexpr std::uint32_t DEFAULT_MTU = 1500;
constexpr Nanoseconds LONGEST_WAIT = Nanoseconds{24 * 3600} * 1000000000; // for `*`
constexpr unsigned TURNS = 4; // an event of this instant may schedule another, and so on

Nanoseconds
Now()
{
    return ns3::Simulator::Now().GetNanoSeconds();
}

} // namespace

void
Interrupt()
{
    g_isInterrupted = 1;
    if (g_isRunning != 0)
    {
        ns3::Simulator::Stop(); // sets a flag that the event loop looks at
    }
}

Runner::Runner(const Script& script, const RunOptions& options)
    : ScriptPlayer(script, options)
{
}

Runner::~Runner() = default;

void
Runner::MakeHost()
{
    m_host =
        std::make_unique<SimulatedHost>(m_isIpv6, m_mtu.value_or(DEFAULT_MTU), m_options.preset);
    if (m_mtu)
    {
        m_host->SetAttribute("Mss", "65495"); // the most that there is: the device bounds it
    }
    if (!m_options.traceFolder.empty())
    {
        m_trace.emplace(m_options.traceFolder, true);
        m_trace->SetProgram("packetdrill");
        m_trace->AddHost(m_host->Node(), "host", "server");
    }
}

void
Runner::Run()
{
    ReadOptions();
    MakeHost();
    const std::string tick = std::to_string(m_timestampTick);
    if (m_timestampTick != 0 && !m_host->SetAttribute("TimestampTick", tick + "us"))
    {
        const std::string name = "tcp_ts_tick_usecs"; // of the script: the default can be set
        throw Unsupported(m_script.options.at(name).line, InFile(name, tick));
    }
    m_system = std::make_unique<System>(*m_host, !m_options.relaxed.sizes);
    m_machine = std::make_unique<SimulatedMachine>(*m_host, *m_system);
    m_commands.emplace(*m_machine);
    m_host->onSent = [this](const Observed& observed) { Sent(observed); };
    m_system->onChange = [this] { ns3::Simulator::ScheduleNow(&Runner::TryPending, this); };
    m_system->onBind = [this](std::uint16_t port) { m_boundPort = port; };
    m_system->onConnect = [this](std::uint16_t port) {
        m_currentFlow = &m_flows.emplace_back(0, port);
    };
    ns3::Simulator::ScheduleWithContext(m_host->Node()->GetId(), ns3::Time(0), &Runner::Step, this);
    g_isRunning = 1;
    ns3::Simulator::Run();
    if (g_isInterrupted != 0 && !m_isOver)
    {
        throw Interrupted("interrupted at " + Seconds(Now()) + " s");
    }
    if (!m_isOver)
    {
        NothingCame();
    }
}

void
Runner::FinishTrace(const std::string& outcome)
{
    if (m_options.traceFolder.empty())
    {
        return;
    }
    if (!m_host) // there was nothing that could be run: its tables are empty
    {
        MakeHost();
    }
    if (!m_trace) // the folder is not to be had, and Run has said so
    {
        return;
    }
    m_trace->SetParameter("script", Readable(m_script.file), false);
    m_trace->SetParameter("outcome", outcome, outcome != "passed");
    if (g_isInterrupted != 0 && !m_isOver)
    {
        m_trace->SetInterrupted();
    }
    m_trace->Finish();
}

void
Runner::StepLater(unsigned turns)
{
    if (turns == 0)
    {
        Step();
        return;
    }
    ns3::Simulator::ScheduleNow(&Runner::StepLater, this, turns - 1);
}

void
Runner::Step()
{
    if (g_isInterrupted != 0) // before the loop could be told
    {
        ns3::Simulator::Stop();
        return;
    }
    while (m_at < m_script.events.size())
    {
        const Event& event = m_script.events[m_at];
        const auto* packet = std::get_if<TcpPacket>(&event.what);
        if (packet != nullptr && !packet->isInbound)
        {
            if (!StepOutbound(event, *packet))
            {
                return; // Sent or NothingCame goes on
            }
            ++m_at;
            continue;
        }
        const Nanoseconds due = Begin(event.time);
        if (due > Now())
        {
            ns3::Simulator::Schedule(ns3::NanoSeconds(due - Now()),
                                     &Runner::StepLater,
                                     this,
                                     TURNS);
            return;
        }
        if (Now() - due > Tolerance(due))
        {
            throw Failure(event.line,
                          "this was due at " + Seconds(due) +
                              ", but the lines before it have taken "
                              "until " +
                              Seconds(Now()));
        }
        Perform(event);
        m_previous = Now();
        ++m_at;
        StepLater(TURNS);
        return;
    }
    const Nanoseconds tail = m_options.strictTail ? m_options.tail.value_or(m_tolerance) + 1 : 0;
    const Nanoseconds called = m_pending ? m_pending->due + m_pending->tolerance + 2 - Now() : 0;
    ns3::Simulator::Schedule(ns3::NanoSeconds(std::max(tail, called)), &Runner::TailIsOver, this);
}

void
Runner::Sent(const Observed& observed)
{
    m_sent.push_back(observed);
    if (std::exchange(m_isWaiting, false))
    {
        m_deadline.Cancel();
        ns3::Simulator::ScheduleNow(&Runner::Step, this);
    }
}

void
Runner::NothingCame()
{
    ThrowNoPacket(m_script.events[m_at], Now());
}

bool
Runner::StepOutbound(const Event& event, const TcpPacket& expected)
{
    const EventTime& time = event.time;
    const Nanoseconds begin = Begin(time);
    const Nanoseconds tolerance = Tolerance(begin);
    if (m_sent.empty())
    {
        const Nanoseconds deadline =
            time.isAny ? Now() + LONGEST_WAIT : std::max(End(time) + tolerance + 1, Now() + 1);
        m_isWaiting = true;
        m_deadline = ns3::Simulator::Schedule(ns3::NanoSeconds(deadline - Now()),
                                              &Runner::NothingCame,
                                              this);
        return false;
    }
    m_previous = Match(event, expected).time;
    return true;
}

void
Runner::TailIsOver()
{
    if (m_options.strictTail)
    {
        CheckTail();
    }
    m_isOver = true;
    ns3::Simulator::Stop();
}

void
Runner::Inject(const TcpPacket& packet, int)
{
    Flow& flow = FlowOf(packet.remotePort);
    m_host->Inject(flow.ToLive(packet), flow.LocalPort(), flow.RemotePort());
}

void
Runner::Inject(const IcmpPacket& packet, const Flow& flow)
{
    m_host->Inject(packet, flow.LocalPort(), flow.RemotePort());
}

std::optional<std::int64_t>
Runner::InfoOf(const std::string& field) const
{
    return m_system->InfoOf(field);
}

std::optional<Nanoseconds>
Runner::CutsWithin() const
{
    return m_options.preset == "linux" && m_commands->HasOffload()
               ? std::make_optional(Nanoseconds{0})
               : std::nullopt;
}

void
Runner::Call(const Event& event, const SystemCall& call)
{
    if (m_pending)
    {
        throw Failure(event.line,
                      m_pending->call.name + " of line " + std::to_string(m_pending->line) +
                          " still blocks");
    }
    const Attempt attempt = m_system->Begin(call, event.line);
    if (!event.time.blocksTill)
    {
        auto outcome = attempt();
        CheckOutcome(call, outcome.value_or(Outcome{-1, "EAGAIN"}), event.line);
        return;
    }
    const Nanoseconds due =
        *event.time.blocksTill + (event.time.isRelative ? m_previous : Nanoseconds{0});
    m_pending = {attempt, call, event.line, due, Tolerance(due)};
    ns3::Simulator::Schedule(
        ns3::NanoSeconds(std::max<Nanoseconds>(due + m_pending->tolerance + 1 - Now(), 1)),
        &Runner::PendingIsDue,
        this);
    TryPending();
}

void
Runner::TryPending()
{
    const auto outcome = m_pending ? m_pending->attempt() : std::nullopt;
    if (!outcome)
    {
        return;
    }
    const PendingCall call = *std::exchange(m_pending, std::nullopt);
    CheckOutcome(call.call, *outcome, call.line);
    if (std::abs(Now() - call.due) > call.tolerance)
    {
        throw Failure(call.line,
                      call.call.name + " has returned at the wrong time: " + Seconds(Now()) +
                          ", not " + Seconds(call.due) +
                          Compared(Seconds(call.due), Seconds(Now())));
    }
}

void
Runner::PendingIsDue()
{
    if (m_pending && m_pending->due + m_pending->tolerance < Now())
    {
        throw Failure(m_pending->line,
                      m_pending->call.name + " has not returned in time" +
                          Compared(Seconds(m_pending->due), "still blocks at " + Seconds(Now())));
    }
}

} // namespace lifecycle::packetdrill
