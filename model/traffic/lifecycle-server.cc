#include "lifecycle-server.h"

#include "ns3/boolean.h"
#include "ns3/lifecycle-socket.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"

#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleServer);

TypeId
LifecycleServer::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::LifecycleServer")
            .SetParent<LifecycleExchange>()
            .SetGroupName("TcpLifecycle")
            .AddConstructor<LifecycleServer>()
            .AddAttribute("Local",
                          "The address and port to listen on.",
                          AddressValue(),
                          MakeAddressAccessor(&LifecycleServer::m_local),
                          MakeAddressChecker())
            .AddAttribute("AcceptTime",
                          "How long the server is busy with each connection that it accepts, while "
                          "others wait in the accept queue [s]; null: it accepts at once.",
                          PointerValue(),
                          MakePointerAccessor(&LifecycleServer::m_acceptTime),
                          MakePointerChecker<RandomVariableStream>())
            .AddAttribute("ReadDelay",
                          "How long the server leaves unread what arrives, from accepting on [s].",
                          StringValue("ns3::ConstantRandomVariable[Constant=0]"),
                          MakePointerAccessor(&LifecycleServer::m_readDelay),
                          MakePointerChecker<RandomVariableStream>());
    return tid;
}

LifecycleServer::LifecycleServer() = default;

LifecycleServer::~LifecycleServer() = default;

int64_t
LifecycleServer::AssignStreams(int64_t stream)
{
    const int64_t first = stream;
    stream += LifecycleExchange::AssignStreams(stream);
    m_readDelay->SetStream(stream++);
    if (m_acceptTime)
    {
        m_acceptTime->SetStream(stream);
    }
    return stream + 1 - first;
}

void
LifecycleServer::DoDispose()
{
    StopApplication();
    LifecycleExchange::DoDispose();
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
    StopApplication();
    m_isAccepting = false;
    m_listener = Socket::CreateSocket(GetNode(), TcpSocketFactory::GetTypeId());
    if (m_acceptTime)
    {
        m_listener->SetAttribute("AutoAccept", BooleanValue(false));
        m_listener->SetRecvCallback(MakeCallback(&LifecycleServer::MayAccept, this));
    }
    m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&LifecycleServer::Accepted, this));
    NS_ABORT_MSG_IF(m_listener->Bind(m_local) != 0 || m_listener->Listen() != 0,
                    "LifecycleServer cannot listen on "
                        << LifecycleEndName(m_local)
                        << (m_listener->GetErrno() == Socket::ERROR_ADDRINUSE
                                ? ": the port is taken"
                                : ": its socket refuses"));
}

void
LifecycleServer::Expect(const Address& client, const LifecycleConversation& conversation)
{
    m_expected[client] = conversation;
}

void
LifecycleServer::OpenFrom(const Address& local, const Address& remote)
{
    const Ptr<Socket> socket = Socket::CreateSocket(GetNode(), TcpSocketFactory::GetTypeId());
    socket->SetConnectCallback(MakeCallback(&LifecycleServer::Connected, this),
                               MakeNullCallback<void, Ptr<Socket>>());
    if (socket->Bind(local) == 0)
    {
        socket->Connect(remote);
    }
}

void
LifecycleServer::Connected(Ptr<Socket> socket)
{
    Address peer;
    socket->GetPeerName(peer);
    Accepted(socket, peer);
    Receive(socket); // octets may have arrived already
}

void
LifecycleServer::Exit()
{
    std::map<uint64_t, Ptr<Socket>> open; // in the order of accepting
    for (const auto& [socket, connection] : m_connections)
    {
        open[connection.serial] = socket;
    }
    const Ptr<Socket> listener = m_listener;
    StopApplication();
    if (listener)
    {
        listener->Close();
    }
    for (const auto& [serial, socket] : open)
    {
        socket->Close();
    }
}

void
LifecycleServer::MayAccept(Ptr<Socket> listener)
{
    const auto ours = DynamicCast<LifecycleSocket>(listener);
    if (m_isAccepting || listener != m_listener || !ours)
    {
        return;
    }
    const Ptr<Socket> socket = ours->Accept();
    if (!socket)
    {
        return;
    }
    m_isAccepting = true;
    Simulator::Schedule(DrawTime(m_acceptTime), &LifecycleServer::AcceptTimeIsOver, this);
    Address from;
    socket->GetPeerName(from);
    Accepted(socket, from);
    Receive(socket); // the first request may have arrived already
}

void
LifecycleServer::AcceptTimeIsOver()
{
    m_isAccepting = false;
    if (m_listener)
    {
        MayAccept(m_listener);
    }
}

