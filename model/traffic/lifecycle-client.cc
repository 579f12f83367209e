#include "lifecycle-client.h"

#include "ns3/lifecycle-server.h"
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
LifecycleClient::SetServer(Ptr<LifecycleServer> server)
{
    m_server = server;
}

void
LifecycleClient::DoDispose()
{
    m_connections.clear();
    m_server = nullptr;
    LifecycleExchange::DoDispose();
}

void
LifecycleClient::StopApplication()
{
    m_connections.clear();
}

void
LifecycleClient::Open()
{
    Start(Socket::CreateSocket(GetNode(), TcpSocketFactory::GetTypeId()), m_remote);
}

void
LifecycleClient::OpenFrom(const Address& local, const Address& remote)
{
    const Ptr<Socket> socket = Socket::CreateSocket(GetNode(), TcpSocketFactory::GetTypeId());
    if (socket->Bind(local) != 0)
    {
        m_openFailed(GetNode(), ReasonOf(socket->GetErrno()));
        return;
    }
    Start(socket, remote);
}

void
LifecycleClient::Start(Ptr<Socket> socket, const Address& remote)
{
    Connection& connection = m_connections[PeekPointer(socket)];
    connection.serial = m_opened++;
    connection.conversation = DrawConversation();
    socket->SetConnectCallback(MakeCallback(&LifecycleClient::Connected, this),
                               MakeCallback(&LifecycleClient::Gone, this));
    socket->SetCloseCallbacks(MakeCallback(&LifecycleClient::PeerClosed, this),
                              MakeCallback(&LifecycleClient::Gone, this));
    socket->SetSendCallback(MakeCallback(&LifecycleClient::SendRequest, this));
    socket->SetRecvCallback(MakeCallback(&LifecycleClient::Receive, this));
    m_socket(socket, remote);
    if (socket->Connect(remote) != 0)
    {
        m_openFailed(GetNode(), ReasonOf(socket->GetErrno()));
        Gone(socket);
        return;
    }
    Address local;
    if (m_server && socket->GetSockName(local) == 0)
    {
        m_server->Expect(local, connection.conversation);
    }
}

void
LifecycleClient::Exit()
{
    std::map<uint64_t, Ptr<Socket>> open; // in the order of opening
    for (const auto& [socket, connection] : m_connections)
    {
        open[connection.serial] = socket;
    }
    m_connections.clear();
    for (const auto& [serial, socket] : open)
    {
        socket->Close();
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
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end())
    {
        return;
    }
    if (!m_serverFirst)
    {
        StartRequest(socket);
    }
    TakeResponses(socket);
}

void
LifecycleClient::StartRequest(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end())
    {
        return;
    }
    Connection& connection = found->second;
    connection.unsent = connection.conversation.rounds[connection.round].request;
    if (connection.unsent == 0 && m_halfClose)
    {
        socket->ShutdownSend();
        return;
    }
    SendRequest(socket, socket->GetTxAvailable());
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
    if (octets > 0)
    {
        TakeResponses(socket);
    }
}

void
LifecycleClient::TakeResponses(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end() || found->second.ended)
    {
        return;
    }
    Connection& connection = found->second;
    const uint64_t response = connection.conversation.rounds[connection.round].response;
    if (connection.received < response)
    {
        return;
    }
    connection.received -= response;
    if (m_serverFirst)
    {
        StartRequest(socket);
    }
    if (connection.round + 1 == connection.conversation.rounds.size())
    {
        connection.ended = true;
        Ended(socket);
        return;
    }
    ++connection.round;
    if (m_serverFirst)
    {
        TakeResponses(socket);
        return;
    }
    Simulator::Schedule(DrawTime(m_think), &LifecycleClient::NextRound, this, socket);
}

void
LifecycleClient::NextRound(Ptr<Socket> socket)
{
    StartRequest(socket);
    TakeResponses(socket); // a response of no octets is there already
}

void
LifecycleClient::Ended(Ptr<Socket> socket)
{
    const std::string& closeFirst = m_connections[PeekPointer(socket)].conversation.closeFirst;
    if (closeFirst == "both" && m_server)
    {
        Address local;
        socket->GetSockName(local);
        m_server->CloseConnection(local);
    }
    if (closeFirst == "client" || closeFirst == "both" || closeFirst == "abort")
    {
        const Time hold = DrawTime(m_hold);
        if (hold.IsZero())
        {
            HoldIsOver(socket);
        }
        else
        {
            Simulator::Schedule(hold, &LifecycleClient::HoldIsOver, this, socket);
        }
    }
}

void
LifecycleClient::HoldIsOver(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end())
    {
        return;
    }
    if (found->second.conversation.closeFirst == "abort")
    {
        if (Ptr<LifecycleSocket> ours = DynamicCast<LifecycleSocket>(socket))
        {
            ours->Abort();
        }
        Gone(socket);
        return;
    }
    socket->Close();
}

void
LifecycleClient::PeerClosed(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end())
    {
        return;
    }
    const bool isLeftOpen = found->second.conversation.closeFirst == "nobody";
    const Time delay = DrawTime(m_closeDelay);
    m_connections.erase(found);
    if (isLeftOpen)
    {
        return;
    }
    if (delay.IsZero())
    {
        socket->Close();
    }
    else
    {
        Simulator::Schedule(delay, &LifecycleClient::CloseNow, this, socket);
    }
}

void
LifecycleClient::CloseNow(Ptr<Socket> socket)
{
    socket->Close();
}

} // namespace ns3
