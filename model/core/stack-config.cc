#include "stack-config.h"

#include <algorithm>
#include <utility>

namespace lifecycle
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

/** Linux 6.18: include/net/tcp.h, net/ipv4/tcp_*.c, and what a running one does. */
StackConfig
Linux()
{
    StackConfig config;
    config.host.ephemeralFirst = 32768;
    config.host.ephemeralLast = 60999;
    config.host.timeWaitOverflow = TimeWaitOverflow::DROP_NEW; // tcp_max_tw_buckets; no limit here
    config.host.synOptionOrder = SynOptionOrder::MSS_SACK_TS_WS;
    config.listen.acceptQueueRoom = AcceptQueueRoom::ONE_MORE; // sk_acceptq_is_full
    config.listen.acceptQueueStopsSyns = true;
    config.listen.synQueueLimit = 4096;
    config.listen.acceptQueueLimit = 4096;
    config.listen.synCookies = SynCookieUse::ON_OVERFLOW;
    config.listen.keepSynText = false;
    config.listen.listenDropSynFin = true;
    config.listen.synQueueByBacklog = true; // inet_csk_reqsk_queue_is_full
    config.connection.msl = seconds(30);    // TIME-WAIT is a constant 60 s
    config.connection.rfc1337 = false;
    config.connection.timeWaitReopenBeyond = true;
    config.connection.timeWaitDropReset = true;
    config.connection.timeWaitAcks = TimeWaitAcks::ALL_BUT_EMPTY;
    config.connection.timeWaitRestartByAck = true;
    config.connection.synReceivedReset = true; // tcp_check_req
    config.connection.listenerCloseSilent = true;
    config.connection.synAgainAfterBadAck = true; // TCP_TIMEOUT_MIN
    config.connection.resetBelowFin = true;
    config.connection.orphanSynReset = true;
    config.connection.orphanProbesEnd = true;     // tcp_probe_timer
    config.connection.receiveBuffer = 131072;     // the second number of tcp_rmem
    config.connection.maxReceiveBuffer = 6291456; // the third
    config.connection.halveReceiveBuffer = true;
    config.connection.firstWindowInSegments = true;
    config.connection.roundWindowUp = true;
    config.connection.tolerateMissingTimestamp = true;
    config.connection.zeroTimestampUnseen = true;
    config.connection.windowUpdateDoubles = true; // __tcp_cleanup_rbuf
    config.connection.slowStartAllOctets = true;
    config.connection.cwndGrowsIfUsed = true; // tcp_is_cwnd_limited
    config.connection.quickAcks = 16;         // TCP_MAX_QUICKACKS
    config.connection.ecn = EcnUse::PASSIVE;  // tcp_ecn 2
    config.connection.delayedAck = milliseconds(40);
    config.connection.minRto = milliseconds(200);
    config.connection.maxRto = seconds(120);
    config.connection.synRetries = 10; // tcp_syn_linear_timeouts 4, then tcp_syn_retries 6
    config.connection.synLinearRetries = 4;
    config.connection.synAckRetries = 5;
    config.connection.dataRetries = 15;
    config.connection.userTimeout = Duration(0);
    config.connection.userTimeoutCoversProbes = true; // TCP_USER_TIMEOUT
    config.connection.emptyProbes = true;             // tcp_write_wakeup
    config.connection.orphanRetries = 8;
    config.connection.keepReset = true;
    config.connection.resetHasAck = true;
    config.connection.challengeAckLimit = 1;
    config.connection.challengeAckWindow = milliseconds(500);
    return config;
}

