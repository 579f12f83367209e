// LifecycleTraceHelper as an ns-3 program meets it: what it refuses, and in whose words; failed opens.

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/node-container.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

using namespace ns3;
namespace fs = std::filesystem;

class TraceHelperTest : public testing::Test
{
  protected:
    TraceHelperTest()
        : m_folder(testing::TempDir() +
                   testing::UnitTest::GetInstance()->current_test_info()->name())
    {
        fs::remove_all(m_folder);
    }

    ~TraceHelperTest() override
    {
        Simulator::Destroy();
        fs::remove_all(m_folder);
    }

    /** The sentence with which @p call is refused; empty if it is not. */
    static std::string Refusal(const std::function<void()>& call)
    {
        try
        {
            call();
            return "";
        }
        catch (const std::runtime_error& error)
        {
            return error.what();
        }
    }

    std::string m_folder;
};

TEST_F(TraceHelperTest, WhatCannotBeRecordedIsRefusedInTheLibrarysWords)
{
    LifecycleTraceHelper trace(m_folder);
    for (const char* wrong : {"everything", "", ",", "none,segments", "segments,none"})
    {
        const std::string sentence = Refusal([&] { trace.Record(wrong); });
        EXPECT_EQ(sentence.rfind("'" + std::string(wrong) + "' cannot be recorded; allowed", 0), 0U)
            << sentence;
        EXPECT_EQ(sentence.find("--"), std::string::npos) << sentence;
    }
    EXPECT_EQ(Refusal([&] { trace.Record("none"); }), "");
    EXPECT_EQ(Refusal([&] { trace.Record("segments,pcap"); }), "");
}

TEST_F(TraceHelperTest, RulesStandInTheRowsOfSegments)
{
    LifecycleTraceHelper trace(m_folder);
    EXPECT_NE(Refusal([&] { trace.Record("rules"); }).find("only be recorded with 'segments'"),
              std::string::npos);
    EXPECT_EQ(Refusal([&] { trace.Record("segments,rules"); }), "");
}

// What a script of ns-3's own TCP has changed is in force, and the manifest tells it
TEST_F(TraceHelperTest, ManifestTellsWhatIsInForceWithTheTcpOfNs3)
{
    Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(7));
    NodeContainer nodes(2);
    InternetStackHelper().Install(nodes.Get(0));
    LifecycleTraceHelper trace(m_folder);
    trace.Install(nodes);
    Simulator::Run();
    trace.Finish();
    Config::Reset();
    const auto manifest = nlohmann::json::parse(std::ifstream(m_folder + "/manifest.json"));
    ASSERT_EQ(manifest["stacks"].size(), 2U);
    const auto& stock = manifest["stacks"][0];
    EXPECT_EQ(stock["tcp"], "stock");
    EXPECT_EQ(stock["changed"], std::vector<std::string>{"MaxSegLifetime"});
    EXPECT_EQ(stock["attributes"]["MaxSegLifetime"], "7");
    EXPECT_EQ(stock["attributes"]["MinRto"], "1s");
    EXPECT_EQ(stock["time-wait_s"], 14);
    EXPECT_EQ(manifest["stacks"][1]["tcp"], "none");
    EXPECT_FALSE(manifest.contains("average"));
}

TEST_F(TraceHelperTest, InputFileThatCannotBeReadIsRefused)
{
    LifecycleTraceHelper trace(m_folder);
    EXPECT_EQ(Refusal([&] { trace.AddInputFile("/nowhere.dist"); }),
              "'/nowhere.dist' cannot be read");
    EXPECT_EQ(Refusal([&] {
                  trace.AddInputFile("/dev/null");
              }).rfind("'/dev/null' is no regular file; allowed is", 0),
              0U);
}

