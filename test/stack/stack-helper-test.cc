// What LifecycleStackHelper leaves on a node, whichever the version of ns-3.

#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-socket.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket-factory.h"

#include <gtest/gtest.h>

using namespace ns3;

namespace
{

/** Which IP the node speaks. */
struct Protocols
{
    const char* name;
    bool ipv4;
    bool ipv6;
};

void
PrintTo(const Protocols& protocols, std::ostream* os)
{
    *os << protocols.name;
}

class StackHelper : public ::testing::TestWithParam<Protocols>
{
  protected:
    void TearDown() override
    {
        Simulator::Destroy();
    }

    const Ptr<Node> m_node{CreateObject<Node>()};
};

INSTANTIATE_TEST_SUITE_P(Speaks,
                         StackHelper,
                         ::testing::Values(Protocols{"Ipv4", true, false},
                                           Protocols{"Ipv6", false, true},
                                           Protocols{"Both", true, true}),
                         [](const auto& info) { return std::string(info.param.name); });

/** The objects of @p node that are a @c Type. */
template <class Type>
std::vector<Ptr<const Object>>
AllOf(Ptr<Node> node)
{
    std::vector<Ptr<const Object>> all;
    for (auto aggregates = node->GetAggregateIterator(); aggregates.HasNext();)
    {
        const Ptr<const Object> next = aggregates.Next();
        if (DynamicCast<const Type>(next))
        {
            all.push_back(next);
        }
    }
    return all;
}

TEST_P(StackHelper, InstallsOneTcpAndItIsOurs)
{
    LifecycleStackHelper helper;
    helper.SetIpv4StackInstall(GetParam().ipv4);
    helper.SetIpv6StackInstall(GetParam().ipv6);
    helper.Install(m_node);

    const Ptr<LifecycleL4Protocol> tcp = LifecycleStackHelper::Of(m_node);
    ASSERT_TRUE(tcp);
    EXPECT_EQ(AllOf<TcpL4Protocol>(m_node).size(), 1u);
    EXPECT_EQ(AllOf<TcpSocketFactory>(m_node).size(), 1u);
    if (GetParam().ipv4)
    {
        EXPECT_EQ(m_node->GetObject<Ipv4L3Protocol>()->GetProtocol(6), tcp);
    }
    if (GetParam().ipv6)
    {
        EXPECT_EQ(m_node->GetObject<Ipv6L3Protocol>()->GetProtocol(6), tcp);
    }
    const auto socket = Socket::CreateSocket(m_node, TcpSocketFactory::GetTypeId());
    EXPECT_TRUE(DynamicCast<LifecycleSocket>(socket));
}

TEST(StackHelperDeathTest, SaysThatANodeHasAnotherTcp)
{
    const Ptr<Node> node = CreateObject<Node>();
    InternetStackHelper().Install(node);
    EXPECT_DEATH(LifecycleStackHelper().Install(node),
                 "node " + std::to_string(node->GetId()) + " has another TCP already");
    Simulator::Destroy();
}

} // namespace
