#include "settings.h"

#include "../wire/translation.h"
#include "ns3-versions.h"

#include "ns3/abort.h"
#include "ns3/assert.h"
#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/nstime.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <sstream>
#include <string_view>
#include <type_traits>

namespace ns3::lifecycle_internal
{

using lifecycle::ConnectionConfig;
using lifecycle::HostConfig;
using lifecycle::NamesOf;
using lifecycle::StackConfig;
using lifecycle::StackOption;
using lifecycle::StackOptions;

namespace
{

/** Whether anybody has chosen the value of an attribute. Nobody has chosen an initial value. */
struct Choice
{
    virtual ~Choice() = default;

    bool isUnset{false};
};

/** A value that passes the mark `isUnset` on to copies and, for ConfigStore, to its text. */
template <class Value>
struct ChoiceValue : public Value, public Choice
{
    static constexpr std::string_view MARK{" (unset)"};

    using Value::Value;

    Ptr<AttributeValue> Copy() const override
    {
        return Create<ChoiceValue<Value>>(*this);
    }

    std::string SerializeToString(Ptr<const AttributeChecker> checker) const override;
    bool DeserializeFromString(std::string text, Ptr<const AttributeChecker> checker) override;
};

/** Checks as the checker @c inner does, and makes values of type ChoiceValue. */
template <class Value>
class ChoiceChecker : public AttributeChecker
{
  public:
    explicit ChoiceChecker(Ptr<const AttributeChecker> inner)
        : m_inner(inner)
    {
    }

    /** The inner checker of @p checker, if @p checker is a ChoiceChecker; else @p checker. */
    static Ptr<const AttributeChecker> InnerOf(Ptr<const AttributeChecker> checker)
    {
        const auto* own = dynamic_cast<const ChoiceChecker*>(PeekPointer(checker));
        return own ? own->m_inner : checker;
    }

    bool Check(const AttributeValue& value) const override
    {
        return m_inner->Check(value);
    }

    std::string GetValueTypeName() const override
    {
        return m_inner->GetValueTypeName();
    }

    bool HasUnderlyingTypeInformation() const override
    {
        return m_inner->HasUnderlyingTypeInformation();
    }

    std::string GetUnderlyingTypeInformation() const override
    {
        return m_inner->GetUnderlyingTypeInformation();
    }

    Ptr<AttributeValue> Create() const override
    {
        return ns3::Create<ChoiceValue<Value>>();
    }

    bool Copy(const AttributeValue& source, AttributeValue& destination) const override
    {
        return m_inner->Copy(source, destination);
    }

  private:
    Ptr<const AttributeChecker> m_inner;
};

template <class Value>
std::string
ChoiceValue<Value>::SerializeToString(Ptr<const AttributeChecker> checker) const
{
    return Value::SerializeToString(ChoiceChecker<Value>::InnerOf(checker)) +
           std::string(isUnset ? MARK : "");
}

template <class Value>
bool
ChoiceValue<Value>::DeserializeFromString(std::string text, Ptr<const AttributeChecker> checker)
{
    isUnset = text.size() > MARK.size() &&
              text.compare(text.size() - MARK.size(), MARK.size(), MARK) == 0;
    text.resize(text.size() - (isUnset ? MARK.size() : 0));
    return Value::DeserializeFromString(text, ChoiceChecker<Value>::InnerOf(checker));
}

/** How the type of a field appears as an attribute. */
template <class Field, class = void>
struct Form
{
    using Value = UintegerValue;

    static uint64_t FromField(Field field)
    {
        return field;
    }

    static Field ToField(uint64_t value)
    {
        return static_cast<Field>(value);
    }

    static Ptr<const AttributeChecker> Checker(const StackOption& option)
    {
        return MakeUintegerChecker<uint32_t>(static_cast<uint32_t>(option.min),
                                             static_cast<uint32_t>(option.max));
    }
};

template <>
struct Form<bool>
{
    using Value = BooleanValue;

    static bool FromField(bool field)
    {
        return field;
    }

    static bool ToField(bool value)
    {
        return value;
    }

