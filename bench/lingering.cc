// Connections that stay in one state: how much memory each holds.

#include "meter.h"
#include "syn-source.h"
#include "world.h"

#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-program-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/object-vector.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-factory.h"

#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

using namespace bench;
using namespace ns3;

namespace
{

constexpr std::uint16_t FIRST_PORT = 1000;
constexpr std::uint64_t CONNECTIONS_OF_A_PORT = 16000; // a client of ns-3's TCP has 16384 ports
constexpr std::uint64_t PER_SECOND = 20000;

/** Where connections may stay. */
const std::vector<std::string> STATES{"syn-received", "established", "fin-wait-2", "time-wait"};

/**
 * Brings connections from a client to a server into one state, where they stay: SYN-RECEIVED and
 * TIME-WAIT at the server, FIN-WAIT-2 at the client with CLOSE-WAIT at the server, ESTABLISHED at
 * both.
 * Keeps the sockets of what is not closed, and nothing of what is.
 */
class Users
{
  public:
    Users(const World& world, std::string state, std::uint64_t connections)
        : m_world(world),
          m_state(std::move(state)),
          m_connections(connections)
    {
        m_kept.reserve(2 * connections + Listeners());
        for (std::uint64_t i = 0; i < Listeners(); ++i)
        {
            const Ptr<Socket> listener =
                Socket::CreateSocket(world.Server(), TcpSocketFactory::GetTypeId());
            listener->Bind(world.AnyAt(static_cast<std::uint16_t>(FIRST_PORT + i)));
            listener->Listen();
            listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                        MakeCallback(&Users::Accepted, this));
            m_kept.push_back(listener);
        }
        if (m_state == "syn-received")
        {
            m_source.emplace(world, FIRST_PORT, PER_SECOND);
        }
    }

    std::uint64_t Listeners() const
    {
        return m_connections / CONNECTIONS_OF_A_PORT + 1;
    }

    /** Opens until there have been @p count, and gives them time to get where they are to be. */
    void OpenUntil(std::uint64_t count)
    {
        m_until = count;
        Simulator::ScheduleWithContext(m_world.Client()->GetId(), Time(), [this] {
            m_source ? m_source->SendUntil(m_until) : OpenNext();
        });
        const double needed = static_cast<double>(count) / PER_SECOND + 0.5;
        Simulator::Stop(Seconds(needed));
        Simulator::Run();
    }

  private:
    void OpenNext()
    {
        if (m_opened == m_until)
        {
            return;
        }
        const std::uint64_t port = FIRST_PORT + m_opened++ / CONNECTIONS_OF_A_PORT;
        const Ptr<Socket> socket =
            Socket::CreateSocket(m_world.Client(), TcpSocketFactory::GetTypeId());
        socket->SetConnectCallback(MakeCallback(&Users::Connected, this),
                                   MakeNullCallback<void, Ptr<Socket>>());
        if ((m_world.IsIpv6() ? socket->Bind6() : socket->Bind()) != 0)
        {
            std::cerr << "bench-lingering: the client has no free port for connection " << m_opened
                      << "; allowed with --state=" << m_state << " are fewer --connections."
                      << std::endl;
            std::exit(1);
        }
        socket->Connect(m_world.ServerAt(static_cast<std::uint16_t>(port)));
        Simulator::Schedule(Seconds(1.0 / PER_SECOND), &Users::OpenNext, this);
    }

    void Connected(Ptr<Socket> socket)
    {
        if (m_state == "time-wait")
        {
            socket->SetCloseCallbacks(MakeCallback(&Users::PeerClosed, this),
                                      MakeNullCallback<void, Ptr<Socket>>());
        }
        else if (m_state == "fin-wait-2")
        {
            socket->Close();
        }
        else
        {
            m_kept.push_back(socket);
        }
    }

    void Accepted(Ptr<Socket> socket, const Address&)
    {
        if (m_state == "time-wait")
        {
            Simulator::Schedule(MilliSeconds(1), &Socket::Close, socket);
        }
        else
        {
            m_kept.push_back(socket);
        }
    }

