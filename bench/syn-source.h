#ifndef BENCH_SYN_SOURCE_H
#define BENCH_SYN_SOURCE_H

#include "world.h"

#include "ns3/net-device.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <functional>

namespace bench
{

/** Puts SYNs of forged addresses onto the link of a client without IP, each of another 4-tuple. */
class SynSource
{
  public:
    /** @p perSecond go to @p port of the server. */
    SynSource(const World& world, std::uint16_t port, std::uint64_t perSecond);

    /** Sends until @p count were sent since the beginning. */
    void SendUntil(std::uint64_t count);

    /** Called after each with how many were sent. */
    void OnSent(std::function<void(std::uint64_t)> sent);

  private:
    void SendNext();

    Ptr<ns3::NetDevice> m_device;
    ns3::Address m_destination;
    std::uint16_t m_port;
    ns3::Time m_gap;
    std::uint64_t m_until{0};
    std::uint64_t m_sent{0};
    std::function<void(std::uint64_t)> m_onSent;
};

} // namespace bench

#endif // BENCH_SYN_SOURCE_H
