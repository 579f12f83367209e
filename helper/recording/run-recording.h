#ifndef LIFECYCLE_RECORDING_RUN_RECORDING_H
#define LIFECYCLE_RECORDING_RUN_RECORDING_H

#include "../../model/record/run-folder.h"
#include "../../model/record/run-recorder.h"
#include "../../model/wire/found-segment.h"
#include "drop-watcher.h"

#include "ns3/ipv4.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket.h"

#include <chrono>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ns3::lifecycle_internal
{

/** The name of a node in run folders: as in ns3::Names, else `node-3`. */
std::string NameOf(Ptr<Node> node);

/** Holds the recorder, and turns traces into events for the recorder. */
class RunRecording
{
  public:
    RunRecording(const std::string& folder, bool force)
        : m_folder(folder),
          m_force(force),
          m_begin(std::chrono::steady_clock::now())
    {
        lifecycle::RunFolder::CheckUsable(folder, force);
    }

    void AddHost(Ptr<Node> node, const std::string& name, const std::string& role);
    void AddSocket(Ptr<Socket> socket, const Address& remote);
    void AddInjector(Ptr<LifecycleInjector> injector);
    void AddFailedOpen(Ptr<Node> node, const std::string& reason);
    lifecycle::RunRecorder& Recorder();
    void Finish();
    std::string Summary() const;

    lifecycle::RecordOptions m_options;
    std::vector<std::string> m_record{"connections",
                                      "occupancy",
                                      "segments",
                                      "timers",
                                      "transitions"};
    std::string m_program;
    bool m_isInterrupted{false};
    nlohmann::ordered_json m_parameters = nlohmann::ordered_json::object();
    std::vector<std::string> m_changed;
    std::map<std::string, std::string> m_inputFiles; // name to hash

  private:
    /** A connection of ns-3's own TCP. */
    struct StockSocket
    {
        std::size_t host;
        Ptr<Socket> socket;
        lifecycle::RecordedConnection connection;
    };

    /** A host of the run, and what the recorder does not know of the host. */
    struct Host
    {
        Ptr<Node> node;
        std::string role;
        std::vector<std::string> addresses;
        uint32_t synQueue{0};
        uint32_t acceptQueue{0};
        uint64_t stockConnections{0}; ///< of ns-3's own TCP so far
        std::map<std::pair<std::string, std::string>, uint64_t> stockNumbers; ///< by their ends
    };

    /** Who has sent a packet. */
    struct Sender
    {
        std::size_t host;
        uint64_t connection;  ///< 0: none, or not known
        uint32_t underWay{1}; ///< copies of the packet that have neither arrived nor been lost
    };

    /** A row of segments.csv that waits, or stands behind one that waits, for the rules that decide. */
    struct WaitingRow
    {
        lifecycle::Instant at;
        std::size_t host;
        lifecycle::RecordedSegment row;
        bool isDecided;
    };

    void FollowLinks();
    nlohmann::ordered_json StackOf(const Host& host) const;

    // Traces of our stack
    void Transition(std::size_t host, const LifecycleTransition& event);
    void Segment(std::size_t host, std::string_view kind, const LifecycleSegment& event);
    void Decision(std::size_t host, const LifecycleDecision& event);
    void Timer(std::size_t host, const LifecycleTimer& event);
    void End(std::size_t host, const LifecycleEnd& event);
    void SynQueue(std::size_t host, uint32_t before, uint32_t now);
    void AcceptQueue(std::size_t host, uint32_t before, uint32_t now);

    // Traces of links, queues and IP
    void Fate(std::string_view kind,
              Ptr<const Packet> packet,
              Ptr<NetDevice> sender,
              const std::string& reason);
    void Delayed(Ptr<const Packet> packet,
                 Ptr<NetDevice> sender,
                 Time delay,
                 const std::string& reason);
    void Dropped(const DroppedSegment& dropped);

    // Traces of injectors
    void Injected(std::size_t host, std::string_view kind, Ptr<const Packet> packet);

    // Traces of ns-3's own TCP
    void StockState(std::size_t number, TcpSocket::TcpStates_t before, TcpSocket::TcpStates_t now);
    template <class Header>
    void StockSegment(std::size_t host,
                      std::string_view kind,
                      const Header& header,
                      Ptr<const Packet> payload,
                      uint32_t interface);
    template <class Ip>
    void FollowStock(std::size_t host, Ptr<Ip> ip);

    /** Who has sent @p packet, in which @p found was. */
    std::optional<Sender> SenderOf(uint64_t packet, const FoundSegment& found) const;
    /** One copy of @p packet has arrived or was lost. */
    void EndCopy(uint64_t packet);
    /** The number of the connection of ns-3's own TCP between @p ends; 0 if none. */
    uint64_t StockNumber(std::size_t host, const lifecycle::RecordedConnection& ends) const;
    /** The row of a segment that was found in a packet. */
    static lifecycle::RecordedSegment RowOf(const FoundSegment& found,
                                            std::string_view kind,
                                            uint64_t packet);
    void Write(std::size_t host, const lifecycle::RecordedSegment& row, bool isDecided = true);
    void WriteDecided(bool all);

    std::string m_folder;
    bool m_force;
    std::chrono::steady_clock::time_point m_begin;
    std::vector<Host> m_hosts;
    std::vector<lifecycle::RecordedHost> m_recordedHosts; ///< the same hosts
    std::unordered_map<lifecycle::Address, std::size_t, lifecycle::ValueHash> m_hostOfAddress;
    std::unordered_map<uint64_t, Sender> m_senders; ///< of the packets under way
    std::deque<WaitingRow> m_waiting;
    DropWatcher m_drops{[this](const DroppedSegment& dropped) { Dropped(dropped); }};
    std::map<uint32_t, std::size_t> m_hostOfNode;
    std::vector<StockSocket> m_stockSockets;
    std::vector<Ptr<LifecycleInjector>> m_injectors;
    std::optional<lifecycle::RunFolder> m_runFolder;
    std::optional<lifecycle::RunRecorder> m_recorder;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_RECORDING_RUN_RECORDING_H
