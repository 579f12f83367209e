#ifndef LIFECYCLE_SCENARIO_INTERRUPT_H
#define LIFECYCLE_SCENARIO_INTERRUPT_H

namespace ns3::lifecycle_internal
{

constexpr int INTERRUPTED = 130; ///< the exit status then

/**
 * From now on SIGINT and SIGTERM end the run: after the event in hand, so that the folder holds the run
 * up to there. If that takes longer than some seconds, the process ends, and the folder is unfinished.
 */
void EndOnInterrupt();

/** The simulator has come back: what it was given to end in is over. */
void SimulatorHasEnded();

/** Whether there was such a signal. */
bool WasInterrupted();

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_INTERRUPT_H
