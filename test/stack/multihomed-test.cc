// A host with two addresses, on two links to the same server. RFC 9293 3.9.1.1.

#include "world.h"

#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/lifecycle-stack-helper.h"

#include <algorithm>
#include <string>

namespace ns3
{
namespace
{

/** The client of World with a second link, 10.0.1.0, to its server. */
class Multihomed : public StackTest
{
  protected:
    Multihomed()
    {
        w.Build();
        NodeContainer both(w.Client(), w.Server());
        ImpairedLinkHelper second;
        second.SetHostNames("client", "server");
        m_second = second.Install(w.Client(), w.Server());
        Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(m_second);
        m_second.Get(0)->TraceConnectWithoutContext(
            "PhyTxBegin",
            Callback<void, Ptr<const Packet>>([this](Ptr<const Packet>) { ++m_overSecond; }));
        User::ServeNext(w.Listen(), server);
    }

    /** From now on the client reaches the server's first address over the second link. */
    void Reroute()
    {
        const Ptr<Ipv4> ipv4 = w.Client()->GetObject<Ipv4>();
        Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddHostRouteTo(
            "10.0.0.2",
            "10.0.1.2",
            static_cast<uint32_t>(ipv4->GetInterfaceForDevice(m_second.Get(0))));
    }

    /** Whether all that the client has sent came from @p address. */
    bool AllFrom(const char* address)
    {
        const auto& sent = w.Of(w.Client()).tx;
        return std::all_of(sent.begin(), sent.end(), [&](const LifecycleSegment& segment) {
            return InetSocketAddress::ConvertFrom(segment.local).GetIpv4() == address;
        });
    }

    uint32_t OverSecond() const
    {
        return m_overSecond;
    }

    User server{nullptr};
    User client{w.MakeSocket(w.Client())};

  private:
    NetDeviceContainer m_second;
    uint32_t m_overSecond{0};
};

} // namespace

TEST_F(Multihomed, ConnectionKeepsItsAddressThoughItsRouteChanges) // Covers R-20, MUST-44, MUST-45
{
    client.SendPattern(100000);
    client.socket->Connect(w.ServerAddress());
    Simulator::Schedule(MilliSeconds(55), [this] { Reroute(); });
    w.Run(Seconds(60));
    EXPECT_EQ(server.received, 100000u);
    EXPECT_TRUE(server.sawEnd);
    EXPECT_GT(OverSecond(), 10u);
    EXPECT_TRUE(AllFrom("10.0.0.1"));
}

TEST_F(Multihomed, RouteChoosesTheAddressOfWhoeverHasNone) // Covers R-20, MUST-44
{
    Reroute();
    client.SendPattern(1000);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(60));
    EXPECT_EQ(server.received, 1000u);
    EXPECT_TRUE(AllFrom("10.0.1.1"));
}

TEST_F(Multihomed, UserMayChooseTheAddress) // Covers R-20, MUST-43
{
    EXPECT_EQ(client.socket->Bind(InetSocketAddress("10.0.1.1", 0)), 0);
    client.SendPattern(1000);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(60));
    EXPECT_EQ(server.received, 1000u);
    EXPECT_TRUE(AllFrom("10.0.1.1"));
    EXPECT_EQ(OverSecond(), 0u); // the host is a weak one: the route alone says where it leaves
}

} // namespace ns3
