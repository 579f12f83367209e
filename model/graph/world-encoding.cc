#include "world-encoding.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <tuple>
#include <type_traits>
#include <utility>

namespace lifecycle::exploration
{

namespace
{

/** No window spans so many octets. */
constexpr std::int32_t FAR = 1 << 17;

/** Numbers as octets, such that no two sequences of numbers have the same octets. */
class OctetWriter
{
  public:
    explicit OctetWriter(Encoding& octets)
        : m_octets(octets)
    {
    }

    /** Seven bits an octet, the last octet below 128. */
    void Number(std::uint64_t number)
    {
        while (number >= 128)
        {
            m_octets.push_back(static_cast<std::uint8_t>(number | 128));
            number >>= 7;
        }
        m_octets.push_back(static_cast<std::uint8_t>(number));
    }

    void Signed(std::int64_t number)
    {
        Number(static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63));
    }

    void Time(Duration time)
    {
        const bool isWhole = time % TICK == Duration(0);
        Number(isWhole ? 0 : 1);
        Signed(isWhole ? time / TICK : time.count());
    }

    void Octets(const Encoding& octets)
    {
        Number(octets.size());
        m_octets.insert(m_octets.end(), octets.begin(), octets.end());
    }

    void Print(const Fingerprint& print)
    {
        Word(print.high);
        Word(print.low);
    }

  private:
    void Word(std::uint64_t word)
    {
        for (int i = 0; i < 8; ++i)
        {
            m_octets.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
        }
    }

    Encoding& m_octets;
};

bool
TimesMatter(const ConnectionConfig& config)
{
    return config.minRto != config.maxRto; // else a round trip changes no timeout
}

/** One machine, but for the distances of its numbers to those of others. */
class MachineEncoder
{
  public:
    MachineEncoder(Encoding& octets, Instant now, const StackConfig& stack)
        : m_out(octets),
          m_now(now),
          m_stack(stack)
    {
    }

    void Put(const Machine& machine);

  private:
    void PutHost(const Host& host);
    template <class Entry>
    void PutEntry(const Entry& entry);
    template <class Queues>
    void PutQueues(const Queues& queues);
    void Put(const Connection& connection);
    void PutSending(const SendSequence& snd, SeqNum irs, bool hasHeard);
    void PutReceiving(const ReceiveSequence& rcv, const AgreedOptions& agreed, bool hasHeard);
    void Put(const CongestionControl& congestion, const SendSequence& snd);
    void Put(const RangeSet& ranges, SeqNum base);
    void Put(const AckBudget& budget);
    void Put(const Shadow& shadow);
    void Put(const std::optional<SeqNum>& number, SeqNum base);
    void PutId(ConnectionId id);

    /** What is no special case. */
    template <class T>
    void Put(const T& value)
    {
        static_assert(!std::is_same_v<T, SeqNum> && !std::is_same_v<T, Instant>,
                      "relative to what?");
        if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
        {
            m_out.Number(static_cast<std::uint64_t>(value));
        }
        else
        {
            ForEachPart(value, [this](const auto& part) { this->Put(part); });
        }
    }

    void Put(const std::optional<Instant>& instant)
    {
        m_out.Number(instant ? 1 : 0);
        if (instant)
        {
            m_out.Time(*instant - m_now);
        }
    }

