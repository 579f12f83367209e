#ifndef LIFECYCLE_STACK_HELPER_H
#define LIFECYCLE_STACK_HELPER_H

#include "ns3/attribute.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/node-container.h"
#include "ns3/node.h"
#include "ns3/object-factory.h"
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
 */
class LifecycleStackHelper
{
  public:
    LifecycleStackHelper();

    /**
     * @brief Sets an attribute of the LifecycleL4Protocol of each node installed from now on.
     * @param name Such as `Msl`.
     * @param value Such as `TimeValue(Seconds(30))`.
     */
    void SetAttribute(const std::string& name, const AttributeValue& value);

    /** @brief Sets attribute Preset: `rfc9293`, `linux`, `freebsd` or `textbook`. */
    void SetPreset(const std::string& preset);

    /** @brief What installs all but TCP: to choose routing, switch protocols off. @return It. */
    InternetStackHelper& Internet()
    {
        return m_internet;
    }

    /** @brief Installs the stack on @p node, which has none. */
    void Install(Ptr<Node> node) const;

    /** @brief Installs the stack on each of @p nodes. */
    void Install(const NodeContainer& nodes) const;

    /** @brief The TCP of @p node; null if it has another. @return The protocol. */
    static Ptr<LifecycleL4Protocol> Of(Ptr<Node> node);

    /**
     * @brief Fixes the random streams of TCP and of all else in the stacks of @p nodes.
     * @return The number of streams used.
     */
    int64_t AssignStreams(const NodeContainer& nodes, int64_t stream);

  private:
    /** An attribute to be set. */
    using Setting = std::pair<std::string, Ptr<const AttributeValue>>;

    InternetStackHelper m_internet;  ///< installs everything, or everything but TCP
    bool m_internetInstallsTcp;      ///< as ns-3's version has it
    std::vector<Setting> m_settings; ///< in the order of the calls
};

} // namespace ns3

#endif // LIFECYCLE_STACK_HELPER_H
