#include "record-profiles.h"

#include <cassert>

namespace lifecycle
{

RecordProfiles::Number
RecordProfiles::Use(const RecordProfile& profile)
{
    const bool isLatest = m_latest < m_slots.size() && m_slots[m_latest].profile == profile;
    m_latest = isLatest ? m_latest : Find(profile);
    ++m_slots[m_latest].users;
    return m_latest;
}

/** The number of @p profile, which is kept from now on if it was not. */
RecordProfiles::Number
RecordProfiles::Find(const RecordProfile& profile)
{
    const std::uint64_t hash = HashValue(profile);
    const auto [begin, end] = m_byHash.equal_range(hash);
    for (auto at = begin; at != end; ++at)
    {
        if (At(at->second) == profile)
        {
            return at->second;
        }
    }
    auto number = static_cast<Number>(m_slots.size());
    if (m_free.empty())
    {
        m_slots.emplace_back();
    }
    else
    {
        number = m_free.back();
        m_free.pop_back();
    }
    m_slots[number] = {profile, hash, 0};
    m_byHash.emplace(hash, number);
    return number;
}

void
RecordProfiles::Leave(Number number)
{
    Slot& slot = m_slots[number];
    assert(slot.users > 0);
    if (--slot.users > 0)
    {
        return;
    }
    auto at = m_byHash.equal_range(slot.hash).first;
    while (at->second != number)
    {
        ++at;
    }
    m_byHash.erase(at);
    slot.profile.reset();
    m_free.push_back(number);
}

} // namespace lifecycle
