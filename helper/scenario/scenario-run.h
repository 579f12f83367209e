#ifndef LIFECYCLE_SCENARIO_RUN_H
#define LIFECYCLE_SCENARIO_RUN_H

#include "captures.h"
#include "options.h"
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

namespace ns3::lifecycle_internal
{

/** The hosts, links, applications and faults of one run. One at a time: ns-3 has one simulator. */
class ScenarioRun
{
  public:
    /** Builds everything; nothing is written before the first event. @throws std::runtime_error */
    explicit ScenarioRun(const LifecycleScenario& config);
    ~ScenarioRun();
    ScenarioRun(const ScenarioRun&) = delete;
    ScenarioRun& operator=(const ScenarioRun&) = delete;

    /**
     * Runs to the end, or to an interrupt (interrupt.h); then writes what is left, and tells the
     * user on standard error what is worth knowing.
     *
     * @return The exit status. @throws std::runtime_error
     */
    int Run();

    const NodeContainer& Clients() const
    {
        return m_clients;
    }

    Ptr<Node> Server() const
    {
        return m_server;
    }

    const NetDeviceContainer& Link(std::uint32_t client) const
    {
        return m_links.at(client);
    }

    LifecycleTraceHelper& Trace()
    {
        return *m_trace;
    }

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
    Ptr<Node> FaultNode() const;
    void Crash();
    void Reboot();
    void Exit();
    void Progress(Ptr<const Packet> packet);
    void Simulate();
    std::vector<std::string> UnusedRules() const;
    std::vector<std::string> UnusedInjections() const;
    std::string Summary() const;

    LifecycleScenario m_config;
    NodeContainer m_clients;
    Ptr<Node> m_server;
    Ptr<Node> m_attacker; ///< without internet stack; null if --inject names none
    std::vector<NetDeviceContainer> m_links; ///< of each client, then of the attacker
    std::vector<Ptr<LifecycleInjector>> m_injectors;
    std::unique_ptr<Workload> m_workload;
    std::optional<Time> m_crashAt; ///< drawn, as are the others
    std::optional<Time> m_rebootAt;
    std::optional<Time> m_exitAt;
    Time m_outageAt;
    std::unique_ptr<LifecycleTraceHelper> m_trace;
    Captures m_captures;
    std::uint64_t m_packets{0};
    bool m_progressShown{false};
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_RUN_H
