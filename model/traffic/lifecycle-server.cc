#include "lifecycle-server.h"

#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket-factory.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleServer);

TypeId
LifecycleServer::GetTypeId()
{
    static TypeId tid = TypeId("ns3::LifecycleServer")
                            .SetParent<LifecycleExchange>()
                            .SetGroupName("TcpLifecycle")
                            .AddConstructor<LifecycleServer>()
                            .AddAttribute("Local",
                                          "The address and port to listen on.",
                                          AddressValue(),
                                          MakeAddressAccessor(&LifecycleServer::m_local),
                                          MakeAddressChecker());
    return tid;
}

LifecycleServer::LifecycleServer() = default;

LifecycleServer::~LifecycleServer() = default;

void
LifecycleServer::DoDispose()
{
    StopApplication();
    Application::DoDispose();
}

void
LifecycleServer::StartApplication()
{
    Listen();
}

void
LifecycleServer::StopApplication()
{
    m_listener = nullptr;
    m_connections.clear();
    m_byPeer.clear();
}

void
LifecycleServer::Listen()
{
    m_connections.clear();
    m_byPeer.clear();
    m_listener = Socket::CreateSocket(GetNode(), TcpSocketFactory::GetTypeId());
    m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&LifecycleServer::Accepted, this));
    NS_ABORT_MSG_IF(m_listener->Bind(m_local) != 0 || m_listener->Listen() != 0,
                    "LifecycleServer cannot listen: the port is taken");
}

void
LifecycleServer::Accepted(Ptr<Socket> socket, const Address& from)
{
    m_socket(socket, from);
    m_connections[PeekPointer(socket)] = Connection();
    if (m_closeFirst == "both")
    {
        m_byPeer[from] = socket;
    }
    socket->SetRecvCallback(MakeCallback(&LifecycleServer::Receive, this));
    socket->SetSendCallback(MakeCallback(&LifecycleServer::SendResponse, this));
    socket->SetCloseCallbacks(MakeCallback(&LifecycleServer::PeerClosed, this),
                              MakeCallback(&LifecycleServer::Gone, this));
    if (m_requestSize == 0 && !m_halfClose)
    {
        Answer(socket);
    }
}

void
LifecycleServer::Receive(Ptr<Socket> socket)
{
    const uint64_t octets = Drain(socket);
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end())
    {
        return;
    }
    found->second.received += octets;
    if (!m_halfClose && !found->second.answering && found->second.received >= m_requestSize)
    {
        Answer(socket);
    }
}

void
LifecycleServer::Answer(Ptr<Socket> socket)
{
    Connection& connection = m_connections[PeekPointer(socket)];
    connection.answering = true;
    connection.unsent = m_responseSize;
    if (m_closeFirst == "server")
    {
        Simulator::Schedule(m_hold, &LifecycleServer::HoldIsOver, this, socket);
    }
    SendResponse(socket, socket->GetTxAvailable());
}

void
LifecycleServer::SendResponse(Ptr<Socket> socket, uint32_t room)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found != m_connections.end() && SendSome(socket, found->second.unsent, room))
    {
        CloseIfDone(socket);
    }
}

void
LifecycleServer::HoldIsOver(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found != m_connections.end())
    {
        found->second.peerClosed = true; // from now on it closes as soon as all is sent
        CloseIfDone(socket);
    }
}

void
LifecycleServer::PeerClosed(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end() || m_closeFirst == "nobody")
    {
        return;
    }
    if (m_halfClose)
    {
        Answer(socket);
        Simulator::Schedule(m_hold, &LifecycleServer::HoldIsOver, this, socket);
        return;
    }
    found->second.peerClosed = true;
    CloseIfDone(socket);
}

void
LifecycleServer::CloseIfDone(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found != m_connections.end() && found->second.peerClosed && found->second.unsent == 0)
    {
        m_connections.erase(found);
        socket->Close();
    }
}

void
LifecycleServer::CloseConnection(Address client)
{
    const auto found = m_byPeer.find(client);
    if (found != m_byPeer.end())
    {
        Ptr<Socket> socket = found->second;
        m_byPeer.erase(found);
        m_connections.erase(PeekPointer(socket));
        socket->Close();
    }
}

void
LifecycleServer::Gone(Ptr<Socket> socket)
{
    m_connections.erase(PeekPointer(socket));
}

} // namespace ns3
