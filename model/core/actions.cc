#include "actions.h"

namespace lifecycle
{

CloseReason
ReasonOf(const Transition& last)
{
    switch (last.cause)
    {
    case Cause::SEGMENT_RST:
    case Cause::ICMP_HARD_ERROR:
        return last.from == State::SYN_SENT || last.from == State::SYN_RECEIVED
                   ? CloseReason::REFUSED
                   : CloseReason::RESET;
    case Cause::SEGMENT_SYN:
    case Cause::SEGMENT_SYN_IN_WINDOW:
    case Cause::SEGMENT_DATA:
    case Cause::ILLEGAL_OPTION:
    case Cause::SECURITY_MISMATCH:
        return CloseReason::RESET;
    case Cause::ABORT:
    case Cause::ABORT_LINGER:
    case Cause::CLOSE_UNREAD:
    case Cause::LISTENER_CLOSED:
    case Cause::BACKLOG_EVICTION:
    case Cause::ACCEPT_QUEUE_FULL:
        return CloseReason::ABORTED;
    case Cause::TIMEOUT_R2:
        return CloseReason::TIMED_OUT;
    case Cause::TIMEOUT_USER:
        return CloseReason::USER_TIMEOUT;
    case Cause::TIMEOUT_KEEPALIVE:
        return CloseReason::KEEPALIVE;
    case Cause::ICMP_SOFT_ERROR:
        return CloseReason::UNREACHABLE;
    case Cause::PASSIVE_OPEN:
    case Cause::ACTIVE_OPEN:
    case Cause::SEND:
    case Cause::CLOSE:
    case Cause::SEGMENT_SYN_ACK:
    case Cause::SEGMENT_ACK:
    case Cause::SEGMENT_FIN:
    case Cause::SEGMENT_FIN_ACK:
    case Cause::TIMEOUT_2MSL:
    case Cause::TIMEOUT_ORPHAN:
    case Cause::TABLE_OVERFLOW:
        return CloseReason::NORMAL;
    }
    return CloseReason::NORMAL;
}

bool
MakesNeedless(const Action& later, const SendSegment& pending)
{
    if (pending.kind != SegmentKind::ACK)
    {
        return false;
    }
    const auto* next = std::get_if<SendSegment>(&later);
    return next != nullptr && next->id == pending.id && next->segment.Has(Flag::ACK) &&
           pending.segment.ack <= next->segment.ack &&
           (next->segment.Has(Flag::ECE) || !pending.segment.Has(Flag::ECE)); // RFC 3168 6.1.3
}

std::string_view
ToString(SegmentKind kind)
{
    switch (kind)
    {
    case SegmentKind::NEW:
        return "new";
    case SegmentKind::RETRANSMISSION:
        return "retransmission";
    case SegmentKind::PROBE:
        return "probe";
    case SegmentKind::KEEPALIVE:
        return "keepalive";
    case SegmentKind::ACK:
        return "ack";
    case SegmentKind::CHALLENGE_ACK:
        return "challenge-ack";
    case SegmentKind::RESET:
        return "reset";
    }
    return "?";
}

std::string_view
ToString(DropReason reason)
{
    switch (reason)
    {
    case DropReason::INVALID_ADDRESS:
        return "invalid address";
    case DropReason::SYN_WITH_FIN:
        return "SYN with FIN";
    case DropReason::NO_CONNECTION:
        return "no connection";
    case DropReason::UNEXPECTED:
        return "unexpected";
    case DropReason::SYN_QUEUE_FULL:
        return "SYN queue full";
    case DropReason::SYN_DROPPED_EARLY:
        return "SYN dropped early";
    case DropReason::ACCEPT_QUEUE_FULL:
        return "accept queue full";
    case DropReason::BAD_SEQUENCE:
        return "bad sequence number";
    case DropReason::BAD_RESET:
        return "bad reset";
    case DropReason::UNEXPECTED_SYN:
        return "unexpected SYN";
    case DropReason::NO_ACK:
        return "no ACK";
    case DropReason::BAD_ACK:
        return "bad ACK";
    case DropReason::OLD_TIMESTAMP:
        return "old timestamp";
    case DropReason::NO_TIMESTAMP:
        return "no timestamp";
    case DropReason::IGNORED_TEXT:
        return "ignored text";
    }
    return "?";
}

std::string_view
ToString(UserSignal signal)
{
    switch (signal)
    {
    case UserSignal::CONNECTION_ESTABLISHED:
        return "connection established";
    case UserSignal::DATA_ARRIVED:
        return "data arrived";
    case UserSignal::CONNECTION_CLOSING:
        return "connection closing";
    case UserSignal::CLOSE_ACKNOWLEDGED:
        return "close acknowledged";
    case UserSignal::EXCESSIVE_RETRANSMISSIONS:
        return "excessive retransmissions";
    case UserSignal::URGENT_DATA:
        return "urgent data";
    case UserSignal::SOFT_ERROR:
        return "soft error";
    case UserSignal::CONNECTION_CLOSED:
        return "connection closed";
    case UserSignal::CONNECTION_REFUSED:
        return "connection refused";
    case UserSignal::CONNECTION_RESET:
        return "connection reset";
    case UserSignal::CONNECTION_TIMED_OUT:
        return "connection timed out";
    case UserSignal::USER_TIMEOUT:
        return "connection aborted due to user timeout";
    case UserSignal::KEEPALIVE_TIMEOUT:
        return "keepalive timeout";
    case UserSignal::HOST_UNREACHABLE:
        return "host unreachable";
    }
    return "?";
}

std::string_view
ToString(TimerEvent event)
{
    switch (event)
    {
    case TimerEvent::ARMED:
        return "armed";
    case TimerEvent::RESTARTED:
        return "restarted";
    case TimerEvent::STOPPED:
        return "stopped";
    case TimerEvent::EXPIRED:
        return "expired";
    }
    return "?";
}

std::string_view
ToString(CloseReason reason)
{
    switch (reason)
    {
    case CloseReason::NORMAL:
        return "normal";
    case CloseReason::REFUSED:
        return "refused";
    case CloseReason::RESET:
        return "reset";
    case CloseReason::ABORTED:
        return "aborted";
    case CloseReason::TIMED_OUT:
        return "timed-out";
    case CloseReason::USER_TIMEOUT:
        return "user-timeout";
    case CloseReason::KEEPALIVE:
        return "keepalive";
    case CloseReason::UNREACHABLE:
        return "unreachable";
    }
    return "?";
}

namespace
{

std::string
Range(SeqNum seq, std::uint32_t len)
{
    return "[" + std::to_string(seq.Value()) + ", +" + std::to_string(len) + ")";
}

struct Describe
{
    std::string operator()(const SendSegment& a) const
    {
        return "send " + lifecycle::ToString(a.segment) + " (" + std::string(ToString(a.kind)) +
               ")";
    }

