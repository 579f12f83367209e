#ifndef LIFECYCLE_STACK_SETTINGS_H
#define LIFECYCLE_STACK_SETTINGS_H

#include "../core/stack-config.h"

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

/** Where one field of a configuration lies. */
using ConfigField = std::variant<lifecycle::Duration*,
                                 bool*,
                                 double*,
                                 uint16_t*,
                                 uint32_t*,
                                 lifecycle::SynOverflow*,
                                 lifecycle::SynCookieUse*,
                                 lifecycle::TimeWaitOverflow*,
                                 lifecycle::IsnPolicy*,
                                 lifecycle::BlackHole*,
                                 lifecycle::SynOptionOrder*,
                                 lifecycle::EcnUse*>;

/** One field of StackConfig as an attribute; PARAMETERS lists all of them, once. */
struct Parameter
{
    const char* name;                                 ///< CamelCase of the field's
    ConfigField (*field)(lifecycle::StackConfig& in); ///< where it lies
    int64_t min;                                      ///< least legal value [ns or 1]; 0 for names
    int64_t max;      ///< greatest legal value [ns or 1]; 0 for names
    bool perSocket;   ///< whether a socket may differ from its node
    const char* help; ///< what it means, with unit
};

/** @brief All fields of StackConfig. @return The list. */
const std::vector<Parameter>& Parameters();

/**
 * @ingroup lifecycle
 * @brief Those parameters that somebody has set, and nothing about the others.
 */
class Settings
{
  public:
    /** @brief Sets the parameter with number @p index of Parameters(). */
    void Set(std::size_t index, const AttributeValue& value);

    /**
     * @brief Sets the field that is named, as in `Set(&ConnectionConfig::msl, value)`.
     *
     * Ends the program with a sentence if the value is out of range: the attributes of TcpSocket,
     * through which it comes, allow more.
     */
    template <class Field>
    void Set(Field lifecycle::ConnectionConfig::*field, Field value)
    {
        m_values.connection.*field = value;
        MarkSet(&(m_values.connection.*field));
    }

    /** @brief The same for a field of ListenConfig. */
    template <class Field>
    void Set(Field lifecycle::ListenConfig::*field, Field value)
    {
        m_values.listen.*field = value;
        MarkSet(&(m_values.listen.*field));
    }

    /** @brief Writes what is set over @p config. */
    void ApplyTo(lifecycle::StackConfig& config) const;

  private:
    /** @brief Checks the field at @p place of m_values and notes that it is set. */
    void MarkSet(ConfigField place);

    lifecycle::StackConfig m_values; ///< those not in m_isSet mean nothing
    std::bitset<128> m_isSet;        ///< by index into Parameters()
};

/** How attributes reach the settings of the object that has them. */
struct SettingsAccess
{
    /** Changes one; false if it would contradict others that are in use. */
    bool (*set)(ObjectBase* object, std::size_t index, const AttributeValue& value);
    lifecycle::StackConfig (*get)(const ObjectBase* object); ///< what is in force
};

/**
 * @brief Adds an attribute to @p tid for each parameter, or only for those that sockets have.
 *
 * The default of each is marked as chosen by nobody, and is not set: so a preset is overridden by
 * explicit values alone (ObjectFactory's, Config's and SetAttribute's), be they equal to the default or
 * not. As text the mark reads `(unset)`, so that it survives in the files of ConfigStore.
 *
 * @return The type ID.
 */
TypeId AddParameters(TypeId tid, bool onlyPerSocket, SettingsAccess access);

/** @brief What in @p config contradicts itself, as a sentence. @return It; empty if nothing does. */
std::string Contradiction(const lifecycle::StackConfig& config);

/** @brief Accepts the names of presets. @return The checker, of StringValue. */
Ptr<const AttributeChecker> MakePresetChecker();

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_SETTINGS_H
