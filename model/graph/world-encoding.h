#ifndef LIFECYCLE_GRAPH_WORLD_ENCODING_H
#define LIFECYCLE_GRAPH_WORLD_ENCODING_H

#include "fingerprint.h"
#include "machine-encoding.h"
#include "world.h"

#include <vector>

namespace lifecycle::exploration
{

/** As EncodingOf(machine), for a world: the same for two exactly if they have the same futures. */
Encoding EncodingOf(const World& world, const Futures& futures);

/** The fingerprint of @p world, in which those of the machines stand for the machines. */
Fingerprint EncodeWorld(const World& world, const Futures& futures);

/** Whether it makes no difference which of the two arrives. */
bool AreAlike(const InFlight& a, const InFlight& b);

/** Puts alike segments side by side. */
void SortChannel(std::vector<InFlight>& channel);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_WORLD_ENCODING_H
