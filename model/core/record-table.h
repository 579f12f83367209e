#ifndef LIFECYCLE_CORE_RECORD_TABLE_H
#define LIFECYCLE_CORE_RECORD_TABLE_H

#include "actions.h"
#include "compact-record.h"
#include "endpoint.h"
#include "instant.h"
#include "linear-index.h"
#include "octet-pool.h"
#include "packing.h"
#include "record-profiles.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>

namespace lifecycle
{

/** A compact record, and what the Host notes of it. */
struct KeptRecord
{
    CompactRecord record;
    std::optional<Instant> scheduled; ///< its place among the deadlines of the Host
};

/**
 * The compact records of a host, packed: some 35 octets each for IPv4, and 16 for two indexes.
 *
 * Equality and hash are those of the records, wherever they stand and however they are scheduled.
 */
class RecordTable
{
  public:
    /** Keeps @p kept; its id and path are new to the table. */
    void Add(const KeptRecord& kept);

    /** The record of @p id; nothing if there is none. */
    std::optional<KeptRecord> Find(ConnectionId id) const;

    /** The record of @p id, which is kept no longer; nothing if there is none. */
    std::optional<KeptRecord> Take(ConnectionId id);

    /** Whose record is on @p path; 0 if there is none. */
    ConnectionId IdOf(const FourTuple& path) const;

    std::size_t Size() const
    {
        return m_byId.Size();
    }

    bool operator==(const RecordTable& other) const;

    std::uint64_t Hash() const;

  private:
    static constexpr std::size_t BY_ID = 0; ///< links of an item
    static constexpr std::size_t BY_PATH = 1;

    using Pool = OctetPool<2>;

    /** A pool whose items an index can hash. */
    template <std::size_t LINK>
    struct Items;

    /** A record and the number of its profile. */
    struct Numbered
    {
        KeptRecord kept;
        RecordProfiles::Number profile;
    };

    Handle HandleOf(ConnectionId id) const;
    ConnectionId IdAt(Handle handle) const;
    FourTuple PathAt(Handle handle) const;
    Numbered At(Handle handle) const;

    Pool m_pool;
    RecordProfiles m_profiles;
    LinearIndex<BY_ID> m_byId;
    LinearIndex<BY_PATH> m_byPath;
};

namespace detail
{

template <>
struct Hasher<RecordTable>
{
    static std::uint64_t Of(const RecordTable& table)
    {
        return table.Hash();
    }
};

} // namespace detail

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RECORD_TABLE_H
