#include "agreed-options.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

constexpr std::uint8_t MAX_SHIFT = 14; // RFC 7323 2.3

/** Whether @p syn is an ECN-setup SYN or SYN,ACK: RFC 3168 6.1.1. */
bool
IsEcnSetup(const Segment& syn)
{
    return syn.Has(Flag::ECE) && syn.Has(Flag::CWR) != syn.Has(Flag::ACK);
}

std::uint8_t
ShiftToOffer(const ConnectionConfig& config)
{
    return WindowShiftFor(std::max(config.receiveBuffer, config.maxReceiveBuffer));
}

} // namespace

std::uint8_t
WindowShiftFor(std::uint32_t buffer)
{
    std::uint8_t shift = 0;
    while (shift < MAX_SHIFT && buffer >> shift > MAX_UNSCALED_WINDOW)
    {
        ++shift;
    }
    return shift;
}

void
AgreedOptions::OfferScaling(const ConnectionConfig& config)
{
    rcvShift = config.windowScaling ? ShiftToOffer(config) : 0;
}

void
AgreedOptions::Agree(const Segment& syn, const ConnectionConfig& config, bool hasOffered)
{
    timestamps = config.timestamps && syn.timestamps;
    sack = config.sack && syn.sackPermitted;
    windowScaling = config.windowScaling && syn.windowScale;
    // RFC 3168 6.1.1: a host that has sent one SYN that does not ask for ECN never sets ECT,
    // whatever the peer answers. But a host that has sent one SYN that asks must heed the marks of
    // a peer that has agreed.
    // Departs from it if wished, in a simultaneous open
    const bool mayAgreeLate = config.ecnAfterPlainSyn && !syn.Has(Flag::ACK);
    if (!hasOffered || mayAgreeLate)
    {
        ecn = config.ecn != EcnUse::OFF;
        ecnEcho = ecn;
    }
    HeedEcnOf(syn);
    if (windowScaling)
    {
        sndShift = std::min(*syn.windowScale, MAX_SHIFT);
        rcvShift = hasOffered ? rcvShift : ShiftToOffer(config);
    }
    else
    {
        sndShift = 0;
        rcvShift = 0;
    }
}

void
AgreedOptions::HeedEcnOf(const Segment& syn)
{
    ecn = ecn && IsEcnSetup(syn);
    ecnEcho = ecnEcho && IsEcnSetup(syn);
}

} // namespace lifecycle
