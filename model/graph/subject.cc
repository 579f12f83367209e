#include "subject.h"

#include "machine-encoding.h"

#include <algorithm>
#include <array>

namespace lifecycle::exploration
{

namespace
{

constexpr std::size_t SELF = 0;
constexpr std::size_t PEER = 1;

/** The peer's initial sequence number: just below the end of the numbers. */
constexpr SeqNum PEER_ISS(0xfffffff0);
/** Beyond any window. */
constexpr std::uint32_t FAR = 1 << 20;

/** Whether @p action is seen from outside. */
bool
IsSeen(const Action& action)
{
    return std::holds_alternative<SendSegment>(action) ||
           std::holds_alternative<StateChanged>(action) ||
           std::holds_alternative<TellUser>(action) || std::holds_alternative<Forget>(action) ||
           std::holds_alternative<DeliverRange>(action) ||
           std::holds_alternative<AcceptReady>(action);
}

std::vector<const Action*>
Seen(const Actions& actions)
{
    std::vector<const Action*> seen;
    for (const Action& action : actions)
    {
        if (IsSeen(action))
        {
            seen.push_back(&action);
        }
    }
    return seen;
}

bool
IsAlike(const Action& one, const Action& other)
{
    if (one.index() != other.index())
    {
        return false;
    }
    if (const auto* send = std::get_if<SendSegment>(&one))
    {
        const Segment& a = send->segment;
        const Segment& b = std::get<SendSegment>(other).segment;
        return a.flags.Bits() == b.flags.Bits() && a.seq == b.seq && a.len == b.len &&
               (!a.Has(Flag::ACK) || a.ack == b.ack);
    }
    if (const auto* change = std::get_if<StateChanged>(&one))
    {
        const Transition& a = *change->transition;
        const Transition& b = *std::get<StateChanged>(other).transition;
        return a.from == b.from && a.to == b.to;
    }
    if (const auto* tell = std::get_if<TellUser>(&one))
    {
        return tell->signal == std::get<TellUser>(other).signal;
    }
    if (const auto* forget = std::get_if<Forget>(&one))
    {
        return forget->reason == std::get<Forget>(other).reason;
    }
    if (const auto* deliver = std::get_if<DeliverRange>(&one))
    {
        return deliver->len == std::get<DeliverRange>(other).len;
    }
    return true;
}

Segment
MakeSegment(Flags flags, SeqNum seq, SeqNum ack, std::uint32_t len = 0)
{
    constexpr std::uint32_t WINDOW = 65535;
    Segment segment;
    segment.flags = flags;
    segment.seq = seq;
    segment.ack = flags.Has(Flag::ACK) ? ack : SeqNum();
    segment.wnd = WINDOW;
    segment.len = len;
    if (flags.Has(Flag::SYN))
    {
        constexpr std::uint16_t MSS = 1460;
        segment.mss = MSS;
    }
    return segment;
}

} // namespace

Subject::Subject(const StackConfig& stack, bool reads)
    : m_stack(stack),
      m_host(stack.host, SECRET),
      m_reads(reads)
{
}

Actions
Subject::Take(const Input& input, Instant now, bool decisions)
{
    m_host.Report({decisions, false});
    Actions out;
    switch (input.kind)
    {
    case Input::Kind::CALL:
        if (!Make(input.call, now, out))
        {
            return {};
        }
        break;
    case Input::Kind::SEGMENT:
        m_host.SegmentArrives(PathOf(SELF, PEER), input.segment, now, out);
        break;
    case Input::Kind::TIMEOUT:
        m_host.DeadlineReached(now, out);
        break;
    }
    Actions seen;
    for (std::size_t place = 0; place < out.size(); ++place)
    {
        const Action action = out[place]; // a copy: what the user does may append others
        const auto* send = std::get_if<SendSegment>(&action);
        const bool isNeedless =
            send != nullptr && send->kind == SegmentKind::ACK &&
            std::any_of(out.begin() + static_cast<std::ptrdiff_t>(place) + 1,
                        out.end(),
                        [&](const Action& later) { return MakesNeedless(later, *send); });
        Perform(place, now, out);
        if (!isNeedless && (IsSeen(action) || std::holds_alternative<Decided>(action)))
        {
            seen.push_back(action);
        }
    }
    return seen;
}

bool
Subject::Make(UserCall call, Instant now, Actions& out)
{
    switch (call)
    {
    case UserCall::LISTEN: {
        const auto result =
            m_host.OpenPassive(PathOf(SELF, PEER).local, m_stack.connection, m_stack.listen, out);
        const auto* const id = std::get_if<ConnectionId>(&result);
        m_listener = id == nullptr ? m_listener : *id;
        return id != nullptr;
    }
    case UserCall::OPEN: {
        const auto result = m_host.OpenActive(PathOf(SELF, PEER), m_stack.connection, now, out);
        const auto* const id = std::get_if<ConnectionId>(&result);
        m_user = id == nullptr ? m_user : *id;
        return id != nullptr;
    }
    case UserCall::SEND:
        return !m_host.Send(m_user, 1, now, out);
    case UserCall::CLOSE:
        return !m_host.Close(m_user.value != 0 ? m_user : m_listener, now, out);
    case UserCall::CLOSE_FULLY:
        return !m_host.CloseFully(m_user, now, out);
    case UserCall::ABORT:
        return !m_host.Abort(m_user, now, out);
    case UserCall::CRASH:
    case UserCall::REBOOT:
    case UserCall::NEXT:
        break; // no input of one host with one user
    }
    return false;
}

/** What the user and the network do when the action at @p place is performed. */
void
Subject::Perform(std::size_t place, Instant now, Actions& out)
{
    const Action action = out[place];
    if (const auto* ready = std::get_if<AcceptReady>(&action))
    {
        m_host.Accept(ready->listener);
        m_user = ready->child;
    }
    else if (const auto* tell = std::get_if<TellUser>(&action))
    {
        const auto connection = m_host.Find(tell->id);
        const std::uint32_t unread = connection == nullptr ? 0 : connection->Rcv().unread;
        if (tell->signal == UserSignal::DATA_ARRIVED && unread > 0 && m_reads)
        {
            (void)m_host.Receive(tell->id, unread, now, out);
        }
    }
    else if (const auto* forget = std::get_if<Forget>(&action))
    {
        m_user = m_user == forget->id ? ConnectionId{} : m_user;
        m_listener = m_listener == forget->id ? ConnectionId{} : m_listener;
    }
    if (const auto connection = GetConnection())
    {
        m_iss = connection->Snd().iss;
    }
}

std::shared_ptr<const Connection>
Subject::GetConnection() const
{
    const ConnectionId id = m_host.IdOf(PathOf(SELF, PEER));
    return id.value == 0 ? nullptr : m_host.Find(id);
}

std::vector<Input>
Subject::Inputs() const
{
    std::vector<Input> inputs;
    if (m_host.Size() == 0)
    {
        inputs = {Input::Call(UserCall::LISTEN), Input::Call(UserCall::OPEN)};
    }
    if (m_user.value != 0)
    {
        for (const UserCall call :
             {UserCall::SEND, UserCall::CLOSE, UserCall::CLOSE_FULLY, UserCall::ABORT})
        {
            inputs.push_back(Input::Call(call));
        }
    }
    else if (m_listener.value != 0)
    {
        inputs.push_back(Input::Call(UserCall::CLOSE));
    }
    if (NextDeadline())
    {
        inputs.push_back({Input::Kind::TIMEOUT});
    }
    AddSegments(inputs);
    return inputs;
}

void
Subject::AddSegments(std::vector<Input>& inputs) const
{
    const auto connection = GetConnection();
    std::vector<SeqNum> places{PEER_ISS};
    std::vector<SeqNum> acks{SeqNum(1)};
    if (connection != nullptr)
    {
        const SendSequence& snd = connection->Snd();
        const ReceiveSequence& rcv = connection->Rcv();
        const bool hasHeard = connection->GetState() != State::SYN_SENT;
        // In the middle first: where the other number varies, this one is what a good peer sends.
        acks = {snd.nxt, snd.una, snd.iss, snd.nxt + 1, snd.una - (snd.maxWnd + 1)};
        places = hasHeard ? std::vector<SeqNum>{rcv.nxt,
                                                rcv.nxt - 1,
                                                rcv.irs,
                                                rcv.nxt + 1,
                                                rcv.nxt + (rcv.wnd - 1),
                                                rcv.nxt + rcv.wnd,
                                                rcv.nxt + FAR}
                          : places;
    }
    std::vector<Segment> segments;
    const auto add = [&segments](const Segment& segment) {
        if (std::find(segments.begin(), segments.end(), segment) == segments.end())
        {
            segments.push_back(segment);
        }
    };
    const std::array<Flags, 10> kinds{Flag::SYN,
                                      Flag::SYN | Flag::ACK,
                                      Flag::ACK,
                                      Flag::RST,
                                      Flag::RST | Flag::ACK,
                                      Flag::FIN | Flag::ACK,
                                      Flag::FIN,
                                      Flag::SYN | Flag::FIN,
                                      Flag::SYN | Flag::ECE | Flag::CWR,
                                      Flags()};
    for (const Flags kind : kinds)
    {
        for (const SeqNum seq : places)
        {
            add(MakeSegment(kind, seq, acks.front()));
        }
        for (const SeqNum ack : acks)
        {
            add(MakeSegment(kind, places.front(), ack));
        }
    }
    for (const Flags kind : {Flags(Flag::ACK), Flag::FIN | Flag::ACK, Flags(Flag::SYN), Flags()})
    {
        for (const SeqNum seq : places)
        {
            add(MakeSegment(kind, seq, acks.front(), 1));
        }
        add(MakeSegment(kind, places.front(), acks.back(), 1));
    }
    for (const Flags kind : {Flags(Flag::ACK), Flags(Flag::SYN)})
    {
        Segment segment = MakeSegment(kind, places.front(), acks.front());
        segment.illegalOption = true;
        add(segment);
    }
    for (const Segment& segment : segments)
    {
        inputs.push_back({Input::Kind::SEGMENT, UserCall::LISTEN, segment});
    }
}

std::uint64_t
Subject::Hash(Instant now) const
{
    Machine machine{m_host};
    machine.listener = m_listener;
    machine.subject = m_user;
    return EncodeMachine(machine, now, m_stack).high;
}

std::string
Subject::ToText(const Segment& segment, bool isOwn) const
{
    const std::uint32_t own = m_iss ? m_iss->Value() : 0;
    const std::uint32_t peer = PEER_ISS.Value();
    const bool isAboutNothing = segment.Has(Flag::RST) && segment.seq == SeqNum(0);
    Segment shown = segment;
    shown.seq = isAboutNothing ? segment.seq : SeqNum(segment.seq.Value() - (isOwn ? own : peer));
    shown.ack = SeqNum(segment.ack.Value() - (isOwn ? peer : own));
    return ToString(shown);
}

Instant
NextInstant(const Input& input, const Subject& one, const Subject& other, Instant now)
{
    if (input.kind != Input::Kind::TIMEOUT)
    {
        return now;
    }
    const Instant first = std::min(one.NextDeadline().value_or(Instant::max()),
                                   other.NextDeadline().value_or(Instant::max()));
    return first == Instant::max() ? now : std::max(now, first);
}

bool
AreAlike(const Actions& one, const Actions& other)
{
    const auto a = Seen(one);
    const auto b = Seen(other);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Action* x, const Action* y) {
        return IsAlike(*x, *y);
    });
}

} // namespace lifecycle::exploration
