#ifndef LIFECYCLE_CORE_AGREED_OPTIONS_H
#define LIFECYCLE_CORE_AGREED_OPTIONS_H

#include "segment.h"
#include "stack-config.h"

#include <cstdint>
#include <tuple>

namespace lifecycle
{

/** The largest window that the header can announce without scaling: RFC 9293 3.1. */
constexpr std::uint32_t MAX_UNSCALED_WINDOW = 65535;

/** The shift count with which all of @p buffer can be announced, as far as any can. RFC 7323 2.3. */
std::uint8_t WindowShiftFor(std::uint32_t buffer);

/**
 * What both SYNs have offered, so that it is in force. Source: RFC 7323 2.2 and 3.2, RFC 2018 2, RFC
 * 3168 6.1.1.
 */
struct AgreedOptions
{
    bool timestamps{false};
    bool sack{false};
    bool windowScaling{false};
    bool ecn{false};          ///< until the peer's SYN came, what ours has offered
    bool ecnEcho{false};      ///< whether marks are echoed, be it that ecn was given up: 6.1.1
    std::uint8_t sndShift{0}; ///< Snd.Wind.Shift; 0 without windowScaling
    std::uint8_t rcvShift{0}; ///< Rcv.Wind.Shift; until the peer's SYN came, what ours has offered

    /** Our SYN offers to scale the window, or does not: RFC 7323 2.2. */
    void OfferScaling(const ConnectionConfig& config);

    /** The peer's SYN has come; @p hasOffered if ours went out before, so that it answers an offer. */
    void Agree(const Segment& syn, const ConnectionConfig& config, bool hasOffered);

    /** Each SYN of the peer must ask for ECN, be it that it comes again, or with an ACK. RFC 3168 6.1.1. */
    void HeedEcnOf(const Segment& syn);

    /** SEG.WND as the peer means it, for that of a SYN is never scaled: RFC 7323 2.3 [octets]. */
    std::uint32_t WindowOf(const Segment& seg) const
    {
        return seg.wnd << (seg.Has(Flag::SYN) ? 0 : sndShift);
    }

    /** Whether the acknowledgment @p seg is a congestion indication: RFC 3168 6.1.2. */
    bool TellsOfMark(const Segment& seg) const
    {
        return ecn && seg.Has(Flag::ECE) && !seg.Has(Flag::SYN);
    }

    auto Fields() const
    {
        return std::tie(timestamps, sack, windowScaling, ecn, ecnEcho, sndShift, rcvShift);
    }
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_AGREED_OPTIONS_H
