#ifndef BENCH_COUNTING_SCHEDULER_H
#define BENCH_COUNTING_SCHEDULER_H

#include "ns3/map-scheduler.h"

#include <cstdint>

namespace bench
{

/** ns-3's usual scheduler, which also knows how many events wait in it, cancelled ones too. */
class CountingScheduler : public ns3::MapScheduler
{
  public:
    static ns3::TypeId GetTypeId();

    /** Makes the simulator use one. */
    static void Install();

    /** How many events were pending until the last one, on average over simulated time. */
    static double MeanPending();

    void Insert(const ns3::Scheduler::Event& event) override;
    ns3::Scheduler::Event RemoveNext() override;
    void Remove(const ns3::Scheduler::Event& event) override;

  private:
    std::uint64_t m_pending{0};
    std::uint64_t m_last{0}; ///< time of the last event [time steps]
    double m_area{0};        ///< events times time steps
};

} // namespace bench

#endif // BENCH_COUNTING_SCHEDULER_H
