#include "record-table.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace lifecycle
{

namespace
{

/** What stands first in a record, and identifies it. */
struct Key
{
    ConnectionId id;
    bool isTimeWait{false};
    RecordProfiles::Number profile{0};
    FourTuple path; ///< without the local address, which is in the profile
};

template <class Coder, class SomeKey>
void
CodeKey(Coder& coder, SomeKey& key)
{
    CodeId(coder, key.id);
    coder.Flag(key.isTimeWait);
    coder.Small(key.profile);
    auto& remote = key.path.remote.address;
    bool isIpv6 = remote.family == Family::IPV6;
    coder.Flag(isIpv6);
    if constexpr (!std::is_const_v<SomeKey>)
    {
        remote.family = isIpv6 ? Family::IPV6 : Family::IPV4;
    }
    coder.Octets(remote.octets.data(), isIpv6 ? remote.octets.size() : 4);
    coder.Plain(key.path.remote.port);
    coder.Plain(key.path.local.port);
}

/** Codes @p number, which is 0 in most records and any number in the others. */
template <class Coder, class Number>
void
CodeRare(Coder& coder, Number& number)
{
    bool isThere = number != 0;
    coder.Flag(isThere);
    if (isThere)
    {
        coder.Plain(number);
    }
}

/** Codes what @p head does not share with others; @p began is when its state probably began. */
template <class Coder, class Head>
void
CodeHead(Coder& coder, Head& head, Instant began)
{
    coder.Plain(head.iss);
    coder.Plain(head.irs);
    CodeRare(coder, head.tsRecent);
    coder.Expected(head.tsSince, head.tsRecent != 0 ? began : Instant());
    CodeRare(coder, head.tsOffset);
    coder.Expected(head.challengeWindowEnd, Instant());
    coder.Expected(head.challengeAcks, 0U);
    coder.Expected(head.rcvWnd, std::min(head.config->receiveBuffer, MAX_UNSCALED_WINDOW));
    coder.Expected(head.sndWnd, head.rcvWnd);
}

/** When the SYN of @p record probably came: before its timeouts, each double the one before. */
Instant
BeganAt(const HalfOpenRecord& record)
{
    constexpr std::uint32_t MORE_THAN_LASTS = 64;
    const ConnectionConfig& config = record.head.config;
    Instant began = record.retransmitAt - config.initialRto;
    Duration timeout = config.initialRto;
    for (std::uint32_t i = 0; i < std::min(record.retransmissions, MORE_THAN_LASTS); ++i)
    {
        timeout = std::min(2 * timeout, config.maxRto);
        began -= timeout;
    }
    return began;
}

template <class Coder, class Record>
void
CodeHalfOpen(Coder& coder, Record& record)
{
    coder.Small(record.retransmitAt);
    coder.Expected(record.retransmissions, 0U);
    const Instant began = BeganAt(record);
    CodeHead(coder, record.head, began);
    coder.Flag(record.timed);
    bool hasUserTimeout = record.userTimeoutAt.has_value();
    coder.Flag(hasUserTimeout);
    if (hasUserTimeout)
    {
        Instant userTimeoutAt = record.userTimeoutAt.value_or(Instant());
        coder.Expected(userTimeoutAt, began + record.head.config->userTimeout);
        if constexpr (!std::is_const_v<Record>)
        {
            record.userTimeoutAt = userTimeoutAt;
        }
    }
}

template <class Coder, class Record>
void
CodeTimeWait(Coder& coder, Record& record)
{
    coder.Small(record.endsAt);
    CodeHead(coder, record.head, record.endsAt - record.head.config->TimeWaitLength());
    coder.Expected(record.sndNxt, record.head.iss + 2); // SYN and FIN
    coder.Expected(record.rcvNxt, record.head.irs + 2);
    coder.Expected(record.wl1, record.rcvNxt - 1); // the FIN
    coder.Expected(record.wl2, record.sndNxt);
    coder.Expected(record.maxWnd, record.head.sndWnd);
}

Instant
DeadlineOf(const HalfOpenRecord& record)
{
    return std::min(record.retransmitAt, record.userTimeoutAt.value_or(record.retransmitAt));
}

Instant
DeadlineOf(const TimeWaitRecord& record)
{
    return record.endsAt;
}

/** Codes the place of @p record among the deadlines. */
template <class Coder, class Record, class Place>
void
CodePlace(Coder& coder, const Record& record, Place& scheduled)
{
    // Nothing is scheduled only if the record is looked at on its own, as in tests.
    constexpr Instant NOWHERE = Instant::min();
    Instant place = scheduled.value_or(NOWHERE);
    coder.Expected(place, DeadlineOf(record));
    if constexpr (!std::is_const_v<Place>)
    {
        scheduled = place == NOWHERE ? std::nullopt : std::make_optional(place);
    }
}

const RecordHead&
HeadOf(const CompactRecord& record)
{
    return std::visit([](const auto& r) -> const RecordHead& { return r.head; }, record);
}

RecordProfile
ProfileOf(const CompactRecord& record)
{
    const RecordHead& head = HeadOf(record);
    const auto* timeWait = std::get_if<TimeWaitRecord>(&record);
    return {head.listener,
            head.path.local.address,
            head.config,
            head.mss,
            head.agreed,
            timeWait != nullptr && timeWait->active,
            timeWait != nullptr && timeWait->readerGone};
}

/** The head of which @p key and @p profile tell; the rest is still to be set. */
RecordHead
MakeHead(const Key& key, const RecordProfile& profile)
{
    FourTuple path = key.path;
    path.local.address = profile.local;
    RecordHead head{key.id, profile.listener, path, profile.config};
    head.mss = profile.mss;
    head.agreed = profile.agreed;
    return head;
}

} // namespace

template <std::size_t LINK>
struct RecordTable::Items
{
    RecordTable& table;

    std::uint32_t& Link(Handle handle, std::size_t which)
    {
        return table.m_pool.Link(handle, which);
    }

    std::uint64_t HashOf(Handle handle) const
    {
        return LINK == BY_ID ? HashOfId(table.IdAt(handle)) : EndHash()(table.PathAt(handle));
    }
};

void
RecordTable::Add(const KeptRecord& kept)
{
    const RecordHead& head = HeadOf(kept.record);
    const Key key{head.id,
                  std::holds_alternative<TimeWaitRecord>(kept.record),
                  m_profiles.Use(ProfileOf(kept.record)),
                  head.path};
    Packer<Pool::MOST_OCTETS> packer;
    CodeKey(packer, key);
    if (const auto* timeWait = std::get_if<TimeWaitRecord>(&kept.record))
    {
        CodeTimeWait(packer, *timeWait);
        CodePlace(packer, *timeWait, kept.scheduled);
    }
    else
    {
        const auto& halfOpen = std::get<HalfOpenRecord>(kept.record);
        CodeHalfOpen(packer, halfOpen);
        CodePlace(packer, halfOpen, kept.scheduled);
    }
    const Handle handle = m_pool.Add(packer.Data(), packer.Size());
    Items<BY_ID> byId{*this};
    Items<BY_PATH> byPath{*this};
    m_byId.Add(handle, HashOfId(head.id), byId);
    m_byPath.Add(handle, EndHash()(head.path), byPath);
}

ConnectionId
RecordTable::IdAt(Handle handle) const
{
    return PackedId(m_pool.At(handle));
}

FourTuple
RecordTable::PathAt(Handle handle) const
{
    Unpacker unpacker(m_pool.At(handle));
    Key key;
    CodeKey(unpacker, key);
    key.path.local.address = m_profiles.At(key.profile).local;
    return key.path;
}

RecordTable::Numbered
RecordTable::At(Handle handle) const
{
    Unpacker unpacker(m_pool.At(handle));
    Key key;
    CodeKey(unpacker, key);
    const RecordProfile& profile = m_profiles.At(key.profile);
    std::optional<Instant> scheduled;
    if (key.isTimeWait)
    {
        TimeWaitRecord record{MakeHead(key, profile), profile.active, profile.readerGone};
        CodeTimeWait(unpacker, record);
        CodePlace(unpacker, record, scheduled);
        return {{std::move(record), scheduled}, key.profile};
    }
    HalfOpenRecord record{MakeHead(key, profile)};
    CodeHalfOpen(unpacker, record);
    CodePlace(unpacker, record, scheduled);
    return {{std::move(record), scheduled}, key.profile};
}

Handle
RecordTable::HandleOf(ConnectionId id) const
{
    return m_byId.Find(HashOfId(id), m_pool, [&](Handle handle) { return IdAt(handle) == id; });
}

std::optional<KeptRecord>
RecordTable::Find(ConnectionId id) const
{
    const Handle handle = HandleOf(id);
    return handle == NO_HANDLE ? std::nullopt : std::make_optional(At(handle).kept);
}

std::optional<KeptRecord>
RecordTable::Take(ConnectionId id)
{
    const Handle handle = HandleOf(id);
    if (handle == NO_HANDLE)
    {
        return std::nullopt;
    }
    Numbered found = At(handle);
    Items<BY_ID> byId{*this};
    Items<BY_PATH> byPath{*this};
    m_byId.Remove(handle, HashOfId(id), byId);
    m_byPath.Remove(handle, EndHash()(HeadOf(found.kept.record).path), byPath);
    m_pool.Remove(handle);
    m_profiles.Leave(found.profile);
    return std::move(found.kept);
}

ConnectionId
RecordTable::IdOf(const FourTuple& path) const
{
    if (Size() == 0)
    {
        return {};
    }
    const Handle handle = m_byPath.Find(EndHash()(path), m_pool, [&](Handle candidate) {
        return PathAt(candidate) == path;
    });
    return handle == NO_HANDLE ? ConnectionId{} : IdAt(handle);
}

bool
RecordTable::operator==(const RecordTable& other) const
{
    bool isEqual = Size() == other.Size();
    m_byId.ForEach(m_pool, [&](Handle handle) {
        const auto twin = isEqual ? other.Find(IdAt(handle)) : std::nullopt;
        isEqual = twin && twin->record == At(handle).kept.record;
    });
    return isEqual;
}

std::uint64_t
RecordTable::Hash() const
{
    std::uint64_t hash = Size(); // a sum has no order
    m_byId.ForEach(m_pool, [&](Handle handle) { hash += HashValue(At(handle).kept.record); });
    return hash;
}

} // namespace lifecycle
