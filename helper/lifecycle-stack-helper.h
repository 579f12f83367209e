#ifndef LIFECYCLE_STACK_HELPER_H
#define LIFECYCLE_STACK_HELPER_H

#include "ns3/attribute.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/node-container.h"
#include "ns3/node.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

class LifecycleL4Protocol;

/**
 * @ingroup lifecycle
 * @brief Installs an internet stack whose TCP is LifecycleL4Protocol.
 *
 * The helper has all that InternetStackHelper offers, under the same names, but SetTcp. The helper
 * cannot be handed to a function that takes an InternetStackHelper, such as
 * PointToPointStarHelper::InstallStack: such a function takes a copy, and the copy would install
 * ns-3's own TCP. Call InstallAll instead.
 */
class LifecycleStackHelper : private InternetStackHelper
{
  public:
    using InternetStackHelper::EnableAsciiIpv4;
    using InternetStackHelper::EnableAsciiIpv4All;
    using InternetStackHelper::EnableAsciiIpv6;
    using InternetStackHelper::EnableAsciiIpv6All;
    using InternetStackHelper::EnablePcapIpv4;
    using InternetStackHelper::EnablePcapIpv4All;
    using InternetStackHelper::EnablePcapIpv6;
    using InternetStackHelper::EnablePcapIpv6All;
    using InternetStackHelper::SetIpv4ArpJitter;
    using InternetStackHelper::SetIpv4StackInstall;
    using InternetStackHelper::SetIpv6NsRsJitter;
    using InternetStackHelper::SetIpv6StackInstall;
    using InternetStackHelper::SetRoutingHelper;

    LifecycleStackHelper();

    /**
     * @brief Sets an attribute of the LifecycleL4Protocol of each node installed from now on.
     * @param name Such as `Msl`.
     * @param value Such as `TimeValue(Seconds(30))`.
     */
    void SetAttribute(const std::string& name, const AttributeValue& value);

    /** @brief Sets attribute Preset: `rfc9293`, `linux`, `freebsd` or `textbook`. */
    void SetPreset(const std::string& preset);

    /** @brief Forgets all settings. */
    void Reset();

    /** @brief Installs the stack on the node that Names knows as @p nodeName. */
    void Install(const std::string& nodeName) const;

    /** @brief Installs the stack on @p node, which must have no stack. */
    void Install(Ptr<Node> node) const;

    /** @brief Installs the stack on each of @p nodes. */
    void Install(const NodeContainer& nodes) const;

    /** @brief Installs the stack on each node there is. */
    void InstallAll() const;

    /** @brief The TCP of @p node; null if the node has another TCP. @return The protocol. */
    static Ptr<LifecycleL4Protocol> Of(Ptr<Node> node);

    /**
     * @brief Fixes the random streams of TCP and of all else in the stacks of @p nodes.
     * @return The number of streams used.
     */
    int64_t AssignStreams(const NodeContainer& nodes, int64_t stream);

  private:
    /** An attribute to be set. */
    using Setting = std::pair<std::string, Ptr<const AttributeValue>>;

    /** @brief Leaves the choice of TCP to this helper. @return Whether the base installs ours. */
    bool ChooseTcp();

    bool m_baseInstallsTcp;          ///< depends on the version of ns-3
    std::vector<Setting> m_settings; ///< in the order of the calls
};

} // namespace ns3

#endif // LIFECYCLE_STACK_HELPER_H
