#include "machine-pool.h"

#include <utility>

namespace lifecycle::exploration
{

std::shared_ptr<const Machine>
MachinePool::Share(const Machine& machine, const Fingerprint& identity)
{
    Shard& shard = m_shards[identity.high % m_shards.size()];
    const std::lock_guard<std::mutex> lock(shard.mutex);
    std::shared_ptr<const Machine>& shared = shard.young[identity];
    if (shared == nullptr)
    {
        const auto before = shard.old.find(identity);
        shared =
            before != shard.old.end() ? before->second : std::make_shared<const Machine>(machine);
    }
    return shared;
}

void
MachinePool::NextGeneration()
{
    for (Shard& shard : m_shards)
    {
        shard.old = std::exchange(shard.young, {});
    }
}

} // namespace lifecycle::exploration
