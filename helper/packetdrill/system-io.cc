// The system calls that read and write.

#include "system.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <limits>
#include <sys/socket.h>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::int64_t MAX_SIZE = 0x7ffff000; // what Linux reads or writes at a time [octets]

/** The size that a call which reads or writes is given, as Linux takes it; none: EFAULT. */
std::optional<std::uint32_t>
SizeOf(const SystemCall& call, int line)
{
    const std::int64_t size = NumberOf(call, 2, line);
    if (size >= 0)
    {
        return static_cast<std::uint32_t>(std::min(size, MAX_SIZE));
    }
    // A negative one is a size_t beyond all memory, which Linux cuts for calls that have flags.
    const bool hasFlags = call.name != "read" && call.name != "write";
    return hasFlags ? std::make_optional(static_cast<std::uint32_t>(MAX_SIZE)) : std::nullopt;
}

/** Whether the call is given no memory to read into or to write from. */
bool
HasNullBuffer(const SystemCall& call)
{
    return HasWord(call.arguments[1], "NULL");
}

/** What @p attempt says at the first time: its call never waits. */
Attempt
Once(const Attempt& attempt)
{
    return [attempt] { return attempt().value_or(Error("EAGAIN")); };
}

/** The flags of @p call; 0 of read and write, which have none. */
Value
FlagsOf(const SystemCall& call, const std::set<std::string>& known, int line)
{
    static const std::map<std::string, std::size_t> COUNTS{{"read", 3},
                                                           {"write", 3},
                                                           {"recv", 4},
                                                           {"send", 4},
                                                           {"sendmsg", 3},
                                                           {"recvfrom", 6},
                                                           {"sendto", 6}};
    const std::size_t count = COUNTS.at(call.name);
    if (call.arguments.size() != count)
    {
        throw Failure(line, call.name + " takes " + std::to_string(count) + " arguments");
    }
    Value flags;
    if (count > 3 || call.name == "sendmsg")
    {
        flags = call.arguments[std::min<std::size_t>(count - 1, 3)];
        CheckNames(flags, known, call.name + " with", line);
    }
    return flags;
}

/** The octets of all parts of the message that sendmsg is given. */
std::int64_t
SizeOfMessage(const SystemCall& call, int line)
{
    const Value& message = call.arguments[1];
    const auto field = std::find(message.fields.begin(), message.fields.end(), "msg_iov");
    if (message.kind != Value::Kind::STRUCT || field == message.fields.end())
    {
        throw Failure(line, "the message of sendmsg must be a structure with msg_iov");
    }
    std::int64_t size = 0;
    for (const Value& part : message.items[field - message.fields.begin()].items)
    {
        if (part.kind != Value::Kind::STRUCT || part.items.size() != 2 ||
            part.items[1].kind != Value::Kind::NUMBER || part.items[1].number < 0 ||
            part.items[1].number > MAX_SIZE)
        {
            throw Failure(line, "each part of msg_iov must be {..., LENGTH}");
        }
        size = std::min(size + part.items[1].number, MAX_SIZE);
    }
    return size;
}

const std::set<std::string> FLAGS_OF_WRITE{"MSG_OOB", "MSG_DONTWAIT", "MSG_NOSIGNAL"};

