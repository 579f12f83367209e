#ifndef LIFECYCLE_GRAPH_OCTET_WRITER_H
#define LIFECYCLE_GRAPH_OCTET_WRITER_H

#include "../core/instant.h"
#include "fingerprint.h"
#include "world-rules.h"

#include <cstdint>
#include <vector>

namespace lifecycle::exploration
{

using Encoding = std::vector<std::uint8_t>;

/** Numbers as octets, such that no two sequences of numbers have the same octets. */
class OctetWriter
{
  public:
    explicit OctetWriter(Encoding& octets)
        : m_octets(octets)
    {
    }

    /** Seven bits an octet, the last octet below 128. */
    void Number(std::uint64_t number)
    {
        while (number >= 128)
        {
            m_octets.push_back(static_cast<std::uint8_t>(number | 128));
            number >>= 7;
        }
        m_octets.push_back(static_cast<std::uint8_t>(number));
    }

    void Signed(std::int64_t number)
    {
        Number(static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63));
    }

    void Time(Duration time)
    {
        const bool isWhole = time % TICK == Duration(0);
        Number(isWhole ? 0 : 1);
        Signed(isWhole ? time / TICK : time.count());
    }

    void Octets(const Encoding& octets)
    {
        Number(octets.size());
        m_octets.insert(m_octets.end(), octets.begin(), octets.end());
    }

    void Print(const Fingerprint& print)
    {
        Word(print.high);
        Word(print.low);
    }

  private:
    void Word(std::uint64_t word)
    {
        for (int i = 0; i < 8; ++i)
        {
            m_octets.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
        }
    }

    Encoding& m_octets;
};

/** Room for an encoding, used again and again. */
inline Encoding&
Scratch()
{
    thread_local Encoding octets;
    octets.clear();
    return octets;
}

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_OCTET_WRITER_H
