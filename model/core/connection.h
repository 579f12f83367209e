#ifndef LIFECYCLE_CORE_CONNECTION_H
#define LIFECYCLE_CORE_CONNECTION_H

#include "ack-budget.h"
#include "ack-schedule.h"
#include "actions.h"
#include "agreed-options.h"
#include "call-error.h"
#include "compact-record.h"
#include "congestion-control.h"
#include "endpoint.h"
#include "icmp.h"
#include "instant.h"
#include "keepalive.h"
#include "old-incarnation.h"
#include "receive-side.h"
#include "rto-estimator.h"
#include "rule.h"
#include "segment.h"
#include "send-sequence.h"
#include "stack-config.h"
#include "state.h"
#include "surroundings.h"
#include "timer-table.h"
#include "timestamp-clocks.h"
#include "transition-table.h"

#include <cstdint>
#include <optional>
#include <tuple>

namespace lifecycle
{

/**
 * One connection: the transmission control block of RFC 9293 and everything that happens to it.
 *
 * A Connection is a value: it points to nothing outside, reads no clock, draws nothing at random
 * and calls nobody. Inputs are user calls (3.10.1 to 3.10.5), SegmentArrives (3.10.7) and
 * DeadlineReached (3.10.8). Each input is told the time, which must not go backwards, and appends
 * to @c out what must be done, in order. Between inputs the connection waits until NextDeadline().
 * Calling DeadlineReached early or late is harmless. Once the state is CLOSED, or a child is back
 * in LISTEN, the connection has appended Forget and takes no more inputs.
 */
class Connection
{
  public:
    /** Makes a connection in CLOSED. @p path may lack the remote end for a passive OPEN. */
    Connection(ConnectionId id, const FourTuple& path, const SharedConfig& config);

    /**
     * All of this connection as a small record, from which Inflate makes an equal one. There is a
     * record in SYN-RECEIVED and TIME-WAIT alone, and none of unread text or the like.
     */
    std::optional<CompactRecord> Deflate() const;

    static Connection Inflate(const CompactRecord& record);

    /** Puts the timestamps ahead of the clock by @p ticks, before any OPEN. RFC 7323 5.4. */
    void OffsetTimestamps(std::uint32_t ticks);

    /** Passive OPEN, RFC 9293 3.10.1. */
    void OpenPassive(Actions& out);

    /** Active OPEN with the initial sequence number @p iss, RFC 9293 3.10.1. */
    void OpenActive(SeqNum iss, Instant now, Actions& out);

    /** Active OPEN or, with @p octets, SEND of a listener that has openFromListen. RFC 9293 3.10. */
    [[nodiscard]] std::optional<CallError> OpenFromListen(const FourTuple& path,
                                                          SeqNum iss,
                                                          std::uint32_t octets,
                                                          Instant now,
                                                          Actions& out);

    /** Whether an active OPEN may take the 4-tuple of this record by ReopenActively. */
    bool MayReopenActively(Instant now) const;

    /** The record in TIME-WAIT goes on as the active OPEN of @p id. Not in the standard. */
    void ReopenActively(ConnectionId id,
                        const ConnectionConfig& config,
                        SeqNum iss,
                        std::uint32_t tsOffset,
                        Instant now,
                        Actions& out);

    /** Whether a child of this listener needs no ACK of its SYN,ACK. */
    bool EstablishesOnSyn() const;

    /** A copy of this listener, still in LISTEN, for the SYN on @p path. The listener stays. */
    Connection MakeChild(ConnectionId id, const FourTuple& path) const;

    /** SEND of @p octets, RFC 9293 3.10.2. Takes all octets or, with an error, none. */
    [[nodiscard]] std::optional<CallError> Send(std::uint32_t octets, Instant now, Actions& out);

    /** SEND of urgent octets; all that wait before them become urgent as well. RFC 9293 3.8.5. */
    [[nodiscard]] std::optional<CallError> SendUrgent(std::uint32_t octets,
                                                      Instant now,
                                                      Actions& out);

    /** How many octets up to the end of the urgent data the user has not read. RFC 9293 3.8.5. */
    std::uint32_t UrgentOctets() const;

    /** RECEIVE, RFC 9293 3.10.3: the user has taken @p octets that were delivered before. */
    [[nodiscard]] std::optional<CallError> Receive(std::uint32_t octets, Instant now, Actions& out);

    /** CLOSE, RFC 9293 3.10.4: nothing more will be sent; reading goes on. */
    [[nodiscard]] std::optional<CallError> Close(Instant now, Actions& out);

    /**
     * CLOSE by a user who gives up reading as well, RFC 9293 3.6.1 (MAY-1), and owes no RECEIVE
     * from then on: unread octets and later ones are lost, and a reset tells the peer of the loss.
     */
    [[nodiscard]] std::optional<CallError> CloseFully(Instant now, Actions& out);

    /** ABORT, RFC 9293 3.10.5. */
    [[nodiscard]] std::optional<CallError> Abort(Instant now, Actions& out);

