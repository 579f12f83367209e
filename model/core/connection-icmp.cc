// ICMP errors: RFC 9293 3.9.2.2, RFC 5461, RFC 5927.

#include "connection.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

namespace
{

/**
 * The least MTUs, RFC 791 and RFC 8200 5: an error that claims less counts as if it claimed these.
 */
constexpr std::uint32_t MIN_IPV4_MTU = 68;
constexpr std::uint32_t MIN_IPV6_MTU = 1280;
constexpr std::uint32_t TCP_HEADER = 20;

std::optional<IcmpKind>
KindOfIcmpV4(std::uint8_t type, std::uint8_t code)
{
    switch (type)
    {
    case 3: // destination unreachable
        if (code == 2 || code == 3)
        {
            return IcmpKind::HARD_ERROR;
        }
        if (code == 9 || code == 10 || code == 13)
        {
            return IcmpKind::PROHIBITED;
        }
        return code == 4 ? IcmpKind::PACKET_TOO_BIG : IcmpKind::SOFT_ERROR;
    case 4:
        return IcmpKind::SOURCE_QUENCH;
    case 11: // time exceeded, in transit or while a fragment waited
        return code == 0 ? IcmpKind::TIME_EXCEEDED : IcmpKind::SOFT_ERROR;
    case 12: // parameter problem
        return IcmpKind::SOFT_ERROR;
    }
    return std::nullopt;
}

std::optional<IcmpKind>
KindOfIcmpV6(std::uint8_t type, std::uint8_t code)
{
    switch (type)
    {
    case 1: // destination unreachable: prohibited and port are hard errors, RFC 5461 2
        return code == 1 || code == 4 ? IcmpKind::HARD_ERROR : IcmpKind::SOFT_ERROR;
    case 2:
        return IcmpKind::PACKET_TOO_BIG;
    case 3: // time exceeded, in transit or while a fragment waited
        return code == 0 ? IcmpKind::TIME_EXCEEDED : IcmpKind::SOFT_ERROR;
    case 4: // parameter problem; the peer knows no TCP
        return code == 1 ? IcmpKind::PROHIBITED : IcmpKind::SOFT_ERROR;
    }
    return std::nullopt;
}

/** RFC 5927 4.1. */
bool
IsInFlight(SeqNum seq, const SendSequence& snd)
{
    return snd.una <= seq && seq < snd.nxt;
}

bool
IsOpening(State state)
{
    return state == State::SYN_SENT || state == State::SYN_RECEIVED;
}

bool
HardErrorAborts(const ConnectionConfig& config, State state)
{
    // RFC 5461 2: once synchronized, nearly every stack takes hard errors for soft ones
    return IsOpening(state) ? config.icmpAbortsOpening : config.icmpAbortsSynchronized;
}

bool
SoftErrorAborts(const ConnectionConfig& config, State state, IcmpKind kind)
{
    // RFC 5461 4: common, and against MUST-56
    const bool isFatal = kind == IcmpKind::TIME_EXCEEDED && config.icmpTimeExceededAborts &&
                         config.icmpAbortsOpening;
    return (config.icmpSoftAborts || isFatal) && IsOpening(state);
}

bool
IsHard(const ConnectionConfig& config, IcmpKind kind)
{
    // Departs from RFC 1122 4.2.3.9 if wished, which has what is prohibited for a soft error
    return kind == IcmpKind::HARD_ERROR ||
           (kind == IcmpKind::PROHIBITED && config.icmpProhibitedAborts);
}

} // namespace

std::optional<IcmpKind>
KindOfIcmp(Family family, std::uint8_t type, std::uint8_t code)
{
    return family == Family::IPV4 ? KindOfIcmpV4(type, code) : KindOfIcmpV6(type, code);
}

void
Connection::IcmpArrives(const IcmpError& error, Instant now, Actions& out)
{
    const bool isForged = m_config->icmpSequenceCheck && !IsInFlight(error.seq, m_snd);
    if (m_state == State::LISTEN || m_state == State::TIME_WAIT || isForged)
    {
        return;
    }
    const auto refused = [this] {
        return IsOpening(m_state) ? UserSignal::CONNECTION_REFUSED : UserSignal::CONNECTION_RESET;
    };
    switch (error.kind)
    {
    case IcmpKind::HARD_ERROR:
    case IcmpKind::PROHIBITED:
    case IcmpKind::TIME_EXCEEDED:
    case IcmpKind::SOFT_ERROR:
        if (IsHard(m_config, error.kind) && HardErrorAborts(m_config, m_state))
        {
            Delete(State::CLOSED, Cause::ICMP_HARD_ERROR, refused(), out);
            return;
        }
        if (!IsHard(m_config, error.kind) && SoftErrorAborts(m_config, m_state, error.kind))
        {
            Delete(State::CLOSED, Cause::ICMP_SOFT_ERROR, UserSignal::HOST_UNREACHABLE, out);
            return;
        }
        ReportSoftly(UserSignal::SOFT_ERROR, out);
        break;
    case IcmpKind::PACKET_TOO_BIG:
        LowerMss(error.mtu, now, out);
        SendWhatWeMay(now, out); // text too short for a full segment may fill a smaller one
        UpdateTimers(now);
        break;
    case IcmpKind::SOURCE_QUENCH:
        break; // MUST-55
    }
    assert(IsConsistent());
}

void
Connection::LowerMss(std::uint32_t mtu, Instant now, Actions& out)
{
    const bool isV4 = m_path.local.address.family == Family::IPV4;
    const std::uint32_t headers = (isV4 ? 20 : 40) + TCP_HEADER;
    const std::uint32_t fits = std::max(mtu, isV4 ? MIN_IPV4_MTU : MIN_IPV6_MTU) - headers;
    if (m_state == State::SYN_SENT && m_config->icmpLowersOffer && !isV4)
    {
        // Departs from RFC 9293 3.7.1, by which the MSS option is about what we can receive
        ConnectionConfig lowered = m_config;
        lowered.mss = static_cast<std::uint16_t>(
            std::min<std::uint32_t>(lowered.mss, std::max<std::uint32_t>(fits, MIN_SEND_MSS)));
        m_config = lowered;
        return;
    }
    const auto mss = static_cast<std::uint16_t>(
        std::clamp<std::uint32_t>(fits, MIN_SEND_MSS, std::max(m_snd.mss, MIN_SEND_MSS)));
    // An error that lowers nothing causes no retransmission: the router would answer each
    // retransmission with another error, for ever.
    if (mss == m_snd.mss || !m_snd.synAcked)
    {
        return;
    }
    m_snd.mss = mss;
    if (m_snd.Outstanding() && m_snd.una < m_snd.end)
    {
        RetransmitFirst(SegmentKind::RETRANSMISSION, now, out); // RFC 1191 6.4
    }
}

} // namespace lifecycle
