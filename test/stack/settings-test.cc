// Attributes, presets, and which of several values counts.

#include "../../model/stack/settings.h"
#include "world.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/object-factory.h"
#include "ns3/string.h"
#include "ns3/tcp-socket.h"
#include "ns3/uinteger.h"

#include <string>
#include <utility>

using namespace ns3;
using namespace ns3::lifecycle_internal;

namespace
{

/** Attribute @p name of @p object as text. */
std::string
Get(Ptr<Object> object, const std::string& name)
{
    StringValue value;
    object->GetAttribute(name, value);
    return value.Get();
}

std::string
InSeconds(double seconds)
{
    return TimeValue(Seconds(seconds)).SerializeToString(MakeTimeChecker());
}

class StackSettings : public ::testing::Test
{
  protected:
    void TearDown() override
    {
        Config::Reset();
        Simulator::Destroy();
    }
};

} // namespace

TEST_F(StackSettings, BadValuesAreRefused)
{
    const auto tcp = CreateObject<LifecycleL4Protocol>();
    EXPECT_FALSE(tcp->SetAttributeFailSafe("Preset", StringValue("windows")));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("Msl", StringValue("-1s")));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("Mss", UintegerValue(47)));
    EXPECT_TRUE(tcp->SetAttributeFailSafe("Mss", UintegerValue(48)));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("Mss", UintegerValue(70000)));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("KeepAlive", StringValue("maybe")));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("EphemeralFirst", UintegerValue(0)));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("SynOverflow", StringValue("panic")));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("SynOverflow", StringValue("")));
    EXPECT_FALSE(tcp->SetAttributeFailSafe("SynOverflow", StringValue("drop-new|drop-oldest")));
    EXPECT_TRUE(tcp->SetAttributeFailSafe("SynOverflow", StringValue("reset")));
    EXPECT_FALSE(
        Config::SetDefaultFailSafe("ns3::LifecycleL4Protocol::Preset", StringValue("windows")));
    EXPECT_EQ(Get(tcp, "Preset"), "rfc9293");
}

TEST_F(StackSettings, AllCanBeSetAtOnceAfterTheyHaveBeenRead)
{
    const auto tcp = CreateObject<LifecycleL4Protocol>();
    lifecycle::StackConfig config = tcp->GetConfig();
    config.host.dropSynFin = !config.host.dropSynFin;
    tcp->SetConfig(config);
    EXPECT_EQ(tcp->GetConfig().host.dropSynFin, config.host.dropSynFin);
}

// Settings that contradict each other are refused when they are used, with a sentence
TEST_F(StackSettings, EmptyPortRangeIsRefused)
{
    World w;
    w.Tcp(w.Client())->SetAttribute("EphemeralFirst", UintegerValue(2000));
    w.Tcp(w.Client())->SetAttribute("EphemeralLast", UintegerValue(1999));
    const auto socket = w.MakeSocket(w.Client());
    EXPECT_EQ(Said([&] { EXPECT_EQ(socket->Bind(), -1); }),
              "LifecycleSocket: EphemeralFirst is 2000 and must not exceed EphemeralLast, which is "
              "1999\n");
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_INVAL);
}

TEST_F(StackSettings, WrongPairsAreRefusedWhenTheyAreUsed)
{
    const std::pair<const char*, const char*> pairs[] = {{"MinRto", "MaxRto"},
                                                         {"PersistMin", "PersistMax"}};
    for (const auto& [least, greatest] : pairs)
    {
        World w;
        const auto connects = w.MakeSocket(w.Client());
        const auto listens = w.MakeSocket(w.Server());
        listens->Bind(InetSocketAddress(80));
        for (const auto& socket : {connects, listens})
        {
            socket->SetAttribute(greatest, TimeValue(MilliSeconds(200)));
            socket->SetAttribute(least, TimeValue(MilliSeconds(300)));
        }
        const std::string sentence = "LifecycleSocket: " + std::string(least) +
                                     " is +0.3s and must not exceed " + greatest +
                                     ", which is +0.2s\n";
        EXPECT_EQ(Said([&] { EXPECT_EQ(connects->Connect(w.ServerAddress(80)), -1); }), sentence);
        EXPECT_EQ(connects->GetErrno(), Socket::ERROR_INVAL);
        EXPECT_EQ(Said([&] { EXPECT_EQ(listens->Listen(), -1); }), sentence);
        for (const auto& socket : {connects, listens}) // in this order: both were above before
        {
            socket->SetAttribute(greatest, TimeValue(MilliSeconds(20)));
            socket->SetAttribute(least, TimeValue(MilliSeconds(10)));
        }
        EXPECT_EQ(connects->Connect(w.ServerAddress(80)), 0);
        EXPECT_EQ(listens->Listen(), 0);
    }
}

