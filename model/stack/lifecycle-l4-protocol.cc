// The TCP of a node: its settings, its sockets, its life as a part of the node.

#include "lifecycle-l4-protocol.h"

#include "../wire/translation.h"
#include "lifecycle-socket-factory.h"
#include "lifecycle-socket.h"
#include "node-stack.h"
#include "socket-prototype.h"
#include "stock-defaults.h"

#include "ns3/log.h"
#include "ns3/node-list.h"
#include "ns3/node.h"
#include "ns3/object-vector.h"
#include "ns3/string.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleL4Protocol");

using namespace lifecycle_internal;

NS_OBJECT_ENSURE_REGISTERED(LifecycleL4Protocol);

TypeId
LifecycleL4Protocol::GetTypeId()
{
    static const SettingsAccess ACCESS{
        [](ObjectBase* object, std::size_t index, const AttributeValue& value) {
            NodeStack& stack = *dynamic_cast<LifecycleL4Protocol&>(*object).m_stack;
            stack.settings.Set(index, value);
            stack.driver.HeedSettings();
            return true; // a socket checks all settings together when it connects or listens
        },
        [](const ObjectBase* object) {
            return dynamic_cast<const LifecycleL4Protocol&>(*object).m_stack->settings.InForce();
        }};
    static TypeId tid = AddTraceSources(
        AddOptions(TypeId("ns3::LifecycleL4Protocol")
                       .SetParent<TcpL4Protocol>()
                       .SetGroupName("TcpLifecycle")
                       .AddConstructor<LifecycleL4Protocol>()
                       .AddAttribute("Preset",
                                     "Set of values for all that is not set explicitly: " +
                                         lifecycle::PresetsInWords(),
                                     StringValue("rfc9293"),
                                     MakeStringAccessor(&LifecycleL4Protocol::SetPreset,
                                                        &LifecycleL4Protocol::GetPreset),
                                     MakePresetChecker())
                       .AddAttribute("Sockets",
                                     "The sockets that have a connection or listen",
                                     ObjectVectorValue(),
                                     MakeObjectVectorAccessor(&LifecycleL4Protocol::GetSocket,
                                                              &LifecycleL4Protocol::CountSockets),
                                     MakeObjectVectorChecker<LifecycleSocket>()),
                   false,
                   ACCESS));
    return tid;
}

LifecycleL4Protocol::LifecycleL4Protocol()
    : m_stack(std::make_shared<NodeStack>(static_cast<HostObserver&>(*this))),
      m_counters(lifecycle::LISTEN_COUNTERS.size())
{
}

LifecycleL4Protocol::~LifecycleL4Protocol()
{
    m_stack->driver.Dispose(); // sockets may outlive the protocol
}

void
LifecycleL4Protocol::SetPreset(std::string name)
{
    m_stack->settings.SetPreset(name);
}

std::string
LifecycleL4Protocol::GetPreset() const
{
    return m_stack->settings.Preset();
}

int64_t
LifecycleL4Protocol::AssignStreams(int64_t stream)
{
    return m_stack->driver.AssignStreams(stream);
}

// The protocol as a part of its node

void
LifecycleL4Protocol::NotifyNewAggregate()
{
    const Ptr<Node> node = GetObject<Node>();
    const Ptr<Ipv4> ipv4 = GetObject<Ipv4>();
    const Ptr<Ipv6> ipv6 = GetObject<Ipv6>();
    IpLayer& ip = m_stack->ip;
    if (!ip.GetNode() && node && (ipv4 || ipv6))
    {
        ip.SetNode(node);
        const Ptr<LifecycleSocketFactory> factory = CreateObject<LifecycleSocketFactory>();
        factory->SetTcp(this);
        node->AggregateObject(factory);
    }
    if (ipv4 && ip.GetDownTarget().IsNull())
    {
        ip.SetIpv4(ipv4);
        ipv4->Insert(this);
        SetDownTarget(MakeCallback(&Ipv4::Send, ipv4));
    }
    if (ipv6 && ip.GetDownTarget6().IsNull())
    {
        ip.SetIpv6(ipv6);
        ipv6->Insert(this);
        SetDownTarget6(MakeCallback(&Ipv6::Send, ipv6));
    }
    // TcpL4Protocol::NotifyNewAggregate would add ns-3's own factory of sockets.
    // NOLINTNEXTLINE(bugprone-parent-virtual-call)
    IpL4Protocol::NotifyNewAggregate();
}

