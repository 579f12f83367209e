#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "world.h"

#include "ns3/ip-l4-protocol.h"
#include "ns3/ipv4-route.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace bench
{

/** One packet of a connection, and what makes its sender send it. */
struct Step
{
    bool fromClient;
    std::uint32_t octets;             ///< without the IP header
    std::optional<std::size_t> after; ///< the step whose arrival counts; nothing: the opening
    ns3::Time wait;                   ///< from there
};

/** The packets of the one connection that @p log shows, over a link with this delay [s]. */
std::vector<Step> ScriptOf(const std::vector<Wire::Sent>& log, double delay);

/**
 * Sends the packets of connections without being TCP: whatever arrives says which step of the
 * script it is, and is answered by the steps that wait for it. Nothing is kept of a connection, routes are
 * looked up once.
 */
class Floor : public ns3::IpL4Protocol
{
  public:
    /** The two ends in @p world, connected to each other. */
    Floor(const World& world, bool isClient, const std::vector<Step>& script);

    /** A connection begins here. */
    void Open();

    /** Sends @p octets that say to be @p step. */
    void Send(std::size_t step, std::uint32_t octets);

    /** Called for each step that arrives, instead of the script. */
    void OnArrival(ns3::Callback<void, std::size_t, std::uint32_t> arrived);

    /** How often the last step of the script has arrived here. */
    std::uint64_t Finished() const
    {
        return m_finished;
    }

    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<ns3::Packet> packet,
                     const ns3::Ipv4Header& header,
                     Ptr<ns3::Ipv4Interface> interface) override;
    RxStatus Receive(Ptr<ns3::Packet> packet,
                     const ns3::Ipv6Header& header,
                     Ptr<ns3::Ipv6Interface> interface) override;
    void SetDownTarget(DownTargetCallback callback) override;
    void SetDownTarget6(DownTargetCallback6 callback) override;
    DownTargetCallback GetDownTarget() const override;
    DownTargetCallback6 GetDownTarget6() const override;

  private:
    /** A step of this end. */
    struct Reply
    {
        std::size_t step;
        std::uint32_t octets;
        ns3::Time wait;
    };

    void SendAll(const std::vector<Reply>& replies);

    DownTargetCallback m_down;
    bool m_isClient;
    Ptr<ns3::Ipv4Route> m_route;
    std::size_t m_steps;
    std::vector<std::vector<Reply>> m_replies; ///< by the step that arrives; the last: the opening
    ns3::Callback<void, std::size_t, std::uint32_t> m_arrived;
    std::uint64_t m_finished{0};
};

} // namespace bench

#endif // BENCH_FLOOR_H