    /** The listener is gone: a child that no user has seen ends as well. */
    void ListenerClosed(Instant now, Actions& out);

    /**
     * Ends this half-open child, so that there is room for another, RFC 4987 3.4. A child that was
     * a record in TIME-WAIT becomes that record again: its SYN is unproved, RFC 9293 3.6.1.
     */
    void Evict(Instant now, Actions& out);

    /** Ends this connection early, because too many connections are in TIME-WAIT. */
    void CutTimeWait(Actions& out);

    /**
     * Processes one arriving segment, RFC 9293 3.10.7. The call never fails: a bad segment yields a
     * reply, a Dropped action, or both.
     *
     * @return The rules that have decided about the segment, at least one.
     */
    Decided SegmentArrives(const Segment& segment,
                           const Surroundings& surroundings,
                           Instant now,
                           Actions& out);

    /** Processes one ICMP error about a segment of ours, RFC 9293 3.9.2.2. */
    void IcmpArrives(const IcmpError& error, Instant now, Actions& out);

    /** Handles every timer that is due at @p now, RFC 9293 3.10.8. */
    void DeadlineReached(Instant now, Actions& out);

    /** When DeadlineReached must be called next; nothing if no timer runs. */
    std::optional<Instant> NextDeadline() const
    {
        return m_timers.NextDeadline();
    }

    const TimerTable& Timers() const
    {
        return m_timers;
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

    /** The listener whose child this connection is; 0 if the connection is no child. */
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
        return m_receiveSide.Sequence();
    }

    const RtoEstimator& Rtt() const
    {
        return m_rtt;
    }

    const CongestionControl& Congestion() const
    {
        return m_congestion;
    }

    const AgreedOptions& Agreed() const
    {
        return m_agreed;
    }

    /** How often one segment was sent again since the peer made progress or answered a probe. */
    std::uint32_t Retransmissions() const
    {
        return m_retransmissions;
    }

    /** How many octets SEND would take now. */
    std::uint32_t SendRoom() const;

    /**
     * Changes the settings. User timeout, FIN-WAIT-2 without a reader and TIME-WAIT last as the new
     * ones say, from when they began; a changed idle time of keepalive counts from now;
     * other running timers and the clock of timestamps go on. Text held back before may go out.
     */
    void Configure(const ConnectionConfig& config, Instant now, Actions& out);

    auto Fields() const
    {
        return std::tie(m_id,
                        m_listener,
                        m_path,
                        m_config,
                        m_state,
                        m_origin,
                        m_snd,
                        m_receiveSide,
                        m_agreed,
                        m_timestamps,
                        m_rtt,
                        m_timed,
                        m_congestion,
                        m_lastTextSent,
                        m_echoesMark,
                        m_acks,
                        m_timers,
                        m_retransmissions,
                        m_synTimedOut,
                        m_keepalive,
                        m_challenges,
                        m_readerGone,
                        m_aborted,
                        m_timeWait);
    }

  private:
    /** Whether a check has settled the segment, or the next check must look at it. */
    enum class Verdict
    {
        DONE,
        CONTINUE,
    };

    // connection-compact.cc: records
    explicit Connection(const RecordHead& head);
    explicit Connection(const HalfOpenRecord& record);
    explicit Connection(const TimeWaitRecord& record);
    RecordHead Head() const;

    // connection.cc: what state there is
    void MoveTo(State next, Cause cause, Actions& out);
    void Resume(State state);
    void Delete(State last, Cause cause, std::optional<UserSignal> signal, Actions& out);
    bool IsDeleted() const;
    bool IsConsistent() const;
    void EnterTimeWait(Cause cause, Instant now, Actions& out);
    void Start(Timer timer, Instant began, Instant now);
    void UpdateTimers(Instant now);
    bool IsPassive() const;
    bool AwaitsAnswer() const;
    void Tell(UserSignal signal, Actions& out) const;
    void ReportSoftly(UserSignal signal, Actions& out) const;

    // connection-calls.cc: 3.10.1 to 3.10.5
    void Submit(std::uint32_t octets, Instant now, Actions& out);
    void Terminate(Instant now, Actions& out);

    // connection-reopening.cc: RFC 6191 2
    bool MayReopen(const Segment& seg, const Surroundings& surroundings) const;
    void Reopen(const Arrival& arrival, Actions& out);
    bool EndsTimeWait(const Segment& seg, const Surroundings& surroundings) const;
    void RestoreTimeWait(Cause cause, Instant now, Actions& out);
    void Succeed(const Successor& successor, SeqNum iss, Actions& out);

    // connection-icmp.cc: 3.9.2.2
    void LowerMss(std::uint32_t mtu, Instant now, Actions& out);

