#ifndef LIFECYCLE_IMPAIRED_CHANNEL_H
#define LIFECYCLE_IMPAIRED_CHANNEL_H

#include "ns3/net-device.h"
#include "ns3/nstime.h"
#include "ns3/point-to-point-channel.h"
#include "ns3/point-to-point-net-device.h" // the channel's header does not compile without it
#include "ns3/traced-callback.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/**
 * @ingroup tcp-lifecycle
 * @brief What one direction of an ImpairedChannel does to its packets, in tc-netem's words.
 *
 * As it stands it is the perfect link. Times come on top of the channel's own Delay.
 */
struct LinkImpairments
{
    Time delay;                       ///< added to every packet; >= 0
    Time jitter;                      ///< delay varies uniformly in [-jitter, +jitter]; >= 0
    double lossProbability{0.0};      ///< [0, 1], independent per packet
    double duplicateProbability{0.0}; ///< [0, 1], decided before the loss
    double reorderProbability{0.0};   ///< [0, 1]: skip delay and jitter; needs delay > 0
    bool keepOrder{false};            ///< no packet arrives before one sent earlier
};

/**
 * @ingroup tcp-lifecycle
 * @brief A point-to-point channel that can be told to misbehave.
 *
 * Stock PointToPointNetDevices attach to it, so pcap and the IP stack stay as they are. A direction
 * is named by its sending device: 0 is the device attached first, 1 the other.
 *
 * Three things can happen to a packet, asked in this order:
 * - an outage loses everything whose transmission begins during it. The devices are not told: their
 *   link stays up, as when a router further along the path dies. What is under way still arrives;
 * - a rule drops, delays or duplicates a single TCP segment (over IPv4 or IPv6, not in a later
 *   fragment nor behind IPv6 extension headers), e.g. `server->client: drop 1st FIN`. The names
 *   are those of the two ends of the channel (SetHostName);
 * - the impairments of its direction lose, delay, reorder or duplicate packets of any kind at
 *   random. What a rule delays or duplicates meets them too: the delays add up, and the copy that
 *   a rule orders shares the fate of the packet. keepOrder does not look at what rules delay.
 *
 * Every packet draws, and every segment counts for the rules, whatever becomes of it, and each kind
 * of decision of each direction has a random stream of its own. So runs that differ in one setting
 * meet the same random numbers everywhere else.
 *
 * A lost packet makes TransmitStart return false, so the sending device fires PhyTxDrop after
 * PhyTxBegin; a direct caller of NetDevice::Send may see false, IP does not look.
 *
 * The attributes for impairments set both directions. They can be changed during a run.
 */
class ImpairedChannel : public PointToPointChannel
{
  public:
    /**
     * @brief Get the type ID.
     * @return the object TypeId
     */
    static TypeId GetTypeId();

    ImpairedChannel();
    ~ImpairedChannel() override;

    /**
     * @brief Set the impairments of one direction, at once.
     * @param sender The sending device, 0 or 1.
     * @param impairments The new values; aborts with one sentence if they make no sense.
     */
    void SetImpairments(uint32_t sender, const LinkImpairments& impairments);

    /**
     * @brief Get the impairments of one direction.
     * @param sender The sending device, 0 or 1.
     * @return the values in force
     */
    LinkImpairments GetImpairments(uint32_t sender) const;

    /**
     * @brief Say what is wrong with impairments.
     * @param impairments The values to look at.
     * @return one sentence naming the field, its value and what is allowed; empty if all is well
     */
    static std::string FindProblem(const LinkImpairments& impairments);

    /**
     * @brief Replace the rules for single segments and forget what was counted.
     *
     * Rules look like `server->client: drop 1st FIN; client->server: delay 1st SYN by 30s;
     * any: duplicate 2nd ACK after 10ms`. The grammar stands at
     * lifecycle::ParseSegmentRules (model/link/segment-rule.h).
     *
     * @param rules The rules, separated by semicolons; aborts with one sentence if they are wrong.
     */
    void SetRules(const std::string& rules);

    /**
     * @brief Get the rules.
     * @return the rules in canonical spelling, joined by semicolons
     */
    std::string GetRules() const;

    /**
     * @brief Say what is wrong with a text of rules.
     * @param rules The text to look at.
     * @param hosts If not empty, each name in the rules must mean at least one of these hosts.
     * @return one sentence with the place of the error; empty if all is well
     */
    static std::string FindProblemInRules(const std::string& rules,
                                          const std::vector<std::string>& hosts = {});

    /**
     * @brief Get the rules that have not yet acted on any segment.
     * @return each in canonical spelling, in the order of the rules
     */
    std::vector<std::string> GetUnusedRules() const;