    OctetWriter m_out;
    Instant m_now;
    const StackConfig& m_stack;
    std::vector<ConnectionId> m_ids; ///< of the host, in their order
};

/** Ids are never used again, so only their order counts. */
void
MachineEncoder::PutId(ConnectionId id)
{
    const auto found = std::lower_bound(m_ids.begin(), m_ids.end(), id);
    const bool isThere = found != m_ids.end() && *found == id;
    m_out.Number(isThere ? static_cast<std::uint64_t>(found - m_ids.begin()) + 1 : 0);
}

void
MachineEncoder::Put(const Machine& machine)
{
    PutHost(machine.host);
    Put(machine.isDown);
    Put(machine.next);
    PutId(machine.listener);
    PutId(machine.subject);
    for (const Shadow& shadow : machine.toward)
    {
        Put(shadow);
    }
}

void
MachineEncoder::PutHost(const Host& host)
{
    const auto fields = host.Fields();
    const auto& [config, secret, lastId, portCounter, entries, records, bound, synCache, timeWait] =
        fields;
    assert(records.Size() == 0 && bound.empty()); // worlds know no records and bind no ports
    m_ids.clear();
    for (const auto& [id, entry] : entries)
    {
        m_ids.push_back(id);
    }
    std::sort(m_ids.begin(), m_ids.end());
    m_out.Number(m_ids.size());
    for (const ConnectionId id : m_ids)
    {
        PutEntry(entries.at(id));
    }
    if (m_stack.host.timeWaitLimit > 0)
    {
        for (const auto& [place, id] : std::get<0>(timeWait.Fields()))
        {
            PutId(id);
        }
    }
}

template <class Entry>
void
MachineEncoder::PutEntry(const Entry& entry)
{
    const auto fields = entry.Fields();
    const auto& [connection, queues] = fields;
    m_out.Number(HostAt(connection.Path().remote));
    if (queues)
    {
        PutQueues(*queues);
    }
    else
    {
        Put(connection);
    }
}

template <class Queues>
void
MachineEncoder::PutQueues(const Queues& queues)
{
    const auto fields = queues.Fields();
    const auto& [config, halfOpen, completed, lastCookie, refused] = fields;
    const std::vector<ConnectionId> waiting = halfOpen.InOrder();
    m_out.Number(waiting.size());
    for (const ConnectionId id : waiting)
    {
        PutId(id);
    }
    m_out.Number(completed.size());
    for (const ConnectionId id : completed)
    {
        PutId(id);
    }
}

void
MachineEncoder::Put(const Connection& connection)
{
    const auto fields = connection.Fields();
    // All are named here, so that a new one does not compile until it has its place below.
    const auto& [id,
                 listener,
                 path,
                 config,
                 state,
                 origin,
                 snd,
                 receiveSide,
                 agreed,
                 timestamps,
                 rtt,
                 timed,
                 congestion,
                 lastTextSent,
                 echoesMark,
                 acks,
                 timers,
                 retransmissions,
                 synTimedOut,
                 keepalive,
                 challenges,
                 readerGone,
                 aborted,
                 timeWait] = fields;
    const bool hasHeard = state != State::SYN_SENT;
    const ReceiveSequence& rcv = connection.Rcv();
    PutId(listener);
    m_out.Number(static_cast<std::uint64_t>(state) << 2 | static_cast<std::uint64_t>(origin));
    PutSending(snd, rcv.irs, hasHeard);
    PutReceiving(rcv, agreed, hasHeard);
    Put(agreed);
    m_out.Time(rtt.Rto());
    assert(!TimesMatter(config)); // else the round trips and the segment that is timed belong here
    Put(congestion, snd);
    Put(acks);
    for (const Timer timer : ALL_TIMERS)
    {
        Put(timers.Deadline(timer));
    }
    Put(retransmissions);
    Put(keepalive);
    const auto& budgets = challenges.Fields();
    Put(std::get<0>(budgets));
    Put(std::get<1>(budgets));
    m_out.Number((echoesMark ? 1U : 0U) | (synTimedOut ? 2U : 0U) | (readerGone ? 4U : 0U) |
                 (aborted ? 8U : 0U) | (timeWait ? 16U : 0U));
    if (timeWait)
    {
        const OldIncarnation& old = timeWait->Get();
        PutSending(old.snd, old.receiveSide.Sequence().irs, true);
        PutReceiving(old.receiveSide.Sequence(), old.agreed, true);
        Put(old.agreed);
    }
}

void
MachineEncoder::PutSending(const SendSequence& snd, SeqNum irs, bool hasHeard)
{
    m_out.Signed(snd.una - snd.iss);
    m_out.Signed(snd.nxt - snd.iss);
    m_out.Signed(snd.end - snd.iss);
    if (hasHeard)
    {
        m_out.Signed(snd.wl1 - irs);
        m_out.Signed(snd.wl2 - snd.iss);
    }
    Put(snd.wnd);
    Put(snd.maxWnd);
    Put(snd.mss);
    m_out.Number((snd.synAcked ? 1U : 0U) | (snd.finQueued ? 2U : 0U));
    Put(snd.up, snd.iss);
}

void
MachineEncoder::PutReceiving(const ReceiveSequence& rcv, const AgreedOptions& agreed, bool hasHeard)
{
    Put(rcv.wnd);
    if (!hasHeard)
    {
        return; // nothing else is known yet
    }
    m_out.Signed(rcv.nxt - rcv.irs);
    Put(rcv.unread);
    Put(rcv.fin, rcv.irs);
    Put(rcv.up, rcv.irs);
    const auto fields = rcv.held.Fields();
    const auto& [held, latest] = fields;
    Put(held, rcv.irs);
    if (agreed.sack)
    {
        for (const SeqNum seq : latest)
        {
            m_out.Signed(seq - rcv.irs);
        }
    }
    // Last.ACK.sent is about timestamps alone, and worlds have none.
}

void
MachineEncoder::Put(const CongestionControl& control, const SendSequence& snd)
{
    const auto fields = control.Fields();
    const auto& [cwnd,
                 ssthresh,
                 ackedInAvoidance,
                 phase,
                 sack,
                 sacked,
                 duplicates,
                 recover,
                 resent,
                 repairFirst,
                 ecn,
                 allOctets,
                 isReduced,
                 reducedAt] = fields;
    // All text of a world fits into a small part of one segment, and the window never falls below
    // one segment: a greater window than one segment and that text holds nothing back, and how it
    // grows from there makes no difference.
    constexpr std::uint32_t ALL_TEXT = 40;
    m_out.Number(std::min(cwnd, snd.mss + ALL_TEXT));
    m_out.Number(static_cast<std::uint64_t>(phase));
    Put(duplicates);
    Put(sacked, snd.iss);
    if (static_cast<int>(phase) != 0) // else nothing is repaired
    {
        m_out.Signed(recover - snd.iss);
        m_out.Signed(resent - snd.iss);
        Put(repairFirst);
    }
    if (ecn)
    {
        Put(isReduced);
        Put(reducedAt, snd.iss);
    }
}

void
MachineEncoder::Put(const RangeSet& ranges, SeqNum base)
{
    m_out.Number(ranges.Ranges().size());
    for (const SeqRange& range : ranges.Ranges())
    {
        m_out.Signed(range.begin - base);
        m_out.Signed(range.end - base);
    }
}

void
MachineEncoder::Put(const AckBudget& budget)
{
    const bool isOver = budget.windowEnd <= m_now; // the next begins when it is needed
    m_out.Number(isOver ? 0 : 1);
    if (!isOver)
    {
        m_out.Time(budget.windowEnd - m_now);
        Put(budget.sent);
    }
}

void
MachineEncoder::Put(const Shadow& shadow)
{
    if (shadow.id.value == 0)
    {
        m_out.Number(0);
        return;
    }
    m_out.Number(1);
    PutId(shadow.id);
    m_out.Number(static_cast<std::uint64_t>(shadow.told) << 1 | (shadow.hasEnded ? 1U : 0U));
    Put(shadow.delivered);
    if (shadow.state == State::TIME_WAIT)
    {
        m_out.Time(m_now - shadow.timeWaitSince);
    }
}

void
MachineEncoder::Put(const std::optional<SeqNum>& number, SeqNum base)
{
    m_out.Number(number ? 1 : 0);
    if (number)
    {
        m_out.Signed(*number - base);
    }
}

/**
 * The sequence numbers of one direction. Each has a place: the least is at 0, and a gap that no
 * window spans is one of FAR octets.
 */
class NumberLine
{
  public:
    void Add(SeqNum number)
    {
        m_numbers.push_back(number);
    }

