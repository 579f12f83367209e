// Settings of the channel and its helper, and the random streams that make its runs equal.

#include "ns3/data-rate.h"
#include "ns3/double.h"
#include "ns3/impaired-channel.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/net-device-container.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

/** The arrivals of a run over a link that does everything at once. */
std::vector<std::pair<int64_t, int64_t>>
ArrivalsOfARun(int64_t stream, double loss)
{
    RngSeedManager::SetSeed(3);
    auto client = CreateObject<Node>();
    auto server = CreateObject<Node>();
    ImpairedLinkHelper link;
    link.SetChannelAttribute("LossProbability", DoubleValue(loss));
    link.SetChannelAttribute("DuplicateProbability", DoubleValue(0.2));
    link.SetChannelAttribute("Jitter", TimeValue(MilliSeconds(3)));
    auto devices = link.Install(client, server);
    link.AssignStreams(devices, stream);

    std::vector<std::pair<int64_t, int64_t>> arrivals; // size, when
    devices.Get(1)->SetReceiveCallback(
        [&arrivals](Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const Address&) {
            arrivals.emplace_back(packet->GetSize(), Simulator::Now().GetNanoSeconds());
            return true;
        });
    for (int i = 0; i < 300; ++i)
    {
        Simulator::Schedule(Seconds(i), [devices, i] {
            devices.Get(0)->Send(Create<Packet>(i + 1), devices.Get(1)->GetAddress(), 0x0800);
        });
    }
    Simulator::Run();
    Simulator::Destroy();
    return arrivals;
}

TEST(ImpairedChannelRuns, AreEqualForEqualStreams)
{
    const auto first = ArrivalsOfARun(50, 0.2);
    EXPECT_GT(first.size(), 200u);
    EXPECT_EQ(first, ArrivalsOfARun(50, 0.2));
    EXPECT_NE(first, ArrivalsOfARun(90, 0.2));
}

TEST(ImpairedChannelRuns, MeetTheSameJitterUnderAnotherLoss)
{
    const auto lossy = ArrivalsOfARun(50, 0.2);
    const auto lossless = ArrivalsOfARun(50, 1e-9);
    const std::set<std::pair<int64_t, int64_t>> all(lossless.begin(), lossless.end());
    EXPECT_LT(lossy.size(), lossless.size());
    int unknown = 0;
    for (const auto& arrival : lossy)
    {
        unknown += all.count(arrival) == 0 ? 1 : 0;
    }
    EXPECT_EQ(unknown, 0);
}

TEST(ImpairedLinkHelper, AssignsAFixedNumberOfStreamsToEachLink)
{
    ImpairedLinkHelper link;
    NetDeviceContainer devices = link.Install(CreateObject<Node>(), CreateObject<Node>());
    EXPECT_EQ(link.AssignStreams(devices, 5), 24);
    devices.Add(link.Install(CreateObject<Node>(), CreateObject<Node>()));
    EXPECT_EQ(link.AssignStreams(devices, 5), 48);
    Simulator::Destroy();
}

TEST(ImpairedLinkHelper, SetsDefaultsThatSuitTcp)
{
    ImpairedLinkHelper link;
    NetDeviceContainer devices = link.Install(CreateObject<Node>(), CreateObject<Node>());
    DataRateValue rate;
    devices.Get(0)->GetAttribute("DataRate", rate);
    EXPECT_EQ(rate.Get(), DataRate("100Mbps"));
    TimeValue delay;
    ImpairedLinkHelper::GetChannel(devices)->GetAttribute("Delay", delay);
    EXPECT_EQ(delay.Get(), MilliSeconds(10));
    Simulator::Destroy();
}

