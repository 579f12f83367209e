#ifndef LIFECYCLE_STACK_NODE_SETTINGS_H
#define LIFECYCLE_STACK_NODE_SETTINGS_H

#include "../core/stack-config.h"
#include "settings.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace ns3::lifecycle_internal
{

/**
 * @ingroup lifecycle
 * @brief The settings of one node: a preset, overridden by what a script has set for ns-3's own
 * TCP, and both overridden by what was set explicitly.
 */
class NodeSettings
{
  public:
    NodeSettings();

    /** @brief Names the preset, which gives the value of each option that nobody has set. */
    void SetPreset(const std::string& name)
    {
        m_preset = name;
        m_inForce.reset();
        m_used.reset();
    }

    /** @brief The name of the preset. @return The name. */
    const std::string& Preset() const
    {
        return m_preset;
    }

    /** @brief Sets the option with number @p index of StackOptions(). */
    void Set(std::size_t index, const AttributeValue& value);

    /** @brief Sets all options to what @p config has. */
    void SetAll(const lifecycle::StackConfig& config)
    {
        m_explicit.SetAll(config);
        m_inForce.reset();
    }

    /** @brief Looks anew at what a script has set for ns-3's own TCP. */
    void HeedStock();

    /** @brief The configuration in force at this node. @return The configuration. */
    const lifecycle::StackConfig& InForce() const;

    /** @brief Notes for Counterfactuals that a connection or listener has @p config. */
    void NoteUse(const lifecycle::StackConfig& config);

    /**
     * @brief The counterfactuals of this node and its connections so far, without those of the
     * preset.
     * @return The names.
     */
    std::set<std::string> Counterfactuals() const;

  private:
    std::string m_preset{"rfc9293"};                         ///< name of the preset
    Settings m_stock;                                        ///< set for ns-3's own TCP
    Settings m_explicit;                                     ///< set for this node's TCP
    std::set<std::string_view> m_counterfactuals;            ///< of the connections so far
    std::optional<lifecycle::StackConfig> m_used;            ///< what NoteUse has noted last
    mutable std::optional<lifecycle::StackConfig> m_inForce; ///< for InForce, until a change
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_NODE_SETTINGS_H
