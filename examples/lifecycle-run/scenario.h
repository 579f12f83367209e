#ifndef LIFECYCLE_RUN_SCENARIO_H
#define LIFECYCLE_RUN_SCENARIO_H

#include "parameters.h"

#include "ns3/lifecycle-trace-helper.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/random-variable-stream.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{
class LifecycleClient;
class LifecycleInjector;
class LifecycleServer;
class Socket;
} // namespace ns3

namespace lifecycle_run
{

/** The hosts, links, applications and faults of one run. One at a time: ns-3 has one simulator. */
class Scenario
{
  public:
    /** Builds everything; nothing is written before the first event. @throws std::runtime_error */
    explicit Scenario(const RunConfig& config);
    ~Scenario();
    Scenario(const Scenario&) = delete;
    Scenario& operator=(const Scenario&) = delete;

    /** Runs to the end, or to an interrupt; then writes what is left. @throws std::runtime_error */
    void Run();

    /** Whether Ctrl-C ended the run early; the folder then holds the run up to there. */
    bool WasInterrupted() const;

    /** Rules of --rules that matched no segment; the user will want to know. */
    std::vector<std::string> UnusedRules() const;

    /** Injections of --inject that have sent nothing. */
    std::vector<std::string> UnusedInjections() const;

    /** One line: what happened. */
    std::string Summary() const;

  private:
    void MakeHosts();
    void MakeLinks();
    void InstallStacks();
    void InstallApplications();
    void PlanFaults();
    void InstallInjectors();
    void InstallInjector(std::uint32_t link, std::uint32_t end);
    void SetUpTrace();
    void AddClosedForms();
    void EnablePcap();
    bool IsStock() const;
    std::string ClientName(std::uint32_t index) const;
    std::string NameInRules(std::uint32_t link) const;
    ns3::Address AddressAt(std::uint32_t link, std::uint32_t end) const;
    void RouteToAttacker();
    ns3::Ptr<ns3::Node> FaultNode() const;
    void OpenNext();
    void Crash();
    void Reboot();
    void Progress(ns3::Ptr<const ns3::Packet> packet);
    void OpenFailed(ns3::Ptr<ns3::Node> node, const std::string& reason);
    void AddStockSocket(ns3::Ptr<ns3::Socket> socket, const ns3::Address& remote);

    RunConfig m_config;
    ns3::NodeContainer m_clients;
    ns3::Ptr<ns3::Node> m_server;
    ns3::Ptr<ns3::Node> m_attacker; ///< without internet stack; null if --inject names none
    std::vector<ns3::NetDeviceContainer> m_links; ///< of each client, then of the attacker
    std::vector<ns3::Ptr<ns3::LifecycleClient>> m_clientApps;
    ns3::Ptr<ns3::LifecycleServer> m_serverApp;
    std::vector<ns3::Ptr<ns3::LifecycleInjector>> m_injectors;
    ns3::Ptr<ns3::RandomVariableStream> m_interarrival;
    std::unique_ptr<ns3::LifecycleTraceHelper> m_trace;
    std::uint64_t m_opened{0}; ///< calls; of which m_failed
    std::uint64_t m_failed{0};
    std::uint64_t m_packets{0};
    bool m_progressShown{false};
};

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_SCENARIO_H
