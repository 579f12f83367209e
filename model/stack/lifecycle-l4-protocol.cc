// The TCP of a node: its settings, its sockets, its life as a part of the node.

#include "lifecycle-l4-protocol.h"

#include "host-driver.h"
#include "lifecycle-socket-factory.h"
#include "lifecycle-socket.h"
#include "settings.h"
#include "stock-defaults.h"
#include "translation.h"

#include "ns3/log.h"
#include "ns3/node-list.h"
#include "ns3/object-vector.h"
#include "ns3/string.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleL4Protocol");

NS_OBJECT_ENSURE_REGISTERED(LifecycleL4Protocol);

TypeId
LifecycleL4Protocol::GetTypeId()
{
    static const SettingsAccess ACCESS{
        [](ObjectBase* object, std::size_t index, const AttributeValue& value) {
            dynamic_cast<LifecycleL4Protocol&>(*object).m_settings->Set(index, value);
            return true; // sockets check the whole when they use it
        },
        [](const ObjectBase* object) {
            return dynamic_cast<const LifecycleL4Protocol&>(*object).Config();
        }};
    static TypeId tid = AddTraceSources(AddParameters(
        TypeId("ns3::LifecycleL4Protocol")
            .SetParent<TcpL4Protocol>()
            .SetGroupName("TcpLifecycle")
            .AddConstructor<LifecycleL4Protocol>()
            .AddAttribute("Preset",
                          "Set of values for all that is not set explicitly: "
                          "rfc9293, linux, freebsd or textbook",
                          StringValue("rfc9293"),
                          MakeStringAccessor(&LifecycleL4Protocol::m_preset),
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
    : m_settings(std::make_unique<Settings>()),
      m_driver(std::make_unique<HostDriver>(*this)),
      m_secretSource(CreateObject<UniformRandomVariable>()),
      m_counters(lifecycle::LISTEN_COUNTERS.size())
{
    HeedStock();
}

LifecycleL4Protocol::~LifecycleL4Protocol() = default;

lifecycle::StackConfig
LifecycleL4Protocol::Config() const
{
    auto config = *lifecycle::FindPreset(m_preset);
    m_stock->ApplyTo(config);
    m_settings->ApplyTo(config);
    return config;
}

void
LifecycleL4Protocol::HeedStock()
{
    m_stock = std::make_unique<Settings>();
    HeedStockDefaults(*m_stock);
}

lifecycle::SipHashKey
LifecycleL4Protocol::DrawSecret()
{
    const auto draw = [this] {
        const uint64_t high = m_secretSource->GetInteger(0, 0xffffffff);
        return high << 32 | m_secretSource->GetInteger(0, 0xffffffff);
    };
    lifecycle::SipHashKey secret;
    secret.k0 = draw();
    secret.k1 = draw();
    return secret;
}

int64_t
LifecycleL4Protocol::AssignStreams(int64_t stream)
{
    m_secretSource->SetStream(stream);
    return 1;
}

Ptr<Node>
LifecycleL4Protocol::GetNode() const
{
    return m_node;
}

// Being part of a node

void
LifecycleL4Protocol::NotifyNewAggregate()
{
    const Ptr<Node> node = GetObject<Node>();
    const Ptr<Ipv4> ipv4 = GetObject<Ipv4>();
    const Ptr<Ipv6> ipv6 = GetObject<Ipv6>();
    if (!m_node && node && (ipv4 || ipv6))
    {
        m_node = node;
        const Ptr<LifecycleSocketFactory> factory = CreateObject<LifecycleSocketFactory>();
        factory->SetTcp(this);
        node->AggregateObject(factory);
    }
    if (ipv4 && m_downTarget.IsNull())
    {
        m_ipv4 = ipv4;
        ipv4->Insert(this);
        SetDownTarget(MakeCallback(&Ipv4::Send, ipv4));
    }
    if (ipv6 && m_downTarget6.IsNull())
    {
        m_ipv6 = ipv6;
        ipv6->Insert(this);
        SetDownTarget6(MakeCallback(&Ipv6::Send, ipv6));
    }
    // TcpL4Protocol's would add its own factory of sockets. NOLINTNEXTLINE(bugprone-parent-virtual-call)
    IpL4Protocol::NotifyNewAggregate();
}

void
LifecycleL4Protocol::DoInitialize()
{
    HeedStock();
    const auto isOurs = [](Ptr<Node> node) { return node->GetObject<LifecycleL4Protocol>(); };
    const auto first = std::find_if(NodeList::Begin(), NodeList::End(), isOurs);
    if (first != NodeList::End() && *first == m_node) // one speaks for all
    {
        WarnOfStockSettings();
    }
    TcpL4Protocol::DoInitialize();
}

void
LifecycleL4Protocol::DoDispose()
{
    m_driver->Dispose();
    m_node = nullptr;
    m_ipv4 = nullptr;
    m_ipv6 = nullptr;
    m_downTarget.Nullify();
    m_downTarget6.Nullify();
    TcpL4Protocol::DoDispose();
}

Ptr<Socket>
LifecycleL4Protocol::CreateSocket()
{
    const Ptr<LifecycleSocket> socket = CreateObject<LifecycleSocket>();
    socket->m_tcp = this;
    return socket;
}

uint32_t
LifecycleL4Protocol::CountSockets() const
{
    return m_driver->CountSockets();
}

Ptr<LifecycleSocket>
LifecycleL4Protocol::GetSocket(uint32_t index) const
{
    return m_driver->GetSocket(index);
}

void
LifecycleL4Protocol::Crash()
{
    NS_LOG_FUNCTION(this);
    m_isDown = true;
    m_driver->LoseEverything();
}

void
LifecycleL4Protocol::Reboot()
{
    NS_LOG_FUNCTION(this);
    m_isDown = true; // while sockets are told
    m_driver->LoseEverything();
    m_isDown = false;
}

std::vector<LifecycleEnd>
LifecycleL4Protocol::GetOpenConnections() const
{
    return m_driver->Open();
}

std::optional<LifecycleNumbers>
LifecycleL4Protocol::GetNumbers(uint64_t connection) const
{
    const auto found = m_driver->FindByNumber(connection);
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
    const lifecycle::ListenCounters counters = m_driver->Counters();
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
    std::set<std::string> names(m_counterfactuals.begin(), m_counterfactuals.end());
    for (const std::string_view name :
         lifecycle::Counterfactuals(Config(), *lifecycle::FindPreset(m_preset)))
    {
        names.emplace(name);
    }
    return names;
}

void
LifecycleL4Protocol::NoteCounterfactuals(const lifecycle::StackConfig& config)
{
    for (const std::string_view name :
         lifecycle::Counterfactuals(config, *lifecycle::FindPreset(m_preset)))
    {
        m_counterfactuals.insert(name);
    }
}

void
LifecycleL4Protocol::PerformAll()
{
    m_driver->PerformAll();
}

} // namespace ns3
