#include "fingerprint-set.h"

#include <algorithm>

namespace lifecycle::exploration
{

namespace
{

constexpr std::size_t FIRST_HOMES = 64;
constexpr std::size_t SPARE = 32; ///< slots at the end, for what is pushed beyond it

} // namespace

FingerprintSet::Slot
FingerprintSet::SlotOf(const Fingerprint& print)
{
    Slot slot{static_cast<std::uint32_t>(print.high >> 32),
              static_cast<std::uint32_t>(print.high),
              static_cast<std::uint32_t>(print.low >> 32)};
    slot.low |= slot.IsFree() ? 1 : 0; // no fingerprint looks like a free slot
    return slot;
}

std::size_t
FingerprintSet::TableOf(const Slot& slot)
{
    return slot.low % TABLES; // the order within a table does not depend on these bits much
}

bool
FingerprintSet::Add(const Fingerprint& print)
{
    const Slot slot = SlotOf(print);
    return m_tables[TableOf(slot)].Add(slot);
}

bool
FingerprintSet::Has(const Fingerprint& print) const
{
    const Slot slot = SlotOf(print);
    return m_tables[TableOf(slot)].Has(slot);
}

std::size_t
FingerprintSet::Size() const
{
    std::size_t size = 0;
    for (const Table& table : m_tables)
    {
        size += table.Size();
    }
    return size;
}

std::size_t
FingerprintSet::Memory() const
{
    std::size_t memory = 0;
    for (const Table& table : m_tables)
    {
        memory += table.Memory();
    }
    return memory;
}

/** Where @p slot would be if all were spread evenly. */
std::size_t
FingerprintSet::Table::HomeOf(const Slot& slot) const
{
    return static_cast<std::size_t>(std::uint64_t{slot.high} * m_homes >> 32);
}

/** Where @p slot is, or would have to be. */
std::size_t
FingerprintSet::Table::PlaceOf(const Slot& slot) const
{
    std::size_t place = HomeOf(slot);
    while (place < m_slots.size() && !m_slots[place].IsFree() && m_slots[place] < slot)
    {
        ++place;
    }
    return place;
}

bool
FingerprintSet::Table::Has(const Slot& slot) const
{
    const std::size_t place = m_slots.empty() ? 0 : PlaceOf(slot);
    return place < m_slots.size() && m_slots[place] == slot;
}

bool
FingerprintSet::Table::Add(const Slot& slot)
{
    if (m_size * 10 >= m_homes * 9)
    {
        Grow();
    }
    std::size_t place = PlaceOf(slot);
    if (place < m_slots.size() && m_slots[place] == slot)
    {
        return false;
    }
    if (!m_slots.back().IsFree())
    {
        m_slots.reserve(m_slots.size() + SPARE); // not twice as many
        m_slots.resize(m_slots.size() + SPARE);
    }
    const auto begin = m_slots.begin() + static_cast<std::ptrdiff_t>(place);
    const auto free =
        std::find_if(begin, m_slots.end(), [](const Slot& other) { return other.IsFree(); });
    std::move_backward(begin, free, free + 1);
    *begin = slot;
    ++m_size;
    return true;
}

/** Takes a quarter more slots. */
void
FingerprintSet::Table::Grow()
{
    const std::size_t spare =
        m_slots.size() - m_homes; // as many as before are pushed beyond the end
    m_homes = std::max(FIRST_HOMES, m_homes + m_homes / 4);
    std::vector<Slot> old(m_homes + std::max(SPARE, spare + 1));
    old.swap(m_slots);
    std::size_t next = 0; // the first slot that may be taken, so that the order stays
    for (const Slot& slot : old)
    {
        if (!slot.IsFree())
        {
            next = std::max(next, HomeOf(slot));
            m_slots[next++] = slot;
        }
    }
}

} // namespace lifecycle::exploration
