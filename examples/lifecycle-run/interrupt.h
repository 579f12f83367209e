#ifndef LIFECYCLE_RUN_INTERRUPT_H
#define LIFECYCLE_RUN_INTERRUPT_H

namespace lifecycle_run
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

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_INTERRUPT_H
