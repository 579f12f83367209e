#ifndef LIFECYCLE_CORE_SHARED_H
#define LIFECYCLE_CORE_SHARED_H

#include <memory>
#include <tuple>

namespace lifecycle
{

/**
 * A value that many have in common and none changes. Two of them are equal if their contents are
 * equal.
 */
template <class T>
class Shared
{
  public:
    Shared(const T& value) // whoever has a value may share it, so the conversion is implicit
        : m_value(std::make_shared<const T>(value))
    {
    }

    const T& Get() const
    {
        return *m_value;
    }

    operator const T&() const
    {
        return *m_value;
    }

    const T* operator->() const
    {
        return m_value.get();
    }

    auto Fields() const
    {
        return std::tie(*m_value);
    }

    friend bool operator==(const Shared& a, const Shared& b)
    {
        return a.m_value == b.m_value || *a.m_value == *b.m_value;
    }

    friend bool operator!=(const Shared& a, const Shared& b)
    {
        return !(a == b);
    }

  private:
    std::shared_ptr<const T> m_value;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SHARED_H