    /**
     * @brief Name one end of the channel for the rules.
     *
     * Without a name an end is called as ns3::Names calls its node, else `client` (device 0) or
     * `server` (device 1).
     *
     * @param device The device at that end, 0 or 1.
     * @param name Its name, such as `client-3`.
     */
    void SetHostName(uint32_t device, const std::string& name);

    /**
     * @brief Get the name of one end of the channel.
     * @param device The device at that end, 0 or 1; it must be attached.
     * @return the name as SetHostName explains it
     */
    std::string GetHostName(uint32_t device) const;

    /**
     * @brief Lose everything whose transmission begins in an interval.
     * @param from The beginning, simulated time.
     * @param to The end, later than the beginning; what begins then is sent again.
     */
    void AddOutage(Time from, Time to);

    /** @brief Lose everything from now on, in both directions, until SetUp. */
    void SetDown();

    /** @brief End what SetDown began; outages of AddOutage stay. */
    void SetUp();

    /**
     * @brief Check whether the channel is in an outage of either kind.
     * @return true if a packet sent now would be lost for it
     */
    bool IsDown() const;

    /**
     * @brief Give fixed streams to all random decisions.
     * @param stream The first stream number.
     * @return how many were used, always the same number
     */
    int64_t AssignStreams(int64_t stream);

    bool TransmitStart(Ptr<const Packet> p, Ptr<PointToPointNetDevice> src, Time txTime) override;

    /**
     * TracedCallback signature of Lost and Duplicated.
     * @param packet The packet as transmitted, with its PPP header.
     * @param sender The device that sent it.
     * @param reason `outage`, `rule: ...` with the rule's text, `loss`; or `duplicate`.
     */
    typedef void (*FateTracedCallback)(Ptr<const Packet> packet,
                                       Ptr<NetDevice> sender,
                                       const std::string& reason);

    /**
     * TracedCallback signature of Delayed.
     * @param packet The packet as transmitted, with its PPP header.
     * @param sender The device that sent it.
     * @param delay What the rule adds.
     * @param reason `rule: ...` with the rule's text.
     */
    typedef void (*DelayTracedCallback)(Ptr<const Packet> packet,
                                        Ptr<NetDevice> sender,
                                        Time delay,
                                        const std::string& reason);

  private:
    struct Model; // hides the pure model, which is no part of the public headers

    /**
     * @brief Change one value in the impairments of both directions.
     * @param field The value's member of LinkImpairments.
     * @param value Its new value.
     */
    template <class T>
    void SetBoth(T LinkImpairments::*field, T value);

    /**
     * @brief Attribute setter.
     * @param delay Impairment of both directions.
     */
    void SetAddedDelay(Time delay);
    /**
     * @brief Attribute setter.
     * @param jitter Impairment of both directions.
     */
    void SetJitter(Time jitter);
    /**
     * @brief Attribute setter.
     * @param probability Impairment of both directions.
     */
    void SetLossProbability(double probability);
    /**
     * @brief Attribute setter.
     * @param probability Impairment of both directions.
     */
    void SetDuplicateProbability(double probability);
    /**
     * @brief Attribute setter.
     * @param probability Impairment of both directions.
     */
    void SetReorderProbability(double probability);
    /**
     * @brief Attribute setter.
     * @param keepOrder Impairment of both directions.
     */
    void SetKeepOrder(bool keepOrder);

    /**
     * @brief Check the impairments of one direction, now that all of them are known, and take
     * them over.
     * @param sender The sending device, 0 or 1.
     */
    void ApplyImpairments(uint32_t sender);

    /**
     * @brief Trace a loss.
     * @param p The packet.
     * @param src Its sender.
     * @param reason Why.
     * @return false, which TransmitStart is to return
     */
    bool Lose(Ptr<const Packet> p, Ptr<PointToPointNetDevice> src, const std::string& reason);

    /**
     * @brief Deliver one copy of a packet.
     * @param p The packet.
     * @param src Its sender.
     * @param txTime How long its transmission takes.
     * @param extra What comes on top of Delay; what is below minus Delay counts as that.
     */
    void Deliver(Ptr<const Packet> p, Ptr<PointToPointNetDevice> src, Time txTime, Time extra);

    std::unique_ptr<Model> m_model; ///< settings, rules, random streams

    TracedCallback<Ptr<const Packet>, Ptr<NetDevice>, const std::string&> m_lost; ///< Lost
    TracedCallback<Ptr<const Packet>, Ptr<NetDevice>, const std::string&>
        m_duplicated; ///< Duplicated
    TracedCallback<Ptr<const Packet>, Ptr<NetDevice>, Time, const std::string&>
        m_delayed; ///< Delayed
};

} // namespace ns3

#endif // LIFECYCLE_IMPAIRED_CHANNEL_H
