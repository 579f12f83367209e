#include "pair.h"

#include "ladder.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>

namespace lifecycle::test
{

namespace
{

HostConfig
Limits()
{
    return FindPreset("rfc9293")->host;
}

FourTuple
Mirror(const FourTuple& path)
{
    return {path.remote, path.local};
}

std::string
Name(Side side)
{
    return side == Side::A ? "A" : "B";
}

std::string
Relative(SeqNum seq, std::optional<SeqNum> base)
{
    return base ? std::to_string(seq - *base) : std::to_string(seq.Value());
}

} // namespace

Pair::Pair(const ConnectionConfig& config, Duration latency)
    : m_config(config),
      m_latency(latency),
      m_ends{End(Host(Limits(), {1, 2})), End(Host(Limits(), {3, 4}))}
{
}

FourTuple
Pair::Path(Side side, std::uint16_t local, std::uint16_t remote) const
{
    const Address a = Address::FromIpv4(0x0a000001);
    const Address b = Address::FromIpv4(0x0a000002);
    return side == Side::A ? FourTuple{{a, local}, {b, remote}}
                           : FourTuple{{b, local}, {a, remote}};
}

// Users

ConnectionId
Pair::Listen(Side side, std::uint16_t port)
{
    Actions out;
    const Endpoint local = Path(side, port, 0).local;
    const OpenResult opened = At(side).host.OpenPassive(local, m_config, 128, 128, out);
    Perform(side, std::move(out));
    return std::get<ConnectionId>(opened);
}

ConnectionId
Pair::Connect(Side side, std::uint16_t port, std::uint16_t remotePort)
{
    Actions out;
    const OpenResult opened =
        At(side).host.OpenActive(Path(side, port, remotePort), m_config, m_now, out);
    At(side).subject = std::get<ConnectionId>(opened);
    Perform(side, std::move(out));
    return At(side).subject;
}

void
Pair::Establish()
{
    Listen(Side::B);
    Connect(Side::A);
    Step(4 * m_latency);
    EXPECT_EQ(StateOf(Side::A), State::ESTABLISHED);
    EXPECT_EQ(StateOf(Side::B), State::ESTABLISHED);
}

void
Pair::Send(Side side, std::uint32_t octets)
{
    Actions out;
    const auto error = At(side).host.Send(At(side).subject, octets, m_now, out);
    EXPECT_FALSE(error) << ToString(*error);
    Perform(side, std::move(out));
}

void
Pair::Read(Side side, std::uint32_t octets)
{
    Actions out;
    const auto error = At(side).host.Receive(At(side).subject, octets, m_now, out);
    EXPECT_FALSE(error) << ToString(*error);
    Perform(side, std::move(out));
}

void
Pair::Close(Side side)
{
    Actions out;
    const auto error = At(side).host.Close(At(side).subject, m_now, out);
    EXPECT_FALSE(error) << ToString(*error);
    Perform(side, std::move(out));
}

void
Pair::Abort(Side side)
{
    Actions out;
    const auto error = At(side).host.Abort(At(side).subject, m_now, out);
    EXPECT_FALSE(error) << ToString(*error);
    Perform(side, std::move(out));
}

void
Pair::ReadsAtOnce(Side side, bool reads)
{
    At(side).readsAtOnce = reads;
}

void
Pair::ClosesWhenTold(Side side)
{
    At(side).closesWhenTold = true;
}

void
Pair::Configure(Side side, const ConnectionConfig& config)
{
    Actions out;
    At(side).host.Configure(At(side).subject, config, m_now, out);
    Perform(side, std::move(out));
}

void
Pair::Crash(Side side)
{
    End& end = At(side);
    ++m_crashes;
    end.host = Host(Limits(), {100 + m_crashes, 5});
    end.subject = {};
    end.forgotten.clear();
    end.held.clear();
    end.delivered.clear();
}

// The wire

void
Pair::ScheduleFate(Side from, std::size_t n, const Fate& fate)
{
    auto& fates = At(from).fates;
    while (fates.size() < n)
    {
        fates.push_back({m_latency});
    }
    fates[n - 1] = fate;
}

void
Pair::DropNext(Side from, std::size_t count)
{
    for (std::size_t n = 1; n <= count; ++n)
    {
        ScheduleFate(from, n, {});
    }
}

void
Pair::Drop(Side from, std::size_t n)
{
    ScheduleFate(from, n, {});
}

void
Pair::DropIf(Side from, std::function<bool(const Segment&)> predicate)
{
    At(from).drops = std::move(predicate);
}

void
Pair::HoldNext(Side from, Duration longer)
{
    ScheduleFate(from, 1, {m_latency + longer});
}

void
Pair::DuplicateNext(Side from, Duration later)
{
    ScheduleFate(from, 1, {m_latency, m_latency + later});
}

void
Pair::Impair(std::function<Fate(Side, const Segment&)> wire)
{
    m_wire = std::move(wire);
}

void
Pair::Inject(Side to, const Segment& segment)
{
    const FourTuple path = to == Side::A ? Path(to, 1024, 80) : Path(to, 80, 1024);
    m_flying.insert({m_now, Flying{to, path, segment}});
}

void
Pair::Transmit(Side side, const SendSegment& send)
{
    End& end = At(side);
    if (send.segment.Has(Flag::SYN) && !end.iss)
    {
        end.iss = send.segment.seq;
    }
    Fate fate{m_latency};
    if (m_wire)
    {
        fate = m_wire(side, send.segment);
    }
    else if (!end.fates.empty())
    {
        fate = end.fates.front();
        end.fates.pop_front();
    }
    if (end.drops && end.drops(send.segment))
    {
        fate.clear();
    }
    for (const Duration delay : fate)
    {
        m_flying.insert({m_now + delay, Flying{Other(side), Mirror(send.path), send.segment}});
    }
    m_log.push_back({Now(), side, send.path, send.segment, send.kind, fate.empty()});
}

// Performing

void
Pair::Perform(Side side, Actions&& actions, const Segment* arriving)
{
    auto& pending = At(side).pending;
    const bool inside = !pending.empty(); // a call made by a user who is being told something
    for (Action& action : actions)
    {
        pending.push_back(std::move(action));
    }
    if (inside)
    {
        return;
    }
    while (!pending.empty())
    {
        PerformOne(side, pending.front(), arriving);
        pending.pop_front();
    }
}

void
Pair::PerformOne(Side side, const Action& action, const Segment* arriving)
{
    End& end = At(side);
    if (const auto* send = std::get_if<SendSegment>(&action))
    {
        EXPECT_EQ(end.forgotten.count(send->id), 0U) << ToString(action);
        bool needless = false;
        for (auto later = std::next(end.pending.begin()); later != end.pending.end(); ++later)
        {
            needless = needless || MakesNeedless(*later, *send);
        }
        if (!needless)
        {
            Transmit(side, *send);
        }
    }
    else if (const auto* hold = std::get_if<HoldRange>(&action))
    {
        Hold(side, *hold, arriving);
    }
    else if (const auto* deliver = std::get_if<DeliverRange>(&action))
    {
        Deliver(side, *deliver);
    }
    else if (const auto* tell = std::get_if<TellUser>(&action))
    {
        EXPECT_EQ(end.forgotten.count(tell->id), 0U) << ToString(action);
        Hear(side, *tell);
    }
    else if (const auto* ready = std::get_if<AcceptReady>(&action))
    {
        EXPECT_EQ(end.host.Accept(ready->listener), ready->child);
        end.subject = ready->child;
    }
    else if (const auto* change = std::get_if<StateChanged>(&action))
    {
        EXPECT_EQ(end.forgotten.count(change->id), 0U) << ToString(action);
        EXPECT_TRUE(change->transition->onByDefault || change->transition->id == "T41.TW" ||
                    change->transition->transitionClass == TransitionClass::COUNTERFACTUAL);
        Ladder::Taken().insert(change->transition->id);
        if (change->path.remote.port != 0)
        {
            end.moves += (end.moves.empty() ? "" : " ") + std::string(change->transition->id);
        }
    }
    else if (const auto* forget = std::get_if<lifecycle::Forget>(&action))
    {
        EXPECT_TRUE(end.forgotten.insert(forget->id).second) << "forgotten twice";
        end.reason = forget->reason;
    }
}

void
Pair::Hear(Side side, const TellUser& tell)
{
    End& end = At(side);
    end.told.push_back(tell.signal);
    const auto connection = end.host.Find(tell.id);
    if (tell.signal == UserSignal::DATA_ARRIVED && end.readsAtOnce && connection != nullptr)
    {
        Actions out;
        EXPECT_FALSE(end.host.Receive(tell.id, connection->Rcv().unread, m_now, out));
        Perform(side, std::move(out));
    }
    if (tell.signal == UserSignal::CONNECTION_CLOSING && end.closesWhenTold)
    {
        Actions out;
        EXPECT_FALSE(end.host.Close(tell.id, m_now, out));
        Perform(side, std::move(out));
    }
}

void
Pair::Hold(Side side, const HoldRange& hold, const Segment* arriving)
{
    const auto connection = At(side).host.Find(hold.id);
    ASSERT_NE(arriving, nullptr);
    ASSERT_NE(connection, nullptr);
    EXPECT_EQ(arriving->TextBegin() + hold.offset, hold.seq) << "held at the wrong place";
    EXPECT_LE(hold.offset + hold.len, arriving->len) << "held beyond the payload";
    const std::int32_t begin = hold.seq - (connection->Rcv().irs + 1);
    auto& held = At(side).held[hold.id.value];
    held.resize(std::max<std::size_t>(held.size(), begin + hold.len));
    for (std::uint32_t i = 0; i < hold.len; ++i)
    {
        EXPECT_FALSE(held[begin + i]) << "held twice: " << begin + i;
        held[begin + i] = true;
    }
}

void
Pair::Deliver(Side side, const DeliverRange& deliver)
{
    const auto connection = At(side).host.Find(deliver.id);
    ASSERT_NE(connection, nullptr);
    auto& done = At(side).delivered[deliver.id.value];
    const auto& held = At(side).held[deliver.id.value];
    EXPECT_EQ(connection->Rcv().irs + 1 + static_cast<std::uint32_t>(done), deliver.seq)
        << "out of order";
    ASSERT_LE(done + deliver.len, held.size());
    for (std::uint32_t i = 0; i < deliver.len; ++i)
    {
        EXPECT_TRUE(held[done + i]) << "delivered but never held: " << done + i;
    }
    done += deliver.len;
}

// Time

std::optional<Instant>
Pair::NextEvent() const
{
    std::optional<Instant> next;
    if (!m_flying.empty())
    {
        next = m_flying.begin()->first;
    }
    for (const End& end : m_ends)
    {
        const auto deadline = end.host.NextDeadline();
        if (deadline && (!next || *deadline < *next))
        {
            next = deadline;
        }
    }
    return next;
}

void
Pair::DoNextEvent()
{
    m_now = std::max(m_now, *NextEvent());
    if (!m_flying.empty() && m_flying.begin()->first <= m_now)
    {
        const Flying flying = m_flying.begin()->second;
        m_flying.erase(m_flying.begin());
        Actions out;
        At(flying.to).host.SegmentArrives(flying.path, flying.segment, m_now, out);
        Perform(flying.to, std::move(out), &flying.segment);
        return;
    }
    for (const Side side : {Side::A, Side::B})
    {
        const auto deadline = At(side).host.NextDeadline();
        if (deadline && *deadline <= m_now)
        {
            Actions out;
            At(side).host.DeadlineReached(m_now, out);
            EXPECT_TRUE(!At(side).host.NextDeadline() || *At(side).host.NextDeadline() > m_now);
            Perform(side, std::move(out));
        }
    }
}

void
Pair::RunUntil(Duration sinceStart)
{
    const Instant then{sinceStart};
    for (std::size_t events = 0; NextEvent() && *NextEvent() <= then; ++events)
    {
        ASSERT_LT(events, 1000000U) << "an endless exchange";
        DoNextEvent();
    }
    m_now = std::max(m_now, then);
}

void
Pair::Step(Duration span)
{
    RunUntil(Now() + span);
}

void
Pair::Run(Duration limit)
{
    const Instant end = m_now + limit;
    for (std::size_t events = 0; NextEvent() && *NextEvent() <= end; ++events)
    {
        ASSERT_LT(events, 1000000U) << "an endless exchange";
        DoNextEvent();
    }
}

// What there is to see

Lines
Pair::Wire() const
{
    Lines lines;
    for (const Sent& sent : m_log)
    {
        const Segment& segment = sent.segment;
        std::string line = Name(sent.from) + " " + FlagNames(segment.flags) + " " +
                           Relative(segment.seq, m_ends[Index(sent.from)].iss);
        if (segment.len > 0)
        {
            line += ":" + Relative(segment.TextEnd(), m_ends[Index(sent.from)].iss);
        }
        if (segment.Has(Flag::ACK))
        {
            line += " ack " + Relative(segment.ack, m_ends[Index(Other(sent.from))].iss);
        }
        lines.push_back(line + (sent.lost ? " lost" : ""));
    }
    return lines;
}

void
Pair::Forget()
{
    m_log.clear();
    for (End& end : m_ends)
    {
        end.moves.clear();
        end.told.clear();
        end.reason.reset();
    }
}

std::string
Pair::Moves(Side side) const
{
    return m_ends[Index(side)].moves;
}

std::vector<UserSignal>
Pair::Told(Side side) const
{
    return m_ends[Index(side)].told;
}

std::optional<CloseReason>
Pair::Reason(Side side) const
{
    return m_ends[Index(side)].reason;
}

std::shared_ptr<const Connection>
Pair::Of(Side side) const
{
    return m_ends[Index(side)].host.Find(m_ends[Index(side)].subject);
}

State
Pair::StateOf(Side side) const
{
    return Of(side) == nullptr ? State::CLOSED : Of(side)->GetState();
}

SeqNum
Pair::Iss(Side side) const
{
    return m_ends[Index(side)].iss.value_or(SeqNum());
}

std::uint64_t
Pair::Delivered(Side side) const
{
    const End& end = m_ends[Index(side)];
    const auto found = end.delivered.find(end.subject.value);
    return found == end.delivered.end() ? 0 : found->second;
}

bool
Pair::NothingLeft() const
{
    for (const End& end : m_ends)
    {
        if (end.host.NextDeadline() || end.host.Find(end.subject) != nullptr)
        {
            return false;
        }
    }
    return m_flying.empty();
}

} // namespace lifecycle::test
