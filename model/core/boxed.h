#ifndef LIFECYCLE_CORE_BOXED_H
#define LIFECYCLE_CORE_BOXED_H

#include "value.h"

#include <cstdint>
#include <memory>
#include <utility>

namespace lifecycle
{

/** A value or none, as std::optional is, that takes the room of a pointer as long as there is none. */
template <class T>
class Boxed
{
  public:
    Boxed() = default;

    Boxed(T value) // whoever has a value may box it, so the conversion is implicit
        : m_value(std::make_unique<T>(std::move(value)))
    {
    }

    Boxed(const Boxed& other)
        : m_value(other ? std::make_unique<T>(*other) : nullptr)
    {
    }

    Boxed(Boxed&&) noexcept = default;
    ~Boxed() = default;

    Boxed& operator=(Boxed other) noexcept
    {
        m_value = std::move(other.m_value);
        return *this;
    }

    explicit operator bool() const
    {
        return m_value != nullptr;
    }

    T& operator*()
    {
        return *m_value;
    }

    const T& operator*() const
    {
        return *m_value;
    }

    T* operator->()
    {
        return m_value.get();
    }

    const T* operator->() const
    {
        return m_value.get();
    }

    friend bool operator==(const Boxed& a, const Boxed& b)
    {
        return bool(a) == bool(b) && (!a || *a == *b);
    }

  private:
    std::unique_ptr<T> m_value;
};

namespace detail
{

template <class T>
struct Hasher<Boxed<T>>
{
    static std::uint64_t Of(const Boxed<T>& value)
    {
        return value ? HashValue(*value) : 0;
    }
};

} // namespace detail

} // namespace lifecycle

#endif // LIFECYCLE_CORE_BOXED_H
