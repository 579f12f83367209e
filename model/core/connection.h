#ifndef LIFECYCLE_CORE_CONNECTION_H
#define LIFECYCLE_CORE_CONNECTION_H

#include "actions.h"
#include "compact-record.h"
#include "endpoint.h"
#include "instant.h"
#include "reassembly-queue.h"
#include "rto-estimator.h"
#include "segment.h"
#include "stack-config.h"
#include "state.h"
#include "timer-table.h"
#include "transition-table.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace lifecycle
{

/** What a user call may answer instead of doing its work. Source: RFC 9293 3.10.1 to 3.10.6. */
enum class CallError : std::uint8_t
{
    CONNECTION_DOES_NOT_EXIST,
    CONNECTION_ALREADY_EXISTS,
    CONNECTION_CLOSING,
    REMOTE_SOCKET_UNSPECIFIED,
    INSUFFICIENT_RESOURCES,
};

/** The RFC's words: `connection closing`. */
std::string_view ToString(CallError error);

/** How a connection came into SYN-RECEIVED, which decides where a reset takes it. RFC 9293 3.5. */
enum class Origin : std::uint8_t
{
    PASSIVE,
    ACTIVE,
};

/** Send sequence variables. Source: RFC 9293 3.3.1. */
struct SendSequence
{
    SeqNum una;              ///< SND.UNA
    SeqNum nxt;              ///< SND.NXT
    SeqNum wl1;              ///< SND.WL1
    SeqNum wl2;              ///< SND.WL2
    SeqNum iss;              ///< ISS
    SeqNum end;              ///< behind the last octet that the user has given us: a FIN goes here
    std::uint32_t wnd{0};    ///< SND.WND [octets]
    std::uint32_t maxWnd{0}; ///< MAX.SND.WND of RFC 5961 5 [octets]
    std::uint16_t mss{536};  ///< largest payload the peer takes, RFC 9293 3.7.1 [octets]
    bool synAcked{false};    ///< the peer has our SYN
    bool finQueued{false};   ///< the user has closed

    auto Fields() const
    {
        return std::tie(una, nxt, wl1, wl2, iss, end, wnd, maxWnd, mss, synAcked, finQueued);
    }
};

/** Receive sequence variables. Source: RFC 9293 3.3.1. */
struct ReceiveSequence
{
    SeqNum nxt;                ///< RCV.NXT
    SeqNum irs;                ///< IRS
    std::uint32_t wnd{0};      ///< RCV.WND [octets]
    std::uint32_t unread{0};   ///< delivered, but not yet asked for by RECEIVE [octets]
    std::optional<SeqNum> fin; ///< where the peer's FIN stands, once it is known
    ReassemblyQueue held;      ///< out of order

    auto Fields() const
    {
        return std::tie(nxt, irs, wnd, unread, fin, held);
    }
};

/** What is left of a SYN in the good cookie that an ACK brings back. Source: RFC 4987 3.6. */
struct RememberedSyn
{
    std::uint16_t mss{0}; ///< [octets]; options that timestamps carry would stand beside it
};

/** What a connection must know about its host when a segment arrives. */
struct Surroundings
{
    SeqNum iss;                          ///< to answer a SYN in LISTEN with
    bool acceptQueueFull{false};         ///< no room for one more completed child
    std::optional<RememberedSyn> cookie; ///< SEG.ACK-1 is a good one
};

/**
 * One connection: the transmission control block of RFC 9293 and everything that happens to it.
 *
 * A value: it points to nothing outside, reads no clock, draws nothing at random and calls nobody.
 * Inputs are user calls (3.10.1 to 3.10.5), SegmentArrives (3.10.7) and DeadlineReached (3.10.8). Each
 * is told the time, which must not go backwards, and appends to @c out what must be done, in order.
 * Between inputs the connection waits until NextDeadline(). Calling DeadlineReached early or late is
 * harmless. Once the state is CLOSED, or a child is back in LISTEN, it has appended Forget and takes
 * no more inputs.
 */
class Connection
{
  public:
    /** In CLOSED. @p path may lack the remote end for a passive OPEN. */
    Connection(ConnectionId id, const FourTuple& path, const ConnectionConfig& config);

    /**
     * All of this connection as a small record, from which Inflate makes an equal one.
     *
     * Only in SYN-RECEIVED and TIME-WAIT, and there only if there is nothing that the record has no
     * place for, such as text that nobody has read; nothing otherwise.
     */
    std::optional<CompactRecord> Deflate(const SharedConfig& config) const;

    static Connection Inflate(const CompactRecord& record);

    /** Passive OPEN, RFC 9293 3.10.1. */
    void OpenPassive(Actions& out);

    /** Active OPEN with the initial sequence number @p iss, RFC 9293 3.10.1. */
    void OpenActive(SeqNum iss, Instant now, Actions& out);

    /** A copy of this listener for the SYN on @p path, still in LISTEN: sockets keep the original. */
    Connection MakeChild(ConnectionId id, const FourTuple& path) const;

    /** SEND of @p octets, RFC 9293 3.10.2. All of them or, with an error, none. */
    [[nodiscard]] std::optional<CallError> Send(std::uint32_t octets, Instant now, Actions& out);

    /** RECEIVE, RFC 9293 3.10.3: the user has taken @p octets that were delivered before. */
    [[nodiscard]] std::optional<CallError> Receive(std::uint32_t octets, Actions& out);

    /** CLOSE, RFC 9293 3.10.4: nothing more will be sent; reading goes on. */
    [[nodiscard]] std::optional<CallError> Close(Instant now, Actions& out);

    /** ABORT, RFC 9293 3.10.5. */
    [[nodiscard]] std::optional<CallError> Abort(Actions& out);

    /** The listener is gone: a child that no user has seen goes with it. */
    void ListenerClosed(Actions& out);

    /** A half-open child makes room for another, RFC 4987 3.4. */
    void Evict(Actions& out);

    /** There are too many in TIME-WAIT: this one ends early. */
    void CutTimeWait(Actions& out);

    /**
     * Processes one arriving segment, RFC 9293 3.10.7.
     *
     * Never fails: a bad segment yields a reply, a Dropped action, or both.
     */
    void SegmentArrives(const Segment& segment,
                        const Surroundings& surroundings,
                        Instant now,
                        Actions& out);

    /** Handles every timer that is due at @p now, RFC 9293 3.10.8. */
    void DeadlineReached(Instant now, Actions& out);

    /** When DeadlineReached must be called next; nothing if no timer runs. */
    std::optional<Instant> NextDeadline() const
    {
        return m_timers.NextDeadline();
    }

    /** STATUS, RFC 9293 3.10.6. */
    State GetState() const
    {
        return m_state;
    }

    ConnectionId Id() const
    {
        return m_id;
    }

    /** The listener this is a child of; 0 if it is none. */
    ConnectionId Listener() const
    {
        return m_listener;
    }

    const FourTuple& Path() const
    {
        return m_path;
    }

    const ConnectionConfig& Config() const
    {
        return m_config;
    }

    const SendSequence& Snd() const
    {
        return m_snd;
    }

    const ReceiveSequence& Rcv() const
    {
        return m_rcv;
    }

    const RtoEstimator& Rtt() const
    {
        return m_rtt;
    }

    /** Octets that SEND would take now. */
    std::uint32_t SendRoom() const;

    /** Settings may be changed at any time; what runs already keeps its deadline. */
    void Configure(const ConnectionConfig& config)
    {
        m_config = config;
    }

    auto Fields() const
    {
        return std::tie(m_id,
                        m_listener,
                        m_path,
                        m_config,
                        m_state,
                        m_origin,
                        m_snd,
                        m_rcv,
                        m_rtt,
                        m_timed,
                        m_timers,
                        m_retransmissions,
                        m_synTimedOut,
                        m_keepaliveProbes,
                        m_challengeAcks,
                        m_challengeWindowEnd,
                        m_ackPending);
    }

  private:
    /** Whether a check has settled the segment, or the next one must look at it. */
    enum class Verdict
    {
        DONE,
        CONTINUE,
    };

    /** The arriving segment, cut to the window; @c cut octets are gone from its payload's front. */
    struct Arriving
    {
        Segment seg;
        std::uint32_t cut;
    };

    /** A segment whose round trip is being timed, RFC 6298 3. */
    struct TimedSegment
    {
        SeqNum end;
        Instant sentAt;

        auto Fields() const
        {
            return std::tie(end, sentAt);
        }
    };

    // connection-compact.cc: records
    explicit Connection(const RecordHead& head);
    explicit Connection(const HalfOpenRecord& record);
    explicit Connection(const TimeWaitRecord& record);
    RecordHead Head(const SharedConfig& config) const;

    // connection.cc: what state there is
    void MoveTo(State next, Cause cause, Actions& out);
    void Delete(State last, Cause cause, std::optional<UserSignal> signal, Actions& out);
    bool IsDeleted() const;
    bool IsConsistent() const;
    bool FinSent() const;
    bool FinAcked() const;
    bool FinReached() const;
    bool Outstanding() const;
    bool Unsent() const;
    void EnterTimeWait(Cause cause, Instant now, Actions& out);
    void UpdateTimers(Instant now);

    // connection-segment-arrives.cc: 3.10.7
    void SegmentArrivesListen(const Segment& seg,
                              const Surroundings& surroundings,
                              Instant now,
                              Actions& out);
    void CookieArrives(const Segment& seg,
                       const Surroundings& surroundings,
                       Instant now,
                       Actions& out);
    void RefuseFinalAck(const Segment& seg, Actions& out);
    void SegmentArrivesSynSent(const Segment& seg, Instant now, Actions& out);
    void SegmentArrivesOtherwise(const Segment& seg,
                                 const Surroundings& surroundings,
                                 Instant now,
                                 Actions& out);
    Verdict CheckSequence(const Segment& seg, Instant now, Actions& out);
    bool IsAcceptable(const Segment& seg) const;
    bool IsSynAckOfSimultaneousOpen(const Segment& seg) const;
    Arriving TrimToWindow(const Segment& seg) const;
    Verdict CheckReset(const Segment& seg, Instant now, Actions& out);
    Verdict CheckSyn(const Segment& seg, Instant now, Actions& out);
    Verdict CheckAck(const Segment& seg,
                     const Surroundings& surroundings,
                     Instant now,
                     Actions& out);
    Verdict CheckAckSynReceived(const Segment& seg,
                                const Surroundings& surroundings,
                                Instant now,
                                Actions& out);
    void EnterEstablished(const Segment& seg, Cause cause, Instant now, Actions& out);
    void TakeAck(SeqNum ack, Instant now, Actions& out);
    void UpdateWindow(const Segment& seg, Instant now, Actions& out);
    void SetWindow(const Segment& seg);
    void ProcessText(const Segment& seg, Actions& out);
    void HoldText(const Segment& seg, Actions& out);
    void DeliverText(Actions& out);
    void CheckFin(const Segment& seg, Instant now, Actions& out);
    void TakeSyn(const Segment& seg);
    void Finish(Instant now, Actions& out);
    void Drop(const Segment& seg, DropReason reason, Actions& out) const;

    // connection-send.cc: 3.7, 3.8
    std::uint32_t InitialWindow() const;
    void OpenWindow(Actions& out);
    void SendSyn(SegmentKind kind, Instant now, Actions& out);
    void SendWhatWeMay(Instant now, Actions& out);
    void SendText(std::uint32_t octets, bool fin, SegmentKind kind, Instant now, Actions& out);
    void SendAck(SegmentKind kind, Actions& out);
    void SendChallengeAck(Instant now, Actions& out);
    void SendReset(SeqNum seq, Actions& out);
    void Emit(Segment segment, SegmentKind kind, Actions& out);
    void RetransmitFirst(SegmentKind kind, Instant now, Actions& out);
    std::uint32_t UsableWindow() const;

    // connection-timeouts.cc: 3.8, 3.10.8
    void Expire(Timer timer, Instant now, Actions& out);
    void RetransmissionTimeout(Instant now, Actions& out);
    void KeepaliveTimeout(Instant now, Actions& out);
    std::uint32_t RetryLimit() const;

    ConnectionId m_id;
    ConnectionId m_listener;
    FourTuple m_path;
    ConnectionConfig m_config;
    State m_state{State::CLOSED};
    Origin m_origin{Origin::ACTIVE};
    SendSequence m_snd;
    ReceiveSequence m_rcv;
    RtoEstimator m_rtt;
    std::optional<TimedSegment> m_timed;
    TimerTable m_timers;
    std::uint32_t m_retransmissions{0}; ///< since the peer last made progress or answered a probe
    bool m_synTimedOut{false};
    std::uint32_t m_keepaliveProbes{0}; ///< unanswered ones
    std::uint32_t m_challengeAcks{0};   ///< sent before m_challengeWindowEnd
    Instant m_challengeWindowEnd{};
    bool m_ackPending{false}; ///< an acknowledgment is owed; between inputs only while FIN_ACK runs
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_CONNECTION_H
