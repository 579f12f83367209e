#include "ladder.h"

#include "dropped.h"

#include <utility>

namespace lifecycle::test
{

namespace
{

FourTuple
SomePath()
{
    return {{Address::FromIpv4(0x0a000001), 1024}, {Address::FromIpv4(0x0a000002), 80}};
}

Flags
WithoutPsh(Flags flags)
{
    return Flags::FromBits(flags.Bits() & ~static_cast<std::uint8_t>(Flag::PSH));
}

} // namespace

Segment
Seg::Absolute(SeqNum seqBase, SeqNum ackBase) const
{
    Segment segment;
    segment.seq = seqBase + m_seq;
    segment.ack = m_flags.Has(Flag::ACK) ? ackBase + m_ack : SeqNum();
    segment.flags = m_flags;
    segment.len = m_len;
    segment.wnd = m_wnd.value_or(65535);
    segment.mss = m_mss;
    segment.up = m_up;
    segment.ecn = m_ecn;
    segment.windowScale = m_windowScale;
    segment.sackPermitted = m_sackPermitted;
    segment.timestamps = m_timestamps;
    for (const auto& [begin, end] : m_sack)
    {
        segment.sack.Add({ackBase + begin, ackBase + end});
    }
    segment.illegalOption = m_illegalOption;
    return segment;
}

bool
Seg::Matches(const Segment& actual, SeqNum seqBase, SeqNum ackBase) const
{
    const Segment wanted = Absolute(seqBase, ackBase);
    const bool samePsh = !m_flags.Has(Flag::PSH) || actual.Has(Flag::PSH);
    return actual.seq == wanted.seq && actual.len == wanted.len && samePsh &&
           WithoutPsh(actual.flags) == WithoutPsh(wanted.flags) &&
           (!m_flags.Has(Flag::ACK) || actual.ack == wanted.ack) && actual.up == wanted.up &&
           actual.ecn == wanted.ecn && (!m_wnd || actual.wnd == *m_wnd) &&
           (!m_mss || actual.mss == m_mss) &&
           (!m_windowScale || actual.windowScale == m_windowScale) &&
           (!m_sackPermitted || actual.sackPermitted) &&
           (!m_timestamps || actual.timestamps == m_timestamps) &&
           (m_sack.empty() || actual.sack == wanted.sack) &&
           (!m_bare || (!actual.windowScale && !actual.sackPermitted && !actual.timestamps &&
                        actual.sack.Count() == 0));
}

ConnectionConfig
Plain()
{
    ConnectionConfig config;
    config.windowScaling = false;
    config.timestamps = false;
    config.sack = false;
    config.nagle = false;
    config.delayedAck = Duration(0);
    return config;
}

ConnectionConfig
WithMss(std::uint16_t octets)
{
    ConnectionConfig config = Plain();
    config.mss = octets;
    return config;
}

ConnectionConfig
NoUserTimeout()
{
    ConnectionConfig config = Plain();
    config.userTimeout = Duration(0);
    return config;
}

Ladder::Ladder(const ConnectionConfig& config)
    : m_connection(ConnectionId{1}, SomePath(), config)
{
}

Ladder::~Ladder()
{
    CheckNothingLeft();
}

std::set<std::string_view>&
Ladder::Taken()
{
    static std::set<std::string_view> taken;
    return taken;
}

std::string
Ladder::Where() const
{
    const auto ms = std::chrono::duration<double, std::milli>(m_now.time_since_epoch()).count();
    return " after " + m_input + " at " + std::to_string(ms) + " ms";
}

void
Ladder::CheckNothingLeft()
{
    for (const Action& action : m_actions)
    {
        ADD_FAILURE() << "not said: " << ToString(action) << Where();
    }
    m_actions.clear();
    if (m_error)
    {
        ADD_FAILURE() << "not said: error " << ToString(*m_error) << Where();
    }
    m_error.reset();
}

void
Ladder::Begin(const std::string& input)
{
    CheckNothingLeft();
    m_input = input;
}

template <class A>
const A*
Ladder::Next(const std::string& expected)
{
    static std::optional<A> last;
    if (m_actions.empty())
    {
        ADD_FAILURE() << "expected " << expected << ", but nothing happened" << Where();
        return nullptr;
    }
    const Action action = std::move(m_actions.front());
    m_actions.pop_front();
    const auto* wanted = std::get_if<A>(&action);
    if (wanted == nullptr)
    {
        ADD_FAILURE() << "expected " << expected << ", got " << ToString(action) << Where();
        return nullptr;
    }
    last.emplace(*wanted);
    return &*last;
}

Ladder&
Ladder::At(Duration sinceStart)
{
    CheckNothingLeft();
    const Instant then{sinceStart};
    EXPECT_LE(m_now.time_since_epoch().count(), sinceStart.count()) << "time goes backwards";
    if (const auto deadline = m_connection.NextDeadline(); deadline && *deadline < then)
    {
        ADD_FAILURE() << "a timer was due at "
                      << std::chrono::duration<double>(deadline->time_since_epoch()).count() << " s"
                      << Where();
    }
    m_now = then;
    return *this;
}

namespace
{

template <class Call>
void
Collect(std::deque<Action>& actions, Call call)
{
    Actions out;
    call(out);
    for (Action& action : out)
    {
        if (const auto* change = std::get_if<StateChanged>(&action))
        {
            Ladder::Taken().insert(change->transition->id);
        }
        actions.push_back(std::move(action));
    }
}

} // namespace

Ladder&
Ladder::Opens()
{
    Begin("OPEN");
    Collect(m_actions, [&](Actions& out) { m_connection.OpenActive(ISS, m_now, out); });
    return *this;
}

Ladder&
Ladder::Listens()
{
    Begin("passive OPEN");
    Collect(m_actions, [&](Actions& out) { m_connection.OpenPassive(out); });
    return *this;
}

Ladder&
Ladder::UserSends(std::uint32_t octets)
{
    Begin("SEND " + std::to_string(octets));
    Collect(m_actions, [&](Actions& out) { m_error = m_connection.Send(octets, m_now, out); });
    return *this;
}

Ladder&
Ladder::UserReads(std::uint32_t octets)
{
    Begin("RECEIVE " + std::to_string(octets));
    Collect(m_actions, [&](Actions& out) { m_error = m_connection.Receive(octets, m_now, out); });
    return *this;
}

Ladder&
Ladder::Closes()
{
    Begin("CLOSE");
    Collect(m_actions, [&](Actions& out) { m_error = m_connection.Close(m_now, out); });
    return *this;
}

Ladder&
Ladder::ClosesFully()
{
    Begin("full CLOSE");
    Collect(m_actions, [&](Actions& out) { m_error = m_connection.CloseFully(m_now, out); });
    return *this;
}

Ladder&
Ladder::UserSendsUrgent(std::uint32_t octets)
{
    Begin("urgent SEND " + std::to_string(octets));
    Collect(m_actions,
            [&](Actions& out) { m_error = m_connection.SendUrgent(octets, m_now, out); });
    return *this;
}

Ladder&
Ladder::OpensFromListen(std::uint32_t octets)
{
    Begin("OPEN or SEND in LISTEN");
    Collect(m_actions, [&](Actions& out) {
        m_error = m_connection.OpenFromListen(SomePath(), ISS, octets, m_now, out);
    });
    return *this;
}

Ladder&
Ladder::OpensFromTimeWait()
{
    Begin("OPEN in TIME-WAIT");
    EXPECT_TRUE(m_connection.MayReopenActively(m_now)) << Where();
    Collect(m_actions, [&](Actions& out) {
        m_connection.ReopenActively(ConnectionId{3}, m_connection.Config(), ISS, 0, m_now, out);
    });
    return *this;
}

Ladder&
Ladder::OverflowsTimeWait()
{
    Begin("overflow");
    Collect(m_actions, [&](Actions& out) { m_connection.CutTimeWait(out); });
    return *this;
}

Ladder&
Ladder::IcmpArrives(IcmpKind kind, std::uint32_t seq, std::uint32_t mtu)
{
    Begin("an ICMP error");
    Collect(m_actions, [&](Actions& out) {
        m_connection.IcmpArrives(IcmpError{kind, ISS + seq, mtu}, m_now, out);
    });
    return *this;
}

Ladder&
Ladder::SomebodyListens(const ConnectionConfig& config)
{
    m_surroundings.successor = Successor{ConnectionId{3}, ConnectionId{1}, config};
    return *this;
}

Ladder&
Ladder::NobodyListens()
{
    m_surroundings.nobodyListens = true;
    return *this;
}

Ladder&
Ladder::Aborts()
{
    Begin("ABORT");
    Collect(m_actions, [&](Actions& out) { m_error = m_connection.Abort(m_now, out); });
    return *this;
}

Ladder&
Ladder::ListenerCloses()
{
    Begin("CLOSE of the listener");
    Collect(m_actions, [&](Actions& out) { m_connection.ListenerClosed(m_now, out); });
    return *this;
}

Ladder&
Ladder::Configures(const ConnectionConfig& config)
{
    Begin("other settings");
    Collect(m_actions, [&](Actions& out) { m_connection.Configure(config, m_now, out); });
    return *this;
}

Ladder&
Ladder::AcceptQueueFull(bool full)
{
    m_surroundings.acceptQueueFull = full;
    return *this;
}

Ladder&
Ladder::Arrives(const Seg& seg)
{
    const Segment segment = seg.Absolute(IRS, ISS);
    Begin("arrival of " + ToString(segment));
    if (m_connection.GetState() == State::LISTEN && m_connection.Listener().value == 0)
    {
        // As the host does: the listener stays and a copy of it meets the segment.
        m_connection = m_connection.MakeChild(ConnectionId{2}, SomePath());
    }
    const Connection before = m_connection;
    Collect(m_actions, [&](Actions& out) {
        m_decided = m_connection.SegmentArrives(segment, m_surroundings, m_now, out);
        CheckDropChangesNothing(before, m_connection, out);
    });
    return *this;
}

Ladder&
Ladder::Expires()
{
    Begin("a timer");
    const auto deadline = m_connection.NextDeadline();
    if (!deadline || *deadline != m_now)
    {
        ADD_FAILURE()
            << "no timer is due; the next one is "
            << (deadline
                    ? std::to_string(
                          std::chrono::duration<double>(deadline->time_since_epoch()).count()) +
                          " s"
                    : "none")
            << Where();
    }
    Collect(m_actions, [&](Actions& out) { m_connection.DeadlineReached(m_now, out); });
    return *this;
}

Ladder&
Ladder::Sends(const Seg& seg, SegmentKind kind)
{
    const std::string wanted =
        "send " + ToString(seg.Absolute(ISS, IRS)) + " (" + std::string(ToString(kind)) + ")";
    if (const auto* sent = Next<SendSegment>(wanted))
    {
        // A reset takes its number from the offending ACK field, which is relative to our ISS too.
        EXPECT_TRUE(seg.Matches(sent->segment, ISS, IRS) && sent->kind == kind)
            << "expected " << wanted << ", got " << ToString(Action(*sent)) << Where();
    }
    return *this;
}

Ladder&
Ladder::Sends(const Seg& seg)
{
    return Sends(seg, SegmentKind::NEW);
}

Ladder&
Ladder::Resends(const Seg& seg)
{
    return Sends(seg, SegmentKind::RETRANSMISSION);
}

Ladder&
Ladder::Acks(const Seg& seg)
{
    return Sends(seg, SegmentKind::ACK);
}

Ladder&
Ladder::Challenges(const Seg& seg)
{
    return Sends(seg, SegmentKind::CHALLENGE_ACK);
}

Ladder&
Ladder::Resets(const Seg& seg)
{
    return Sends(seg, SegmentKind::RESET);
}

Ladder&
Ladder::Moves(std::string_view transitionId)
{
    const std::string wanted = "move " + std::string(transitionId);
    if (const auto* change = Next<StateChanged>(wanted))
    {
        EXPECT_EQ(change->transition->id, transitionId) << Where();
    }
    return *this;
}

Ladder&
Ladder::Tells(UserSignal signal)
{
    if (const auto* told = Next<TellUser>("tell user: " + std::string(ToString(signal))))
    {
        EXPECT_EQ(ToString(told->signal), ToString(signal)) << Where();
    }
    return *this;
}

Ladder&
Ladder::Holds(std::uint32_t seq, std::uint32_t len, std::uint32_t offset)
{
    if (const auto* held = Next<HoldRange>("hold"))
    {
        EXPECT_EQ(ToString(Action(*held)),
                  ToString(Action(HoldRange{held->id, IRS + seq, offset, len})))
            << Where();
    }
    return *this;
}

Ladder&
Ladder::Delivers(std::uint32_t seq, std::uint32_t len)
{
    if (const auto* delivered = Next<DeliverRange>("deliver"))
    {
        EXPECT_EQ(ToString(Action(*delivered)),
                  ToString(Action(DeliverRange{delivered->id, IRS + seq, len})))
            << Where();
    }
    return *this;
}

Ladder&
Ladder::Takes(std::uint32_t seq, std::uint32_t len)
{
    return Holds(seq, len).Delivers(seq, len).Tells(UserSignal::DATA_ARRIVED);
}

Ladder&
Ladder::Releases(std::uint32_t seq, std::uint32_t len)
{
    if (const auto* released = Next<ReleaseRange>("release"))
    {
        EXPECT_EQ(ToString(Action(*released)),
                  ToString(Action(ReleaseRange{released->id, ISS + seq, len})))
            << Where();
    }
    return *this;
}

Ladder&
Ladder::OffersChild()
{
    Next<AcceptReady>("accept ready");
    return *this;
}

Ladder&
Ladder::Drops(DropReason reason)
{
    if (const auto* dropped = Next<Dropped>("dropped: " + std::string(ToString(reason))))
    {
        EXPECT_EQ(ToString(dropped->reason), ToString(reason)) << Where();
    }
    return *this;
}

Ladder&
Ladder::Forgets(CloseReason reason)
{
    if (const auto* forgotten = Next<Forget>("forget: " + std::string(ToString(reason))))
    {
        EXPECT_EQ(ToString(forgotten->reason), ToString(reason)) << Where();
    }
    const State state = m_connection.GetState();
    if (state == State::CLOSED || state == State::LISTEN) // else a new incarnation has taken over
    {
        EXPECT_FALSE(m_connection.NextDeadline()) << "a timer outlives the TCB" << Where();
    }
    return *this;
}

Ladder&
Ladder::Fails(CallError error)
{
    if (m_error)
    {
        EXPECT_EQ(ToString(*m_error), ToString(error)) << Where();
    }
    else
    {
        ADD_FAILURE() << "expected error " << ToString(error) << ", but the call succeeded"
                      << Where();
    }
    m_error.reset();
    return *this;
}

Ladder&
Ladder::In(State state)
{
    CheckNothingLeft();
    EXPECT_EQ(ToString(m_connection.GetState()), ToString(state)) << Where();
    return *this;
}

Ladder&
Ladder::ToSynSent()
{
    const std::uint16_t mss = m_connection.Config().mss;
    return Opens().Moves("T02").Sends(Seq(0).Syn().Mss(mss)).In(State::SYN_SENT);
}

Ladder&
Ladder::ToSynReceived()
{
    Listens().Moves("T01").In(State::LISTEN);
    Arrives(Seq(0).Syn().Mss(1460))
        .Moves("T03")
        .Sends(Seq(0).Ack(1).Syn().Mss(m_connection.Config().mss));
    return In(State::SYN_RECEIVED);
}

Ladder&
Ladder::ToSynReceivedActively()
{
    ToSynSent();
    Arrives(Seq(0).Syn().Mss(1460))
        .Moves("T09")
        .Sends(Seq(0).Ack(1).Syn().Mss(m_connection.Config().mss));
    return In(State::SYN_RECEIVED);
}

Ladder&
Ladder::ToEstablished()
{
    ToSynSent();
    Arrives(Seq(0).Ack(1).Syn().Mss(1460)).Moves("T08");
    Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    return In(State::ESTABLISHED);
}

Ladder&
Ladder::ToEstablishedPassively()
{
    ToSynReceived();
    Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild();
    return In(State::ESTABLISHED);
}

Ladder&
Ladder::ToFinWait1()
{
    ToEstablished();
    return Closes().Moves("T21").Sends(Seq(1).Ack(1).Fin()).In(State::FIN_WAIT_1);
}

Ladder&
Ladder::ToFinWait2()
{
    ToFinWait1();
    Arrives(Seq(1).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T24");
    return In(State::FIN_WAIT_2);
}

Ladder&
Ladder::ToCloseWait()
{
    ToEstablished();
    Arrives(Seq(1).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    return Acks(Seq(1).Ack(2)).In(State::CLOSE_WAIT);
}

Ladder&
Ladder::ToClosing()
{
    ToFinWait1();
    Arrives(Seq(1).Ack(1).Fin()).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    return Acks(Seq(2).Ack(2)).In(State::CLOSING);
}

Ladder&
Ladder::ToLastAck()
{
    ToCloseWait();
    return Closes().Moves("T23").Sends(Seq(1).Ack(2).Fin()).In(State::LAST_ACK);
}

Ladder&
Ladder::ToTimeWait()
{
    ToFinWait2();
    Arrives(Seq(1).Ack(2).Fin()).Moves("T27").Tells(UserSignal::CONNECTION_CLOSING);
    return Acks(Seq(2).Ack(2)).In(State::TIME_WAIT);
}

Ladder&
Ladder::To(State state)
{
    switch (state)
    {
    case State::CLOSED:
        return *this;
    case State::LISTEN:
        return Listens().Moves("T01").In(State::LISTEN);
    case State::SYN_SENT:
        return ToSynSent();
    case State::SYN_RECEIVED:
        return ToSynReceived();
    case State::ESTABLISHED:
        return ToEstablished();
    case State::FIN_WAIT_1:
        return ToFinWait1();
    case State::FIN_WAIT_2:
        return ToFinWait2();
    case State::CLOSE_WAIT:
        return ToCloseWait();
    case State::CLOSING:
        return ToClosing();
    case State::LAST_ACK:
        return ToLastAck();
    case State::TIME_WAIT:
        return ToTimeWait();
    }
    return *this;
}

} // namespace lifecycle::test
