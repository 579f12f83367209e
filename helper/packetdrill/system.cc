#include "system.h"

#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <sys/socket.h>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::uint16_t DEFAULT_PORT = 8080;
constexpr int FIRST_DESCRIPTOR = 3;
constexpr std::int64_t MAX_BACKLOG = 1000000; // of the attribute

/** What a process is told of how its connection has ended. */
std::string
ErrorOf(const std::string& closeReason)
{
    static const std::map<std::string, std::string> ERRORS{{"refused", "ECONNREFUSED"},
                                                           {"reset", "ECONNRESET"},
                                                           {"aborted", "ECONNABORTED"},
                                                           {"timed-out", "ETIMEDOUT"},
                                                           {"user-timeout", "ETIMEDOUT"},
                                                           {"keepalive", "ETIMEDOUT"},
                                                           {"unreachable", "EHOSTUNREACH"}};
    const auto error = ERRORS.find(closeReason);
    return error == ERRORS.end() ? "" : error->second;
}

} // namespace

std::string
ErrorOf(ns3::Socket::SocketErrno error)
{
    switch (error)
    {
    case ns3::Socket::ERROR_ISCONN:
        return "EISCONN";
    case ns3::Socket::ERROR_NOTCONN:
        return "ENOTCONN";
    case ns3::Socket::ERROR_MSGSIZE:
        return "EMSGSIZE";
    case ns3::Socket::ERROR_AGAIN:
        return "EAGAIN";
    case ns3::Socket::ERROR_SHUTDOWN:
        return "EPIPE";
    case ns3::Socket::ERROR_OPNOTSUPP:
        return "EOPNOTSUPP";
    case ns3::Socket::ERROR_AFNOSUPPORT:
        return "EAFNOSUPPORT";
    case ns3::Socket::ERROR_INVAL:
        return "EINVAL";
    case ns3::Socket::ERROR_BADF:
        return "EBADF";
    case ns3::Socket::ERROR_NOROUTETOHOST:
        return "EHOSTUNREACH";
    case ns3::Socket::ERROR_NODEV:
        return "ENODEV";
    case ns3::Socket::ERROR_ADDRNOTAVAIL:
        return "EADDRNOTAVAIL";
    case ns3::Socket::ERROR_ADDRINUSE:
        return "EADDRINUSE";
    case ns3::Socket::SOCKET_ERRNO_LAST:
    case ns3::Socket::ERROR_NOTERROR:
        return "";
    }
    return "";
}

std::optional<Outcome>
TakeError(Descriptor& descriptor)
{
    if (descriptor.pendingError.empty())
    {
        return std::nullopt;
    }
    return Error(std::exchange(descriptor.pendingError, ""));
}

std::uint16_t
PortOf(const SystemCall& call, std::size_t index, int line)
{
    if (call.arguments.size() <= index)
    {
        throw Failure(line, call.name + " needs an address");
    }
    const Value& value = call.arguments[index];
    if (value.kind == Value::Kind::ELLIPSIS)
    {
        return DEFAULT_PORT;
    }
    for (std::size_t i = 0; i < value.fields.size(); ++i)
    {
        if (value.fields[i] == "sin_port" || value.fields[i] == "sin6_port")
        {
            const Value& given = value.items[i];
            const Value& port = given.kind == Value::Kind::CALL ? given.items[0] : given;
            return port.kind == Value::Kind::ELLIPSIS ? DEFAULT_PORT
                                                      : static_cast<std::uint16_t>(port.number);
        }
    }
    throw Failure(line, "the address of " + call.name + " has no port");
}

std::int64_t
NumberOf(const SystemCall& call, std::size_t index, int line)
{
    if (index < call.arguments.size() && call.arguments[index].kind == Value::Kind::NUMBER)
    {
        return call.arguments[index].number;
    }
    throw Failure(line,
                  "argument " + std::to_string(index + 1) + " of " + call.name +
                      " must be a number");
}

bool
HasWord(const Value& value, const std::string& word)
{
    return std::find(value.words.begin(), value.words.end(), word) != value.words.end();
}

