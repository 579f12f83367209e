#ifndef LIFECYCLE_CORE_OPTION_ROWS_H
#define LIFECYCLE_CORE_OPTION_ROWS_H

#include "stack-config.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace lifecycle
{

/** One field of StackConfig: where it is, its name outside of C++, its range, what it means. */
template <class Owner, class Value>
struct OptionRow
{
    using Config = Owner;
    using Field = Value;

    /** A number or a time. */
    constexpr OptionRow(Field Config::*field,
                        const char* camelCase,
                        std::int64_t least,
                        std::int64_t greatest,
                        const char* meaning)
        : member(field),
          name(camelCase),
          min(least),
          max(greatest),
          help(meaning)
    {
        static_assert(!std::is_same_v<Field, bool> && !std::is_enum_v<Field>);
    }

    /** What has no range: true or false, or one of the names of an enumeration. */
    constexpr OptionRow(Field Config::*field, const char* camelCase, const char* meaning)
        : member(field),
          name(camelCase),
          min(0),
          max(std::is_same_v<Field, bool> ? 1 : 0),
          help(meaning)
    {
        static_assert(std::is_same_v<Field, bool> || std::is_enum_v<Field>);
    }

    Field Config::*member;
    const char* name; ///< in CamelCase
    std::int64_t min; ///< least legal value [ns or 1]; 0 for names
    std::int64_t max; ///< greatest legal value [ns or 1]; 0 for names
    const char* help; ///< what the field means, with its unit
};

/**
 * All fields of StackConfig, each once.
 *
 * Equality and hash, ns-3's attributes, the options of a run, its manifest and the handbook follow
 * from it, in this order. Fields of HostConfig are the node's, all others a socket may have its own
 * way. A field without a row does not compile (option-rows.cc).
 */
inline constexpr auto OPTION_ROWS = [] {
    using C = ConnectionConfig;
    using L = ListenConfig;
    using H = HostConfig;
    constexpr std::int64_t MILLISECOND = 1000000;
    constexpr std::int64_t FOREVER = 1000000000 * std::int64_t{1000000000}; // sums do not overflow
    constexpr std::int64_t MAX_BUFFER = 1 << 30; // RFC 7323 2.2: windows stay below 2^30
    constexpr std::int64_t MAX_MSS = 65495;      // an IPv4 packet holds 65535 octets
    constexpr std::int64_t MIN_MSS = 48;         // smaller segments are mostly header
    constexpr std::int64_t MAX_COUNT = 1000000;
    // clang-format off
    return std::tuple{
        OptionRow{&C::msl, "Msl", 0, FOREVER,
            "Maximum segment lifetime; TIME-WAIT lasts two"},
        OptionRow{&C::timeWaitFactor, "TimeWaitFactor", 0, 1000,
            "How many Msl TIME-WAIT lasts, 0 = none; counterfactual unless 2 (RFC 9293 3.4.2)"},
        OptionRow{&C::rfc1337, "Rfc1337",
            "Ignore RST in TIME-WAIT (RFC 1337); counterfactual if false, but in preset linux"},
        OptionRow{&C::timeWaitRestart, "TimeWaitRestart",
            "A repeated FIN restarts TIME-WAIT; counterfactual if false"},
        OptionRow{&C::timeWaitReopen, "TimeWaitReopen",
            "A new enough SYN opens a TIME-WAIT record for a listener (RFC 6191 2)"},
        OptionRow{&C::timeWaitReopenBeyond, "TimeWaitReopenBeyond",
            "A SYN at RCV.NXT itself is not new enough; its number must be greater"},
        OptionRow{&C::timeWaitReopenBySequence, "TimeWaitReopenBySequence",
            "Whether a SYN is new enough its number says, whatever its timestamp"},
        OptionRow{&C::timeWaitSynEnds, "TimeWaitSynEnds",
            "A new enough SYN for which nobody listens ends TIME-WAIT and is reset, not challenged"},
        OptionRow{&C::timeWaitDropSyn, "TimeWaitDropSyn",
            "Any other SYN in TIME-WAIT is dropped, not challenged, and never resets, unless it "
            "has ACK (RFC 6191 2)"},
        OptionRow{&C::timeWaitDropReset, "TimeWaitDropReset",
            "A RST in TIME-WAIT that must not end it is dropped, not challenged"},
        OptionRow{&C::timeWaitAcks, "TimeWaitAcks",
            "Which segments without SYN and RST are acknowledged in TIME-WAIT: by RFC 9293 "
            "3.10.7.4 FINs and what is unacceptable; or all with ACK but the empty ACK of SND.NXT "
            "at RCV.NXT; or all but any empty one at RCV.NXT"},
        OptionRow{&C::timeWaitRestartByAck, "TimeWaitRestartByAck",
            "Any segment with ACK restarts TIME-WAIT, not only a FIN"},
        OptionRow{&C::timeWaitReuse, "TimeWaitReuse",
            "An active OPEN may take a 4-tuple out of TIME-WAIT after 1 s"},
        OptionRow{&C::abortLingers, "AbortLingers",
            "Who aborts keeps TIME-WAIT (RFC 9293 3.5.2)"},
        OptionRow{&C::ignoreSynAckInListen, "IgnoreSynAckInListen",
            "A SYN,ACK that meets a listener is ignored, not reset"},
        OptionRow{&C::openFromListen, "OpenFromListen",
            "Connect() takes a listener out of LISTEN; Send() on it fails: it knows no remote end"},
        OptionRow{&C::strictSimultaneousOpen, "StrictSimultaneousOpen",
            "Simultaneous open takes six segments, as RFC 9293 3.10.7.4 reads"},
        OptionRow{&C::strictRepeatedSyn, "StrictRepeatedSyn",
            "A SYN again in SYN-RECEIVED is answered by an ACK, not a SYN,ACK"},
        OptionRow{&C::synReceivedAckRange, "SynReceivedAckRange",
            "RFC 5961 5.2 in SYN-RECEIVED as well, instead of the reset"},
        OptionRow{&C::synReceivedChallenge, "SynReceivedChallenge",
            "Challenge a SYN in SYN-RECEIVED, instead of back to LISTEN"},
        OptionRow{&C::synReceivedRepeat, "SynReceivedRepeat",
            "Any SYN to a listener's child in SYN-RECEIVED is answered by the SYN,ACK again, "
            "instead of back to LISTEN"},
        OptionRow{&C::synReceivedReset, "SynReceivedReset",
            "A SYN in the window in SYN-RECEIVED of a listener's child ends the child and is reset"},
        OptionRow{&C::synSentDropFin, "SynSentDropFin",
            "A FIN on the SYN of a simultaneous open is left to be sent again"},
        OptionRow{&C::synReceivedCloseSilent, "SynReceivedCloseSilent",
            "Closing both directions in SYN-RECEIVED of a simultaneous open deletes the connection "
            "without a segment"},
        OptionRow{&C::listenerCloseSilent, "ListenerCloseSilent",
            "Closing a listener sends no reset for its half-open children"},
        OptionRow{&C::synAgainAfterBadAck, "SynAgainAfterBadAck",
            "In SYN-SENT, an ACK of what was not sent gets the SYN again behind the reset, if the "
            "SYN was sent once"},
        OptionRow{&C::twoWayHandshake, "TwoWayHandshake",
            "A listener's child is ESTABLISHED on SYN and sends its SYN,ACK once; counterfactual"},
        OptionRow{&C::finWait2Timeout, "FinWait2Timeout", 0, FOREVER,
            "How long FIN-WAIT-2 lasts without a reader; 0 = for ever"},
        OptionRow{&C::lingerZero, "LingerZero",
            "Closing aborts, as SO_LINGER with time 0"},
        OptionRow{&C::drainAfterClose, "DrainAfterClose",
            "What has arrived can be read though both ends have closed"},
        OptionRow{&C::orphanRetries, "OrphanRetries", 0, MAX_COUNT,
            "Retransmissions before giving up once the user has closed; 0 = DataRetries"},
        OptionRow{&C::awaitFin, "AwaitFin",
            "Await the peer's FIN in FIN-WAIT-2; counterfactual if false: TIME-WAIT begins "
            "without it"},
        OptionRow{&C::closingRepeatsFin, "ClosingRepeatsFin",
            "An ACK that is sent in CLOSING repeats our FIN, unless it is a challenge ACK"},
        OptionRow{&C::closeUnreadFin, "CloseUnreadFin",
            "Closing with unread data sends FIN, not RST (RFC 2525 2.17)"},
        OptionRow{&C::resetTextBehindFin, "ResetTextBehindFin",
            "Once the user has closed, data behind the peer's FIN is reset in CLOSING and LAST-ACK"},
        OptionRow{&C::resetBelowFin, "ResetBelowFin",
            "A RST one below RCV.NXT resets in CLOSE-WAIT, LAST-ACK and CLOSING: its sender does "
            "not count its own FIN"},
        OptionRow{&C::orphanProbesEnd, "OrphanProbesEnd",
            "Once the user has closed, probes of a closed window end the connection when their "
            "distance has grown to MaxRto, although they are answered"},
        OptionRow{&C::mss, "Mss", MIN_MSS, MAX_MSS,
            "Largest payload to announce, if the device's MTU allows it [octets]"},
        OptionRow{&C::sendBuffer, "SendBuffer", 1, MAX_BUFFER,
            "Room for unsent and unacknowledged data [octets]"},
        OptionRow{&C::receiveBuffer, "ReceiveBuffer", 1, MAX_BUFFER,
            "Room for data that the user has not read [octets]"},
        OptionRow{&C::roundReceiveBuffer, "RoundReceiveBuffer",
            "Round ReceiveBuffer up to a multiple of the MSS of the connection"},
        OptionRow{&C::maxReceiveBuffer, "MaxReceiveBuffer", 0, UINT32_MAX,
            "Largest receive buffer that the window scale on offer is to serve; 0 = ReceiveBuffer "
            "[octets]"},
        OptionRow{&C::announceAllRoom, "AnnounceAllRoom",
            "Any segment announces all the room there is, not only what is worth it "
            "(RFC 9293 3.8.6.2.2)"},
        OptionRow{&C::windowUpdateDoubles, "WindowUpdateDoubles",
            "Reading data sends a window update only if the window is at least twice as large then"},
        OptionRow{&C::takeOldAck, "TakeOldAck",
            "The acknowledgment on a segment that lies before the window is taken, if it is new"},
        OptionRow{&C::acceptAllRoom, "AcceptAllRoom",
            "What fits the receive buffer is acceptable, though the window that was announced is "
            "smaller; not in SYN-RECEIVED of a listener's child"},
        OptionRow{&C::roundWindowUp, "RoundWindowUp",
            "A scaled window is rounded up to a whole step of the field, else down"},
        OptionRow{&C::halveReceiveBuffer, "HalveReceiveBuffer",
            "The window is half of ReceiveBuffer: the other half is for what segments cost beside "
            "their data"},
        OptionRow{&C::firstWindowInSegments, "FirstWindowInSegments",
            "The window of a SYN is rounded down to a multiple of the segment size"},
        OptionRow{&C::announceMss, "AnnounceMss",
            "SYN segments carry the MSS option (RFC 9293 3.7.1)"},
        OptionRow{&C::windowScaling, "WindowScaling",
            "Offer the Window Scale option (RFC 7323 2)"},
        OptionRow{&C::timestamps, "Timestamps",
            "Offer the Timestamps option (RFC 7323 3)"},
        OptionRow{&C::sack, "Sack",
            "Offer selective acknowledgments (RFC 2018)"},
        OptionRow{&C::synsWithOptions, "SynsWithOptions", 0, MAX_COUNT,
            "A SYN sent more often than that carries no option but MSS any more; 0 = all carry "
            "them"},
        OptionRow{&C::timestampTick, "TimestampTick", MILLISECOND, 1000 * MILLISECOND,
            "Step of the timestamp clock (RFC 7323 5.4)"},
        OptionRow{&C::timestampOffset, "TimestampOffset",
            "The timestamps of each connection are ahead of the clock by a number of their own"},
        OptionRow{&C::tolerateMissingTimestamp, "TolerateMissingTimestamp",
            "On a connection with timestamps a segment without one is taken, not dropped "
            "(RFC 7323 3.2)"},
        OptionRow{&C::zeroTimestampUnseen, "ZeroTimestampUnseen",
            "TSval 0 of a SYN counts for PAWS as if no timestamp had been seen yet"},
        OptionRow{&C::ecn, "Ecn",
            "Explicit congestion notification (RFC 3168 6.1): passive only if the peer asks for "
            "it"},
        OptionRow{&C::ecnSynRetries, "EcnSynRetries", 0, MAX_COUNT,
            "Retransmissions of a SYN that ask for ECN like the first; the others do without"},
        OptionRow{&C::ecnAfterPlainSyn, "EcnAfterPlainSyn",
            "Our SYN,ACK of a simultaneous open agrees to ECN, if Ecn lets it, though our SYN has "
            "not asked, against RFC 3168 6.1.1"},
        OptionRow{&C::initialCwnd, "InitialWindow", 1, MAX_COUNT,
            "Initial congestion window (RFC 6928 2) [segments]"},
        OptionRow{&C::initialSsthresh, "InitialSlowStartThreshold", 0, UINT32_MAX,
            "Congestion window up to which slow start goes at first (RFC 5681 3.1) [octets]"},
        OptionRow{&C::slowStartAllOctets, "SlowStartAllOctets",
            "In slow start each ACK opens the window by all that it acknowledges, not by at most a "
            "segment (RFC 5681 3.1)"},
        OptionRow{&C::cwndGrowsIfUsed, "CwndGrowsIfUsed",
            "The congestion window grows only while it is full, or half full in slow start"},
        OptionRow{&C::nagle, "Nagle",
            "Hold small segments back while others are unacknowledged (RFC 9293 3.7.4)"},
        OptionRow{&C::delayedAck, "DelayedAck", 0, 499 * MILLISECOND,
            "How long the acknowledgment of data may wait (RFC 9293 3.8.6.3); 0 = not at all"},
        OptionRow{&C::delayedAckCount, "DelayedAckCount", 1, MAX_COUNT,
            "Segments with data after which the acknowledgment waits no longer"},
        OptionRow{&C::delaySynTextAck, "DelaySynTextAck",
            "Text of a SYN that is delivered with ESTABLISHED is acknowledged like other text, not "
            "at once"},
        OptionRow{&C::quickAcks, "QuickAcks", 0, MAX_COUNT,
            "So many segments with data are acknowledged at once, until data is sent; 0 = none"},
        OptionRow{&C::initialRto, "InitialRto", MILLISECOND, FOREVER,
            "Retransmission timeout before a round trip was measured, whatever MinRto and MaxRto "
            "(RFC 6298 2.1)"},
        OptionRow{&C::minRto, "MinRto", MILLISECOND, FOREVER,
            "Shortest retransmission timeout that round trips make, up to MaxRto (RFC 6298 2.4)"},
        OptionRow{&C::maxRto, "MaxRto", MILLISECOND, FOREVER,
            "Longest retransmission timeout, from MinRto on (RFC 6298 2.5)"},
        OptionRow{&C::rtoSlop, "RtoSlop", 0, FOREVER,
            "Added to the retransmission timeout that the round trips make"},
        OptionRow{&C::synRtoSlop, "SynRtoSlop",
            "RtoSlop is added to the timeout of a repeated SYN as well, but not to the first"},
        OptionRow{&C::clockGranularity, "ClockGranularity", 0, FOREVER,
            "Clock granularity G in the retransmission timeout (RFC 6298)"},
        OptionRow{&C::r1, "R1", 0, MAX_COUNT,
            "Retransmissions after which the user is warned (RFC 9293 3.8.3)"},
        OptionRow{&C::synRetries, "SynRetries", 0, MAX_COUNT,
            "Retransmissions of a SYN before giving up"},
        OptionRow{&C::synLinearRetries, "SynLinearRetries", 0, MAX_COUNT,
            "The first of these, sent before the timeout doubles"},
        OptionRow{&C::synAckRetries, "SynAckRetries", 0, MAX_COUNT,
            "Retransmissions of a SYN,ACK before giving up"},
        OptionRow{&C::dataRetries, "DataRetries", 0, MAX_COUNT,
            "Retransmissions of data or FIN before giving up (R2 of RFC 9293 3.8.3)"},
        OptionRow{&C::userTimeout, "UserTimeout", 0, FOREVER,
            "How long what was sent may stay unanswered before giving up; 0 = for ever "
            "(RFC 9293 3.10.8)"},
        OptionRow{&C::openTimeout, "OpenTimeout", 0, FOREVER,
            "How long a connection may take to open before giving up; 0 = UserTimeout"},
        OptionRow{&C::userTimeoutCoversProbes, "UserTimeoutCoversProbes",
            "UserTimeout runs on while probes of a closed window are answered, and ends keepalive "
            "instead of KeepCount (as in Linux)"},
        OptionRow{&C::resetOnGiveUp, "ResetOnGiveUp",
            "Send RST when retransmissions are used up"},
        OptionRow{&C::persistMin, "PersistMin", 0, FOREVER,
            "Least time between probes of a closed window (RFC 9293 3.8.6.1)"},
        OptionRow{&C::persistMax, "PersistMax", 0, FOREVER,
            "Greatest time between probes of a closed window; 0 = MaxRto"},
        OptionRow{&C::emptyProbes, "EmptyProbes",
            "Probes of a closed window are empty and stand below it, against RFC 9293 3.8.6.1"},
        OptionRow{&C::keepAlive, "KeepAlive",
            "Probe a peer that is silent (RFC 9293 3.8.4)"},
        OptionRow{&C::keepIdle, "KeepIdle", MILLISECOND, FOREVER,
            "Silence before the first keepalive probe"},
        OptionRow{&C::keepInterval, "KeepInterval", MILLISECOND, FOREVER,
            "Time between keepalive probes; a peer answers so many as its ChallengeAckLimit "
            "allows"},
        OptionRow{&C::keepCount, "KeepCount", 1, MAX_COUNT,
            "Unanswered keepalive probes before giving up; 1 is counterfactual (RFC 9293 3.8.4)"},
        OptionRow{&C::keepGarbageOctet, "KeepGarbageOctet",
            "Keepalive probes carry one octet, for peers that ignore empty ones"},
        OptionRow{&C::keepReset, "KeepReset",
            "Send RST when nobody has answered the keepalive probes"},
        OptionRow{&C::icmpSequenceCheck, "IcmpSequenceCheck",
            "Heed only ICMP errors that quote a segment in flight (RFC 5927 4.1)"},
        OptionRow{&C::icmpAbortsOpening, "IcmpAbortsOpening",
            "ICMP hard errors end connections that are being opened (RFC 9293 3.9.2.2)"},
        OptionRow{&C::icmpAbortsSynchronized, "IcmpAbortsSynchronized",
            "ICMP hard errors end connections in any state"},
        OptionRow{&C::icmpSoftAborts, "IcmpSoftAborts",
            "ICMP soft errors end connections that are being opened (RFC 5461 4)"},
        OptionRow{&C::icmpProhibitedAborts, "IcmpProhibitedAborts",
            "ICMP errors of what an administrator prohibits in IPv4, and of an unknown next header "
            "in IPv6, count as hard errors"},
        OptionRow{&C::icmpTimeExceededAborts, "IcmpTimeExceededAborts",
            "ICMP errors of time exceeded in transit count as hard errors"},
        OptionRow{&C::icmpLowersOffer, "IcmpLowersOffer",
            "An ICMP error of what is too big for the path of a SYN lowers the MSS that the SYN sent "
            "again announces"},
        OptionRow{&C::reportSoftErrors, "ReportSoftErrors",
            "Tell the user of soft errors and of R1 (RFC 9293 3.9.1.8)"},
        OptionRow{&C::challengeAckLimit, "ChallengeAckLimit", 0, MAX_COUNT,
            "Challenge ACKs in each ChallengeAckWindow (RFC 5961 7)"},
        OptionRow{&C::challengeAckWindow, "ChallengeAckWindow", 0, FOREVER,
            "Span of time for ChallengeAckLimit"},
        OptionRow{&C::rfc793Reset, "Rfc793Reset",
            "A RST anywhere in the window resets (RFC 793), not only an exact one; counterfactual"},
        OptionRow{&C::rfc793Syn, "Rfc793Syn",
            "A SYN in the window resets (RFC 793); counterfactual"},
        OptionRow{&C::rfc793SynResetHasAck, "Rfc793SynResetHasAck",
            "The reset of Rfc793Syn is RST,ACK at SND.NXT, not RST at SEG.ACK"},
        OptionRow{&C::orphanSynReset, "OrphanSynReset",
            "A SYN in the window resets FIN-WAIT-2 once the user has closed, instead of a challenge"},
        OptionRow{&C::rfc793Ack, "Rfc793Ack",
            "An ACK may be as old as it likes (RFC 793), not only one window; counterfactual"},
        OptionRow{&C::resetIllegalOption, "ResetIllegalOption",
            "An impossible option length resets (RFC 9293 3.1)"},
        OptionRow{&C::resetHasAck, "ResetHasAck",
            "A reset that answers no segment, as ABORT's, has ACK as well, against RFC 9293 "
            "3.10.5"},
        OptionRow{&C::finAckDelay, "FinAckDelay", 0, FOREVER,
            "How long the ACK of a FIN may wait for a segment to ride on"},
        OptionRow{&H::ephemeralFirst, "EphemeralFirst", 1, 65535,
            "First port of the ephemeral range (RFC 6056)"},
        OptionRow{&H::ephemeralLast, "EphemeralLast", 1, 65535,
            "Last port of the ephemeral range (RFC 6056)"},
        OptionRow{&H::isnPolicy, "IsnPolicy",
            "How initial sequence numbers are chosen; counterfactual unless rfc6528"},
        OptionRow{&L::synQueueLimit, "SynQueueLimit", 0, MAX_COUNT,
            "Half-open connections of one listener"},
        OptionRow{&L::acceptQueueLimit, "AcceptQueueLimit", 0, MAX_COUNT,
            "Completed connections of one listener that nobody has accepted"},
        OptionRow{&L::acceptQueueRoom, "AcceptQueueRoom",
            "How many that are for AcceptQueueLimit: so many, one more, or half as many more and "
            "one"},
        OptionRow{&L::acceptQueueStopsSyns, "AcceptQueueStopsSyns",
            "A SYN is dropped while the accept queue is full"},
        OptionRow{&C::abortOnOverflow, "AbortOnOverflow",
            "A full accept queue answers the last ACK of a handshake with a reset, else it "
            "ignores it"},
        OptionRow{&L::synOverflow, "SynOverflow",
            "What a full SYN queue does with a SYN (RFC 4987 2.2, 3.4)"},
        OptionRow{&L::synCookies, "SynCookies",
            "When SYNs are answered without keeping anything of them (RFC 4987 3.6)"},
        OptionRow{&L::keepSynText, "KeepSynText",
            "Text and FIN on a SYN are kept until ESTABLISHED, else left to be sent again"},
        OptionRow{&L::listenDropSynFin, "ListenDropSynFin",
            "A listener drops a SYN that has FIN"},
        OptionRow{&L::synQueueByBacklog, "SynQueueByBacklog",
            "No more connections may be half-open than the accept queue has places, if SynQueueLimit is more"},
        OptionRow{&H::synCacheBuckets, "SynCacheBuckets", 0, MAX_COUNT,
            "Buckets of the SYN cache of all listeners (RFC 4987 3.5); 0 = no cache"},
        OptionRow{&H::synCacheBucketLimit, "SynCacheBucketLimit", 1, MAX_COUNT,
            "Half-open connections in one bucket of the SYN cache; one more pushes out the oldest"},
        OptionRow{&H::timeWaitLimit, "TimeWaitLimit", 0, MAX_COUNT,
            "Connections in TIME-WAIT; 0 = any number"},
        OptionRow{&H::timeWaitOverflow, "TimeWaitOverflow",
            "Which connection leaves TIME-WAIT early when there is one too many"},
        OptionRow{&H::blackHole, "BlackHole",
            "What gets no reset though no connection and no listener is there for it"},
        OptionRow{&H::dropSynFin, "DropSynFin",
            "Drop segments with both SYN and FIN"},
        OptionRow{&H::synOptionOrder, "SynOptionOrder",
            "The order of the options on a SYN"},
        OptionRow{&H::compactRecords, "CompactRecords",
            "Keep SYN-RECEIVED and TIME-WAIT in small records; changes memory, not behaviour"}
    };
    // clang-format on
}();

namespace detail
{

template <class Fields, class... Rows>
struct DistinctFields
{
    using Type = Fields;
};

template <class... Fields, class Row, class... Rows>
struct DistinctFields<std::variant<Fields...>, Row, Rows...>
    : DistinctFields<std::conditional_t<(std::is_same_v<Fields, typename Row::Field*> || ...),
                                        std::variant<Fields...>,
                                        std::variant<Fields..., typename Row::Field*>>,
                     Rows...>
{
};

template <class... Rows>
typename DistinctFields<std::variant<>, Rows...>::Type PointersTo(const std::tuple<Rows...>&);

} // namespace detail

/** A pointer to one field of a configuration. */
using ConfigField = decltype(detail::PointersTo(OPTION_ROWS));

/** A row as those see it who treat all types alike. */
struct StackOption
{
    const char* name;                      ///< in CamelCase
    ConfigField (*field)(StackConfig& in); ///< the field in @p in
    std::int64_t min;                      ///< least legal value [ns or 1]; 0 for names
    std::int64_t max;                      ///< greatest legal value [ns or 1]; 0 for names
    bool perSocket;                        ///< whether a socket may differ from its node
    const char* help;                      ///< what the field means, with its unit
};

/** OPTION_ROWS, in their order. */
const std::vector<StackOption>& StackOptions();

/** The value of @p option in @p config: `5s`, `true`, `rfc6528`. */
std::string ToText(const StackOption& option, StackConfig config);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_OPTION_ROWS_H
