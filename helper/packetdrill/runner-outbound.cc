// What the TCP under test sends, and whether the script expects it.

#include "runner.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <utility>

namespace lifecycle::packetdrill
{

namespace
{

constexpr Nanoseconds LONGEST_WAIT = Nanoseconds{24 * 3600} * 1000000000; // for `*`

/** Whether one packet, cut by the device, can have been @p first and @p next behind @p octets of it. */
bool
GoesOn(const Observed& first, std::uint32_t octets, std::uint8_t lastFlags, const Observed& next)
{
    constexpr std::uint8_t AT_THE_END = PSH | FIN; // stand on the last piece alone
    const TcpPacket& a = first.packet;
    const TcpPacket& b = next.packet;
    const bool isFull =
        octets % a.length == 0 && b.length <= a.length; // only the last one is short
    return b.length > 0 && isFull && next.time == first.time && b.seq == a.seq + octets &&
           next.localPort == first.localPort && next.remotePort == first.remotePort &&
           (lastFlags & FIN) == 0 && (a.flags & ~AT_THE_END) == (b.flags & ~AT_THE_END) &&
           a.ack == b.ack && a.window == b.window && a.options == b.options &&
           a.ip.tos == b.ip.tos && a.ip.ttl == b.ip.ttl && a.urgent == 0 && b.urgent == 0 &&
           first.checksumIsRight && next.checksumIsRight;
}

} // namespace

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
    const Event& event = m_script.events[m_at];
    const auto* packet = std::get_if<TcpPacket>(&event.what);
    const std::string when = event.time.isAny ? "*" : Seconds(Begin(event.time));
    const std::string expected = packet == nullptr ? "?" : ToString(*packet);
    throw Failure(event.line,
                  "no packet: nothing was sent until " + Seconds(Now()) +
                      Compared(when + " " + expected, "nothing until " + Seconds(Now())),
                  "no packet");
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
    const Observed sent = TakeSent(expected);
    Flow& flow = FlowOf(expected.remotePort);
    const bool isOwned = flow.Owns(sent);
    if (isOwned)
    {
        flow.Learn(sent, expected);
    }
    const TcpPacket actual = flow.ToScript(sent, expected);
    const Nanoseconds tick = Nanoseconds{m_timestampTick == 0 ? 1000U : m_timestampTick} * 1000;
    const auto ticks = static_cast<std::uint32_t>(tolerance / tick + 1);
    Mismatch mismatch =
        isOwned ? Flow::Difference(expected, actual, m_options.relaxed, ticks)
                : Mismatch{"ports differ",
                           "the packet goes from port " + std::to_string(sent.localPort) +
                               " to port " + std::to_string(sent.remotePort)};
    if (mismatch.kind.empty() && !sent.checksumIsRight)
    {
        mismatch = {"the checksum is wrong", "the checksum is wrong"};
    }
    const Nanoseconds early = begin - sent.time;
    const Nanoseconds late = sent.time - End(time);
    if (mismatch.kind.empty() && !time.isAny && std::max(early, late) > tolerance)
    {
        mismatch = {"time is wrong",
                    "time is wrong by more than " + std::to_string(tolerance / 1000) +
                        " us: " + Seconds(std::max(early, late)) + " s too " +
                        (early > late ? "early" : "late")};
    }
    if (!mismatch.kind.empty())
    {
        const std::string when = time.isAny ? "*" : Seconds(begin);
        throw Failure(event.line,
                      mismatch.text + Compared(when + " " + ToString(expected),
                                               Seconds(sent.time) + " " + ToString(actual)),
                      mismatch.kind);
    }
    m_previous = sent.time;
    return true;
}

/**
 * What was sent first. On Linux a script sees what TCP hands to the device, which may cut it into
 * segments; so there, what goes on at the same instant belongs to it, up to the length of @p expected.
 */
Observed
Runner::TakeSent(const TcpPacket& expected)
{
    Observed sent = m_sent.front();
    m_sent.pop_front();
    if (m_options.preset != "linux" || !m_commands->HasOffload() || sent.packet.length == 0)
    {
        return sent;
    }
    std::uint32_t octets = sent.packet.length;
    std::uint8_t lastFlags = sent.packet.flags;
    while (octets < expected.length && !m_sent.empty() &&
           octets + m_sent.front().packet.length <= expected.length &&
           GoesOn(sent, octets, lastFlags, m_sent.front()))
    {
        octets += m_sent.front().packet.length;
        lastFlags = m_sent.front().packet.flags;
        m_sent.pop_front();
    }
    if (octets > sent.packet.length)
    {
        // Linux sets PSH on whatever the device is to cut, and how much that is, is not modelled.
        sent.packet.flags = static_cast<std::uint8_t>((lastFlags & ~PSH) | (expected.flags & PSH));
        sent.packet.length = octets;
    }
    return sent;
}

void
Runner::TailIsOver()
{
    if (m_options.strictTail && !m_sent.empty())
    {
        const int line = m_script.events.back().line;
        const Observed& sent = m_sent.front();
        TcpPacket expected;
        expected.window = 0; // so that it is shown
        const std::string packet = ToString(FlowOf(0).ToScript(sent, expected));
        throw Failure(line,
                      "a packet after the last line: " + packet +
                          Compared("nothing", Seconds(sent.time) + " " + packet),
                      "a packet after the last line");
    }
    m_isOver = true;
    ns3::Simulator::Stop();
}

} // namespace lifecycle::packetdrill
