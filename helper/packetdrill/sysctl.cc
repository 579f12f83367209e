// The variables of BSD and Linux, as attributes of LifecycleL4Protocol. doc/packetdrill.rst has the table.

#include "sysctl.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <sstream>
#include <vector>

namespace lifecycle::packetdrill
{

namespace
{

/** How a variable's value becomes an attribute's. */
enum class Form
{
    SECONDS,
    MILLISECONDS,
    NUMBER,
    BOOLEAN,       ///< any number but 0 is true
    ONLY_1,        ///< 1 is true; 2 is so over loopback alone, where nobody is here
    ECN,           ///< 0, 1, 2: off, on, passive
    COOKIES,       ///< 0, 1, 2: off, on-overflow, always
    LAST_TWO,      ///< of three numbers: an attribute each, as far as there are attributes
    IGNORED,       ///< of no concern to one connection at a time
    MUST_BE_1,     ///< what 1 switches on is always on here
    SYN_RETRIES,   ///< the linear ones are counted apart
    DROPS_OPTIONS, ///< 1: the first SYN and two more have them
    BLACK_HOLE,    ///< 0, 1, 2: off, syn, all
    ONLY_COOKIES,  ///< 1: always; 0: as the other variable says
    BACKLOG,       ///< the most that a listen gets, by whatever it asks for; no attribute
    FIN_WAIT_2,    ///< 0: it lasts as long as keepalive takes to give up; 1: as it does by default
};

struct Variable
{
    Form form;
    std::vector<const char*> attributes;
};

const std::map<std::string, Variable>&
Variables()
{
    // clang-format off
    static const std::map<std::string, Variable> VARIABLES{
        {"net.inet.tcp.rfc1323", {Form::BOOLEAN, {"WindowScaling", "Timestamps"}}},
        {"net.inet.tcp.sack.enable", {Form::BOOLEAN, {"Sack"}}},
        {"net.inet.tcp.ecn.enable", {Form::ECN, {"Ecn"}}},
        {"net.inet.tcp.ecn.maxretries", {Form::NUMBER, {"EcnSynRetries"}}},
        {"net.inet.tcp.rexmit_initial", {Form::MILLISECONDS, {"InitialRto"}}},
        {"net.inet.tcp.rexmit_min", {Form::MILLISECONDS, {"MinRto"}}},
        {"net.inet.tcp.rexmit_slop", {Form::MILLISECONDS, {"RtoSlop"}}},
        {"net.inet.tcp.rexmit_drop_options", {Form::DROPS_OPTIONS, {"SynsWithOptions"}}},
        {"net.inet.tcp.keepinit", {Form::MILLISECONDS, {"OpenTimeout"}}},
        {"net.inet.tcp.keepidle", {Form::MILLISECONDS, {"KeepIdle"}}},
        {"net.inet.tcp.keepintvl", {Form::MILLISECONDS, {"KeepInterval"}}},
        {"net.inet.tcp.keepcnt", {Form::NUMBER, {"KeepCount"}}},
        {"net.inet.tcp.always_keepalive", {Form::BOOLEAN, {"KeepAlive"}}},
        {"net.inet.tcp.icmp_may_rst", {Form::BOOLEAN, {"IcmpAbortsOpening"}}},
        {"net.inet.tcp.recvspace", {Form::NUMBER, {"ReceiveBuffer"}}},
        {"net.inet.tcp.sendspace", {Form::NUMBER, {"SendBuffer"}}},
        {"net.inet.tcp.recvbuf_auto", {Form::IGNORED, {}}},
        {"net.inet.tcp.sendbuf_auto", {Form::IGNORED, {}}},
        {"net.inet.tcp.syncookies", {Form::COOKIES, {"SynCookies"}}},
        {"net.inet.tcp.syncookies_only", {Form::ONLY_COOKIES, {"SynCookies"}}},
        {"net.inet.tcp.blackhole", {Form::BLACK_HOLE, {"BlackHole"}}},
        {"net.inet.tcp.drop_synfin", {Form::BOOLEAN, {"DropSynFin"}}},
        {"net.inet.tcp.insecure_rst", {Form::BOOLEAN, {"Rfc793Reset"}}},
        {"net.inet.tcp.insecure_syn", {Form::BOOLEAN, {"Rfc793Syn"}}},
        {"net.inet.tcp.tolerate_missing_ts", {Form::BOOLEAN, {"TolerateMissingTimestamp"}}},
        {"net.inet.tcp.syncache.rst_on_sock_fail", {Form::BOOLEAN, {"AbortOnOverflow"}}},
        {"net.inet.tcp.msl", {Form::MILLISECONDS, {"Msl"}}},
        {"net.inet.tcp.finwait2_timeout", {Form::MILLISECONDS, {"FinWait2Timeout"}}},
        {"net.inet.tcp.fast_finwait2_recycle", {Form::FIN_WAIT_2, {"FinWait2Timeout"}}},
        {"net.inet.tcp.delacktime", {Form::MILLISECONDS, {"DelayedAck"}}},
        {"net.inet.tcp.initcwnd_segments", {Form::NUMBER, {"InitialWindow"}}},
        {"net.inet.tcp.hostcache.purgenow", {Form::IGNORED, {}}},
        {"net.inet.tcp.log_in_vain", {Form::IGNORED, {}}},
        {"kern.ipc.maxsockbuf", {Form::NUMBER, {"MaxReceiveBuffer"}}},
        {"net.ipv4.tcp_syncookies", {Form::COOKIES, {"SynCookies"}}},
        {"net.ipv4.tcp_rfc1337", {Form::BOOLEAN, {"Rfc1337"}}},
        {"net.ipv4.tcp_tw_reuse", {Form::ONLY_1, {"TimeWaitReuse"}}},
        {"net.ipv4.tcp_fin_timeout", {Form::SECONDS, {"FinWait2Timeout"}}},
        {"net.ipv4.tcp_syn_retries", {Form::SYN_RETRIES, {"SynRetries"}}},
        {"net.ipv4.tcp_syn_linear_timeouts", {Form::NUMBER, {"SynLinearRetries"}}},
        {"net.ipv4.tcp_synack_retries", {Form::NUMBER, {"SynAckRetries"}}},
        {"net.ipv4.tcp_retries1", {Form::NUMBER, {"R1"}}},
        {"net.ipv4.tcp_retries2", {Form::NUMBER, {"DataRetries"}}},
        {"net.ipv4.tcp_orphan_retries", {Form::NUMBER, {"OrphanRetries"}}},
        {"net.ipv4.tcp_keepalive_time", {Form::SECONDS, {"KeepIdle"}}},
        {"net.ipv4.tcp_keepalive_intvl", {Form::SECONDS, {"KeepInterval"}}},
        {"net.ipv4.tcp_keepalive_probes", {Form::NUMBER, {"KeepCount"}}},
        {"net.ipv4.tcp_timestamps", {Form::BOOLEAN, {"Timestamps"}}},
        {"net.ipv4.tcp_sack", {Form::BOOLEAN, {"Sack"}}},
        {"net.ipv4.tcp_window_scaling", {Form::BOOLEAN, {"WindowScaling"}}},
        {"net.ipv4.tcp_abort_on_overflow", {Form::BOOLEAN, {"AbortOnOverflow"}}},
        {"net.ipv4.tcp_ecn", {Form::ECN, {"Ecn"}}},
        {"net.ipv4.tcp_ecn_fallback", {Form::MUST_BE_1, {}}},
        {"net.ipv4.tcp_max_syn_backlog", {Form::NUMBER, {"SynQueueLimit"}}},
        {"net.ipv4.tcp_max_tw_buckets", {Form::NUMBER, {"TimeWaitLimit"}}},
        {"net.ipv4.tcp_challenge_ack_limit", {Form::NUMBER, {"ChallengeAckLimit"}}},
        {"net.ipv4.tcp_rmem", {Form::LAST_TWO, {"ReceiveBuffer", "MaxReceiveBuffer"}}},
        {"net.ipv4.tcp_wmem", {Form::LAST_TWO, {"SendBuffer"}}},
        {"net.ipv4.tcp_slow_start_after_idle", {Form::MUST_BE_1, {}}},
        {"net.ipv4.tcp_min_tso_segs", {Form::IGNORED, {}}},
        {"net.ipv4.tcp_tso_win_divisor", {Form::IGNORED, {}}},
        {"net.ipv4.tcp_pacing_ss_ratio", {Form::IGNORED, {}}},
        {"net.ipv4.tcp_pacing_ca_ratio", {Form::IGNORED, {}}},
        {"net.core.somaxconn", {Form::BACKLOG, {}}},
    };
    // clang-format on
    return VARIABLES;
}

constexpr int SYNS_BEFORE_DROPPING_OPTIONS = 3; // of FreeBSD: the third that is sent again has none

bool
IsNumber(const std::string& text)
{
    return !text.empty() && text.size() <= 10 &&
           text.find_first_not_of("0123456789") == std::string::npos;
}

/** What a value of this form must be, if @p value is not; else nothing. */
std::string
WhatItMustBe(Form form, const std::string& value)
{
    switch (form)
    {
    case Form::SECONDS:
    case Form::MILLISECONDS:
    case Form::NUMBER:
    case Form::BOOLEAN:
    case Form::SYN_RETRIES:
    case Form::DROPS_OPTIONS:
        return IsNumber(value) ? "" : "a whole number below 10^10";
    case Form::LAST_TWO: {
        std::istringstream in(value);
        const std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
        const bool areThree =
            words.size() == 3 && std::all_of(words.begin(), words.end(), &IsNumber);
        return areThree ? "" : "three whole numbers below 10^10";
    }
    case Form::ONLY_1:
    case Form::ECN:
    case Form::COOKIES:
    case Form::IGNORED:
    case Form::MUST_BE_1:
    case Form::BLACK_HOLE:
    case Form::ONLY_COOKIES:
    case Form::BACKLOG:
    case Form::FIN_WAIT_2:
        return "";
    }
    return "";
}

/** Whether there is no such value of this variable here. */
bool
IsUnsupported(Form form, const std::string& value)
{
    const bool isSmall = value == "0" || value == "1";
    const bool isChoice = isSmall || value == "2";
    switch (form)
    {
    case Form::MUST_BE_1:
        return value != "1";
    case Form::BACKLOG:
        return !IsNumber(value);
    case Form::FIN_WAIT_2:
    case Form::ONLY_COOKIES:
        return !isSmall;
    case Form::ONLY_1:
    case Form::BLACK_HOLE:
    case Form::ECN:
    case Form::COOKIES:
        return !isChoice;
    case Form::SECONDS:
    case Form::MILLISECONDS:
    case Form::NUMBER:
    case Form::BOOLEAN:
    case Form::LAST_TWO:
    case Form::IGNORED:
    case Form::SYN_RETRIES:
    case Form::DROPS_OPTIONS:
        return false;
    }
    return false;
}

/** The value of the attribute with number @p index for @p value. */
std::string
Convert(const SimulatedHost& host, Form form, const std::string& value, std::size_t index)
{
    const char* const choices[] = {"off", "on-overflow", "always"};
    const char* const uses[] = {"off", "on", "passive"};
    const char* const holes[] = {"off", "syn", "all"};
    switch (form)
    {
    case Form::SECONDS:
        return value + "s";
    case Form::MILLISECONDS:
        return value + "ms";
    case Form::BOOLEAN:
        return std::strtoul(value.c_str(), nullptr, 10) == 0 ? "false" : "true";
    case Form::ONLY_1:
        return value == "1" ? "true" : "false";
    case Form::ECN:
        return uses[value[0] - '0'];
    case Form::COOKIES:
        return choices[value[0] - '0'];
    case Form::BLACK_HOLE:
        return holes[value[0] - '0'];
    case Form::DROPS_OPTIONS:
        return std::strtoul(value.c_str(), nullptr, 10) == 0
                   ? "0"
                   : std::to_string(SYNS_BEFORE_DROPPING_OPTIONS);
    case Form::ONLY_COOKIES:
        return "always";
    case Form::SYN_RETRIES:
        return std::to_string(std::strtoull(value.c_str(), nullptr, 10) +
                              host.CountOf("SynLinearRetries"));
    case Form::FIN_WAIT_2:
        return std::to_string(host.CountOf("KeepCount") * (host.TimeOf("KeepInterval") / 1000)) +
               "us"; // in nanoseconds the greatest of both would not fit
    case Form::LAST_TWO: {
        std::istringstream words(value);
        std::string word;
        for (std::size_t i = 0; i <= index + 1; ++i)
        {
            words >> word;
        }
        return word;
    }
    case Form::NUMBER:
    case Form::IGNORED:
    case Form::BACKLOG:
    case Form::MUST_BE_1:
        return value;
    }
    return value;
}

} // namespace

void
SetSysctl(SimulatedHost& host, const std::string& name, const std::string& value, int line)
{
    const std::string own = "lifecycle.";
    const auto set = [&](const std::string& attribute, const std::string& text) {
        if (host.IsFixed(attribute))
        {
            throw Unsupported(line, "sysctl " + name + " after a connect, a listen or a packet");
        }
        if (!host.SetAttribute(attribute, text))
        {
            throw Failure(line,
                          "attribute " + attribute + " cannot be '" + text + "' (from sysctl " +
                              name + "=" + value + "): " + SimulatedHost::AllowedFor(attribute));
        }
    };
    if (name.rfind(own, 0) == 0)
    {
        set(name.substr(own.size()), value);
        return;
    }
    const auto variable = Variables().find(name);
    const bool isKnown = variable != Variables().end();
    const Form form = isKnown ? variable->second.form : Form::IGNORED;
    if (!isKnown || IsUnsupported(form, value))
    {
        throw Unsupported(line, "sysctl " + name + "=" + value, isKnown ? "" : "sysctl " + name);
    }
    const std::string mustBe = WhatItMustBe(form, value);
    if (!mustBe.empty())
    {
        throw Failure(line, "sysctl " + name + " is '" + value + "' and must be " + mustBe);
    }
    if ((form == Form::ONLY_COOKIES && value == "0") || (form == Form::FIN_WAIT_2 && value == "1"))
    {
        return;
    }
    if (form == Form::BACKLOG)
    {
        host.SetMostBacklog(std::strtoll(value.c_str(), nullptr, 10));
    }
    const auto& attributes = variable->second.attributes;
    for (std::size_t i = 0; i < attributes.size(); ++i)
    {
        set(attributes[i], Convert(host, form, value, i));
    }
}

void
CheckTogether(const SimulatedHost& host, int line)
{
    if (host.TimeOf("MinRto") > host.TimeOf("MaxRto"))
    {
        throw Failure(line, "sysctl leaves MinRto longer than MaxRto");
    }
    if (host.CountOf("EphemeralFirst") > host.CountOf("EphemeralLast"))
    {
        throw Failure(line, "sysctl leaves EphemeralFirst greater than EphemeralLast");
    }
}

} // namespace lifecycle::packetdrill