void
CheckNames(const Value& value,
           const std::set<std::string>& known,
           const std::string& what,
           int line)
{
    if (value.kind == Value::Kind::NUMBER && value.number == 0)
    {
        return;
    }
    if (value.kind != Value::Kind::WORD)
    {
        const std::string text =
            value.kind == Value::Kind::NUMBER ? std::to_string(value.number) : "that is no name";
        throw Unsupported(line, what + " " + text);
    }
    const auto unknown =
        std::find_if(value.words.begin(), value.words.end(), [&known](const std::string& word) {
            return known.count(word) == 0;
        });
    if (unknown != value.words.end())
    {
        throw Unsupported(line, what + " " + *unknown);
    }
}

std::string
NameOf(const SystemCall& call, std::size_t index, int line)
{
    if (index < call.arguments.size() && call.arguments[index].kind == Value::Kind::WORD)
    {
        return call.arguments[index].words[0];
    }
    throw Failure(line,
                  "argument " + std::to_string(index + 1) + " of " + call.name + " must be a name");
}

void
System::Watch(const Handle& handle)
{
    const std::weak_ptr<Descriptor> weak(handle);
    const auto changed = [this] { onChange(); };
    const auto with = [weak, changed](const std::function<void(Descriptor&)>& change) {
        return [weak, changed, change](ns3::Ptr<ns3::Socket>) {
            if (const auto descriptor = weak.lock())
            {
                change(*descriptor);
            }
            changed();
        };
    };
    const auto fails = [](Descriptor& descriptor) {
        descriptor.isConnecting = false;
        descriptor.isBroken = true;
        descriptor.pendingError = ErrorOf(descriptor.socket->GetCloseReason());
    };
    const auto nothing = [](Descriptor& /* descriptor */) {};
    const std::function<void(ns3::Ptr<ns3::Socket>)> succeeded = with([](Descriptor& descriptor) {
        descriptor.isConnecting = false;
        descriptor.wasConnected = true;
    });
    const std::function<void(ns3::Ptr<ns3::Socket>)> failed = with(fails);
    const std::function<void(ns3::Ptr<ns3::Socket>)> readable = with(nothing);
    const std::function<void(ns3::Ptr<ns3::Socket>, uint32_t)> room =
        [changed](ns3::Ptr<ns3::Socket>, uint32_t) { changed(); };
    using Told = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;
    handle->socket->SetConnectCallback(Told(succeeded), Told(failed));
    handle->socket->SetCloseCallbacks(Told(readable), Told(failed));
    handle->socket->SetRecvCallback(Told(readable));
    handle->socket->SetSendCallback(ns3::Callback<void, ns3::Ptr<ns3::Socket>, uint32_t>(room));
    WatchTraces(handle);
}

void
System::WatchTraces(const Handle& handle)
{
    const std::weak_ptr<Descriptor> weak(handle);
    const std::function<void(const ns3::LifecycleSignal&)> told =
        [weak, this](const ns3::LifecycleSignal& signal) {
            if (const auto descriptor = weak.lock())
            {
                descriptor->isCloseAcked |= signal.signal == "close acknowledged";
                onChange();
            }
        };
    using Signal = ns3::Callback<void, const ns3::LifecycleSignal&>;
    handle->socket->TraceConnectWithoutContext("Signal", Signal(told));
}

System::Handle
System::Adopt(ns3::Ptr<ns3::LifecycleSocket> socket)
{
    auto handle = std::make_shared<Descriptor>();
    handle->socket = socket;
    Watch(handle);
    return handle;
}

std::int64_t
System::NewNumber(const Handle& handle, const SystemCall& call)
{
    std::int64_t number = FIRST_DESCRIPTOR;
    while (m_handles.count(number) > 0)
    {
        ++number;
    }
    // A script may count on descriptors that the runner has not opened, and names them by itself.
    if (call.result && call.result->kind == Value::Kind::NUMBER && call.result->number > number &&
        m_handles.count(call.result->number) == 0)
    {
        number = call.result->number;
    }
    m_handles[number] = handle;
    return number;
}

System::Handle
System::Find(const SystemCall& call, int line)
{
    const auto handle = m_handles.find(NumberOf(call, 0, line));
    return handle == m_handles.end() ? nullptr : handle->second;
}

Attempt
System::Begin(const SystemCall& call, int line)
{
    if (call.name == "socket")
    {
        return Socket(call, line);
    }
    if (call.name == "poll")
    {
        return Poll(call, line);
    }
    return Call(call, line);
}

