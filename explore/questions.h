#ifndef LIFECYCLE_EXPLORE_QUESTIONS_H
#define LIFECYCLE_EXPLORE_QUESTIONS_H

#include <cstddef>

namespace lifecycle::exploration
{

/**
 * Asks the classic questions one after the other, and prints one table.
 *
 * @return Whether each answer is the one to be expected.
 */
bool AskQuestions(std::size_t threads);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_EXPLORE_QUESTIONS_H
