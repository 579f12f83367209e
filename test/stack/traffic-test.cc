// The module's own applications.

#include "world.h"

#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-server.h"
#include "ns3/uinteger.h"

using namespace ns3;

TEST(Traffic, ClientUsesOnePortTowardsManyServers)
{
    World w;
    w.Tcp(w.Client())->SetAttribute("EphemeralFirst", UintegerValue(5000));
    w.Tcp(w.Client())->SetAttribute("EphemeralLast", UintegerValue(5000));
    for (const uint16_t port : {80, 81})
    {
        const auto server = CreateObject<LifecycleServer>();
        server->SetAttribute("Local", AddressValue(w.ServerAddress(port)));
        w.Server()->AddApplication(server);
        const auto client = CreateObject<LifecycleClient>();
        client->SetAttribute("Remote", AddressValue(w.ServerAddress(port)));
        w.Client()->AddApplication(client);
        Simulator::Schedule(Seconds(1), &LifecycleClient::Open, client);
        Simulator::Schedule(Seconds(1), &LifecycleClient::Open, client); // no port is left for it
    }
    w.Run(Seconds(300));
    ASSERT_EQ(w.Of(w.Client()).ends.size(), 2u);
    for (const LifecycleEnd& end : w.Of(w.Client()).ends)
    {
        EXPECT_EQ(end.reason, "normal");
        EXPECT_EQ(LifecycleEndName(end.local), "10.0.0.1:5000");
    }
}
