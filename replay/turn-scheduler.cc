#include "turn-scheduler.h"

#include "ns3/event-impl.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"

#include <optional>

namespace replay
{

namespace
{

std::optional<std::uint32_t> g_turn; ///< whose timers come next

} // namespace

ns3::TypeId
TurnScheduler::GetTypeId()
{
    static ns3::TypeId tid = ns3::TypeId("replay::TurnScheduler")
                                 .SetParent<ns3::Scheduler>()
                                 .AddConstructor<TurnScheduler>();
    return tid;
}

void
TurnScheduler::Use()
{
    ns3::ObjectFactory factory;
    factory.SetTypeId(GetTypeId());
    ns3::Simulator::SetScheduler(factory);
}

void
TurnScheduler::Give(std::uint32_t node)
{
    g_turn = node;
}

void
TurnScheduler::Insert(const Event& event)
{
    const auto now = static_cast<std::uint64_t>(ns3::Simulator::Now().GetTimeStep());
    const bool follows = event.key.m_ts == now && event.key.m_context != ns3::Simulator::NO_CONTEXT;
    (follows ? m_now : m_later)[event.key] = event.impl;
}

bool
TurnScheduler::IsEmpty() const
{
    return m_now.empty() && m_later.empty();
}

ns3::Scheduler::Event
TurnScheduler::PeekNext() const
{
    if (!m_now.empty())
    {
        return {m_now.begin()->second, m_now.begin()->first};
    }
    const std::uint32_t wanted = g_turn.value_or(ns3::Simulator::NO_CONTEXT);
    auto chosen = m_later.end();
    for (auto other = m_later.begin();
         other != m_later.end() && other->first.m_ts == m_later.begin()->first.m_ts;
         ++other)
    {
        const bool isWanted = other->first.m_context == wanted && !other->second->IsCancelled();
        const bool saysWhatIsNext = other->first.m_context == ns3::Simulator::NO_CONTEXT;
        if (isWanted || (saysWhatIsNext && chosen == m_later.end()))
        {
            chosen = other;
        }
        if (isWanted)
        {
            break;
        }
    }
    chosen = chosen == m_later.end() ? m_later.begin() : chosen;
    return {chosen->second, chosen->first};
}

ns3::Scheduler::Event
TurnScheduler::RemoveNext()
{
    const bool isTurn = m_now.empty();
    const Event next = PeekNext();
    if (isTurn)
    {
        g_turn.reset();
    }
    Remove(next);
    return next;
}

void
TurnScheduler::Remove(const Event& event)
{
    if (m_now.erase(event.key) == 0)
    {
        m_later.erase(event.key);
    }
}

} // namespace replay
