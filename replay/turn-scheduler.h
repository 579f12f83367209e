#ifndef LIFECYCLE_REPLAY_TURN_SCHEDULER_H
#define LIFECYCLE_REPLAY_TURN_SCHEDULER_H

#include "ns3/scheduler.h"

#include <cstdint>
#include <map>

namespace replay
{

/**
 * Lets somebody else choose which host's timers expire first among those of one instant, where ns-3
 * lets the one expire that was armed first.
 *
 * All that follows from an event at once is dealt with before the next event. The events of no node,
 * which say what happens next, come before timers, unless it is the turn of a node.
 */
class TurnScheduler : public ns3::Scheduler
{
  public:
    static ns3::TypeId GetTypeId();

    /** Has ns-3 use such a scheduler from now on. */
    static void Use();

    /** The timers of @p node that are due now come next. */
    static void Give(std::uint32_t node);

    void Insert(const Event& event) override;
    bool IsEmpty() const override;
    Event PeekNext() const override;
    Event RemoveNext() override;
    void Remove(const Event& event) override;

  private:
    using Events = std::map<EventKey, ns3::EventImpl*>;

    Events m_now;   ///< follow from the event before
    Events m_later; ///< timers, and what happens next
};

} // namespace replay

#endif // LIFECYCLE_REPLAY_TURN_SCHEDULER_H