TEST_F(StackSettings, LiveSocketKeepsWhatItHadInsteadOfAWrongPair)
{
    World w;
    const auto socket = w.MakeSocket(w.Server());
    socket->Bind(InetSocketAddress(80));
    EXPECT_EQ(socket->Listen(), 0);
    const std::string said = Said([&] {
        EXPECT_FALSE(socket->SetAttributeFailSafe("MaxRto", TimeValue(MilliSeconds(500))));
    });
    EXPECT_EQ(said, "LifecycleSocket: MinRto is +1s and must not exceed MaxRto, which is +0.5s\n");
    EXPECT_EQ(Get(socket, "MaxRto"), InSeconds(60));
    EXPECT_TRUE(socket->SetAttributeFailSafe("MinRto", TimeValue(MilliSeconds(500))));
    EXPECT_TRUE(socket->SetAttributeFailSafe("MaxRto", TimeValue(MilliSeconds(500))));
    EXPECT_EQ(Get(socket, "MaxRto"), InSeconds(0.5));
}

TEST_F(StackSettings, AttributesOfTcpSocketHaveOurBounds)
{
    World w;
    const auto socket = w.MakeSocket(w.Client());
    EXPECT_DEATH(socket->SetAttribute("SegmentSize", UintegerValue(47)),
                 "Mss is 47 and must lie from 48 to 65495");
    EXPECT_DEATH(socket->SetAttribute("RcvBufSize", UintegerValue(0)),
                 "ReceiveBuffer is 0 and must lie from 1 to 1073741824");
    EXPECT_DEATH(socket->SetAttribute("ConnTimeout", TimeValue(Seconds(-1))),
                 "InitialRto is -1000000000 and must lie");
}

TEST_F(StackSettings, EveryOptionIsAnAttributeWithItsDefault)
{
    for (const lifecycle::StackOption& option : lifecycle::StackOptions())
    {
        TypeId::AttributeInformation info;
        EXPECT_TRUE(LifecycleL4Protocol::GetTypeId().LookupAttributeByName(option.name, &info));
        EXPECT_EQ(option.perSocket,
                  LifecycleSocket::GetTypeId().LookupAttributeByName(option.name, &info));
    }

    const auto tcp = CreateObject<LifecycleL4Protocol>();
    EXPECT_EQ(Get(tcp, "Msl"), InSeconds(120));
    EXPECT_EQ(Get(tcp, "SynRetries"), "8");
    EXPECT_EQ(Get(tcp, "Rfc1337"), "true");
}

TEST_F(StackSettings, EveryAttributeCanBeSetAndRead)
{
    const auto tcp = CreateObject<LifecycleL4Protocol>();
    for (std::size_t i = 0; i < LifecycleL4Protocol::GetTypeId().GetAttributeN(); ++i)
    {
        const auto info = LifecycleL4Protocol::GetTypeId().GetAttribute(i);
        const std::string value = Get(tcp, info.name);
        const bool canBeSet = info.name != "Sockets";
        EXPECT_EQ(tcp->SetAttributeFailSafe(info.name, StringValue(value)), canBeSet) << info.name;
        EXPECT_EQ(Get(tcp, info.name), value);
        EXPECT_FALSE(info.help.empty());
    }
    tcp->SetAttribute("KeepCount", UintegerValue(3));
    tcp->SetAttribute("KeepInterval", StringValue("5s"));
    tcp->SetAttribute("KeepAlive", StringValue("true"));
    EXPECT_EQ(Get(tcp, "KeepCount"), "3");
    EXPECT_EQ(Get(tcp, "KeepInterval"), InSeconds(5));
    EXPECT_EQ(Get(tcp, "KeepAlive"), "true");
    EXPECT_EQ(Get(tcp, "SynOverflow"), "drop-new");
    tcp->SetAttribute("SynOverflow", StringValue("drop-oldest"));
    tcp->SetAttribute("SynCookies", StringValue("always"));
    EXPECT_EQ(Get(tcp, "SynOverflow"), "drop-oldest");
    EXPECT_EQ(Get(tcp, "SynCookies"), "always");
    const auto likeLinux = CreateObject<LifecycleL4Protocol>();
    likeLinux->SetAttribute("Preset", StringValue("linux"));
    EXPECT_EQ(Get(likeLinux, "TimeWaitOverflow"), "drop-new");
    EXPECT_EQ(Get(likeLinux, "SynCookies"), "on-overflow");
}

