// What LifecycleSocket tells its user, and when.

#include "../wire/translation.h"
#include "host-driver.h"
#include "lifecycle-socket.h"
#include "stream-buffers.h"
#include "trace-sources.h"

#include "ns3/log.h"
#include "ns3/simulator.h"

#include <string>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleSocketNotifications");

using namespace lifecycle_internal;

using lifecycle::ConnectionId;

bool
LifecycleSocket::Admits(const Address& peer)
{
    return NotifyConnectionRequest(peer);
}

bool
LifecycleSocket::IsDone() const
{
    const bool isHeld = GetReferenceCount() > 1; // by others than the driver
    const bool hasTags = GetPriority() != 0 || GetIpTos() != 0 || IsManualIpTtl() ||
                         IsManualIpv6Tclass() || IsManualIpv6HopLimit();
    return m_isClosed && m_isConnected && m_isCloseTold && !isHeld && !hasTags && !IsWatched() &&
           (!m_traces || (m_traces->state.IsEmpty() && m_traces->signal.IsEmpty()));
}

void
LifecycleSocket::ChildReady()
{
    const Ptr<LifecycleSocket> keepAlive(this);
    if (!m_autoAccept)
    {
        NotifyDataRecv();
        return;
    }
    while (const Ptr<LifecycleSocket> child = TakeChild())
    {
        child->NotifyNewConnectionCreated(child, child->m_remote);
        child->CatchUp();
        child->RoomFreed(child->GetTxAvailable());
    }
}

void
LifecycleSocket::CatchUp()
{
    HostDriver* driver = Driver();
    if (driver && driver->Readable(ConnectionId{m_id}) > 0)
    {
        TellReadable();
    }
    driver = Driver();
    if (driver && driver->PeerHasClosed(ConnectionId{m_id}))
    {
        TellPeerClosed();
    }
}

void
LifecycleSocket::Told(const lifecycle::TellUser& tell,
                      const lifecycle::FourTuple& path,
                      uint64_t connection)
{
    NS_LOG_LOGIC("connection " << connection << ": " << ToString(tell.signal));
    const Ptr<LifecycleSocket> keepAlive(this);
    if (m_traces)
    {
        TraceSignal(m_traces->signal, tell, path, connection);
    }
    switch (tell.signal)
    {
    case lifecycle::UserSignal::CONNECTION_ESTABLISHED:
        // Tells the user once the ACK is out: applications expect the ACK and their answer apart.
        Simulator::ScheduleNow(&LifecycleSocket::TellConnected, keepAlive);
        return;
    case lifecycle::UserSignal::DATA_ARRIVED:
        TellReadable();
        return;
    case lifecycle::UserSignal::CONNECTION_CLOSING:
        TellPeerClosed();
        return;
    case lifecycle::UserSignal::CLOSE_ACKNOWLEDGED:
    case lifecycle::UserSignal::EXCESSIVE_RETRANSMISSIONS:
    case lifecycle::UserSignal::URGENT_DATA:
    case lifecycle::UserSignal::SOFT_ERROR:
        return; // trace source Signal tells; ns-3's callbacks have no word for these
    case lifecycle::UserSignal::CONNECTION_CLOSED:
        TellClosed();
        return;
    case lifecycle::UserSignal::CONNECTION_REFUSED:
    case lifecycle::UserSignal::CONNECTION_RESET:
    case lifecycle::UserSignal::CONNECTION_TIMED_OUT:
    case lifecycle::UserSignal::USER_TIMEOUT:
    case lifecycle::UserSignal::KEEPALIVE_TIMEOUT:
    case lifecycle::UserSignal::HOST_UNREACHABLE:
        return; // Forget follows with the reason
    }
}

void
LifecycleSocket::TellConnected()
{
    if (!IsOpen() || m_isConnected)
    {
        return;
    }
    m_isConnected = true;
    if (!m_isClosed)
    {
        NotifyConnectionSucceeded();
    }
    HostDriver* driver = Driver();
    if (driver == nullptr || !IsOpen())
    {
        return;
    }
    if (m_closesWhenConnected)
    {
        Close();
    }
    else if (m_sendIsShut)
    {
        ShutdownSend();
    }
    else
    {
        RoomFreed(GetTxAvailable());
    }
}

void
LifecycleSocket::TellReadable()
{
    if (!m_isClosed && !m_receiveIsShut)
    {
        NotifyDataRecv();
    }
}

void
LifecycleSocket::TellPeerClosed()
{
    const Ptr<LifecycleSocket> keepAlive(this);
    m_peerClosed = true;
    TellClosed();
    if (m_sendIsShut && IsOpen())
    {
        // A child whose listener was shut for sending closes only here. The user can still read.
        ShutdownSend();
    }
}

void
LifecycleSocket::TellClosed()
{
    if (!std::exchange(m_isCloseTold, true))
    {
        NotifyNormalClose();
    }
}

void
LifecycleSocket::TellFailed()
{
    if (!std::exchange(m_isCloseTold, true))
    {
        NotifyConnectionFailed();
    }
}

void
LifecycleSocket::RoomFreed(uint32_t octets)
{
    if (octets > 0 && m_isConnected && !m_isClosed && !m_sendIsShut)
    {
        NotifySend(octets);
    }
}

void
LifecycleSocket::OctetsSent(uint32_t octets)
{
    Simulator::ScheduleNow(&LifecycleSocket::TellSent, Ptr<LifecycleSocket>(this), octets);
}

void
LifecycleSocket::TellSent(uint32_t octets)
{
    NotifyDataSent(octets);
}

void
LifecycleSocket::Ended(lifecycle::CloseReason reason, std::unique_ptr<ReceiveBuffer> unread)
{
    m_id = 0;
    m_closeReason = ToString(reason);
    if (m_peerClosed)
    {
        m_unread = std::move(unread);
    }
    if (reason != lifecycle::CloseReason::NORMAL)
    {
        Broken(ToErrno(reason));
    }
}

void
LifecycleSocket::Crashed()
{
    m_id = 0;
    m_ownsBinding = false;
    m_closeReason = "crash";
    Broken(ERROR_NOTCONN);
}

void
LifecycleSocket::Broken(SocketErrno error)
{
    const Ptr<LifecycleSocket> keepAlive(this);
    m_errno = error;
    const bool knowsNormalClose = std::exchange(m_isCloseTold, true);
    if (m_isConnected || m_isListening)
    {
        if (!knowsNormalClose || !m_isClosed)
        {
            NotifyErrorClose();
        }
    }
    else if (!m_isClosed || m_closesWhenConnected)
    {
        NotifyConnectionFailed();
    }
}

void
LifecycleSocket::Detached()
{
    m_id = 0;
    m_isListening = false;
    m_ownsBinding = false;
    m_stack = nullptr;
}

} // namespace ns3
