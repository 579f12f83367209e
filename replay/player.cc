#include "player.h"

#include "turn-scheduler.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-socket.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/net-device-container.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace replay
{

using namespace ns3;

namespace
{

Ipv4Address
Ipv4Of(std::size_t host)
{
    constexpr std::uint32_t FIRST = 0x0a000001; // 10.0.0.1, as in the exploration
    return Ipv4Address(FIRST + static_cast<std::uint32_t>(host));
}

std::size_t
HostAt(const Address& address)
{
    return InetSocketAddress::ConvertFrom(address).GetIpv4().Get() - Ipv4Of(0).Get();
}

void
ReadAll(Ptr<Socket> socket)
{
    while (socket->GetRxAvailable() > 0)
    {
        socket->Recv();
    }
}

bool
HasConnection(const Ptr<Socket>& socket)
{
    const auto ours = DynamicCast<LifecycleSocket>(socket);
    return ours && ours->GetConnectionNumber() != 0;
}

} // namespace

Player::Player(const Steps& steps)
    : m_steps(steps),
      m_channel(CreateObject<HeldChannel>())
{
    TurnScheduler::Use();
    for (const StepsHost& host : steps.hosts)
    {
        MakeHost(host);
    }
    if (std::any_of(steps.steps.begin(), steps.steps.end(), [](const PlayedStep& step) {
            return step.kind == PlayedStep::Kind::FORGE;
        }))
    {
        m_attacker = AddDevice(CreateObject<Node>());
    }
}

Ptr<SimpleNetDevice>
Player::AddDevice(Ptr<Node> node) const
{
    constexpr std::uint16_t MTU = 1500;
    const auto device =
        CreateObjectWithAttributes<SimpleNetDevice>("PointToPointMode", BooleanValue(true));
    device->SetAddress(Mac48Address::Allocate());
    device->SetMtu(MTU);
    node->AddDevice(device);
    device->SetChannel(m_channel);
    return device;
}

void
Player::MakeHost(const StepsHost& host)
{
    const std::size_t number = m_nodes.size();
    const Ptr<Node> node = CreateObject<Node>();
    LifecycleStackHelper stack;
    stack.SetIpv6StackInstall(false);
    stack.SetPreset(host.preset);
    for (const auto& [name, value] : host.attributes)
    {
        stack.SetAttribute(name, StringValue(value));
    }
    stack.Install(node);
    const auto device = AddDevice(node);
    m_channel->Connect(device);
    Ipv4AddressHelper("10.0.0.0", "255.255.255.0", Ipv4Address(number + 1))
        .Assign(NetDeviceContainer(device));
    m_nodes.push_back(node);
    m_users.push_back({LifecycleStackHelper::Of(node), nullptr, nullptr});
    Watch(number);
}

/** Notes what the host of number @p host does. */
void
Player::Watch(std::size_t host)
{
    const auto note = [](auto* seen, SeenAction action) { seen->push_back(std::move(action)); };
    const std::string name = m_steps.hosts[host].name;
    auto* const seen = &m_seen;
    const Ptr<LifecycleL4Protocol> tcp = m_users[host].tcp;
    const std::function<void(const LifecycleSegment&)> sends =
        [=](const LifecycleSegment& segment) {
            SeenAction action;
            action.from = host;
            action.to = HostAt(segment.remote);
            action.seq = segment.seq;
            action.ack = segment.hasAck ? std::optional(segment.ack) : std::nullopt;
            action.flags = segment.flags;
            action.len = segment.len;
            action.window = segment.window;
            action.options = segment.options;
            SetText(action, name, std::string(segment.reason));
            note(seen, action);
        };
    const std::function<void(const LifecycleTransition&)> moves =
        [=](const LifecycleTransition& change) {
            note(seen, {name + " transition " + std::string(change.transition), host});
        };
    const std::function<void(const LifecycleSignal&)> tells = [=](const LifecycleSignal& signal) {
        note(seen, {name + " tells " + std::string(signal.signal), host});
    };
    const std::function<void(const LifecycleEnd&)> ends = [=](const LifecycleEnd& end) {
        if (end.reason != "crash") // no rule ends it
        {
            note(seen, {name + " ends " + std::string(end.reason), host});
        }
    };
    tcp->TraceConnectWithoutContext("Tx", Callback<void, const LifecycleSegment&>(sends));
    tcp->TraceConnectWithoutContext("StateTransition",
                                    Callback<void, const LifecycleTransition&>(moves));
    tcp->TraceConnectWithoutContext("Signal", Callback<void, const LifecycleSignal&>(tells));
    tcp->TraceConnectWithoutContext("ConnectionClosed", Callback<void, const LifecycleEnd&>(ends));
}

std::optional<std::string>
Player::Play()
{
    Simulator::Schedule(Time(0), &Player::Next, this);
    Simulator::Run();
    return m_difference;
}

/** The step before is over; the next one begins. */
void
Player::Next()
{
    if (m_next > 0)
    {
        Compare();
    }
    m_seen.clear();
    if (m_difference || m_next == m_steps.steps.size())
    {
        Simulator::Stop();
        return;
    }
    const PlayedStep& step = m_steps.steps[m_next++];
    const bool passes = step.kind == PlayedStep::Kind::TICK;
    Begin(step);
    Simulator::Schedule(passes ? NanoSeconds(m_steps.tick) : Time(0), &Player::Next, this);
}

void
Player::Begin(const PlayedStep& step)
{
    switch (step.kind)
    {
    case PlayedStep::Kind::CALL:
        Call(step.host, step.call);
        break;
    case PlayedStep::Kind::DELIVER:
    case PlayedStep::Kind::DUPLICATE:
    case PlayedStep::Kind::LOSE:
        if (step.packet == 0 || step.packet > m_channel->Count())
        {
            Differ("there is no packet " + std::to_string(step.packet));
            break;
        }
        if (step.kind == PlayedStep::Kind::LOSE)
        {
            m_channel->Lose(step.packet);
            break;
        }
        m_channel->Deliver(step.packet, step.host, step.kind == PlayedStep::Kind::DUPLICATE);
        break;
    case PlayedStep::Kind::EXPIRE:
        TurnScheduler::Give(m_nodes[step.host]->GetId());
        break;
    case PlayedStep::Kind::TICK:
        break;
    case PlayedStep::Kind::FORGE:
        Forge(step.forged);
        break;
    }
}

/** An attacker puts @p segment on the link. */
void
Player::Forge(const SeenAction& segment)
{
    std::ostringstream text;
    text << "attacker->victim: ";
    const char* before = "";
    for (const auto& [letter, flag] : {std::pair('S', "SYN"),
                                       std::pair('F', "FIN"),
                                       std::pair('R', "RST"),
                                       std::pair('.', "ACK")})
    {
        if (segment.flags.find(letter) != std::string::npos)
        {
            text << std::exchange(before, "-") << flag;
        }
    }
    text << " from " << Ipv4Of(segment.from) << " port " << m_steps.hosts[segment.from].port
         << " to-port " << m_steps.hosts[segment.to].port << " seq "
         << Ours(segment.from, segment.to, *segment.seq);
    if (segment.ack)
    {
        text << " ack " << Ours(segment.to, segment.from, *segment.ack);
    }
    text << " len " << segment.len << " window " << segment.window;
    const auto injector = CreateObject<LifecycleInjector>();
    injector->SetLink(m_attacker,
                      AddressOf(segment.from),
                      m_nodes[segment.to],
                      AddressOf(segment.to));
    injector->SetInjections(text.str(), "attacker", "victim");
    m_channel->Aim(m_attacker, segment.to);
    m_attacker->GetNode()->AddApplication(injector);
    if (m_onInjector)
    {
        m_onInjector(injector);
    }
}

/** What ns-3 has in place of @p number of what host @p from sends host @p to. */
std::uint32_t
Player::Ours(std::size_t from, std::size_t to, std::uint32_t number) const
{
    const auto found = m_ahead.find({from, to});
    return number + (found == m_ahead.end() ? 0 : found->second.back().second);
}

void
Player::Call(std::size_t host, const std::string& call)
{
    User& user = m_users[host];
    const auto subject = DynamicCast<LifecycleSocket>(user.subject);
    if (call == "listen")
    {
        Listen(host);
    }
    else if (call == "open")
    {
        Open(host);
    }
    else if (call == "crash")
    {
        user.tcp->Crash();
        user.subject = nullptr;
    }
    else if (call == "reboot")
    {
        user.tcp->Reboot();
    }
    else if (call == "send" && subject)
    {
        subject->Send(Create<Packet>(1));
    }
    else if ((call == "close" || call == "close-fully") && subject)
    {
        // ns-3's ShutdownSend waits for the connection, CLOSE of RFC 9293 3.10.4 does not.
        const bool isWhole = call == "close-fully" || subject->GetStateName() == "SYN-SENT";
        isWhole ? subject->Close() : subject->ShutdownSend();
    }
    else if (call == "abort" && subject)
    {
        subject->Abort();
    }
    else if (call != "next")
    {
        Differ("there is nothing to " + call);
    }
}

Address
Player::AddressOf(std::size_t host) const
{
    return InetSocketAddress(Ipv4Of(host), m_steps.hosts[host].port);
}

void
Player::Listen(std::size_t host)
{
    User& user = m_users[host];
    user.listener = user.tcp->CreateSocket();
    user.listener->SetRecvCallback(MakeCallback(&ReadAll));
    const std::function<void(Ptr<Socket>, const Address&)> accept =
        [this, &user, host](Ptr<Socket> child, const Address& /* peer */) {
            m_seen.push_back({m_steps.hosts[host].name + " accepts a connection", host});
            if (!HasConnection(user.subject))
            {
                user.subject = child;
            }
        };
    user.listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                     Callback<void, Ptr<Socket>, const Address&>(accept));
    if (user.listener->Bind(AddressOf(host)) != 0 || user.listener->Listen() != 0)
    {
        Differ("a socket of ns-3 cannot listen there");
    }
}

