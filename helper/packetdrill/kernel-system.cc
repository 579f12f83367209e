// System calls on real sockets.

#ifdef __linux__

#include "kernel-system.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lifecycle::packetdrill
{

namespace
{

const char* const REMOTE_V4 = "192.0.2.1"; // as in the simulation
const char* const REMOTE_V6 = "2001:db8::1";

/** What a call that has returned @p result has come to. */
Outcome
OutcomeOf(std::int64_t result)
{
    if (result >= 0)
    {
        return {result, ""};
    }
    const char* const name = strerrorname_np(errno);
    return {-1, name != nullptr ? name : std::to_string(errno)};
}

/** An address of a socket, as the kernel wants it. */
struct SocketAddress
{
    sockaddr_storage storage{};
    socklen_t size{0};

    const sockaddr* Get() const
    {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

/** The port on @p host, which may be null for any address of this one. */
SocketAddress
AddressOf(bool isIpv6, const char* host, std::uint16_t port)
{
    SocketAddress address;
    if (isIpv6)
    {
        auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        if (host != nullptr)
        {
            inet_pton(AF_INET6, host, &v6->sin6_addr);
        }
        address.size = sizeof *v6;
        return address;
    }
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    if (host != nullptr)
    {
        inet_pton(AF_INET, host, &v4->sin_addr);
    }
    address.size = sizeof *v4;
    return address;
}

/** The sum of the numbers that the names in @p value have in @p known. */
int
BitsOf(const Value& value,
       const std::map<std::string, int>& known,
       const std::string& what,
       int line)
{
    int bits = 0;
    for (const std::string& word : value.words)
    {
        const auto bit = known.find(word);
        if (bit == known.end())
        {
            throw Unsupported(line, (what + " ").append(word));
        }
        bits |= bit->second;
    }
    if (value.kind == Value::Kind::NUMBER && value.number != 0)
    {
        throw Unsupported(line, what + " " + std::to_string(value.number));
    }
    return bits;
}

const std::map<std::string, int> MESSAGE_FLAGS{{"MSG_PEEK", MSG_PEEK},
                                               {"MSG_OOB", MSG_OOB},
                                               {"MSG_DONTWAIT", MSG_DONTWAIT},
                                               {"MSG_NOSIGNAL", MSG_NOSIGNAL}};

const std::map<std::string, int> EVENTS{{"POLLIN", POLLIN},
                                        {"POLLOUT", POLLOUT},
                                        {"POLLPRI", POLLPRI},
                                        {"POLLERR", POLLERR},
                                        {"POLLHUP", POLLHUP}};

int
FlagsOf(const SystemCall& call, int line)
{
    const bool hasFlags = call.name != "read" && call.name != "write";
    return hasFlags && call.arguments.size() > 3
               ? BitsOf(call.arguments[3], MESSAGE_FLAGS, call.name + " with", line)
               : 0;
}

} // namespace

int
KernelSystem::Find(const SystemCall& call, int line) const
{
    const auto real = m_real.find(NumberOf(call, 0, line));
    return real == m_real.end() ? -1 : real->second;
}

/** Gives a new descriptor the number that the script expects. */
Outcome
KernelSystem::Adopt(int descriptor, const SystemCall& call)
{
    if (descriptor < 0)
    {
        return OutcomeOf(descriptor);
    }
    std::int64_t number = 3;
    while (m_real.count(number) > 0)
    {
        ++number;
    }
    if (call.result && call.result->kind == Value::Kind::NUMBER && call.result->number > number &&
        m_real.count(call.result->number) == 0)
    {
        number = call.result->number;
    }
    m_real[number] = descriptor;
    return {number, ""};
}

RealCall
KernelSystem::Prepare(const SystemCall& call, bool block, int line)
{
    if (call.name == "socket")
    {
        return Socket(call, line);
    }
    if (call.name == "poll")
    {
        return Poll(call, line);
    }
    const int descriptor = Find(call, line);
    if (call.name == "bind")
    {
        const std::uint16_t port = PortOf(call, 1, line);
        onBind(port);
        return [descriptor, address = AddressOf(m_isIpv6, nullptr, port)] {
            return OutcomeOf(bind(descriptor, address.Get(), address.size));
        };
    }
    if (call.name == "listen")
    {
        const auto backlog = static_cast<int>(NumberOf(call, 1, line));
        return [descriptor, backlog] { return OutcomeOf(listen(descriptor, backlog)); };
    }
    if (call.name == "connect")
    {
        return Connect(call, descriptor, block, line);
    }
    if (call.name == "accept")
    {
        return Accept(call, descriptor, block);
    }
    if (call.name == "read" || call.name == "recv" || call.name == "recvfrom")
    {
        return Read(call, descriptor, block, line);
    }
    if (call.name == "write" || call.name == "send" || call.name == "sendto")
    {
        return Write(call, descriptor, block, line);
    }
    if (call.name == "shutdown")
    {
        static const std::map<std::string, int> WAYS{{"SHUT_RD", SHUT_RD},
                                                     {"SHUT_WR", SHUT_WR},
                                                     {"SHUT_RDWR", SHUT_RDWR}};
        const std::string how = NameOf(call, 1, line);
        if (WAYS.count(how) == 0)
        {
            throw Unsupported(line, "shutdown " + how);
        }
        return [descriptor, way = WAYS.at(how)] { return OutcomeOf(shutdown(descriptor, way)); };
    }
    if (call.name == "close")
    {
        m_real.erase(NumberOf(call, 0, line));
        m_current = m_current == descriptor ? -1 : m_current;
        return [descriptor] { return OutcomeOf(close(descriptor)); };
    }
    if (call.name == "fcntl")
    {
        return Fcntl(call, descriptor, line);
    }
    if (call.name == "ioctl")
    {
        const std::string request = NameOf(call, 1, line);
        if (request != "FIONREAD" && request != "SIOCINQ")
        {
            throw Unsupported(line, "ioctl " + request);
        }
        const Value& given = call.arguments.at(2);
        const std::int64_t expected =
            given.kind == Value::Kind::LIST ? given.items.at(0).number : given.number;
        return [descriptor, request, expected, line] {
            int octets = 0;
            const int result = ioctl(descriptor, FIONREAD, &octets);
            if (result == 0 && octets != expected)
            {
                throw Failure(line,
                              request + ": expected " + std::to_string(expected) + ", it is " +
                                  std::to_string(octets));
            }
            return OutcomeOf(result);
        };
    }
    if (call.name == "setsockopt")
    {
        return SetOption(call, descriptor, line);
    }
    if (call.name == "getsockopt")
    {
        return GetOption(call, descriptor, line);
    }
    throw Unsupported(line, "system call " + call.name);
}

RealCall
KernelSystem::Socket(const SystemCall& call, int line)
{
    const int type = BitsOf(call.arguments.at(1),
                            {{"SOCK_STREAM", SOCK_STREAM},
                             {"SOCK_NONBLOCK", SOCK_NONBLOCK},
                             {"SOCK_CLOEXEC", SOCK_CLOEXEC}},
                            "socket type",
                            line);
    return [this, type, call] {
        const int descriptor = socket(m_isIpv6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
        const int mss = m_mss;
        if (descriptor >= 0 && mss != 0)
        {
            setsockopt(descriptor, IPPROTO_TCP, MaxSegmentOption(), &mss, sizeof mss);
        }
        m_current = m_current < 0 ? descriptor : m_current;
        return Adopt(descriptor, call);
    };
}

RealCall
KernelSystem::Connect(const SystemCall& call, int descriptor, bool block, int line)
{
    const std::uint16_t port = PortOf(call, 1, line);
    const SocketAddress address = AddressOf(m_isIpv6, m_isIpv6 ? REMOTE_V6 : REMOTE_V4, port);
    if (block) // in a thread of its own
    {
        m_current = descriptor;
        onConnect(port);
        return [descriptor, address] {
            return OutcomeOf(connect(descriptor, address.Get(), address.size));
        };
    }
    return [this, descriptor, address, port] {
        const int flags = fcntl(descriptor, F_GETFL);
        fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
        Outcome outcome = OutcomeOf(connect(descriptor, address.Get(), address.size));
        fcntl(descriptor, F_SETFL, flags);
        if (outcome.error.empty() || outcome.error == "EINPROGRESS")
        {
            m_current = descriptor;
            onConnect(port);
        }
        if (outcome.error == "EINPROGRESS" && (flags & O_NONBLOCK) == 0)
        {
            outcome.error = "EAGAIN"; // it would have to wait
        }
        return outcome;
    };
}

RealCall
KernelSystem::Accept(const SystemCall& call, int descriptor, bool block)
{
    return [this, call, descriptor, block] {
        pollfd waiting{descriptor, POLLIN, 0};
        if (!block && descriptor >= 0 && poll(&waiting, 1, 0) == 0)
        {
            return Outcome{-1, "EAGAIN"};
        }
        const int child = accept4(descriptor, nullptr, nullptr, SOCK_CLOEXEC);
        m_current = child >= 0 ? child : m_current;
        return Adopt(child, call);
    };
}

RealCall
KernelSystem::Read(const SystemCall& call, int descriptor, bool block, int line) const
{
    const auto size = static_cast<std::size_t>(NumberOf(call, 2, line));
    const int flags = FlagsOf(call, line) | (block ? 0 : MSG_DONTWAIT);
    const bool isNull = HasWord(call.arguments.at(1), "NULL");
    return [descriptor, size, flags, isNull] {
        constexpr std::size_t ROOM = 1 << 24;
        const auto memory = std::make_unique<char[]>(std::min(size, ROOM));
        return OutcomeOf(recv(descriptor,
                              isNull ? nullptr : memory.get(),
                              isNull ? size : std::min(size, ROOM),
                              flags));
    };
}

RealCall
KernelSystem::Write(const SystemCall& call, int descriptor, bool block, int line) const
{
    const auto size = static_cast<std::size_t>(NumberOf(call, 2, line));
    const int flags = FlagsOf(call, line) | MSG_NOSIGNAL | (block ? 0 : MSG_DONTWAIT);
    const bool isNull = HasWord(call.arguments.at(1), "NULL");
    return [descriptor, size, flags, isNull] {
        constexpr std::size_t ROOM = 1 << 24;
        const auto memory = std::make_unique<char[]>(std::min(size, ROOM));
        return OutcomeOf(send(descriptor,
                              isNull ? nullptr : memory.get(),
                              isNull ? size : std::min(size, ROOM),
                              flags));
    };
}

RealCall
KernelSystem::Fcntl(const SystemCall& call, int descriptor, int line) const
{
    const std::string command = NameOf(call, 1, line);
    if (command == "F_GETFL")
    {
        return [descriptor] { return OutcomeOf(fcntl(descriptor, F_GETFL)); };
    }
    if (command != "F_SETFL" || call.arguments.size() < 3)
    {
        throw Unsupported(line, "fcntl " + command);
    }
    const int flags = BitsOf(call.arguments[2],
                             {{"O_RDWR", O_RDWR}, {"O_NONBLOCK", O_NONBLOCK}},
                             "F_SETFL",
                             line);
    return [descriptor, flags] { return OutcomeOf(fcntl(descriptor, F_SETFL, flags)); };
}

RealCall
KernelSystem::Poll(const SystemCall& call, int line) const
{
    std::vector<pollfd> asked;
    std::vector<short> expected;
    for (const Value& entry : call.arguments.at(0).items)
    {
        pollfd one{-1, 0, 0};
        expected.push_back(0);
        for (std::size_t i = 0; i < entry.fields.size(); ++i)
        {
            const Value& value = entry.items[i];
            if (entry.fields[i] == "fd")
            {
                const auto real = m_real.find(value.number);
                one.fd = real == m_real.end() ? -1 : real->second;
            }
            else if (entry.fields[i] == "events" || entry.fields[i] == "revents")
            {
                const auto bits = static_cast<short>(BitsOf(value, EVENTS, "poll with", line));
                (entry.fields[i] == "events" ? one.events : expected.back()) = bits;
            }
        }
        asked.push_back(one);
    }
    const auto timeout = static_cast<int>(NumberOf(call, 2, line));
    return [asked, expected, timeout, line]() mutable {
        const int result = poll(asked.data(), asked.size(), timeout);
        for (std::size_t i = 0; result >= 0 && i < asked.size(); ++i)
        {
            if (asked[i].revents != expected[i])
            {
                throw Failure(line,
                              "poll: expected events " + std::to_string(expected[i]) +
                                  ", they are " + std::to_string(asked[i].revents));
            }
        }
        return OutcomeOf(result);
    };
}

} // namespace lifecycle::packetdrill

#endif // __linux__
