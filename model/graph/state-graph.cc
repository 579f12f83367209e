#include "state-graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/visitors.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <ostream>
#include <sstream>

namespace lifecycle
{

namespace
{

struct EdgeRow
{
    const Transition* row;
};

/** Vertices are the states, by their place in ALL_STATES; parallel edges are kept. */
using Graph = boost::
    adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, boost::no_property, EdgeRow>;
using Edge = boost::graph_traits<Graph>::edge_descriptor;

std::size_t
VertexOf(State state)
{
    return static_cast<std::size_t>(state);
}

Graph
MakeGraph(Edges edges)
{
    Graph graph(ALL_STATES.size());
    for (const Transition* row : Rows(edges))
    {
        boost::add_edge(VertexOf(row->from), VertexOf(row->to), EdgeRow{row}, graph);
    }
    return graph;
}

/** The states that a breadth-first search from @p start discovers. */
template <class AnyGraph>
std::set<State>
Discover(const AnyGraph& graph, State start)
{
    struct Collector : boost::default_bfs_visitor
    {
        explicit Collector(std::set<State>& states)
            : found(&states)
        {
        }

        void discover_vertex(std::size_t vertex, const AnyGraph&) const
        {
            found->insert(ALL_STATES[vertex]);
        }

        std::set<State>* found;
    };

    std::set<State> found;
    boost::breadth_first_search(graph, VertexOf(start), boost::visitor(Collector(found)));
    return found;
}

} // namespace

std::vector<const Transition*>
Rows(Edges edges)
{
    std::vector<const Transition*> rows;
    for (const Transition& t : TRANSITIONS)
    {
        const bool standard = t.transitionClass == TransitionClass::FIGURE ||
                              t.transitionClass == TransitionClass::EVENT_TEXT;
        const bool wanted =
            edges == Edges::ALL || (t.onByDefault && (edges == Edges::ON_BY_DEFAULT || standard));
        if (wanted)
        {
            rows.push_back(&t);
        }
    }
    return rows;
}

std::set<State>
ReachableFrom(State from, Edges edges)
{
    return Discover(MakeGraph(edges), from);
}

std::set<State>
StatesReaching(State to, Edges edges)
{
    const Graph graph = MakeGraph(edges);
    return Discover(boost::make_reverse_graph(graph), to);
}

std::vector<const Transition*>
ShortestWalk(State from, State to, Edges edges)
{
    const Graph graph = MakeGraph(edges);
    std::vector<std::optional<Edge>> into(ALL_STATES.size()); // the tree edge into each state

    struct TreeRecorder : boost::default_bfs_visitor
    {
        explicit TreeRecorder(std::vector<std::optional<Edge>>& tree)
            : edges(&tree)
        {
        }

        void tree_edge(const Edge& edge, const Graph& graph) const
        {
            (*edges)[boost::target(edge, graph)] = edge;
        }

        std::vector<std::optional<Edge>>* edges;
    };

    boost::breadth_first_search(graph, VertexOf(from), boost::visitor(TreeRecorder(into)));
    std::vector<const Transition*> walk;
    for (std::size_t at = VertexOf(to); at != VertexOf(from) && into[at];
         at = boost::source(*into[at], graph))
    {
        walk.push_back(graph[*into[at]].row);
    }
    std::reverse(walk.begin(), walk.end());
    return walk;
}

std::string
ToDot(Edges edges)
{
    const Graph graph = MakeGraph(edges);
    std::ostringstream text;
    boost::write_graphviz(
        text,
        graph,
        [](std::ostream& out, std::size_t vertex) {
            out << "[label=\"" << ToString(ALL_STATES[vertex]) << "\"]";
        },
        [&graph](std::ostream& out, const Edge& edge) {
            const Transition& row = *graph[edge].row;
            out << "[label=\"" << row.id << " " << row.trigger << "\"]";
        });
    return text.str();
}

std::string
ToCsv()
{
    std::ostringstream text;
    text << "id,from,to,class,default,trigger,section\n";
    for (const Transition& t : TRANSITIONS)
    {
        const bool quote = t.trigger.find(',') != std::string_view::npos;
        text << t.id << "," << ToString(t.from) << "," << ToString(t.to) << ","
             << Letter(t.transitionClass) << "," << (t.onByDefault ? "on" : "off") << ","
             << (quote ? "\"" : "") << t.trigger << (quote ? "\"" : "") << "," << t.section << "\n";
    }
    return text.str();
}

} // namespace lifecycle
