#ifndef LIFECYCLE_STACK_STOCK_DEFAULTS_H
#define LIFECYCLE_STACK_STOCK_DEFAULTS_H

namespace ns3::lifecycle_internal
{

class Settings;

// A script that was written for ns-3's own TCP sets the defaults of that TCP's attributes.

/**
 * @brief Sets in @p settings what has been said of ns-3's TCP and means the same here.
 *
 * A default counts once it was set, be it to the value that it had. Only a file of ConfigStore, which sets
 * all of them, says nothing by those that it leaves as they were.
 */
void HeedStockDefaults(Settings& settings);

/** @brief Says on stderr, by name, what has been said of ns-3's TCP and has no effect here. */
void WarnOfStockSettings();

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_STOCK_DEFAULTS_H
