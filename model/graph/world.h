#ifndef LIFECYCLE_GRAPH_WORLD_H
#define LIFECYCLE_GRAPH_WORLD_H

#include "../core/host.h"
#include "fingerprint.h"
#include "world-rules.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lifecycle::exploration
{

/** How a connection has ended. */
enum class Fate : std::uint8_t
{
    LIVES,
    CLOSED, ///< both FINs are acknowledged, and TIME-WAIT is over where there was one
    CUT,    ///< otherwise: reset, aborted, given up, crashed
};

/**
 * What one connection has sent to its peer, known to nobody in the world.
 *
 * Segments and octets carry the number of their incarnation as a ghost that no host reads.
 */
struct Incarnation
{
    std::uint8_t from;
    std::uint8_t to;
    std::uint8_t number;       ///< from 1, ever greater between two hosts
    SeqNum iss;                ///< ISS
    std::uint8_t sent{0};      ///< by SEND [octets]
    std::uint8_t delivered{0}; ///< to a user of the peer [octets]
    bool isClosed{false};      ///< by CLOSE: there is a FIN
    bool finDelivered{false};  ///< a user of the peer was told of the FIN
    Fate fate{Fate::LIVES};
};

/** A segment on its way. */
struct InFlight
{
    std::uint8_t from;
    std::uint8_t to;
    std::uint8_t incarnation; ///< of the octets, SYN and FIN in the segment; 0 without any
    std::uint8_t age{0};      ///< [ticks]
    bool isCopy{false};       ///< a copy was delivered before
    Segment segment;
};

/** An octet that a host holds: where it stands, and whose octet it is. */
struct HeldOctet
{
    SeqNum seq;
    std::uint8_t incarnation;
    std::uint8_t offset; ///< in the stream of that incarnation
};

/** What has happened to the connection of a host with one peer, seen from outside. */
struct Shadow
{
    enum Told : std::uint8_t
    {
        ESTABLISHED = 1,
        CLOSING = 2,
        CLOSE_ACKNOWLEDGED = 4,
    };

    ConnectionId id; ///< 0: there is none
    State state{State::CLOSED};
    std::uint8_t incarnation{0};    ///< of what the connection sends
    std::uint8_t peer{0};           ///< of what it receives
    std::uint8_t oldIncarnation{0}; ///< of the record in TIME-WAIT that a reset brings back
    std::uint8_t oldPeer{0};
    std::uint8_t told{0};      ///< what the user was told
    bool hasEnded{false};      ///< the user was told of the end
    std::uint8_t delivered{0}; ///< [octets]
    Cause lastCause{Cause::ACTIVE_OPEN};
    Instant timeWaitSince{}; ///< entered, or the last FIN has come
    std::vector<HeldOctet> held;
};

/** A host, its user, and its connections seen from outside. Machines are shared, never changed. */
struct Machine
{
    Host host;
    bool isDown{false};
    std::uint8_t next{0};  ///< place in the script
    ConnectionId listener; ///< 0: nobody listens
    ConnectionId subject;  ///< whom the calls of the script are about; 0: nobody yet
    std::array<Shadow, MAX_HOSTS> toward;

    /** The connection with @p peer; null if there is none. */
    std::shared_ptr<const Connection> ConnectionTo(std::size_t peer) const
    {
        return toward[peer].id.value == 0 ? nullptr : host.Find(toward[peer].id);
    }
};

/** A machine in a world, and what it is there and then, as a number. */
struct Seat
{
    std::shared_ptr<const Machine> machine;
    Fingerprint fingerprint; ///< of the machine, see EncodeMachine
};

/** All hosts, what is on its way between them, and how often the channel may still do harm. */
struct World
{
    Instant now{};
    std::array<Seat, MAX_HOSTS> seats;
    std::vector<InFlight> channel; ///< in the order of SortChannel
    std::vector<Incarnation> incarnations;
    std::uint8_t losses{0};     ///< that are left
    std::uint8_t duplicates{0}; ///< that are left
    std::uint8_t attacks{0};    ///< that are left
};

class MachinePool;

enum class EventKind : std::uint8_t
{
    DELIVER,   ///< the segment arrives
    DUPLICATE, ///< the segment arrives, and a copy of it is still on its way
    LOSE,
    EXPIRE, ///< timers of a host
    CALL,   ///< the next of a script
    TICK,   ///< time passes
    FORGE,  ///< a segment of an attacker arrives
};

/** What can happen next in a world; what @c which is depends on @c kind. */
struct Event
{
    EventKind kind;
    std::uint8_t which; ///< place in the channel, or host; of FORGE see ForgedBy

    std::uint16_t Code() const
    {
        return static_cast<std::uint16_t>(static_cast<unsigned>(kind) << 8 | which);
    }

    static Event FromCode(std::uint16_t code)
    {
        return {static_cast<EventKind>(code >> 8), static_cast<std::uint8_t>(code)};
    }
};

/** What is wrong already while a machine acts, see CHECKS. */
enum class Misdeed : std::uint8_t
{
    OUTSIDE_TABLE,
    FOREIGN_OCTET,
    WRONG_STREAM,
    WRONG_FIN,
    TOLD_TWICE,
    AFTER_FORGET,
    SECOND_TCB,
    SHORT_TIME_WAIT,
    LISTENER_GONE,
    COUNT,
};

/**
 * One event and all that has come of it.
 *
 * The world after the step refers to the step, so that no memory is needed for worlds that were seen
 * before: see Keep.
 */
struct Step
{
    const World* before{nullptr};
    Event event{};
    World after;
    std::size_t host{MAX_HOSTS}; ///< who acts; MAX_HOSTS: nobody
    std::optional<InFlight> arrived;
    Actions actions;                   ///< of the host and the user's calls, as they were performed
    std::vector<std::size_t> needless; ///< places of acknowledgments that were not sent after all
    std::optional<Machine>
        acting; ///< the host after the step; its memory serves the next step again
    std::bitset<static_cast<std::size_t>(Misdeed::COUNT)> misdeeds;
    bool isTooEarly{false}; ///< a connection begins with the numbers of the one before

    bool Has(Misdeed misdeed) const
    {
        return misdeeds.test(static_cast<std::size_t>(misdeed));
    }

    /** Whether the action at @p place was performed. */
    bool IsPerformed(std::size_t place) const
    {
        return std::find(needless.begin(), needless.end(), place) == needless.end();
    }

    const Machine& Before() const
    {
        return *before->seats[host].machine;
    }

    const Machine& After() const
    {
        return *after.seats[host].machine;
    }
};

/** The futures of worlds under some rules. */
class Futures
{
  public:
    /** @p rules have no problem, see FindProblem. */
    explicit Futures(const WorldRules& rules);

    const WorldRules& Rules() const
    {
        return m_rules;
    }

    /** The world before anything has happened. */
    World First() const;

    /** The segment that an attacker forges with @p event, a FORGE that is possible in @p world. */
    static InFlight ForgedBy(Event event, const World& world);

    /** What may happen in @p world; a call among these may turn out to be impossible. */
    void FindEvents(const World& world, std::vector<Event>& events) const;

    /**
     * What comes of @p event in @p world. The step refers to @p world.
     *
     * Two connections of a host to one peer never begin at one instant, since the numbers of the
     * second would be those of the first (RFC 9293 3.4.1: the clock ticks in between).
     *
     * @return False if that is not possible: the user's call is refused, or it is too early. Then the
     * step says nothing.
     */
    bool Take(const World& world, Event event, Step& step) const;

    /** Whether nothing will happen by itself: nothing is in flight, and no timer runs. */
    static bool IsQuiescent(const World& world);

    /** The number that host @p from would choose at @p now for a connection to @p to. */
    SeqNum InitialNumber(std::size_t from, std::size_t to, Instant now) const;

    std::size_t Hosts() const
    {
        return m_rules.parties.size();
    }

  private:
    WorldRules m_rules;
    std::array<std::array<SeqNum, MAX_HOSTS>, MAX_HOSTS> m_numbers; ///< at the first instant
};

/** The world after @p step, as one that lasts. The machine that has acted is the one of @p pool. */
World Keep(const Step& step, MachinePool& pool);

/** The event as one line: `10.0.0.1 > 10.0.0.2 S seq 0 ...`, `a: OPEN`. */
std::string ToString(const Event& event, const World& world, const WorldRules& rules);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_WORLD_H
