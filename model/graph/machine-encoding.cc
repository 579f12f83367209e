#include "machine-encoding.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <tuple>
#include <type_traits>
#include <vector>

namespace lifecycle::exploration
{

namespace
{

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
    Put(lastCookie);
    m_out.Number(refused.size());
    for (const auto& peer : refused)
    {
        m_out.Number(HostAt(peer.path.remote));
        m_out.Time(peer.at - m_now);
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
    Put(challenges);
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
                 allOctets, // as the configuration says
                 growsIfUsed,
                 isFull,
                 mostInFlight,
                 usedUntil,
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

} // namespace

const OldIncarnation*
OldOf(const Connection& connection)
{
    const auto& old = std::get<const std::optional<Shared<OldIncarnation>>&>(connection.Fields());
    return old ? &old->Get() : nullptr;
}

Encoding
EncodingOf(const Machine& machine, Instant now, const StackConfig& stack)
{
    Encoding octets;
    MachineEncoder(octets, now, stack).Put(machine);
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

} // namespace lifecycle::exploration
