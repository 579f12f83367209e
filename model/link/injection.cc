#include "injection.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

unsigned
BitsOf(const Address& address)
{
    return address.family == Family::IPV4 ? 32 : 128;
}

} // namespace

Address
AddressRange::At(std::uint64_t index) const
{
    const unsigned hostBits = BitsOf(first) - prefix;
    Address address = first;
    const std::size_t size = BitsOf(first) / 8;
    for (std::size_t i = 0; i < 8 && i * 8 < hostBits; ++i)
    {
        auto octet = static_cast<std::uint8_t>(index >> (8 * i));
        const auto free = static_cast<unsigned>(hostBits - i * 8);
        if (free < 8)
        {
            octet &= static_cast<std::uint8_t>((1U << free) - 1);
        }
        address.octets[size - 1 - i] |= octet;
    }
    return address;
}

bool
AddressRange::Contains(const Address& address) const
{
    if (address.family != first.family)
    {
        return false;
    }
    for (unsigned bit = 0; bit < prefix; ++bit)
    {
        const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
        if (((address.octets[bit / 8] ^ first.octets[bit / 8]) & mask) != 0)
        {
            return false;
        }
    }
    return true;
}

SeqNum
NumberBy(const NumberRule& rule,
         std::uint32_t base,
         std::int64_t shift,
         std::uint64_t index,
         Instant now,
         const KnownNumbers& known)
{
    std::uint32_t number = 0;
    switch (rule.base)
    {
    case NumberBase::FIXED:
        break;
    case NumberBase::RANDOM:
        number = base;
        break;
    case NumberBase::CLOCK:
        number = static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::microseconds(4));
        break;
    case NumberBase::SND_UNA:
        number = known.sndUna;
        break;
    case NumberBase::SND_NXT:
        number = known.sndNxt;
        break;
    case NumberBase::RCV_NXT:
        number = known.rcvNxt;
        break;
    case NumberBase::ISS:
        number = known.iss;
        break;
    case NumberBase::IRS:
        number = known.irs;
        break;
    }
    return SeqNum(number) + rule.offset + static_cast<std::uint32_t>(shift) +
           rule.step * static_cast<std::uint32_t>(index);
}

} // namespace lifecycle
