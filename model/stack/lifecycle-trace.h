#ifndef LIFECYCLE_TRACE_H
#define LIFECYCLE_TRACE_H

#include "ns3/address.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace lifecycle
{
struct Transition;
} // namespace lifecycle

namespace ns3
{

// What the trace sources of LifecycleL4Protocol report. A connection has a number at its node, from
// 1, never reused; 0 stands for no connection. Addresses are InetSocketAddress, as the node sees
// them. All std::string_view here live for ever.

/**
 * @ingroup lifecycle
 * @brief A connection has changed its state.
 */
struct LifecycleTransition
{
    uint64_t connection;               ///< number at this node
    Address local;                     ///< this node's end
    Address remote;                    ///< the other end; any address and port 0 of a listener
    std::string_view from;             ///< RFC 9293's name: `SYN-SENT`
    std::string_view to;               ///< RFC 9293's name
    std::string_view transition;       ///< id in the transition table: `T08`
    std::string_view cause;            ///< in words: `seg SYN+ACK`
    Time time;                         ///< when
    const lifecycle::Transition* edge; ///< row in the table, for users of model/core
};

/**
 * @ingroup lifecycle
 * @brief A segment was sent, has arrived, or was discarded after its arrival.
 */
struct LifecycleSegment
{
    uint64_t connection;      ///< number at this node
    Address local;            ///< this node's end
    Address remote;           ///< the other end
    std::string flags;        ///< as tcpdump prints them: `S.`
    uint32_t seq;             ///< absolute
    uint32_t ack;             ///< absolute; 0 without the ACK flag
    bool hasAck;              ///< the ACK flag
    uint32_t len;             ///< payload [octets]
    uint32_t window;          ///< [octets]
    std::string options;      ///< `mss 1460`
    std::string_view reason;  ///< why sent (Tx: `retransmission`) or discarded (Drop)
    uint64_t uid;             ///< the packet's id: the same at Tx, on the link and at Rx
    Ptr<const Packet> packet; ///< Tx: with TCP header; Rx and Drop: the payload alone
    Time time;                ///< when
};

/**
 * @ingroup lifecycle
 * @brief Rules have decided what becomes of a segment that has arrived.
 */
struct LifecycleDecision
{
    uint64_t connection; ///< number of the connection or listener that got the segment
    Address local;       ///< this node's end
    Address remote;      ///< the other end
    std::string rules;   ///< ids of doc/requirements.md: `P25 P30 R-66`
    uint64_t uid;        ///< the packet's id: the same at Rx
    Time time;           ///< when
};

/**
 * @ingroup lifecycle
 * @brief A timer of a connection was armed, restarted or stopped, or has expired. The end of a
 * connection stops its timers without a report.
 */
struct LifecycleTimer
{
    uint64_t connection;    ///< number at this node
    Address local;          ///< this node's end
    Address remote;         ///< the other end
    std::string_view timer; ///< `retransmission`, `time-wait`, `keepalive`, ...
    std::string_view event; ///< `armed`, `restarted`, `stopped`, `expired`
    Time expires;           ///< the deadline: the new one, or the one that has come or was given up
    Time time;              ///< when
};

/**
 * @ingroup lifecycle
 * @brief A connection has come to its end.
 */
struct LifecycleEnd
{
    uint64_t connection;      ///< number at this node
    Address local;            ///< this node's end
    Address remote;           ///< the other end; any address and port 0 of a listener
    std::string_view reason;  ///< `normal`, `refused`, `reset`, ..., `crash`
    Time opened;              ///< when the connection left CLOSED or, as a child, LISTEN
    Time time;                ///< when the connection ended
    uint64_t octetsSent;      ///< payload, each octet once
    uint64_t octetsReceived;  ///< payload in order, each octet once
    uint32_t retransmissions; ///< segments
};

/**
 * @ingroup lifecycle
 * @brief The user of a connection is told something: the answers and asynchronous reports of RFC
 * 9293.
 */
struct LifecycleSignal
{
    uint64_t connection;     ///< number at this node
    Address local;           ///< this node's end
    Address remote;          ///< the other end
    std::string_view signal; ///< in words: `excessive retransmissions`, `urgent data`, `soft error`
    Time time;               ///< when
};

/**
 * @ingroup lifecycle
 * @brief One of the counters of listening and TIME-WAIT that LifecycleL4Protocol::GetCounters
 * gives.
 */
struct LifecycleCounter
{
    std::string_view name; ///< name in the run folder: `cookies-sent`
    std::string_view unit; ///< what is counted: `segments`
    uint64_t value;        ///< how many so far
};

/**
 * @ingroup lifecycle
 * @brief Where a connection stands: its ends, its state and its sequence numbers, RFC 9293 3.3.1.
 */
struct LifecycleNumbers
{
    Address local;          ///< this node's end
    Address remote;         ///< the other end
    std::string_view state; ///< RFC 9293's name
    uint32_t sndUna;        ///< SND.UNA
    uint32_t sndNxt;        ///< SND.NXT
    uint32_t rcvNxt;        ///< RCV.NXT
    uint32_t iss;           ///< ISS
    uint32_t irs;           ///< IRS
};

/**
 * @ingroup lifecycle
 * @brief An end of a connection as the run folder writes it.
 * @return `10.1.0.1:80`, or `*` for the any address and port 0.
 */
std::string LifecycleEndName(const Address& end);

/** @brief Signature of trace source StateTransition. */
using LifecycleTransitionCallback = void (*)(const LifecycleTransition&);
/** @brief Signature of trace sources Tx, Rx and Drop. */
using LifecycleSegmentCallback = void (*)(const LifecycleSegment&);
/** @brief Signature of trace source Decision. */
using LifecycleDecisionCallback = void (*)(const LifecycleDecision&);
/** @brief Signature of trace source Timer. */
using LifecycleTimerCallback = void (*)(const LifecycleTimer&);
/** @brief Signature of the trace sources Signal of protocol and socket. */
using LifecycleSignalCallback = void (*)(const LifecycleSignal&);
/** @brief Signature of trace source ConnectionClosed. */
using LifecycleEndCallback = void (*)(const LifecycleEnd&);

} // namespace ns3

#endif // LIFECYCLE_TRACE_H