    static Ptr<const AttributeChecker> Checker(const StackOption& /* option */)
    {
        return MakeBooleanChecker();
    }
};

template <>
struct Form<double>
{
    using Value = DoubleValue;

    static double FromField(double field)
    {
        return field;
    }

    static double ToField(double value)
    {
        return value;
    }

    static Ptr<const AttributeChecker> Checker(const StackOption& option)
    {
        return MakeDoubleChecker<double>(static_cast<double>(option.min),
                                         static_cast<double>(option.max));
    }
};

template <>
struct Form<lifecycle::Duration>
{
    using Value = TimeValue;

    static Time FromField(lifecycle::Duration field)
    {
        return ToTime(field);
    }

    static lifecycle::Duration ToField(Time value)
    {
        return ToDuration(value);
    }

    static Ptr<const AttributeChecker> Checker(const StackOption& option)
    {
        return MakeTimeChecker(NanoSeconds(option.min), NanoSeconds(option.max));
    }
};

/** Enumerations appear by their names. */
template <class Field>
struct Form<Field, std::enable_if_t<std::is_enum_v<Field>>>
{
    using Value = versions::NamedIntValue;

    static int FromField(Field field)
    {
        return static_cast<int>(field);
    }

    static Field ToField(int value)
    {
        return static_cast<Field>(value);
    }

    static Ptr<const AttributeChecker> Checker(const StackOption& /* option */)
    {
        const auto checker = Create<versions::NamedIntChecker>();
        int value = 0;
        for (const char* name : NamesOf<Field>::LIST)
        {
            checker->Add(value++, name);
        }
        return checker;
    }
};

/** The form of the field that @p field points to. */
template <class Field>
Form<Field>
FormOf(Field* /* field */)
{
    return {};
}

/** Reads and writes one option of an object. */
class OptionAccessor : public AttributeAccessor
{
  public:
    OptionAccessor(std::size_t index, SettingsAccess access)
        : m_index(index),
          m_access(access)
    {
    }

    bool Set(ObjectBase* object, const AttributeValue& value) const override
    {
        const auto* choice = dynamic_cast<const Choice*>(&value);
        if (choice == nullptr || !choice->isUnset)
        {
            return m_access.set(object, m_index, value);
        }
        return true;
    }

    bool Get(const ObjectBase* object, AttributeValue& value) const override
    {
        StackConfig config = m_access.get(object);
        const auto get = [&value](auto* field) {
            using Value = typename decltype(FormOf(field))::Value;
            auto* out = dynamic_cast<Value*>(&value);
            if (out != nullptr)
            {
                out->Set(FormOf(field).FromField(*field));
            }
            return out != nullptr;
        };
        return std::visit(get, StackOptions()[m_index].field(config));
    }

    bool HasGetter() const override
    {
        return true;
    }

    bool HasSetter() const override
    {
        return true;
    }

  private:
    std::size_t m_index;
    SettingsAccess m_access;
};

/** Accepts the names that FindPreset knows. */
class PresetChecker : public AttributeChecker
{
  public:
    bool Check(const AttributeValue& value) const override
    {
        const auto* name = dynamic_cast<const StringValue*>(&value);
        return name != nullptr && lifecycle::FindPreset(name->Get());
    }

    std::string GetValueTypeName() const override
    {
        return "ns3::StringValue";
    }

    bool HasUnderlyingTypeInformation() const override
    {
        return true;
    }

    std::string GetUnderlyingTypeInformation() const override
    {
        std::string names;
        for (const std::string& name : lifecycle::PresetNames())
        {
            names += (names.empty() ? "" : "|") + name;
        }
        return names;
    }

    Ptr<AttributeValue> Create() const override
    {
        return ns3::Create<StringValue>(lifecycle::PresetNames().front());
    }