/** Writes @p size octets, or fails with EFAULT where there are none. */
Attempt
Transmit(const std::shared_ptr<Descriptor>& handle,
         std::uint32_t size,
         const Value& flags,
         bool hasNullBuffer)
{
    const std::uint32_t urgent = HasWord(flags, "MSG_OOB") ? std::uint32_t{MSG_OOB} : 0U;
    const bool doesNotWait = HasWord(flags, "MSG_DONTWAIT");
    handle->written = 0;
    const Attempt attempt = [=]() -> std::optional<Outcome> {
        if (auto error = TakeError(*handle))
        {
            return error;
        }
        if (handle->isBroken || !(handle->wasConnected || handle->isConnecting))
        {
            return Error(handle->wasConnected ? "EPIPE" : "ENOTCONN");
        }
        if (handle->isConnecting)
        {
            return std::nullopt;
        }
        if (hasNullBuffer && size > 0)
        {
            return Error("EFAULT");
        }
        const std::uint32_t room = std::max(handle->socket->GetTxAvailable(), 1U); // full: an error
        const auto packet = ns3::Create<ns3::Packet>(std::min(size - handle->written, room));
        const int sent = handle->socket->Send(packet, urgent);
        const std::string error = sent < 0 ? ErrorOf(handle->socket->GetErrno()) : "";
        handle->written += sent < 0 ? 0 : sent;
        if (handle->written == size ||
            (handle->written > 0 && (handle->doesNotBlock || doesNotWait)))
        {
            return Outcome{handle->written, ""};
        }
        if (error.empty() || error == "EMSGSIZE") // there is no room
        {
            return std::nullopt;
        }
        return Error(error == "ENOTCONN" ? "EPIPE" : error);
    };
    return doesNotWait ? Once(attempt) : attempt;
}

} // namespace

Attempt
System::Read(const SystemCall& call, const Handle& handle, int line)
{
    const auto size = SizeOf(call, line);
    const Value flags = FlagsOf(call, {"MSG_PEEK", "MSG_DONTWAIT", "MSG_NOSIGNAL"}, line);
    const std::uint32_t peek = HasWord(flags, "MSG_PEEK") ? std::uint32_t{MSG_PEEK} : 0U;
    const bool hasNullBuffer = HasNullBuffer(call);
    if (!size)
    {
        return Always(Error("EFAULT"));
    }
    const Attempt attempt = [handle, size, peek, hasNullBuffer]() -> std::optional<Outcome> {
        if (auto error = TakeError(*handle))
        {
            return error;
        }
        if (!handle->wasConnected && !handle->isConnecting)
        {
            return Error("ENOTCONN");
        }
        if (hasNullBuffer && *size > 0 && handle->socket->GetRxAvailable() > 0)
        {
            return Error("EFAULT");
        }
        const auto packet = handle->socket->Recv(*size, peek);
        if (packet)
        {
            return Outcome{packet->GetSize(), ""};
        }
        const bool isAtEnd = handle->isBroken || handle->readingIsShut;
        return isAtEnd ? std::make_optional(Outcome{}) : std::nullopt;
    };
    return HasWord(flags, "MSG_DONTWAIT") ? Once(attempt) : attempt;
}

Attempt
System::Write(const SystemCall& call, const Handle& handle, int line)
{
    const auto size = SizeOf(call, line);
    const Value flags = FlagsOf(call, FLAGS_OF_WRITE, line);
    return size ? Transmit(handle, *size, flags, HasNullBuffer(call)) : Always(Error("EFAULT"));
}

Attempt
System::SendMessage(const SystemCall& call, const Handle& handle, int line)
{
    const Value flags = FlagsOf(call, FLAGS_OF_WRITE, line);
    return Transmit(handle, static_cast<std::uint32_t>(SizeOfMessage(call, line)), flags, false);
}

/** How many octets wait to be read, which is all that is asked by it here. */
Attempt
System::Ioctl(const SystemCall& call, const Handle& handle, int line)
{
    const std::string request = NameOf(call, 1, line);
    if (request != "FIONREAD" && request != "SIOCINQ")
    {
        throw Unsupported(line, "ioctl " + request);
    }
    const Value* value = call.arguments.size() == 3 ? &call.arguments[2] : nullptr;
    if (value != nullptr && value->kind == Value::Kind::LIST && value->items.size() == 1)
    {
        value = &value->items[0];
    }
    if (value == nullptr || value->kind != Value::Kind::NUMBER)
    {
        throw Failure(line, "ioctl takes a descriptor, " + request + " and a number");
    }
    if (handle->isListening)
    {
        return Always(Error("EINVAL"));
    }
    const std::uint32_t actual = handle->socket->GetRxAvailable();
    if (actual != value->number)
    {
        throw Failure(line,
                      request + ": expected " + std::to_string(value->number) + ", it is " +
                          std::to_string(actual));
    }
    return Always({});
}

} // namespace lifecycle::packetdrill
