// Inside an ns-3 tree: all of our GoogleTests as one suite of ns-3's own test runner.

#include "ns3/test.h"

#include <gtest/gtest.h>

namespace
{

/** Runs them all; GTEST_FILTER, GTEST_OUTPUT and the other variables of GoogleTest are heeded. */
class AllGoogleTests : public ns3::TestCase
{
  public:
    AllGoogleTests()
        : TestCase("every GoogleTest of tcp-lifecycle")
    {
    }

  private:
    void DoRun() override
    {
        testing::InitGoogleTest();
        NS_TEST_ASSERT_MSG_EQ(RUN_ALL_TESTS(), 0, "a GoogleTest failed; its report stands above");
        NS_TEST_ASSERT_MSG_GT(testing::UnitTest::GetInstance()->total_test_count(),
                              0,
                              "there is no test, whatever the filter");
    }
};

class LifecycleSuite : public ns3::TestSuite
{
  public:
    LifecycleSuite()
        : TestSuite("tcp-lifecycle")
    {
        AddTestCase(new AllGoogleTests);
    }
};

const LifecycleSuite SUITE;

} // namespace
