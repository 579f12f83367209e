#ifndef LIFECYCLE_CORE_ICMP_H
#define LIFECYCLE_CORE_ICMP_H

#include "endpoint.h"
#include "seq-num.h"

#include <cstdint>
#include <optional>

namespace lifecycle
{

/** What an ICMP message means to TCP. Source: RFC 9293 3.9.2.2. */
enum class IcmpKind : std::uint8_t
{
    SOFT_ERROR,     ///< must not end a connection
    HARD_ERROR,     ///< ends a connection that is being opened
    PROHIBITED,     ///< by an administrator: soft, RFC 1122 4.2.3.9
    TIME_EXCEEDED,  ///< in transit: soft, RFC 1122 4.2.3.9
    PACKET_TOO_BIG, ///< path MTU discovery, RFC 1191
    SOURCE_QUENCH,  ///< discarded, MUST-55
};

/** One ICMP message about a segment that we have sent. */
struct IcmpError
{
    IcmpKind kind{IcmpKind::SOFT_ERROR};
    SeqNum seq;           ///< SEG.SEQ of the segment that the message quotes
    std::uint32_t mtu{0}; ///< of the next hop, with PACKET_TOO_BIG [octets of IP packet]
};

/** What @p type and @p code of a message mean; nothing if the message reports no error. */
std::optional<IcmpKind> KindOfIcmp(Family family, std::uint8_t type, std::uint8_t code);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_ICMP_H
