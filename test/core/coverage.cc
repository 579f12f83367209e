// After the last test: every edge was taken, but for those that no setting can lead along.

#include "../../model/core/transition-table.h"
#include "ladder.h"

#include <gtest/gtest.h>

namespace lifecycle::test
{
namespace
{

class EveryEdgeIsTaken : public testing::Environment
{
  public:
    void TearDown() override
    {
        if (testing::GTEST_FLAG(filter) != "*")
        {
            return; // not all tests ran
        }
        std::size_t byDefault = 0;
        for (const Transition& t : TRANSITIONS)
        {
            byDefault += t.onByDefault ? 1 : 0;
            if (t.transitionClass != TransitionClass::EXCLUDED)
            {
                EXPECT_EQ(Ladder::Taken().count(t.id), 1U) << t.id << " is taken by no test";
            }
        }
        EXPECT_EQ(byDefault, 72U);
    }
};

const testing::Environment* const REGISTERED =
    testing::AddGlobalTestEnvironment(new EveryEdgeIsTaken);

} // namespace
} // namespace lifecycle::test
