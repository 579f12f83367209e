#ifndef LIFECYCLE_CORE_COMPACT_RECORD_H
#define LIFECYCLE_CORE_COMPACT_RECORD_H

#include "actions.h"
#include "agreed-options.h"
#include "endpoint.h"
#include "instant.h"
#include "seq-num.h"
#include "shared.h"
#include "stack-config.h"
#include "value.h"

#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace lifecycle
{

using SharedConfig = Shared<ConnectionConfig>;

/** The configurations that were used last, each kept once. */
class ConfigPool
{
  public:
    /** @p config, which shares its place with an equal one if that was used lately. */
    SharedConfig Share(const SharedConfig& config);

  private:
    std::vector<SharedConfig> m_configs; ///< the latest last, and only a few
};

/** What every record has. */
struct RecordHead
{
    ConnectionId id;
    ConnectionId listener;
    FourTuple path;
    SharedConfig config;
    Instant challengeWindowEnd;
    Instant tsSince; ///< when TS.Recent came
    std::uint32_t tsRecent;
    std::uint32_t tsOffset;
    std::uint32_t challengeAcks;
    SeqNum iss;
    SeqNum irs;
    std::uint32_t sndWnd;
    std::uint32_t rcvWnd;
    std::uint16_t mss;
    AgreedOptions agreed;

    auto Fields() const
    {
        return std::tie(id,
                        listener,
                        path,
                        config,
                        challengeWindowEnd,
                        tsSince,
                        tsRecent,
                        tsOffset,
                        challengeAcks,
                        iss,
                        irs,
                        sndWnd,
                        rcvWnd,
                        mss,
                        agreed);
    }
};

/**
 * What is needed of a connection in SYN-RECEIVED that a listener has made. Source: RFC 4987 3.5.
 */
struct HalfOpenRecord
{
    RecordHead head;
    bool timed; ///< the round trip of the SYN,ACK is being measured
    std::uint32_t retransmissions;
    Instant retransmitAt;
    std::optional<Instant> userTimeoutAt;

    auto Fields() const
    {
        return std::tie(head, timed, retransmissions, retransmitAt, userTimeoutAt);
    }
};

/** What is needed of a connection in TIME-WAIT whose user has read everything. */
struct TimeWaitRecord
{
    RecordHead head;
    bool active;     ///< whether an active OPEN made the connection
    bool readerGone; ///< the user has given up reading
    SeqNum sndNxt;
    SeqNum rcvNxt;
    SeqNum wl1;
    SeqNum wl2;
    std::uint32_t maxWnd;
    Instant endsAt;

    auto Fields() const
    {
        return std::tie(head, active, readerGone, sndNxt, rcvNxt, wl1, wl2, maxWnd, endsAt);
    }
};

/**
 * Storage for a connection that has little to remember: see Connection::Deflate.
 *
 * A record handles no input: each input goes to the Connection that is inflated from the record.
 */
using CompactRecord = std::variant<HalfOpenRecord, TimeWaitRecord>;

/** The settings of the connection. */
inline const ConnectionConfig&
ConfigOf(const CompactRecord& record)
{
    return std::visit([](const auto& r) -> const ConnectionConfig& { return r.head.config.Get(); },
                      record);
}

} // namespace lifecycle

#endif // LIFECYCLE_CORE_COMPACT_RECORD_H
