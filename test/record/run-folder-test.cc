// Folders and tables: what may be overwritten, and how rows are written.

#include "../../model/record/run-folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

namespace lifecycle::test
{
namespace
{

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test
{
  protected:
    RunFolderTest()
        : m_base(fs::path(testing::TempDir()) /
                 testing::UnitTest::GetInstance()->current_test_info()->name())
    {
        fs::remove_all(m_base);
        fs::create_directories(m_base);
    }

    ~RunFolderTest() override
    {
        fs::remove_all(m_base);
    }

    std::string Path(const std::string& name) const
    {
        return (m_base / name).string();
    }

    static std::string Read(const std::string& path)
    {
        std::ifstream in(path, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

    static void Touch(const std::string& path)
    {
        std::ofstream(path) << "x";
    }

    fs::path m_base;
};

TEST_F(RunFolderTest, FolderThatIsNotEmptyIsRefusedAndKept)
{
    fs::create_directories(Path("run"));
    Touch(Path("run/manifest.json"));
    EXPECT_THROW(RunFolder(Path("run"), false), RunFolderError);
    EXPECT_TRUE(fs::exists(Path("run/manifest.json")));
}

TEST_F(RunFolderTest, RefusalSpeaksOfTheLibraryNotOfAProgramsOptions)
{
    fs::create_directories(Path("run"));
    for (const char* name : {"manifest.json", "thesis.tex"})
    {
        Touch(Path("run") + "/" + name);
        const bool force = std::string(name) == "thesis.tex";
        try
        {
            RunFolder::CheckUsable(Path("run"), force);
            FAIL() << "the folder is in use";
        }
        catch (const RunFolderError& error)
        {
            EXPECT_EQ(std::string(error.what()).find("--"), std::string::npos) << error.what();
            EXPECT_EQ(dynamic_cast<const FolderNotEmpty*>(&error) != nullptr, !force);
        }
    }
}

TEST_F(RunFolderTest, FullDiskIsNoticedAtTheFirstRowsThatItDoesNotTake)
{
    const RunFolder folder(Path("run"), false);
    fs::create_symlink("/dev/full", Path("run/t.csv"));
    CsvFile table(folder, "t.csv", "n");
    int rows = 0;
    try
    {
        for (; rows < 100000; ++rows)
        {
            table.Row({"0123456789"});
        }
        FAIL() << "the disk was full";
    }
    catch (const RunFolderError& error)
    {
        const std::string text = error.what();
        EXPECT_NE(text.find(Path("run/t.csv")), std::string::npos) << text;
        EXPECT_NE(text.find("No space left on device"), std::string::npos) << text;
    }
    EXPECT_LT(rows, 10000);
}

TEST_F(RunFolderTest, FullDiskIsNoticedWhenLittleWasWritten)
{
    const RunFolder folder(Path("run"), false);
    fs::create_symlink("/dev/full", Path("run/t.csv"));
    fs::create_symlink("/dev/full", Path("run/summary.json"));
    CsvFile table(folder, "t.csv", "n");
    EXPECT_THROW(table.Close(), RunFolderError);
    EXPECT_THROW(folder.Write("summary.json", "{}\n"), RunFolderError);
}

TEST_F(RunFolderTest, ForceDoesNotReplaceWhatIsNoRun)
{
    fs::create_directories(Path("thesis"));
    Touch(Path("thesis/chapter-1.tex"));
    EXPECT_THROW(RunFolder(Path("thesis"), true), RunFolderError);
    EXPECT_TRUE(fs::exists(Path("thesis/chapter-1.tex")));
}

TEST_F(RunFolderTest, ForceDoesNotReplaceARunThatSomebodyAddedTo)
{
    fs::create_directories(Path("run/src"));
    Touch(Path("run/manifest.json"));
    Touch(Path("run/src/thesis.tex"));
    EXPECT_THROW(RunFolder(Path("run"), true), RunFolderError);
    EXPECT_TRUE(fs::exists(Path("run/src/thesis.tex")));
    EXPECT_TRUE(fs::exists(Path("run/manifest.json")));
}

TEST_F(RunFolderTest, ForceReplacesWhatAKilledRunAndItsFiguresLeft)
{
    fs::create_directories(Path("run/figures"));
    Touch(Path("run/occupancy.csv"));
    Touch(Path("run/figures/occupancy.png"));
    RunFolder folder(Path("run"), true);
    folder.Finish();
    EXPECT_TRUE(fs::is_empty(Path("run")));
}

TEST_F(RunFolderTest, OneRunAtATimeIsWrittenIntoIt)
{
    {
        const RunFolder first(Path("run"), false);
        first.Write("manifest.json", "{}\n");
        EXPECT_THROW(RunFolder(Path("run"), false), FolderNotEmpty);
        EXPECT_THROW(RunFolder(Path("run"), true), FolderRefused);
        EXPECT_EQ(Read(Path("run/manifest.json")), "{}\n");
        EXPECT_TRUE(fs::exists(Path("run/unfinished")));
    }
    EXPECT_TRUE(fs::exists(Path("run/unfinished"))) << "it was cut short";
    RunFolder next(Path("run"), true); // its lock has gone
    EXPECT_FALSE(fs::exists(Path("run/manifest.json")));
    next.Finish();
    EXPECT_FALSE(fs::exists(Path("run/unfinished")));
}

TEST_F(RunFolderTest, OneThatIsRefusedLeavesNoMark)
{
    const RunFolder empty(Path("run"), false); // passes the first check of one that begins now
    EXPECT_THROW(RunFolder(Path("run"), false), FolderRefused);
    fs::create_directories(Path("other"));
    Touch(Path("other/notes.txt"));
    EXPECT_THROW(RunFolder(Path("other"), true), FolderRefused);
    EXPECT_FALSE(fs::exists(Path("other/unfinished")));
}

TEST_F(RunFolderTest, FileThatDoesNotFitIsRemoved)
{
    const RunFolder folder(Path("run"), false);
    fs::create_symlink("/dev/full", Path("run/manifest.json"));
    EXPECT_THROW(folder.Write("manifest.json", "{}\n"), RunFolderError);
    EXPECT_FALSE(fs::exists(Path("run/manifest.json")));
}

TEST_F(RunFolderTest, FileInTheWayIsNamed)
{
    Touch(Path("run"));
    try
    {
        RunFolder folder(Path("run"), true);
        FAIL() << "a file is no folder";
    }
    catch (const RunFolderError& error)
    {
        EXPECT_NE(std::string(error.what()).find(Path("run")), std::string::npos);
    }
}

TEST_F(RunFolderTest, FolderThatCannotBeMadeIsNamed)
{
    Touch(Path("file"));
    EXPECT_THROW(RunFolder(Path("file/run"), false), RunFolderError);
}

TEST_F(RunFolderTest, ForceReplacesARun)
{
    fs::create_directories(Path("run"));
    Touch(Path("run/manifest.json"));
    Touch(Path("run/old.pcap"));
    const RunFolder folder(Path("run"), true);
    EXPECT_FALSE(fs::exists(Path("run/old.pcap")));
}

TEST_F(RunFolderTest, ParentsAreMade)
{
    const RunFolder folder(Path("a/b/run"), false);
    folder.Write("summary.json", "{}\n");
    EXPECT_EQ(Read(Path("a/b/run/summary.json")), "{}\n");
}

TEST_F(RunFolderTest, FieldsAreQuotedWhereTheyMustBe)
{
    const RunFolder folder(Path("run"), false);
    CsvFile table(folder, "t.csv", "a,b");
    table.Row({"plain", "with, comma"});
    table.Row({"say \"no\"", "two\nlines"});
    table.Row({"", ""});
    table.Close();
    EXPECT_EQ(Read(Path("run/t.csv")),
              "a,b\nplain,\"with, comma\"\n\"say \"\"no\"\"\",\"two\nlines\"\n,\n");
}

TEST_F(RunFolderTest, ManyRowsArriveWhole)
{
    const RunFolder folder(Path("run"), false);
    CsvFile table(folder, "t.csv", "n");
    for (int i = 0; i < 100000; ++i)
    {
        table.Row({std::to_string(i)});
    }
    table.Close();
    const std::string text = Read(Path("run/t.csv"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100001);
    EXPECT_EQ(text.substr(text.size() - 6), "99999\n");
}

TEST(ToSeconds, HasNineDecimalsFromIntegers)
{
    EXPECT_EQ(ToSeconds(Duration(0)), "0.000000000");
    EXPECT_EQ(ToSeconds(Duration(1)), "0.000000001");
    EXPECT_EQ(ToSeconds(Duration(12345678901)), "12.345678901");
    EXPECT_EQ(ToSeconds(Duration(31536000000000001)), "31536000.000000001");
}

} // namespace
} // namespace lifecycle::test