    // connection-segment-arrives.cc: 3.10.7
    void SegmentArrivesListen(const Arrival& arrival, Actions& out);
    void EstablishOnSyn(const Segment& seg, Instant now, Actions& out);
    void CookieArrives(const Arrival& arrival, Actions& out);
    void SegmentArrivesSynSent(const Segment& seg, Instant now, Actions& out);
    Verdict SegmentArrivesOtherwise(const Arrival& arrival, Actions& out);
    Verdict CheckSequence(const Arrival& arrival, Actions& out);
    bool IsSynForAnySequence(const Segment& seg) const;
    void RestartTimeWait(Instant now);
    bool IsSynAckOfSimultaneousOpen(const Segment& seg) const;
    Verdict CheckReset(const Segment& seg, Instant now, Actions& out);
    Verdict CheckOptions(const Segment& seg, Actions& out);
    Verdict CheckSyn(const Arrival& arrival, Actions& out);
    void TakeSyn(const Segment& seg, Instant now);
    void Finish(Verdict verdict, Instant now, Actions& out);
    void AnswerUnacceptable(const Segment& seg, Instant now, Actions& out);
    void Drop(const Segment& seg, DropReason reason, Actions& out) const;
    void Note(Rule rule);

    // connection-acknowledgment.cc: the fifth check
    Verdict CheckAck(const Arrival& arrival, Actions& out);
    Verdict CheckAckSynReceived(const Arrival& arrival, Actions& out);
    void RefuseFinalAck(const Segment& seg, Actions& out);
    void EnterEstablished(const Segment& seg, Cause cause, Instant now, Actions& out);
    void TellEstablished(Actions& out);
    void TakeAck(const Segment& seg, Instant now, Actions& out);
    void UpdateWindow(const Segment& seg, Instant now, Actions& out);

    // connection-text.cc: the sixth to eighth check
    void CheckUrgent(const Segment& seg, Actions& out);
    Verdict CheckAbandonedText(const Segment& seg, Actions& out);
    void ProcessText(const Segment& seg, Instant now, Actions& out);
    void CheckFin(const Segment& seg, Instant now, Actions& out);

    // connection-ecn.cc: RFC 3168 6.1
    void SetEcn(Segment& segment, SegmentKind kind);
    void NoteMark(const Segment& seg);

    // connection-timestamps.cc: RFC 7323
    Verdict CheckTimestamps(const Segment& seg, Instant now, Actions& out);
    void NoteTimestamp(const Segment& seg, Instant now);

    // connection-send.cc: 3.7, 3.8
    ReceiveSpace Space() const;
    void OfferWindow();
    bool HasOptionsOnSyn() const;
    void SendSyn(SegmentKind kind, Instant now, Actions& out);
    void SendWhatWeMay(Instant now, Actions& out);
    void SendText(std::uint32_t octets, bool fin, SegmentKind kind, Instant now, Actions& out);
    void SendAck(SegmentKind kind, Instant now, Actions& out);
    void SendChallengeAck(Instant now, Actions& out);
    void SendReset(SeqNum seq, Actions& out);
    void SendOwnReset(Instant now, Actions& out);
    void Emit(Segment segment, SegmentKind kind, Instant now, Actions& out);
    void SendRepairs(Instant now, Actions& out);
    void RetransmitFirst(SegmentKind kind, Instant now, Actions& out);
    void Retransmit(const SeqRange& range, SegmentKind kind, Instant now, Actions& out);
    bool MaySendNext() const;
    void SendNext(Instant now, Actions& out);
    Flight InFlight() const;
    std::uint32_t InitialCwnd() const;
    std::uint32_t EffectiveMss() const;
    SackBlocks Sack() const;
    std::uint32_t MaxPayload() const;

    // connection-timeouts.cc: 3.8, 3.10.8
    void Expire(Timer timer, Instant now, Actions& out);
    void RetransmissionTimeout(Instant now, Actions& out);
    void KeepaliveTimeout(Instant now, Actions& out);
    std::uint32_t RetryLimit() const;
    std::optional<Duration> Length(Timer timer) const;
    void ResetOnGivingUp(bool wanted, Instant now, Actions& out);

    ConnectionId m_id;
    ConnectionId m_listener;
    FourTuple m_path;
    SharedConfig m_config;
    State m_state{State::CLOSED};
    Origin m_origin{Origin::ACTIVE};
    SendSequence m_snd;
    ReceiveSide m_receiveSide;
    AgreedOptions m_agreed;
    TimestampClocks m_timestamps;
    RtoEstimator m_rtt;
    std::optional<TimedSegment> m_timed;
    CongestionControl m_congestion;
    Instant m_lastTextSent{};
    bool m_echoesMark{false}; ///< a mark has arrived, and no CWR since
    AckSchedule m_acks;
    TimerTable m_timers;
    std::uint32_t m_retransmissions{0}; ///< since the peer last made progress or answered a probe
    bool m_synTimedOut{false};
    Keepalive m_keepalive;
    AckBudget m_challenges;
    bool m_readerGone{false}; ///< the user has closed both directions
    bool m_aborted{false};    ///< the user has aborted, and TIME-WAIT remains
    std::optional<Shared<OldIncarnation>> m_timeWait; ///< the record that a reset brings back
    RuleSet m_notedRules; ///< rules for the segment being processed; no part of the value
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_CONNECTION_H
