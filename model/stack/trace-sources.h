#ifndef LIFECYCLE_STACK_TRACE_SOURCES_H
#define LIFECYCLE_STACK_TRACE_SOURCES_H

#include "ns3/trace-source-accessor.h"
#include "ns3/type-id.h"

#include <initializer_list>
#include <string>

namespace ns3
{

/** One trace source of an object. */
struct TraceSource
{
    std::string name;
    Ptr<const TraceSourceAccessor> accessor;
    std::string help;
    std::string callback; ///< type of its sinks, as `ns3::TracedValueCallback::Uint32`
};

/** @brief Gives the type @p tid these trace sources. */
inline void
Register(TypeId tid, std::initializer_list<TraceSource> sources)
{
    for (const TraceSource& source : sources)
    {
        tid.AddTraceSource(source.name, source.help, source.accessor, source.callback);
    }
}

} // namespace ns3

#endif // LIFECYCLE_STACK_TRACE_SOURCES_H
