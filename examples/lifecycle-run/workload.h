#ifndef LIFECYCLE_RUN_WORKLOAD_H
#define LIFECYCLE_RUN_WORKLOAD_H

#include "parameters.h"

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

namespace lifecycle_run
{

/** The applications of one run, and when they open connections. */
class Workload
{
  public:
    /** Installs everything and plans the first opening. @p trace must know the hosts. */
    Workload(const RunConfig& config,
             const ns3::NodeContainer& clients,
             ns3::Ptr<ns3::Node> server,
             ns3::LifecycleTraceHelper& trace);
    ~Workload();
    Workload(const Workload&) = delete;
    Workload& operator=(const Workload&) = delete;

    /** What @p node has to do again after a reboot, once its quiet time is over. */
    void Restart(ns3::Ptr<ns3::Node> node);

    /** Nothing is opened at @p node until Restart. */
    void Silence(ns3::Ptr<ns3::Node> node);

    /** The process at @p node exits: its sockets are closed, and a server listens no more. */
    void Exit(ns3::Ptr<ns3::Node> node);

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
    void Configure(ns3::Ptr<ns3::Application> app);
    void MakeServer();
    void MakeClient(std::uint32_t index);
    void PlanNext();
    void OpenNext();
    void Open(std::uint32_t client);
    void OpenBothEnds(std::uint32_t client);
    void OpenFailed(ns3::Ptr<ns3::Node> node, const std::string& reason);
    void AddStockSocket(ns3::Ptr<ns3::Socket> socket, const ns3::Address& remote);

    const RunConfig& m_config;
    ns3::NodeContainer m_clients;
    ns3::Ptr<ns3::Node> m_server;
    ns3::LifecycleTraceHelper& m_trace;
    std::vector<ns3::Ptr<ns3::LifecycleClient>> m_clientApps;
    std::vector<bool> m_isSilent; ///< of each client: it waits for Restart
    ns3::Ptr<ns3::LifecycleServer> m_serverApp;
    ns3::Ptr<ns3::LifecycleArrivals> m_arrivals;
    ns3::Ptr<ns3::RandomVariableStream> m_openDelay;       ///< of simultaneous open [s]
    ns3::Ptr<ns3::RandomVariableStream> m_serverOpenDelay; ///< of simultaneous open [s]
    std::uint64_t m_opened{0};
    std::uint64_t m_failed{0};
};

/** A random variable that draws as @p drawn says, from a stream of its own. */
ns3::Ptr<ns3::RandomVariableStream> MakeVariable(const DrawnTime& drawn, std::int64_t stream);

/** Draws a time; what is below 0 counts as 0, and what is above 1e9 s as that. @param variable in seconds */
ns3::Time DrawTime(const ns3::Ptr<ns3::RandomVariableStream>& variable);

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_WORKLOAD_H
