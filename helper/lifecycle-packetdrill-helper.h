#ifndef LIFECYCLE_PACKETDRILL_HELPER_H
#define LIFECYCLE_PACKETDRILL_HELPER_H

#include "ns3/nstime.h"

#include <map>
#include <memory>
#include <string>

namespace lifecycle::packetdrill
{
struct Playlist;
} // namespace lifecycle::packetdrill

namespace ns3
{

/**
 * @ingroup tcp-lifecycle
 * @brief How many scripts have ended how.
 */
struct LifecyclePacketdrillCounts
{
    unsigned passed{0};        ///< all that they expect has come
    unsigned failed{0};        ///< or are not in the language
    unsigned skipped{0};       ///< use something that is not supported
    unsigned unplayed{0};      ///< not played to their end
    bool isInterrupted{false}; ///< by SIGINT or SIGTERM
    std::map<std::string, unsigned>
        failedBecause; ///< of those that failed, how many for each reason
    std::map<std::string, unsigned> skippedBecause; ///< of those skipped, how many for each reason
};

/**
 * @ingroup tcp-lifecycle
 * @brief Plays scripts in the packetdrill language (doc/packetdrill.rst) against our TCP.
 *
 * @code
 *   LifecyclePacketdrillHelper packetdrill;
 *   packetdrill.SetPreset("linux");
 *   packetdrill.Add("scripts");        // a folder stands for all files *.pkt in it
 *   return packetdrill.Play().failed;  // says on standard output what has failed, and where
 * @endcode
 *
 * Each script gets a process and a simulator of its own, with the defaults and global values of this
 * program. Wrong arguments are thrown as std::invalid_argument: a sentence without its full stop, which
 * begins, in functions that set something, with what they set (`preset is ...`).
 */
class LifecyclePacketdrillHelper
{
  public:
    LifecyclePacketdrillHelper();
    ~LifecyclePacketdrillHelper();

    LifecyclePacketdrillHelper(const LifecyclePacketdrillHelper&) = delete;
    LifecyclePacketdrillHelper& operator=(const LifecyclePacketdrillHelper&) = delete;

    /** @brief Adds a script, or all in a folder. @param path of a file, or of a folder with *.pkt */
    void Add(const std::string& path);

    /** @brief Has `#ifdef` hold. @param name behind it */
    void Define(const std::string& name);

    /** @brief Chooses the TCP where a script does not. @param preset as in LifecycleStackHelper */
    void SetPreset(const std::string& preset);

    /** @brief Chooses IP where a script does not. @param version ipv4 or ipv6 */
    void SetIpVersion(const std::string& version);

    /** @brief Fails a script behind whose last line a packet is sent within its tolerance. */
    void SetStrictTail();

    /** @brief Fails a script behind whose last line a packet is sent. @param tail within this time */
    void SetStrictTail(Time tail);

    /** @brief Looks away. @param what any of order, window, ts and sizes, separated by commas */
    void Relax(const std::string& what);

    /** @brief Writes a run folder for each script. @param folder in which they are, each named as its script */
    void SetTrace(const std::string& folder);

    /**
     * @brief Plays against the kernel of this machine, in real time, instead of our TCP.
     * @param who kernel
     */
    void SetAgainst(const std::string& who);

    /** @brief Names the scripts that pass, too. */
    void SetVerbose();

    /** @brief Plays several at a time. @param jobs how many, at least 1 */
    void SetJobs(unsigned jobs);

    /**
     * @brief Plays all scripts, in their order. SIGINT and SIGTERM end what is being played, and from
     * now on are blocked.
     * @return How they have ended.
     *
     * Throws std::invalid_argument, with a sentence that begins with `trace`, if two would be written to
     * the same folder; then none is played.
     */
    LifecyclePacketdrillCounts Play();

  private:
    /** What is to be played, and how. */
    std::unique_ptr<lifecycle::packetdrill::Playlist> m_playlist;
};

} // namespace ns3

#endif // LIFECYCLE_PACKETDRILL_HELPER_H
