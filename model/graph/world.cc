#include "world.h"

#include "actor.h"
#include "attack.h"
#include "machine-pool.h"
#include "world-encoding.h"

#include <algorithm>
#include <cassert>

namespace lifecycle::exploration
{

namespace
{

bool
Refers(const Shadow& shadow, std::uint8_t own, std::uint8_t peer)
{
    const auto isHeld = [peer](const HeldOctet& octet) { return octet.incarnation == peer; };
    return (own != 0 && (shadow.incarnation == own || shadow.oldIncarnation == own)) ||
           (peer != 0 && (shadow.peer == peer || shadow.oldPeer == peer ||
                          std::any_of(shadow.held.begin(), shadow.held.end(), isHeld)));
}

/** Forgets the incarnations of which no trace is left. */
void
Prune(World& world)
{
    const auto isGone = [&world](const Incarnation& incarnation) {
        const auto isOf = [&incarnation](const InFlight& flight) {
            return flight.incarnation == incarnation.number && flight.from == incarnation.from &&
                   flight.to == incarnation.to;
        };
        const Machine& sender = *world.seats[incarnation.from].machine;
        const Machine& receiver = *world.seats[incarnation.to].machine;
        return !Refers(sender.toward[incarnation.to], incarnation.number, 0) &&
               !Refers(receiver.toward[incarnation.from], 0, incarnation.number) &&
               std::none_of(world.channel.begin(), world.channel.end(), isOf);
    };
    world.incarnations.erase(
        std::remove_if(world.incarnations.begin(), world.incarnations.end(), isGone),
        world.incarnations.end());
}

bool
HasDueTimer(const World& world, std::size_t host)
{
    const Machine& machine = *world.seats[host].machine;
    for (std::size_t peer = 0; peer < MAX_HOSTS; ++peer)
    {
        const auto connection = machine.ConnectionTo(peer);
        const auto deadline = connection == nullptr ? std::nullopt : connection->NextDeadline();
        if (deadline && *deadline <= world.now)
        {
            return true;
        }
    }
    return false;
}

/** How many segments that were never delivered are lost when the next tick comes. */
std::size_t
Dying(const World& world, std::uint32_t lifetime)
{
    return static_cast<std::size_t>(
        std::count_if(world.channel.begin(), world.channel.end(), [lifetime](const InFlight& f) {
            return f.age + 1U >= lifetime && !f.isCopy;
        }));
}

/** Whom the event attacks, by whom the attacker calls itself, and how. */
struct Forgery
{
    std::size_t victim;
    std::size_t peer;
    std::size_t attack;

    static Forgery FromWhich(std::uint8_t which)
    {
        const std::size_t way = which / ATTACKS;
        return {way / MAX_HOSTS, way % MAX_HOSTS, which % ATTACKS};
    }

