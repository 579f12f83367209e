// New sockets are copies of one, but have the defaults of the moment at which they are made.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/string.h"
#include "ns3/tcp-socket.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <string>

namespace ns3
{
namespace
{

class StackPrototype : public ::testing::Test
{
  protected:
    void TearDown() override
    {
        Config::Reset();
    }

    /** Attribute @p name of a new socket of the client. */
    std::string OfNew(const std::string& name)
    {
        StringValue value;
        w.MakeSocket(w.Client())->GetAttribute(name, value);
        return value.Get();
    }

    World w;
};

} // namespace

TEST_F(StackPrototype, NewSocketsHaveTheDefaultsOfNow)
{
    EXPECT_EQ(OfNew("KeepCount"), "9");
    Config::SetDefault("ns3::LifecycleSocket::KeepCount", UintegerValue(3)); // a parameter
    EXPECT_EQ(OfNew("KeepCount"), "3");
    Config::SetDefault("ns3::LifecycleSocket::KeepCount", StringValue("4"));
    EXPECT_EQ(OfNew("KeepCount"), "4");
    EXPECT_EQ(OfNew("SharePort"), "false");
    Config::SetDefault("ns3::LifecycleSocket::SharePort", BooleanValue(true)); // none
    EXPECT_EQ(OfNew("SharePort"), "true");
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(5000)); // of the base class
    EXPECT_EQ(OfNew("SndBufSize"), "5000");
    Config::Reset();
    EXPECT_EQ(OfNew("KeepCount"), "9");
    EXPECT_EQ(OfNew("SharePort"), "false");
    EXPECT_EQ(OfNew("SndBufSize"), "131072");
}

TEST_F(StackPrototype, ADefaultIsNoticedAlthoughSomebodyKeepsTheOneBefore)
{
    Config::SetDefault("ns3::LifecycleSocket::KeepCount", UintegerValue(3));
    EXPECT_EQ(OfNew("KeepCount"), "3");
    TypeId::AttributeInformation before;
    TypeId::LookupByName("ns3::LifecycleSocket").LookupAttributeByName("KeepCount", &before);
    Config::SetDefault("ns3::LifecycleSocket::KeepCount", UintegerValue(4));
    EXPECT_EQ(OfNew("KeepCount"), "4");
    Config::SetDefault("ns3::LifecycleSocket::KeepCount", *before.initialValue);
    EXPECT_EQ(OfNew("KeepCount"), "3");
}

TEST_F(StackPrototype, AResetIsNoticedAlthoughSomebodyKeepsWhatWasBefore)
{
    for (const char* name : {"ns3::LifecycleSocket::KeepCount", "ns3::TcpSocket::SndBufSize"})
    {
        const std::string attribute = std::string(name).substr(std::string(name).rfind(':') + 1);
        const std::string original = OfNew(attribute);
        Config::SetDefault(name, UintegerValue(5000));
        EXPECT_EQ(OfNew(attribute), "5000");
        TypeId::AttributeInformation before;
        TypeId::LookupByName("ns3::LifecycleSocket").LookupAttributeByName(attribute, &before);
        Config::Reset();
        EXPECT_EQ(OfNew(attribute), original);
    }
}

TEST_F(StackPrototype, NewSocketsHaveTheValuesOfTheirNode)
{
    EXPECT_EQ(OfNew("KeepCount"), "9");
    w.Tcp(w.Client())->SetAttribute("KeepCount", UintegerValue(5));
    EXPECT_EQ(OfNew("KeepCount"), "5");
    w.Tcp(w.Client())->SetAttribute("Preset", StringValue("linux"));
    EXPECT_EQ(OfNew("SynRetries"), "10");
}

TEST_F(StackPrototype, WhatIsSetForOneSocketIsNotSetForTheNext)
{
    const Ptr<Socket> first = w.MakeSocket(w.Client());
    first->SetAttribute("KeepCount", UintegerValue(6));
    first->SetIpTos(8);
    first->SetConnectCallback([](Ptr<Socket>) { FAIL(); }, [](Ptr<Socket>) { FAIL(); });
    EXPECT_EQ(OfNew("KeepCount"), "9");
    const Ptr<Socket> second = w.MakeSocket(w.Client());
    EXPECT_EQ(second->GetIpTos(), 0);
    w.Listen();
    second->Connect(w.ServerAddress());
    w.Run(Seconds(1));
}

} // namespace ns3
