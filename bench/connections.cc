// Short connections, one after another or overlapping: what each costs from opening to end.

#include "counting-scheduler.h"
#include "floor.h"
#include "meter.h"
#include "world.h"

#include "ns3/lifecycle-program-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket-factory.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace bench;
using namespace ns3;

namespace
{

constexpr std::uint16_t FIRST_PORT = 1000;
constexpr std::uint64_t CONNECTIONS_OF_A_PORT = 16000; // a client of ns-3's TCP has 16384 ports
constexpr std::uint64_t CHECK_EVERY = 64;              // connections: limit of CPU time

struct Options
{
    std::string stack{"ours"};
    std::uint64_t connections{20000};
    std::uint64_t before{0};
    std::uint64_t rate{1000};
    double delay{0.001};
    double hold{0.001};
    double msl{0.001};
    std::string close{"client"};
    std::uint64_t request{0};
    double limit{0};
    std::string measure{"time"};

    /** How many ports the server needs so that each 4-tuple is free again when its turn comes. */
    std::uint64_t Ports() const
    {
        const double lingering = 2 * msl * static_cast<double>(rate);
        const auto all = static_cast<double>(before + connections);
        return static_cast<std::uint64_t>(std::min(lingering, all)) / CONNECTIONS_OF_A_PORT + 2;
    }
};

/** The CPU time at some moment. */
struct Sample
{
    std::uint64_t opened;
    double cpu; ///< [s]
};

/** Who opens connections and closes them, and watches what it costs. */
class Users
{
  public:
    Users(const Options& options, const World& world)
        : m_options(options),
          m_world(world),
          m_gap(Seconds(1.0 / static_cast<double>(options.rate)))
    {
        const std::uint64_t all = options.before + options.connections;
        m_samples.reserve(all / CHECK_EVERY + 3);
    }

    /** All of it, over TCP or over the floor. */
    void Run(const std::vector<Step>* script);

    nlohmann::ordered_json Result() const;

  private:
    void Listen();
    void OpenNext();
    void Open();
    void Connected(Ptr<Socket> socket);
    void Failed(Ptr<Socket> socket);
    void Accepted(Ptr<Socket> socket, const Address& from);
    void Arrived(Ptr<Socket> socket);
    void PeerClosed(Ptr<Socket> socket);
    void Broken(Ptr<Socket> socket);
    void CloseLater(Ptr<Socket> socket);
    void WatchPeer(Ptr<Socket> socket);
    void TakeSample();
    double CostPerConnection() const;

    const Options& m_options;
    const World& m_world;
    Time m_gap;
    std::vector<Ptr<Socket>> m_listeners;
    Ptr<Floor> m_floorClient;
    Ptr<Floor> m_floorServer;
    std::uint64_t m_opened{0};
    std::uint64_t m_connected{0};
    std::uint64_t m_closed{0};
    std::uint64_t m_failed{0};
    bool m_isLimited{false};
    double m_notOurs{0}; ///< CPU time of what measures [s]
    std::vector<Sample> m_samples;
    nlohmann::ordered_json m_curve = nlohmann::ordered_json::array();
};

void
Users::Run(const std::vector<Step>* script)
{
    if (script != nullptr)
    {
        m_floorClient = CreateObject<Floor>(m_world, true, *script);
        m_floorServer = CreateObject<Floor>(m_world, false, *script);
    }
    else
    {
        Listen();
    }
    Simulator::ScheduleWithContext(m_world.Client()->GetId(), m_gap, &Users::OpenNext, this);
    TakeSample();
    Simulator::Run();
    TakeSample();
}

void
Users::Listen()
{
    for (std::uint64_t i = 0; i < m_options.Ports(); ++i)
    {
        const Ptr<Socket> listener =
            Socket::CreateSocket(m_world.Server(), TcpSocketFactory::GetTypeId());
        listener->Bind(m_world.AnyAt(static_cast<std::uint16_t>(FIRST_PORT + i)));
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    MakeCallback(&Users::Accepted, this));
        m_listeners.push_back(listener);
    }
}

