#ifndef LIFECYCLE_STACK_PARAMETERS_H
#define LIFECYCLE_STACK_PARAMETERS_H

#include "../core/stack-config.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace ns3::lifecycle_internal
{

/** A pointer to one field of a configuration. */
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
    const char* name;                                 ///< the field's name in CamelCase
    ConfigField (*field)(lifecycle::StackConfig& in); ///< the field in @p in
    int64_t min;                                      ///< least legal value [ns or 1]; 0 for names
    int64_t max;      ///< greatest legal value [ns or 1]; 0 for names
    bool perSocket;   ///< whether a socket may differ from its node
    const char* help; ///< what the field means, with unit
};

/** @brief All fields of StackConfig. @return The list. */
const std::vector<Parameter>& Parameters();

/** @brief The value of @p parameter in @p config: `5s`, `true`, `rfc6528`. @return The text. */
std::string ToText(const Parameter& parameter, lifecycle::StackConfig config);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_PARAMETERS_H
