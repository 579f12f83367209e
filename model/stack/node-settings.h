#ifndef LIFECYCLE_STACK_NODE_SETTINGS_H
#define LIFECYCLE_STACK_NODE_SETTINGS_H

#include "../core/stack-config.h"
#include "settings.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace ns3::lifecycle_internal
{

/**
 * @ingroup lifecycle
 * @brief What holds at one node: a preset, over it what was said of ns-3's own TCP, and over that what
 * was set explicitly.
 */
class NodeSettings
{
  public:
    NodeSettings();

    /** @brief What holds where nothing else was set, by name. */
    void SetPreset(const std::string& name)
    {
        m_preset = name;
    }

    /** @brief The name of the preset. @return It. */
    const std::string& Preset() const
    {
        return m_preset;
    }

    /** @brief Sets the parameter with number @p index of Parameters(). */
    void Set(std::size_t index, const AttributeValue& value);

    /** @brief Looks anew at what has been said of ns-3's own TCP. */
    void HeedStock();

    /** @brief What is in force at this node. @return It. */
    lifecycle::StackConfig InForce() const;

    /** @brief A connection or listener has @p config; for Counterfactuals. */
    void NoteUse(const lifecycle::StackConfig& config);

    /** @brief How this node, or a connection so far, departs from its preset. @return The names. */
    std::set<std::string> Counterfactuals() const;

  private:
    std::string m_preset{"rfc9293"};              ///< by name
    Settings m_stock;                             ///< said of ns-3's own TCP
    Settings m_explicit;                          ///< said of this one
    std::set<std::string_view> m_counterfactuals; ///< of the connections so far
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_NODE_SETTINGS_H
