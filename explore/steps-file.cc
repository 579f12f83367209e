#include "steps-file.h"

#include "../model/core/option-rows.h"
#include "../model/graph/machine-pool.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace lifecycle::exploration
{

namespace
{

using Json = nlohmann::ordered_json;

std::string
NameOf(std::size_t host)
{
    return {static_cast<char>('a' + host)};
}

/** Tells the segments on their way apart: each has a number, from 1, in the order of sending. */
class Packets
{
  public:
    void Send(std::size_t from, std::size_t to, const Segment& segment)
    {
        const auto byte = [](std::size_t host) { return static_cast<std::uint8_t>(host); };
        m_underWay.push_back({{byte(from), byte(to), 0, 0, false, segment}, ++m_count});
    }

    /** What happens to @p flight. @return Its number. */
    std::uint32_t Take(const InFlight& flight, EventKind kind)
    {
        const auto found =
            std::find_if(m_underWay.begin(), m_underWay.end(), [&flight](const Packet& packet) {
                const InFlight& other = packet.flight;
                return other.from == flight.from && other.to == flight.to &&
                       other.age == flight.age && other.isCopy == flight.isCopy &&
                       other.segment == flight.segment;
            });
        const std::uint32_t number = found->number;
        if (kind == EventKind::DUPLICATE)
        {
            found->flight.isCopy = true;
        }
        else
        {
            m_underWay.erase(found);
        }
        return number;
    }

    /** A tick passes. @return What is gone and has never arrived. */
    Json Age(std::uint32_t lifetime)
    {
        Json lost = Json::array();
        std::vector<Packet> left;
        for (Packet& packet : m_underWay)
        {
            ++packet.flight.age;
            if (packet.flight.age < lifetime)
            {
                left.push_back(packet);
            }
            else if (!packet.flight.isCopy)
            {
                lost.push_back(packet.number);
            }
        }
        m_underWay = std::move(left);
        return lost;
    }

  private:
    struct Packet
    {
        InFlight flight;
        std::uint32_t number;
    };

    std::vector<Packet> m_underWay;
    std::uint32_t m_count{0};
};

/** The fields of @p seg, which goes to @p to. */
Json
DescribeSegment(const Segment& seg, const std::string& to)
{
    return {{"flags", FlagNames(seg.flags)},
            {"to", to},
            {"seq", seg.seq.Value()},
            {"ack", seg.Has(Flag::ACK) ? Json(seg.ack.Value()) : Json()},
            {"len", seg.len},
            {"window", seg.wnd},
            {"options", OptionsText(seg)}};
}

/** What of @p action, before which @p octets were delivered, is seen; null for the rest. */
Json
Describe(const Action& action, const std::string& host, std::uint32_t octets)
{
    if (const auto* send = std::get_if<SendSegment>(&action))
    {
        Json sent{{"host", host}, {"reason", ToString(send->kind)}};
        sent.update(DescribeSegment(send->segment, NameOf(HostAt(send->path.remote))));
        return sent;
    }
    if (const auto* change = std::get_if<StateChanged>(&action))
    {
        return {{"host", host}, {"transition", change->transition->id}};
    }
    if (const auto* tell = std::get_if<TellUser>(&action))
    {
        Json told{{"host", host}, {"tells", ToString(tell->signal)}};
        if (tell->signal == UserSignal::DATA_ARRIVED)
        {
            told["octets"] = octets;
        }
        return told;
    }
    if (std::holds_alternative<AcceptReady>(action))
    {
        return {{"host", host}, {"accepts", "a connection"}};
    }
    if (const auto* forget = std::get_if<Forget>(&action))
    {
        return {{"host", host}, {"ends", ToString(forget->reason)}};
    }
    return {};
}

/** The event of @p step, before which @p packets were on their way. */
Json
Describe(const Step& step, const Futures& futures, Packets& packets)
{
    const World& before = *step.before;
    const std::string host = NameOf(step.event.which);
    switch (step.event.kind)
    {
    case EventKind::DELIVER:
    case EventKind::DUPLICATE:
    case EventKind::LOSE: {
        const InFlight& flight = before.channel[step.event.which];
        const char* const name = step.event.kind == EventKind::LOSE        ? "lose"
                                 : step.event.kind == EventKind::DUPLICATE ? "duplicate"
                                                                           : "deliver";
        return {{"event", name},
                {"host", NameOf(flight.to)},
                {"packet", packets.Take(flight, step.event.kind)}};
    }
    case EventKind::EXPIRE:
        return {{"event", "expire"}, {"host", host}};
    case EventKind::CALL: {
        const Script& script = futures.Rules().parties[step.event.which].script;
        const std::uint8_t next = before.seats[step.event.which].machine->next;
        return {{"event", "call"}, {"host", host}, {"call", ToString(script[next])}};
    }
    case EventKind::TICK:
        return {{"event", "tick"}, {"lost", packets.Age(futures.Rules().segmentLifetime)}};
    case EventKind::FORGE: {
        const InFlight forged = Futures::ForgedBy(step.event, before);
        Json described{{"event", "forge"}, {"host", NameOf(forged.to)}};
        described.update(DescribeSegment(forged.segment, NameOf(forged.to)));
        described["from"] = NameOf(forged.from);
        return described;
    }
    }
    return {};
}

Json
DescribeHosts(const Futures& futures, const std::string& preset)
{
    Json hosts = Json::array();
    const StackConfig usual = *FindPreset(preset);
    for (std::size_t host = 0; host < futures.Hosts(); ++host)
    {
        const Party& party = futures.Rules().parties[host];
        Json attributes = Json::object();
        for (const StackOption& option : StackOptions())
        {
            const std::string value = ToText(option, party.stack);
            if (value != ToText(option, usual))
            {
                attributes[option.name] = value;
            }
        }
        hosts.push_back({{"name", NameOf(host)},
                         {"preset", preset},
                         {"attributes", attributes},
                         {"port", PathOf(host, party.peer).local.port},
                         {"peer", NameOf(party.peer)}});
    }
    return hosts;
}

Json
DescribeSteps(const Futures& futures, const Finding& found)
{
    Json steps = Json::array();
    Packets packets;
    MachinePool pool;
    World world = futures.First();
    Step step;
    for (const Event& event : found.events)
    {
        futures.Take(world, event, step);
        Json described = Describe(step, futures, packets);
        Json actions = Json::array();
        std::uint32_t octets = 0;
        for (std::size_t place = 0; place < step.actions.size(); ++place)
        {
            const Action& action = step.actions[place];
            if (!step.IsPerformed(place))
            {
                continue;
            }
            if (const auto* send = std::get_if<SendSegment>(&action))
            {
                packets.Send(step.host, HostAt(send->path.remote), send->segment);
            }
            if (const auto* deliver = std::get_if<DeliverRange>(&action))
            {
                octets += deliver->len;
            }
            if (const Json seen = Describe(action, NameOf(step.host), octets); !seen.is_null())
            {
                actions.push_back(seen);
            }
        }
        described["actions"] = actions;
        steps.push_back(described);
        World next = Keep(step, pool);
        world = std::move(next);
    }
    return steps;
}

} // namespace

Finding
FindingOf(const Counterexample& counterexample)
{
    const Check& check = *counterexample.check;
    const std::size_t steps = counterexample.events.size();
    return {check.name, check.requirements, check.claim, counterexample.events, steps};
}

Finding
FindingOf(const BrokenPromise& broken)
{
    const Promise& promise = *broken.promise;
    return {promise.name, promise.requirements, promise.claim, broken.events, broken.roundBegin};
}

bool
WriteSteps(const std::string& file,
           const Futures& futures,
           const std::string& preset,
           const Finding& found)
{
    const Json all{{"schema", 1},
                   {"broken", found.name},
                   {"requirements", found.requirements},
                   {"claim", found.claim},
                   {"tick_ns", TICK.count()},
                   {"hosts", DescribeHosts(futures, preset)},
                   {"steps", DescribeSteps(futures, found)}};
    std::ofstream out(file);
    out << all.dump(1) << "\n";
    out.close();
    return !out.fail();
}

} // namespace lifecycle::exploration