TEST_F(TraceHelperTest, RowsOfOccupancyStandAMillisecondApartOrMore)
{
    LifecycleTraceHelper trace(m_folder);
    EXPECT_NE(Refusal([&] { trace.SetOccupancyInterval(NanoSeconds(1)); }).find("at least 1ms"),
              std::string::npos);
    EXPECT_NE(Refusal([&] { trace.SetOccupancyInterval(Seconds(-1)); }), "");
    EXPECT_EQ(Refusal([&] { trace.SetOccupancyInterval(MilliSeconds(1)); }), "");
    EXPECT_EQ(Refusal([&] { trace.SetOccupancyInterval(Seconds(0)); }), "");
}

TEST_F(TraceHelperTest, SecondRunIntoOneFolderNeedsForceAndIsToldSo)
{
    fs::create_directories(m_folder);
    std::ofstream(m_folder + "/manifest.json") << "{}";
    const std::string sentence = Refusal([&] { LifecycleTraceHelper trace(m_folder); });
    EXPECT_NE(sentence.find("set force"), std::string::npos) << sentence;
    EXPECT_EQ(sentence.find("--"), std::string::npos) << sentence;
    EXPECT_EQ(Refusal([&] { LifecycleTraceHelper trace(m_folder, true); }), "");
}

TEST_F(TraceHelperTest, OpenThatFindsNoRouteIsCounted)
{
    NodeContainer nodes(1); // on no link
    LifecycleStackHelper stack;
    stack.Install(nodes);
    LifecycleTraceHelper trace(m_folder);
    trace.Install(nodes);
    Ptr<LifecycleClient> client = CreateObject<LifecycleClient>();
    client->SetAttribute("Remote", AddressValue(InetSocketAddress("10.9.9.9", 80)));
    client->TraceConnectWithoutContext("OpenFailed",
                                       MakeCallback(&LifecycleTraceHelper::AddFailedOpen, &trace));
    nodes.Get(0)->AddApplication(client);
    Simulator::Schedule(Seconds(1), &LifecycleClient::Open, client);
    Simulator::Run();
    trace.Finish();
    std::ostringstream summary;
    summary << std::ifstream(m_folder + "/summary.json").rdbuf();
    EXPECT_NE(summary.str().find("\"opens-failed-no-route\""), std::string::npos) << summary.str();
    EXPECT_EQ(summary.str().find("\"opens-failed-no-port\""), std::string::npos);
}

// A run that departs from the standard on purpose says so
TEST_F(TraceHelperTest, ManifestNamesTheCounterfactualsOfEveryHostAndSocket)
{
    NodeContainer nodes(3);
    LifecycleStackHelper stack;
    stack.Install(nodes.Get(0));
    stack.SetAttribute("IsnPolicy", StringValue("clock"));
    stack.SetAttribute("KeepCount", UintegerValue(1)); // but keepalive is off
    stack.Install(nodes.Get(1));
    stack.SetPreset("linux");
    stack.Install(nodes.Get(2));
    LifecycleTraceHelper trace(m_folder);
    trace.Install(nodes);
    const auto listener = nodes.Get(0)->GetObject<TcpSocketFactory>()->CreateSocket();
    listener->SetAttribute("TwoWayHandshake", BooleanValue(true));
    listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
    listener->Listen();
    listener->SetAttribute("AwaitFin", BooleanValue(false));
    Simulator::Run();
    trace.Finish();
    const auto manifest = nlohmann::json::parse(std::ifstream(m_folder + "/manifest.json"));
    ASSERT_EQ(manifest["stacks"].size(), 3U);
    EXPECT_EQ(manifest["stacks"][0]["counterfactuals"],
              (std::vector<std::string>{"FIN not awaited", "two-way handshake"}));
    EXPECT_EQ(manifest["stacks"][1]["counterfactuals"], std::vector<std::string>{"ISN clock"});
    EXPECT_EQ(manifest["stacks"][2]["counterfactuals"], std::vector<std::string>{"ISN clock"});
    EXPECT_EQ(manifest["stacks"][2]["preset"], "linux");
    EXPECT_EQ(manifest["hosts"][2]["stack"], 2);
}

} // namespace
} // namespace lifecycle::test
