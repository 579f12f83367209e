#ifndef LIFECYCLE_RUN_STOCK_H
#define LIFECYCLE_RUN_STOCK_H

#include "parameters.h"

#include <string>

namespace lifecycle_run
{

/** Checks that ns-3's own TCP has the settings that were given. @throws UsageError */
void CheckStock(RunConfig config);

/** Whether ns-3's own TCP has a setting that means what ours of this name means. */
bool IsStockSetting(const std::string& name);

/** Whether @p parameter has an effect in the run @p config and belongs to its description. */
bool IsInForce(const RunConfig& config, const Parameter& parameter);

/** Puts ns-3's own default wherever it has a setting and none was given. */
void FillStockDefaults(RunConfig& config);

/** Gives ns-3's own TCP the settings that were given. */
void ConfigureStock(RunConfig config);

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_STOCK_H
