#ifndef LIFECYCLE_PACKETDRILL_FLOW_H
#define LIFECYCLE_PACKETDRILL_FLOW_H

#include "simulated-host.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace lifecycle::packetdrill
{

/** What need not be as the script says. */
struct Relaxed
{
    bool order{false};      ///< of options, and padding
    bool window{false};     ///< the window field
    bool timestamps{false}; ///< TSval
    bool sizes{false};      ///< what getsockopt says of buffers
};

/** How a packet differs from the one that a script expects. */
struct Mismatch
{
    std::string kind; ///< the same for all packets that differ in this; empty: it does not differ
    std::string text; ///< in one line
};

/**
 * One connection's numbers: the script counts from zero where the TCP under test chose at random.
 *
 * Our initial sequence number is learnt from the first SYN or SYN,ACK that the script expects, and
 * again only after the script has given a reason for a new one: a connect, or another SYN. So is the
 * offset of the timestamps.
 */
class Flow
{
  public:
    Flow(std::uint16_t localPort, std::uint16_t remotePort)
        : m_localPort(localPort),
          m_remotePort(remotePort)
    {
    }

    std::uint16_t LocalPort() const
    {
        return m_localPort;
    }

    std::uint16_t RemotePort() const
    {
        return m_remotePort;
    }

    /** Whether @p observed belongs to this; an unknown local port is learnt from the first. */
    bool Owns(const Observed& observed);

    /** As it goes to the host. */
    TcpPacket ToLive(const TcpPacket& scripted);
    std::uint32_t ToLive(std::uint32_t scriptedSeq) const
    {
        return scriptedSeq + m_seqOffset;
    }

    /** @p observed as a script would say it, in the same choice of words as @p expected. */
    TcpPacket ToScript(const Observed& observed, const TcpPacket& expected);

    /**
     * Notes what @p observed, which the script calls @p expected, teaches.
     *
     * To be called before ToScript().
     */
    void Learn(const Observed& observed, const TcpPacket& expected);

    /** How they differ. @param ticks by how many milliseconds TSval may be off */
    static Mismatch Difference(const TcpPacket& expected,
                               const TcpPacket& actual,
                               const Relaxed& relaxed,
                               std::uint32_t ticks);

  private:
    std::uint16_t m_localPort;
    std::uint16_t m_remotePort;
    bool m_mayLearn{true};
    std::uint32_t m_seqOffset{0}; ///< ours: live minus script
    std::optional<std::uint32_t> m_peersIsn;
    std::optional<std::uint32_t> m_timeOffset;      ///< of our TSval: live minus script
    std::map<std::uint32_t, std::uint32_t> m_times; ///< our TSval, as the script has it, to live
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_FLOW_H
