#ifndef LIFECYCLE_RUN_STOCK_H
#define LIFECYCLE_RUN_STOCK_H

#include "parameters.h"

namespace lifecycle_run
{

/** Checks that ns-3's own TCP has the settings that were given. @throws UsageError */
void CheckStock(RunConfig config);

/** Gives ns-3's own TCP the settings that were given. */
void ConfigureStock(RunConfig config);

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_STOCK_H
