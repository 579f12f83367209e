#include "lifecycle-socket-factory.h"

#include "lifecycle-l4-protocol.h"

#include "ns3/assert.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleSocketFactory);

TypeId
LifecycleSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::LifecycleSocketFactory")
                            .SetParent<TcpSocketFactory>()
                            .SetGroupName("TcpLifecycle")
                            .AddConstructor<LifecycleSocketFactory>();
    return tid;
}

LifecycleSocketFactory::LifecycleSocketFactory() = default;

LifecycleSocketFactory::~LifecycleSocketFactory() = default;

void
LifecycleSocketFactory::SetTcp(Ptr<LifecycleL4Protocol> tcp)
{
    m_tcp = tcp;
}

Ptr<Socket>
LifecycleSocketFactory::CreateSocket()
{
    NS_ASSERT_MSG(m_tcp, "a socket of a node that is gone");
    return m_tcp->CreateSocket();
}

void
LifecycleSocketFactory::DoDispose()
{
    m_tcp = nullptr;
    TcpSocketFactory::DoDispose();
}

} // namespace ns3
