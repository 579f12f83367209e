// The system call poll.

#include "system.h"

#include <algorithm>
#include <sys/socket.h>

namespace packetdrill
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

Attempt
System::Poll(const SystemCall& call, int line)
{
    if (call.arguments.empty() || call.arguments[0].kind != Value::Kind::LIST)
    {
        throw Failure(line, "poll takes a list of descriptors");
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
    struct Watched
    {
        Handle handle;
        Value wanted;
        Value expected;
    };
    std::vector<Watched> watched;
    for (const Value& entry : call.arguments[0].items)
    {
        const auto handle = m_handles.find(field(entry, "fd").number);
        if (handle == m_handles.end())
        {
            throw Unsupported(line, "poll of a descriptor that is not open");
        }
        watched.push_back({handle->second, field(entry, "events"), field(entry, "revents")});
    }
    return [this, watched, line]() -> std::optional<Outcome> {
        std::int64_t ready = 0;
        for (const auto& [handle, wanted, expected] : watched)
        {
            const bool isOpen = handle->wasConnected && !handle->isBroken;
            const std::map<std::string, bool> state{
                {"POLLIN", HasWord(wanted, "POLLIN") && IsReadable(*handle, line)},
                {"POLLPRI", HasWord(wanted, "POLLPRI") && handle->socket->GetUrgentOctets() > 0},
                {"POLLOUT",
                 HasWord(wanted, "POLLOUT") &&
                     (handle->isBroken || (isOpen && handle->socket->GetTxAvailable() > 0))},
                {"POLLERR", !handle->pendingError.empty()},
                {"POLLHUP", handle->isBroken}};
            for (const auto& [name, isSet] : state)
            {
                if (isSet != HasWord(expected, name))
                {
                    throw Failure(line,
                                  "poll: expected " + name + (isSet ? " clear" : " set") +
                                      ", it is " + (isSet ? "set" : "clear"));
                }
            }
            ready += std::any_of(state.begin(), state.end(), [](auto& s) { return s.second; });
        }
        return Outcome{ready, ""};
    };
}

} // namespace packetdrill
