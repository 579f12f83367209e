#include "lifecycle-socket.h"

#include "../wire/translation.h"
#include "node-stack.h"
#include "ns3-versions.h"
#include "settings.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/inet-socket-address.h"
#include "ns3/log.h"
#include "ns3/socket.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <sys/socket.h>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleSocket");

NS_OBJECT_ENSURE_REGISTERED(LifecycleSocket);

using namespace lifecycle_internal;

using lifecycle::ConnectionId;

TypeId
LifecycleSocket::GetTypeId()
{
    static const SettingsAccess ACCESS{
        [](ObjectBase* object, std::size_t index, const AttributeValue& value) {
            auto& socket = dynamic_cast<LifecycleSocket&>(*object);
            return socket.Change([&](Settings& settings) { settings.Set(index, value); });
        },
        [](const ObjectBase* object) {
            return dynamic_cast<const LifecycleSocket&>(*object).Config();
        }};
    static TypeId tid = AddTraceSources(AddOptions(
        TypeId("ns3::LifecycleSocket")
            .SetParent<TcpSocket>()
            .SetGroupName("TcpLifecycle")
            .AddConstructor<LifecycleSocket>()
            .AddAttribute(
                "AutoAccept",
                "Whether each completed connection of a listener gets its socket at once; "
                "if not, it waits in the accept queue for Accept()",
                BooleanValue(true),
                MakeBooleanAccessor(&LifecycleSocket::m_autoAccept),
                MakeBooleanChecker())
            .AddAttribute(
                "SharePort",
                "Bind takes a port on which nobody listens even if others have bound it, as "
                "with SO_REUSEADDR",
                BooleanValue(false),
                MakeBooleanAccessor(&LifecycleSocket::m_sharesPort),
                MakeBooleanChecker())
            .AddAttribute(
                "Backlog",
                "AcceptQueueLimit, under the name that listen() knows it by",
                UintegerValue(ORIGINAL_BACKLOG),
                MakeUintegerAccessor(&LifecycleSocket::SetBacklog, &LifecycleSocket::GetBacklog),
                MakeUintegerChecker<uint32_t>())
            .AddAttribute("MaxSegLifetime",
                          "Msl in seconds, under the name that ns-3's applications know",
                          DoubleValue(120),
                          MakeDoubleAccessor(&LifecycleSocket::SetMaxSegLifetime,
                                             &LifecycleSocket::GetMaxSegLifetime),
                          MakeDoubleChecker<double>(0)),
        true,
        ACCESS));
    return tid;
}

LifecycleSocket::LifecycleSocket()
    : m_settings(std::make_shared<Settings>())
{
}

LifecycleSocket::LifecycleSocket(const LifecycleSocket& other)
    : TcpSocket(other),
      ConnectionUser(other),
      m_stack(other.m_stack),
      m_settings(other.m_settings),
      m_sendIsShut(other.m_sendIsShut),
      m_receiveIsShut(other.m_receiveIsShut),
      m_isConstructed(true),
      m_autoAccept(other.m_autoAccept),
      m_sharesPort(other.m_sharesPort),
      m_mssLimit(other.m_mssLimit)
{
    // A child takes over the accept and close callbacks. The callbacks cleared here are for the
    // listener alone.
    SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                       MakeNullCallback<void, Ptr<Socket>>());
    SetDataSentCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
    SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
    SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
}

LifecycleSocket::~LifecycleSocket()
{
    ReleaseBinding();
}

void
LifecycleSocket::SetStack(std::shared_ptr<NodeStack> stack)
{
    m_stack = std::move(stack);
}

void
LifecycleSocket::DoDispose()
{
    m_unread.reset();
    TcpSocket::DoDispose();
}

void
LifecycleSocket::NotifyConstructionCompleted()
{
    TcpSocket::NotifyConstructionCompleted();
    m_isConstructed = true;
}

// Questions to the socket

HostDriver*
LifecycleSocket::Driver() const
{
    return GetNode() && !m_stack->driver.IsDown() ? &m_stack->driver : nullptr;
}

std::shared_ptr<ConnectionUser>
LifecycleSocket::AsUser()
{
    return {std::make_shared<Ptr<LifecycleSocket>>(this), this};
}

