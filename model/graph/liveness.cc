#include "liveness.h"

#include "machine-pool.h"
#include "world-encoding.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <deque>
#include <unordered_map>
#include <utility>

namespace lifecycle::exploration
{

// One row a promise.
// clang-format off
const std::array<Promise, 4> PROMISES{{
    {"livelock", "R-32, R-39", "hosts do not answer each other for ever, and no timer expires for ever"},
    {"open-ends", "R-47, R-73", "OPEN comes to ESTABLISHED or to an error"},
    {"close-ends", "R-49, R-61, R-73", "CLOSE comes to CLOSED"},
    {"way-home", "R-83, R-60", "a connection ends, or two ends have it and wait for their users"},
}};
// clang-format on

namespace
{

constexpr std::size_t LIVELOCK = 0;
constexpr std::size_t OPEN_ENDS = 1;
constexpr std::size_t CLOSE_ENDS = 2;
constexpr std::size_t WAY_HOME = 3;

/** What a world lacks of rest. */
enum class Unrest : std::uint8_t
{
    NONE,    ///< nobody has a connection, or whoever has one waits for users alone
    UNKNOWN, ///< some of its futures are left out
    OPENING,
    CLOSING,
    OTHER,
};

bool
HasCalled(State state)
{
    return state == State::FIN_WAIT_1 || state == State::FIN_WAIT_2 || state == State::CLOSING ||
           state == State::LAST_ACK || state == State::TIME_WAIT;
}

Unrest
UnrestOf(const World& world, const WorldRules& rules)
{
    Unrest unrest = Unrest::NONE;
    bool isForUsers = Futures::IsQuiescent(world);
    for (std::size_t host = 0; host < rules.parties.size(); ++host)
    {
        const Machine& machine = *world.seats[host].machine;
        for (std::size_t peer = 0; peer < rules.parties.size(); ++peer)
        {
            const auto here = machine.ConnectionTo(peer);
            if (here == nullptr)
            {
                continue;
            }
            const State state = here->GetState();
            const auto there = world.seats[peer].machine->ConnectionTo(host);
            isForUsers = isForUsers && there != nullptr && here->Snd().iss == there->Rcv().irs &&
                         there->Snd().iss == here->Rcv().irs;
            const bool opens = state == State::SYN_SENT || state == State::SYN_RECEIVED;
            unrest = std::max(unrest == Unrest::NONE ? Unrest::OPENING : unrest,
                              opens              ? Unrest::OPENING
                              : HasCalled(state) ? Unrest::CLOSING
                                                 : Unrest::OTHER);
        }
        isForUsers = isForUsers && machine.next == rules.parties[host].script.size();
    }
    return isForUsers ? Unrest::NONE : unrest;
}

/** All worlds, and which leads to which. */
class WorldGraph
{
  public:
    explicit WorldGraph(const Futures& futures)
        : m_futures(futures)
    {
        const auto& parties = futures.Rules().parties;
        m_probes = std::any_of(parties.begin(), parties.end(), [](const Party& party) {
            return party.stack.connection.keepAlive;
        });
    }

    /** @return Whether all worlds are there. */
    bool Visit(const std::function<bool(const Progress&)>& mayGoOn);

    std::optional<BrokenPromise> FindBroken() const;

    std::uint64_t Worlds() const
    {
        return m_unrest.size();
    }

    std::uint64_t Edges() const
    {
        return m_edges.size();
    }

  private:
    using Vertex = std::uint32_t;
    using Edge = std::pair<Vertex, Vertex>;
    /** Of each world, the number of the worlds that lead to it and to which it leads. */
    using Components = std::vector<Vertex>;

    struct PrintHash
    {
        std::size_t operator()(const Fingerprint& print) const
        {
            return print.low;
        }
    };

    void VisitWorld(Vertex number, const World& world);
    Vertex NumberOf(const Step& step, Vertex from);
    Components FindComponents(const std::vector<Edge>& edges) const;
    bool ComesByItself(std::size_t edge) const;
    std::optional<BrokenPromise> FindRound() const;
    std::optional<BrokenPromise> FindUnrest() const;
    std::vector<Event> WayTo(Vertex number) const;
    std::vector<Event> WayBack(Vertex from, Vertex to, const Components& components) const;

