#include "option-rows.h"

#include <array>
#include <sstream>
#include <utility>

namespace lifecycle
{

namespace
{

constexpr std::size_t ROWS = std::tuple_size_v<decltype(OPTION_ROWS)>;

template <std::size_t index>
using ConfigOf = typename std::tuple_element_t<index, decltype(OPTION_ROWS)>::Config;

/** How many rows @p Config has. */
template <class Config, std::size_t... index>
constexpr std::size_t
CountRows(std::index_sequence<index...> /* all */)
{
    return (std::size_t{0} + ... + std::size_t{std::is_same_v<ConfigOf<index>, Config>});
}

template <class Config>
constexpr std::size_t COUNT = CountRows<Config>(std::make_index_sequence<ROWS>());

/** Converts to any type: as many of them as a struct has fields can make it. */
struct Anything
{
    template <class Field>
    operator Field() const; // NOLINT(google-explicit-constructor): that it converts is its purpose
};

template <std::size_t>
using AnythingAgain = Anything;

template <class Config, class Fields, class = void>
constexpr bool HAS_SO_MANY = false;

template <class Config, std::size_t... field>
constexpr bool HAS_SO_MANY<Config,
                           std::index_sequence<field...>,
                           std::void_t<decltype(Config{AnythingAgain<field>{}...})>> = true;

/** Whether @p Config has exactly as many fields as rows. */
template <class Config>
constexpr bool ROWS_ARE_COMPLETE =
    HAS_SO_MANY<Config, std::make_index_sequence<COUNT<Config>>> &&
    !HAS_SO_MANY<Config, std::make_index_sequence<COUNT<Config> + 1>>;

static_assert(ROWS_ARE_COMPLETE<ConnectionConfig>, "a field has no row in OPTION_ROWS");
static_assert(ROWS_ARE_COMPLETE<ListenConfig>, "a field has no row in OPTION_ROWS");
static_assert(ROWS_ARE_COMPLETE<HostConfig>, "a field has no row in OPTION_ROWS");

/** The part of a StackConfig in which the field of a row is. */
template <class Config>
Config&
PartOf(StackConfig& all)
{
    if constexpr (std::is_same_v<Config, HostConfig>)
    {
        return all.host;
    }
    else if constexpr (std::is_same_v<Config, ListenConfig>)
    {
        return all.listen;
    }
    else
    {
        return all.connection;
    }
}

template <std::size_t index>
StackOption
MakeOption()
{
    constexpr auto& row = std::get<index>(OPTION_ROWS);
    const auto field = [](StackConfig& in) -> ConfigField {
        return &(PartOf<ConfigOf<index>>(in).*std::get<index>(OPTION_ROWS).member);
    };
    const bool perSocket = !std::is_same_v<ConfigOf<index>, HostConfig>;
    return {row.name, field, row.min, row.max, perSocket, row.help};
}

template <std::size_t... index>
std::vector<StackOption>
MakeOptions(std::index_sequence<index...> /* all */)
{
    return {MakeOption<index>()...};
}

/** Hands the member of each row of @p Config to @p visit, in order. */
template <class Config, class Visit>
void
ForEachMember(const Visit& visit)
{
    const auto ifOwn = [&visit](const auto& row) {
        if constexpr (std::is_same_v<typename std::decay_t<decltype(row)>::Config, Config>)
        {
            visit(row.member);
        }
    };
    std::apply([&ifOwn](const auto&... row) { (ifOwn(row), ...); }, OPTION_ROWS);
}

} // namespace

template <class Config>
bool
FieldsInRows<Config>::operator==(const FieldsInRows& other) const
{
    bool equal = true;
    ForEachMember<Config>([&](auto member) { equal = equal && of.*member == other.of.*member; });
    return equal;
}

template <class Config>
std::uint64_t
FieldsInRows<Config>::Hash() const
{
    std::uint64_t hash = COUNT<Config>;
    ForEachMember<Config>([&](auto member) { hash = Combine(hash, HashValue(of.*member)); });
    return hash;
}

template struct FieldsInRows<ConnectionConfig>;
template struct FieldsInRows<ListenConfig>;
template struct FieldsInRows<HostConfig>;

const std::vector<StackOption>&
StackOptions()
{
    static const std::vector<StackOption> OPTIONS = MakeOptions(std::make_index_sequence<ROWS>());
    return OPTIONS;
}

std::string
ToText(const StackOption& option, StackConfig config)
{
    const auto text = [](const auto* field) -> std::string {
        using Field = std::decay_t<decltype(*field)>;
        if constexpr (std::is_same_v<Field, Duration>)
        {
            return ToText(*field);
        }
        else if constexpr (std::is_same_v<Field, bool>)
        {
            return *field ? "true" : "false";
        }
        else if constexpr (std::is_enum_v<Field>)
        {
            return NamesOf<Field>::LIST[static_cast<std::size_t>(*field)];
        }
        else
        {
            std::ostringstream number;
            number << *field;
            return number.str();
        }
    };
    return std::visit(text, option.field(config));
}

} // namespace lifecycle
