// The system call poll.

#include "system.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <sys/socket.h>

namespace lifecycle::packetdrill
{

/** Whether a read, or an accept, would not wait. */
bool
System::IsReadable(const Descriptor& descriptor, int line) const
{
    if (!descriptor.isListening)
    {
        return descriptor.isBroken || descriptor.socket->Recv(1, MSG_PEEK);
    }
    const auto listeners = std::count_if(m_handles.begin(), m_handles.end(), [](const auto& entry) {
        return entry.second->isListening;
    });
    if (listeners > 1) // the stack tells the length of all accept queues together
    {
        throw Unsupported(line, "poll of one of several listeners");
    }
    return m_host.AcceptQueueLength() > 0;
}

std::map<std::string, bool>
System::Ready(const Descriptor& descriptor, const Value& wanted, int line) const
{
    const bool isOpen = descriptor.wasConnected && !descriptor.isBroken;
    const bool hasRoom = descriptor.isBroken || (isOpen && descriptor.socket->GetTxAvailable() > 0);
    return {{"POLLIN", HasWord(wanted, "POLLIN") && IsReadable(descriptor, line)},
            {"POLLPRI", HasWord(wanted, "POLLPRI") && descriptor.socket->GetUrgentOctets() > 0},
            {"POLLOUT", HasWord(wanted, "POLLOUT") && hasRoom},
            {"POLLERR", !descriptor.pendingError.empty()},
            {"POLLHUP", descriptor.isBroken}};
}

std::optional<Outcome>
System::TryPoll(const std::vector<Polled>& polled, ns3::Time end, int line) const
{
    std::int64_t ready = 0;
    std::string difference;
    for (const auto& [handle, wanted, expected] : polled)
    {
        const auto state = Ready(*handle, wanted, line);
        for (const auto& [name, isSet] : state)
        {
            if (isSet != HasWord(expected, name))
            {
                difference = "poll: expected " + name + (isSet ? " clear" : " set") + ", it is " +
                             (isSet ? "set" : "clear");
            }
        }
        ready += std::any_of(state.begin(), state.end(), [](auto& s) { return s.second; });
    }
    if (ready == 0 && ns3::Simulator::Now() < end)
    {
        return std::nullopt;
    }
    if (!difference.empty())
    {
        throw Failure(line, difference);
    }
    return Outcome{ready, ""};
}

Attempt
System::Poll(const SystemCall& call, int line)
{
    if (call.arguments.size() != 3 || call.arguments[0].kind != Value::Kind::LIST)
    {
        throw Failure(line, "poll takes a list of descriptors, their number and milliseconds");
    }
    const auto field = [line](const Value& entry, const std::string& name) {
        for (std::size_t i = 0; i < entry.fields.size(); ++i)
        {
            if (entry.fields[i] == name)
            {
                return entry.items[i];
            }
        }
        throw Failure(line, "an entry of poll needs " + name);
    };
    std::vector<Polled> polled;
    for (const Value& entry : call.arguments[0].items)
    {
        const Value number = field(entry, "fd");
        if (number.kind != Value::Kind::NUMBER)
        {
            throw Failure(line, "fd of an entry of poll must be a number");
        }
        const auto handle = m_handles.find(number.number);
        if (handle == m_handles.end())
        {
            throw Unsupported(line, "poll of a descriptor that is not open");
        }
        for (const char* const events : {"events", "revents"})
        {
            CheckNames(field(entry, events),
                       {"POLLIN", "POLLOUT", "POLLPRI", "POLLERR", "POLLHUP"},
                       "poll with",
                       line);
        }
        polled.push_back({handle->second, field(entry, "events"), field(entry, "revents")});
    }
    const std::int64_t count = NumberOf(call, 1, line);
    if (count != static_cast<std::int64_t>(polled.size()))
    {
        throw Failure(line,
                      "poll is told of " + std::to_string(count) + " descriptors and given " +
                          std::to_string(polled.size()));
    }
    const auto milliseconds = static_cast<std::int32_t>(NumberOf(call, 2, line)); // an int of C
    const ns3::Time timeout = ns3::MilliSeconds(milliseconds);
    const bool isBounded = !timeout.IsStrictlyNegative();
    const ns3::Time end = isBounded ? ns3::Simulator::Now() + timeout : ns3::Time::Max();
    if (timeout.IsStrictlyPositive())
    {
        ns3::Simulator::Schedule(timeout, [this] { onChange(); });
    }
    return [this, polled, end, line] { return TryPoll(polled, end, line); };
}

} // namespace lifecycle::packetdrill