    void Settle()
    {
        if (m_numbers.empty())
        {
            return;
        }
        const SeqNum first = m_numbers.front();
        std::sort(m_numbers.begin(), m_numbers.end(), [first](SeqNum a, SeqNum b) {
            return a - first < b - first;
        });
        m_places.clear();
        std::int64_t place = 0;
        for (std::size_t i = 0; i < m_numbers.size(); ++i)
        {
            place += i == 0 ? 0 : std::min(m_numbers[i] - m_numbers[i - 1], FAR);
            m_places.push_back(place);
        }
    }

    /** Where @p number is, which was added before. */
    std::int64_t PlaceOf(SeqNum number) const
    {
        const auto found = std::find(m_numbers.begin(), m_numbers.end(), number);
        assert(found != m_numbers.end());
        return m_places[static_cast<std::size_t>(found - m_numbers.begin())];
    }

    void Clear()
    {
        m_numbers.clear();
    }

  private:
    std::vector<SeqNum> m_numbers;
    std::vector<std::int64_t> m_places;
};

/** All of a world but what is in its machines. */
class WorldEncoder
{
  public:
    WorldEncoder(const World& world, const Futures& futures)
        : m_world(world),
          m_futures(futures),
          m_lines(Lines())
    {
        for (std::size_t from = 0; from < futures.Hosts(); ++from)
        {
            for (std::size_t to = 0; to < futures.Hosts(); ++to)
            {
                if (from != to)
                {
                    Collect(from, to);
                }
            }
        }
    }