    bool Copy(const AttributeValue& source, AttributeValue& destination) const override
    {
        const auto* from = dynamic_cast<const StringValue*>(&source);
        auto* to = dynamic_cast<StringValue*>(&destination);
        if (from == nullptr || to == nullptr)
        {
            return false;
        }
        *to = *from;
        return true;
    }
};

/** The value of @p field in the unit of StackOption::min. */
template <class Field>
int64_t
ToNumber(Field field)
{
    if constexpr (std::is_same_v<Field, lifecycle::Duration>)
    {
        return field.count();
    }
    else
    {
        return static_cast<int64_t>(field);
    }
}

} // namespace

void
Settings::Set(std::size_t index, const AttributeValue& value)
{
    const auto set = [&value](auto* field) {
        const auto form = FormOf(field);
        *field = form.ToField(dynamic_cast<const typename decltype(form)::Value&>(value).Get());
    };
    std::visit(set, StackOptions()[index].field(m_values));
    m_isSet.set(index);
}

void
Settings::MarkSet(lifecycle::ConfigField place)
{
    for (std::size_t i = 0; i < StackOptions().size(); ++i)
    {
        const StackOption& option = StackOptions()[i];
        if (option.field(m_values) == place)
        {
            const int64_t value = std::visit([](auto* field) { return ToNumber(*field); }, place);
            const bool isName = option.max == 0; // every name of the type is legal
            NS_ABORT_MSG_UNLESS(isName || (option.min <= value && value <= option.max),
                                option.name << " is " << value << " and must lie from "
                                            << option.min << " to " << option.max);
            m_isSet.set(i);
        }
    }
}

void
Settings::ApplyTo(StackConfig& config) const
{
    if (m_isSet.none())
    {
        return;
    }
    StackConfig values = m_values;
    const auto& options = StackOptions();
    for (std::size_t i = 0; i < options.size(); ++i)
    {
        if (m_isSet.test(i))
        {
            const auto assign = [&values, &options, i](auto* to) {
                *to = *std::get<decltype(to)>(options[i].field(values));
            };
            std::visit(assign, options[i].field(config));
        }
    }
}

std::string
Contradiction(const StackConfig& config)
{
    const auto exceeds =
        [](const char* least, const auto& low, const char* greatest, const auto& high) {
            std::ostringstream sentence;
            sentence << least << " is " << low << " and must not exceed " << greatest
                     << ", which is " << high;
            return sentence.str();
        };
    const auto text = [](lifecycle::Duration time) { return ToTime(time).As(Time::S); };
    const ConnectionConfig& c = config.connection;
    const HostConfig& host = config.host;
    if (c.minRto > c.maxRto)
    {
        return exceeds("MinRto", text(c.minRto), "MaxRto", text(c.maxRto));
    }
    if (c.persistMin > c.persistMax && c.persistMax > lifecycle::Duration(0)) // 0 = MaxRto
    {
        return exceeds("PersistMin", text(c.persistMin), "PersistMax", text(c.persistMax));
    }
    if (host.ephemeralFirst > host.ephemeralLast)
    {
        return exceeds("EphemeralFirst", host.ephemeralFirst, "EphemeralLast", host.ephemeralLast);
    }
    return "";
}

TypeId
AddOptions(TypeId tid, bool onlyPerSocket, SettingsAccess access)
{
    StackConfig defaults;
    for (std::size_t i = 0; i < StackOptions().size(); ++i)
    {
        const StackOption& option = StackOptions()[i];
        TypeId::AttributeInformation inherited; // TcpSocket has DataRetries, with our meaning
        if ((onlyPerSocket && !option.perSocket) ||
            tid.LookupAttributeByName(option.name, &inherited))
        {
            continue;
        }
        const auto add = [&](auto* field) {
            const auto form = FormOf(field);
            using Value = typename decltype(form)::Value;
            ChoiceValue<Value> initial(form.FromField(*field));
            initial.isUnset = true;
            tid.AddAttribute(option.name,
                             option.help,
                             initial,
                             Create<OptionAccessor>(i, access),
                             Create<ChoiceChecker<Value>>(form.Checker(option)));
        };
        std::visit(add, option.field(defaults));
    }
    return tid;
}

Ptr<const AttributeChecker>
MakePresetChecker()
{
    return Create<PresetChecker>();
}

} // namespace ns3::lifecycle_internal
