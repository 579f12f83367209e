#ifndef LIFECYCLE_CORE_CHUNKED_VECTOR_H
#define LIFECYCLE_CORE_CHUNKED_VECTOR_H

#include <cassert>
#include <cstddef>
#include <vector>

namespace lifecycle
{

/**
 * A vector that grows and shrinks by chunks of a fixed number of elements, so that no element moves
 * once its chunk is full, and little memory lies idle. What is in one chunk is contiguous.
 */
template <class T>
class ChunkedVector
{
  public:
    explicit ChunkedVector(std::size_t chunkSize)
        : m_chunkSize(chunkSize)
    {
    }

    /** Appends @p count elements, by which the chunk size must be divisible. */
    void Grow(std::size_t count, const T& value = {})
    {
        assert(m_chunkSize % count == 0);
        if (m_chunks.empty() || m_chunks.back().size() == m_chunkSize)
        {
            m_chunks.emplace_back();
            if (m_chunks.size() > 1) // the first grows with its content, so that few are small
            {
                m_chunks.back().reserve(m_chunkSize);
            }
        }
        m_chunks.back().resize(m_chunks.back().size() + count, value);
    }

    /** Removes the last element. */
    void RemoveLast()
    {
        m_chunks.back().pop_back();
        if (m_chunks.back().empty() && m_chunks.size() > 1)
        {
            m_chunks.pop_back();
        }
    }

    /** Removes all elements, and keeps the memory of one chunk. */
    void Clear()
    {
        if (!m_chunks.empty())
        {
            m_chunks.resize(1);
            m_chunks.front().clear();
        }
    }

    std::size_t Size() const
    {
        return m_chunks.empty() ? 0 : (m_chunks.size() - 1) * m_chunkSize + m_chunks.back().size();
    }

    T& operator[](std::size_t place)
    {
        return m_chunks[place / m_chunkSize][place % m_chunkSize];
    }

    const T& operator[](std::size_t place) const
    {
        return m_chunks[place / m_chunkSize][place % m_chunkSize];
    }

  private:
    std::size_t m_chunkSize;
    std::vector<std::vector<T>> m_chunks;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_CHUNKED_VECTOR_H