int
LifecycleSocket::Fail(SocketErrno error) const
{
    m_errno = error;
    return -1;
}

int
LifecycleSocket::Fail(lifecycle::CallError error) const
{
    NS_LOG_LOGIC("error: " << ToString(error));
    return Fail(ToErrno(error));
}

Socket::SocketErrno
LifecycleSocket::GetErrno() const
{
    return m_errno;
}

Socket::SocketType
LifecycleSocket::GetSocketType() const
{
    return NS3_SOCK_STREAM;
}

Ptr<Node>
LifecycleSocket::GetNode() const
{
    return m_stack ? m_stack->ip.GetNode() : nullptr;
}

std::string
LifecycleSocket::GetCloseReason() const
{
    return std::string(m_closeReason);
}

std::shared_ptr<const lifecycle::Connection>
LifecycleSocket::GetConnection() const
{
    HostDriver* driver = Driver();
    return driver && IsOpen() ? driver->Find(ConnectionId{m_id}) : nullptr;
}

std::string
LifecycleSocket::GetStateName() const
{
    const auto connection = GetConnection();
    return std::string(ToString(connection ? connection->GetState() : lifecycle::State::CLOSED));
}

uint64_t
LifecycleSocket::GetConnectionNumber() const
{
    HostDriver* driver = Driver();
    return driver && IsOpen() ? driver->NumberOf(ConnectionId{m_id}) : 0;
}

int
LifecycleSocket::GetSockName(Address& address) const
{
    address = m_local.IsInvalid() ? InetSocketAddress(Ipv4Address::GetAny(), 0) : m_local;
    return 0;
}

int
LifecycleSocket::GetPeerName(Address& address) const
{
    if (m_remote.IsInvalid())
    {
        return Fail(ERROR_NOTCONN);
    }
    address = m_remote;
    return 0;
}

bool
LifecycleSocket::SetAllowBroadcast(bool allowBroadcast)
{
    return !allowBroadcast; // TCP has no broadcast
}

bool
LifecycleSocket::GetAllowBroadcast() const
{
    return false;
}

// Sending and receiving

uint32_t
LifecycleSocket::GetTxAvailable() const
{
    HostDriver* driver = Driver();
    const auto connection = driver && IsOpen() ? driver->Find(ConnectionId{m_id}) : nullptr;
    return connection ? connection->SendRoom() : Config().connection.sendBuffer;
}

int
LifecycleSocket::Send(Ptr<Packet> packet, uint32_t flags)
{
    HostDriver* driver = Driver();
    if ((flags & ~uint32_t{MSG_OOB}) != 0)
    {
        return Fail(ERROR_OPNOTSUPP);
    }
    if (driver == nullptr || !IsOpen() || m_isListening)
    {
        return Fail(ERROR_NOTCONN);
    }
    if (m_sendIsShut || m_isClosed)
    {
        return Fail(ERROR_SHUTDOWN);
    }
    const uint32_t size = packet->GetSize();
    const uint32_t octets = std::min(size, GetTxAvailable());
    if (octets == 0 && size > 0)
    {
        return Fail(ERROR_MSGSIZE);
    }
    const auto error =
        driver->Send(ConnectionId{m_id},
                     octets == size ? packet->Copy() : packet->CreateFragment(0, octets),
                     flags != 0);
    return error ? Fail(*error) : static_cast<int>(octets);
}

int
LifecycleSocket::SendTo(Ptr<Packet> packet, uint32_t flags, const Address& /* to */)
{
    return Send(packet, flags); // a stream has one destination
}

uint32_t
LifecycleSocket::GetRxAvailable() const
{
    HostDriver* driver = Driver();
    if (m_receiveIsShut || m_isClosed)
    {
        return 0;
    }
    if (m_unread)
    {
        return m_unread->Readable();
    }
    return driver && IsOpen() ? driver->Readable(ConnectionId{m_id}) : 0;
}

uint32_t
LifecycleSocket::GetUrgentOctets() const
{
    HostDriver* driver = Driver();
    const auto connection = driver && IsOpen() ? driver->Find(ConnectionId{m_id}) : nullptr;
    return connection ? connection->UrgentOctets() : 0;
}

