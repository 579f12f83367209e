// What the hot calls of the core cost, without ns-3. `--help` lists Google Benchmark's options.

#include "../model/core/host.h"
#include "../model/core/siphash.h"

#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

using namespace lifecycle;
using namespace std::chrono_literals;

namespace
{

constexpr std::uint16_t PORT = 80;
constexpr std::uint32_t MSS = 1460;

const Address CLIENT = Address::FromIpv4(0x0a000001);
const Address SERVER = Address::FromIpv4(0x0a000002);

ConnectionConfig
Config()
{
    ConnectionConfig config;
    config.msl = 30s;
    config.delayedAck = 0s;
    return config;
}

Host
NewHost(std::uint64_t secret)
{
    return {HostConfig(), SipHashKey{secret, secret + 1}};
}

/** Two hosts, and a wire that delivers at once. */
class Hosts
{
  public:
    Hosts()
        : m_client(NewHost(1)),
          m_server(NewHost(3))
    {
        Actions actions;
        m_listener = std::get<ConnectionId>(
            m_server.OpenPassive({SERVER, PORT}, Config(), 1000, 1000, actions));
    }

    /** A connection from @p port, ESTABLISHED at both ends. */
    void Open(std::uint16_t port)
    {
        m_path = {{CLIENT, port}, {SERVER, PORT}};
        Actions actions;
        m_clientId = std::get<ConnectionId>(m_client.OpenActive(m_path, Config(), m_now, actions));
        Exchange(m_client, m_server, actions);
        m_serverId = m_server.Accept(m_listener).value();
    }

    /** The client closes, then the server. */
    void Close()
    {
        Call(m_client, m_server, [&](Actions& out) {
            return m_client.CloseFully(m_clientId, m_now, out);
        });
        Call(m_server, m_client, [&](Actions& out) {
            return m_server.CloseFully(m_serverId, m_now, out);
        });
    }

    void Send(std::uint32_t octets)
    {
        Call(m_client, m_server, [&](Actions& out) {
            return m_client.Send(m_clientId, octets, m_now, out);
        });
        Call(m_server, m_client, [&](Actions& out) {
            return m_server.Receive(m_serverId, octets, m_now, out);
        });
    }

    void Pass(Duration span)
    {
        m_now += span;
        for (Host* host : {&m_client, &m_server})
        {
            Actions actions;
            host->DeadlineReached(m_now, actions);
        }
    }

    const Host& Client() const
    {
        return m_client;
    }

  private:
    template <class UserCall>
    void Call(Host& caller, Host& other, UserCall call)
    {
        Actions actions;
        if (call(actions))
        {
            std::abort();
        }
        Exchange(caller, other, actions);
    }

    /** Delivers what @p from sends, what @p to answers, and so on. */
    void Exchange(Host& from, Host& to, const Actions& actions)
    {
        Actions answers;
        for (const Action& action : actions)
        {
            if (const auto* send = std::get_if<SendSegment>(&action))
            {
                to.SegmentArrives({send->path.remote, send->path.local},
                                  send->segment,
                                  m_now,
                                  answers);
            }
        }
        if (!answers.empty())
        {
            Exchange(to, from, answers);
        }
    }

    Host m_client;
    Host m_server;
    Instant m_now{};
    FourTuple m_path{};
    ConnectionId m_listener;
    ConnectionId m_clientId;
    ConnectionId m_serverId;
};

/** From OPEN to TIME-WAIT, both ends; TIME-WAIT holds range(0) connections all the while. */
void
WholeConnection(benchmark::State& state)
{
    Hosts hosts;
    const Duration gap = 2 * Config().msl / state.range(0);
    std::uint32_t opened = 0;
    const auto one = [&] {
        hosts.Open(
            static_cast<std::uint16_t>(1024 + opened++ % 60000)); // each is free again after 72 s
        hosts.Close();
        hosts.Pass(gap);
    };
    for (std::int64_t i = 0; i < state.range(0); ++i)
    {
        one();
    }
    for (auto _ : state)
    {
        one();
    }
    state.counters["in TIME-WAIT"] = static_cast<double>(hosts.Client().CountIn(State::TIME_WAIT));
}
BENCHMARK(WholeConnection)->Arg(10)->Arg(1000)->Arg(50000);

/** SEND of a segment, its arrival, RECEIVE and the acknowledgment. */
void
DataSegment(benchmark::State& state)
{
    Hosts hosts;
    hosts.Open(1024);
    hosts.Send(MSS);
    for (auto _ : state)
    {
        hosts.Send(MSS);
    }
    state.SetBytesProcessed(state.iterations() * MSS);
}
BENCHMARK(DataSegment);

/** A SYN arrives at a listener whose queue is full. */
void
SynOfFlood(benchmark::State& state)
{
    Host host = NewHost(1);
    ListenConfig listen;
    listen.synOverflow = SynOverflow::DROP_OLDEST;
    Actions actions;
    static_cast<void>(host.OpenPassive({SERVER, PORT}, Config(), listen, actions));
    Segment syn;
    syn.flags = Flag::SYN;
    std::uint32_t address = 0xc6120000;
    for (auto _ : state)
    {
        actions.clear();
        host.SegmentArrives({{SERVER, PORT}, {Address::FromIpv4(++address), 1024}},
                            syn,
                            Instant{},
                            actions);
    }
}
BENCHMARK(SynOfFlood);

/** Who gets a segment, among range(0) connections. */
void
ReceiverOf(benchmark::State& state)
{
    Host host = NewHost(1);
    Actions actions;
    for (std::int64_t i = 0; i < state.range(0); ++i)
    {
        static_cast<void>(
            host.OpenActive({{CLIENT, static_cast<std::uint16_t>(1024 + i)}, {SERVER, PORT}},
                            Config(),
                            {},
                            actions));
        actions.clear();
    }
    std::uint16_t next = 0;
    for (auto _ : state)
    {
        const auto port = static_cast<std::uint16_t>(1024 + next++ % state.range(0));
        benchmark::DoNotOptimize(host.ReceiverOf({{CLIENT, port}, {SERVER, PORT}}));
    }
}
BENCHMARK(ReceiverOf)->Arg(10)->Arg(1000)->Arg(50000);

} // namespace

BENCHMARK_MAIN();