void
LifecycleServer::Accepted(Ptr<Socket> socket, const Address& from)
{
    m_socket(socket, from);
    Connection& connection = m_connections[PeekPointer(socket)];
    connection = Connection();
    connection.serial = m_accepted++;
    connection.peer = from;
    connection.readsFrom = Simulator::Now() + DrawTime(m_readDelay);
    const auto expected = m_expected.find(from);
    if (expected != m_expected.end())
    {
        connection.conversation = std::move(expected->second);
        m_expected.erase(expected);
    }
    else
    {
        connection.conversation = DrawConversation();
    }
    if (connection.conversation.closeFirst == "both")
    {
        m_byPeer[from] = socket;
    }
    socket->SetRecvCallback(MakeCallback(&LifecycleServer::Receive, this));
    socket->SetSendCallback(MakeCallback(&LifecycleServer::SendResponse, this));
    socket->SetCloseCallbacks(MakeCallback(&LifecycleServer::PeerClosed, this),
                              MakeCallback(&LifecycleServer::Gone, this));
    if (connection.readsFrom > Simulator::Now())
    {
        Simulator::Schedule(connection.readsFrom - Simulator::Now(),
                            &LifecycleServer::Receive,
                            this,
                            socket);
    }
    if (m_serverFirst)
    {
        Answer(socket);
    }
    TakeRequests(socket);
}

void
LifecycleServer::Receive(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found != m_connections.end() && Simulator::Now() < found->second.readsFrom)
    {
        return;
    }
    const uint64_t octets = Drain(socket);
    if (found == m_connections.end())
    {
        return;
    }
    found->second.received += octets;
    TakeRequests(socket);
}

void
LifecycleServer::TakeRequests(Ptr<Socket> socket)
{
    while (true)
    {
        const auto found = m_connections.find(PeekPointer(socket));
        if (found == m_connections.end() || m_halfClose)
        {
            return; // with a half-close the end of the stream completes the request
        }
        Connection& connection = found->second;
        const auto& rounds = connection.conversation.rounds;
        if (connection.taken == rounds.size() ||
            connection.received < rounds[connection.taken].request)
        {
            return;
        }
        connection.received -= rounds[connection.taken++].request;
        if (connection.answered < rounds.size())
        {
            Answer(socket);
        }
    }
}

void
LifecycleServer::Answer(Ptr<Socket> socket)
{
    Connection& connection = m_connections[PeekPointer(socket)];
    const auto& rounds = connection.conversation.rounds;
    connection.unsent += rounds[connection.answered++].response;
    if (connection.answered == rounds.size() && connection.conversation.closeFirst == "server")
    {
        Simulator::Schedule(DrawTime(m_hold), &LifecycleServer::HoldIsOver, this, socket);
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
        found->second.peerClosed = true; // from now on the server closes as soon as all is sent
        CloseIfDone(socket);
    }
}

void
LifecycleServer::PeerClosed(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found == m_connections.end() || found->second.conversation.closeFirst == "nobody")
    {
        return;
    }
    if (m_halfClose)
    {
        Answer(socket);
        Simulator::Schedule(DrawTime(m_hold), &LifecycleServer::HoldIsOver, this, socket);
        return;
    }
    const Time delay = DrawTime(m_closeDelay);
    if (delay.IsZero())
    {
        HoldIsOver(socket);
    }
    else
    {
        Simulator::Schedule(delay, &LifecycleServer::HoldIsOver, this, socket);
    }
}

void
LifecycleServer::CloseIfDone(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found != m_connections.end() && found->second.peerClosed && found->second.unsent == 0)
    {
        m_byPeer.erase(found->second.peer);
        m_connections.erase(found);
        socket->Close();
    }
}

void
LifecycleServer::CloseConnection(Address client)
{
    const auto found = m_byPeer.find(client);
    if (found == m_byPeer.end())
    {
        return;
    }
    const Ptr<Socket> socket = found->second;
    m_byPeer.erase(found);
    const Time hold = DrawTime(m_hold);
    if (hold.IsZero())
    {
        HoldIsOver(socket);
    }
    else
    {
        Simulator::Schedule(hold, &LifecycleServer::HoldIsOver, this, socket);
    }
}

void
LifecycleServer::Gone(Ptr<Socket> socket)
{
    const auto found = m_connections.find(PeekPointer(socket));
    if (found != m_connections.end())
    {
        m_byPeer.erase(found->second.peer);
        m_connections.erase(found);
    }
}

} // namespace ns3
