// The attributes of LifecycleSocket: its own, and those that every TcpSocket has.

#include "../wire/translation.h"
#include "lifecycle-socket.h"
#include "node-stack.h"
#include "settings.h"

#include "ns3/boolean.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>

namespace ns3
{

using namespace lifecycle_internal;

using lifecycle::ConnectionConfig;

lifecycle::StackConfig
LifecycleSocket::Config() const
{
    lifecycle::StackConfig config;
    if (m_stack)
    {
        config = m_stack->settings.InForce();
    }
    m_settings->ApplyTo(config);
    if (m_mssLimit != 0)
    {
        config.connection.mss = std::min(config.connection.mss, m_mssLimit);
    }
    return config;
}

bool
LifecycleSocket::Change(const std::function<void(Settings&)>& change)
{
    HostDriver* driver = Driver();
    const bool lives = driver && IsOpen();
    // The node's settings may have changed meanwhile, and contradict the settings of the socket.
    const bool hadContradiction = !Contradiction(Config()).empty();
    const auto changed = std::make_shared<Settings>(*m_settings);
    change(*changed);
    const auto before = std::exchange(m_settings, changed);
    if (lives && !hadContradiction && HasContradiction())
    {
        m_settings = before;
        return false;
    }
    if (lives)
    {
        driver->Configure(lifecycle::ConnectionId{m_id}, Config());
    }
    return true;
}

bool
LifecycleSocket::HasContradiction() const
{
    const std::string sentence = Contradiction(Config());
    if (!sentence.empty())
    {
        std::clog << "LifecycleSocket: " << sentence << std::endl; // logs may be compiled out
    }
    return !sentence.empty();
}

/** The original default of TcpSocket's attribute @p name. */
template <class Value>
auto
OriginalDefault(const std::string& name)
{
    TypeId::AttributeInformation info;
    TcpSocket::GetTypeId().LookupAttributeByName(name, &info);
    return dynamic_cast<const Value&>(*info.originalInitialValue).Get();
}

template <class Field>
void
LifecycleSocket::SetCompatible(Field ConnectionConfig::*field, Field value, bool isDefault)
{
    // ns-3 sets every attribute of a new object. A default that nobody chose must not override our
    // default: ConnTimeout is 3 s by default, but InitialRto is 1 s, as in RFC 6298 2.1.
    if (m_isConstructed || !isDefault)
    {
        Change([&](Settings& settings) { settings.Set(field, value); });
    }
}

void
LifecycleSocket::SetSndBufSize(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("SndBufSize");
    SetCompatible(&ConnectionConfig::sendBuffer, value, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetSndBufSize() const
{
    return Config().connection.sendBuffer;
}

void
LifecycleSocket::SetRcvBufSize(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("RcvBufSize");
    SetCompatible(&ConnectionConfig::receiveBuffer, value, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetRcvBufSize() const
{
    return Config().connection.receiveBuffer;
}

void
LifecycleSocket::SetSegSize(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("SegmentSize");
    const auto mss = static_cast<uint16_t>(std::min<uint32_t>(value, 0xffff));
    SetCompatible(&ConnectionConfig::mss, mss, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetSegSize() const
{
    return Config().connection.mss;
}

void
LifecycleSocket::SetConnTimeout(Time value)
{
    static const auto ORIGINAL = OriginalDefault<TimeValue>("ConnTimeout");
    SetCompatible(&ConnectionConfig::initialRto, ToDuration(value), value == ORIGINAL);
}

Time
LifecycleSocket::GetConnTimeout() const
{
    return ToTime(Config().connection.initialRto);
}

void
LifecycleSocket::SetSynRetries(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("ConnCount");
    SetCompatible(&ConnectionConfig::synRetries, value, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetSynRetries() const
{
    return Config().connection.synRetries;
}

void
LifecycleSocket::SetDataRetries(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("DataRetries");
    SetCompatible(&ConnectionConfig::dataRetries, value, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetDataRetries() const
{
    return Config().connection.dataRetries;
}

void
LifecycleSocket::SetBacklog(uint32_t limit)
{
    if (m_isConstructed || limit != ORIGINAL_BACKLOG)
    {
        Change([&](Settings& settings) {
            settings.Set(&lifecycle::ListenConfig::acceptQueueLimit, limit);
        });
    }
}

uint32_t
LifecycleSocket::GetBacklog() const
{
    return Config().listen.acceptQueueLimit;
}

void
LifecycleSocket::SetMaxSegLifetime(double seconds)
{
    SetCompatible(&ConnectionConfig::msl, ToDuration(Seconds(seconds)), seconds == 120);
}

double
LifecycleSocket::GetMaxSegLifetime() const
{
    return ToTime(Config().connection.msl).GetSeconds();
}

void
LifecycleSocket::SetInitialCwnd(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("InitialCwnd");
    SetCompatible(&ConnectionConfig::initialCwnd, value, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetInitialCwnd() const
{
    return Config().connection.initialCwnd;
}

void
LifecycleSocket::SetDelAckTimeout(Time value)
{
    static const auto ORIGINAL = OriginalDefault<TimeValue>("DelAckTimeout");
    SetCompatible(&ConnectionConfig::delayedAck, ToDuration(value), value == ORIGINAL);
}

Time
LifecycleSocket::GetDelAckTimeout() const
{
    return ToTime(Config().connection.delayedAck);
}

void
LifecycleSocket::SetDelAckMaxCount(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("DelAckCount");
    SetCompatible(&ConnectionConfig::delayedAckCount, value, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetDelAckMaxCount() const
{
    return Config().connection.delayedAckCount;
}

void
LifecycleSocket::SetTcpNoDelay(bool value)
{
    static const auto ORIGINAL = OriginalDefault<BooleanValue>("TcpNoDelay");
    SetCompatible(&ConnectionConfig::nagle, !value, value == ORIGINAL);
}

bool
LifecycleSocket::GetTcpNoDelay() const
{
    return !Config().connection.nagle;
}

void
LifecycleSocket::SetInitialSSThresh(uint32_t value)
{
    static const auto ORIGINAL = OriginalDefault<UintegerValue>("InitialSlowStartThreshold");
    SetCompatible(&ConnectionConfig::initialSsthresh, value, value == ORIGINAL);
}

uint32_t
LifecycleSocket::GetInitialSSThresh() const
{
    return Config().connection.initialSsthresh;
}

void
LifecycleSocket::SetPersistTimeout(Time value)
{
    static const auto ORIGINAL = OriginalDefault<TimeValue>("PersistTimeout");
    SetCompatible(&ConnectionConfig::persistMin, ToDuration(value), value == ORIGINAL);
}

Time
LifecycleSocket::GetPersistTimeout() const
{
    return ToTime(Config().connection.persistMin);
}

} // namespace ns3
