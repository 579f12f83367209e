#ifndef LIFECYCLE_GRAPH_MACHINE_POOL_H
#define LIFECYCLE_GRAPH_MACHINE_POOL_H

#include "fingerprint.h"
#include "world.h"

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace lifecycle::exploration
{

/**
 * Machines that many worlds have in common: there are far fewer machines than worlds.
 *
 * A pool remembers what was shared in this generation and in the one before. Many threads may use one
 * pool at once; which of two machines of one identity they share makes no difference to anybody.
 */
class MachinePool
{
  public:
    /** A machine of @p identity: @p machine, or one that was shared before. */
    std::shared_ptr<const Machine> Share(const Machine& machine, const Fingerprint& identity);

    /** Forgets what was not shared since the last call. */
    void NextGeneration();

  private:
    struct PrintHash
    {
        std::size_t operator()(const Fingerprint& print) const
        {
            return print.low;
        }
    };

    using Machines = std::unordered_map<Fingerprint, std::shared_ptr<const Machine>, PrintHash>;

    struct Shard
    {
        std::mutex mutex;
        Machines young;
        Machines old;
    };

    std::array<Shard, 64> m_shards;
};

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_MACHINE_POOL_H
