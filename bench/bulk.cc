// Bulk transfer over one connection: what an octet costs.

#include "floor.h"
#include "meter.h"
#include "world.h"

#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/lifecycle-program-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

using namespace bench;
using namespace ns3;

namespace
{

constexpr std::uint16_t PORT = 1000;
constexpr std::uint64_t MSS = 1448;
constexpr std::uint32_t HEADER = 32;           // TCP with timestamps
constexpr std::uint64_t BUFFER = 1000000;      // octets, at both ends
constexpr std::uint64_t WINDOW = BUFFER / MSS; // segments of the floor in flight

/** A bulk transfer without TCP: each second packet is acknowledged, which lets two go. */
class FloorTransfer
{
  public:
    FloorTransfer(const World& world, std::uint64_t octets)
        : m_left((octets + MSS - 1) / MSS),
          m_client(CreateObject<Floor>(world, true, std::vector<Step>{})),
          m_server(CreateObject<Floor>(world, false, std::vector<Step>{}))
    {
        m_client->OnArrival(MakeCallback(&FloorTransfer::Acknowledged, this));
        m_server->OnArrival(MakeCallback(&FloorTransfer::Arrived, this));
    }

    void Begin()
    {
        for (std::uint64_t i = 0; i < WINDOW; ++i)
        {
            SendNext();
        }
    }

    std::uint64_t Delivered() const
    {
        return m_delivered;
    }

  private:
    void SendNext()
    {
        if (m_left > 0)
        {
            --m_left;
            m_client->Send(0, MSS + HEADER);
        }
    }

    void Acknowledged(std::size_t, std::uint32_t)
    {
        SendNext();
        SendNext();
    }

    void Arrived(std::size_t, std::uint32_t octets)
    {
        m_delivered += octets - HEADER;
        if (++m_arrived % 2 == 0)
        {
            m_server->Send(0, HEADER);
        }
    }

    std::uint64_t m_left;
    std::uint64_t m_arrived{0};
    std::uint64_t m_delivered{0};
    Ptr<Floor> m_client;
    Ptr<Floor> m_server;
};

struct Options
{
    std::string stack{"ours"};
    std::uint64_t octets{100000000};
    double delay{0.001};
    std::string measure{"time"};
};

int
Measure(const Options& options)
{
    WorldConfig config;
    config.stack = StackOf(options.stack);
    config.delay = options.delay;
    // The MSS of ours is RFC 6691's: what timestamps take is part of it.
    const std::uint64_t mss = config.stack == Stack::OURS ? MSS + HEADER - 20 : MSS;
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(mss));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(BUFFER));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(BUFFER));
    const World world(config);
    Wire wire;
    if (options.measure == "counts")
    {
        wire.Watch(world, false);
    }
    std::optional<FloorTransfer> floor;
    Ptr<PacketSink> sink;
    if (config.stack == Stack::FLOOR)
    {
        floor.emplace(world, options.octets);
        Simulator::Schedule(Seconds(0), &FloorTransfer::Begin, &*floor);
    }
    else
    {
        BulkSendHelper sender("ns3::TcpSocketFactory", world.ServerAt(PORT));
        sender.SetAttribute("MaxBytes", UintegerValue(options.octets));
        sender.SetAttribute("SendSize", UintegerValue(16 * MSS));
        sender.Install(world.Client()).Start(Seconds(0));
        PacketSinkHelper receiver("ns3::TcpSocketFactory", world.AnyAt(PORT));
        const auto receivers = receiver.Install(world.Server());
        sink = DynamicCast<PacketSink>(receivers.Get(0));
    }
    const double begin = CpuSeconds();
    Simulator::Run();
    const double took = CpuSeconds() - begin;
    nlohmann::ordered_json result{{"program", "bulk"},
                                  {"stack", options.stack},
                                  {"octets", options.octets},
                                  {"delivered", sink ? sink->GetTotalRx() : floor->Delivered()},
                                  {"simulated_s", Simulator::Now().GetSeconds()},
                                  {"events", Simulator::GetEventCount()}};
    if (options.measure == "counts")
    {
        result["packets"] = wire.Packets();
        result["octets_in_packets"] = wire.Octets();
    }
    else
    {
        result["ns_per_octet"] = took * 1e9 / static_cast<double>(options.octets);
        result["cpu_s"] = took;
        result["peak_octets"] = PeakMemory();
    }
    PrintAndEnd(result);
}

} // namespace

int
main(int argc, char** argv)
{
    Options options;
    LifecycleProgramHelper program(
        "bench-bulk",
        "sends octets over one connection from BulkSendApplication to PacketSink, and prints what "
        "each costs as one line of JSON: CPU time, not wall time");
    program.AddChoice("stack",
                      "what carries them; floor: as many packets of the same sizes without TCP",
                      options.stack,
                      STACK_NAMES);
    program.AddOption("octets", "how many are sent", options.octets, 1, 100000000000);
    program.AddOption("delay", "of the link [s]", options.delay, 0, 10);
    program.AddChoice("measure",
                      "time, or in a run of its own what is counted: packets, events",
                      options.measure,
                      {"time", "counts"});
    return program.Main(argc, argv, [&options] { return Measure(options); });
}
