#ifndef LIFECYCLE_SCENARIO_WORKLOAD_H
#define LIFECYCLE_SCENARIO_WORKLOAD_H

#include "options.h"

#include "ns3/lifecycle-trace-helper.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/random-variable-stream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{
class Application;
class LifecycleArrivals;
class LifecycleClient;
class LifecycleServer;
class Socket;
} // namespace ns3

namespace ns3::lifecycle_internal
{

/** The applications of one run, and when they open connections. */
class Workload
{
  public:
    /** Installs everything and plans the first opening. @p trace must know the hosts. */
    Workload(const LifecycleScenario& config,
             const NodeContainer& clients,
             Ptr<Node> server,
             LifecycleTraceHelper& trace);
    ~Workload();
    Workload(const Workload&) = delete;
    Workload& operator=(const Workload&) = delete;

    /** What @p node has to do again after a reboot, once its quiet time is over. */
    void Restart(Ptr<Node> node);

    /** Nothing is opened at @p node until Restart. */
    void Silence(Ptr<Node> node);

    /** The process at @p node exits: its sockets are closed, and a server listens no more. */
    void Exit(Ptr<Node> node);

    /** Calls that opened something, those that failed included. */
    std::uint64_t Opened() const
    {
        return m_opened;
    }

    std::uint64_t Failed() const
    {
        return m_failed;
    }

  private:
    void Configure(Ptr<Application> app);
    void MakeServer();
    void MakeClient(std::uint32_t index);
    void PlanNext();
    void OpenNext();
    void Open(std::uint32_t client);
    void OpenBothEnds(std::uint32_t client);
    void OpenFailed(Ptr<Node> node, const std::string& reason);
    void AddStockSocket(Ptr<Socket> socket, const Address& remote);

    const LifecycleScenario& m_config;
    NodeContainer m_clients;
    Ptr<Node> m_server;
    LifecycleTraceHelper& m_trace;
    std::vector<Ptr<LifecycleClient>> m_clientApps;
    std::vector<bool> m_isSilent; ///< of each client: it waits for Restart
    Ptr<LifecycleServer> m_serverApp;
    Ptr<LifecycleArrivals> m_arrivals;
    Ptr<RandomVariableStream> m_openDelay;       ///< of simultaneous open [s]
    Ptr<RandomVariableStream> m_serverOpenDelay; ///< of simultaneous open [s]
    std::uint64_t m_opened{0};
    std::uint64_t m_failed{0};
};

/** A random variable that draws as @p drawn says, from a stream of its own. */
Ptr<RandomVariableStream> MakeVariable(const DrawnTime& drawn, std::int64_t stream);

/** Draws a time; what is below 0 counts as 0, and what is above 1e9 s as that. @param variable in seconds */
Time DrawTime(const Ptr<RandomVariableStream>& variable);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_WORKLOAD_H
