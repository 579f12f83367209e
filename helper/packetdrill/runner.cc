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

constexpr std::uint16_t LISTENING_PORT = 8080;
constexpr std::uint16_t REMOTE_PORT = 40000;
constexpr std::uint32_t MIN_MTU = 68; // RFC 791 3.2
constexpr std::uint32_t DEFAULT_MTU = 1500;
constexpr unsigned TURNS = 4; // an event of this instant may schedule another, and so on

/** An option of a script, for messages. */
std::string
InFile(const std::string& name, const std::string& value)
{
    return "option --" + name + (value.empty() ? "" : "=" + value);
}

/** The value of an option in a script that takes a whole number. */
std::uint32_t
NumberOf(const std::string& name,
         const ScriptOption& option,
         std::uint32_t most,
         std::uint32_t least = 0)
{
    const auto number = WholeNumber(option.value);
    if (!number || *number > most || *number < least)
    {
        throw Failure(option.line, MustBe("--" + name, option.value, least, most));
    }
    return static_cast<std::uint32_t>(*number);
}

} // namespace

Nanoseconds
Now()
{
    return ns3::Simulator::Now().GetNanoSeconds();
}

std::string
Seconds(Nanoseconds time)
{
    char text[32];
    std::snprintf(text,
                  sizeof text,
                  "%lld.%09lld",
                  static_cast<long long>(time / 1000000000),
                  static_cast<long long>(time % 1000000000));
    return text;
}

std::string
Compared(const std::string& expected, const std::string& actual)
{
    return "\n  expected: " + expected + "\n  actual:   " + actual;
}

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
    : m_script(script),
      m_options(options),
      m_isIpv6(options.isIpv6),
      m_boundPort(LISTENING_PORT)
{
}

Runner::~Runner() = default;

void
Runner::ReadOptions()
{
    for (const auto& [name, option] : m_script.options)
    {
        const std::string& value = option.value;
        if (name == "ip_version")
        {
            if (value != "ipv4" && value != "ipv6")
            {
                throw Unsupported(option.line, InFile(name, value));
            }
            m_isIpv6 = value == "ipv6";
        }
        else if (name == "tolerance_usecs")
        {
            m_tolerance = Nanoseconds{NumberOf(name, option, 999999999)} * 1000;
        }
        else if (name == "tolerance_percent")
        {
            m_tolerancePercent = NumberOf(name, option, 100);
        }
        else if (name == "mtu")
        {
            m_mtu = NumberOf(name, option, 65535, MIN_MTU);
        }
        else if (name == "preset")
        {
            if (!lifecycle::FindPreset(value))
            {
                throw Failure(option.line,
                              "--preset is '" + value + "' and must be " +
                                  lifecycle::PresetsInWords());
            }
            m_options.preset = value;
        }
        else if (name == "tcp_ts_tick_usecs")
        {
            m_timestampTick = NumberOf(name, option, 1000000);
            m_options.relaxed.timestamps = m_options.relaxed.timestamps || value == "0";
        }
        else
        {
            throw Unsupported(option.line, InFile(name, value));
        }
    }
    const Relaxed& relaxed = m_options.relaxed;
    for (const auto& [isRelaxed, what] :
         {std::pair(relaxed.order, "warning: the order of options is not looked at"),
          std::pair(relaxed.window, "warning: the window is not looked at"),
          std::pair(relaxed.timestamps, "warning: TSval is not looked at"),
          std::pair(relaxed.sizes, "warning: the sizes of buffers are not looked at")})
    {
        if (isRelaxed)
        {
            m_warnings.emplace_back(what);
        }
    }
}

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
    m_commands.emplace(*m_host, *m_system);
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

Nanoseconds
Runner::Begin(const EventTime& time) const
{
    return time.begin + (time.isRelative ? m_previous : 0);
}

Nanoseconds
Runner::End(const EventTime& time) const
{
    return time.end + (time.isRelative ? m_previous : 0);
}

Nanoseconds
Runner::Tolerance(Nanoseconds due) const
{
    const Nanoseconds span = due - m_previous;
    return std::max(m_tolerance,
                    span / 100 * m_tolerancePercent + span % 100 * m_tolerancePercent / 100);
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

Flow&
Runner::FlowOf(std::uint16_t remotePort)
{
    if (remotePort == 0 && m_currentFlow != nullptr)
    {
        return *m_currentFlow;
    }
    for (Flow& flow : m_flows)
    {
        if (remotePort != 0 && flow.RemotePort() == remotePort)
        {
            return flow;
        }
    }
    Flow& flow = m_flows.emplace_back(m_boundPort, remotePort == 0 ? REMOTE_PORT : remotePort);
    m_currentFlow = remotePort == 0 ? &flow : m_currentFlow;
    return flow;
}

void
Runner::Inject(const TcpPacket& packet)
{
    Flow& flow = FlowOf(packet.remotePort);
    m_host->Inject(flow.ToLive(packet), flow.LocalPort(), flow.RemotePort());
}

void
Runner::Inject(const IcmpPacket& packet, int line)
{
    if (!(m_isIpv6 ? packet.overIpv6 : packet.overIpv4))
    {
        throw Failure(line, packet.name + " cannot arrive over " + (m_isIpv6 ? "IPv6" : "IPv4"));
    }
    const Flow& flow = FlowOf(packet.remotePort);
    IcmpPacket live = packet;
    live.seq = flow.ToLive(packet.seq);
    m_host->Inject(live, flow.LocalPort(), flow.RemotePort());
}

void
Runner::Perform(const Event& event)
{
    if (const auto* packet = std::get_if<TcpPacket>(&event.what))
    {
        Inject(*packet);
    }
    else if (const auto* icmp = std::get_if<IcmpPacket>(&event.what))
    {
        Inject(*icmp, event.line);
    }
    else if (const auto* call = std::get_if<SystemCall>(&event.what))
    {
        Call(event, *call);
    }
    else if (const auto* command = std::get_if<Command>(&event.what))
    {
        m_commands->Run(command->text, event.line);
    }
    else if (const auto* assertions = std::get_if<Assertions>(&event.what))
    {
        CheckAssertions(assertions->text, *m_system, event.line);
    }
}

namespace
{

std::string
ToString(std::int64_t result, const std::string& error)
{
    return std::to_string(result) + (error.empty() ? "" : " " + error);
}

/** Fails if @p outcome is not what the script expects of @p call. */
void
CheckOutcome(const SystemCall& call, const Outcome& outcome, int line)
{
    if (!call.result || call.result->kind == Value::Kind::ELLIPSIS)
    {
        return;
    }
    if (call.result->kind != Value::Kind::NUMBER)
    {
        throw Unsupported(line, "a result that is no number");
    }
    const bool isAnyError = outcome.result == -1 && call.error.empty();
    const std::string error =
        call.error == "EWOULDBLOCK" ? "EAGAIN" : call.error; // two names of one
    if (call.result->number != outcome.result || (error != outcome.error && !isAnyError))
    {
        const std::string expected = ToString(call.result->number, call.error);
        const std::string actual = ToString(outcome.result, outcome.error);
        const std::string kind = "the result of " + call.name + " differs";
        throw Failure(line,
                      kind + ": " + actual + ", not " + expected + Compared(expected, actual),
                      kind);
    }
}

} // namespace

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
