#include "lifecycle-stack-helper.h"

#include "../model/stack/ns3-versions.h"

#include "ns3/abort.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/names.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"

namespace ns3
{

using namespace lifecycle_internal;

LifecycleStackHelper::LifecycleStackHelper()
    : m_baseInstallsTcp(ChooseTcp())
{
}

bool
LifecycleStackHelper::ChooseTcp()
{
    InternetStackHelper& base = *this;
    return versions::ChooseTcp(base, "ns3::LifecycleL4Protocol", 0);
}

void
LifecycleStackHelper::SetAttribute(const std::string& name, const AttributeValue& value)
{
    m_settings.emplace_back(name, value.Copy());
}

void
LifecycleStackHelper::SetPreset(const std::string& preset)
{
    SetAttribute("Preset", StringValue(preset));
}

void
LifecycleStackHelper::Reset()
{
    InternetStackHelper::Reset();
    ChooseTcp();
    m_settings.clear();
}

void
LifecycleStackHelper::Install(const std::string& nodeName) const
{
    const Ptr<Node> node = Names::Find<Node>(nodeName);
    NS_ABORT_MSG_UNLESS(node, "there is no node with the name '" << nodeName << "'");
    Install(node);
}

void
LifecycleStackHelper::Install(Ptr<Node> node) const
{
    NS_ABORT_MSG_IF(node->GetObject<TcpSocketFactory>() && !Of(node),
                    "node " << node->GetId() << " has another TCP already; one is all it can have");
    if (!m_baseInstallsTcp && !Of(node))
    {
        node->AggregateObject(CreateObject<LifecycleL4Protocol>());
    }
    InternetStackHelper::Install(node);
    const Ptr<LifecycleL4Protocol> tcp = Of(node);
    for (const auto& [name, value] : m_settings)
    {
        tcp->SetAttribute(name, *value);
    }
}

void
LifecycleStackHelper::Install(const NodeContainer& nodes) const
{
    for (auto node = nodes.Begin(); node != nodes.End(); ++node)
    {
        Install(*node);
    }
}

void
LifecycleStackHelper::InstallAll() const
{
    Install(NodeContainer::GetGlobal());
}

Ptr<LifecycleL4Protocol>
LifecycleStackHelper::Of(Ptr<Node> node)
{
    return node->GetObject<LifecycleL4Protocol>();
}

int64_t
LifecycleStackHelper::AssignStreams(const NodeContainer& nodes, int64_t stream)
{
    const int64_t first = stream;
    for (auto node = nodes.Begin(); node != nodes.End(); ++node)
    {
        if (const auto tcp = Of(*node))
        {
            stream += tcp->AssignStreams(stream);
        }
    }
    stream += InternetStackHelper::AssignStreams(nodes, stream);
    return stream - first;
}

} // namespace ns3