/** FreeBSD 14: sys/netinet/tcp_*.c, tcp(4), and what its own packetdrill suite expects. */
StackConfig
FreeBsd()
{
    StackConfig config;
    config.host.ephemeralFirst = 10000;
    config.host.synCacheBuckets = 512;
    config.host.synOptionOrder = SynOptionOrder::MSS_WS_SACK_TS;
    config.listen.acceptQueueRoom = AcceptQueueRoom::HALF_MORE; // solisten_enqueue
    config.listen.synQueueLimit = 15360;                        // the cache alone is the bound
    config.listen.synCookies = SynCookieUse::ON_OVERFLOW;
    config.listen.keepSynText = false;
    config.connection.msl = seconds(30);
    config.connection.timeWaitReopenBeyond = true; // tcp_twcheck
    config.connection.timeWaitReopenBySequence = true;
    config.connection.timeWaitSynEnds = true;
    config.connection.timeWaitDropSyn = true;
    config.connection.timeWaitDropReset = true;
    config.connection.timeWaitAcks = TimeWaitAcks::ALL_BUT_REPETITION;
    config.connection.synReceivedRepeat = true; // syncache_add
    config.connection.synReceivedReset = true;  // a SYN,ACK: syncache_badack
    config.connection.synReceivedCloseSilent = true;
    config.connection.synSentDropFin = true;
    config.connection.takeOldAck = true;
    config.connection.delaySynTextAck = true;
    config.connection.listenerCloseSilent = true;
    config.connection.closingRepeatsFin = true;
    config.connection.closeUnreadFin = true;
    config.connection.resetTextBehindFin = true;
    config.connection.abortOnOverflow = true; // net.inet.tcp.syncache.rst_on_sock_fail
    config.connection.receiveBuffer = 65536;
    config.connection.roundReceiveBuffer = true;
    config.connection.maxReceiveBuffer = 2 << 20; // kern.ipc.maxsockbuf
    config.connection.announceAllRoom = true;
    config.connection.acceptAllRoom = true;
    config.connection.roundWindowUp = true;
    config.connection.tolerateMissingTimestamp = true; // net.inet.tcp.tolerate_missing_ts
    config.connection.ecnAfterPlainSyn = true;
    config.connection.icmpProhibitedAborts = true; // net.inet.tcp.icmp_may_rst
    config.connection.icmpTimeExceededAborts = true;
    config.connection.icmpLowersOffer = true;      // tcp_mss_update, tcp_mssopt
    config.connection.rfc793SynResetHasAck = true; // if net.inet.tcp.insecure_syn is set
    config.connection.challengeAckLimit = 5;       // net.inet.tcp.ack_war_cnt
    config.connection.challengeAckWindow = seconds(1);
    config.connection.ecn = EcnUse::PASSIVE; // net.inet.tcp.ecn.enable 2
    config.connection.ecnSynRetries = 1;     // net.inet.tcp.ecn.maxretries
    config.connection.delayedAck = milliseconds(40);
    config.connection.minRto = milliseconds(30);
    config.connection.rtoSlop = milliseconds(200);
    config.connection.maxRto = seconds(64);
    config.connection.synRtoSlop = true;
    config.connection.synRetries = 12;           // TCP_MAXRXTSHIFT
    config.connection.openTimeout = seconds(75); // net.inet.tcp.keepinit, which ends it sooner
    config.connection.synAckRetries = 3;
    config.connection.dataRetries = 12;
    config.connection.userTimeout = Duration(0);
    config.connection.persistMin = seconds(5);
    config.connection.persistMax = seconds(60);
    config.connection.keepAlive = true;
    config.connection.keepCount = 8;
    config.connection.keepReset = true;
    config.connection.resetHasAck = true;
    return config;
}

/** What teaching texts tell of TCP: the standard, with keepalive on and ten probes. */
StackConfig
Textbook()
{
    StackConfig config;
    config.connection.keepAlive = true;
    config.connection.keepIdle = seconds(7200);
    config.connection.keepInterval = seconds(75);
    config.connection.keepCount = 10;
    return config;
}

constexpr std::pair<std::string_view, StackConfig (*)()> PRESETS[] = {
    {"rfc9293", [] { return StackConfig{}; }},
    {"linux", Linux},
    {"freebsd", FreeBsd},
    {"textbook", Textbook},
};

/** The counterfactual machines of @p config, which may be a preset. */
std::vector<std::string_view>
CounterfactualsIn(const StackConfig& config)
{
    const ConnectionConfig& c = config.connection;
    const IsnPolicy isn = config.host.isnPolicy;
    const std::pair<std::string_view, bool> all[] = {
        {"two-way handshake", c.twoWayHandshake},
        {"ISN constant", isn == IsnPolicy::CONSTANT},
        {"ISN clock", isn == IsnPolicy::CLOCK},
        {"ISN random", isn == IsnPolicy::RANDOM},
        {"TIME-WAIT of other than two MSL", c.timeWaitFactor != 2},
        {"TIME-WAIT not restarted", !c.timeWaitRestart},
        {"RST honoured in TIME-WAIT", !c.rfc1337},
        {"RST by RFC 793", c.rfc793Reset},
        {"SYN by RFC 793", c.rfc793Syn},
        {"ACK by RFC 793", c.rfc793Ack},
        {"keepalive gives up after one loss", c.keepAlive && c.keepCount == 1},
        {"FIN not awaited", !c.awaitFin},
    };
    std::vector<std::string_view> names;
    for (const auto& [name, isSo] : all)
    {
        if (isSo)
        {
            names.push_back(name);
        }
    }
    return names;
}

} // namespace

std::vector<std::string_view>
Counterfactuals(const StackConfig& config, const StackConfig& preset)
{
    const std::vector<std::string_view> usual = CounterfactualsIn(preset);
    std::vector<std::string_view> names = CounterfactualsIn(config);
    const auto isUsual = [&usual](std::string_view name) {
        return std::find(usual.begin(), usual.end(), name) != usual.end();
    };
    names.erase(std::remove_if(names.begin(), names.end(), isUsual), names.end());
    return names;
}

const std::vector<std::string>&
PresetNames()
{
    static const std::vector<std::string> NAMES = [] {
        std::vector<std::string> names;
        for (const auto& [name, make] : PRESETS)
        {
            names.emplace_back(name);
        }
        return names;
    }();
    return NAMES;
}

std::string
PresetsInWords()
{
    std::string words;
    for (const std::string& name : PresetNames())
    {
        const char* before = name == PresetNames().back() ? " or " : ", ";
        words += (words.empty() ? "" : before) + name;
    }
    return words;
}

std::optional<StackConfig>
FindPreset(std::string_view name)
{
    for (const auto& [known, make] : PRESETS)
    {
        if (known == name)
        {
            return make();
        }
    }
    return std::nullopt;
}

} // namespace lifecycle
