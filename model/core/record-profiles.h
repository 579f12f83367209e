#ifndef LIFECYCLE_CORE_RECORD_PROFILES_H
#define LIFECYCLE_CORE_RECORD_PROFILES_H

#include "actions.h"
#include "agreed-options.h"
#include "compact-record.h"
#include "endpoint.h"

#include <cstdint>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace lifecycle
{

/** What is mostly the same in many records of a host. */
struct RecordProfile
{
    ConnectionId listener;
    Address local;
    SharedConfig config;
    std::uint16_t mss;
    AgreedOptions agreed;
    bool active;
    bool readerGone;

    auto Fields() const
    {
        return std::tie(listener, local, mss, agreed, active, readerGone, config);
    }
};

/** Keeps each profile once, as long as somebody uses the profile, and gives it a small number. */
class RecordProfiles
{
  public:
    using Number = std::uint32_t;

    /** The number of @p profile, which has one user more from now on. */
    Number Use(const RecordProfile& profile);

    /** The profile with @p number has one user less. */
    void Leave(Number number);

    const RecordProfile& At(Number number) const
    {
        return *m_slots[number].profile;
    }

    /** How many profiles there are. */
    std::size_t Size() const
    {
        return m_byHash.size();
    }

  private:
    struct Slot
    {
        std::optional<RecordProfile> profile;
        std::uint64_t hash{0};
        std::uint32_t users{0};
    };

    Number Find(const RecordProfile& profile);

    std::vector<Slot> m_slots;
    std::vector<Number> m_free;
    std::unordered_multimap<std::uint64_t, Number> m_byHash;
    Number m_latest{0}; ///< most often the next one
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RECORD_PROFILES_H