void
Users::OpenNext()
{
    if (m_opened % CHECK_EVERY == 0 || m_opened == m_options.before)
    {
        TakeSample();
        m_isLimited = m_options.limit > 0 && m_samples.back().cpu > m_options.limit;
    }
    const bool isLast = m_opened == m_options.before + m_options.connections;
    if (m_isLimited || (isLast && m_options.before > 0))
    {
        Simulator::Stop();
        return;
    }
    if (isLast)
    {
        return; // the rest is measured as well
    }
    Simulator::Schedule(m_gap, &Users::OpenNext, this);
    m_floorClient ? m_floorClient->Open() : Open();
    ++m_opened;
    if (IsPointOfCurve(m_opened))
    {
        const double begin = CpuSeconds();
        m_curve.push_back({m_opened, begin - m_notOurs - m_samples.front().cpu, HeapOctets()});
        m_notOurs += CpuSeconds() - begin;
    }
}

void
Users::Open()
{
    const std::uint64_t port = m_opened / CONNECTIONS_OF_A_PORT % m_options.Ports();
    const Ptr<Socket> socket =
        Socket::CreateSocket(m_world.Client(), TcpSocketFactory::GetTypeId());
    socket->SetConnectCallback(MakeCallback(&Users::Connected, this),
                               MakeCallback(&Users::Failed, this));
    if (socket->Bind() != 0 ||
        socket->Connect(m_world.ServerAt(static_cast<std::uint16_t>(FIRST_PORT + port))) != 0)
    {
        ++m_failed;
    }
}

void
Users::Connected(Ptr<Socket> socket)
{
    ++m_connected;
    if (m_options.request > 0)
    {
        socket->Send(Create<Packet>(static_cast<uint32_t>(m_options.request)));
    }
    m_options.close == "client" ? CloseLater(socket) : WatchPeer(socket);
}

void
Users::Failed(Ptr<Socket>)
{
    ++m_failed;
}

void
Users::Accepted(Ptr<Socket> socket, const Address&)
{
    socket->SetRecvCallback(MakeCallback(&Users::Arrived, this));
    m_options.close == "server" ? CloseLater(socket) : WatchPeer(socket);
}

void
Users::Arrived(Ptr<Socket> socket)
{
    while (const Ptr<Packet> packet = socket->Recv())
    {
        if (packet->GetSize() == 0) // the end of the stream, in ns-3's TCP
        {
            return;
        }
    }
}

void
Users::CloseLater(Ptr<Socket> socket)
{
    if (m_options.hold > 0)
    {
        Simulator::Schedule(Seconds(m_options.hold), &Socket::Close, socket);
    }
    else
    {
        socket->Close();
    }
}

void
Users::WatchPeer(Ptr<Socket> socket)
{
    socket->SetCloseCallbacks(MakeCallback(&Users::PeerClosed, this),
                              MakeCallback(&Users::Broken, this));
}

void
Users::PeerClosed(Ptr<Socket> socket)
{
    ++m_closed;
    socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                              MakeNullCallback<void, Ptr<Socket>>());
    socket->Close();
}

void
Users::Broken(Ptr<Socket>)
{
    ++m_failed;
}

void
Users::TakeSample()
{
    m_samples.push_back({m_opened, CpuSeconds() - m_notOurs});
    // The limit counts from the first.
    m_samples.back().cpu -= m_samples.size() > 1 ? m_samples.front().cpu : 0;
}

double
Users::CostPerConnection() const
{
    const Sample& last = m_samples.back();
    Sample first{0, 0};
    if (m_options.before > 0)
    {
        // Before the limit is reached each costs more than those before it: the last tenth counts.
        const std::uint64_t from = m_isLimited ? m_opened - m_opened / 10 : m_options.before;
        first = *std::find_if(m_samples.begin() + 1, m_samples.end(), [&](const Sample& sample) {
            return sample.opened >= std::min(from, m_options.before);
        });
    }
    const std::uint64_t count = last.opened - first.opened;
    return count == 0 ? last.cpu : (last.cpu - first.cpu) / static_cast<double>(count);
}

