#include "lifecycle-client.h"

#include "ns3/boolean.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/lifecycle-socket.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleClient);

TypeId
LifecycleClient::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::LifecycleClient")
            .SetParent<Application>()
            .SetGroupName("TcpLifecycle")
            .AddConstructor<LifecycleClient>()
            .AddAttribute("Remote",
                          "The server's address and port.",
                          AddressValue(),
                          MakeAddressAccessor(&LifecycleClient::m_remote),
                          MakeAddressChecker())
            .AddAttribute("RequestSize",
                          "Octets sent by the client once connected.",
                          UintegerValue(100),
                          MakeUintegerAccessor(&LifecycleClient::m_requestSize),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("ResponseSize",
                          "Octets expected from the server.",
                          UintegerValue(1000),
                          MakeUintegerAccessor(&LifecycleClient::m_responseSize),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("Hold",
                          "Time between the end of the response and the close.",
                          TimeValue(Seconds(0)),
                          MakeTimeAccessor(&LifecycleClient::m_hold),
                          MakeTimeChecker(Seconds(0)))
            .AddAttribute("CloseFirst",
                          "Who closes first: client, server, both, abort or nobody.",
                          StringValue("client"),
                          MakeStringAccessor(&LifecycleClient::m_closeFirst),
                          MakeStringChecker())
            .AddAttribute("HalfClose",
                          "Whether the client stops sending right after the request.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&LifecycleClient::m_halfClose),
                          MakeBooleanChecker())
            .AddTraceSource("Socket",
                            "A socket was made; with the address of the other end.",
                            MakeTraceSourceAccessor(&LifecycleClient::m_socket),
                            "ns3::Socket::TracedCallback");
    return tid;
}

LifecycleClient::LifecycleClient() = default;

LifecycleClient::~LifecycleClient() = default;

void
LifecycleClient::SetClosePeer(Callback<void, Address> closePeer)
{
    m_closePeer = closePeer;
}

uint64_t
LifecycleClient::GetFailed() const
{
    return m_failed;
}

void
LifecycleClient::DoDispose()
{
    m_connections.clear();
    m_closePeer = Callback<void, Address>();
    Application::DoDispose();
}

void
LifecycleClient::StopApplication()
{
    m_connections.clear();
}

void
LifecycleClient::Open()
{
    Ptr<Socket> socket = Socket::CreateSocket(GetNode(), TcpSocketFactory::GetTypeId());
    m_connections[PeekPointer(socket)].unsent = m_requestSize;
    socket->SetConnectCallback(MakeCallback(&LifecycleClient::Connected, this),
                               MakeCallback(&LifecycleClient::ConnectFailed, this));
    socket->SetCloseCallbacks(MakeCallback(&LifecycleClient::PeerClosed, this),
                              MakeCallback(&LifecycleClient::Gone, this));
    socket->SetSendCallback(MakeCallback(&LifecycleClient::SendRequest, this));
    socket->SetRecvCallback(MakeCallback(&LifecycleClient::Receive, this));
    const bool isIpv6 = Inet6SocketAddress::IsMatchingType(m_remote);
    const bool bound = (isIpv6 ? socket->Bind6() : socket->Bind()) == 0;
    m_socket(socket, m_remote);
    if (!bound || socket->Connect(m_remote) != 0)
    {
        ConnectFailed(socket);
    }
}

void
LifecycleClient::ConnectFailed(Ptr<Socket> socket)
{
    m_failed += m_connections.erase(PeekPointer(socket));
}

void
LifecycleClient::Gone(Ptr<Socket> socket)
{
    m_connections.erase(PeekPointer(socket));
}

void
LifecycleClient::Connected(Ptr<Socket> socket)
{
    SendRequest(socket, socket->GetTxAvailable());
    if (m_requestSize == 0 && m_halfClose)
    {
        socket->ShutdownSend();
    }
    if (m_responseSize == 0)
    {
        Answered(socket);
    }
}

void
LifecycleClient::SendRequest(Ptr<Socket> socket, uint32_t room)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end() || found->second.unsent == 0 || room == 0)
    {
        return;
    }
    const auto octets = static_cast<uint32_t>(std::min<uint64_t>(found->second.unsent, room));
    const int sent = socket->Send(Create<Packet>(octets));
    if (sent <= 0)
    {
        return; // the send callback comes when there is room
    }
    found->second.unsent -= static_cast<uint64_t>(sent);
    if (found->second.unsent == 0 && m_halfClose)
    {
        socket->ShutdownSend();
    }
}

void
LifecycleClient::Receive(Ptr<Socket> socket)
{
    uint64_t octets = 0;
    while (Ptr<Packet> packet = socket->Recv())
    {
        if (packet->GetSize() == 0)
        {
            break; // the end of the stream
        }
        octets += packet->GetSize();
    }
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end())
    {
        return;
    }
    found->second.received += octets;
    if (octets > 0 && found->second.received >= m_responseSize)
    {
        Answered(socket);
    }
}

void
LifecycleClient::Answered(Ptr<Socket> socket)
{
    Connection& connection = m_connections[PeekPointer(socket)];
    if (connection.answered)
    {
        return;
    }
    connection.answered = true;
    if (m_closeFirst == "client" || m_closeFirst == "both" || m_closeFirst == "abort")
    {
        if (m_hold.IsZero())
        {
            HoldIsOver(socket);
        }
        else
        {
            Simulator::Schedule(m_hold, &LifecycleClient::HoldIsOver, this, socket);
        }
    }
}

void
LifecycleClient::HoldIsOver(Ptr<Socket> socket)
{
    if (m_connections.count(PeekPointer(socket)) == 0)
    {
        return;
    }
    if (m_closeFirst == "abort")
    {
        if (Ptr<LifecycleSocket> ours = DynamicCast<LifecycleSocket>(socket))
        {
            ours->Abort();
        }
        Gone(socket);
        return;
    }
    if (m_closeFirst == "both" && !m_closePeer.IsNull())
    {
        Address local;
        socket->GetSockName(local);
        m_closePeer(local);
    }
    socket->Close();
}

void
LifecycleClient::PeerClosed(Ptr<Socket> socket)
{
    if (m_connections.erase(PeekPointer(socket)) > 0 && m_closeFirst != "nobody")
    {
        socket->Close();
    }
}

} // namespace ns3
