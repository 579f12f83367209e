#ifndef LIFECYCLE_IMPAIRED_LINK_HELPER_H
#define LIFECYCLE_IMPAIRED_LINK_HELPER_H

#include "ns3/impaired-channel.h"
#include "ns3/net-device-container.h"
#include "ns3/node.h"
#include "ns3/object-factory.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * @ingroup tcp-lifecycle
 * @brief Joins two nodes by a link that can be told to misbehave.
 *
 * The helper does what PointToPointHelper does, with an ImpairedChannel: 100 Mbps (the stock
 * default is 32768 b/s), 10 ms of Delay and a drop-tail queue of 1000 packets unless told
 * otherwise. All settings hold for the links installed afterwards. Device 0 is the first node's;
 * without a name for its end, rules call that end `client`.
 *
 *     ImpairedLinkHelper link;
 *     link.SetChannelAttribute("Delay", StringValue("25ms"));
 *     link.SetChannelAttribute("LossProbability", DoubleValue(0.01));
 *     link.SetRules("server->client: drop 1st FIN");
 *     NetDeviceContainer devices = link.Install(client, server);
 *     link.AssignStreams(devices, 100);
 *
 * For pcap files: `PointToPointHelper().EnablePcap(prefix, devices, true)`.
 */
class ImpairedLinkHelper
{
  public:
    ImpairedLinkHelper();

    /**
     * @brief Set an attribute of both devices, such as DataRate.
     * @param name Its name in PointToPointNetDevice.
     * @param value Its value.
     */
    void SetDeviceAttribute(const std::string& name, const AttributeValue& value);

    /**
     * @brief Set an attribute of the channel, such as Delay; impairments hold in both directions.
     * @param name Its name in ImpairedChannel.
     * @param value Its value.
     */
    void SetChannelAttribute(const std::string& name, const AttributeValue& value);

    /**
     * @brief Set an attribute of both devices' queues, such as MaxSize.
     * @param name Its name in DropTailQueue.
     * @param value Its value.
     */
    void SetQueueAttribute(const std::string& name, const AttributeValue& value);

    /**
     * @brief Set the impairments of one direction, whatever the channel's attributes say.
     * @param sender The sending device: 0 at the first node, 1 at the second.
     * @param impairments The values; aborts with one sentence if they make no sense.
     */
    void SetImpairments(uint32_t sender, const LinkImpairments& impairments);

    /**
     * @brief Set the rules for single segments.
     * @param rules As ImpairedChannel::SetRules; aborts with one sentence if they are wrong.
     */
    void SetRules(const std::string& rules);

    /**
     * @brief Name the two ends for the rules, as ImpairedChannel::SetHostName.
     * @param first The first node's name.
     * @param second The second node's name.
     */
    void SetHostNames(const std::string& first, const std::string& second);

    /**
     * @brief Lose everything whose transmission begins in an interval.
     * @param from The beginning, simulated time.
     * @param to The end, later than the beginning.
     */
    void AddOutage(Time from, Time to);

    /**
     * @brief Join two nodes.
     * @param first The first node.
     * @param second The second node.
     * @return the two devices, the first node's first
     */
    NetDeviceContainer Install(Ptr<Node> first, Ptr<Node> second) const;

    /**
     * @brief Get the channel of a link.
     * @param devices Both of a link's devices, or one.
     * @return its channel
     */
    static Ptr<ImpairedChannel> GetChannel(const NetDeviceContainer& devices);

    /**
     * @brief Give fixed streams to the random decisions of links.
     * @param devices The devices of any number of links.
     * @param stream The first stream number.
     * @return the number of streams used
     */
    int64_t AssignStreams(const NetDeviceContainer& devices, int64_t stream) const;

  private:
    /**
     * @brief Make one device of a link.
     * @param node Its node.
     * @param channel The link's channel.
     * @return the device
     */
    Ptr<NetDevice> InstallDevice(Ptr<Node> node, Ptr<ImpairedChannel> channel) const;

    ObjectFactory m_deviceFactory;                               ///< makes devices
    ObjectFactory m_channelFactory;                              ///< makes the channel
    ObjectFactory m_queueFactory;                                ///< makes queues
    std::array<std::optional<LinkImpairments>, 2> m_impairments; ///< by sender, if set
    std::array<std::string, 2> m_hostNames;                      ///< by device; may be empty
    std::vector<std::pair<Time, Time>> m_outages;                ///< [from, to)
};

} // namespace ns3

#endif // LIFECYCLE_IMPAIRED_LINK_HELPER_H