    const Futures& m_futures;
    bool m_probes; ///< somebody has a keepalive
    MachinePool m_pool;
    std::unordered_map<Fingerprint, Vertex, PrintHash> m_numbers;
    std::deque<World> m_next;
    std::vector<Unrest> m_unrest;
    std::vector<Vertex> m_parents;
    std::vector<std::size_t> m_firstEdges; ///< place in m_edges where those of a world begin
    std::vector<Edge> m_edges;
    std::vector<std::uint16_t> m_events; ///< of the edges
};

bool
WorldGraph::Visit(const std::function<bool(const Progress&)>& mayGoOn)
{
    World first = m_futures.First();
    m_numbers.emplace(EncodeWorld(first, m_futures), 0);
    m_parents.push_back(0);
    m_unrest.push_back(UnrestOf(first, m_futures.Rules()));
    std::deque<World> level;
    level.push_back(std::move(first));
    Progress progress;
    for (Vertex number = 0; !level.empty(); ++progress.depth)
    {
        for (const World& world : level)
        {
            VisitWorld(number++, world);
            progress.worlds = Worlds();
            progress.successors = Edges();
            progress.frontier = m_next.size();
            constexpr Vertex OFTEN = 1024;
            const bool isAsked = number % OFTEN == 0 && mayGoOn;
            if (Worlds() > MOST_LIVENESS_WORLDS || (isAsked && !mayGoOn(progress)))
            {
                return false;
            }
        }
        m_pool.NextGeneration();
        level = std::exchange(m_next, {});
    }
    m_firstEdges.push_back(m_edges.size());
    return true;
}

void
WorldGraph::VisitWorld(Vertex number, const World& world)
{
    m_firstEdges.push_back(m_edges.size());
    thread_local std::vector<Event> events;
    thread_local Step step;
    m_futures.FindEvents(world, events);
    for (const Event& event : events)
    {
        if (!m_futures.Take(world, event, step))
        {
            // What comes too early may have to come before a tick makes it possible.
            m_unrest[number] = step.isTooEarly ? Unrest::UNKNOWN : m_unrest[number];
            continue;
        }
        if (step.after.channel.size() > m_futures.Rules().inFlight)
        {
            m_unrest[number] = Unrest::UNKNOWN;
            continue;
        }
        m_edges.emplace_back(number, NumberOf(step, number));
        m_events.push_back(event.Code());
    }
}

/** The number of the world after @p step, which gets one if it is new. */
WorldGraph::Vertex
WorldGraph::NumberOf(const Step& step, Vertex from)
{
    const auto number = static_cast<Vertex>(Worlds());
    const auto [place, isNew] = m_numbers.emplace(EncodeWorld(step.after, m_futures), number);
    if (isNew)
    {
        m_next.push_back(Keep(step, m_pool));
        m_parents.push_back(from);
        m_unrest.push_back(UnrestOf(m_next.back(), m_futures.Rules()));
    }
    return place->second;
}

WorldGraph::Components
WorldGraph::FindComponents(const std::vector<Edge>& edges) const
{
    using Graph = boost::compressed_sparse_row_graph<boost::directedS,
                                                     boost::no_property,
                                                     boost::no_property,
                                                     boost::no_property,
                                                     Vertex,
                                                     std::uint64_t>;
    const Graph graph(boost::edges_are_sorted,
                      edges.begin(),
                      edges.end(),
                      static_cast<Vertex>(Worlds()));
    Components components(Worlds());
    boost::strong_components(
        graph,
        boost::make_iterator_property_map(components.begin(),
                                          boost::get(boost::vertex_index, graph)));
    return components;
}

/** Whether the event of @p edge comes by itself, but for probes of a keepalive, which may go on. */
bool
WorldGraph::ComesByItself(std::size_t edge) const
{
    const EventKind kind = Event::FromCode(m_events[edge]).kind;
    return kind != EventKind::CALL && !(m_probes && kind == EventKind::EXPIRE);
}

/** A round that nobody but the hosts keeps going: a segment that they answer, or a timer. */
std::optional<BrokenPromise>
WorldGraph::FindRound() const
{
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < m_edges.size(); ++i)
    {
        if (ComesByItself(i))
        {
            edges.push_back(m_edges[i]);
        }
    }
    const Components components = FindComponents(edges);
    for (std::size_t i = 0; i < m_edges.size(); ++i)
    {
        const auto [from, to] = m_edges[i];
        const bool isTick = Event::FromCode(m_events[i]).kind == EventKind::TICK;
        if (components[from] == components[to] && ComesByItself(i) && !isTick)
        {
            BrokenPromise broken{&PROMISES[LIVELOCK], WayTo(from), 0};
            broken.roundBegin = broken.events.size();
            broken.events.push_back(Event::FromCode(m_events[i]));
            const std::vector<Event> back = WayBack(to, from, components);
            broken.events.insert(broken.events.end(), back.begin(), back.end());
            return broken;
        }
    }
    return std::nullopt;
}

/** A world from which none with rest can be reached: then there is such a set of worlds that none leaves. */
std::optional<BrokenPromise>
WorldGraph::FindUnrest() const
{
    const Components components = FindComponents(m_edges);
    std::vector<bool> isLeft(Worlds(), false);
    std::vector<bool> hasRest(Worlds(), false);
    for (const auto& [from, to] : m_edges)
    {
        isLeft[components[from]] = isLeft[components[from]] || components[from] != components[to];
    }
    for (Vertex number = 0; number < Worlds(); ++number)
    {
        const bool rests = m_unrest[number] == Unrest::NONE || m_unrest[number] == Unrest::UNKNOWN;
        hasRest[components[number]] = hasRest[components[number]] || rests;
    }
    for (Vertex number = 0; number < Worlds(); ++number) // the nearest first
    {
        if (!isLeft[components[number]] && !hasRest[components[number]])
        {
            const std::size_t promise = m_unrest[number] == Unrest::OPENING   ? OPEN_ENDS
                                        : m_unrest[number] == Unrest::CLOSING ? CLOSE_ENDS
                                                                              : WAY_HOME;
            const std::vector<Event> events = WayTo(number);
            return BrokenPromise{&PROMISES[promise], events, events.size()};
        }
    }
    return std::nullopt;
}

std::optional<BrokenPromise>
WorldGraph::FindBroken() const
{
    auto broken = FindRound();
    return broken ? broken : FindUnrest();
}

std::vector<Event>
WorldGraph::WayTo(Vertex number) const
{
    std::vector<Event> events;
    while (number != 0)
    {
        const Vertex parent = m_parents[number];
        std::size_t edge = m_firstEdges[parent];
        while (m_edges[edge].second != number)
        {
            ++edge;
        }
        events.push_back(Event::FromCode(m_events[edge]));
        number = parent;
    }
    std::reverse(events.begin(), events.end());
    return events;
}

/** The shortest way that does not leave the component of both. */
std::vector<Event>
WorldGraph::WayBack(Vertex from, Vertex to, const Components& components) const
{
    std::unordered_map<Vertex, std::size_t> edgeTo{{from, m_edges.size()}};
    std::deque<Vertex> waiting{from};
    while (edgeTo.count(to) == 0)
    {
        const Vertex at = waiting.front();
        waiting.pop_front();
        for (std::size_t edge = m_firstEdges[at]; edge < m_firstEdges[at + 1]; ++edge)
        {
            const Vertex next = m_edges[edge].second;
            if (ComesByItself(edge) && components[next] == components[to] &&
                edgeTo.emplace(next, edge).second)
            {
                waiting.push_back(next);
            }
        }
    }
    std::vector<Event> events;
    for (Vertex at = to; at != from; at = m_edges[edgeTo.at(at)].first)
    {
        events.push_back(Event::FromCode(m_events[edgeTo.at(at)]));
    }
    std::reverse(events.begin(), events.end());
    return events;
}

} // namespace

LivenessResult
FindBrokenPromise(const Futures& futures, const std::function<bool(const Progress&)>& mayGoOn)
{
    WorldGraph graph(futures);
    if (!graph.Visit(mayGoOn))
    {
        return {Outcome::STOPPED, graph.Worlds(), graph.Edges(), std::nullopt};
    }
    auto broken = graph.FindBroken();
    return {broken ? Outcome::BROKEN : Outcome::EXHAUSTED, graph.Worlds(), graph.Edges(), broken};
}

} // namespace lifecycle::exploration
