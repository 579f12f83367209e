#include "socket-prototype.h"

#include "../core/option-rows.h"
#include "lifecycle-socket.h"
#include "settings.h"

#include "ns3/attribute.h"
#include "ns3/object.h"
#include "ns3/type-id.h"

#include <algorithm>
#include <string>
#include <vector>

namespace ns3::lifecycle_internal
{

namespace
{

/** The default of an attribute of sockets, as it was when the prototype was made. */
struct Default
{
    TypeId type;                    ///< whose attribute it is
    std::size_t index;              ///< of the attribute in its type
    Ptr<const AttributeValue> held; ///< the default
    uint32_t holders;               ///< how many pointers there were to it

    /** @brief Whether the attribute still has this default. @return Whether so. */
    bool IsInForce() const
    {
        return type.GetAttribute(index).initialValue == held;
    }
};

/** What new sockets are copied from. */
class Prototype
{
  public:
    Prototype()
    {
        for (TypeId type = LifecycleSocket::GetTypeId(); type != Object::GetTypeId();
             type = type.GetParent())
        {
            for (std::size_t i = 0; i < type.GetAttributeN(); ++i)
            {
                (IsParameter(type, i) ? m_parameters : m_others).push_back({type, i, nullptr, 0});
            }
        }
    }

    Ptr<LifecycleSocket> Copy()
    {
        if (!m_socket || !IsUpToDate())
        {
            Heed();
        }
        return CopyObject(m_socket);
    }

  private:
    /** Whether the checker of the attribute counts its checks. */
    static bool IsParameter(TypeId type, std::size_t index)
    {
        const std::string name = type.GetAttribute(index).name;
        return type == LifecycleSocket::GetTypeId() &&
               std::any_of(lifecycle::StackOptions().begin(),
                           lifecycle::StackOptions().end(),
                           [&](const lifecycle::StackOption& known) { return known.name == name; });
    }

    /**
     * Whether surely no default has changed. Each look at a default costs a copy of all that
     * TypeId tells about it. But no parameter gets a new default by name without a check of it, and
     * who takes a default away, as Config::Reset does, holds it no longer.
     */
    bool IsUpToDate() const
    {
        const auto isInForce = [](const Default& byDefault) { return byDefault.IsInForce(); };
        const auto isHeldAsBefore = [](const Default& byDefault) {
            return byDefault.held->GetReferenceCount() == byDefault.holders;
        };
        return m_checks == CountChecks() &&
               std::all_of(m_parameters.begin(), m_parameters.end(), isHeldAsBefore) &&
               std::all_of(m_others.begin(), m_others.end(), isInForce);
    }

    /** Looks at all defaults, and makes the prototype anew if one has changed. */
    void Heed()
    {
        m_checks = CountChecks();
        bool hasChanged = !m_socket;
        for (auto* defaults : {&m_parameters, &m_others})
        {
            for (Default& byDefault : *defaults)
            {
                const Ptr<const AttributeValue> now =
                    byDefault.type.GetAttribute(byDefault.index).initialValue;
                hasChanged = hasChanged || byDefault.held != now;
                byDefault.held = now;
            }
        }
        for (Default& byDefault : m_parameters)
        {
            byDefault.holders = byDefault.held->GetReferenceCount();
        }
        if (hasChanged)
        {
            m_socket = CreateObject<LifecycleSocket>();
        }
    }

    Ptr<LifecycleSocket> m_socket;
    std::vector<Default> m_parameters; ///< attributes that stand for options of the stack
    std::vector<Default> m_others;     ///< all others
    uint64_t m_checks{0};              ///< CountChecks() when the defaults were looked at
};

} // namespace

Ptr<LifecycleSocket>
MakeSocket()
{
    static Prototype prototype;
    return prototype.Copy();
}

} // namespace ns3::lifecycle_internal
