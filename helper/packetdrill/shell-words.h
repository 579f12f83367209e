#ifndef LIFECYCLE_PACKETDRILL_SHELL_WORDS_H
#define LIFECYCLE_PACKETDRILL_SHELL_WORDS_H

#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** The words of one command. */
using Words = std::vector<std::string>;

/** Commands with `|` between them. */
using Pipeline = std::vector<Words>;

/**
 * What a shell would take @p text for: pipelines that stand behind one another, behind `;` or behind
 * `&&`. Quotation marks, a backslash at the end of a line, comments, and output that is thrown away
 * count as in a shell; nothing is put in the place of a variable.
 *
 * Throws Failure for what a shell would refuse, Unsupported for what else a shell can do.
 */
std::vector<Pipeline> PipelinesOf(const std::string& text, int line);

/** @p pipeline as it could be written. */
std::string ToString(const Pipeline& pipeline);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_SHELL_WORDS_H
