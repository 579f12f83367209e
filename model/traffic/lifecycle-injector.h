#ifndef LIFECYCLE_INJECTOR_H
#define LIFECYCLE_INJECTOR_H

#include "ns3/address.h"
#include "ns3/application.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/net-device.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * @ingroup tcp-lifecycle
 * @brief Puts crafted TCP segments on a link, as whoever can forge packets does.
 *
 * The injector writes whole IP packets to a device of its node, past the node's own IP and TCP.
 * Addresses, flags, options and numbers are what the text says, `attacker->server: SYN from
 * 198.51.100.0/24 poisson 1000/s for 60s`. The grammar stands at lifecycle::ParseInjections
 * (model/link/injection.h). On the link the packets meet what any packet meets there.
 *
 * On a node without an internet stack the injector takes all packets that arrive there, and so stands
 * for the hosts whose addresses it uses. These hosts are silent, or reset what they know nothing of
 * (`answer RST`).
 *
 * An injection with `while` hits the target's connections with this node that are in that state; from
 * a node without an internet stack, all of the target's connections in that state. The injector knows
 * numbers of these connections that nobody on the network can know.
 */
class LifecycleInjector : public Application
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

    LifecycleInjector();
    ~LifecycleInjector() override;

    /**
     * @brief Says where packets are put and who gets them.
     * @param device of this node; must be point-to-point
     * @param own this end's address, the source if no other is named; the port does not matter
     * @param target the node at the other end; needs LifecycleL4Protocol for `while`
     * @param destination the target's address; the port does not matter
     */
    void SetLink(Ptr<NetDevice> device, Address own, Ptr<Node> target, Address destination);

    /**
     * @brief Says what is injected: the injections of the text that go from @p from to @p to.
     * @param injections a text of injections; aborts with one sentence if they are wrong
     * @param from name of this node in the text
     * @param to name of the target in the text
     */
    void SetInjections(const std::string& injections,
                       const std::string& from,
                       const std::string& to);

    /**
     * @brief Say what is wrong with a text of injections.
     * @param injections the text to look at
     * @param links pairs of host names, sender and target; each injection must fit at least one
     * @return one sentence with the place of the error; empty if all is well
     */
    static std::string FindProblem(
        const std::string& injections,
        const std::vector<std::pair<std::string, std::string>>& links = {});

    /** What injections need of a scenario, so that its program can check that. */
    struct Needs
    {
        bool attacker{false}; ///< a host called `attacker` sends
        bool numbers{false};  ///< there is a `while`, so the target must have LifecycleL4Protocol
        std::string endless;  ///< the first without `while` that never ends; or empty
    };

    /** @brief What @p injections, a text without errors, need. @return the needs */
    static Needs FindNeeds(const std::string& injections);

    /** @brief How many segments were injected. @return the number */
    uint64_t GetCount() const
    {
        return m_count;
    }

    /** @brief The injections that go this way, as written, and how many segments each has sent.
     *  @return in the order of the text */
    std::vector<std::pair<std::string, uint64_t>> GetCounts() const;

    /** @brief Gives fixed streams to all draws. @param stream the first @return how many streams */
    int64_t AssignStreams(int64_t stream);

    /** @brief Signature of trace sources Tx and Rx: an IP packet, put on or taken from the link. */
    using PacketCallback = void (*)(Ptr<const Packet>);

  private:
    struct Source;  // one injection at work
    struct Process; // segments of one injection: all, or those to one connection

    void StartApplication() override;
    void StopApplication() override;
    void DoDispose() override;

    void Entered(const LifecycleTransition& transition);
    void Begin(Source* source, uint64_t connection);
    void Schedule(Source* source, uint64_t connection, Time earliest);
    void Fire(Source* source, uint64_t connection);
    void Arrive(Ptr<NetDevice> device,
                Ptr<const Packet> packet,
                uint16_t protocol,
                const Address& from,
                const Address& to,
                NetDevice::PacketType type);

    /** A packet that is not yet written. */
    struct Crafted;
    void Send(const Crafted& crafted);

    Ptr<NetDevice> m_device;                        ///< where packets are put
    Address m_own;                                  ///< this end's address
    Ptr<Node> m_target;                             ///< the node at the other end
    Address m_destination;                          ///< the target's address
    bool m_isAlone{false};                          ///< the node has no internet stack
    std::vector<std::unique_ptr<Source>> m_sources; ///< in the order of the text
    uint64_t m_count{0};                            ///< segments injected
    uint16_t m_identification{0};                   ///< of the next IPv4 packet

    TracedCallback<Ptr<const Packet>> m_tx; ///< each packet put on the link
    TracedCallback<Ptr<const Packet>> m_rx; ///< each packet that a node without a stack takes
};

} // namespace ns3

#endif // LIFECYCLE_INJECTOR_H