    void Put(OctetWriter& out);

  private:
    /** A segment in flight, such that alike ones are equal. */
    using FlightKey = std::array<std::int64_t, 12>;

    /** Memory that is used again and again. */
    static std::array<std::array<NumberLine, MAX_HOSTS>, MAX_HOSTS>& Lines()
    {
        thread_local std::array<std::array<NumberLine, MAX_HOSTS>, MAX_HOSTS> lines;
        return lines;
    }

    void Collect(std::size_t from, std::size_t to);
    void PutConnection(std::size_t from, std::size_t to, OctetWriter& out) const;
    void PutIncarnations(OctetWriter& out) const;
    FlightKey KeyOf(const InFlight& flight) const;
    std::int64_t RankOf(std::size_t from, std::size_t to, std::uint8_t number) const;

    const World& m_world;
    const Futures& m_futures;
    std::array<std::array<NumberLine, MAX_HOSTS>, MAX_HOSTS>& m_lines;
};

const OldIncarnation*
OldOf(const Connection& connection)
{
    const auto& old = std::get<23>(connection.Fields());
    return old ? &old->Get() : nullptr;
}

void
WorldEncoder::Collect(std::size_t from, std::size_t to)
{
    NumberLine& line = m_lines[from][to];
    line.Clear();
    line.Add(m_futures.InitialNumber(from, to, m_world.now));
    if (const auto sender = m_world.seats[from].machine->ConnectionTo(to))
    {
        line.Add(sender->Snd().iss);
        if (const OldIncarnation* old = OldOf(*sender))
        {
            line.Add(old->snd.iss);
        }
    }
    const auto receiver = m_world.seats[to].machine->ConnectionTo(from);
    if (receiver != nullptr && receiver->GetState() != State::SYN_SENT)
    {
        line.Add(receiver->Rcv().irs);
        if (const OldIncarnation* old = OldOf(*receiver))
        {
            line.Add(old->receiveSide.Sequence().irs);
        }
    }
    for (const Incarnation& incarnation : m_world.incarnations)
    {
        if (incarnation.from == from && incarnation.to == to)
        {
            line.Add(incarnation.iss);
        }
    }
    for (const InFlight& flight : m_world.channel)
    {
        if (flight.from == from && flight.to == to)
        {
            line.Add(flight.segment.seq);
        }
        else if (flight.from == to && flight.to == from && flight.segment.Has(Flag::ACK))
        {
            line.Add(flight.segment.ack);
        }
    }
    line.Settle();
}

void
WorldEncoder::Put(OctetWriter& out)
{
    out.Number(m_world.losses);
    out.Number(m_world.duplicates);
    for (std::size_t from = 0; from < m_futures.Hosts(); ++from)
    {
        for (std::size_t to = 0; to < m_futures.Hosts(); ++to)
        {
            if (from != to)
            {
                PutConnection(from, to, out);
            }
        }
    }
    PutIncarnations(out);
    thread_local std::vector<FlightKey> flights;
    flights.clear();
    for (const InFlight& flight : m_world.channel)
    {
        flights.push_back(KeyOf(flight));
    }
    std::sort(flights.begin(), flights.end());
    out.Number(flights.size());
    for (const FlightKey& flight : flights)
    {
        for (const std::int64_t part : flight)
        {
            out.Signed(part);
        }
    }
}

/** The numbers of host @p from's connection to @p to, and whose octets the connection has. */
void
WorldEncoder::PutConnection(std::size_t from, std::size_t to, OctetWriter& out) const
{
    const NumberLine& sent = m_lines[from][to];
    const NumberLine& received = m_lines[to][from];
    const Machine& machine = *m_world.seats[from].machine;
    out.Signed(sent.PlaceOf(m_futures.InitialNumber(from, to, m_world.now)));
    const auto connection = machine.ConnectionTo(to);
    if (connection == nullptr)
    {
        return; // the encoding of the machine says so
    }
    out.Signed(sent.PlaceOf(connection->Snd().iss));
    if (connection->GetState() != State::SYN_SENT)
    {
        out.Signed(received.PlaceOf(connection->Rcv().irs));
    }
    if (const OldIncarnation* old = OldOf(*connection))
    {
        out.Signed(sent.PlaceOf(old->snd.iss));
        out.Signed(received.PlaceOf(old->receiveSide.Sequence().irs));
    }
    const Shadow& shadow = machine.toward[to];
    out.Signed(RankOf(from, to, shadow.incarnation));
    out.Signed(RankOf(to, from, shadow.peer));
    out.Signed(RankOf(from, to, shadow.oldIncarnation));
    out.Signed(RankOf(to, from, shadow.oldPeer));
    std::vector<std::array<std::int64_t, 3>> held;
    for (const HeldOctet& octet : shadow.held)
    {
        held.push_back(
            {octet.seq - connection->Rcv().irs, RankOf(to, from, octet.incarnation), octet.offset});
    }
    std::sort(held.begin(), held.end());
    out.Number(held.size());
    for (const auto& octet : held)
    {
        for (const std::int64_t part : octet)
        {
            out.Signed(part);
        }
    }
}

void
WorldEncoder::PutIncarnations(OctetWriter& out) const
{
    thread_local std::vector<std::array<std::int64_t, 6>> all;
    all.clear();
    for (const Incarnation& one : m_world.incarnations)
    {
        all.push_back({one.from * static_cast<std::int64_t>(MAX_HOSTS) + one.to,
                       RankOf(one.from, one.to, one.number),
                       m_lines[one.from][one.to].PlaceOf(one.iss),
                       one.sent,
                       one.delivered,
                       (one.isClosed ? 1 : 0) + (one.finDelivered ? 2 : 0) +
                           4 * static_cast<std::int64_t>(one.fate)});
    }
    std::sort(all.begin(), all.end());
    out.Number(all.size());
    for (const auto& one : all)
    {
        for (const std::int64_t part : one)
        {
            out.Signed(part);
        }
    }
}

WorldEncoder::FlightKey
WorldEncoder::KeyOf(const InFlight& flight) const
{
    const Segment& seg = flight.segment;
    std::int64_t sack = 0; // relative to the acknowledgment, in one number: worlds are small
    for (const SeqRange& block : seg.sack)
    {
        sack = (sack * 64 + (block.begin - seg.ack)) * 64 + (block.end - seg.ack);
    }
    const bool hasAck = seg.Has(Flag::ACK);
    const std::int64_t options = (seg.mss ? *seg.mss + 1 : 0) * std::int64_t{1024} +
                                 (seg.windowScale ? *seg.windowScale + 1 : 0) * std::int64_t{8} +
                                 (seg.sackPermitted ? 4 : 0) + static_cast<std::int64_t>(seg.ecn);
    return {flight.from * static_cast<std::int64_t>(MAX_HOSTS) + flight.to,
            flight.age * 2 + (flight.isCopy ? 1 : 0),
            RankOf(flight.from, flight.to, flight.incarnation),
            m_lines[flight.from][flight.to].PlaceOf(seg.seq),
            hasAck ? m_lines[flight.to][flight.from].PlaceOf(seg.ack) : 0,
            seg.flags.Bits(),
            seg.len,
            seg.wnd,
            seg.Has(Flag::URG) ? seg.up : 0,
            options,
            sack,
            seg.illegalOption ? 1 : 0};
}

/** Which of the incarnations between two hosts @p number names, counted from 1; 0 for none. */
std::int64_t
WorldEncoder::RankOf(std::size_t from, std::size_t to, std::uint8_t number) const
{
    std::int64_t rank = number == 0 ? 0 : 1;
    for (const Incarnation& other : m_world.incarnations)
    {
        rank += other.from == from && other.to == to && other.number < number ? 1 : 0;
    }
    return rank;
}

auto
RawKey(const InFlight& flight)
{
    const Segment& seg = flight.segment;
    return std::make_tuple(flight.from,
                           flight.to,
                           flight.age,
                           flight.isCopy,
                           flight.incarnation,
                           seg.seq.Value(),
                           seg.ack.Value(),
                           seg.flags.Bits(),
                           seg.len,
                           seg.wnd);
}

/** Room for an encoding, used again and again. */
Encoding&
Scratch()
{
    thread_local Encoding octets;
    octets.clear();
    return octets;
}

} // namespace

