#ifndef LIFECYCLE_CORE_VALUE_H
#define LIFECYCLE_CORE_VALUE_H

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace lifecycle
{

/**
 * Equality and hashing for every struct that lists its fields once, in `Fields()`.
 *
 * The hash depends on content alone: no address, no order of an unordered container.
 */
template <class T, class = decltype(std::declval<const T&>().Fields())>
constexpr bool
operator==(const T& a, const T& b)
{
    return a.Fields() == b.Fields();
}

template <class T, class = decltype(std::declval<const T&>().Fields())>
constexpr bool
operator!=(const T& a, const T& b)
{
    return !(a == b);
}

/** Mixes 64 bits so that each bit depends on all bits. The constants are those of SplitMix64. */
constexpr std::uint64_t
Mix(std::uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

constexpr std::uint64_t
Combine(std::uint64_t seed, std::uint64_t value)
{
    return Mix(seed + 0x9e3779b97f4a7c15 + value);
}

template <class T>
std::uint64_t HashValue(const T& value);

namespace detail
{

template <class T, class = void>
struct HasFields : std::false_type
{
};

template <class T>
struct HasFields<T, std::void_t<decltype(std::declval<const T&>().Fields())>> : std::true_type
{
};

template <class T>
struct IsTuple : std::false_type
{
};

template <class... T>
struct IsTuple<std::tuple<T...>> : std::true_type
{
};

template <class T>
struct Hasher
{
    static std::uint64_t Of(const T& value)
    {
        if constexpr (HasFields<T>::value)
        {
            return HashValue(value.Fields());
        }
        else if constexpr (std::is_floating_point_v<T>)
        {
            return Mix(std::hash<T>()(value));
        }
        else
        {
            return Mix(static_cast<std::uint64_t>(value)); // integers, booleans, enumerators
        }
    }
};

template <class T>
struct Hasher<std::optional<T>>
{
    static std::uint64_t Of(const std::optional<T>& value)
    {
        return value ? Combine(1, HashValue(*value)) : 0;
    }
};

template <class... T>
struct Hasher<std::variant<T...>>
{
    static std::uint64_t Of(const std::variant<T...>& value)
    {
        return std::visit(
            [&value](const auto& content) { return Combine(value.index(), HashValue(content)); },
            value);
    }
};

template <class A, class B>
struct Hasher<std::pair<A, B>>
{
    static std::uint64_t Of(const std::pair<A, B>& value)
    {
        return Combine(HashValue(value.first), HashValue(value.second));
    }
};

template <class... T>
struct Hasher<std::tuple<T...>>
{
    static std::uint64_t Of(const std::tuple<T...>& value)
    {
        std::uint64_t hash = sizeof...(T);
        std::apply(
            [&hash](const auto&... field) { ((hash = Combine(hash, HashValue(field))), ...); },
            value);
        return hash;
    }
};

template <class Rep, class Period>
struct Hasher<std::chrono::duration<Rep, Period>>
{
    static std::uint64_t Of(const std::chrono::duration<Rep, Period>& value)
    {
        return HashValue(value.count());
    }
};

template <class Clock, class Span>
struct Hasher<std::chrono::time_point<Clock, Span>>
{
    static std::uint64_t Of(const std::chrono::time_point<Clock, Span>& value)
    {
        return HashValue(value.time_since_epoch());
    }
};

/** Ordered containers hash in order. */
template <class Container>
struct SequenceHasher
{
    static std::uint64_t Of(const Container& values)
    {
        std::uint64_t hash = values.size();
        for (const auto& value : values)
        {
            hash = Combine(hash, HashValue(value));
        }
        return hash;
    }
};

template <class T>
struct Hasher<std::vector<T>> : SequenceHasher<std::vector<T>>
{
};

template <class T, std::size_t N>
struct Hasher<std::array<T, N>> : SequenceHasher<std::array<T, N>>
{
};

template <class T>
struct Hasher<std::set<T>> : SequenceHasher<std::set<T>>
{
};

template <class K, class V>
struct Hasher<std::map<K, V>> : SequenceHasher<std::map<K, V>>
{
};

/** An unordered map hashes to the sum over its entries, which has no order. */
template <class K, class V, class H>
struct Hasher<std::unordered_map<K, V, H>>
{
    static std::uint64_t Of(const std::unordered_map<K, V, H>& values)
    {
        std::uint64_t hash = values.size();
        for (const auto& value : values)
        {
            hash += HashValue(value);
        }
        return hash;
    }
};

} // namespace detail

/** Hashes integers, enumerators, times, the containers above, and structs with `Fields()`. */
template <class T>
std::uint64_t
HashValue(const T& value)
{
    return detail::Hasher<std::remove_cv_t<std::remove_reference_t<T>>>::Of(value);
}

/**
 * Shows @p use the parts of a struct with `Fields()`, of a tuple or of a sequence, in order; before
 * those of a sequence, how many there are.
 *
 * Who needs another notion of content than equality and HashValue (numbers and instants relative to
 * something, settings left out) calls this for all that is not special, from @p use again.
 */
template <class T, class Use>
void
ForEachPart(const T& value, const Use& use)
{
    if constexpr (detail::HasFields<T>::value)
    {
        std::apply([&use](const auto&... part) { (use(part), ...); }, value.Fields());
    }
    else if constexpr (detail::IsTuple<T>::value)
    {
        std::apply([&use](const auto&... part) { (use(part), ...); }, value);
    }
    else
    {
        use(value.size());
        for (const auto& part : value)
        {
            use(part);
        }
    }
}

/**
 * HashValue for unordered containers. They keep the hash of each value, unless they may compute it
 * when they need it: for an id, which is soon hashed, that takes less room.
 */
struct ValueHash
{
    template <class T>
    std::size_t operator()(const T& value) const noexcept(sizeof(T) <= sizeof(std::uint64_t))
    {
        return HashValue(value);
    }
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_VALUE_H
