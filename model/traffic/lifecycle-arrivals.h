#ifndef LIFECYCLE_ARRIVALS_H
#define LIFECYCLE_ARRIVALS_H

#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/ptr.h"
#include "ns3/random-variable-stream.h"

#include <cstdint>
#include <deque>
#include <string>

namespace ns3
{

/**
 * @ingroup tcp-lifecycle
 * @brief When connections are opened: an arrival process, as gaps between arrivals.
 *
 * `fixed`: at Rate, equally spaced. `poisson`: a Poisson process of Rate. `mmpp`: a Markov-modulated
 * Poisson process of two phases, quiet at Rate and burst at BurstRate, each of which lasts an
 * exponential time; the first phase is quiet. `file`: at the times in a file. A process with a rate
 * starts with a gap.
 */
class LifecycleArrivals : public Object
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

    LifecycleArrivals();

    /**
     * @brief Reads the times of process `file`: one a line, in seconds, in order; blank lines and what
     * follows a `#` do not count.
     * @param file the name of the file
     * @return what is wrong with the file, in one sentence; empty if all is well
     */
    std::string ReadFile(const std::string& file);

    /** @brief Whether one more arrival comes; only the times of a file end. @return whether so */
    bool HasNext() const;

    /** @brief The time from one arrival to the next. @return that time */
    Time NextGap();

    /** @brief Gives fixed streams to all draws. @param stream the first @return how many streams */
    int64_t AssignStreams(int64_t stream);

  private:
    std::string m_process;
    double m_rate;      ///< [1/s]; 0: no gaps
    double m_burstRate; ///< [1/s]
    Time m_quietTime;   ///< mean
    Time m_burstTime;   ///< mean
    bool m_isBurst{false};
    Ptr<ExponentialRandomVariable> m_gap;
    std::deque<Time> m_times; ///< arrivals of a file that are still to come
    Time m_last;              ///< the arrival before
};

} // namespace ns3

#endif // LIFECYCLE_ARRIVALS_H
