#ifndef LIFECYCLE_RECORD_METRICS_H
#define LIFECYCLE_RECORD_METRICS_H

#include "occupancy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle
{

/** A number that comes out of the run. */
struct Metric
{
    std::string name;
    std::string host;
    std::string unit;
    double value{0};
    std::optional<AveragedOver> averagedOver; ///< of a time average
};

/** What one metric of the summary is. */
struct MetricDescription
{
    std::string name;
    std::string_view unit;
    std::string meaning; ///< what is counted, at which host, from when to when
    bool always{true}; ///< false: where nothing happened the summary lacks the metric; a count is 0
};

/** All metrics that RunRecorder makes, in the order of the summary. */
const std::vector<MetricDescription>& MetricDescriptions();

/** summary.json from the metrics of the run, in the order given. */
std::string SummaryJson(const std::vector<Metric>& metrics);

/**
 * The few numbers that people look at first: a line for each host. Of many hosts, those with most
 * connections have lines.
 */
std::string SummaryText(const std::vector<Metric>& metrics);

} // namespace lifecycle

#endif // LIFECYCLE_RECORD_METRICS_H