Encoding
EncodingOf(const Machine& machine, Instant now, const StackConfig& stack)
{
    Encoding octets;
    MachineEncoder(octets, now, stack).Put(machine);
    return octets;
}

Encoding
EncodingOf(const World& world, const Futures& futures)
{
    Encoding octets;
    OctetWriter out(octets);
    for (std::size_t host = 0; host < futures.Hosts(); ++host)
    {
        const StackConfig& stack = futures.Rules().parties[host].stack;
        out.Octets(EncodingOf(*world.seats[host].machine, world.now, stack));
    }
    WorldEncoder(world, futures).Put(out);
    return octets;
}

Fingerprint
EncodeMachine(const Machine& machine, Instant now, const StackConfig& stack)
{
    Encoding& octets = Scratch();
    MachineEncoder(octets, now, stack).Put(machine);
    return FingerprintOf(octets.data(), octets.size());
}

Fingerprint
IdentityOf(const Machine& machine, std::size_t host, const Fingerprint& canonical, Instant now)
{
    Encoding& octets = Scratch();
    OctetWriter out(octets);
    out.Number(host);
    out.Print(canonical);
    out.Signed(now.time_since_epoch().count());
    for (std::size_t peer = 0; peer < MAX_HOSTS; ++peer)
    {
        const Shadow& shadow = machine.toward[peer];
        out.Number(shadow.incarnation);
        out.Number(shadow.peer);
        out.Number(shadow.oldIncarnation);
        out.Number(shadow.oldPeer);
        for (const HeldOctet& octet : shadow.held)
        {
            out.Number(octet.seq.Value());
            out.Number(octet.incarnation);
            out.Number(octet.offset);
        }
        if (const auto connection = machine.ConnectionTo(peer))
        {
            out.Number(connection->Snd().iss.Value());
            out.Number(connection->Rcv().irs.Value());
            if (const OldIncarnation* old = OldOf(*connection))
            {
                out.Number(old->snd.iss.Value());
                out.Number(old->receiveSide.Sequence().irs.Value());
            }
        }
    }
    return FingerprintOf(octets.data(), octets.size());
}

Fingerprint
EncodeWorld(const World& world, const Futures& futures)
{
    Encoding& octets = Scratch();
    OctetWriter out(octets);
    for (std::size_t host = 0; host < futures.Hosts(); ++host)
    {
        out.Print(world.seats[host].fingerprint);
    }
    WorldEncoder(world, futures).Put(out);
    return FingerprintOf(octets.data(), octets.size());
}

bool
AreAlike(const InFlight& a, const InFlight& b)
{
    return RawKey(a) == RawKey(b) && a.segment == b.segment;
}

void
SortChannel(std::vector<InFlight>& channel)
{
    std::sort(channel.begin(), channel.end(), [](const InFlight& a, const InFlight& b) {
        return RawKey(a) < RawKey(b);
    });
}

} // namespace lifecycle::exploration