    std::string operator()(const HoldRange& a) const
    {
        return "hold " + Range(a.seq, a.len) + " from offset " + std::to_string(a.offset);
    }

    std::string operator()(const DeliverRange& a) const
    {
        return "deliver " + Range(a.seq, a.len);
    }

    std::string operator()(const ReleaseRange& a) const
    {
        return "release " + Range(a.seq, a.len);
    }

    std::string operator()(const AcceptReady& a) const
    {
        return "accept ready " + std::to_string(a.child.value);
    }

    std::string operator()(const TellUser& a) const
    {
        return "tell user: " + std::string(ToString(a.signal));
    }

    std::string operator()(const StateChanged& a) const
    {
        return std::string(a.transition->id) + " " + std::string(ToString(a.transition->from)) +
               " -> " + std::string(ToString(a.transition->to));
    }

    std::string operator()(const Dropped& a) const
    {
        return "dropped: " + std::string(ToString(a.reason));
    }

    std::string operator()(const Decided& a) const
    {
        return "decided: " + lifecycle::ToString(a.rules);
    }

    std::string operator()(const TimerChanged& a) const
    {
        return "timer " + std::string(ToString(a.timer)) + " " + std::string(ToString(a.event));
    }

    std::string operator()(const Forget& a) const
    {
        return "forget: " + std::string(ToString(a.reason));
    }
};

} // namespace

std::string
ToString(const Action& action)
{
    return std::visit(Describe{}, action);
}

} // namespace lifecycle
