#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace bench
{

/** CPU time that this process has taken so far [s]. */
double CpuSeconds();

/** Octets that are allocated now and not freed. */
std::size_t HeapOctets();

/** Most memory that this process has had so far [octets]. */
std::size_t PeakMemory();

/** Whether @p count is 1, 2 or 5 times a power of ten: a point of a curve in a log-log figure. */
bool IsPointOfCurve(std::uint64_t count);

/**
 * Prints @p result as one line and ends the program. Nothing is taken down: ns-3 takes minutes to
 * free 100,000 sockets of its own TCP.
 */
[[noreturn]] void PrintAndEnd(const nlohmann::ordered_json& result);

} // namespace bench

#endif // BENCH_METER_H
