#ifndef LIFECYCLE_TEST_FUZZ_FIND_H
#define LIFECYCLE_TEST_FUZZ_FIND_H

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace lifecycle::test
{

/** Ends the program, so that libFuzzer keeps the input, unless @p isWell; says what was expected. */
inline void
Expect(bool isWell, std::string_view what, std::string_view found = "")
{
    if (!isWell)
    {
        std::cerr << "broken: " << what << ": " << found << std::endl;
        std::abort();
    }
}

/** What the user is told about a text that is refused has to be one line. */
inline void
ExpectOneLine(std::string_view message)
{
    Expect(!message.empty() && message.find_first_of("\n\r") == std::string_view::npos,
           "an error is one line",
           message);
}

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_FUZZ_FIND_H