TEST(ImpairedChannelSettings, AreReadBack)
{
    auto channel = CreateObject<ImpairedChannel>();
    channel->SetAttribute("LossProbability", DoubleValue(0.25));
    LinkImpairments impairments;
    impairments.delay = MilliSeconds(5);
    channel->SetImpairments(1, impairments);
    EXPECT_EQ(channel->GetImpairments(0).lossProbability, 0.25);
    EXPECT_EQ(channel->GetImpairments(1).lossProbability, 0.0);
    EXPECT_EQ(channel->GetImpairments(1).delay, MilliSeconds(5));
    channel->SetAttribute("Rules", StringValue(" any:drop 1st FIN ;"));
    EXPECT_EQ(channel->GetRules(), "any: drop 1st FIN");
}

TEST(ImpairedChannelSettings, AreCheckedBeforehand)
{
    LinkImpairments impairments;
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments), "");
    impairments.lossProbability = 2.0;
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments),
              "lossProbability is 2: a probability lies in [0, 1]");
    impairments.lossProbability = 0.0;
    impairments.lossGemodel = "0.1,x";
    EXPECT_EQ(
        ImpairedChannel::FindProblem(impairments),
        "lossGemodel: r is 'x', which is no number from 0 to 1; allowed is p[,r[,1-h[,1-k]]]");
    const auto inCapitals = [](const std::string& field) {
        return field == "lossGemodel" ? "GEMODEL" : field;
    };
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments, false, inCapitals).substr(0, 8),
              "GEMODEL:");
    impairments.lossGemodel = "";
    impairments.corruptProbability = 0.5;
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments),
              "corruptProbability is 0.5 but checksums is false: nobody would notice the damage");
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments, true), "");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: drop 1st FIN; any: corrupt 2nd FIN"),
              "rules: corrupt needs checksums, because nobody would notice the damage: "
              "any: corrupt 2nd FIN");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: corrupt 2nd FIN", {}, true), "");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: drop 1st FIN"), "");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: drop 1st"),
              "rules: expected SYN, SYN-ACK, FIN, ACK, ACK-of-FIN, RST, data or segment "
              "at character 14 (found the end): any: drop 1st[]");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("a->server: drop 1st FIN", {"b", "server"}),
              "rules: no host is called \"a\" (hosts: b, server): a->server: drop 1st FIN");
}

TEST(ImpairedChannelSettingsDeathTest, AbortWithTheSameSentence)
{
    auto channel = CreateObject<ImpairedChannel>();
    LinkImpairments impairments;
    impairments.reorderProbability = 0.5;
    EXPECT_DEATH(channel->SetImpairments(0, impairments), "reordering needs a delay to skip");
    EXPECT_DEATH(channel->SetRules("any: lose 1st FIN"), "expected \"drop\", \"delay\"");
    EXPECT_DEATH(channel->AddOutage(Seconds(2), Seconds(1)), "must end after it begins");
}

// Attributes that contradict each other in mid-run are refused when they are used
TEST(ImpairedChannelSettings, LiveLinkKeepsWhatItHadInsteadOfAContradiction)
{
    auto client = CreateObject<Node>();
    auto server = CreateObject<Node>();
    auto devices = ImpairedLinkHelper().Install(client, server);
    const auto channel = devices.Get(0)->GetChannel();
    int arrived = 0;
    devices.Get(1)->SetReceiveCallback(
        [&arrived](Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address&) {
            ++arrived;
            return true;
        });
    for (int i = 0; i < 2; ++i)
    {
        Simulator::Schedule(Seconds(2 * i), [devices] {
            devices.Get(0)->Send(Create<Packet>(100), devices.Get(1)->GetAddress(), 0x0800);
        });
    }
    Simulator::Schedule(Seconds(1), [channel] {
        channel->SetAttribute("ReorderProbability", DoubleValue(0.5));
        channel->SetAttribute("Delay", TimeValue(Seconds(0)));
    });
    std::ostringstream said;
    std::streambuf* const before = std::clog.rdbuf(said.rdbuf());
    Simulator::Run();
    std::clog.rdbuf(before);
    Simulator::Destroy();
    EXPECT_EQ(arrived, 2);
    EXPECT_NE(said.str().find("reordering needs a delay to skip"), std::string::npos) << said.str();
    EXPECT_NE(said.str().find("; the link keeps what it had"), std::string::npos) << said.str();
}

} // namespace
