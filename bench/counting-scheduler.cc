#include "counting-scheduler.h"

#include "ns3/object-factory.h"
#include "ns3/simulator.h"

namespace bench
{

using namespace ns3;

namespace
{

CountingScheduler* g_installed = nullptr; // the simulator makes it and tells nobody

} // namespace

TypeId
CountingScheduler::GetTypeId()
{
    static const TypeId tid = TypeId("bench::CountingScheduler")
                                  .SetParent<MapScheduler>()
                                  .AddConstructor<CountingScheduler>();
    return tid;
}

void
CountingScheduler::Install()
{
    ObjectFactory factory;
    factory.SetTypeId(GetTypeId());
    Simulator::SetScheduler(factory);
}

double
CountingScheduler::MeanPending()
{
    return g_installed->m_last == 0
               ? 0
               : g_installed->m_area / static_cast<double>(g_installed->m_last);
}

void
CountingScheduler::Insert(const Scheduler::Event& event)
{
    g_installed = this;
    ++m_pending;
    MapScheduler::Insert(event);
}

Scheduler::Event
CountingScheduler::RemoveNext()
{
    const Scheduler::Event event = MapScheduler::RemoveNext();
    m_area += static_cast<double>(m_pending) * static_cast<double>(event.key.m_ts - m_last);
    m_last = event.key.m_ts;
    --m_pending;
    return event;
}

void
CountingScheduler::Remove(const Scheduler::Event& event)
{
    --m_pending;
    MapScheduler::Remove(event);
}

} // namespace bench
