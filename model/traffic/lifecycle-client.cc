#include "lifecycle-client.h"

#include "ns3/lifecycle-socket.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket-factory.h"

#include <map>
#include <string>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleClient);

TypeId
LifecycleClient::GetTypeId()
{
    static TypeId tid = TypeId("ns3::LifecycleClient")
                            .SetParent<LifecycleExchange>()
                            .SetGroupName("TcpLifecycle")
                            .AddConstructor<LifecycleClient>()
                            .AddAttribute("Remote",
                                          "The server's address and port.",
                                          AddressValue(),
                                          MakeAddressAccessor(&LifecycleClient::m_remote),
                                          MakeAddressChecker())
                            .AddTraceSource("OpenFailed",
                                            "A socket refused to open a connection; with the node, "
                                            "and the reason: no-port, port-in-use, no-route, "
                                            "host-down or other.",
                                            MakeTraceSourceAccessor(&LifecycleClient::m_openFailed),
                                            "ns3::LifecycleClient::OpenFailedCallback");
    return tid;
}

namespace
{

/** @brief Why a call that opens has failed. @param error of the socket @return a short name */
std::string
ReasonOf(Socket::SocketErrno error)
{
    static const std::map<Socket::SocketErrno, std::string> NAMES{
        {Socket::ERROR_ADDRNOTAVAIL, "no-port"}, // all ephemeral ports are taken
        {Socket::ERROR_ADDRINUSE, "port-in-use"},
        {Socket::ERROR_NOROUTETOHOST, "no-route"},
        {Socket::ERROR_NODEV, "host-down"},
    };
    const auto found = NAMES.find(error);
    return found == NAMES.end() ? "other" : found->second;
}

} // namespace

LifecycleClient::LifecycleClient() = default;

LifecycleClient::~LifecycleClient() = default;

void
LifecycleClient::SetClosePeer(Callback<void, Address> closePeer)
{
    m_closePeer = closePeer;
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
                               MakeCallback(&LifecycleClient::Gone, this));
    socket->SetCloseCallbacks(MakeCallback(&LifecycleClient::PeerClosed, this),
                              MakeCallback(&LifecycleClient::Gone, this));
    socket->SetSendCallback(MakeCallback(&LifecycleClient::SendRequest, this));
    socket->SetRecvCallback(MakeCallback(&LifecycleClient::Receive, this));
    m_socket(socket, m_remote);
    if (socket->Connect(m_remote) != 0)
    {
        m_openFailed(GetNode(), ReasonOf(socket->GetErrno()));
        Gone(socket);
    }
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
    if (found == m_connections.end() || !SendSome(socket, found->second.unsent, room))
    {
        return;
    }
    if (found->second.unsent == 0 && m_halfClose)
    {
        socket->ShutdownSend();
    }
}

void
LifecycleClient::Receive(Ptr<Socket> socket)
{
    const uint64_t octets = Drain(socket);
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