    void PeerClosed(Ptr<Socket> socket)
    {
        socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                  MakeNullCallback<void, Ptr<Socket>>());
        socket->Close();
    }

    const World& m_world;
    std::string m_state;
    std::uint64_t m_connections;
    std::vector<Ptr<Socket>> m_kept;
    std::optional<SynSource> m_source;
    std::uint64_t m_until{0};
    std::uint64_t m_opened{0};
};

/** How many connections and listeners @p node has. */
std::size_t
CountSockets(Ptr<Node> node)
{
    const Ptr<LifecycleL4Protocol> ours = LifecycleStackHelper::Of(node);
    if (ours)
    {
        return ours->GetOpenConnections().size();
    }
    ObjectVectorValue sockets;
    node->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    return sockets.GetN();
}

void
HearEnd(const LifecycleEnd&)
{
}

struct Options
{
    std::string stack{"ours"};
    std::string state{"time-wait"};
    std::uint64_t from{10000};
    std::uint64_t connections{100000};
    std::string ip{"4"};
    std::string heard{"no"};
};

int
Measure(const Options& options)
{
    if (options.connections <= options.from)
    {
        std::cerr << "bench-lingering: --connections: '" << options.connections
                  << "' is not allowed; allowed is more than --from, which is " << options.from
                  << "." << std::endl;
        return 2;
    }
    if (options.ip == "6" && (options.state == "syn-received" || options.stack != "ours"))
    {
        std::cerr
            << "bench-lingering: --ip: '6' is not allowed; allowed with --state=syn-received and "
               "--stack=stock is 4."
            << std::endl;
        return 2;
    }

    WorldConfig config;
    config.stack = StackOf(options.stack);
    config.msl = 10000;
    config.isIpv6 = options.ip == "6";
    config.clientIsBare = options.state == "syn-received";
    config.settings = {{"SynQueueLimit", "1000000"},
                       {"AcceptQueueLimit", "1000000"},
                       {"FinWait2Timeout", "10000s"}};
    const World world(config);
    if (options.heard == "yes" && config.stack == Stack::OURS)
    {
        LifecycleStackHelper::Of(world.Server())
            ->TraceConnectWithoutContext("ConnectionClosed", MakeCallback(&HearEnd));
    }
    Users users(world, options.state, options.connections);
    users.OpenUntil(options.from);
    const std::size_t heapFrom = HeapOctets();
    users.OpenUntil(options.connections);
    const std::size_t heap = HeapOctets();
    PrintAndEnd({{"program", "lingering"},
                 {"stack", options.stack},
                 {"state", options.state},
                 {"ip", options.ip},
                 {"heard", options.heard},
                 {"from", options.from},
                 {"connections", options.connections},
                 {"octets_per_connection",
                  (static_cast<double>(heap) - static_cast<double>(heapFrom)) /
                      static_cast<double>(options.connections - options.from)},
                 {"heap_from", heapFrom},
                 {"heap", heap},
                 {"at_server", CountSockets(world.Server()) - users.Listeners()},
                 {"at_client", config.clientIsBare ? 0 : CountSockets(world.Client())},
                 {"peak_octets", PeakMemory()}});
}

} // namespace

int
main(int argc, char** argv)
{
    Options options;
    LifecycleProgramHelper program(
        "bench-lingering",
        "brings connections into one state, and prints as one line of JSON by how much the heap "
        "has grown between two numbers of them");
    program.AddChoice("stack",
                      "what carries the connections",
                      options.stack,
                      {"ours", "stock", "stock-plain"});
    program.AddChoice(
        "state",
        "where they stay; fin-wait-2 counts the peer's CLOSE-WAIT as well, established both ends",
        options.state,
        STATES);
    program.AddOption("from", "the smaller number of connections", options.from, 0, 1000000);
    program.AddOption("connections", "the greater number", options.connections, 1, 1000000);
    program.AddChoice("ip", "version", options.ip, {"4", "6"});
    program.AddChoice("heard",
                      "whether somebody listens to ConnectionClosed",
                      options.heard,
                      {"no", "yes"});
    return program.Main(argc, argv, [&options] { return Measure(options); });
}
