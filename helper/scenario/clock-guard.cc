#include "clock-guard.h"

#include "options.h"

#include "ns3/map-scheduler.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"

#include <cstdint>

namespace ns3::lifecycle_internal
{

namespace
{

// Half of what the clock holds: no single time is longer, so that no sum passes the end.
constexpr std::uint64_t LATEST = 1ULL << 62; ///< [ns]

/** ns-3's own scheduler, with that check. */
class GuardedScheduler : public MapScheduler
{
  public:
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("lifecycle_internal::GuardedScheduler")
                                .SetParent<MapScheduler>()
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
        MapScheduler::Insert(event);
    }
};

} // namespace

void
GuardClock()
{
    ObjectFactory factory;
    factory.SetTypeId(GuardedScheduler::GetTypeId());
    Simulator::SetScheduler(factory);
}

} // namespace ns3::lifecycle_internal
