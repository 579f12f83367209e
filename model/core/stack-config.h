#ifndef LIFECYCLE_CORE_STACK_CONFIG_H
#define LIFECYCLE_CORE_STACK_CONFIG_H

#include "instant.h"
#include "value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace lifecycle
{

/**
 * What a full SYN queue does to a SYN, unless the SYN meets TIME-WAIT. Source: RFC 4987 2.2, 3.4.
 */
enum class SynOverflow : std::uint8_t
{
    DROP_NEW,
    DROP_OLDEST,       ///< the oldest half-open connection makes room
    RANDOM_EARLY_DROP, ///< drop new SYNs ever more often from the half-full queue on
    RESET,             ///< answer with RST
};

/**
 * When a SYN is answered by a cookie, and nothing of the SYN is kept. Source: RFC 4987 3.6, 3.7.
 */
enum class SynCookieUse : std::uint8_t
{
    OFF,
    ON_OVERFLOW, ///< instead of what SynOverflow says
    ALWAYS,
};

/** Which record goes when there are too many records of TIME-WAIT. */
enum class TimeWaitOverflow : std::uint8_t
{
    DROP_OLDEST,
    DROP_NEW,
};

/** What a segment for which there is no connection and no listener meets. */
enum class BlackHole : std::uint8_t
{
    OFF, ///< the reset of RFC 9293 3.10.7.1
    SYN, ///< a SYN is not answered
    ALL, ///< no segment is answered
};

/** In which order options stand on a SYN; no standard prescribes the order. */
enum class SynOptionOrder : std::uint8_t
{
    MSS_SACK_WS_TS,
    MSS_SACK_TS_WS, ///< Linux
    MSS_WS_SACK_TS, ///< FreeBSD, which fills up behind the options, not before each of them
};

/**
 * Which segments are acknowledged in TIME-WAIT beside those that RFC 9293 3.10.7.4 has
 * acknowledged: what is unacceptable, and a FIN. A segment without SYN and RST is meant.
 */
enum class TimeWaitAcks : std::uint8_t
{
    RFC9293,
    ALL_BUT_REPETITION, ///< with ACK, but for an empty one at RCV.NXT of SND.NXT; FreeBSD
    ALL_BUT_EMPTY,      ///< all but an empty one at RCV.NXT, whatever it acknowledges; Linux
};

/** How many completed connections that nobody has accepted a listener takes. */
enum class AcceptQueueRoom : std::uint8_t
{
    LIMIT,     ///< acceptQueueLimit
    ONE_MORE,  ///< Linux
    HALF_MORE, ///< and one; FreeBSD
};

/** Whether connections use ECN. Source: RFC 3168 6.1.1. */
enum class EcnUse : std::uint8_t
{
    OFF,
    PASSIVE, ///< if the peer's SYN asks for ECN
    ON,      ///< our SYN asks for ECN as well
};

/** How initial sequence numbers are chosen. All but RFC6528 are counterfactual. */
enum class IsnPolicy : std::uint8_t
{
    CONSTANT, ///< always 0
    CLOCK,    ///< RFC 793 3.3: a clock that ticks every 4 microseconds, and nothing else
    RANDOM,   ///< independent of one another, uniform over all numbers
    RFC6528,  ///< the clock, and a keyed hash of the 4-tuple
};

/** The names of the enumerators of @p Choice, in their order. */
template <class Choice>
struct NamesOf;

template <>
struct NamesOf<SynOverflow>
{
    static constexpr std::array<const char*, 4> LIST{"drop-new",
                                                     "drop-oldest",
                                                     "random-early-drop",
                                                     "reset"};
};

template <>
struct NamesOf<SynCookieUse>
{
    static constexpr std::array<const char*, 3> LIST{"off", "on-overflow", "always"};
};

template <>
struct NamesOf<TimeWaitOverflow>
{
    static constexpr std::array<const char*, 2> LIST{"drop-oldest", "drop-new"};
};

template <>
struct NamesOf<BlackHole>
{
    static constexpr std::array<const char*, 3> LIST{"off", "syn", "all"};
};

template <>
struct NamesOf<SynOptionOrder>
{
    static constexpr std::array<const char*, 3> LIST{"mss-sack-ws-ts",
                                                     "mss-sack-ts-ws",
                                                     "mss-ws-sack-ts"};
};

template <>
struct NamesOf<TimeWaitAcks>
{
    static constexpr std::array<const char*, 3> LIST{"rfc9293",
                                                     "all-but-repetition",
                                                     "all-but-empty"};
};

template <>
struct NamesOf<AcceptQueueRoom>
{
    static constexpr std::array<const char*, 3> LIST{"limit", "one-more", "half-more"};
};

template <>
struct NamesOf<EcnUse>
{
    static constexpr std::array<const char*, 3> LIST{"off", "passive", "on"};
};

template <>
struct NamesOf<IsnPolicy>
{
    static constexpr std::array<const char*, 4> LIST{"constant", "clock", "random", "rfc6528"};
};

/** The fields of a @p Config, to be compared and hashed: those that OPTION_ROWS lists, which is all. */
template <class Config>
struct FieldsInRows
{
    const Config& of;

    bool operator==(const FieldsInRows& other) const;
    std::uint64_t Hash() const;
};

namespace detail
{

template <class Config>
struct Hasher<FieldsInRows<Config>>
{
    static std::uint64_t Of(const FieldsInRows<Config>& fields)
    {
        return fields.Hash();
    }
};

} // namespace detail

/** Everything that can be set for one connection. The defaults are preset `rfc9293`. */
struct ConnectionConfig
{
    // TIME-WAIT, RFC 9293 3.4.2
    Duration msl{std::chrono::minutes(2)}; ///< maximum segment lifetime
    double timeWaitFactor{2};              ///< how long TIME-WAIT lasts [msl]
    bool rfc1337{true};                    ///< ignore RST in TIME-WAIT
    bool timeWaitRestart{true};            ///< a repeated FIN restarts TIME-WAIT
    bool timeWaitReopen{true};             ///< a new enough SYN reopens the connection, RFC 6191 2
    bool timeWaitReopenBeyond{false};      ///< a SYN at RCV.NXT is not new enough
    bool timeWaitReopenBySequence{false};  ///< the timestamp of a SYN does not count
    bool timeWaitSynEnds{false};           ///< such a SYN for which nobody listens ends TIME-WAIT
    bool timeWaitDropSyn{false};           ///< any other SYN is dropped, not challenged
    bool timeWaitDropReset{false};         ///< a RST that may not reset is dropped, not challenged
    TimeWaitAcks timeWaitAcks{TimeWaitAcks::RFC9293};
    bool timeWaitRestartByAck{false}; ///< any segment with ACK restarts TIME-WAIT
    bool timeWaitReuse{false};        ///< after 1 s, an active OPEN may take the 4-tuple
    bool abortLingers{false};         ///< an end that aborts enters TIME-WAIT, RFC 9293 3.5.2

    // Opening: alternatives to what is usual
    bool ignoreSynAckInListen{false};   ///< a SYN,ACK to a listener gets no reset
    bool openFromListen{false};         ///< SEND and active OPEN take a listener out of LISTEN
    bool strictSimultaneousOpen{false}; ///< opens with six segments, as RFC 9293 3.10.7.4 reads
    bool strictRepeatedSyn{false};      ///< an ACK answers a repeated SYN in SYN-RECEIVED
    bool synReceivedAckRange{false};    ///< RFC 5961 5.2 in SYN-RECEIVED, too, instead of a reset
    bool synReceivedChallenge{false};   ///< challenge a SYN in SYN-RECEIVED; else back to LISTEN
    bool synReceivedRepeat{false};      ///< a SYN in SYN-RECEIVED gets the SYN,ACK again
    bool synReceivedReset{false};       ///< a SYN in SYN-RECEIVED is reset
    bool synSentDropFin{false};         ///< the peer must send a FIN again that crosses our SYN
    bool synReceivedCloseSilent{false}; ///< CLOSE in SYN-RECEIVED of an active OPEN sends nothing
    bool listenerCloseSilent{false};    ///< closing a listener resets no half-open child
    bool synAgainAfterBadAck{false};    ///< in SYN-SENT, a bad ACK brings the SYN again at once
    bool twoWayHandshake{false};        ///< a listener's child is ESTABLISHED on SYN

    // Closing in both directions, RFC 9293 3.6.1
    Duration finWait2Timeout{std::chrono::seconds(60)}; ///< length without a reader; 0 = for ever
    bool lingerZero{false};         ///< closing aborts, as SO_LINGER with time 0
    bool drainAfterClose{true};     ///< RECEIVE gives what has arrived though both ends have closed
    std::uint32_t orphanRetries{0}; ///< R2 without a user, in retransmissions; 0 = dataRetries
    bool awaitFin{true};            ///< FIN-WAIT-2 until the peer's FIN; else TIME-WAIT at once
    bool closingRepeatsFin{false};  ///< an ACK sent in CLOSING repeats our FIN
    bool closeUnreadFin{false};     ///< closing with unread text sends FIN, not RST
    bool resetTextBehindFin{false}; ///< without a reader, text behind the peer's FIN is reset
    bool resetBelowFin{false};      ///< a RST one below RCV.NXT resets behind the peer's FIN
    bool orphanProbesEnd{false}; ///< answered probes end without a reader, once maxRto is reached

    // Sizes, RFC 9293 3.7
    std::uint16_t mss{1460};            ///< announced; largest payload we receive or send [octets]
    std::uint32_t sendBuffer{131072};   ///< unsent and unacknowledged data [octets]
    std::uint32_t receiveBuffer{65535}; ///< data the user has not read [octets]
    bool roundReceiveBuffer{false};     ///< receiveBuffer is rounded up to a multiple of SendMSS
    std::uint32_t maxReceiveBuffer{
        0}; ///< the window scale suffices for so much; 0 = receiveBuffer [octets]
    bool announceAllRoom{false};     ///< the window grows by little steps as well
    bool windowUpdateDoubles{false}; ///< RECEIVE announces only a window that is twice as large
    bool takeOldAck{false};    ///< what lies before the window may acknowledge our text and FIN
    bool acceptAllRoom{false}; ///< what fits the buffer is acceptable, announced or not
    bool roundWindowUp{false}; ///< to a whole step of the window field
    bool halveReceiveBuffer{false};    ///< the other half is for what segments cost beside text
    bool firstWindowInSegments{false}; ///< the first window is a multiple of SendMSS

    // Options to offer, RFC 7323, RFC 2018
    bool announceMss{true}; ///< else the peer assumes the default, RFC 9293 3.7.1
    bool windowScaling{true};
    bool timestamps{true};
    bool sack{true};
    std::uint32_t synsWithOptions{0}; ///< so many SYNs have options, later SYNs only MSS; 0 = all
    Duration timestampTick{std::chrono::milliseconds(1)}; ///< RFC 7323 5.4: 1 ms to 1 s
    bool timestampOffset{false};          ///< the clock of each connection has an offset of its own
    bool tolerateMissingTimestamp{false}; ///< take a segment without the option, RFC 7323 3.2
    bool zeroTimestampUnseen{false};      ///< TSval 0 of a SYN is no TS.Recent

    // ECN, RFC 3168 6.1.1
    EcnUse ecn{EcnUse::OFF};
    std::uint32_t ecnSynRetries{0}; ///< retransmissions of our SYN that ask for ECN as well
    bool ecnAfterPlainSyn{false};   ///< our SYN,ACK may agree though our SYN has not asked

    // Congestion control, RFC 5681; when to send and to acknowledge, RFC 9293 3.7.4, 3.8.6
    std::uint32_t initialCwnd{10};             ///< RFC 6928 2 [segments]
    std::uint32_t initialSsthresh{UINT32_MAX}; ///< RFC 5681 3.1: arbitrarily high [octets]
    bool slowStartAllOctets{false};            ///< else at most SMSS for each ACK, RFC 5681 3.1
    bool cwndGrowsIfUsed{false}; ///< the congestion window grows only while it is used
    bool nagle{true};
    Duration delayedAck{std::chrono::milliseconds(200)}; ///< 0 = at once
    std::uint32_t delayedAckCount{2}; ///< segments with text after which the ACK goes out at once
    bool delaySynTextAck{false};      ///< the ACK of a SYN's text may wait like that of other text
    std::uint32_t quickAcks{0};       ///< the first segments with text are acknowledged at once

    // Retransmission, RFC 6298; R1 and R2, RFC 9293 3.8.3
    Duration initialRto{std::chrono::seconds(1)};
    Duration minRto{std::chrono::seconds(1)};
    Duration maxRto{std::chrono::seconds(60)};
    Duration rtoSlop{0};    ///< added to the timeout that the round trips make
    bool synRtoSlop{false}; ///< rtoSlop is added to the timeout of a SYN, too, once it is doubled
    Duration clockGranularity{std::chrono::milliseconds(1)}; ///< G of RFC 6298
    std::uint32_t r1{3};               ///< retransmissions after which the user is warned
    std::uint32_t synRetries{8};       ///< R2 of a SYN, in retransmissions
    std::uint32_t synLinearRetries{0}; ///< the first of synRetries, sent before the timeout doubles
    std::uint32_t synAckRetries{8};    ///< R2 of a SYN,ACK, in retransmissions
    std::uint32_t dataRetries{7};      ///< R2 of data and FIN, in retransmissions
    Duration userTimeout{std::chrono::minutes(5)}; ///< RFC 9293 3.10.8; 0 = never
    Duration openTimeout{0}; ///< user timeout until an active OPEN succeeds; 0 = userTimeout
    bool userTimeoutCoversProbes{
        false}; ///< userTimeout runs on while probes are answered, and ends keepalive
    bool resetOnGiveUp{false}; ///< send RST when R2 is exceeded

    // Probes of a closed window, RFC 9293 3.8.6.1: after the timeout, within these bounds
    Duration persistMin{0};
    Duration persistMax{0};  ///< 0 = maxRto
    bool emptyProbes{false}; ///< below the window, instead of the next octet

    // Keepalive, RFC 9293 3.8.4
    bool keepAlive{false};
    Duration keepIdle{std::chrono::hours(2)};
    Duration keepInterval{std::chrono::seconds(75)};
    std::uint32_t keepCount{9};
    bool keepGarbageOctet{false}; ///< probes carry one octet, for peers that ignore empty probes
    bool keepReset{false};        ///< send RST when nobody has answered

    // ICMP errors, RFC 9293 3.9.2.2, RFC 5461, RFC 5927
    bool icmpSequenceCheck{true};       ///< heed only errors that quote a segment in flight
    bool icmpAbortsOpening{true};       ///< hard errors end connections that are being opened
    bool icmpAbortsSynchronized{false}; ///< hard errors end synchronized connections as well
    bool icmpSoftAborts{false};         ///< soft errors end connections that are being opened
    bool icmpProhibitedAborts{false};   ///< what an administrator prohibits is a hard error
    bool icmpTimeExceededAborts{false}; ///< time exceeded in transit is a hard error
    bool icmpLowersOffer{false};        ///< what is too big before SYN,ACK lowers the MSS on offer
    bool reportSoftErrors{true};        ///< tell the user of soft errors and of R1

    // Blind attacks, RFC 5961 3 to 5 and 7
    std::uint32_t challengeAckLimit{10}; ///< at most so many challenge ACKs in each window
    Duration challengeAckWindow{std::chrono::seconds(5)};
    bool rfc793Reset{false};          ///< a RST anywhere in the window resets
    bool rfc793Syn{false};            ///< a SYN in the window resets
    bool rfc793SynResetHasAck{false}; ///< and is answered by RST,ACK at SND.NXT
    bool orphanSynReset{false};       ///< a SYN in the window resets FIN-WAIT-2 without a reader
    bool rfc793Ack{false};            ///< an ACK may be of any age
    bool resetIllegalOption{false};   ///< an impossible option length resets

    bool resetHasAck{false}; ///< resets that answer no segment, such as ABORT's, have ACK

    Duration finAckDelay{0}; ///< how long the ACK of a FIN may wait for a segment to ride on

    bool abortOnOverflow{false}; ///< a full accept queue resets the final ACK, else drops the ACK

    /**
     * The length of TIME-WAIT, RFC 9293 3.4.2: two MSL, unless timeWaitFactor is counterfactual.
     */
    Duration TimeWaitLength() const
    {
        return Duration(std::llround(timeWaitFactor * static_cast<double>(msl.count())));
    }

    FieldsInRows<ConnectionConfig> Fields() const
    {
        return {*this};
    }
};

/** Everything that can be set for one listener beside what its children inherit. */
struct ListenConfig
{
    std::uint32_t synQueueLimit{128};    ///< half-open connections
    std::uint32_t acceptQueueLimit{128}; ///< completed connections that nobody has accepted
    AcceptQueueRoom acceptQueueRoom{AcceptQueueRoom::LIMIT};
    bool acceptQueueStopsSyns{false}; ///< no SYN is taken while the accept queue is full
    SynOverflow synOverflow{SynOverflow::DROP_NEW};
    SynCookieUse synCookies{SynCookieUse::OFF};
    bool keepSynText{true};        ///< else the peer must send text and FIN of a SYN again
    bool listenDropSynFin{false};  ///< a SYN with FIN is dropped
    bool synQueueByBacklog{false}; ///< the SYN queue holds no more than the accept queue

    /** How many half-open connections there may be. */
    std::uint32_t SynQueuePlaces() const
    {
        return synQueueByBacklog ? std::min(synQueueLimit, AcceptQueuePlaces()) : synQueueLimit;
    }

    /** How many completed connections that nobody has accepted there may be. */
    std::uint32_t AcceptQueuePlaces() const
    {
        switch (acceptQueueRoom)
        {
        case AcceptQueueRoom::LIMIT:
            break;
        case AcceptQueueRoom::ONE_MORE:
            return acceptQueueLimit + 1;
        case AcceptQueueRoom::HALF_MORE:
            return acceptQueueLimit + acceptQueueLimit / 2 + 1;
        }
        return acceptQueueLimit;
    }

    FieldsInRows<ListenConfig> Fields() const
    {
        return {*this};
    }
};

/** Everything that can be set for a host. */
struct HostConfig
{
    std::uint16_t ephemeralFirst{1024}; ///< RFC 6056 3.2
    std::uint16_t ephemeralLast{65535};
    IsnPolicy isnPolicy{IsnPolicy::RFC6528};

    // The SYN cache, RFC 4987 3.5: bounds the half-open connections of all listeners
    std::uint32_t synCacheBuckets{0};      ///< 0: no cache
    std::uint32_t synCacheBucketLimit{30}; ///< half-open connections in one bucket

    std::uint32_t timeWaitLimit{0}; ///< connections in TIME-WAIT; 0: any number
    TimeWaitOverflow timeWaitOverflow{TimeWaitOverflow::DROP_OLDEST};

    BlackHole blackHole{BlackHole::OFF};
    bool dropSynFin{false}; ///< a segment with SYN and FIN is dropped
    SynOptionOrder synOptionOrder{SynOptionOrder::MSS_SACK_WS_TS};

    bool compactRecords{true}; ///< keep records where these suffice; changes no behaviour

    FieldsInRows<HostConfig> Fields() const
    {
        return {*this};
    }
};

struct StackConfig
{
    HostConfig host;
    ListenConfig listen;
    ConnectionConfig connection;

    auto Fields() const
    {
        return std::tie(host, listen, connection);
    }
};

/** The names of the presets, the defaults first. */
const std::vector<std::string>& PresetNames();

/** What a preset may be called, for sentences: `rfc9293, linux, freebsd or textbook`. */
std::string PresetsInWords();

/** The preset called @p name; nothing if there is none. */
std::optional<StackConfig> FindPreset(std::string_view name);

/**
 * The machines of @p config that break a rule to show what the rule is for.
 *
 * A machine that @p preset has as well is no counterfactual: a preset describes a stack that
 * exists.
 *
 * @return The names of these machines, in a fixed order.
 */
std::vector<std::string_view> Counterfactuals(const StackConfig& config, const StackConfig& preset);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_STACK_CONFIG_H