void
LifecycleL4Protocol::DoInitialize()
{
    m_stack->settings.HeedStock();
    const auto isOurs = [](Ptr<Node> node) { return node->GetObject<LifecycleL4Protocol>(); };
    const auto first = std::find_if(NodeList::Begin(), NodeList::End(), isOurs);
    if (first != NodeList::End() && *first == m_stack->ip.GetNode()) // the first node warns for all
    {
        WarnOfStockSettings();
    }
    TcpL4Protocol::DoInitialize();
}

void
LifecycleL4Protocol::DoDispose()
{
    m_stack->driver.Dispose();
    m_stack->ip = IpLayer();
    TcpL4Protocol::DoDispose();
}

Ptr<Socket>
LifecycleL4Protocol::CreateSocket()
{
    const Ptr<LifecycleSocket> socket = MakeSocket();
    socket->SetStack(m_stack);
    return socket;
}

uint32_t
LifecycleL4Protocol::CountSockets() const
{
    return m_stack->driver.CountUsers();
}

Ptr<LifecycleSocket>
LifecycleL4Protocol::GetSocket(uint32_t index) const
{
    return dynamic_cast<LifecycleSocket*>(m_stack->driver.GetUser(index));
}

void
LifecycleL4Protocol::Crash()
{
    NS_LOG_FUNCTION(this);
    m_stack->driver.Crash();
}

void
LifecycleL4Protocol::Reboot()
{
    NS_LOG_FUNCTION(this);
    m_stack->driver.Reboot();
}

bool
LifecycleL4Protocol::IsDown() const
{
    return m_stack->driver.IsDown();
}

std::vector<LifecycleEnd>
LifecycleL4Protocol::GetOpenConnections() const
{
    return m_stack->driver.Open();
}

std::optional<LifecycleNumbers>
LifecycleL4Protocol::GetNumbers(uint64_t connection) const
{
    const auto found = m_stack->driver.FindByNumber(connection);
    if (!found)
    {
        return std::nullopt;
    }
    return LifecycleNumbers{ToAddress(found->Path().local),
                            ToAddress(found->Path().remote),
                            ToString(found->GetState()),
                            found->Snd().una.Value(),
                            found->Snd().nxt.Value(),
                            found->Rcv().nxt.Value(),
                            found->Snd().iss.Value(),
                            found->Rcv().irs.Value()};
}

std::vector<LifecycleCounter>
LifecycleL4Protocol::GetCounters() const
{
    const lifecycle::ListenCounters counters = m_stack->driver.Counters();
    std::vector<LifecycleCounter> all;
    all.reserve(lifecycle::LISTEN_COUNTERS.size());
    for (const lifecycle::NamedCounter& counter : lifecycle::LISTEN_COUNTERS)
    {
        all.push_back({counter.name, counter.unit, counters.*counter.value});
    }
    return all;
}

std::set<std::string>
LifecycleL4Protocol::GetCounterfactuals() const
{
    return m_stack->settings.Counterfactuals();
}

lifecycle::StackConfig
LifecycleL4Protocol::GetConfig() const
{
    return m_stack->settings.InForce();
}

void
LifecycleL4Protocol::SetConfig(const lifecycle::StackConfig& config)
{
    m_stack->settings.SetAll(config);
    m_stack->driver.HeedSettings();
}

} // namespace ns3
