#ifndef LIFECYCLE_TRACE_HELPER_H
#define LIFECYCLE_TRACE_HELPER_H

#include "ns3/address.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/ptr.h"

#include <memory>
#include <string>

namespace ns3
{

class LifecycleInjector;
class Node;
class Socket;

namespace lifecycle_internal
{
class RunRecording;
} // namespace lifecycle_internal

/**
 * @ingroup tcp-lifecycle
 * @brief Writes a run folder (doc/run-folder.rst) from the traces of any program.
 *
 * @code
 *   LifecycleTraceHelper trace("my-run", true); // true: an earlier run there is replaced
 *   trace.Install(nodes); // before Simulator::Run
 *   trace.Finish();       // after it, before Simulator::Destroy
 * @endcode
 *
 * The folder tells what is in force at each host, and what becomes of each segment: the helper follows
 * the queues, devices and IP of all nodes that exist when Start is called or the first event happens.
 *
 * Errors with the folder or its files are thrown as std::runtime_error with one sentence for the
 * user, and so are wrong arguments.
 */
class LifecycleTraceHelper
{
  public:
    /**
     * @brief Checks that the folder can be used; the first event makes the folder.
     * @param folder where to write
     * @param force whether a run that is there already is replaced
     */
    explicit LifecycleTraceHelper(const std::string& folder, bool force = false);
    ~LifecycleTraceHelper();

    LifecycleTraceHelper(const LifecycleTraceHelper&) = delete;
    LifecycleTraceHelper& operator=(const LifecycleTraceHelper&) = delete;

    /**
     * @brief Chooses what is written; by default all five tables. Call this before hosts are added.
     * @param what any of transitions, segments, timers, occupancy, connections, rules (the rules
     *        that decided about each segment, which need segments), pcap (which is the caller's
     *        to write), separated by commas, or `none` alone; anything else is an error
     */
    void Record(const std::string& what);

    /**
     * @brief Chooses when occupancy.csv gets rows.
     * @param spacing of the rows, at least 1 ms; or 0: at each change; anything else is an error
     */
    void SetOccupancyInterval(Time spacing);

    /** @brief Interval of the summary's time averages. @param from start @param to end */
    void SetAverageInterval(Time from, Time to);

    /** @brief Says from when detection-time-mean counts. @param at when the fault happens */
    void SetFault(Time at);

    /** @brief Has the manifest say that the run was stopped before its end, such as by Ctrl-C. */
    void SetInterrupted();

    /** @brief Names the program in the manifest, by default as the file of it is named. */
    void SetProgram(const std::string& program);

    /**
     * @brief Puts a parameter into the manifest.
     * @param name in kebab-case
     * @param value with its unit
     * @param changed whether it differs from its default, so that captions name it
     */
    void SetParameter(const std::string& name, const std::string& value, bool changed);

    /**
     * @brief Puts the content of a file that the program reads into the manifest, as a hash: only with
     * the same content can the run be repeated.
     * @param file its name; a file that is not regular, or cannot be read, is an error. The hash is
     *        FNV-1a of 64 bits
     */
    void AddInputFile(const std::string& file);

    /**
     * @brief Adds a host under a name of its own.
     * @param node with LifecycleL4Protocol, or with ns-3's own TCP (then see AddSocket), or without an
     *        internet stack (then see AddInjector)
     * @param name as it stands in the files
     * @param role client, server or attacker
     */
    void AddHost(Ptr<Node> node, const std::string& name, const std::string& role);

    /**
     * @brief Follows a socket of ns-3's own TCP, whose node has no traces of its connections.
     * @param socket just made (active), or just accepted (passive)
     * @param remote the other end
     */
    void AddSocket(Ptr<Socket> socket, const Address& remote);

    /**
     * @brief Records and counts the segments that an injector puts on its link.
     * @param injector on a node that is one of the hosts
     */
    void AddInjector(Ptr<LifecycleInjector> injector);

    /**
     * @brief Counts a failed call to open a connection, of which no trace tells.
     * @param node the host that has made the call
     * @param reason a short name for it, such as `no-port`; becomes part of a metric's name
     */
    void AddFailedOpen(Ptr<Node> node, const std::string& reason);

    /** @brief Adds hosts named as in ns3::Names, or node-N. @param nodes the hosts */
    void Install(const NodeContainer& nodes);

    /** @brief Makes the folder and its tables now, which the first event would do otherwise. */
    void Start();

    /** @brief Writes all that is still to be written, at the current simulated time. */
    void Finish();

    /**
     * @brief The few numbers that people look at first, for printing them after Finish.
     * @return Lines such as `  client: 10 opened, 10 established, 10 ended normal`.
     */
    std::string Summary() const;

  private:
    /** What is written, and from which traces. */
    std::unique_ptr<lifecycle_internal::RunRecording> m_recording;
};

} // namespace ns3

#endif // LIFECYCLE_TRACE_HELPER_H
