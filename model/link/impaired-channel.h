#ifndef LIFECYCLE_IMPAIRED_CHANNEL_H
#define LIFECYCLE_IMPAIRED_CHANNEL_H

#include "ns3/data-rate.h"
#include "ns3/lifecycle-impairments.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/point-to-point-channel.h"
#include "ns3/point-to-point-net-device.h" // point-to-point-channel.h needs this
#include "ns3/traced-callback.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/** The impairments of a direction in the types of ns-3. */
struct ImpairedLinkTypes
{
    using Time = ns3::Time;
    using Fraction = double;
    using Distribution = std::string; ///< empty: uniform; or normal, pareto, paretonormal, a file
    using LossState = std::string;    ///< `p13[,p31[,p32[,p23[,p14]]]]`; empty: no such loss
    using LossGemodel = std::string;  ///< `p[,r[,1-h[,1-k]]]`; empty: no such loss
    using Count = uint32_t;
    using Rate = DataRate;
    static constexpr Count LEAST_GAP = 1;
};

/**
 * @ingroup tcp-lifecycle
 * @brief What one direction of an ImpairedChannel does to its packets.
 *
 * Times come on top of the channel's own Delay.
 */
using LinkImpairments = lifecycle::ImpairmentFields<ImpairedLinkTypes>;

/**
 * @ingroup tcp-lifecycle
 * @brief A point-to-point channel that can be told to misbehave.
 *
 * Stock PointToPointNetDevices attach to it, so pcap and the IP stack stay as they are. A direction
 * is named by its sending device: 0 is the device attached first, 1 the other.
 *
 * Three things can happen to a packet, asked in this order:
 * - an outage loses everything whose transmission begins during it. The devices are not told: their
 *   link stays up, as when a router further along the path dies. Packets under way still arrive;
 * - a rule drops, delays, duplicates, corrupts or reorders a single TCP segment (over IPv4 or IPv6,
 *   not in a later fragment nor behind IPv6 extension headers), e.g. `server->client: drop 1st FIN`.
 *   The names in a rule are those of the two ends of the channel (SetHostName);
 * - the impairments of the packet's direction lose, delay, reorder, duplicate or corrupt packets of
 *   any kind at random. Packets that a rule delays or duplicates meet the impairments, too: the
 *   delays add up, and the copies that a rule orders share the fate of the packet. Rate and limit
 *   do not count the packets that rules delay.
 *
 * Corruption flips a bit of the TCP header or payload. The IP header is spared, because ns-3 would
 * trust its lengths; a corrupted packet that holds no TCP segment as above is lost instead, as a
 * receiver would drop it by its checksum. Corruption is refused unless checksums are on
 * (GlobalValue ChecksumEnabled), since nobody would notice the flipped bit.
 *
 * Every packet draws random numbers, and every segment counts for the rules, also one that is lost.
 * Each kind of decision of each direction has a random stream of its own. So runs that differ in one
 * setting meet the same random numbers everywhere else.
 *
 * A lost packet makes TransmitStart return false, so the sending device fires PhyTxDrop after
 * PhyTxBegin; a direct caller of NetDevice::Send may see false, which IP ignores.
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
     * @brief Gives a field of LinkImpairments, or `checksums`, the name under which a user knows it.
     */
    typedef std::function<std::string(const std::string& field)> FieldNames;

    /**
     * @brief Say what is wrong with impairments.
     * @param impairments The values to look at; a table file is read.
     * @param checksums Whether checksums are on.
     * @param nameOf Names for the sentence; if empty, the sentence names the fields as here.
     * @return one sentence naming the field, its value and what is allowed; empty if all is well
     */
    static std::string FindProblem(const LinkImpairments& impairments,
                                   bool checksums = Node::ChecksumEnabled(),
                                   const FieldNames& nameOf = {});

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
     * @param checksums Whether checksums are on.
     * @return one sentence with the place of the error; empty if all is well
     */
    static std::string FindProblemInRules(const std::string& rules,
                                          const std::vector<std::string>& hosts = {},
                                          bool checksums = Node::ChecksumEnabled());

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
     * @param name The name of that end, such as `client-3`.
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
     * @param to The end, later than the beginning; a transmission that begins then is not lost.
     */
    void AddOutage(Time from, Time to);

    /** @brief Lose everything from now on, in both directions, until SetUp. */
    void SetDown();

    /** @brief End the outage that SetDown began; outages of AddOutage stay. */
    void SetUp();

    /**
     * @brief Check whether the channel is in an outage of either kind.
     * @return true if a packet sent now would be lost in the outage
     */
    bool IsDown() const;

    /**
     * @brief Give fixed streams to all random decisions.
     * @param stream The first stream number.
     * @return the number of streams used, always the same
     */
    int64_t AssignStreams(int64_t stream);

    bool TransmitStart(Ptr<const Packet> p, Ptr<PointToPointNetDevice> src, Time txTime) override;

    /**
     * TracedCallback signature of Lost, Duplicated and Corrupted.
     * @param packet The packet as transmitted, with its PPP header.
     * @param sender The device that sent it.
     * @param reason `outage`, `rule: ...` with the rule's text, `loss`, `limit`, `corrupt` (also of
     * a loss, if the packet holds no TCP segment), `duplicate`.
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

    struct Transmission; // a packet and what was decided about it

    /** Sets one field in both directions. */
    class ImpairmentAccessor;

    /** @brief Adds an attribute to @p tid for each impairment. @return the type ID */
    static TypeId AddImpairments(TypeId tid);

    /**
     * @brief Check the impairments of one direction, now that all of them are known, and take
     * them over.
     * @param sender The sending device, 0 or 1.
     */
    void ApplyImpairments(uint32_t sender);

    /**
     * @brief Trace a loss.
     * @param transmission The packet.
     * @param reason Why.
     * @return false, which TransmitStart is to return
     */
    bool Lose(const Transmission& transmission, const std::string& reason);

    /**
     * @brief Lose, hold or deliver a packet.
     * @param transmission The packet.
     * @return whether it was not lost
     */
    bool Transmit(const Transmission& transmission);

    /**
     * @brief Transmit a packet that a rule has held.
     * @param name The name of the held packet in the rules.
     * @param last The packet right behind which the held packet is to arrive.
     */
    void Release(uint64_t name, const Transmission& last);

    /**
     * @brief Deliver one copy of a packet.
     * @param transmission The packet.
     * @param wait Time on top of Delay; less than minus Delay counts as minus Delay.
     * @param damage Where the copy is damaged at random, in [0, 1); negative: nowhere.
     * @return whether it was not lost
     */
    bool Deliver(const Transmission& transmission, Time wait, double damage);

    std::unique_ptr<Model> m_model; ///< settings, rules, random streams

    TracedCallback<Ptr<const Packet>, Ptr<NetDevice>, const std::string&> m_lost; ///< Lost
    TracedCallback<Ptr<const Packet>, Ptr<NetDevice>, const std::string&>
        m_duplicated; ///< Duplicated
    TracedCallback<Ptr<const Packet>, Ptr<NetDevice>, const std::string&>
        m_corrupted; ///< Corrupted
    TracedCallback<Ptr<const Packet>, Ptr<NetDevice>, Time, const std::string&>
        m_delayed; ///< Delayed
};

} // namespace ns3

#endif // LIFECYCLE_IMPAIRED_CHANNEL_H
