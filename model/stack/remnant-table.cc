#include "remnant-table.h"

#include "../core/packing.h"

#include <type_traits>

namespace ns3::lifecycle_internal
{

using namespace lifecycle;

namespace
{

template <class Coder, class SomeRemnant>
void
CodeRemnant(Coder& coder, SomeRemnant& remnant)
{
    auto opened = static_cast<uint64_t>(remnant.opened.GetTimeStep());
    coder.Small(opened);
    if constexpr (!std::is_const_v<SomeRemnant>)
    {
        remnant.opened = TimeStep(opened);
    }
    coder.Flag(remnant.isHalfOpen);
    coder.Expected(remnant.octetsSent, uint64_t{0});
    coder.Expected(remnant.octetsReceived, uint64_t{0});
    coder.Expected(remnant.retransmissions, uint32_t{0});
}

} // namespace

/** @brief A pool whose items an index can hash. */
struct RemnantTable::Items
{
    Pool& pool;

    uint32_t& Link(Handle handle, std::size_t which)
    {
        return pool.Link(handle, which);
    }

    uint64_t HashOf(Handle handle) const
    {
        return HashOfId(PackedId(pool.At(handle)));
    }
};

void
RemnantTable::Add(ConnectionId id, const Remnant& remnant)
{
    Packer<Pool::MOST_OCTETS> packer;
    CodeId(packer, id);
    CodeRemnant(packer, remnant);
    Items items{m_pool};
    m_index.Add(m_pool.Add(packer.Data(), packer.Size()), HashOfId(id), items);
}

Handle
RemnantTable::HandleOf(ConnectionId id) const
{
    return m_index.Find(HashOfId(id), m_pool, [&](Handle handle) {
        return PackedId(m_pool.At(handle)) == id;
    });
}

Remnant
RemnantTable::At(Handle handle) const
{
    Unpacker unpacker(m_pool.At(handle));
    ConnectionId id;
    Remnant remnant{};
    CodeId(unpacker, id);
    CodeRemnant(unpacker, remnant);
    return remnant;
}

std::optional<Remnant>
RemnantTable::Find(ConnectionId id) const
{
    const Handle handle = HandleOf(id);
    return handle == NO_HANDLE ? std::nullopt : std::make_optional(At(handle));
}

std::optional<Remnant>
RemnantTable::Take(ConnectionId id)
{
    const Handle handle = HandleOf(id);
    if (handle == NO_HANDLE)
    {
        return std::nullopt;
    }
    const Remnant remnant = At(handle);
    Items items{m_pool};
    m_index.Remove(handle, HashOfId(id), items);
    m_pool.Remove(handle);
    return remnant;
}

std::vector<ConnectionId>
RemnantTable::Ids() const
{
    std::vector<ConnectionId> ids;
    ids.reserve(m_index.Size());
    m_index.ForEach(m_pool, [&](Handle handle) { ids.push_back(PackedId(m_pool.At(handle))); });
    return ids;
}

} // namespace ns3::lifecycle_internal
