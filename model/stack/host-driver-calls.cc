// The calls of users: the calls of Host, but with octets instead of the number of octets.

#include "../wire/translation.h"
#include "host-driver.h"
#include "node-settings.h"

#include "ns3/log.h"

#include <algorithm>
#include <utility>

namespace ns3::lifecycle_internal
{

NS_LOG_COMPONENT_DEFINE("LifecycleHostDriver");

using namespace lifecycle;

std::optional<uint16_t>
HostDriver::Bind(const ConnectionUser& user, const Endpoint& local, bool isShared)
{
    const auto port = GetHost().BindPort(local, isShared);
    if (port)
    {
        m_bound[{local.address, *port}].push_back(&user);
    }
    return port;
}

void
HostDriver::Unbind(const ConnectionUser& user, const Endpoint& local)
{
    ForgetBound(user, local);
    GetHost().UnbindPort(local);
}

void
HostDriver::ForgetBound(const ConnectionUser& user, const Endpoint& local)
{
    const auto found = m_bound.find(local);
    if (found == m_bound.end())
    {
        return;
    }
    auto& users = found->second;
    users.erase(std::remove(users.begin(), users.end(), &user), users.end());
    if (users.empty())
    {
        m_bound.erase(found);
    }
}

const ConnectionUser*
HostDriver::BoundTo(const Endpoint& local) const
{
    Endpoint any = local;
    any.address = {};
    any.address.family = local.address.family;
    for (const Endpoint& endpoint : {local, any})
    {
        if (const auto found = m_bound.find(endpoint); found != m_bound.end())
        {
            return found->second.front();
        }
    }
    return nullptr;
}

OpenResult
HostDriver::OpenPassive(const User& user,
                        Ptr<NetDevice> device,
                        const Endpoint& local,
                        const StackConfig& config)
{
    m_settings.NoteUse(config);
    Actions out = TakeBuffer();
    const OpenResult result = GetHost().OpenPassive(local, config.connection, config.listen, out);
    Opened(user, device, local, result);
    Run(out);
    return result;
}

OpenResult
HostDriver::OpenActive(const User& user,
                       Ptr<NetDevice> device,
                       const FourTuple& path,
                       const StackConfig& config,
                       const std::optional<Endpoint>& binding)
{
    m_settings.NoteUse(config);
    Actions out = TakeBuffer();
    const OpenResult result = GetHost().OpenActive(path, config.connection, CurrentInstant(), out);
    for (const Action& action : out)
    {
        if (const auto* forget = std::get_if<Forget>(&action)) // the connection that was reopened
        {
            Revive(forget->id, Find(std::get<ConnectionId>(result))->Path());
        }
    }
    Opened(user, device, binding, result);
    Run(out);
    return result;
}

void
HostDriver::Opened(const User& user,
                   Ptr<NetDevice> device,
                   const std::optional<Endpoint>& binding,
                   const OpenResult& result)
{
    if (const auto* id = std::get_if<ConnectionId>(&result))
    {
        Attach(*id, user, device);
        RecordOf(*id).binding = binding;
        if (binding)
        {
            ForgetBound(*user, *binding);
        }
        user->Opened(*id, Find(*id)->Path());
    }
}

std::optional<CallError>
HostDriver::OpenFromListen(ConnectionId id, const FourTuple& path)
{
    Actions out = TakeBuffer();
    const auto error = GetHost().OpenFromListen(id, path, 0, CurrentInstant(), out);
    if (!error)
    {
        FindRecord(id)->user->Opened(id, path);
    }
    Run(out);
    return error;
}

void
HostDriver::Attach(ConnectionId id, const User& user, Ptr<NetDevice> device)
{
    Record& record = RecordOf(id);
    record.user = user;
    record.device = device;
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
    Actions out = TakeBuffer();
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
    Actions out = TakeBuffer();
    const auto error = GetHost().Close(id, CurrentInstant(), out);
    Run(out);
    return error;
}

std::optional<CallError>
HostDriver::CloseFully(ConnectionId id)
{
    Actions out = TakeBuffer();
    const auto error = GetHost().CloseFully(id, CurrentInstant(), out);
    Discard(id);
    Run(out);
    return error;
}

void
HostDriver::IcmpArrives(const FourTuple& path, const IcmpError& error)
{
    Actions out = TakeBuffer();
    Revive(GetHost().IdOf(path), path);
    GetHost().IcmpArrives(path, error, CurrentInstant(), out);
    Run(out);
}

std::optional<CallError>
HostDriver::Abort(ConnectionId id)
{
    Actions out = TakeBuffer();
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
    Actions out = TakeBuffer();
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
    const Input input(*this);
    const auto child = GetHost().Accept(listener);
    ++m_changes;
    TellNumbers();
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
    m_settings.NoteUse(config);
    Actions out = TakeBuffer();
    GetHost().Configure(id, config.connection, CurrentInstant(), out);
    GetHost().Configure(id, config.listen);
    if (!out.empty())
    {
        Run(out);
    }
    Reschedule();
}

void
HostDriver::HeedSettings()
{
    if (m_host)
    {
        GetHost().Configure(m_settings.InForce().host);
    }
}

uint64_t
HostDriver::NumberOf(ConnectionId id) const
{
    return id.value == 0 ? 0 : m_idsBefore + id.value;
}

std::shared_ptr<const lifecycle::Connection>
HostDriver::FindByNumber(uint64_t number) const
{
    if (!m_host || number <= m_idsBefore)
    {
        return nullptr; // a number of an earlier boot, or this boot has no connection yet
    }
    return m_host->Find(ConnectionId{number - m_idsBefore});
}

uint32_t
HostDriver::CountUsers() const
{
    return static_cast<uint32_t>(
        std::count_if(m_records.begin(), m_records.end(), [](const auto& entry) {
            return entry.second.user != nullptr;
        }));
}

ConnectionUser*
HostDriver::GetUser(uint32_t index) const
{
    for (const ConnectionId id : InOrder())
    {
        const Record* record = FindRecord(id);
        if (record && record->user && index-- == 0)
        {
            return record->user.get();
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

uint32_t
HostDriver::CountIn(State state) const
{
    return m_host ? static_cast<uint32_t>(m_host->CountIn(state)) : 0;
}

} // namespace ns3::lifecycle_internal