Ptr<Packet>
LifecycleSocket::Recv(uint32_t maxSize, uint32_t flags)
{
    if ((flags & ~uint32_t{MSG_PEEK}) != 0)
    {
        Fail(ERROR_OPNOTSUPP);
        return nullptr;
    }
    const uint32_t octets = std::min(maxSize, GetRxAvailable());
    if (octets == 0)
    {
        // An empty packet means the end of the stream; null means that no octets are readable yet.
        return m_peerClosed && GetRxAvailable() == 0 ? Create<Packet>() : nullptr;
    }
    if (flags != 0)
    {
        return m_unread ? m_unread->Peek(octets) : Driver()->Peek(ConnectionId{m_id}, octets);
    }
    return m_unread ? m_unread->Read(octets) : Driver()->Read(ConnectionId{m_id}, octets);
}

Ptr<Packet>
LifecycleSocket::RecvFrom(uint32_t maxSize, uint32_t flags, Address& from)
{
    const Ptr<Packet> packet = Recv(maxSize, flags);
    if (packet)
    {
        from = m_remote;
    }
    return packet;
}

void
LifecycleSocket::BindToNetDevice(Ptr<NetDevice> device)
{
    TcpSocket::BindToNetDevice(device);
    HostDriver* driver = Driver();
    if (driver && IsOpen())
    {
        driver->BindToDevice(ConnectionId{m_id}, device);
    }
}

void
LifecycleSocket::Tag(Ptr<Packet> packet, bool isIpv6) const
{
    if (GetPriority() != 0)
    {
        SocketPriorityTag tag;
        tag.SetPriority(GetPriority());
        packet->ReplacePacketTag(tag);
    }
    if (isIpv6)
    {
        if (IsManualIpv6Tclass())
        {
            SocketIpv6TclassTag tag;
            tag.SetTclass(GetIpv6Tclass());
            packet->ReplacePacketTag(tag);
        }
        if (IsManualIpv6HopLimit())
        {
            SocketIpv6HopLimitTag tag;
            tag.SetHopLimit(GetIpv6HopLimit());
            packet->ReplacePacketTag(tag);
        }
        return;
    }
    if (GetIpTos() != 0)
    {
        SocketIpTosTag tag;
        tag.SetTos(GetIpTos());
        packet->ReplacePacketTag(tag);
    }
    if (IsManualIpTtl())
    {
        SocketIpTtlTag tag;
        tag.SetTtl(GetIpTtl());
        packet->ReplacePacketTag(tag);
    }
}

// Closing

int
LifecycleSocket::ShutdownSend()
{
    m_sendIsShut = true;
    HostDriver* driver = Driver();
    if (driver && IsOpen() && m_isConnected)
    {
        driver->Close(ConnectionId{m_id}); // a repeated call does no harm
    }
    return 0;
}

int
LifecycleSocket::ShutdownRecv()
{
    m_receiveIsShut = true;
    HostDriver* driver = Driver();
    if (driver && IsOpen())
    {
        driver->Discard(ConnectionId{m_id});
    }
    return 0;
}

int
LifecycleSocket::Close()
{
    m_isClosed = true;
    ReleaseBinding();
    HostDriver* driver = Driver();
    if (driver == nullptr || !IsOpen())
    {
        return 0;
    }
    if (!m_isListening && !m_isConnected && !Config().connection.lingerZero &&
        driver->HasUnacknowledged(ConnectionId{m_id}))
    {
        m_closesWhenConnected = true; // the data sent so far must go out before the FIN
        return 0;
    }
    const Ptr<LifecycleSocket> keepAlive(this);
    const ConnectionId id{m_id};
    driver->CloseFully(id); // a repeated call does no harm
    return 0;
}

int
LifecycleSocket::Abort()
{
    m_isClosed = true;
    m_isCloseTold = true; // the user, who aborts, needs no news of the end
    m_closesWhenConnected = false;
    ReleaseBinding();
    HostDriver* driver = Driver();
    if (driver == nullptr || !IsOpen())
    {
        return Fail(ERROR_NOTCONN);
    }
    const Ptr<LifecycleSocket> keepAlive(this);
    const auto error = driver->Abort(ConnectionId{m_id});
    return error ? Fail(*error) : 0;
}

} // namespace ns3
