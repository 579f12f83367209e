#include "clock-guard.h"

#include "parameters.h"

#include "ns3/map-scheduler.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"

#include <cstdint>

namespace lifecycle_run
{

namespace
{

// Half of what the clock holds: no single time is longer, so that no sum passes the end.
constexpr std::uint64_t LATEST = 1ULL << 62; ///< [ns]

/** ns-3's own scheduler, with that check. */
class GuardedScheduler : public ns3::MapScheduler
{
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid = ns3::TypeId("lifecycle_run::GuardedScheduler")
                                     .SetParent<ns3::MapScheduler>()
                                     .AddConstructor<GuardedScheduler>();
        return tid;
    }

    void Insert(const Event& event) override
    {
        if (event.key.m_ts > LATEST)
        {
            throw UsageError("The run goes on for more than 146 years, beyond what ns-3's clock "
                             "holds; say when it ends with --stop=TIME.");
        }
        ns3::MapScheduler::Insert(event);
    }
};

} // namespace

void
GuardClock()
{
    ns3::ObjectFactory factory;
    factory.SetTypeId(GuardedScheduler::GetTypeId());
    ns3::Simulator::SetScheduler(factory);
}

} // namespace lifecycle_run
