#include "world-encoding.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <tuple>

namespace lifecycle::exploration
{

namespace
{

/** No window spans so many octets. */
constexpr std::int32_t FAR = 1 << 17;

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

/** Puts rows of numbers, whose order in the world does not matter, in the order of the numbers. */
template <std::size_t N>
void
PutSorted(std::vector<std::array<std::int64_t, N>>& rows, OctetWriter& out)
{
    std::sort(rows.begin(), rows.end());
    out.Number(rows.size());
    for (const auto& row : rows)
    {
        for (const std::int64_t part : row)
        {
            out.Signed(part);
        }
    }
}

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
    out.Number(m_world.attacks);
    // Only where time ends may something depend on when it is.
    out.Signed(m_futures.Rules().ticks == 0 ? 0 : m_world.now.time_since_epoch() / TICK);
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
    PutSorted(flights, out);
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
    PutSorted(held, out);
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
    PutSorted(all, out);
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

} // namespace

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
