#ifndef LIFECYCLE_STACK_RUN_RECORDING_H
#define LIFECYCLE_STACK_RUN_RECORDING_H

#include "../record/run-folder.h"
#include "../record/run-recorder.h"
#include "found-segment.h"

#include "ns3/ipv4.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/net-device-container.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket.h"

#include <chrono>
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
    void AddLink(const NetDeviceContainer& devices);
    void AddSocket(Ptr<Socket> socket, const Address& remote);
    void AddInjector(Ptr<LifecycleInjector> injector);
    void AddFailedOpen(Ptr<Node> node, const std::string& reason);
    lifecycle::RunRecorder& Recorder();
    void Finish();

    lifecycle::RecordOptions m_options;
    std::vector<std::string> m_record{"transitions", "segments", "occupancy", "connections"};
    std::string m_program{"ns-3"};
    std::string m_stack{"lifecycle"};
    std::string m_preset{"rfc9293"};
    bool m_isInterrupted{false};
    nlohmann::ordered_json m_parameters = nlohmann::ordered_json::object();
    std::vector<std::string> m_changed;
    std::map<std::string, std::string> m_inputFiles; // name to hash
    std::map<std::pair<std::string, std::string>, lifecycle::Metric::ClosedForm> m_closedForms;

  private:
    /** A connection of ns-3's own TCP. */
    struct StockSocket
    {
        std::size_t host;
        Ptr<Socket> socket;
        lifecycle::RecordedConnection connection;
    };

    std::string FirstAddress(Ptr<Node> node) const;

    // Traces of our stack
    void Transition(std::size_t host, const LifecycleTransition& event);
    void Segment(std::size_t host, std::string_view kind, const LifecycleSegment& event);
    void End(std::size_t host, const LifecycleEnd& event);
    void SynQueue(std::size_t host, uint32_t before, uint32_t now);
    void AcceptQueue(std::size_t host, uint32_t before, uint32_t now);

    // Traces of the link
    void Fate(std::string_view kind,
              Ptr<const Packet> packet,
              Ptr<NetDevice> sender,
              const std::string& reason);
    void Delayed(Ptr<const Packet> packet,
                 Ptr<NetDevice> sender,
                 Time delay,
                 const std::string& reason);
    void QueueDrop(Ptr<NetDevice> sender, Ptr<const Packet> packet);
    void TrafficDrop(std::size_t host, Ptr<const Packet> packet);

    // Traces of injectors
    void Injected(std::size_t host, std::string_view kind, Ptr<const Packet> packet);

    // Traces of ns-3's own TCP
    void StockState(std::size_t number, TcpSocket::TcpStates_t before, TcpSocket::TcpStates_t now);
    void StockSegment(std::size_t host,
                      std::string_view kind,
                      Ptr<const Packet> packet,
                      Ptr<Ipv4> ipv4,
                      uint32_t interface);

    /**
     * The number of the connection between @p ends on which @p host has sent @p packet; 0 if none.
     */
    uint64_t NumberOf(std::size_t host,
                      uint64_t packet,
                      const lifecycle::RecordedConnection& ends) const;
    void SegmentOfPacket(std::size_t host,
                         std::string_view kind,
                         const FoundSegment& found,
                         uint64_t packet,
                         const std::string& reason);

    std::string m_folder;
    bool m_force;
    std::chrono::steady_clock::time_point m_begin;
    std::vector<Ptr<Node>> m_nodes;
    std::vector<lifecycle::RecordedHost> m_hosts;
    std::unordered_map<uint64_t, uint64_t> m_connectionOfPacket; ///< of our stack, till arrival
    std::vector<std::map<std::pair<std::string, std::string>, uint64_t>>
        m_numbers;                                       ///< of ns-3's own TCP
    std::vector<std::pair<uint32_t, uint32_t>> m_queues; ///< SYN and accept queue, by host
    std::map<uint32_t, std::size_t> m_hostOfNode;
    std::vector<StockSocket> m_stockSockets;
    std::vector<Ptr<LifecycleInjector>> m_injectors;
    std::optional<lifecycle::RunFolder> m_runFolder;
    std::optional<lifecycle::RunRecorder> m_recorder;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_RUN_RECORDING_H
