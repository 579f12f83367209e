// After the last test: every edge that the standard prescribes and that is on by default was taken.

#include "../../model/core/transition-table.h"
#include "ladder.h"

#include <gtest/gtest.h>

namespace lifecycle::test
{
namespace
{

class EveryStandardEdgeIsTaken : public testing::Environment
{
  public:
    void TearDown() override
    {
        if (testing::GTEST_FLAG(filter) != "*")
        {
            return; // not all tests ran
        }
        for (const Transition& t : TRANSITIONS)
        {
            const bool standard = t.transitionClass == TransitionClass::FIGURE ||
                                  t.transitionClass == TransitionClass::EVENT_TEXT;
            if (standard && t.onByDefault)
            {
                EXPECT_EQ(Ladder::Taken().count(t.id), 1U) << t.id << " is taken by no test";
            }
        }
    }
};

const testing::Environment* const REGISTERED =
    testing::AddGlobalTestEnvironment(new EveryStandardEdgeIsTaken);

} // namespace
} // namespace lifecycle::test
