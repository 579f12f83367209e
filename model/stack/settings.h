#ifndef LIFECYCLE_STACK_SETTINGS_H
#define LIFECYCLE_STACK_SETTINGS_H

#include "../core/option-rows.h"

#include "ns3/attribute.h"
#include "ns3/object-base.h"
#include "ns3/type-id.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace ns3::lifecycle_internal
{

/**
 * @ingroup lifecycle
 * @brief The options that somebody has set, and nothing about the others.
 */
class Settings
{
  public:
    /** @brief Sets the option with number @p index of StackOptions(). */
    void Set(std::size_t index, const AttributeValue& value);

    /**
     * @brief Sets the field that @p field names, as in `Set(&ConnectionConfig::msl, value)`.
     *
     * Ends the program with a sentence if the value is out of range: the attributes of TcpSocket,
     * from which the value comes, allow more values.
     */
    template <class Field>
    void Set(Field lifecycle::ConnectionConfig::*field, Field value)
    {
        m_values.connection.*field = value;
        MarkSet(&(m_values.connection.*field));
    }

    /** @brief Like the overload above, but for a field of ListenConfig. */
    template <class Field>
    void Set(Field lifecycle::ListenConfig::*field, Field value)
    {
        m_values.listen.*field = value;
        MarkSet(&(m_values.listen.*field));
    }

    /** @brief Sets all options to what @p config has, each of which must be allowed. */
    void SetAll(const lifecycle::StackConfig& config)
    {
        m_values = config;
        m_isSet.set();
    }

    /** @brief Overwrites the fields of @p config that are set here. */
    void ApplyTo(lifecycle::StackConfig& config) const;

  private:
    /** @brief Checks the field at @p place of m_values and notes that it is set. */
    void MarkSet(lifecycle::ConfigField place);

    lifecycle::StackConfig m_values; ///< fields not in m_isSet mean nothing
    std::bitset<std::tuple_size_v<decltype(lifecycle::OPTION_ROWS)>>
        m_isSet; ///< by index into them
};

/** How attributes reach the settings of the object that has them. */
struct SettingsAccess
{
    /** Changes one option; false if the value would contradict other values in use. */
    bool (*set)(ObjectBase* object, std::size_t index, const AttributeValue& value);
    lifecycle::StackConfig (*get)(const ObjectBase* object); ///< configuration in force
};

/**
 * @brief Adds an attribute to @p tid for each option of the stack, or only for those of sockets.
 *
 * The default of each attribute is marked as chosen by nobody, and is not set. So only explicit
 * values override a preset (from ObjectFactory, Config or SetAttribute), even if they equal the
 * default. As text the mark reads `(unset)`, so that the mark survives in the files of ConfigStore.
 *
 * @return The type ID.
 */
TypeId AddOptions(TypeId tid, bool onlyPerSocket, SettingsAccess access);

/**
 * @brief Says which values of @p config contradict each other.
 * @return The sentence; empty if no values do.
 */
std::string Contradiction(const lifecycle::StackConfig& config);

/**
 * @brief Makes a checker that accepts the names of presets.
 * @return The checker, of StringValue.
 */
Ptr<const AttributeChecker> MakePresetChecker();

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_SETTINGS_H
