// Files that users name: read whole, or refused without waiting for them.

#include "../../model/link/input-file.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace lifecycle::test
{
namespace
{

std::string
Path(const std::string& name)
{
    return testing::TempDir() + "input-file-" + name;
}

TEST(InputFile, IsReadWholeWithEveryOctet)
{
    const std::string name = Path("octets");
    for (const std::size_t size : {0, 1, 65535, 65536, 65537, 200000})
    {
        std::string octets(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
        {
            octets[i] = static_cast<char>(i);
        }
        std::ofstream(name, std::ios::binary) << octets;
        const InputFile file = ReadInputFile(name);
        EXPECT_EQ(file.problem, "") << size;
        EXPECT_TRUE(file.content == octets) << size;
    }
    std::filesystem::remove(name);
}

TEST(InputFile, IsRegular)
{
    for (const std::string name : {"/dev/zero", "/dev/null", "/"})
    {
        EXPECT_EQ(ReadInputFile(name).problem,
                  "'" + name +
                      "' is no regular file; allowed is a regular file of at most 67108864 octets");
    }
    EXPECT_EQ(ReadInputFile("/nowhere").problem, "'/nowhere' cannot be read");
}

TEST(InputFile, HasABound)
{
    const std::string name = Path("large");
    std::ofstream(name) << "";
    std::filesystem::resize_file(name, MAX_INPUT_FILE);
    EXPECT_EQ(ReadInputFile(name).content.size(), MAX_INPUT_FILE);
    std::filesystem::resize_file(name, MAX_INPUT_FILE + 1);
    EXPECT_EQ(ReadInputFile(name).problem,
              "'" + name + "' is too large; allowed is a regular file of at most 67108864 octets");
    std::filesystem::remove(name);
}

TEST(Excerpt, IsShortAndPrintable)
{
    EXPECT_EQ(Excerpt("1.5 s"), "1.5 s");
    EXPECT_EQ(Excerpt(std::string(40, 'x')), std::string(40, 'x'));
    EXPECT_EQ(Excerpt(std::string(41, 'x')), std::string(40, 'x') + "...");
    EXPECT_EQ(Excerpt("\x1b[2J\xff\n"), "?[2J??");
}

} // namespace
} // namespace lifecycle::test
