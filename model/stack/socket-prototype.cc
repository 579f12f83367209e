#include "socket-prototype.h"

#include "lifecycle-socket.h"

#include "ns3/attribute.h"
#include "ns3/object.h"
#include "ns3/type-id.h"

#include <algorithm>
#include <vector>

namespace ns3::lifecycle_internal
{

namespace
{

/** The default of an attribute of sockets, as it was when the prototype was made. */
struct Default
{
    TypeId type;       ///< whose attribute it is
    std::size_t index; ///< of the attribute in its type
    Ptr<const AttributeValue> value;
    Ptr<const AttributeAccessor> accessor;
    uint32_t valueHolders;    ///< how many pointers there were to the value
    uint32_t accessorHolders; ///< and to the accessor
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
                m_defaults.push_back({type, i, nullptr, nullptr, 0, 0});
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
    /**
     * Whether surely no default has changed. To look at a default costs a copy of all that TypeId
     * tells about the attribute. But whoever gives the attribute another default, as
     * Config::SetDefault and Config::Reset do, holds the one before no longer. And who has got such
     * a copy meanwhile, and keeps it, holds the accessor as well.
     */
    bool IsUpToDate() const
    {
        return std::all_of(m_defaults.begin(), m_defaults.end(), [](const Default& byDefault) {
            return byDefault.value->GetReferenceCount() == byDefault.valueHolders &&
                   byDefault.accessor->GetReferenceCount() == byDefault.accessorHolders;
        });
    }

    /** Looks at all defaults, and makes the prototype anew if one has changed. */
    void Heed()
    {
        bool hasChanged = !m_socket;
        for (Default& byDefault : m_defaults)
        {
            const TypeId::AttributeInformation now = byDefault.type.GetAttribute(byDefault.index);
            hasChanged = hasChanged || byDefault.value != now.initialValue;
            byDefault.value = now.initialValue;
            byDefault.accessor = now.accessor;
        }
        for (Default& byDefault : m_defaults)
        {
            byDefault.valueHolders = byDefault.value->GetReferenceCount();
            byDefault.accessorHolders = byDefault.accessor->GetReferenceCount();
        }
        if (hasChanged)
        {
            m_socket = CreateObject<LifecycleSocket>();
        }
    }

    Ptr<LifecycleSocket> m_socket;
    std::vector<Default> m_defaults;
};

} // namespace

Ptr<LifecycleSocket>
MakeSocket()
{
    static Prototype prototype;
    return prototype.Copy();
}

} // namespace ns3::lifecycle_internal
