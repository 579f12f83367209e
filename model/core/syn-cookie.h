#ifndef LIFECYCLE_CORE_SYN_COOKIE_H
#define LIFECYCLE_CORE_SYN_COOKIE_H

#include "endpoint.h"
#include "instant.h"
#include "seq-num.h"
#include "siphash.h"

#include <array>
#include <cstdint>
#include <optional>

namespace lifecycle
{

/** How long one value of the counter in a cookie lasts. Source: RFC 4987 A. */
constexpr Duration COOKIE_SLOT = std::chrono::seconds(64);

/** A cookie is taken in its own slot and in so many slots after that: for 192 to 256 seconds. */
constexpr std::uint32_t COOKIE_SLOTS_AFTER = 3;

/** No cookie is taken after this time. */
constexpr Duration COOKIE_LIFETIME = (COOKIE_SLOTS_AFTER + 1) * COOKIE_SLOT;

/**
 * What three bits can say about a peer's MSS [octets]. The values are common ones: the least that
 * we use, what IPv4 and IPv6 take without being told, tunnels, IPv6, PPPoE, Ethernet.
 */
constexpr std::array<std::uint16_t, 8> COOKIE_MSS{48, 536, 1024, 1220, 1360, 1440, 1452, 1460};

/**
 * An initial sequence number that remembers a SYN. Source: RFC 4987 A.
 *
 * Five bits of time, three for the MSS, 24 of a keyed hash over 4-tuple and time; all exclusive-or
 * the client's initial sequence number.
 *
 * @param mss what the client takes; the cookie remembers the greatest of COOKIE_MSS not above it.
 */
SeqNum MakeSynCookie(const SipHashKey& secret,
                     const FourTuple& path,
                     SeqNum clientIsn,
                     std::uint16_t mss,
                     Instant now);

/** Options of a SYN that only a timestamp can carry. */
struct CookieOptions
{
    std::optional<std::uint8_t> windowScale{};
    bool sackPermitted{false};
    bool ecn{false}; ///< agreed, RFC 3168 6.1.1
};

/**
 * The timestamp for the SYN,ACK with a cookie: the youngest one not after @p now whose low bits say
 * @p options. The timestamp comes back as TSecr. Source: RFC 4987 3.6, RFC 7323 4.
 */
std::uint32_t PutOptions(const CookieOptions& options, std::uint32_t now);

/** What PutOptions has put into the timestamp @p echo. */
CookieOptions TakeOptions(std::uint32_t echo);

/** Whether an acknowledged sequence number is a cookie. */
struct SynCookieCheck
{
    enum class Verdict : std::uint8_t
    {
        GOOD,
        EXPIRED, ///< a cookie of ours, but too old
        FORGED,  ///< never a cookie of ours
    };

    Verdict verdict{Verdict::FORGED};
    std::uint16_t mss{0}; ///< what a good cookie remembers [octets]
};

SynCookieCheck CheckSynCookie(const SipHashKey& secret,
                              const FourTuple& path,
                              SeqNum clientIsn,
                              SeqNum cookie,
                              Instant now);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SYN_COOKIE_H