void
Player::Open(std::size_t host)
{
    User& user = m_users[host];
    user.subject = user.tcp->CreateSocket();
    user.subject->SetRecvCallback(MakeCallback(&ReadAll));
    if (user.subject->Bind(AddressOf(host)) != 0 ||
        user.subject->Connect(AddressOf(m_steps.hosts[host].peer)) != 0)
    {
        Differ("a socket of ns-3 cannot open there");
    }
}

/** Compares what was seen in the step before with what was expected. */
void
Player::Compare()
{
    const PlayedStep& step = m_steps.steps[m_next - 1];
    const std::size_t count = std::max(step.actions.size(), m_seen.size());
    for (std::size_t i = 0; i < count && !m_difference; ++i)
    {
        const bool isSame =
            i < step.actions.size() && i < m_seen.size() && IsSame(step.actions[i], m_seen[i]);
        if (!isSame)
        {
            const std::string nothing = "nothing more";
            Differ("'" + (i < m_seen.size() ? m_seen[i].what : nothing) + "' instead of '" +
                   (i < step.actions.size() ? step.actions[i].what : nothing) + "'");
        }
    }
    for (const std::uint32_t packet : step.old)
    {
        m_channel->Lose(packet);
    }
}

void
Player::Differ(const std::string& sentence)
{
    if (!m_difference)
    {
        m_difference = "ns-3 differs in step " + std::to_string(m_next) + " of " +
                       std::to_string(m_steps.steps.size()) + ": " + sentence + ".";
    }
}

