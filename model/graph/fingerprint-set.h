#ifndef LIFECYCLE_GRAPH_FINGERPRINT_SET_H
#define LIFECYCLE_GRAPH_FINGERPRINT_SET_H

#include "fingerprint.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

namespace lifecycle::exploration
{

/**
 * Which worlds were seen: 96 bits of the fingerprint of each, 12 octets, in slots of which seven
 * tenths at least are taken as soon as there are some.
 *
 * Two worlds of a search of n are taken for one with a chance of n^2 / 2^97: 10^-12 for 10^8 worlds.
 *
 * The slots are in the order of the fingerprints: each fingerprint stands where it would be if all
 * were spread evenly, or as little behind that as the order allows. So a table grows in one pass from
 * one end to the other, and a search in it looks at neighbours alone. There are several tables, which
 * grow at different times, so that few fingerprints are there twice while one does.
 */
class FingerprintSet
{
  public:
    /** Adds @p print. @return Whether it is new. */
    bool Add(const Fingerprint& print);

    bool Has(const Fingerprint& print) const;

    std::size_t Size() const;

    /** What the tables take [octets]. */
    std::size_t Memory() const;

  private:
    /** The first 96 bits of a fingerprint; 0 for none. */
    struct Slot
    {
        std::uint32_t high{0};
        std::uint32_t middle{0};
        std::uint32_t low{0};

        bool IsFree() const
        {
            return (high | middle | low) == 0;
        }

        auto Fields() const
        {
            return std::tie(high, middle, low);
        }

        bool operator<(const Slot& other) const
        {
            return Fields() < other.Fields();
        }

        bool operator==(const Slot& other) const
        {
            return Fields() == other.Fields();
        }
    };

    class Table
    {
      public:
        bool Add(const Slot& slot);
        bool Has(const Slot& slot) const;

        std::size_t Size() const
        {
            return m_size;
        }

        std::size_t Memory() const
        {
            return m_slots.capacity() * sizeof(Slot);
        }

      private:
        std::size_t HomeOf(const Slot& slot) const;
        std::size_t PlaceOf(const Slot& slot) const;
        void Grow();

        std::vector<Slot> m_slots;
        std::size_t m_homes{0}; ///< slots but for the spare ones at the end
        std::size_t m_size{0};
    };

    static constexpr std::size_t TABLES = 64;

    static Slot SlotOf(const Fingerprint& print);
    static std::size_t TableOf(const Slot& slot);

    std::array<Table, TABLES> m_tables;
};

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_FINGERPRINT_SET_H