    std::uint8_t Which() const
    {
        return static_cast<std::uint8_t>((victim * MAX_HOSTS + peer) * ATTACKS + attack);
    }
};

static_assert(MAX_HOSTS * MAX_HOSTS * ATTACKS <= 256, "Event has place for no more");

void
AddAttacks(const World& world, std::size_t victim, std::vector<Event>& events)
{
    for (std::size_t peer = 0; peer < MAX_HOSTS; ++peer)
    {
        const auto connection = world.seats[victim].machine->ConnectionTo(peer);
        for (std::size_t attack = 0; connection != nullptr && attack < ATTACKS; ++attack)
        {
            if (AttackOn(*connection, attack))
            {
                events.push_back({EventKind::FORGE, Forgery{victim, peer, attack}.Which()});
            }
        }
    }
}

void
Tick(World& world, const Futures& futures)
{
    const std::uint32_t lifetime = futures.Rules().segmentLifetime;
    world.now += TICK;
    world.losses -= static_cast<std::uint8_t>(Dying(world, lifetime));
    for (InFlight& flight : world.channel)
    {
        ++flight.age;
    }
    world.channel.erase(std::remove_if(world.channel.begin(),
                                       world.channel.end(),
                                       [lifetime](const InFlight& f) { return f.age >= lifetime; }),
                        world.channel.end());
    for (std::size_t host = 0; host < futures.Hosts(); ++host)
    {
        Seat& seat = world.seats[host];
        seat.fingerprint =
            EncodeMachine(*seat.machine, world.now, futures.Rules().parties[host].stack);
    }
}

} // namespace

Futures::Futures(const WorldRules& rules)
    : m_rules(rules)
{
    assert(!FindProblem(rules));
    for (std::size_t from = 0; from < Hosts(); ++from)
    {
        for (std::size_t to = 0; to < Hosts(); ++to)
        {
            if (from != to)
            {
                const StackConfig& stack = rules.parties[from].stack;
                Host host(stack.host, SECRET);
                Actions out;
                const auto id = host.OpenActive(PathOf(from, to), stack.connection, Instant{}, out);
                m_numbers[from][to] = host.Find(std::get<ConnectionId>(id))->Snd().iss;
            }
        }
    }
}

SeqNum
Futures::InitialNumber(std::size_t from, std::size_t to, Instant now) const
{
    const auto ticks = now.time_since_epoch() / std::chrono::microseconds(4); // RFC 6528 3
    const bool isConstant = m_rules.parties[from].stack.host.isnPolicy == IsnPolicy::CONSTANT;
    return m_numbers[from][to] + (isConstant ? 0 : static_cast<std::uint32_t>(ticks));
}

World
Futures::First() const
{
    World world;
    world.losses = static_cast<std::uint8_t>(m_rules.losses);
    world.duplicates = static_cast<std::uint8_t>(m_rules.duplicates);
    world.attacks = static_cast<std::uint8_t>(m_rules.attacks);
    for (std::size_t host = 0; host < Hosts(); ++host)
    {
        const StackConfig& stack = m_rules.parties[host].stack;
        auto machine = std::make_shared<Machine>(Machine{Host(stack.host, SECRET)});
        world.seats[host].fingerprint = EncodeMachine(*machine, world.now, stack);
        world.seats[host].machine = std::move(machine);
    }
    return world;
}

InFlight
Futures::ForgedBy(Event event, const World& world)
{
    const Forgery forgery = Forgery::FromWhich(event.which);
    const auto victim = world.seats[forgery.victim].machine->ConnectionTo(forgery.peer);
    InFlight flight{static_cast<std::uint8_t>(forgery.peer),
                    static_cast<std::uint8_t>(forgery.victim),
                    0};
    flight.segment = AttackOn(*victim, forgery.attack).value();
    return flight;
}

void
Futures::FindEvents(const World& world, std::vector<Event>& events) const
{
    events.clear();
    for (std::size_t i = 0; i < world.channel.size(); ++i)
    {
        if (i > 0 && AreAlike(world.channel[i - 1], world.channel[i]))
        {
            continue; // it does not matter which of the two
        }
        const auto which = static_cast<std::uint8_t>(i);
        events.push_back({EventKind::DELIVER, which});
        if (world.duplicates > 0)
        {
            events.push_back({EventKind::DUPLICATE, which});
        }
        if (world.losses > 0 && !world.channel[i].isCopy)
        {
            events.push_back({EventKind::LOSE, which});
        }
    }
    bool isDue = false;
    for (std::size_t host = 0; host < Hosts(); ++host)
    {
        const auto which = static_cast<std::uint8_t>(host);
        if (HasDueTimer(world, host))
        {
            events.push_back({EventKind::EXPIRE, which});
            isDue = true;
        }
        if (world.seats[host].machine->next < m_rules.parties[host].script.size())
        {
            events.push_back({EventKind::CALL, which});
        }
    }
    for (std::size_t victim = 0; world.attacks > 0 && victim < Hosts(); ++victim)
    {
        AddAttacks(world, victim, events);
    }
    const bool ends = m_rules.ticks > 0 && world.now >= Instant{} + m_rules.ticks * TICK;
    if (!isDue && !ends && Dying(world, m_rules.segmentLifetime) <= world.losses)
    {
        events.push_back({EventKind::TICK, 0});
    }
}

bool
Futures::Take(const World& world, Event event, Step& step) const
{
    step.before = &world;
    step.event = event;
    step.after = world;
    step.host = MAX_HOSTS;
    step.arrived.reset();
    step.actions.clear();
    step.needless.clear();
    step.misdeeds.reset();
    step.isTooEarly = false;
    World& after = step.after;
    const bool isOfChannel = event.kind == EventKind::DELIVER ||
                             event.kind == EventKind::DUPLICATE || event.kind == EventKind::LOSE;
    const auto place = after.channel.begin() + (isOfChannel ? event.which : 0);
    switch (event.kind)
    {
    case EventKind::DELIVER:
    case EventKind::DUPLICATE: {
        const InFlight arriving = *place;
        if (event.kind == EventKind::DUPLICATE)
        {
            place->isCopy = true;
            --after.duplicates;
        }
        else
        {
            after.channel.erase(place);
        }
        if (!after.seats[arriving.to].machine->isDown)
        {
            Actor(*this, step, arriving.to).Arrive(arriving);
        }
        break;
    }
    case EventKind::LOSE:
        after.channel.erase(place);
        --after.losses;
        break;
    case EventKind::EXPIRE:
        Actor(*this, step, event.which).Expire();
        break;
    case EventKind::CALL:
        if (!Actor(*this, step, event.which).Call())
        {
            return false;
        }
        break;
    case EventKind::TICK:
        Tick(after, *this);
        break;
    case EventKind::FORGE: {
        --after.attacks;
        const InFlight forged = ForgedBy(event, world);
        Actor(*this, step, forged.to).Arrive(forged);
        break;
    }
    }
    Prune(after);
    SortChannel(after.channel);
    return !step.isTooEarly;
}

bool
Futures::IsQuiescent(const World& world)
{
    if (!world.channel.empty())
    {
        return false;
    }
    for (const Seat& seat : world.seats)
    {
        for (std::size_t peer = 0; seat.machine != nullptr && peer < MAX_HOSTS; ++peer)
        {
            const auto connection = seat.machine->ConnectionTo(peer);
            if (connection != nullptr && connection->NextDeadline())
            {
                return false;
            }
        }
    }
    return true;
}

World
Keep(const Step& step, MachinePool& pool)
{
    World world = step.after;
    if (step.host != MAX_HOSTS)
    {
        Seat& seat = world.seats[step.host];
        seat.machine = pool.Share(*step.acting,
                                  IdentityOf(*step.acting, step.host, seat.fingerprint, world.now));
    }
    return world;
}

std::string
ToString(const Event& event, const World& world, const WorldRules& rules)
{
    const auto name = [](std::size_t host) {
        return std::string(1, static_cast<char>('a' + host));
    };
    const auto segment = [&] {
        const InFlight& flight = world.channel[event.which];
        return name(flight.from) + " > " + name(flight.to) + ": " + ToString(flight.segment);
    };
    switch (event.kind)
    {
    case EventKind::DELIVER:
        return segment();
    case EventKind::DUPLICATE:
        return segment() + " (a copy remains)";
    case EventKind::LOSE:
        return segment() + " is lost";
    case EventKind::EXPIRE:
        return name(event.which) + ": timer";
    case EventKind::CALL:
        return name(event.which) + ": " +
               std::string(ToString(
                   rules.parties[event.which].script[world.seats[event.which].machine->next]));
    case EventKind::TICK:
        return "a tick of " + ToText(TICK) + " passes";
    case EventKind::FORGE: {
        const InFlight forged = Futures::ForgedBy(event, world);
        return "an attacker, as " + name(forged.from) + ", > " + name(forged.to) + ": " +
               ToString(forged.segment);
    }
    }
    return {};
}

} // namespace lifecycle::exploration
