// Options of real sockets, and their TCP_INFO. Apart, because Linux's header on TCP is no friend of the C library's.

#ifdef __linux__

#include "kernel-system.h"

#include <cerrno>
#include <cstring>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace lifecycle::packetdrill
{

namespace
{

struct RealOption
{
    int level;
    int name;
};

const std::map<std::string, RealOption> OPTIONS{
    {"SO_RCVBUF", {SOL_SOCKET, SO_RCVBUF}},
    {"SO_SNDBUF", {SOL_SOCKET, SO_SNDBUF}},
    {"SO_KEEPALIVE", {SOL_SOCKET, SO_KEEPALIVE}},
    {"SO_REUSEADDR", {SOL_SOCKET, SO_REUSEADDR}},
    {"SO_REUSEPORT", {SOL_SOCKET, SO_REUSEPORT}},
    {"SO_ERROR", {SOL_SOCKET, SO_ERROR}},
    {"SO_LINGER", {SOL_SOCKET, SO_LINGER}},
    {"SO_DEBUG", {SOL_SOCKET, SO_DEBUG}},
    {"TCP_NODELAY", {IPPROTO_TCP, TCP_NODELAY}},
    {"TCP_MAXSEG", {IPPROTO_TCP, TCP_MAXSEG}},
    {"TCP_KEEPIDLE", {IPPROTO_TCP, TCP_KEEPIDLE}},
    {"TCP_KEEPINTVL", {IPPROTO_TCP, TCP_KEEPINTVL}},
    {"TCP_KEEPCNT", {IPPROTO_TCP, TCP_KEEPCNT}},
    {"TCP_USER_TIMEOUT", {IPPROTO_TCP, TCP_USER_TIMEOUT}},
    {"TCP_SYNCNT", {IPPROTO_TCP, TCP_SYNCNT}},
    {"TCP_LINGER2", {IPPROTO_TCP, TCP_LINGER2}},
    {"IP_TOS", {IPPROTO_IP, IP_TOS}},
    {"IP_TTL", {IPPROTO_IP, IP_TTL}},
    {"IPV6_TCLASS", {IPPROTO_IPV6, IPV6_TCLASS}},
    {"IPV6_UNICAST_HOPS", {IPPROTO_IPV6, IPV6_UNICAST_HOPS}}};

const RealOption&
FindOption(const std::string& name, int line)
{
    const auto option = OPTIONS.find(name);
    if (option == OPTIONS.end())
    {
        throw Unsupported(line, "socket option " + name);
    }
    return option->second;
}

Outcome
OutcomeOf(int result)
{
    return result >= 0 ? Outcome{result, ""} : Outcome{-1, strerrorname_np(errno)};
}

} // namespace

int
MaxSegmentOption()
{
    return TCP_MAXSEG;
}

RealCall
KernelSystem::SetOption(const SystemCall& call, int descriptor, int line) const
{
    const std::string name = NameOf(call, 2, line);
    const RealOption option = FindOption(name, line);
    const Value value = ArgumentOf(call, line);
    const auto length = static_cast<socklen_t>(LengthOf(call, line));
    if (name == "SO_LINGER")
    {
        const linger given{static_cast<int>(FieldOf(value, "onoff", line)),
                           static_cast<int>(FieldOf(value, "linger", line))};
        return [=] {
            return OutcomeOf(setsockopt(descriptor, option.level, option.name, &given, length));
        };
    }
    if (value.kind != Value::Kind::NUMBER)
    {
        throw Failure(line, "the value of " + name + " must be a number");
    }
    const auto given = static_cast<int>(value.number);
    return [=] {
        return OutcomeOf(setsockopt(descriptor, option.level, option.name, &given, length));
    };
}

RealCall
KernelSystem::GetOption(const SystemCall& call, int descriptor, int line) const
{
    const std::string name = NameOf(call, 2, line);
    if (name == "TCP_INFO")
    {
        return [] { return Outcome{}; }; // the fields are asked for in %{ }%
    }
    const RealOption option = FindOption(name, line);
    const Value value = ArgumentOf(call, line);
    const bool isSize = name == "SO_RCVBUF" || name == "SO_SNDBUF";
    const bool isLookedAt = value.kind != Value::Kind::ELLIPSIS && (m_looksAtSizes || !isSize);
    return [=] {
        union {
            int number;
            linger structure;
        } actual{};
        socklen_t length = name == "SO_LINGER" ? sizeof actual.structure : sizeof actual.number;
        const int result = getsockopt(descriptor, option.level, option.name, &actual, &length);
        if (result < 0 || !isLookedAt)
        {
            return OutcomeOf(result);
        }
        const bool byName = value.kind == Value::Kind::WORD && actual.number != 0;
        const std::string is =
            name == "SO_LINGER" ? LingerOf(actual.structure.l_onoff != 0, actual.structure.l_linger)
            : byName            ? strerrorname_np(actual.number)
                                : std::to_string(actual.number);
        const std::string wanted = Expected(value, line);
        if (is != wanted)
        {
            throw Failure(line, name + ": expected " + wanted + ", it is " + is);
        }
        return OutcomeOf(result);
    };
}

std::optional<std::int64_t>
KernelSystem::InfoOf(const std::string& field) const
{
    if (const auto constant = ConstantOf(field, false))
    {
        return constant;
    }
    tcp_info info{};
    socklen_t length = sizeof info;
    if (m_current < 0 || getsockopt(m_current, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
    {
        return std::nullopt;
    }
    const std::map<std::string, std::int64_t> fields{
        {"tcpi_state", std::int64_t{info.tcpi_state}},
        {"tcpi_options",
         info.tcpi_options &
             (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE | TCPI_OPT_ECN)},
        {"tcpi_snd_wscale", std::int64_t{info.tcpi_snd_wscale}},
        {"tcpi_rcv_wscale", std::int64_t{info.tcpi_rcv_wscale}},
        {"tcpi_rto", std::int64_t{info.tcpi_rto}},
        {"tcpi_rtt", std::int64_t{info.tcpi_rtt}},
        {"tcpi_rttvar", std::int64_t{info.tcpi_rttvar}},
        {"tcpi_snd_mss", std::int64_t{info.tcpi_snd_mss}},
        {"tcpi_advmss", std::int64_t{info.tcpi_advmss}},
        {"tcpi_snd_cwnd", std::int64_t{info.tcpi_snd_cwnd}},
        {"tcpi_snd_ssthresh", std::int64_t{info.tcpi_snd_ssthresh}},
        {"tcpi_snd_wnd", std::int64_t{info.tcpi_snd_wnd}},
        {"tcpi_retransmits", std::int64_t{info.tcpi_retransmits}},
        {"tcpi_total_retrans", std::int64_t{info.tcpi_total_retrans}},
        {"tcpi_probes", std::int64_t{info.tcpi_probes}},
        {"tcpi_unacked", std::int64_t{info.tcpi_unacked}},
        {"tcpi_ca_state", std::int64_t{info.tcpi_ca_state}},
    };
    const auto found = fields.find(field);
    return found == fields.end() ? std::nullopt : std::make_optional(found->second);
}

} // namespace lifecycle::packetdrill

#endif // __linux__
