#include "parameters.h"

#include <sstream>
#include <type_traits>

namespace ns3::lifecycle_internal
{

namespace
{

using lifecycle::ConnectionConfig;
using lifecycle::HostConfig;
using lifecycle::ListenConfig;
using lifecycle::NamesOf;
using lifecycle::StackConfig;

/** The field that @c member names, within the part of StackConfig that has it. */
template <auto member>
ConfigField
At(StackConfig& in)
{
    if constexpr (std::is_invocable_v<decltype(member), HostConfig&>)
    {
        return &(in.host.*member);
    }
    else if constexpr (std::is_invocable_v<decltype(member), ListenConfig&>)
    {
        return &(in.listen.*member);
    }
    else
    {
        return &(in.connection.*member);
    }
}

constexpr int64_t MILLISECOND = 1000000;
constexpr int64_t FOREVER = int64_t{1000000000} * 1000000000; // 31 years: sums do not overflow
constexpr int64_t MAX_BUFFER = int64_t{1} << 30; // RFC 7323 2.2: windows stay below 2^30
constexpr int64_t MAX_MSS = 65495;               // an IPv4 packet holds 65535 octets
constexpr int64_t MIN_MSS = 48;                  // smaller segments are mostly header
constexpr int64_t MAX_COUNT = 1000000;

constexpr bool SOCKET = true;
constexpr bool NODE = false;

} // namespace

const std::vector<Parameter>&
Parameters()
{
    // clang-format off
    static const std::vector<Parameter> PARAMETERS{
        {"Msl", At<&ConnectionConfig::msl>, 0, FOREVER, SOCKET,
         "Maximum segment lifetime; TIME-WAIT lasts two"},
        {"TimeWaitFactor", At<&ConnectionConfig::timeWaitFactor>, 0, 1000, SOCKET,
         "How many Msl TIME-WAIT lasts, 0 = none; counterfactual unless 2 (RFC 9293 3.4.2)"},
        {"Rfc1337", At<&ConnectionConfig::rfc1337>, 0, 1, SOCKET,
         "Ignore RST in TIME-WAIT (RFC 1337); counterfactual if false, but in preset linux"},
        {"TimeWaitRestart", At<&ConnectionConfig::timeWaitRestart>, 0, 1, SOCKET,
         "A repeated FIN restarts TIME-WAIT; counterfactual if false"},
        {"TimeWaitReopen", At<&ConnectionConfig::timeWaitReopen>, 0, 1, SOCKET,
         "A new enough SYN opens a TIME-WAIT record for a listener (RFC 6191 2)"},
        {"TimeWaitDropSyn", At<&ConnectionConfig::timeWaitDropSyn>, 0, 1, SOCKET,
         "Any other SYN in TIME-WAIT is dropped, not challenged, unless it has ACK (RFC 6191 2)"},
        {"TimeWaitReuse", At<&ConnectionConfig::timeWaitReuse>, 0, 1, SOCKET,
         "An active OPEN may take a 4-tuple out of TIME-WAIT after 1 s"},
        {"AbortLingers", At<&ConnectionConfig::abortLingers>, 0, 1, SOCKET,
         "Who aborts keeps TIME-WAIT (RFC 9293 3.5.2)"},
        {"IgnoreSynAckInListen", At<&ConnectionConfig::ignoreSynAckInListen>, 0, 1, SOCKET,
         "A SYN,ACK that meets a listener is ignored, not reset"},
        {"OpenFromListen", At<&ConnectionConfig::openFromListen>, 0, 1, SOCKET,
         "Connect() takes a listener out of LISTEN; Send() on it fails: it knows no remote end"},
        {"StrictSimultaneousOpen", At<&ConnectionConfig::strictSimultaneousOpen>, 0, 1, SOCKET,
         "Simultaneous open takes six segments, as RFC 9293 3.10.7.4 reads"},
        {"StrictRepeatedSyn", At<&ConnectionConfig::strictRepeatedSyn>, 0, 1, SOCKET,
         "A SYN again in SYN-RECEIVED is answered by an ACK, not a SYN,ACK"},
        {"SynReceivedAckRange", At<&ConnectionConfig::synReceivedAckRange>, 0, 1, SOCKET,
         "RFC 5961 5.2 in SYN-RECEIVED as well, instead of the reset"},
        {"SynReceivedChallenge", At<&ConnectionConfig::synReceivedChallenge>, 0, 1, SOCKET,
         "Challenge a SYN in SYN-RECEIVED, instead of back to LISTEN"},
        {"TwoWayHandshake", At<&ConnectionConfig::twoWayHandshake>, 0, 1, SOCKET,
         "A listener's child is ESTABLISHED on SYN and sends its SYN,ACK once; counterfactual"},
        {"FinWait2Timeout", At<&ConnectionConfig::finWait2Timeout>, 0, FOREVER, SOCKET,
         "How long FIN-WAIT-2 lasts without a reader; 0 = for ever"},
        {"LingerZero", At<&ConnectionConfig::lingerZero>, 0, 1, SOCKET,
         "Closing aborts, as SO_LINGER with time 0"},
        {"DrainAfterClose", At<&ConnectionConfig::drainAfterClose>, 0, 1, SOCKET,
         "What has arrived can be read though both ends have closed"},
        {"OrphanRetries", At<&ConnectionConfig::orphanRetries>, 0, MAX_COUNT, SOCKET,
         "Retransmissions before giving up once the user has closed; 0 = DataRetries"},
        {"AwaitFin", At<&ConnectionConfig::awaitFin>, 0, 1, SOCKET,
         "Await the peer's FIN in FIN-WAIT-2; counterfactual if false: TIME-WAIT begins without it"},
        {"ClosingRepeatsFin", At<&ConnectionConfig::closingRepeatsFin>, 0, 1, SOCKET,
         "On entering CLOSING, our FIN goes out again with the ACK of the peer's"},
        {"Mss", At<&ConnectionConfig::mss>, MIN_MSS, MAX_MSS, SOCKET,
         "Largest payload to announce, if the device's MTU allows it [octets]"},
        {"SendBuffer", At<&ConnectionConfig::sendBuffer>, 1, MAX_BUFFER, SOCKET,
         "Room for unsent and unacknowledged data [octets]"},
        {"ReceiveBuffer", At<&ConnectionConfig::receiveBuffer>, 1, MAX_BUFFER, SOCKET,
         "Room for data that the user has not read [octets]"},
        {"RoundReceiveBuffer", At<&ConnectionConfig::roundReceiveBuffer>, 0, 1, SOCKET,
         "Round ReceiveBuffer up to a multiple of the MSS of the connection"},
        {"MaxReceiveBuffer", At<&ConnectionConfig::maxReceiveBuffer>, 0, MAX_BUFFER, SOCKET,
         "Largest receive buffer that the window scale on offer is to serve; 0 = ReceiveBuffer [octets]"},
        {"AnnounceAllRoom", At<&ConnectionConfig::announceAllRoom>, 0, 1, SOCKET,
         "Any segment announces all the room there is, not only what is worth it (RFC 9293 3.8.6.2.2)"},
        {"AnnounceMss", At<&ConnectionConfig::announceMss>, 0, 1, SOCKET,
         "SYN segments carry the MSS option (RFC 9293 3.7.1)"},
        {"WindowScaling", At<&ConnectionConfig::windowScaling>, 0, 1, SOCKET,
         "Offer the Window Scale option (RFC 7323 2)"},
        {"Timestamps", At<&ConnectionConfig::timestamps>, 0, 1, SOCKET,
         "Offer the Timestamps option (RFC 7323 3)"},
        {"Sack", At<&ConnectionConfig::sack>, 0, 1, SOCKET,
         "Offer selective acknowledgments (RFC 2018)"},
        {"SynsWithOptions", At<&ConnectionConfig::synsWithOptions>, 0, MAX_COUNT, SOCKET,
         "A SYN sent more often than that carries no option but MSS any more; 0 = all carry them"},
        {"TimestampTick", At<&ConnectionConfig::timestampTick>, MILLISECOND, 1000 * MILLISECOND, SOCKET,
         "Step of the timestamp clock (RFC 7323 5.4)"},
        {"TimestampOffset", At<&ConnectionConfig::timestampOffset>, 0, 1, SOCKET,
         "The timestamps of each connection are ahead of the clock by a number of their own"},
        {"Ecn", At<&ConnectionConfig::ecn>, 0, 0, SOCKET,
         "Explicit congestion notification (RFC 3168 6.1): passive only if the peer asks for it"},
        {"EcnSynRetries", At<&ConnectionConfig::ecnSynRetries>, 0, MAX_COUNT, SOCKET,
         "Retransmissions of a SYN that ask for ECN like the first; the others do without"},
        {"InitialWindow", At<&ConnectionConfig::initialCwnd>, 1, MAX_COUNT, SOCKET,
         "Initial congestion window (RFC 6928 2) [segments]"},
        {"InitialSlowStartThreshold", At<&ConnectionConfig::initialSsthresh>, 0, UINT32_MAX, SOCKET,
         "Congestion window up to which slow start goes at first (RFC 5681 3.1) [octets]"},
        {"Nagle", At<&ConnectionConfig::nagle>, 0, 1, SOCKET,
         "Hold small segments back while others are unacknowledged (RFC 9293 3.7.4)"},
        {"DelayedAck", At<&ConnectionConfig::delayedAck>, 0, 499 * MILLISECOND, SOCKET,
         "How long the acknowledgment of data may wait (RFC 9293 3.8.6.3); 0 = not at all"},
        {"DelayedAckCount", At<&ConnectionConfig::delayedAckCount>, 1, MAX_COUNT, SOCKET,
         "Segments with data after which the acknowledgment waits no longer"},
        {"InitialRto", At<&ConnectionConfig::initialRto>, MILLISECOND, FOREVER, SOCKET,
         "Retransmission timeout before a round trip was measured, whatever MinRto and MaxRto (RFC 6298 2.1)"},
        {"MinRto", At<&ConnectionConfig::minRto>, MILLISECOND, FOREVER, SOCKET,
         "Shortest retransmission timeout that round trips make, up to MaxRto (RFC 6298 2.4)"},
        {"MaxRto", At<&ConnectionConfig::maxRto>, MILLISECOND, FOREVER, SOCKET,
         "Longest retransmission timeout, from MinRto on (RFC 6298 2.5)"},
        {"RtoSlop", At<&ConnectionConfig::rtoSlop>, 0, FOREVER, SOCKET,
         "Added to the retransmission timeout that the round trips make"},
        {"ClockGranularity", At<&ConnectionConfig::clockGranularity>, 0, FOREVER, SOCKET,
         "Clock granularity G in the retransmission timeout (RFC 6298)"},
        {"R1", At<&ConnectionConfig::r1>, 0, MAX_COUNT, SOCKET,
         "Retransmissions after which the user is warned (RFC 9293 3.8.3)"},
        {"SynRetries", At<&ConnectionConfig::synRetries>, 0, MAX_COUNT, SOCKET,
         "Retransmissions of a SYN before giving up"},
        {"SynLinearRetries", At<&ConnectionConfig::synLinearRetries>, 0, MAX_COUNT, SOCKET,
         "The first of these, sent before the timeout doubles"},
        {"SynAckRetries", At<&ConnectionConfig::synAckRetries>, 0, MAX_COUNT, SOCKET,
         "Retransmissions of a SYN,ACK before giving up"},
        {"DataRetries", At<&ConnectionConfig::dataRetries>, 0, MAX_COUNT, SOCKET,
         "Retransmissions of data or FIN before giving up (R2 of RFC 9293 3.8.3)"},
        {"UserTimeout", At<&ConnectionConfig::userTimeout>, 0, FOREVER, SOCKET,
         "How long what was sent may stay unanswered before giving up; 0 = for ever (RFC 9293 3.10.8)"},
        {"OpenTimeout", At<&ConnectionConfig::openTimeout>, 0, FOREVER, SOCKET,
         "How long a connection may take to open before giving up; 0 = UserTimeout"},
        {"UserTimeoutCoversProbes", At<&ConnectionConfig::userTimeoutCoversProbes>, 0, 1, SOCKET,
         "UserTimeout runs on while probes of a closed window are answered, and ends keepalive instead of KeepCount (as in Linux)"},
        {"ResetOnGiveUp", At<&ConnectionConfig::resetOnGiveUp>, 0, 1, SOCKET,
         "Send RST when retransmissions are used up"},
        {"PersistMin", At<&ConnectionConfig::persistMin>, 0, FOREVER, SOCKET,
         "Least time between probes of a closed window (RFC 9293 3.8.6.1)"},
        {"PersistMax", At<&ConnectionConfig::persistMax>, 0, FOREVER, SOCKET,
         "Greatest time between probes of a closed window; 0 = MaxRto"},
        {"KeepAlive", At<&ConnectionConfig::keepAlive>, 0, 1, SOCKET,
         "Probe a peer that is silent (RFC 9293 3.8.4)"},
        {"KeepIdle", At<&ConnectionConfig::keepIdle>, MILLISECOND, FOREVER, SOCKET,
         "Silence before the first keepalive probe"},
        {"KeepInterval", At<&ConnectionConfig::keepInterval>, MILLISECOND, FOREVER, SOCKET,
         "Time between keepalive probes; a peer answers so many as its ChallengeAckLimit allows"},
        {"KeepCount", At<&ConnectionConfig::keepCount>, 1, MAX_COUNT, SOCKET,
         "Unanswered keepalive probes before giving up; 1 is counterfactual (RFC 9293 3.8.4)"},
        {"KeepGarbageOctet", At<&ConnectionConfig::keepGarbageOctet>, 0, 1, SOCKET,
         "Keepalive probes carry one octet, for peers that ignore empty ones"},
        {"KeepReset", At<&ConnectionConfig::keepReset>, 0, 1, SOCKET,
         "Send RST when nobody has answered the keepalive probes"},
        {"IcmpSequenceCheck", At<&ConnectionConfig::icmpSequenceCheck>, 0, 1, SOCKET,
         "Heed only ICMP errors that quote a segment in flight (RFC 5927 4.1)"},
        {"IcmpAbortsOpening", At<&ConnectionConfig::icmpAbortsOpening>, 0, 1, SOCKET,
         "ICMP hard errors end connections that are being opened (RFC 9293 3.9.2.2)"},
        {"IcmpAbortsSynchronized", At<&ConnectionConfig::icmpAbortsSynchronized>, 0, 1, SOCKET,
         "ICMP hard errors end connections in any state"},
        {"IcmpSoftAborts", At<&ConnectionConfig::icmpSoftAborts>, 0, 1, SOCKET,
         "ICMP soft errors end connections that are being opened (RFC 5461 4)"},
        {"ReportSoftErrors", At<&ConnectionConfig::reportSoftErrors>, 0, 1, SOCKET,
         "Tell the user of soft errors and of R1 (RFC 9293 3.9.1.8)"},
        {"ChallengeAckLimit", At<&ConnectionConfig::challengeAckLimit>, 0, MAX_COUNT, SOCKET,
         "Challenge ACKs in each ChallengeAckWindow (RFC 5961 7)"},
        {"ChallengeAckWindow", At<&ConnectionConfig::challengeAckWindow>, 0, FOREVER, SOCKET,
         "Span of time for ChallengeAckLimit"},
        {"UnacceptableAckInterval", At<&ConnectionConfig::unacceptableAckInterval>, 0, FOREVER, SOCKET,
         "Least time between ACKs that answer unacceptable segments without text, SYN or FIN; 0 = they count as challenge ACKs"},
        {"Rfc793Reset", At<&ConnectionConfig::rfc793Reset>, 0, 1, SOCKET,
         "A RST anywhere in the window resets (RFC 793), not only an exact one; counterfactual"},
        {"Rfc793Syn", At<&ConnectionConfig::rfc793Syn>, 0, 1, SOCKET,
         "A SYN in the window resets (RFC 793); counterfactual"},
        {"Rfc793Ack", At<&ConnectionConfig::rfc793Ack>, 0, 1, SOCKET,
         "An ACK may be as old as it likes (RFC 793), not only one window; counterfactual"},
        {"ResetIllegalOption", At<&ConnectionConfig::resetIllegalOption>, 0, 1, SOCKET,
         "An impossible option length resets (RFC 9293 3.1)"},
        {"ResetHasAck", At<&ConnectionConfig::resetHasAck>, 0, 1, SOCKET,
         "A reset that answers no segment, as ABORT's, has ACK as well, against RFC 9293 3.10.5"},
        {"FinAckDelay", At<&ConnectionConfig::finAckDelay>, 0, FOREVER, SOCKET,
         "How long the ACK of a FIN may wait for a segment to ride on"},
        {"EphemeralFirst", At<&HostConfig::ephemeralFirst>, 1, 65535, NODE,
         "First port of the ephemeral range (RFC 6056)"},
        {"EphemeralLast", At<&HostConfig::ephemeralLast>, 1, 65535, NODE,
         "Last port of the ephemeral range (RFC 6056)"},
        {"IsnPolicy", At<&HostConfig::isnPolicy>, 0, 0, NODE,
         "How initial sequence numbers are chosen; counterfactual unless rfc6528"},
        {"SynQueueLimit", At<&ListenConfig::synQueueLimit>, 0, MAX_COUNT, SOCKET,
         "Half-open connections of one listener"},
        {"AcceptQueueLimit", At<&ListenConfig::acceptQueueLimit>, 0, MAX_COUNT, SOCKET,
         "Completed connections of one listener that nobody has accepted"},
        {"AbortOnOverflow", At<&ConnectionConfig::abortOnOverflow>, 0, 1, SOCKET,
         "A full accept queue answers the last ACK of a handshake with a reset, else it ignores it"},
        {"SynOverflow", At<&ListenConfig::synOverflow>, 0, 0, SOCKET,
         "What a full SYN queue does with a SYN (RFC 4987 2.2, 3.4)"},
        {"SynCookies", At<&ListenConfig::synCookies>, 0, 0, SOCKET,
         "When SYNs are answered without keeping anything of them (RFC 4987 3.6)"},
        {"KeepSynText", At<&ListenConfig::keepSynText>, 0, 1, SOCKET,
         "Text and FIN on a SYN are kept until ESTABLISHED, else left to be sent again"},
        {"SynCacheBuckets", At<&HostConfig::synCacheBuckets>, 0, MAX_COUNT, NODE,
         "Buckets of the SYN cache of all listeners (RFC 4987 3.5); 0 = no cache"},
        {"SynCacheBucketLimit", At<&HostConfig::synCacheBucketLimit>, 1, MAX_COUNT, NODE,
         "Half-open connections in one bucket of the SYN cache; one more pushes out the oldest"},
        {"TimeWaitLimit", At<&HostConfig::timeWaitLimit>, 0, MAX_COUNT, NODE,
         "Connections in TIME-WAIT; 0 = any number"},
        {"TimeWaitOverflow", At<&HostConfig::timeWaitOverflow>, 0, 0, NODE,
         "Which connection leaves TIME-WAIT early when there is one too many"},
        {"BlackHole", At<&HostConfig::blackHole>, 0, 0, NODE,
         "What gets no reset though no connection and no listener is there for it"},
        {"DropSynFin", At<&HostConfig::dropSynFin>, 0, 1, NODE,
         "Drop segments with both SYN and FIN"},
        {"SynOptionOrder", At<&HostConfig::synOptionOrder>, 0, 0, NODE,
         "The order of the options on a SYN"},
        {"CompactRecords", At<&HostConfig::compactRecords>, 0, 1, NODE,
         "Keep SYN-RECEIVED and TIME-WAIT in small records; changes memory, not behaviour"},
    };
    // clang-format on
    return PARAMETERS;
}

std::string
ToText(const Parameter& parameter, StackConfig config)
{
    const auto text = [](const auto* field) -> std::string {
        using Field = std::decay_t<decltype(*field)>;
        if constexpr (std::is_same_v<Field, lifecycle::Duration>)
        {
            return lifecycle::ToText(*field);
        }
        else if constexpr (std::is_same_v<Field, bool>)
        {
            return *field ? "true" : "false";
        }
        else if constexpr (std::is_enum_v<Field>)
        {
            return NamesOf<Field>::LIST[static_cast<std::size_t>(*field)];
        }
        else
        {
            std::ostringstream number;
            number << *field;
            return number.str();
        }
    };
    return std::visit(text, parameter.field(config));
}

} // namespace ns3::lifecycle_internal
