#ifndef LIFECYCLE_RUN_SCENARIO_H
#define LIFECYCLE_RUN_SCENARIO_H

#include "captures.h"
#include "parameters.h"
#include "workload.h"

#include "ns3/lifecycle-trace-helper.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{
class LifecycleInjector;
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

    /** Runs to the end, or to an interrupt (interrupt.h); then writes what is left. @throws std::runtime_error */
    void Run();

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
    void PlanFaults();
    void InstallInjectors();
    void InstallInjector(std::uint32_t link, std::uint32_t end);
    void SetUpTrace();
    void EnablePcap();
    bool IsStock() const;
    std::string ClientName(std::uint32_t index) const;
    std::string NameInRules(std::uint32_t link) const;
    void RouteToAttacker();
    ns3::Ptr<ns3::Node> FaultNode() const;
    void Crash();
    void Reboot();
    void Exit();
    void Progress(ns3::Ptr<const ns3::Packet> packet);

    RunConfig m_config;
    ns3::NodeContainer m_clients;
    ns3::Ptr<ns3::Node> m_server;
    ns3::Ptr<ns3::Node> m_attacker; ///< without internet stack; null if --inject names none
    std::vector<ns3::NetDeviceContainer> m_links; ///< of each client, then of the attacker
    std::vector<ns3::Ptr<ns3::LifecycleInjector>> m_injectors;
    std::unique_ptr<Workload> m_workload;
    std::optional<ns3::Time> m_crashAt; ///< drawn, as are the others
    std::optional<ns3::Time> m_rebootAt;
    std::optional<ns3::Time> m_exitAt;
    ns3::Time m_outageAt;
    std::unique_ptr<ns3::LifecycleTraceHelper> m_trace;
    Captures m_captures;
    std::uint64_t m_packets{0};
    bool m_progressShown{false};
};

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_SCENARIO_H
