// How a LifecycleSocket comes to a connection: Bind, Connect, Listen, Accept; RFC 9293 3.10.1.

#include "../wire/translation.h"
#include "lifecycle-socket.h"
#include "node-stack.h"
#include "ns3-versions.h"
#include "settings.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"

#include <utility>

namespace ns3
{

using namespace lifecycle_internal;

using lifecycle::ConnectionId;

namespace
{

uint8_t
TosOf(const Address& address)
{
    return InetSocketAddress::IsMatchingType(address)
               ? versions::TosOf(InetSocketAddress::ConvertFrom(address), 0)
               : 0;
}

} // namespace

int
LifecycleSocket::Bind()
{
    return Bind(InetSocketAddress(Ipv4Address::GetAny(), 0));
}

int
LifecycleSocket::Bind6()
{
    return Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 0));
}

int
LifecycleSocket::Bind(const Address& address)
{
    HostDriver* driver = Driver();
    const auto local = ToEndpoint(address);
    if (!local)
    {
        return Fail(ERROR_INVAL);
    }
    if (driver == nullptr)
    {
        return Fail(ERROR_NODEV);
    }
    if (!m_stack->ip.Speaks(local->address))
    {
        return Fail(ERROR_AFNOSUPPORT);
    }
    if (m_ownsBinding || IsOpen() || HasContradiction())
    {
        return Fail(ERROR_INVAL);
    }
    if (!local->address.IsAny() && !m_stack->ip.HasAddress(local->address))
    {
        return Fail(ERROR_ADDRNOTAVAIL);
    }
    const auto port = driver->Bind(*this, *local, m_sharesPort);
    if (!port)
    {
        return Fail(local->port == 0 ? ERROR_ADDRNOTAVAIL : ERROR_ADDRINUSE);
    }
    m_local = ToAddress({local->address, *port});
    m_boot = driver->Boot();
    m_ownsBinding = true;
    SetTosOf(address);
    return 0;
}

void
LifecycleSocket::SetTosOf(const Address& address)
{
    if (const uint8_t tos = TosOf(address); tos != 0)
    {
        SetIpTos(tos);
    }
}

void
LifecycleSocket::ReleaseBinding()
{
    HostDriver* driver = Driver();
    if (std::exchange(m_ownsBinding, false) && driver && m_boot == driver->Boot())
    {
        driver->Unbind(*this, *ToEndpoint(m_local));
    }
}

int
LifecycleSocket::FailConnect(SocketErrno error)
{
    if (IsOpen())
    {
        return Fail(error); // the socket goes on listening
    }
    m_isCloseTold = false;
    Simulator::ScheduleWithContext(Context(),
                                   Time(0),
                                   &LifecycleSocket::TellFailed,
                                   Ptr<LifecycleSocket>(this));
    return Fail(error);
}

uint32_t
LifecycleSocket::Context() const
{
    const Ptr<Node> node = GetNode();
    return node ? node->GetId() : Simulator::NO_CONTEXT;
}

int
LifecycleSocket::Connect(const Address& address)
{
    HostDriver* driver = Driver();
    const auto remote = ToEndpoint(address);
    if (!remote)
    {
        return Fail(ERROR_INVAL);
    }
    if (IsOpen() && !m_isListening)
    {
        return Fail(ERROR_ISCONN);
    }
    if (m_isListening && !Config().connection.openFromListen)
    {
        return Fail(ERROR_OPNOTSUPP);
    }
    if (driver == nullptr)
    {
        return FailConnect(ERROR_NODEV);
    }
    if (HasContradiction())
    {
        return FailConnect(ERROR_INVAL);
    }
    const bool isBound = m_ownsBinding || m_isListening;
    lifecycle::Endpoint bound;
    bound.address.family = remote->address.family;
    bound = isBound ? *ToEndpoint(m_local) : bound;
    if (!m_stack->ip.Speaks(remote->address) || bound.address.family != remote->address.family)
    {
        return FailConnect(ERROR_AFNOSUPPORT);
    }
    const auto route = m_stack->ip.RouteTo(bound.address, remote->address, m_boundnetdevice);
    if (!route)
    {
        return FailConnect(ERROR_NOROUTETOHOST);
    }
    SetTosOf(address);
    lifecycle::FourTuple path{bound, *remote};
    if (bound.address.IsAny())
    {
        path.local.address = route.Source();
    }
    if (m_isListening)
    {
        const auto error = driver->OpenFromListen(ConnectionId{m_id}, path);
        return error ? Fail(*error) : 0;
    }
    m_mssLimit = m_stack->ip.MssLimit(route);
    const auto result = driver->OpenActive(AsUser(),
                                           m_boundnetdevice,
                                           path,
                                           Config(),
                                           isBound ? std::make_optional(bound) : std::nullopt);
    if (const auto* error = std::get_if<lifecycle::CallError>(&result))
    {
        Fail(*error);
        return FailConnect(m_errno);
    }
    return 0;
}

int
LifecycleSocket::Listen()
{
    if (IsOpen())
    {
        return Fail(ERROR_INVAL);
    }
    if (!m_ownsBinding && Bind() != 0)
    {
        return -1;
    }
    HostDriver* driver = Driver();
    if (driver == nullptr)
    {
        return Fail(ERROR_NODEV);
    }
    if (HasContradiction())
    {
        return Fail(ERROR_INVAL);
    }
    const auto local = *ToEndpoint(m_local);
    m_mssLimit = m_stack->ip.MssLimit(local.address);
    const auto result = driver->OpenPassive(AsUser(), m_boundnetdevice, local, Config());
    if (const auto* error = std::get_if<lifecycle::CallError>(&result))
    {
        return Fail(*error);
    }
    return 0;
}

void
LifecycleSocket::Opened(ConnectionId id, const lifecycle::FourTuple& path)
{
    m_id = id.value;
    m_isListening = path.remote.port == 0;
    m_local = ToAddress(path.local);
    m_remote = m_isListening ? Address() : ToAddress(path.remote);
    m_ownsBinding = false; // the connection owns the binding now
    m_isConnected = false;
    m_isClosed = false;
    m_peerClosed = false;
    m_isCloseTold = false;
    m_closesWhenConnected = false;
    m_unread.reset();
    m_closeReason = {};
    if (m_receiveIsShut)
    {
        Driver()->Discard(id);
    }
}

Ptr<LifecycleSocket>
LifecycleSocket::TakeChild()
{
    HostDriver* driver = Driver();
    const auto id = driver && IsOpen() ? driver->Accept(ConnectionId{m_id}) : std::nullopt;
    const auto connection = id ? driver->Find(*id) : nullptr;
    if (connection == nullptr)
    {
        return nullptr;
    }
    const Ptr<LifecycleSocket> child = CopyObject(Ptr<LifecycleSocket>(this));
    child->m_id = id->value;
    child->m_isConnected = true;
    child->m_local = ToAddress(connection->Path().local);
    child->m_remote = ToAddress(connection->Path().remote);
    driver->Attach(*id, child->AsUser(), child->GetBoundNetDevice());
    if (child->m_receiveIsShut)
    {
        driver->Discard(*id);
    }
    return child;
}

Ptr<Socket>
LifecycleSocket::Accept()
{
    const Ptr<LifecycleSocket> child = TakeChild();
    if (child)
    {
        Simulator::ScheduleNow(&LifecycleSocket::CatchUp, child);
    }
    else
    {
        Fail(IsOpen() ? ERROR_AGAIN : ERROR_INVAL);
    }
    return child;
}

} // namespace ns3
