#include "syn-cookie.h"

#include "keyed-hash.h"

#include <algorithm>
#include <cstddef>

namespace lifecycle
{

namespace
{

constexpr std::uint32_t MAC_MASK = 0xffffff;
constexpr std::uint64_t SLOTS = 32; // what five bits tell apart

// In the low bits of a timestamp: the shift count, above it whether SACK is permitted, and ECN
// agreed
constexpr std::uint32_t SHIFT_MASK = 0xf;
constexpr std::uint32_t NO_SHIFT = 0xf; // the greatest shift count is 14, RFC 7323 2.3
constexpr std::uint32_t SACK_BIT = 0x10;
constexpr std::uint32_t ECN_BIT = 0x20;
constexpr std::uint32_t OPTION_MASK = SHIFT_MASK | SACK_BIT | ECN_BIT;

std::uint64_t
SlotAt(Instant now)
{
    return static_cast<std::uint64_t>(now.time_since_epoch() / COOKIE_SLOT);
}

std::uint32_t
Mac(const SipHashKey& secret, const FourTuple& path, std::uint64_t slot)
{
    return static_cast<std::uint32_t>(KeyedHash(secret, path, HashPurpose::SYN_COOKIE, slot)) &
           MAC_MASK;
}

/** The index of the greatest entry not above @p mss; 0 if all entries are above. */
std::uint32_t
MssIndex(std::uint16_t mss)
{
    std::uint32_t index = 0;
    for (std::uint32_t i = 1; i < COOKIE_MSS.size() && COOKIE_MSS[i] <= mss; ++i)
    {
        index = i;
    }
    return index;
}

} // namespace

std::uint32_t
PutOptions(const CookieOptions& options, std::uint32_t now)
{
    const std::uint32_t shift = options.windowScale
                                    ? std::min<std::uint32_t>(*options.windowScale, NO_SHIFT - 1)
                                    : NO_SHIFT;
    const std::uint32_t said =
        shift | (options.sackPermitted ? SACK_BIT : 0) | (options.ecn ? ECN_BIT : 0);
    const std::uint32_t stamp = (now & ~OPTION_MASK) | said;
    return stamp > now ? stamp - (OPTION_MASK + 1) : stamp;
}

CookieOptions
TakeOptions(std::uint32_t echo)
{
    CookieOptions options;
    if ((echo & SHIFT_MASK) != NO_SHIFT)
    {
        options.windowScale = static_cast<std::uint8_t>(echo & SHIFT_MASK);
    }
    options.sackPermitted = (echo & SACK_BIT) != 0;
    options.ecn = (echo & ECN_BIT) != 0;
    return options;
}

SeqNum
MakeSynCookie(const SipHashKey& secret,
              const FourTuple& path,
              SeqNum clientIsn,
              std::uint16_t mss,
              Instant now)
{
    const std::uint64_t slot = SlotAt(now);
    const auto time = static_cast<std::uint32_t>(slot % SLOTS);
    const std::uint32_t said = time << 27 | MssIndex(mss) << 24 | Mac(secret, path, slot);
    return SeqNum(said ^ clientIsn.Value());
}

SynCookieCheck
CheckSynCookie(const SipHashKey& secret,
               const FourTuple& path,
               SeqNum clientIsn,
               SeqNum cookie,
               Instant now)
{
    const std::uint32_t said = cookie.Value() ^ clientIsn.Value();
    const std::uint64_t slotNow = SlotAt(now);
    const std::uint64_t age = (slotNow - (said >> 27)) % SLOTS; // the bits name one of 32 slots
    SynCookieCheck check;
    if (age > slotNow || Mac(secret, path, slotNow - age) != (said & MAC_MASK))
    {
        return check;
    }
    if (age > COOKIE_SLOTS_AFTER)
    {
        check.verdict = SynCookieCheck::Verdict::EXPIRED;
        return check;
    }
    check.verdict = SynCookieCheck::Verdict::GOOD;
    check.mss = COOKIE_MSS[said >> 24 & 7];
    return check;
}

} // namespace lifecycle
