#ifndef LIFECYCLE_EXPLORE_QUESTIONS_H
#define LIFECYCLE_EXPLORE_QUESTIONS_H

#include <cstddef>
#include <string>

namespace lifecycle::exploration
{

/**
 * Asks the classic questions one after the other, and prints one table.
 *
 * @param folder for the ways to broken checks, see WriteSteps: `two-way-handshake.json`; none if empty.
 * @return Whether each answer is the one to be expected.
 */
bool AskQuestions(std::size_t threads, const std::string& folder);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_EXPLORE_QUESTIONS_H