TEST_F(StackSettings, PresetYieldsToExplicitValuesInAnyOrder)
{
    const auto before = CreateObject<LifecycleL4Protocol>();
    before->SetAttribute("Msl", TimeValue(Seconds(5)));
    before->SetAttribute("Preset", StringValue("linux"));
    const auto after = CreateObject<LifecycleL4Protocol>();
    after->SetAttribute("Preset", StringValue("linux"));
    after->SetAttribute("Msl", TimeValue(Seconds(5)));
    for (const auto& tcp : {before, after})
    {
        EXPECT_EQ(Get(tcp, "Msl"), InSeconds(5));
        EXPECT_EQ(Get(tcp, "MinRto"), InSeconds(0.2));
        EXPECT_EQ(Get(tcp, "SynRetries"), "10");
        EXPECT_EQ(Get(tcp, "EphemeralFirst"), "32768");
    }
}

TEST_F(StackSettings, ExplicitDefaultValueIsExplicit)
{
    Config::SetDefault("ns3::LifecycleL4Protocol::Preset", StringValue("linux"));
    EXPECT_EQ(Get(CreateObject<LifecycleL4Protocol>(), "Msl"), InSeconds(30));
    Config::SetDefault("ns3::LifecycleL4Protocol::Msl", TimeValue(Minutes(2)));
    EXPECT_EQ(Get(CreateObject<LifecycleL4Protocol>(), "Msl"), InSeconds(120));

    ObjectFactory factory("ns3::LifecycleL4Protocol");
    factory.Set("SynRetries", UintegerValue(8));
    const auto made = factory.Create<LifecycleL4Protocol>();
    EXPECT_EQ(Get(made, "SynRetries"), "8");
    EXPECT_EQ(Get(made, "SynAckRetries"), "5");
}

TEST_F(StackSettings, HelperSetsAttributesOfEachNode)
{
    LifecycleStackHelper helper;
    helper.SetAttribute("Msl", TimeValue(Seconds(3)));
    helper.SetPreset("freebsd");
    const auto node = CreateObject<Node>();
    helper.Install(node);
    EXPECT_EQ(Get(LifecycleStackHelper::Of(node), "Msl"), InSeconds(3));
    EXPECT_EQ(Get(LifecycleStackHelper::Of(node), "KeepCount"), "8");
}

TEST_F(StackSettings, SocketHasItsNodesValuesUntilTold)
{
    World w;
    const auto socket = w.OurSocket(w.Client());
    w.Tcp(w.Client())->SetAttribute("Msl", TimeValue(Seconds(9)));
    EXPECT_EQ(Get(socket, "Msl"), InSeconds(9));
    socket->SetAttribute("Msl", TimeValue(Seconds(4)));
    w.Tcp(w.Client())->SetAttribute("Msl", TimeValue(Seconds(10)));
    EXPECT_EQ(Get(socket, "Msl"), InSeconds(4));
    EXPECT_EQ(Get(w.OurSocket(w.Client()), "Msl"), InSeconds(10));
}

TEST_F(StackSettings, DefaultsOfTcpSocketDoNotWin)
{
    World w;
    const auto socket = w.OurSocket(w.Client());
    EXPECT_EQ(Get(socket, "InitialRto"), InSeconds(1)); // ConnTimeout's default is 3 s
    EXPECT_EQ(Get(socket, "ConnTimeout"), InSeconds(1));
    EXPECT_EQ(Get(socket, "Mss"), "1460"); // SegmentSize's is 536
    EXPECT_EQ(Get(socket, "DataRetries"), "7");
    socket->SetAttribute("ConnTimeout", TimeValue(Seconds(3)));
    EXPECT_EQ(Get(socket, "InitialRto"), InSeconds(3)); // but said aloud, it counts
    socket->SetAttribute("SndBufSize", UintegerValue(5000));
    EXPECT_EQ(Get(socket, "SendBuffer"), "5000");
    socket->SetAttribute("MaxSegLifetime", DoubleValue(0.5));
    EXPECT_EQ(Get(socket, "Msl"), InSeconds(0.5));

    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1000));
    EXPECT_EQ(Get(w.OurSocket(w.Client()), "Mss"), "1000");
}
