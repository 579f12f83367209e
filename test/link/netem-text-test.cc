// What is written as text in the impairments: the lists of loss probabilities, and tables of delays.

#include "packets.h"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <map>

using namespace lifecycle;

namespace
{

template <class Result>
std::string
ErrorOf(const Result& result)
{
    const auto* error = std::get_if<std::string>(&result);
    return error ? *error : "";
}

TEST(ParseStateLoss, FillsInWhatIsLeftOutAsTcDoes)
{
    const auto one = std::get<StateLoss>(ParseStateLoss("0.1"));
    EXPECT_EQ(one.p13, 0.1);
    EXPECT_EQ(one.p31, 0.9);
    EXPECT_EQ(one.p32, 0.0);
    EXPECT_EQ(one.p23, 1.0);
    EXPECT_EQ(one.p14, 0.0);
    const auto all = std::get<StateLoss>(ParseStateLoss("0.1,0.2,0.3,0.4,0.5"));
    EXPECT_EQ(all.p31, 0.2);
    EXPECT_EQ(all.p32, 0.3);
    EXPECT_EQ(all.p23, 0.4);
    EXPECT_EQ(all.p14, 0.5);
    EXPECT_EQ(ErrorOf(ParseStateLoss("0.7,0.7,0.3,1,0.3")), "") << "sums to 1 but for rounding";
}

TEST(ParseGilbertElliott, FillsInWhatIsLeftOutAsTcDoes)
{
    const auto one = std::get<GilbertElliottLoss>(ParseGilbertElliott("0.25"));
    EXPECT_EQ(one.r, 0.75);
    EXPECT_EQ(one.oneMinusH, 1.0);
    EXPECT_EQ(one.oneMinusK, 0.0);
    const auto all = std::get<GilbertElliottLoss>(ParseGilbertElliott("0.25,0.5,0.8,1e-3"));
    EXPECT_EQ(all.r, 0.5);
    EXPECT_EQ(all.oneMinusH, 0.8);
    EXPECT_EQ(all.oneMinusK, 0.001);
}

TEST(ParseLoss, NamesTheProbabilityThatIsWrong)
{
    EXPECT_EQ(ErrorOf(ParseStateLoss("0.1,x")),
              "p31 is 'x', which is no number from 0 to 1; allowed is "
              "p13[,p31[,p32[,p23[,p14]]]]");
    EXPECT_EQ(ErrorOf(ParseGilbertElliott("0.1,0.2,1.5")),
              "1-h is '1.5', which is no number from 0 to 1; allowed is p[,r[,1-h[,1-k]]]");
    EXPECT_EQ(ErrorOf(ParseGilbertElliott("0.1,")),
              "r is '', which is no number from 0 to 1; allowed is p[,r[,1-h[,1-k]]]");
    for (const std::string wrong : {"nan", "-0.1", "inf", "1e999", "0.1 ", "same", ""})
    {
        EXPECT_NE(ErrorOf(ParseGilbertElliott(wrong)), "") << wrong;
        EXPECT_NE(ErrorOf(ParseStateLoss(wrong)), "") << wrong;
    }
    EXPECT_EQ(ErrorOf(ParseGilbertElliott("0,0,0,0,0")),
              "'0,0,0,0,0' has too many numbers; allowed is p[,r[,1-h[,1-k]]]");
    EXPECT_EQ(ErrorOf(ParseStateLoss("0.6,0.1,0,1,0.5")),
              "p13 is 0.6 and p14 is 0.5: two ways out of one state must not exceed 1 together");
    EXPECT_EQ(ErrorOf(ParseStateLoss("0.1,0.6,0.5")),
              "p31 is 0.6 and p32 is 0.5: two ways out of one state must not exceed 1 together");
}

/** A file that is gone after the test. */
class TableFile : public ::testing::Test
{
  protected:
    void TearDown() override
    {
        std::remove(m_name.c_str());
    }

