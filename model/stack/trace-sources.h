#ifndef LIFECYCLE_STACK_TRACE_SOURCES_H
#define LIFECYCLE_STACK_TRACE_SOURCES_H

#include "../wire/translation.h"
#include "lifecycle-trace.h"

#include "ns3/simulator.h"
#include "ns3/trace-source-accessor.h"
#include "ns3/traced-callback.h"
#include "ns3/type-id.h"

#include <initializer_list>
#include <string>

namespace ns3::lifecycle_internal
{

/** One trace source of an object. */
struct TraceSource
{
    std::string name;
    Ptr<const TraceSourceAccessor> accessor;
    std::string help;
    std::string callback; ///< type of the sinks, such as `ns3::TracedValueCallback::Uint32`
};

/** Connects sinks to the TracedCallback or TracedValue that @c Get finds in an object. */
template <class Get>
class TraceAccessor : public TraceSourceAccessor
{
  public:
    explicit TraceAccessor(Get get)
        : m_get(get)
    {
    }

    bool ConnectWithoutContext(ObjectBase* object, const CallbackBase& sink) const override
    {
        m_get(object).ConnectWithoutContext(sink);
        return true;
    }

    bool Connect(ObjectBase* object, std::string context, const CallbackBase& sink) const override
    {
        m_get(object).Connect(sink, context);
        return true;
    }

    bool DisconnectWithoutContext(ObjectBase* object, const CallbackBase& sink) const override
    {
        m_get(object).DisconnectWithoutContext(sink);
        return true;
    }

    bool Disconnect(ObjectBase* object,
                    std::string context,
                    const CallbackBase& sink) const override
    {
        m_get(object).Disconnect(sink, context);
        return true;
    }

  private:
    Get m_get;
};

/** @brief An accessor of what @p get finds in an object. @return The accessor. */
template <class Get>
Ptr<const TraceSourceAccessor>
MakeTraceAccessor(Get get)
{
    return Create<TraceAccessor<Get>>(get);
}

/** @brief Gives the type @p tid the trace sources @p sources. */
inline void
Register(TypeId tid, std::initializer_list<TraceSource> sources)
{
    for (const TraceSource& source : sources)
    {
        tid.AddTraceSource(source.name, source.help, source.accessor, source.callback);
    }
}

/** @brief Tells @p sinks, of a trace source Signal, what the user of a connection is told. */
inline void
TraceSignal(const TracedCallback<const LifecycleSignal&>& sinks,
            const lifecycle::TellUser& tell,
            const lifecycle::FourTuple& path,
            uint64_t connection)
{
    if (!sinks.IsEmpty())
    {
        sinks(LifecycleSignal{connection,
                              ToAddress(path.local),
                              ToAddress(path.remote),
                              ToString(tell.signal),
                              Simulator::Now()});
    }
}

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_TRACE_SOURCES_H