nlohmann::ordered_json
Users::Result() const
{
    nlohmann::ordered_json result{
        {"program", "connections"},
        {"stack", m_options.stack},
        {"opened", m_opened},
        {"connected", m_floorClient ? m_opened : m_connected},
        {"closed",
         m_floorClient ? m_floorClient->Finished() + m_floorServer->Finished() : m_closed},
        {"failed", m_failed},
        {"limited", m_isLimited},
        {"simulated_s", Simulator::Now().GetSeconds()},
        {"events", Simulator::GetEventCount()}};
    if (m_options.measure == "time")
    {
        result["us_per_connection"] = CostPerConnection() * 1e6;
        result["cpu_s"] = m_samples.back().cpu;
        result["curve"] = m_curve;
        result["peak_octets"] = PeakMemory();
    }
    return result;
}

/** The packets of one connection of ours. */
std::vector<Step>
Record(Options options)
{
    options.connections = 1;
    options.before = 0;
    WorldConfig config;
    config.delay = options.delay;
    config.msl = options.msl;
    const World world(config);
    Wire wire;
    wire.Watch(world, true);
    Users users(options, world);
    users.Run(nullptr);
    Simulator::Destroy();
    return ScriptOf(wire.Log(), options.delay);
}

int
Measure(const Options& options)
{
    const Stack stack = StackOf(options.stack);
    std::vector<Step> script;
    if (stack == Stack::FLOOR)
    {
        script = Record(options);
    }
    const bool counts = options.measure == "counts";
    if (counts)
    {
        CountingScheduler::Install();
    }
    WorldConfig config;
    config.stack = stack;
    config.delay = options.delay;
    config.msl = options.msl;
    if (stack == Stack::OURS)
    {
        config.settings = {{"SynQueueLimit", "1000000"}, {"AcceptQueueLimit", "1000000"}};
    }
    const World world(config);
    Wire wire;
    if (counts)
    {
        wire.Watch(world, false);
    }
    Users users(options, world);
    users.Run(stack == Stack::FLOOR ? &script : nullptr);
    nlohmann::ordered_json result = users.Result();
    if (counts)
    {
        result["packets"] = wire.Packets();
        result["octets"] = wire.Octets();
        result["mean_pending"] = CountingScheduler::MeanPending();
    }
    PrintAndEnd(result);
}

} // namespace

int
main(int argc, char** argv)
{
    Options options;
    LifecycleProgramHelper program("bench-connections",
                                   "opens and closes connections, and prints what each costs as "
                                   "one line of JSON: CPU time, not wall time");
    program.AddChoice("stack",
                      "what carries the connections; floor: the packets of ours without TCP",
                      options.stack,
                      STACK_NAMES);
    program.AddOption("connections", "how many are measured", options.connections, 1, 100000000);
    program.AddOption("before",
                      "how many are opened before that; then the measurement ends with the last "
                      "opening, else with the last event",
                      options.before,
                      0,
                      100000000);
    program.AddOption("rate", "connections opened in a second", options.rate, 1, 10000000);
    program.AddOption("delay", "of the link [s]", options.delay, 0, 10);
    program.AddOption("hold", "between opening and closing [s]", options.hold, 0, 50);
    program.AddOption("msl",
                      "maximum segment lifetime [s]; TIME-WAIT is twice that",
                      options.msl,
                      0,
                      1e6);
    program.AddChoice("close", "who closes first", options.close, {"client", "server"});
    program.AddOption("request", "octets that the client sends", options.request, 0, 1000);
    program.AddOption("limit",
                      "CPU time after which it ends [s]; 0: never; if reached, what counts is the "
                      "last tenth of what was opened",
                      options.limit,
                      0,
                      1e6);
    program.AddChoice("measure",
                      "time, or in a run of its own what is counted: packets, events",
                      options.measure,
                      {"time", "counts"});
    return program.Main(argc, argv, [&options] { return Measure(options); });
}
