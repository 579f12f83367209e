#include "actor.h"

#include "world-encoding.h"

#include <algorithm>
#include <cassert>

namespace lifecycle::exploration
{

namespace
{

bool
EndsConnection(UserSignal signal)
{
    return signal >= UserSignal::CONNECTION_CLOSED;
}

} // namespace

bool
Actor::Make(UserCall call, const Party& party)
{
    Host& host = m_machine.host;
    const ConnectionId subject = m_machine.subject;
    Actions& out = m_step.actions;
    const Instant now = m_world.now;
    if (m_machine.isDown && call != UserCall::REBOOT)
    {
        return false;
    }
    const auto onSubject = [&](auto make) { return subject.value != 0 && !make(); };
    switch (call)
    {
    case UserCall::LISTEN: {
        const auto result = host.OpenPassive(PathOf(m_self, party.peer).local,
                                             party.stack.connection,
                                             party.stack.listen,
                                             out);
        const auto* const id = std::get_if<ConnectionId>(&result);
        m_machine.listener = id != nullptr ? *id : ConnectionId{};
        return id != nullptr;
    }
    case UserCall::OPEN: {
        const auto result =
            host.OpenActive(PathOf(m_self, party.peer), party.stack.connection, now, out);
        const auto* const id = std::get_if<ConnectionId>(&result);
        m_machine.subject = id != nullptr ? *id : ConnectionId{};
        return id != nullptr;
    }
    case UserCall::SEND:
        return onSubject([&] { return host.Send(subject, 1, now, out); });
    case UserCall::CLOSE:
        return onSubject([&] { return host.Close(subject, now, out); });
    case UserCall::CLOSE_FULLY:
        return onSubject([&] { return host.CloseFully(subject, now, out); });
    case UserCall::ABORT:
        return onSubject([&] { return host.Abort(subject, now, out); });
    case UserCall::CRASH:
        Crash();
        return true;
    case UserCall::REBOOT:
        m_machine.isDown = false;
        return true;
    case UserCall::NEXT:
        return subject.value == 0;
    }
    return false;
}

void
Actor::Crash()
{
    for (std::size_t peer = 0; peer < m_futures.Hosts(); ++peer)
    {
        if (Incarnation* own = Find(m_self, peer, m_machine.toward[peer].incarnation))
        {
            own->fate = Fate::CUT;
        }
        m_machine.toward[peer] = Shadow();
    }
    m_machine.host = Host(m_futures.Rules().parties[m_self].stack.host, SECRET);
    m_machine.isDown = true;
    m_machine.listener = {};
    m_machine.subject = {};
}

/** Performs the actions, first in, first out, and puts the machine into the world. */
void
Actor::Finish()
{
    const Party& party = m_futures.Rules().parties[m_self];
    if (m_step.event.kind == EventKind::CALL && m_machine.subject.value != 0)
    {
        const UserCall call = party.script[m_machine.next - 1];
        if (const Shadow* shadow = ShadowOf(m_machine.subject))
        {
            if (Incarnation* own = Find(m_self, PeerOf(*shadow), shadow->incarnation))
            {
                own->sent += call == UserCall::SEND ? 1 : 0;
                own->isClosed =
                    own->isClosed || call == UserCall::CLOSE || call == UserCall::CLOSE_FULLY;
            }
        }
    }
    for (std::size_t place = 0; place < m_step.actions.size(); ++place)
    {
        Perform(place);
    }
    NoteFinInTimeWait();
    m_world.seats[m_self].fingerprint = EncodeMachine(m_machine, m_world.now, party.stack);
    // refers to the step, and owns nothing
    m_world.seats[m_self].machine = {std::shared_ptr<const Machine>(), &m_machine};
}

/** The subject has ended: what the script still has for it is left out. */
void
Actor::SkipCalls()
{
    const Script& script = m_futures.Rules().parties[m_self].script;
    const auto isAboutSubject = [](UserCall call) {
        return call == UserCall::SEND || call == UserCall::CLOSE || call == UserCall::CLOSE_FULLY ||
               call == UserCall::ABORT;
    };
    while (m_machine.next < script.size() && isAboutSubject(script[m_machine.next]))
    {
        ++m_machine.next;
    }
    if (m_machine.next < script.size() && script[m_machine.next] == UserCall::NEXT)
    {
        ++m_machine.next;
    }
}

void
Actor::Perform(std::size_t place)
{
    const Action action = m_step.actions[place]; // a copy: a user's call may append others
    if (const auto* send = std::get_if<SendSegment>(&action))
    {
        const bool isNeedless =
            send->kind == SegmentKind::ACK &&
            std::any_of(m_step.actions.begin() + static_cast<std::ptrdiff_t>(place) + 1,
                        m_step.actions.end(),
                        [&](const Action& later) { return MakesNeedless(later, *send); });
        if (isNeedless)
        {
            m_step.needless.push_back(place);
        }
        else
        {
            Perform(*send);
        }
    }
    else if (const auto* hold = std::get_if<HoldRange>(&action))
    {
        Perform(*hold);
    }
    else if (const auto* deliver = std::get_if<DeliverRange>(&action))
    {
        Perform(*deliver);
    }
    else if (const auto* ready = std::get_if<AcceptReady>(&action))
    {
        Perform(*ready);
    }
    else if (const auto* tell = std::get_if<TellUser>(&action))
    {
        Perform(*tell);
    }
    else if (const auto* change = std::get_if<StateChanged>(&action))
    {
        Perform(*change);
    }
    else if (const auto* forget = std::get_if<Forget>(&action))
    {
        Perform(*forget);
    }
}

void
Actor::Perform(const SendSegment& send)
{
    const std::size_t peer = HostAt(send.path.remote);
    const Shadow& shadow = m_machine.toward[peer];
    InFlight flight{static_cast<std::uint8_t>(m_self), static_cast<std::uint8_t>(peer), 0};
    flight.segment = send.segment;
    const ListenConfig& listen = m_futures.Rules().parties[peer].stack.listen;
    const bool mayOpen = send.segment.SegLen() > 0 || listen.synCookies != SynCookieUse::OFF;
    if (mayOpen && !send.segment.Has(Flag::RST) && send.id.value != 0)
    {
        flight.incarnation = shadow.incarnation;
    }
    m_world.channel.push_back(std::move(flight));
}

void
Actor::Perform(const HoldRange& hold)
{
    Shadow* shadow = ShadowOf(hold.id);
    const InFlight& arrived = *m_step.arrived;
    if (shadow == nullptr)
    {
        Note(Misdeed::AFTER_FORGET);
        return;
    }
    const Incarnation* source = Find(arrived.from, m_self, arrived.incarnation);
    for (std::uint32_t i = 0; i < hold.len; ++i)
    {
        const SeqNum seq = arrived.segment.TextBegin() + hold.offset + i;
        const auto offset = source == nullptr ? 0 : seq - (source->iss + 1);
        const std::uint8_t number = source == nullptr ? std::uint8_t{0} : source->number;
        shadow->held.push_back({hold.seq + i, number, static_cast<std::uint8_t>(offset)});
    }
}

void
Actor::Perform(const DeliverRange& deliver)
{
    Shadow* shadow = ShadowOf(deliver.id);
    if (shadow == nullptr)
    {
        Note(Misdeed::AFTER_FORGET);
        return;
    }
    for (std::uint32_t i = 0; i < deliver.len; ++i)
    {
        TakeOctet(*shadow, PeerOf(*shadow), deliver.seq + i);
    }
}

/** The octet at @p seq goes to the user. */
void
Actor::TakeOctet(Shadow& shadow, std::size_t peer, SeqNum seq)
{
    const auto found = std::find_if(shadow.held.begin(),
                                    shadow.held.end(),
                                    [seq](const HeldOctet& octet) { return octet.seq == seq; });
    if (found == shadow.held.end())
    {
        Note(Misdeed::WRONG_STREAM); // no octet was held there
        return;
    }
    const HeldOctet octet = *found;
    shadow.held.erase(found);
    Incarnation* source = Find(peer, m_self, octet.incarnation);
    if (octet.incarnation > shadow.peer && shadow.delivered == 0)
    {
        shadow.peer = octet.incarnation; // an old SYN with the same numbers went before
    }
    if (source == nullptr || octet.incarnation != shadow.peer)
    {
        Note(Misdeed::FOREIGN_OCTET);
        return;
    }
    if (octet.offset != source->delivered || octet.offset >= source->sent)
    {
        Note(Misdeed::WRONG_STREAM);
        return;
    }
    ++source->delivered;
    ++shadow.delivered;
}

/** The user is told that nothing more will come. */
void
Actor::TakeFin(Shadow& shadow, std::size_t peer)
{
    const auto& arrived = m_step.arrived;
    if (shadow.delivered == 0 && arrived && arrived->segment.Has(Flag::FIN) &&
        arrived->incarnation > shadow.peer)
    {
        shadow.peer = arrived->incarnation; // an old SYN with the same numbers went before
    }
    Incarnation* source = Find(peer, m_self, shadow.peer);
    if (source == nullptr || !source->isClosed || source->delivered != source->sent ||
        source->finDelivered)
    {
        Note(Misdeed::WRONG_FIN);
        return;
    }
    source->finDelivered = true;
}

void
Actor::Perform(const AcceptReady& ready)
{
    Shadow* shadow = ShadowOf(ready.child);
    if (shadow == nullptr || (shadow->told & Shadow::ESTABLISHED) != 0 ||
        m_machine.host.Accept(ready.listener) != ready.child)
    {
        Note(Misdeed::TOLD_TWICE);
        return;
    }
    shadow->told |= Shadow::ESTABLISHED;
    if (m_machine.subject.value == 0)
    {
        m_machine.subject = ready.child;
    }
}

void
Actor::Perform(const TellUser& tell)
{
    Shadow* shadow = ShadowOf(tell.id);
    if (shadow == nullptr || shadow->hasEnded)
    {
        Note(Misdeed::AFTER_FORGET);
        return;
    }
    const auto once = [&](Shadow::Told what) {
        if ((shadow->told & what) != 0)
        {
            Note(Misdeed::TOLD_TWICE);
        }
        shadow->told |= what;
    };
    if (tell.signal == UserSignal::CONNECTION_ESTABLISHED)
    {
        once(Shadow::ESTABLISHED);
    }
    else if (tell.signal == UserSignal::CLOSE_ACKNOWLEDGED)
    {
        once(Shadow::CLOSE_ACKNOWLEDGED);
    }
    else if (tell.signal == UserSignal::CONNECTION_CLOSING)
    {
        once(Shadow::CLOSING);
        TakeFin(*shadow, PeerOf(*shadow));
    }
    else if (tell.signal == UserSignal::DATA_ARRIVED)
    {
        // The user reads at once. There may be nothing left to read from, after a reset.
        const auto connection = m_machine.host.Find(tell.id);
        const std::uint32_t unread = connection == nullptr ? 0 : connection->Rcv().unread;
        if (unread > 0)
        {
            (void)m_machine.host.Receive(tell.id, unread, m_world.now, m_step.actions);
        }
    }
    else if (EndsConnection(tell.signal))
    {
        shadow->hasEnded = true;
    }
}

void
Actor::Perform(const StateChanged& change)
{
    const Transition& edge = *change.transition;
    const bool isInTable = &edge >= TRANSITIONS.data() &&
                           &edge < TRANSITIONS.data() + TRANSITIONS.size() &&
                           edge.transitionClass != TransitionClass::EXCLUDED;
    if (!isInTable)
    {
        Note(Misdeed::OUTSIDE_TABLE);
    }
    if (change.id == m_machine.listener)
    {
        if (edge.from == State::LISTEN && m_step.event.kind != EventKind::CALL)
        {
            Note(Misdeed::LISTENER_GONE);
        }
        return;
    }
    if (edge.to == State::LISTEN && edge.from == State::CLOSED)
    {
        return; // a listener begins
    }
    const std::size_t peer = HostAt(change.path.remote);
    Shadow& shadow = m_machine.toward[peer];
    if (shadow.id.value != 0 && shadow.id == change.id && shadow.state != edge.from)
    {
        Note(Misdeed::OUTSIDE_TABLE);
    }
    if (shadow.id != change.id)
    {
        Begin(change, peer);
    }
    shadow.state = edge.to;
    shadow.lastCause = edge.cause;
    const bool takesCookie = edge.from == State::LISTEN && edge.cause == Cause::SEGMENT_ACK;
    const bool takesSyn =
        edge.cause == Cause::SEGMENT_SYN || edge.cause == Cause::SEGMENT_SYN_ACK || takesCookie;
    if (takesSyn && m_step.arrived && edge.to != State::LISTEN)
    {
        shadow.peer = m_step.arrived->incarnation;
    }
    if (edge.from == State::SYN_RECEIVED && edge.to == State::TIME_WAIT)
    {
        shadow.incarnation = shadow.oldIncarnation;
        shadow.peer = shadow.oldPeer;
        shadow.held.clear();
    }
    if (edge.to == State::TIME_WAIT)
    {
        shadow.timeWaitSince = m_world.now;
    }
    const ConnectionConfig& config = m_futures.Rules().parties[m_self].stack.connection;
    const bool isEarly = m_world.now < shadow.timeWaitSince + 2 * config.msl;
    const bool isByUser = edge.cause == Cause::ABORT;
    if (edge.from == State::TIME_WAIT && edge.to == State::CLOSED && isEarly && !isByUser)
    {
        Note(Misdeed::SHORT_TIME_WAIT);
    }
}

/** The connection that @p change is about is a new one. */
void
Actor::Begin(const StateChanged& change, std::size_t peer)
{
    Shadow& shadow = m_machine.toward[peer];
    if (shadow.id.value != 0)
    {
        Note(Misdeed::SECOND_TCB);
    }
    shadow = Shadow();
    shadow.id = change.id;
    if (change.transition->from == State::TIME_WAIT)
    {
        shadow.oldIncarnation = m_forgotten[peer].incarnation;
        shadow.oldPeer = m_forgotten[peer].peer;
    }
    shadow.incarnation = NewIncarnation(peer);
    const auto connection = m_machine.host.Find(change.id);
    m_world.incarnations.back().iss = connection == nullptr ? SeqNum() : connection->Snd().iss;
    m_step.isTooEarly = m_step.isTooEarly || IsNumberTaken(m_world.incarnations.back());
}

/** Whether an earlier incarnation has begun with the same number as @p last, though a clock chose it. */
bool
Actor::IsNumberTaken(const Incarnation& last) const
{
    const auto isSame = [&last](const Incarnation& other) {
        return &other != &last && other.from == last.from && other.to == last.to &&
               other.iss == last.iss;
    };
    const StackConfig& stack = m_futures.Rules().parties[m_self].stack;
    return stack.host.isnPolicy != IsnPolicy::CONSTANT &&
           stack.listen.synCookies == SynCookieUse::OFF && // a cookie is the same for minutes
           std::any_of(m_world.incarnations.begin(), m_world.incarnations.end(), isSame);
}

/** TIME-WAIT begins anew with each FIN that the peer sends again. */
void
Actor::NoteFinInTimeWait()
{
    const auto& arrived = m_step.arrived;
    if (!arrived || !arrived->segment.Has(Flag::FIN) || arrived->segment.Has(Flag::RST))
    {
        return;
    }
    Shadow& shadow = m_machine.toward[arrived->from];
    const auto connection = m_machine.ConnectionTo(arrived->from);
    if (shadow.state == State::TIME_WAIT && connection != nullptr &&
        arrived->segment.End() == connection->Rcv().nxt && arrived->segment.Has(Flag::ACK) &&
        arrived->segment.ack == connection->Snd().nxt)
    {
        shadow.timeWaitSince = m_world.now;
    }
}

void
Actor::Perform(const Forget& forget)
{
    if (forget.id == m_machine.listener)
    {
        m_machine.listener = {};
        return;
    }
    Shadow* shadow = ShadowOf(forget.id);
    if (shadow == nullptr)
    {
        Note(Misdeed::AFTER_FORGET);
        return;
    }
    const std::size_t peer = PeerOf(*shadow);
    const bool isRegular =
        shadow->state == State::CLOSED &&
        (shadow->lastCause == Cause::TIMEOUT_2MSL || shadow->lastCause == Cause::SEGMENT_ACK);
    const bool isReopened = shadow->state == State::TIME_WAIT; // its end comes without an edge
    if (Incarnation* own = Find(m_self, peer, shadow->incarnation))
    {
        own->fate = isRegular || isReopened ? Fate::CLOSED : Fate::CUT;
    }
    m_forgotten[peer] = *shadow;
    *shadow = Shadow();
    if (m_machine.subject == forget.id)
    {
        m_machine.subject = {};
        SkipCalls();
    }
}

Shadow*
Actor::ShadowOf(ConnectionId id)
{
    for (Shadow& shadow : m_machine.toward)
    {
        if (id.value != 0 && shadow.id == id)
        {
            return &shadow;
        }
    }
    return nullptr;
}

std::size_t
Actor::PeerOf(const Shadow& shadow) const
{
    return static_cast<std::size_t>(&shadow - m_machine.toward.data());
}

Incarnation*
Actor::Find(std::size_t from, std::size_t to, std::uint8_t number)
{
    for (Incarnation& incarnation : m_world.incarnations)
    {
        if (number != 0 && incarnation.from == from && incarnation.to == to &&
            incarnation.number == number)
        {
            return &incarnation;
        }
    }
    return nullptr;
}

std::uint8_t
Actor::NewIncarnation(std::size_t peer)
{
    std::uint8_t number = 1;
    for (const Incarnation& incarnation : m_world.incarnations)
    {
        if (incarnation.from == m_self && incarnation.to == peer)
        {
            number = std::max<std::uint8_t>(number, incarnation.number + 1);
        }
    }
    m_world.incarnations.push_back(
        {static_cast<std::uint8_t>(m_self), static_cast<std::uint8_t>(peer), number, SeqNum()});
    return number;
}

} // namespace lifecycle::exploration
