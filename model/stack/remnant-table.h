#ifndef LIFECYCLE_STACK_REMNANT_TABLE_H
#define LIFECYCLE_STACK_REMNANT_TABLE_H

#include "../core/actions.h"
#include "../core/linear-index.h"
#include "../core/octet-pool.h"

#include "ns3/nstime.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ns3::lifecycle_internal
{

/**
 * @ingroup lifecycle
 * @brief What is left of what the driver keeps of a connection that has neither user nor octets.
 */
struct Remnant
{
    bool isHalfOpen; ///< in SYN-RECEIVED; else in TIME-WAIT
    Time opened;
    uint64_t octetsSent;
    uint64_t octetsReceived;
    uint32_t retransmissions;
};

/**
 * @ingroup lifecycle
 * @brief The remnants of a host, packed: some 20 octets each.
 */
class RemnantTable
{
  public:
    /** @brief Keeps @p remnant of the connection @p id, which has none yet. */
    void Add(lifecycle::ConnectionId id, const Remnant& remnant);

    /** @brief The remnant of @p id; nothing if there is none. @return The remnant. */
    std::optional<Remnant> Find(lifecycle::ConnectionId id) const;

    /** @brief Takes the remnant of @p id away; nothing if there is none. @return The remnant. */
    std::optional<Remnant> Take(lifecycle::ConnectionId id);

    /** @brief Whose remnants there are, in no order. @return The ids. */
    std::vector<lifecycle::ConnectionId> Ids() const;

  private:
    using Pool = lifecycle::OctetPool<1>;

    struct Items;

    lifecycle::Handle HandleOf(lifecycle::ConnectionId id) const;
    Remnant At(lifecycle::Handle handle) const;

    Pool m_pool;
    lifecycle::LinearIndex<0> m_index;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_REMNANT_TABLE_H
