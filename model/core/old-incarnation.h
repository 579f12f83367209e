#ifndef LIFECYCLE_CORE_OLD_INCARNATION_H
#define LIFECYCLE_CORE_OLD_INCARNATION_H

#include "agreed-options.h"
#include "compact-record.h"
#include "receive-side.h"
#include "send-sequence.h"
#include "timestamp-clocks.h"

#include <tuple>

namespace lifecycle
{

/**
 * What is restored of a record in TIME-WAIT if the SYN that reopened the record was an old
 * duplicate. Source: RFC 9293 3.6.1.
 */
struct OldIncarnation
{
    SendSequence snd;
    ReceiveSide receiveSide;
    AgreedOptions agreed;
    TimestampClocks timestamps;
    SharedConfig config;

    auto Fields() const
    {
        return std::tie(snd, receiveSide, agreed, timestamps, config);
    }
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_OLD_INCARNATION_H
