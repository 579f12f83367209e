#ifndef LIFECYCLE_GRAPH_STATE_GRAPH_H
#define LIFECYCLE_GRAPH_STATE_GRAPH_H

#include "../core/state.h"
#include "../core/transition-table.h"

#include <set>
#include <string>
#include <vector>

namespace lifecycle
{

/** Which rows of the transition table make the graph. */
enum class Edges
{
    ALL,                 ///< every row, X included
    ON_BY_DEFAULT,       ///< what a connection can do with default settings
    STANDARD_ON_DEFAULT, ///< rows on by default that RFC 9293 prescribes: F and E
};

/** The rows of the transition table that belong to @p edges, in table order. */
std::vector<const Transition*> Rows(Edges edges);

/** The states that a walk from @p from can reach, @p from included. */
std::set<State> ReachableFrom(State from, Edges edges);

/** The states from which a walk can reach @p to, @p to included. */
std::set<State> StatesReaching(State to, Edges edges);

/** The fewest transitions that lead from @p from to @p to, in order; empty if there is no walk. */
std::vector<const Transition*> ShortestWalk(State from, State to, Edges edges);

/** The graph in Graphviz's language, one edge for each row, labelled with id and trigger. */
std::string ToDot(Edges edges);

/** The whole table as CSV: id, from, to, class, default, trigger, section. */
std::string ToCsv();

} // namespace lifecycle

#endif // LIFECYCLE_GRAPH_STATE_GRAPH_H
