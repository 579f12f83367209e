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

/** The Timestamps option, with the NOPs that align it [octets]. */
constexpr std::uint32_t TIMESTAMPS_LENGTH = 12;

/**
 * The least shift count with which all of @p buffer can be announced; the largest shift count if
 * none is enough. RFC 7323 2.3.
 */
std::uint8_t WindowShiftFor(std::uint32_t buffer);

/**
 * The options that both SYNs have offered, so that the options are in force. Source: RFC 7323 2.2
 * and 3.2, RFC 2018 2, RFC 3168 6.1.1.
 */
struct AgreedOptions
{
    bool timestamps{false};
    bool sack{false};
    bool windowScaling{false};
    bool ecn{false};          ///< until the peer's SYN came, what our SYN has offered
    bool ecnEcho{false};      ///< whether marks are echoed, even after ecn was given up: 6.1.1
    std::uint8_t sndShift{0}; ///< Snd.Wind.Shift; 0 without windowScaling
    std::uint8_t rcvShift{0}; ///< Rcv.Wind.Shift; our offer until the peer's SYN came

    /** Our SYN offers to scale the window if @p config says so: RFC 7323 2.2. */
    void OfferScaling(const ConnectionConfig& config);

    /**
     * The peer's SYN @p syn has come; @p hasOffered if our SYN went out before, so that @p syn
     * answers an offer.
     */
    void Agree(const Segment& syn, const ConnectionConfig& config, bool hasOffered);

    /**
     * Gives ECN up unless @p syn asks for it: each SYN of the peer must, a repeated one or one with
     * an ACK as well. RFC 3168 6.1.1.
     */
    void HeedEcnOf(const Segment& syn);

    /** SEG.WND as the peer means it: the window of a SYN is never scaled, RFC 7323 2.3 [octets]. */
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
