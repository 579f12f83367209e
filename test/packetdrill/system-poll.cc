// The system call poll.

#include "system.h"

#include <algorithm>
#include <sys/socket.h>

namespace packetdrill
{

namespace
{

/** Whether a read would not wait. */
bool
IsReadable(const Descriptor& descriptor)
{
    return descriptor.isBroken || descriptor.socket->Recv(1, MSG_PEEK);
}

} // namespace

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
        if (handle == m_handles.end() || handle->second->isListening)
        {
            throw Unsupported(line, "poll of a descriptor that is no connection");
        }
        watched.push_back({handle->second, field(entry, "events"), field(entry, "revents")});
    }
    return [watched, line]() -> std::optional<Outcome> {
        std::int64_t ready = 0;
        for (const auto& [handle, wanted, expected] : watched)
        {
            const bool isOpen = handle->wasConnected && !handle->isBroken;
            const std::map<std::string, bool> state{
                {"POLLIN", HasWord(wanted, "POLLIN") && IsReadable(*handle)},
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
