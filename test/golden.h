#ifndef LIFECYCLE_TEST_GOLDEN_H
#define LIFECYCLE_TEST_GOLDEN_H

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

namespace lifecycle::test
{

/**
 * Compares @p text with a file of the tree, or writes that file when LIFECYCLE_GOLDEN_WRITE is set,
 * as `./lab golden` does.
 *
 * @param path from the root of the project
 */
inline void
ExpectGolden(const std::string& path, const std::string& text)
{
    const std::string file = std::string(PROJECT_SOURCE_DIR) + "/" + path;
    if (std::getenv("LIFECYCLE_GOLDEN_WRITE") != nullptr)
    {
        std::ofstream(file, std::ios::binary) << text;
        return;
    }
    std::ifstream in(file, std::ios::binary);
    ASSERT_TRUE(in) << path << " is missing; ./lab golden writes it";
    std::ostringstream golden;
    golden << in.rdbuf();
    EXPECT_EQ(golden.str(), text) << path << " differs; if that is meant, run ./lab golden";
}

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_GOLDEN_H
