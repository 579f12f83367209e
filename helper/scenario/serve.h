#ifndef LIFECYCLE_SCENARIO_SERVE_H
#define LIFECYCLE_SCENARIO_SERVE_H

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace ns3::lifecycle_internal
{

/**
 * Runs what it is asked to, each run in a forked child of its own: libraries are loaded and initialised
 * once, yet every run starts from the same globals, and one that crashes takes nothing with it.
 *
 * One request a line, a JSON object: `arguments` (list of options), `stderr` (file for what the run
 * says), `timeout_s` (of wall time; 0: none), `memory_bytes` (of address space; 0: no limit). Each is
 * answered, when the run has ended, by one line: `{"exit": 0}`, `{"signal": 11}`, or
 * `{"timeout": true}`. Ends at the end of @p in. If it is killed, the run under way is interrupted.
 *
 * @param print Writes an answer at once.
 * @param run Runs one list of options and returns its exit status.
 * @return 0, or 2 after a request that cannot be understood.
 */
int Serve(std::istream& in,
          const std::function<void(const std::string&)>& print,
          const std::function<int(const std::vector<std::string>&)>& run);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_SERVE_H
