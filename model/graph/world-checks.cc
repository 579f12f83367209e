#include "world-checks.h"

#include <algorithm>
#include <memory>

namespace lifecycle::exploration
{

namespace
{

template <Misdeed MISDEED>
bool
Happened(const Step& step, const WorldRules& /* rules */)
{
    return step.Has(MISDEED);
}

/** Whether both ends of a connection in @p state have agreed on its numbers. */
bool
IsSynchronized(State state)
{
    return state != State::CLOSED && state != State::LISTEN && state != State::SYN_SENT &&
           state != State::SYN_RECEIVED;
}

/** Whether the two are the ends of one connection, as far as their numbers tell. */
bool
ArePaired(const Connection& one, const Connection& other)
{
    return one.Snd().iss == other.Rcv().irs && other.Snd().iss == one.Rcv().irs;
}

/** Calls @p use for each connection that the acting host has after the step, with its peer. */
template <class Use>
bool
AnyConnection(const Step& step, const WorldRules& rules, const Use& use)
{
    if (step.host == MAX_HOSTS)
    {
        return false;
    }
    for (std::size_t peer = 0; peer < rules.parties.size(); ++peer)
    {
        const auto connection = step.After().ConnectionTo(peer);
        if (connection != nullptr && use(*connection, peer))
        {
            return true;
        }
    }
    return false;
}

template <class Use>
bool
AnySent(const Step& step, const Use& use)
{
    return std::any_of(step.actions.begin(), step.actions.end(), [&use](const Action& action) {
        const auto* const send = std::get_if<SendSegment>(&action);
        return send != nullptr && use(*send);
    });
}

bool
GetsReset(const Step& step)
{
    return step.arrived && step.arrived->segment.Has(Flag::RST);
}

bool
ConfusesSending(const Step& step, const WorldRules& rules)
{
    return AnyConnection(step, rules, [](const Connection& c, std::size_t /* peer */) {
        return c.Snd().nxt < c.Snd().una;
    });
}

bool
AcksUnsent(const Step& step, const WorldRules& rules)
{
    return AnyConnection(step, rules, [&](const Connection& own, std::size_t peer) {
        const auto other = step.after.seats[peer].machine->ConnectionTo(step.host);
        if (other == nullptr || !IsSynchronized(own.GetState()) ||
            !IsSynchronized(other->GetState()) || !ArePaired(own, *other))
        {
            return false;
        }
        const auto lies = [](const Connection& sender, const Connection& receiver) {
            const SeqNum nxt = receiver.Rcv().nxt;
            return nxt < sender.Snd().una || sender.Snd().nxt < nxt;
        };
        return lies(own, *other) || lies(*other, own);
    });
}

/** The two hosts of a quiescent world in which one of them has a synchronized connection. */
template <class Use>
bool
AnyQuiescentPair(const Step& step, const WorldRules& rules, const Use& use)
{
    if (!step.after.channel.empty() || !Futures::IsQuiescent(step.after))
    {
        return false;
    }
    for (std::size_t one = 0; one < rules.parties.size(); ++one)
    {
        for (std::size_t other = 0; other < rules.parties.size(); ++other)
        {
            const auto here = step.after.seats[one].machine->ConnectionTo(other);
            if (here != nullptr && IsSynchronized(here->GetState()) &&
                use(one, other, *here, step.after.seats[other].machine->ConnectionTo(one).get()))
            {
                return true;
            }
        }
    }
    return false;
}

bool
Disagrees(const Step& step, const WorldRules& rules)
{
    return AnyQuiescentPair(
        step,
        rules,
        [](std::size_t, std::size_t, const Connection& here, const Connection* there) {
            return there != nullptr && here.GetState() == State::ESTABLISHED &&
                   there->GetState() == State::ESTABLISHED &&
                   (!ArePaired(here, *there) || here.Snd().una != here.Snd().nxt ||
                    here.Snd().nxt != there->Rcv().nxt);
        });
}

bool
IsPhantom(const Step& step, const WorldRules& rules)
{
    return AnyQuiescentPair(step,
                            rules,
                            [&step](std::size_t one,
                                    std::size_t other,
                                    const Connection& here,
                                    const Connection* there) {
                                if (there != nullptr && ArePaired(here, *there))
                                {
                                    return false;
                                }
                                const std::uint8_t peer =
                                    step.after.seats[one].machine->toward[other].peer;
                                return std::any_of(step.after.incarnations.begin(),
                                                   step.after.incarnations.end(),
                                                   [&](const Incarnation& incarnation) {
                                                       return incarnation.from == other &&
                                                              incarnation.to == one &&
                                                              incarnation.number == peer &&
                                                              incarnation.fate == Fate::CLOSED;
                                                   });
                            });
}

bool
MayCrash(const WorldRules& rules)
{
    return std::any_of(rules.parties.begin(), rules.parties.end(), [](const Party& party) {
        return std::count(party.script.begin(), party.script.end(), UserCall::CRASH) > 0;
    });
}

/** Whether nothing old, lost or forgotten can be to blame: each host opens one connection at most. */
bool
IsPeaceful(const WorldRules& rules)
{
    return rules.losses == 0 && rules.duplicates == 0 && !MayCrash(rules) &&
           std::all_of(rules.parties.begin(), rules.parties.end(), [](const Party& party) {
               return std::count(party.script.begin(), party.script.end(), UserCall::OPEN) < 2;
           });
}

bool
IsHalfOpen(const Step& step, const WorldRules& rules)
{
    return IsPeaceful(rules) &&
           AnyQuiescentPair(
               step,
               rules,
               [](std::size_t, std::size_t, const Connection& here, const Connection* there) {
                   return there == nullptr || !ArePaired(here, *there);
               });
}

/** Calls @p use for each change of state in the step. */
template <class Use>
bool
AnyChange(const Step& step, const Use& use)
{
    return std::any_of(step.actions.begin(), step.actions.end(), [&use](const Action& action) {
        const auto* const change = std::get_if<StateChanged>(&action);
        return change != nullptr && change->transition != nullptr && use(*change);
    });
}

/** TIME-WAIT that a SYN has interrupted is not there again when a reset tells that the SYN was old. */
bool
LosesTimeWait(const Step& step)
{
    return AnyChange(step, [&step](const StateChanged& change) {
        const Transition& edge = *change.transition;
        const bool goesBack =
            edge.cause == Cause::SEGMENT_RST || edge.cause == Cause::BACKLOG_EVICTION;
        return edge.from == State::SYN_RECEIVED && goesBack && edge.to != State::TIME_WAIT &&
               step.Before().toward[HostAt(change.path.remote)].oldIncarnation != 0;
    });
}

bool
CutsTimeWait(const Step& step, const WorldRules& /* rules */)
{
    return step.Has(Misdeed::SHORT_TIME_WAIT) || LosesTimeWait(step);
}

bool
OpensUnasked(const Step& step, const WorldRules& /* rules */)
{
    return AnyChange(step, [&step](const StateChanged& change) {
        const Transition& edge = *change.transition;
        const bool opens = edge.to == State::ESTABLISHED && edge.from != State::LISTEN;
        const auto connection = step.After().ConnectionTo(HostAt(change.path.remote));
        if (!opens || !step.arrived || connection == nullptr)
        {
            return opens;
        }
        const Segment& seg = step.arrived->segment;
        const SendSequence& snd = connection->Snd();
        return !seg.Has(Flag::ACK) || seg.ack <= snd.iss || snd.nxt < seg.ack;
    });
}

/** Whether each host gets an answer to one of its attempts, since the channel is never late. */
bool
AnswersInTime(const WorldRules& rules)
{
    const auto answers = [&rules](const Party& party) {
        const ConnectionConfig& config = party.stack.connection;
        const std::uint32_t retries =
            std::min({config.synRetries, config.synAckRetries, config.dataRetries});
        return rules.losses <= retries && config.challengeAckLimit > 0 &&
               party.stack.host.blackHole == BlackHole::OFF &&
               party.stack.listen.synQueueLimit >= rules.parties.size();
    };
    return rules.segmentLifetime == 1 && !MayCrash(rules) &&
           std::all_of(rules.parties.begin(), rules.parties.end(), answers);
}

/**
 * Whether a SYN or SYN,ACK meets a connection that challenges it and stays: one in TIME-WAIT, or one for
 * which the SYN has by chance the next number.
 */
bool
MeetsOldConnection(const Step& step, const Transition& edge, std::size_t peer)
{
    const bool isOpening = edge.from == State::SYN_SENT || edge.from == State::SYN_RECEIVED;
    const auto own = step.Before().ConnectionTo(peer);
    const auto other = step.after.seats[peer].machine->ConnectionTo(step.host);
    return isOpening && own != nullptr && other != nullptr &&
           (other->GetState() == State::TIME_WAIT || other->Rcv().nxt == own->Snd().nxt);
}

bool
GivesUpNeedlessly(const Step& step, const WorldRules& rules)
{
    return AnswersInTime(rules) && AnyChange(step, [&step](const StateChanged& change) {
               const Transition& edge = *change.transition;
               return edge.cause == Cause::TIMEOUT_R2 &&
                      !MeetsOldConnection(step, edge, HostAt(change.path.remote));
           });
}

/** The connection to which the segment belongs that has arrived, before the step; null if there is none. */
std::shared_ptr<const Connection>
ReceiverBefore(const Step& step)
{
    return step.arrived && step.host != MAX_HOSTS ? step.Before().ConnectionTo(step.arrived->from)
                                                  : nullptr;
}

bool
ResetsNeedlessly(const Step& step, const WorldRules& /* rules */)
{
    const auto before = ReceiverBefore(step);
    if (before == nullptr || GetsReset(step) || step.arrived->incarnation == 0 ||
        step.Before().toward[step.arrived->from].peer != step.arrived->incarnation)
    {
        return false;
    }
    const Segment& seg = step.arrived->segment;
    const SendSequence& snd = before->Snd();
    const bool isBadAck = before->GetState() == State::SYN_RECEIVED && seg.Has(Flag::ACK) &&
                          !(snd.una < seg.ack && seg.ack <= snd.nxt); // RFC 9293 3.5.2
    const bool isUnwanted = AnyChange(step, [](const StateChanged& change) {
        return change.transition->cause == Cause::SEGMENT_DATA ||
               change.transition->cause == Cause::ACCEPT_QUEUE_FULL;
    });
    return !isBadAck && !isUnwanted &&
           AnySent(step, [](const SendSegment& send) { return send.segment.Has(Flag::RST); });
}

bool
AnswersAck(const Step& step, const WorldRules& rules)
{
    const auto before = ReceiverBefore(step);
    if (before == nullptr || !IsSynchronized(before->GetState()))
    {
        return false;
    }
    const Segment& seg = step.arrived->segment;
    const ConnectionConfig& config = rules.parties[step.host].stack.connection;
    const bool owesNothing = config.delayedAck == Duration(0) && config.finAckDelay == Duration(0);
    const bool isPlain = seg.Has(Flag::ACK) && !seg.Has(Flag::RST) && seg.SegLen() == 0 &&
                         seg.seq == before->Rcv().nxt && before->Rcv().wnd > 0 &&
                         before->Snd().una <= seg.ack && seg.ack <= before->Snd().nxt;
    return isPlain && owesNothing && AnySent(step, [](const SendSegment& send) {
               return send.segment.SegLen() == 0 && !send.segment.Has(Flag::RST);
           });
}

bool
AnswersReset(const Step& step, const WorldRules& /* rules */)
{
    return GetsReset(step) && AnySent(step, [](const SendSegment& send) {
               return send.kind != SegmentKind::CHALLENGE_ACK;
           });
}

bool
HeedsBadReset(const Step& step, const WorldRules& /* rules */)
{
    if (!GetsReset(step))
    {
        return false;
    }
    const Segment& seg = step.arrived->segment;
    const auto connection = step.Before().ConnectionTo(step.arrived->from);
    const bool moves = std::any_of(step.actions.begin(), step.actions.end(), [](const Action& a) {
        return std::holds_alternative<StateChanged>(a) || std::holds_alternative<Forget>(a);
    });
    if (connection == nullptr || !moves)
    {
        return moves;
    }
    const SendSequence& snd = connection->Snd();
    return connection->GetState() == State::SYN_SENT
               ? !seg.Has(Flag::ACK) || seg.ack <= snd.iss || snd.nxt < seg.ack
               : seg.seq != connection->Rcv().nxt;
}

bool
WaitsForNothing(const Step& step, const WorldRules& rules)
{
    return AnyConnection(step, rules, [&step](const Connection& c, std::size_t /* peer */) {
        const State state = c.GetState();
        const bool isOpening = state == State::SYN_SENT || state == State::SYN_RECEIVED;
        const bool awaitsAck = c.Snd().Outstanding() || c.Snd().Unsent();
        const Instant now = step.after.now;
        const auto runs = [&c, now](Timer timer) {
            const auto deadline = c.Timers().Deadline(timer);
            return deadline && now <= *deadline;
        };
        return state == State::TIME_WAIT ? !runs(Timer::TIME_WAIT)
                                         : (isOpening || awaitsAck) && !runs(Timer::RETRANSMISSION);
    });
}

bool
HasSecondTcb(const Step& step, const WorldRules& /* rules */)
{
    if (step.host == MAX_HOSTS)
    {
        return false;
    }
    const Machine& machine = step.After();
    const auto connections = static_cast<std::size_t>(
        std::count_if(machine.toward.begin(), machine.toward.end(), [](const Shadow& shadow) {
            return shadow.id.value != 0;
        }));
    const std::size_t listeners = machine.listener.value != 0 ? 1 : 0;
    return step.Has(Misdeed::SECOND_TCB) || machine.host.Size() != connections + listeners;
}

bool
OverflowsBacklog(const Step& step, const WorldRules& rules)
{
    if (step.host == MAX_HOSTS)
    {
        return false;
    }
    const Machine& machine = step.After();
    const ListenConfig& limits = rules.parties[step.host].stack.listen;
    return machine.host.SynQueueLength(machine.listener) > limits.synQueueLimit ||
           machine.host.AcceptQueueLength(machine.listener) > limits.acceptQueueLimit;
}

/** Whether the segment that arrived was dropped whole and the connection goes on. */
bool
IsDroppedWhole(const Step& step)
{
    bool isDropped = false;
    for (const Action& action : step.actions)
    {
        const auto* const dropped = std::get_if<Dropped>(&action);
        isDropped =
            isDropped || (dropped != nullptr && dropped->reason != DropReason::IGNORED_TEXT);
        if (std::holds_alternative<StateChanged>(action) || std::holds_alternative<Forget>(action))
        {
            return false;
        }
    }
    return isDropped;
}

bool
IgnoringChangesSomething(const Step& step, const WorldRules& rules)
{
    if (step.host == MAX_HOSTS || !IsDroppedWhole(step))
    {
        return false;
    }
    const bool isSilent = !AnySent(step, [](const SendSegment&) { return true; });
    if (isSilent && !rules.parties[step.host].stack.connection.keepAlive)
    {
        return step.before->seats[step.host].fingerprint != step.after.seats[step.host].fingerprint;
    }
    const std::size_t peer = step.arrived->from;
    const auto before = step.Before().ConnectionTo(peer);
    const auto after = step.After().ConnectionTo(peer);
    return (before == nullptr) != (after == nullptr) ||
           (before != nullptr &&
            (before->Snd() != after->Snd() || before->Rcv().nxt != after->Rcv().nxt ||
             before->Congestion() != after->Congestion()));
}

bool
AnswersAtLength(const Step& step, const WorldRules& /* rules */)
{
    if (step.host == MAX_HOSTS || !IsDroppedWhole(step))
    {
        return false;
    }
    std::size_t answers = 0;
    return AnySent(step, [&answers](const SendSegment& send) {
        ++answers;
        return answers > 1 || send.segment.SegLen() > 0;
    });
}

bool
OffersBadWindow(const Step& step, const WorldRules& rules)
{
    return AnyConnection(step, rules, [&](const Connection& after, std::size_t peer) {
        const Shadow& shadow = step.Before().toward[peer];
        const auto before = step.Before().ConnectionTo(peer);
        const bool isSame =
            before != nullptr && shadow.id == after.Id() && IsSynchronized(before->GetState()) &&
            IsSynchronized(after.GetState()) && before->Rcv().irs == after.Rcv().irs;
        if (!isSame)
        {
            return false;
        }
        const std::uint32_t fin = after.Rcv().fin && *after.Rcv().fin < after.Rcv().nxt ? 1 : 0;
        return after.Rcv().nxt + after.Rcv().wnd + fin < before->Rcv().nxt + before->Rcv().wnd;
    });
}

bool
IsHurtByForgery(const Step& step, const WorldRules& /* rules */)
{
    return step.event.kind == EventKind::FORGE &&
           std::any_of(step.actions.begin(), step.actions.end(), [](const Action& action) {
               return std::holds_alternative<StateChanged>(action) ||
                      std::holds_alternative<Forget>(action) ||
                      std::holds_alternative<HoldRange>(action) ||
                      std::holds_alternative<TellUser>(action);
           });
}

} // namespace

// One row a check.
// clang-format off
const std::array<Check, CHECK_COUNT> CHECKS{{
    {"transition-table", "R-18", "a connection moves along the edges of the transition table alone", Happened<Misdeed::OUTSIDE_TABLE>},
    {"old-octet", "R-15, R-61", "no octet of an old incarnation is delivered to a new one", Happened<Misdeed::FOREIGN_OCTET>},
    {"stream", "R-46, R-56", "what is delivered is a prefix of what was sent, each octet once", Happened<Misdeed::WRONG_STREAM>},
    {"fin", "R-46, R-57", "a FIN is told once, and after all that was sent before it", Happened<Misdeed::WRONG_FIN>},
    {"told-once", "R-44", "the user is told each thing once", Happened<Misdeed::TOLD_TWICE>},
    {"forget", "R-88", "nothing is said of a connection after its end", Happened<Misdeed::AFTER_FORGET>},
    {"time-wait-length", "R-61, R-62, R-63, R-66", "TIME-WAIT lasts 2 MSL after the last FIN, whatever arrives", CutsTimeWait},
    {"listener-survives", "R-19, R-45", "no segment ends a listener", Happened<Misdeed::LISTENER_GONE>},
    {"one-tcb", "R-17, R-68", "there is one connection for a pair of sockets", HasSecondTcb},
    {"snd-order", "R-03", "SND.UNA =< SND.NXT", ConfusesSending},
    {"acks-unsent", "R-38", "nothing is acknowledged that was not sent", AcksUnsent},
    {"agreement", "R-16", "two ends in ESTABLISHED agree when nothing is under way", Disagrees},
    {"phantom", "R-22", "no connection remains whose peer has closed it in order", IsPhantom},
    {"syn-acked", "R-16, R-31", "ESTABLISHED begins with an ACK of our SYN", OpensUnasked},
    {"half-open", "R-23", "no connection remains whose peer is gone, if nothing was lost or is old", IsHalfOpen},
    {"answered", "R-47, R-74", "who sends often enough is answered, unless all of it is lost or late", GivesUpNeedlessly},
    {"needless-reset", "R-32", "no segment of the present connection is answered by a RST, unless its text is unwanted", ResetsNeedlessly},
    {"ack-answered", "R-47", "an ACK that brings nothing gets no ACK", AnswersAck},
    {"reset-answered", "R-33", "nothing but a challenge ACK answers a RST", AnswersReset},
    {"bad-reset-heeded", "R-34, R-36", "only an acceptable RST ends a connection", HeedsBadReset},
    {"live-timer", "R-47, R-73", "whoever waits for an answer has a timer that runs", WaitsForNothing},
    {"backlog", "R-89", "the queues of a listener keep their limits", OverflowsBacklog},
    {"ignored-changes", "R-32", "a segment that is ignored changes nothing", IgnoringChangesSomething},
    {"ignored-answer", "R-32", "a segment that is ignored gets one empty answer at most", AnswersAtLength},
    {"forgery", "R-34, R-37, R-38", "what an attacker forges, who has not the exact numbers, does nothing", IsHurtByForgery},
    {"window-shrinks", "R-104", "the right edge of the receive window never moves back", OffersBadWindow},
}};
// clang-format on

} // namespace lifecycle::exploration
