#ifndef LIFECYCLE_STACK_NS3_VERSIONS_H
#define LIFECYCLE_STACK_NS3_VERSIONS_H

#include "ns3/enum.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <optional>
#include <string>

/**
 * What differs between the versions of ns-3, from 3.37 to 3.48, that this module compiles against.
 *
 * ns-3 has no macro of its version. So the compiler is asked whether the older way is still there: the
 * overload that needs the older way takes an int, is the better match for a 0, and drops out where
 * the older way is gone. (ns3-versions.cmake holds what differs in CMake.)
 */
namespace ns3::lifecycle_internal::versions
{

// 3.39 took InternetStackHelper::SetTcp away: from 3.39 on, a helper leaves out its own TCP if the
// node already has a TcpL4Protocol, or a protocol of a class derived from TcpL4Protocol.

/** Tells @p helper to install the TCP @p type itself. @return Whether @p helper will do so. */
template <class Helper>
auto
ChooseTcp(Helper& helper, const std::string& type, int /* preferred */)
    -> decltype(helper.SetTcp(type), bool())
{
    helper.SetTcp(type);
    return true;
}

template <class Helper>
bool
ChooseTcp(Helper& /* helper */, const std::string& /* type */, long /* otherwise */)
{
    return false;
}

// 3.42 took the TOS out of InetSocketAddress.

/** The TOS that comes with @p address. */
template <class InetAddress>
auto
TosOf(const InetAddress& address, int /* preferred */) -> decltype(address.GetTos())
{
    return address.GetTos();
}

template <class InetAddress>
uint8_t
TosOf(const InetAddress& /* address */, long /* otherwise */)
{
    return 0;
}

/** @p address with the TOS @p tos; nothing where addresses of ns-3 have no TOS. */
template <class InetAddress>
auto
WithTos(InetAddress address, uint8_t tos, int /* preferred */)
    -> decltype(address.SetTos(tos), std::optional<InetAddress>())
{
    address.SetTos(tos);
    return address;
}

template <class InetAddress>
std::optional<InetAddress>
WithTos(const InetAddress& /* address */, uint8_t /* tos */, long /* otherwise */)
{
    return std::nullopt;
}

// 3.41 made EnumValue and EnumChecker templates, whose parameter is the type of the enumeration.

template <class Checker>
auto IntChecker() -> Checker;

template <template <class> class Checker>
auto IntChecker() -> Checker<int>;

using IntEnumChecker =
    decltype(IntChecker<EnumChecker>()); ///< of enumerations that are kept as int
using IntEnumValue = decltype(EnumValue(0));

/**
 * An attribute that is an enumeration. ns-3's own class only asserts that a name is known, and goes
 * on with an unknown name.
 */
class NamedIntValue : public IntEnumValue
{
  public:
    using IntEnumValue::IntEnumValue;

    Ptr<AttributeValue> Copy() const override
    {
        return Create<NamedIntValue>(*this);
    }

    /** @return Whether @p checker knows @p name; if not, the value stays as it was. */
    bool DeserializeFromString(std::string name, Ptr<const AttributeChecker> checker) override
    {
        const std::string known = "|" + checker->GetUnderlyingTypeInformation() + "|";
        return name.find('|') == std::string::npos &&
               known.find("|" + name + "|") != std::string::npos &&
               IntEnumValue::DeserializeFromString(name, checker);
    }
};

/** A checker of enumerations, which refuses unknown names. */
class NamedIntChecker : public IntEnumChecker
{
  public:
    Ptr<AttributeValue> Create() const override
    {
        return ns3::Create<NamedIntValue>();
    }
};

} // namespace ns3::lifecycle_internal::versions

#endif // LIFECYCLE_STACK_NS3_VERSIONS_H
