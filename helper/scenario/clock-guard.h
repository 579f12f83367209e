#ifndef LIFECYCLE_SCENARIO_CLOCK_GUARD_H
#define LIFECYCLE_SCENARIO_CLOCK_GUARD_H

namespace ns3::lifecycle_internal
{

/**
 * Makes it an error to plan an event so late that ns-3's clock, 292 years of nanoseconds, might pass its
 * end: it would go on below 0. To be called before anything is planned; whatever plans such an event
 * throws UsageError.
 */
void GuardClock();

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_CLOCK_GUARD_H
