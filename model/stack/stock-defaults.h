#ifndef LIFECYCLE_STACK_STOCK_DEFAULTS_H
#define LIFECYCLE_STACK_STOCK_DEFAULTS_H

namespace ns3::lifecycle_internal
{

class Settings;

// A script that was written for ns-3's own TCP sets the defaults of that TCP's attributes.

/**
 * @brief Sets in @p settings the defaults that a script has set for ns-3's TCP and that have a
 * counterpart here.
 *
 * A default counts once it was set, even if it was set to its old value. The exception is a file of
 * ConfigStore, which sets all defaults: there a default that keeps its old value does not count.
 */
void HeedStockDefaults(Settings& settings);

/** @brief Names on stderr the settings for ns-3's TCP that have no effect here. */
void WarnOfStockSettings();

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_STOCK_DEFAULTS_H
