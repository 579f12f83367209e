#include "stack-config.h"

namespace lifecycle
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

/** Linux 6.18: ip-sysctl documentation and include/net/tcp.h. */
StackConfig
Linux()
{
    StackConfig config;
    config.host.ephemeralFirst = 32768;
    config.host.ephemeralLast = 60999;
    config.host.timeWaitOverflow = TimeWaitOverflow::DROP_NEW; // tcp_max_tw_buckets; no limit here
    config.host.synOptionOrder = SynOptionOrder::MSS_SACK_TS_WS;
    config.listen.synQueueLimit = 4096;
    config.listen.acceptQueueLimit = 4096;
    config.listen.synCookies = SynCookieUse::ON_OVERFLOW;
    config.listen.keepSynText = false;
    config.connection.msl = seconds(30); // TIME-WAIT is a constant 60 s
    config.connection.rfc1337 = false;
    config.connection.delayedAck = milliseconds(40);
    config.connection.minRto = milliseconds(200);
    config.connection.maxRto = seconds(120);
    config.connection.synRetries = 10; // tcp_syn_linear_timeouts 4, then tcp_syn_retries 6
    config.connection.synLinearRetries = 4;
    config.connection.synAckRetries = 5;
    config.connection.dataRetries = 15;
    config.connection.userTimeout = Duration(0);
    config.connection.orphanRetries = 8;
    config.connection.keepReset = true;
    config.connection.challengeAckLimit = 1;
    config.connection.challengeAckWindow = milliseconds(500);
    return config;
}

/** FreeBSD 14: tcp_timer.h, tcp(4). Not its persist timer: ours follows the retransmission timeout. */
StackConfig
FreeBsd()
{
    StackConfig config;
    config.host.ephemeralFirst = 10000;
    config.host.synCacheBuckets = 512;
    config.host.synOptionOrder = SynOptionOrder::MSS_WS_SACK_TS;
    config.listen.synQueueLimit = 15360; // the cache alone is the bound
    config.listen.synCookies = SynCookieUse::ON_OVERFLOW;
    config.connection.msl = seconds(30);
    config.connection.delayedAck = milliseconds(40);
    config.connection.minRto = milliseconds(230); // 30 ms and 200 ms of slop
    config.connection.maxRto = seconds(64);
    config.connection.synRetries = 10; // tcp_syn_backoff, but the timer is shorter
    config.connection.synLinearRetries = 4;
    config.connection.openTimeout = seconds(75);
    config.connection.synAckRetries = 3;
    config.connection.dataRetries = 12;
    config.connection.userTimeout = Duration(0);
    config.connection.keepAlive = true;
    config.connection.keepCount = 8;
    config.connection.keepReset = true;
    return config;
}

} // namespace

std::optional<StackConfig>
FindPreset(std::string_view name)
{
    if (name == "rfc9293")
    {
        return StackConfig{};
    }
    if (name == "linux")
    {
        return Linux();
    }
    if (name == "freebsd")
    {
        return FreeBsd();
    }
    return std::nullopt;
}

} // namespace lifecycle