Attempt
System::Call(const SystemCall& call, int line)
{
    using Method = std::function<Attempt(System&, const SystemCall&, const Handle&, int)>;
    const auto setOption = [](System&, const SystemCall& c, const Handle& handle, int at) {
        return Always(SetSocketOption(*handle, c, at));
    };
    const auto getOption = [](System& system, const SystemCall& c, const Handle& handle, int at) {
        return Always(GetSocketOption(*handle, c, system.m_host, system.m_looksAtSizes, at));
    };
    const auto accept = [](System& system, const SystemCall& c, const Handle& handle, int) {
        return system.Accept(c, handle);
    };
    const auto close = [](System& system, const SystemCall& c, const Handle& handle, int) {
        return system.Close(c, handle);
    };
    static const std::map<std::string, Method> METHODS{{"bind", &System::Bind},
                                                       {"listen", &System::Listen},
                                                       {"connect", &System::Connect},
                                                       {"accept", accept},
                                                       {"read", &System::Read},
                                                       {"recv", &System::Read},
                                                       {"recvfrom", &System::Read},
                                                       {"write", &System::Write},
                                                       {"send", &System::Write},
                                                       {"sendto", &System::Write},
                                                       {"sendmsg", &System::SendMessage},
                                                       {"ioctl", &System::Ioctl},
                                                       {"shutdown", &System::Shutdown},
                                                       {"close", close},
                                                       {"fcntl", &System::Fcntl},
                                                       {"setsockopt", setOption},
                                                       {"getsockopt", getOption}};
    const auto method = METHODS.find(call.name);
    if (method == METHODS.end())
    {
        throw Unsupported(line, "system call " + call.name);
    }
    const Handle handle = Find(call, line);
    return handle ? method->second(*this, call, handle, line) : Always(Error("EBADF"));
}

Attempt
System::Socket(const SystemCall& call, int line)
{
    if (call.arguments.size() != 3)
    {
        throw Failure(line, "socket takes three arguments");
    }
    const Value& domain = call.arguments[0];
    const Value& type = call.arguments[1];
    if (domain.kind == Value::Kind::NUMBER)
    {
        throw Unsupported(line, "socket domain " + std::to_string(domain.number));
    }
    if (domain.kind != Value::Kind::ELLIPSIS)
    {
        CheckNames(domain, {"AF_INET", "AF_INET6"}, "socket domain", line);
    }
    CheckNames(type, {"SOCK_STREAM", "SOCK_NONBLOCK", "SOCK_CLOEXEC"}, "socket type", line);
    CheckNames(call.arguments[2], {"IPPROTO_TCP"}, "socket protocol", line);
    if (!HasWord(type, "SOCK_STREAM"))
    {
        throw Unsupported(line, "socket type without SOCK_STREAM");
    }
    const Handle handle = Adopt(m_host.CreateSocket());
    handle->doesNotBlock = HasWord(type, "SOCK_NONBLOCK");
    if (!m_current || (!m_current->wasConnected && !m_current->isConnecting))
    {
        m_current = handle;
    }
    return Always({NewNumber(handle, call), ""});
}

Attempt
System::Bind(const SystemCall& call, const Handle& handle, int line)
{
    const std::uint16_t port = PortOf(call, 1, line);
    if (handle->socket->Bind(m_host.LocalAddress(port)) != 0)
    {
        return Always(Error(ErrorOf(handle->socket->GetErrno())));
    }
    onBind(port);
    return Always({});
}

Attempt
System::Listen(const SystemCall& call, const Handle& handle, int line)
{
    // To Linux it has no sign: below 0 it is the most that can be.
    const auto asked = static_cast<std::uint32_t>(NumberOf(call, 1, line));
    const std::int64_t backlog =
        std::clamp<std::int64_t>(std::min<std::int64_t>(asked, m_host.MostBacklog()),
                                 1,
                                 MAX_BACKLOG);
    handle->socket->SetAttribute("Backlog", ns3::UintegerValue(backlog));
    m_host.Start();
    if (handle->socket->Listen() != 0)
    {
        return Always(Error(ErrorOf(handle->socket->GetErrno())));
    }
    handle->isListening = true;
    return Always({});
}

