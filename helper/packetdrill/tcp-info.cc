// TCP_INFO: what a connection tells of itself. doc/packetdrill.rst has the list.

#include "../../model/core/connection.h"
#include "system.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>

namespace lifecycle::packetdrill
{

namespace
{

struct NumberedState
{
    const char* name; ///< RFC 9293's
    const char* constantOfLinux;
    int ofLinux;               ///< include/net/tcp_states.h
    const char* constantOfBsd; ///< also with `TCPI_` in the place of `TCPS_`
    int ofBsd;                 ///< netinet/tcp_fsm.h
};

constexpr NumberedState STATES[] = {
    {"CLOSED", "TCP_CLOSE", 7, "TCPS_CLOSED", 0},
    {"LISTEN", "TCP_LISTEN", 10, "TCPS_LISTEN", 1},
    {"SYN-SENT", "TCP_SYN_SENT", 2, "TCPS_SYN_SENT", 2},
    {"SYN-RECEIVED", "TCP_SYN_RECV", 3, "TCPS_SYN_RECEIVED", 3},
    {"ESTABLISHED", "TCP_ESTABLISHED", 1, "TCPS_ESTABLISHED", 4},
    {"CLOSE-WAIT", "TCP_CLOSE_WAIT", 8, "TCPS_CLOSE_WAIT", 5},
    {"FIN-WAIT-1", "TCP_FIN_WAIT1", 4, "TCPS_FIN_WAIT_1", 6},
    {"CLOSING", "TCP_CLOSING", 11, "TCPS_CLOSING", 7},
    {"LAST-ACK", "TCP_LAST_ACK", 9, "TCPS_LAST_ACK", 8},
    {"FIN-WAIT-2", "TCP_FIN_WAIT2", 5, "TCPS_FIN_WAIT_2", 9},
    {"TIME-WAIT", "TCP_TIME_WAIT", 6, "TCPS_TIME_WAIT", 10},
};

const std::map<std::string, std::int64_t> OPTION_BITS{{"TCPI_OPT_TIMESTAMPS", 1},
                                                      {"TCPI_OPT_SACK", 2},
                                                      {"TCPI_OPT_WSCALE", 4},
                                                      {"TCPI_OPT_ECN", 8}};

// include/uapi/linux/tcp.h, in the order of CongestionState
constexpr const char* CONGESTION_STATES[] = {"TCP_CA_Open",
                                             "TCP_CA_Disorder",
                                             "TCP_CA_CWR",
                                             "TCP_CA_Recovery",
                                             "TCP_CA_Loss"};

std::int64_t
Microseconds(lifecycle::Duration span)
{
    return span.count() / 1000;
}

std::int64_t
OptionsOf(const lifecycle::AgreedOptions& agreed)
{
    return (agreed.timestamps ? OPTION_BITS.at("TCPI_OPT_TIMESTAMPS") : 0) |
           (agreed.sack ? OPTION_BITS.at("TCPI_OPT_SACK") : 0) |
           (agreed.windowScaling ? OPTION_BITS.at("TCPI_OPT_WSCALE") : 0) |
           (agreed.ecn ? OPTION_BITS.at("TCPI_OPT_ECN") : 0);
}

/** ssthresh in octets, or in segments; Linux and BSD have a number each for no threshold at all. */
std::int64_t
ThresholdOf(const Connection& connection, bool isBsd)
{
    constexpr std::int64_t NONE_IN_LINUX = 0x7fffffff;
    constexpr std::int64_t NONE_IN_BSD = std::int64_t{65535} << 14;
    const std::uint32_t octets = connection.Congestion().SlowStartThreshold();
    if (octets == UINT32_MAX)
    {
        return isBsd ? NONE_IN_BSD : NONE_IN_LINUX;
    }
    return isBsd ? octets : octets / PayloadOf(connection);
}

/** How often the timeout has doubled since the peer made progress. */
std::int64_t
BackOffOf(const Connection& connection)
{
    const std::int64_t linear =
        connection.GetState() == State::SYN_SENT ? connection.Config().synLinearRetries : 0;
    return std::max<std::int64_t>(connection.Retransmissions() - linear, 0);
}

/** Whether @p name is that of @p state. */
bool
Names(const NumberedState& state, const std::string& name)
{
    return name == state.constantOfLinux || name == state.constantOfBsd ||
           name == std::string("TCPI_").append(state.constantOfBsd + std::strlen("TCPS_"));
}

} // namespace

std::uint32_t
PayloadOf(const Connection& connection)
{
    constexpr std::uint32_t TIMESTAMPS = 12;
    return connection.Snd().mss - (connection.Agreed().timestamps ? TIMESTAMPS : 0);
}

std::optional<std::int64_t>
ConstantOf(const std::string& name, bool isBsd)
{
    for (const NumberedState& state : STATES)
    {
        if (Names(state, name))
        {
            return isBsd ? state.ofBsd : state.ofLinux;
        }
    }
    if (const auto bit = OPTION_BITS.find(name); bit != OPTION_BITS.end())
    {
        return bit->second;
    }
    for (std::size_t i = 0; i < std::size(CONGESTION_STATES); ++i)
    {
        if (name == CONGESTION_STATES[i])
        {
            return static_cast<std::int64_t>(i);
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t>
System::InfoOf(const std::string& name) const
{
    const bool isBsd = m_host.IsBsd();
    for (const NumberedState& state : STATES)
    {
        if (name == "tcpi_state" && CurrentState() == state.name)
        {
            return isBsd ? state.ofBsd : state.ofLinux;
        }
    }
    if (const auto constant = ConstantOf(name, isBsd))
    {
        return constant;
    }
    const auto connection = m_current ? m_current->socket->GetConnection() : nullptr;
    if (!connection || connection->GetState() == State::LISTEN)
    {
        return std::nullopt;
    }
    const auto& snd = connection->Snd();
    const auto& agreed = connection->Agreed();
    const auto& rtt = connection->Rtt();
    const std::uint64_t number = m_current->socket->GetConnectionNumber();
    const std::int64_t cwnd = connection->Congestion().Window();
    const bool isShut = snd.synAcked && snd.wnd == 0; // what goes out then are probes
    std::map<std::string, std::int64_t> fields{
        {"tcpi_options", OptionsOf(agreed)},
        {"tcpi_snd_wscale", agreed.sndShift},
        {"tcpi_rcv_wscale", agreed.rcvShift},
        {"tcpi_rto", Microseconds(rtt.Rto())},
        {"tcpi_rtt", Microseconds(rtt.Srtt().value_or(lifecycle::Duration(0)))},
        {"tcpi_snd_mss", PayloadOf(*connection)},
        {"tcpi_snd_cwnd", isBsd ? cwnd : cwnd / PayloadOf(*connection)},
        {"tcpi_snd_ssthresh", ThresholdOf(*connection, isBsd)},
        {"tcpi_snd_wnd", snd.wnd},
        {"tcpi_backoff", BackOffOf(*connection)},
        {"tcpi_advmss", connection->Config().mss},
        {"tcpi_retransmits", isShut ? 0 : connection->Retransmissions()},
        {"tcpi_probes", isShut ? connection->Retransmissions() : 0},
        {"tcpi_total_retrans", m_host.RetransmissionsOf(number)},
        {"tcpi_unacked", m_host.UnacknowledgedOf(number, snd.una)},
    };
    if (rtt.Srtt())
    {
        fields["tcpi_rttvar"] = Microseconds(rtt.Rttvar());
    }
    if (isBsd)
    {
        fields["tcpi_rcv_space"] = connection->Rcv().wnd;
        fields["tcpi_snd_rexmitpack"] = fields["tcpi_total_retrans"];
    }
    else
    {
        fields["tcpi_ca_state"] = static_cast<std::int64_t>(connection->Congestion().GetState());
    }
    const auto field = fields.find(name);
    return field == fields.end() ? std::nullopt : std::make_optional(field->second);
}

} // namespace lifecycle::packetdrill
