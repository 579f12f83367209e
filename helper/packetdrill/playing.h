#ifndef LIFECYCLE_PACKETDRILL_PLAYING_H
#define LIFECYCLE_PACKETDRILL_PLAYING_H

#include "runner.h"

#include "ns3/lifecycle-packetdrill-helper.h"

#include <set>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** What is to be played, and how. */
struct Playlist
{
    RunOptions run; ///< of each script; traceFolder holds a run folder for each
    std::set<std::string> defined;
    unsigned jobs{1}; ///< played at a time
    bool isVerbose{false};
    std::vector<std::string> scripts;

    /** Where the run of @p script is written. */
    std::string TraceFolderOf(const std::string& script) const;
};

/** Plays all scripts of @p list, each in a process of its own, and says on standard output what goes wrong. */
ns3::LifecyclePacketdrillCounts PlayAll(const Playlist& list);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_PLAYING_H