bool
Player::IsSame(const SeenAction& expected, const SeenAction& seen)
{
    const std::pair way(expected.from, expected.to);
    if (expected.IsSyn() && expected.seq && seen.seq)
    {
        auto& ahead = m_ahead[way];
        const bool isKnown = std::any_of(ahead.begin(), ahead.end(), [&](const auto& one) {
            return one.first == *expected.seq;
        });
        if (!isKnown)
        {
            ahead.emplace_back(*expected.seq, *seen.seq - *expected.seq);
        }
    }
    return expected.what == seen.what && expected.from == seen.from && expected.to == seen.to &&
           IsSameNumber(way.first, way.second, expected.seq, seen.seq) &&
           IsSameNumber(way.second, way.first, expected.ack, seen.ack);
}

/**
 * Whether two numbers of what @p from sends @p to are alike: the keys from which initial sequence
 * numbers come are ns-3's own.
 */
bool
Player::IsSameNumber(std::size_t from,
                     std::size_t to,
                     const std::optional<std::uint32_t>& expected,
                     const std::optional<std::uint32_t>& seen) const
{
    if (expected == seen)
    {
        return true; // also a number that stands for no octet
    }
    const auto found = m_ahead.find({from, to});
    return expected && seen && found != m_ahead.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const auto& one) {
               return *seen - *expected == one.second;
           });
}

} // namespace replay
