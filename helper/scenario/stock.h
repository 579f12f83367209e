#ifndef LIFECYCLE_SCENARIO_STOCK_H
#define LIFECYCLE_SCENARIO_STOCK_H

#include "options.h"

#include <string>

namespace ns3::lifecycle_internal
{

/** Checks that ns-3's own TCP has the settings that were given. @throws UsageError */
void CheckStock(LifecycleScenario config);

/** Whether ns-3's own TCP has a setting that means what ours of this name means. */
bool IsStockSetting(const std::string& name);

/** Whether @p parameter has an effect in the run @p config and belongs to its description. */
bool IsInForce(const LifecycleScenario& config, const Option& parameter);

/** Puts ns-3's own default wherever it has a setting and none was given. */
void FillStockDefaults(LifecycleScenario& config);

/** Gives ns-3's own TCP the settings that were given. */
void ConfigureStock(LifecycleScenario config);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_STOCK_H
