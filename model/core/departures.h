#ifndef LIFECYCLE_CORE_DEPARTURES_H
#define LIFECYCLE_CORE_DEPARTURES_H

#include <string_view>
#include <vector>

namespace lifecycle
{

/**
 * One option that preset linux or freebsd sets in another way than preset rfc9293, and what each
 * of the three does. Words that are empty say no more than the value of the option.
 */
struct Departure
{
    std::string_view option;    ///< its name in OPTION_ROWS
    std::string_view standard;  ///< what preset rfc9293 does
    std::string_view onLinux;   ///< what Linux does; empty where it does as the standard
    std::string_view onFreeBsd; ///< what FreeBSD does; empty where it does as the standard
    std::string_view source;    ///< where the standard says so, and where the systems do it
    /**
     * Whether calls, and segments without options, can show it to somebody who counts neither
     * octets of a window nor seconds: what exploration can find.
     */
    bool inputsShow;
};

/** What a preset that is a system stands for, and what of that system it does not have. */
struct SystemOfPreset
{
    std::string_view preset;
    std::string_view version; ///< of the system
    std::string_view lacks;   ///< what the system has and the preset has not
};

/** Each option that preset linux or freebsd sets in another way, once, in the order of OPTION_ROWS. */
const std::vector<Departure>& Departures();

/** Linux and FreeBSD. */
const std::vector<SystemOfPreset>& SystemsOfPresets();

} // namespace lifecycle

#endif // LIFECYCLE_CORE_DEPARTURES_H
