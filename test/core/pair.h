#ifndef LIFECYCLE_TEST_PAIR_H
#define LIFECYCLE_TEST_PAIR_H

#include "../../model/core/host.h"
#include "ladder.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lifecycle::test
{

using namespace std::chrono_literals;

enum class Side : std::size_t
{
    A,
    B,
};

inline Side
Other(Side side)
{
    return side == Side::A ? Side::B : Side::A;
}

/** What one expects to have crossed the wire: one string a segment, see Pair::Wire. */
using Lines = std::vector<std::string>;

/**
 * Two hosts, A and B, a wire between them, and a user on each.
 *
 * Performs actions as an adapter must: first in, first out, needless acknowledgments left out. Checks
 * on the way that every octet is held once, delivered once and in order, and that nothing is done
 * about a connection after its Forget.
 */
class Pair
{
  public:
    /** When the copies of a segment arrive, counted from its departure; none: it is lost. */
    using Fate = std::vector<Duration>;

    /** One segment that was sent. */
    struct Sent
    {
        Duration at;
        Side from;
        FourTuple path;
        Segment segment;
        SegmentKind kind;
        bool lost;
    };

    explicit Pair(const ConnectionConfig& config = Plain(), Duration latency = 10ms);

    // Users
    ConnectionId Listen(Side side, std::uint16_t port = 80);
    /** From @p port, or simultaneously if the other side connects from @p remotePort. */
    ConnectionId Connect(Side side, std::uint16_t port = 1024, std::uint16_t remotePort = 80);
    /** B listens, A connects, and both run until they are ESTABLISHED. */
    void Establish();
    void Send(Side side, std::uint32_t octets);
    void Read(Side side, std::uint32_t octets);
    void Close(Side side);
    void Abort(Side side);
    /** Whether the user reads at once what arrives; initially so. */
    void ReadsAtOnce(Side side, bool reads);
    /** The user closes when told that the peer has closed. */
    void ClosesWhenTold(Side side);
    void Configure(Side side, const ConnectionConfig& config);
    /** All state is lost and the secret is a new one. */
    void Crash(Side side);

    // The wire
    void DropNext(Side from, std::size_t count = 1);
    /** Loses the @p n th segment from now on, counted from 1. */
    void Drop(Side from, std::size_t n);
    void DropIf(Side from, std::function<bool(const Segment&)> predicate);
    /** The next segment takes so much longer, so that later ones overtake it. */
    void HoldNext(Side from, Duration longer);
    /** The next segment arrives twice, the second time so much later. */
    void DuplicateNext(Side from, Duration later);
    /** Decides the fate of everything instead. */
    void Impair(std::function<Fate(Side, const Segment&)> wire);
    /** On the path of the connection from A's port 1024 to B's port 80. */
    void Inject(Side to, const Segment& segment);

    // Time
    void Step(Duration span);
    void RunUntil(Duration sinceStart);
    /** Until nothing is in flight and no timer runs; at most @p limit. */
    void Run(Duration limit = 24h);

    // What there is to see
    /** `A S 0`, `B S. 0 ack 1`, `A P. 1:101 ack 1`; lost ones end in ` lost`. Relative numbers. */
    Lines Wire() const;
    const std::vector<Sent>& Log() const
    {
        return m_log;
    }
    /** Forgets the log and the moves. */
    void Forget();
    /** The transitions of all connections but listeners: `T02 T08`. */
    std::string Moves(Side side) const;
    /** What the user was told about the connection, oldest first. */
    std::vector<UserSignal> Told(Side side) const;
    std::optional<CloseReason> Reason(Side side) const;
    /** The connection opened or offered last; null if it is gone. */
    std::shared_ptr<const Connection> Of(Side side) const;
    State StateOf(Side side) const;
    Host& HostOf(Side side)
    {
        return m_ends[Index(side)].host;
    }
    SeqNum Iss(Side side) const;
    std::uint64_t Delivered(Side side) const;
    Duration Now() const
    {
        return m_now.time_since_epoch();
    }
    /** Nothing but listeners, no timer, nothing in flight. */
    bool NothingLeft() const;
    /** From the port of A to that of B, or the other way round. */
    FourTuple Path(Side side, std::uint16_t local, std::uint16_t remote) const;

  private:
    struct End
    {
        explicit End(Host h)
            : host(std::move(h))
        {
        }

        Host host;
        ConnectionId subject;
        std::deque<Action> pending;
        std::string moves;
        std::vector<UserSignal> told;
        std::optional<CloseReason> reason;
        std::optional<SeqNum> iss;
        std::set<ConnectionId> forgotten;
        std::map<std::uint64_t, std::vector<bool>> held; ///< by connection and position
        std::map<std::uint64_t, std::uint64_t> delivered;
        bool readsAtOnce{true};
        bool closesWhenTold{false};
        std::deque<Fate> fates; ///< of the next segments; what is not said is ordinary
        std::function<bool(const Segment&)> drops;
    };

    struct Flying
    {
        Side to;
        FourTuple path; ///< as the receiver sees it
        Segment segment;
    };

    static std::size_t Index(Side side)
    {
        return static_cast<std::size_t>(side);
    }

    End& At(Side side)
    {
        return m_ends[Index(side)];
    }

    void Perform(Side side, Actions&& actions, const Segment* arriving = nullptr);
    void PerformOne(Side side, const Action& action, const Segment* arriving);
    void Transmit(Side side, const SendSegment& send);
    void Hear(Side side, const TellUser& tell);
    void Hold(Side side, const HoldRange& hold, const Segment* arriving);
    void Deliver(Side side, const DeliverRange& deliver);
    void ScheduleFate(Side from, std::size_t n, const Fate& fate);
    std::optional<Instant> NextEvent() const;
    void DoNextEvent();

    ConnectionConfig m_config;
    Duration m_latency;
    Instant m_now{};
    std::array<End, 2> m_ends;
    std::multimap<Instant, Flying> m_flying;
    std::function<Fate(Side, const Segment&)> m_wire;
    std::vector<Sent> m_log;
    std::uint64_t m_crashes{0};
};

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_PAIR_H
