#ifndef LIFECYCLE_EXPLORE_REPORT_H
#define LIFECYCLE_EXPLORE_REPORT_H

#include "../model/graph/exploration.h"
#include "arguments.h"
#include "steps-file.h"

#include <string>

namespace lifecycle::exploration
{

/** What is searched, in lines. */
std::string RulesText(const Arguments& arguments);

/** Each step of the way, with what the hosts do. */
void PrintFinding(const Futures& futures, const Finding& found);

/** How much was seen, and if the search has stopped, @p why; how long it took goes to stderr. */
void PrintResult(const Result& result, const std::string& why, double seconds);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_EXPLORE_REPORT_H
