// Tries again what a fuzzer has found, without libFuzzer: replay-NAME FOLDER..., each file in them a test.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size);

namespace
{

constexpr unsigned LONGEST_SECONDS = 60;

class Find : public testing::Test
{
  public:
    explicit Find(std::filesystem::path file)
        : m_file(std::move(file))
    {
    }

    void TestBody() override
    {
        std::ifstream in(m_file, std::ios::binary);
        const std::vector<char> octets{std::istreambuf_iterator<char>(in), {}};
        ASSERT_TRUE(in) << "cannot be read";
        const auto replay = [&octets] {
            alarm(LONGEST_SECONDS);
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(octets.data()),
                                   octets.size());
            _exit(0);
        };
        EXPECT_EXIT(replay(), testing::ExitedWithCode(0), ""); // in a process of its own
    }

  private:
    std::filesystem::path m_file;
};

} // namespace

int
main(int argc, char** argv)
{
    testing::InitGoogleTest(&argc, argv);
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i)
    {
        if (std::filesystem::is_directory(argv[i])) // nothing has been found yet, else
        {
            const std::filesystem::directory_iterator folder(argv[i]);
            std::copy(begin(folder), end(folder), std::back_inserter(files));
        }
    }
    std::sort(files.begin(), files.end());
    const std::string suite = std::filesystem::path(argv[0]).filename();
    for (const std::filesystem::path& file : files)
    {
        testing::RegisterTest(suite.c_str(),
                              file.filename().c_str(),
                              nullptr,
                              nullptr,
                              file.c_str(),
                              1,
                              [file]() -> testing::Test* { return new Find(file); });
    }
    return RUN_ALL_TESTS();
}