Attempt
System::Connect(const SystemCall& call, const Handle& handle, int line)
{
    if (handle->isConnecting)
    {
        return Always(Error("EALREADY"));
    }
    const std::uint16_t port = PortOf(call, 1, line);
    m_host.Start();
    if (handle->socket->Connect(m_host.RemoteAddress(port)) != 0)
    {
        return Always(Error(ErrorOf(handle->socket->GetErrno())));
    }
    handle->isListening = false;
    handle->isConnecting = true;
    handle->isBroken = false;
    m_current = handle;
    onConnect(port);
    if (handle->doesNotBlock)
    {
        return Always(Error("EINPROGRESS"));
    }
    return [handle]() -> std::optional<Outcome> {
        if (handle->isConnecting)
        {
            return std::nullopt;
        }
        const auto error = TakeError(*handle);
        return error ? *error : Outcome{};
    };
}

Attempt
System::Accept(const SystemCall& call, const Handle& handle)
{
    return [this, handle, call]() -> std::optional<Outcome> {
        const auto child = ns3::DynamicCast<ns3::LifecycleSocket>(handle->socket->Accept());
        if (!child)
        {
            const std::string error = ErrorOf(handle->socket->GetErrno());
            return error == "EAGAIN" ? std::nullopt : std::make_optional(Error(error));
        }
        m_current = Adopt(child);
        m_current->wasConnected = true;
        return Outcome{NewNumber(m_current, call), ""};
    };
}

Attempt
System::Shutdown(const SystemCall& call, const Handle& handle, int line)
{
    const std::string how = NameOf(call, 1, line);
    if (how != "SHUT_RD" && how != "SHUT_WR" && how != "SHUT_RDWR")
    {
        throw Unsupported(line, "shutdown " + how);
    }
    if (!handle->wasConnected || handle->isBroken)
    {
        return Always(Error("ENOTCONN"));
    }
    if (how != "SHUT_WR")
    {
        handle->readingIsShut = true;
        if (!m_host.IsLinux()) // which lets be read what comes later
        {
            handle->socket->ShutdownRecv();
        }
    }
    if (how != "SHUT_RD")
    {
        handle->socket->ShutdownSend();
    }
    return Always({});
}

Attempt
System::Close(const SystemCall& call, const Handle& handle)
{
    m_handles.erase(call.arguments[0].number);
    handle->socket->Close();
    if (!handle->wasConnected || handle->linger.IsZero())
    {
        return Always({});
    }
    const ns3::Time end = ns3::Simulator::Now() + handle->linger;
    ns3::Simulator::Schedule(handle->linger, [this] { onChange(); });
    return [handle, end]() -> std::optional<Outcome> {
        const bool isDone = handle->isCloseAcked || !handle->socket->GetCloseReason().empty();
        return isDone || ns3::Simulator::Now() >= end ? std::make_optional(Outcome{})
                                                      : std::nullopt;
    };
}

Attempt
System::Fcntl(const SystemCall& call, const Handle& handle, int line)
{
    const std::string command = NameOf(call, 1, line);
    if (command == "F_GETFL")
    {
        constexpr int READ_WRITE = 2;
        constexpr int NONBLOCK = 04000;
        return Always({READ_WRITE | (handle->doesNotBlock ? NONBLOCK : 0), ""});
    }
    if (command != "F_SETFL" || call.arguments.size() < 3)
    {
        throw Unsupported(line, "fcntl " + command);
    }
    CheckNames(call.arguments[2], {"O_RDWR", "O_NONBLOCK"}, "F_SETFL", line);
    handle->doesNotBlock = HasWord(call.arguments[2], "O_NONBLOCK");
    return Always({});
}

void
System::Drop(const std::string& state)
{
    for (const auto& [number, handle] : m_handles)
    {
        if (handle->socket->GetStateName() == state)
        {
            handle->pendingError = "ECONNABORTED";
            handle->isBroken = true;
            handle->socket->Abort();
        }
    }
}

unsigned
System::CountSockets(const std::string& state) const
{
    return static_cast<unsigned>(
        std::count_if(m_handles.begin(), m_handles.end(), [&state](const auto& entry) {
            return entry.second->socket->GetStateName() == state;
        }));
}

std::string
System::CurrentState() const
{
    return m_current ? m_current->socket->GetStateName() : "CLOSED";
}

} // namespace lifecycle::packetdrill