    std::variant<DelayDistribution, std::string> Read(const std::string& content)
    {
        std::ofstream(m_name, std::ios::binary) << content;
        return DelayDistribution::FromText(m_name);
    }

    /** What is said of a file, without the words that name it. */
    std::string ErrorAbout(const std::string& content)
    {
        std::string error = ErrorOf(Read(content));
        const std::size_t at = error.find("'" + m_name + "'");
        EXPECT_NE(at, std::string::npos) << error;
        return error.replace(at, m_name.size() + 2, "FILE");
    }

    const std::string m_name = ::testing::TempDir() + "link-table.dist";
};

TEST_F(TableFile, GivesItsNumbersAsSharesOfTheJitter)
{
    const auto table = std::get<DelayDistribution>(Read("# mine\n8192 -4096 0\n\n24576 # late\n"));
    EXPECT_EQ(table.Deviation(0.0), 1.0);
    EXPECT_EQ(table.Deviation(0.25), -0.5);
    EXPECT_EQ(table.Deviation(0.5), 0.0);
    EXPECT_EQ(table.Deviation(std::nextafter(1.0, 0.0)), 3.0);
}

// 3 degrees of freedom: above 35 with a probability below 1e-6.
TEST_F(TableFile, MakesAllItsNumbersEquallyLikely)
{
    LinkImpairment impairment;
    impairment.delay = std::chrono::seconds(10);
    impairment.jitter = std::chrono::seconds(1);
    impairment.distribution = std::get<DelayDistribution>(Read("-8192 0 4096 8192\n"));
    std::map<double, int> counts;
    for (const Passage& passage : Send(impairment))
    {
        ++counts[std::chrono::duration<double>(passage.original->wait).count()];
    }
    ASSERT_EQ(counts.size(), 4u);
    double chiSquare = 0.0;
    for (const double delay : {9.0, 10.0, 10.5, 11.0})
    {
        const double expected = PACKETS / 4.0;
        chiSquare += (counts[delay] - expected) * (counts[delay] - expected) / expected;
    }
    EXPECT_LT(chiSquare, 35.0);
}

TEST_F(TableFile, IsRefusedWithOneSentenceIfItMakesNoSense)
{
    EXPECT_EQ(ErrorAbout(""), "the table file FILE is empty");
    EXPECT_EQ(ErrorAbout("1 2 3\n4 5"),
              "the table file FILE ends within a line, so it seems to be cut short");
    EXPECT_EQ(ErrorAbout("# nothing\n\n"),
              "the table file FILE holds 0 numbers; allowed are 1 to 65536");
    EXPECT_EQ(ErrorAbout("1 2\n3 four\n"),
              "line 2 of the table file FILE holds 'four', which is no whole number from -32768 to "
              "32767");
    for (const std::string wrong : {"40000", "1.5", "0x10", "12a", "-", "\x01\xff"})
    {
        EXPECT_NE(ErrorAbout("1\n" + wrong + "\n").find("line 2"), std::string::npos) << wrong;
    }
    std::string many;
    for (int i = 0; i < 65537; ++i)
    {
        many += "1\n";
    }
    EXPECT_EQ(ErrorAbout(many), "the table file FILE holds 65537 numbers; allowed are 1 to 65536");
    EXPECT_EQ(ErrorOf(DelayDistribution::FromText("/nowhere/x.dist")),
              "the table file '/nowhere/x.dist' cannot be read");
    EXPECT_NE(ErrorOf(DelayDistribution::FromText(::testing::TempDir())), "") << "a folder";
}

TEST(DelayDistribution, HasFourNames)
{
    EXPECT_EQ(ErrorOf(DelayDistribution::FromText("norml")),
              "'norml' is not allowed; allowed are uniform, normal, pareto, paretonormal and the "
              "name of a table file, which must hold a '/' or a '.'");
    EXPECT_TRUE(std::get<DelayDistribution>(DelayDistribution::FromText("uniform")).IsUniform());
    EXPECT_FALSE(std::get<DelayDistribution>(DelayDistribution::FromText("pareto")).IsUniform());
}

} // namespace
