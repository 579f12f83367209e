// What sockets ask of their host, with octets instead of their number.

#include "host-driver.h"
#include "lifecycle-l4-protocol.h"
#include "lifecycle-socket.h"
#include "translation.h"

#include "ns3/abort.h"
#include "ns3/log.h"

#include <algorithm>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleHostDriver");

using namespace lifecycle;

std::optional<uint16_t>
HostDriver::Bind(const Endpoint& local, bool isShared)
{
    return GetHost().BindPort(local, isShared);
}

void
HostDriver::Unbind(const Endpoint& local)
{
    GetHost().UnbindPort(local);
}

OpenResult
HostDriver::OpenPassive(Ptr<LifecycleSocket> socket,
                        const Endpoint& local,
                        const StackConfig& config)
{
    m_tcp.NoteCounterfactuals(config);
    Actions out;
    const OpenResult result = GetHost().OpenPassive(local, config.connection, config.listen, out);
    if (const auto* id = std::get_if<ConnectionId>(&result))
    {
        m_listeners.insert(*id);
    }
    Opened(socket, local, result);
    Run(out);
    return result;
}

OpenResult
HostDriver::OpenActive(Ptr<LifecycleSocket> socket,
                       const FourTuple& path,
                       const StackConfig& config,
                       const std::optional<Endpoint>& binding)
{
    m_tcp.NoteCounterfactuals(config);
    Actions out;
    const OpenResult result = GetHost().OpenActive(path, config.connection, CurrentInstant(), out);
    Opened(socket, binding, result);
    Run(out);
    return result;
}

void
HostDriver::Opened(Ptr<LifecycleSocket> socket,
                   const std::optional<Endpoint>& binding,
                   const OpenResult& result)
{
    if (const auto* id = std::get_if<ConnectionId>(&result))
    {
        Attach(*id, socket);
        RecordOf(*id).binding = binding;
        socket->Opened(*id, Find(*id)->Path());
    }
}

std::optional<CallError>
HostDriver::OpenFromListen(Ptr<LifecycleSocket> socket, ConnectionId id, const FourTuple& path)
{
    Actions out;
    const auto error = GetHost().OpenFromListen(id, path, 0, CurrentInstant(), out);
    if (!error)
    {
        m_listeners.erase(id);
        socket->Opened(id, path);
    }
    Run(out);
    return error;
}

void
HostDriver::Attach(ConnectionId id, Ptr<LifecycleSocket> socket)
{
    Record& record = RecordOf(id);
    record.socket = socket;
    record.device = socket->GetBoundNetDevice();
    if (socket->m_receiveIsShut)
    {
        Discard(id);
    }
}

std::optional<CallError>
HostDriver::Send(ConnectionId id, Ptr<const Packet> packet, bool isUrgent)
{
    const auto connection = Find(id);
    if (connection == nullptr)
    {
        return CallError::CONNECTION_DOES_NOT_EXIST;
    }
    const SeqNum begin = connection->Snd().end;
    Actions out;
    const auto send = isUrgent ? &Host::SendUrgent : &Host::Send;
    const auto error = (GetHost().*send)(id, packet->GetSize(), CurrentInstant(), out);
    if (!error)
    {
        RecordOf(id).sent.Append(begin, packet);
    }
    Run(out);
    return error;
}

std::optional<CallError>
HostDriver::Close(ConnectionId id)
{
    Actions out;
    const auto error = GetHost().Close(id, CurrentInstant(), out);
    Run(out);
    return error;
}

std::optional<CallError>
HostDriver::CloseFully(ConnectionId id)
{
    Actions out;
    const auto error = GetHost().CloseFully(id, CurrentInstant(), out);
    Discard(id);
    Run(out);
    return error;
}

void
HostDriver::IcmpArrives(const FourTuple& path, const IcmpError& error)
{
    Actions out;
    GetHost().IcmpArrives(path, error, CurrentInstant(), out);
    Run(out);
}

std::optional<CallError>
HostDriver::Abort(ConnectionId id)
{
    Actions out;
    const auto error = GetHost().Abort(id, CurrentInstant(), out);
    Run(out);
    return error;
}

Ptr<Packet>
HostDriver::Read(ConnectionId id, uint32_t maxSize)
{
    Record* record = FindRecord(id);
    const uint32_t octets = record ? std::min(maxSize, record->received.Readable()) : 0;
    if (octets == 0)
    {
        return nullptr;
    }
    Ptr<Packet> packet = record->received.Read(octets);
    Actions out;
    if (GetHost().Receive(id, octets, CurrentInstant(), out))
    {
        NS_LOG_LOGIC("connection " << NumberOf(id) << " has ended, what it has left is read");
    }
    Run(out);
    return packet;
}

Ptr<Packet>
HostDriver::Peek(ConnectionId id, uint32_t octets) const
{
    return FindRecord(id)->received.Peek(octets);
}

void
HostDriver::BindToDevice(ConnectionId id, Ptr<NetDevice> device)
{
    RecordOf(id).device = device;
}

void
HostDriver::Discard(ConnectionId id)
{
    if (Record* record = FindRecord(id))
    {
        record->discards = true;
        Read(id, record->received.Readable());
    }
}

std::optional<ConnectionId>
HostDriver::Accept(ConnectionId listener)
{
    const auto child = GetHost().Accept(listener);
    CountQueues();
    return child;
}

uint32_t
HostDriver::Readable(ConnectionId id) const
{
    const Record* record = FindRecord(id);
    return record ? record->received.Readable() : 0;
}

bool
HostDriver::PeerHasClosed(ConnectionId id) const
{
    const Record* record = FindRecord(id);
    return record && record->peerClosed;
}

bool
HostDriver::HasUnacknowledged(ConnectionId id) const
{
    const Record* record = FindRecord(id);
    return record && record->sent.Size() > 0;
}

std::shared_ptr<const Connection>
HostDriver::Find(ConnectionId id) const
{
    return m_host ? m_host->Find(id) : nullptr;
}

void
HostDriver::Configure(ConnectionId id, const StackConfig& config)
{
    m_tcp.NoteCounterfactuals(config);
    Actions out;
    GetHost().Configure(id, config.connection, CurrentInstant(), out);
    GetHost().Configure(id, config.listen);
    if (!out.empty())
    {
        Run(out);
    }
    Reschedule();
}

uint64_t
HostDriver::NumberOf(ConnectionId id) const
{
    return id.value == 0 ? 0 : m_idsBefore + id.value;
}

uint64_t
HostDriver::NumberOf(const FourTuple& path) const
{
    return m_host ? NumberOf(m_host->IdOf(path)) : 0;
}

std::shared_ptr<const lifecycle::Connection>
HostDriver::FindByNumber(uint64_t number) const
{
    if (!m_host || number <= m_idsBefore)
    {
        return nullptr; // of an earlier boot
    }
    return m_host->Find(ConnectionId{number - m_idsBefore});
}

uint32_t
HostDriver::CountSockets() const
{
    return static_cast<uint32_t>(
        std::count_if(m_records.begin(), m_records.end(), [](const auto& entry) {
            return entry.second.socket != nullptr;
        }));
}

Ptr<LifecycleSocket>
HostDriver::GetSocket(uint32_t index) const
{
    for (const auto& [id, record] : m_records)
    {
        if (record.socket && index-- == 0)
        {
            return record.socket;
        }
    }
    return nullptr;
}

ListenCounters
HostDriver::Counters() const
{
    ListenCounters counters = m_countersBefore;
    if (m_host)
    {
        counters += m_host->Counters();
    }
    return counters;
}

} // namespace ns3
