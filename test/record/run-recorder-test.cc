// The recorder: what stands in the tables of a run, and what the summary counts.

#include "../../model/record/run-recorder.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace lifecycle::test
{
namespace
{

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/** A recorder for two hosts, in a folder of its own. */
class RunRecorderTest : public testing::Test
{
  protected:
    RunRecorderTest()
        : m_path(testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name())
    {
        fs::remove_all(m_path);
    }

    ~RunRecorderTest() override
    {
        fs::remove_all(m_path);
    }

    RunRecorder& Recorder()
    {
        if (!m_recorder)
        {
            m_folder.emplace(m_path, false);
            m_recorder.emplace(*m_folder, m_options, m_hosts);
        }
        return *m_recorder;
    }

    void Moves(Duration at, std::size_t host, std::uint64_t id, State from, State to)
    {
        Recorder().Transition(Instant(at), host, {{id, "a:1", "b:2"}, from, to, "T00", "cause"});
    }

    std::string Read(const std::string& name) const
    {
        std::ifstream in(m_path + "/" + name, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

    const Metric* FindMetric(const std::string& name, const std::string& host)
    {
        m_metrics = Recorder().Metrics();
        const auto found =
            std::find_if(m_metrics.begin(), m_metrics.end(), [&](const Metric& metric) {
                return metric.name == name && metric.host == host;
            });
        return found == m_metrics.end() ? nullptr : &*found;
    }

    double MetricOf(const std::string& name, const std::string& host)
    {
        const Metric* metric = FindMetric(name, host);
        EXPECT_NE(metric, nullptr) << "no metric " << name << " of " << host;
        return metric == nullptr ? 0 : metric->value;
    }

    std::string m_path;
    std::vector<RecordedHost> m_hosts{{"client"}, {"server"}};
    std::vector<Metric> m_metrics;
    RecordOptions m_options;
    std::optional<RunFolder> m_folder;
    std::optional<RunRecorder> m_recorder;
};

TEST_F(RunRecorderTest, RunWithoutEventsHasItsTablesAndARowForEachHost)
{
    Recorder().Finish(Instant(1s), {{}, {}});
    EXPECT_EQ(Read("transitions.csv"),
              "time_s,host,connection,local,remote,from,to,transition,cause\n");
    const std::string occupancy = Read("occupancy.csv");
    EXPECT_EQ(std::count(occupancy.begin(), occupancy.end(), '\n'), 3);
}

TEST_F(RunRecorderTest, LifeOfAClientIsOneRow)
{
    Moves(0s, 0, 1, State::CLOSED, State::SYN_SENT);
    Moves(1s, 0, 1, State::SYN_SENT, State::ESTABLISHED);
    Moves(2s, 0, 1, State::ESTABLISHED, State::FIN_WAIT_1);
    Moves(3s, 0, 1, State::FIN_WAIT_1, State::TIME_WAIT);
    Moves(33s, 0, 1, State::TIME_WAIT, State::CLOSED);
    Recorder().End(Instant(33s), 0, {1, "normal", 100, 1000, 2});
    Recorder().Finish(Instant(40s), {{}, {}});
    EXPECT_EQ(Read("connections.csv"),
              "host,connection,local,remote,role,opened_s,established_s,closed_s,reason,"
              "octets_sent,octets_received,retransmissions,closed_first\n"
              "client,1,a:1,b:2,active,0.000000000,1.000000000,33.000000000,normal,100,1000,2,"
              "self\n");
    EXPECT_EQ(MetricOf("connections-ended-normal", "client"), 1);
    EXPECT_EQ(MetricOf("retransmissions", "client"), 2);
    EXPECT_EQ(MetricOf("octets-received", "client"), 1000);
}

TEST_F(RunRecorderTest, ListenerIsNoConnectionAndItsChildrenDoNotUseItUp)
{
    Moves(0s, 1, 1, State::CLOSED, State::LISTEN);
    Moves(1s, 1, 2, State::LISTEN, State::SYN_RECEIVED);
    Moves(2s, 1, 2, State::SYN_RECEIVED, State::LISTEN); // reset: T14
    Recorder().End(Instant(2s), 1, {2, "refused", 0, 0, 0});
    const auto& levels = Recorder().OccupancyOf(1).Levels();
    EXPECT_EQ(levels.inState[static_cast<std::size_t>(State::LISTEN)], 1U);
    EXPECT_EQ(levels.inState[static_cast<std::size_t>(State::SYN_RECEIVED)], 0U);
    Recorder().Finish(Instant(3s), {{}, {{1, "open", 0, 0, 0}}});
    const std::string rows = Read("connections.csv");
    EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 3);
    EXPECT_NE(rows.find("listener,0.000000000,,,open,0,0,0,none\n"), std::string::npos) << rows;
    EXPECT_EQ(MetricOf("connections-opened", "server"), 1);
    EXPECT_EQ(MetricOf("connections-open-at-end", "server"), 0);
}

TEST_F(RunRecorderTest, CrashEmptiesTheHost)
{
    Moves(0s, 1, 1, State::CLOSED, State::LISTEN);
    Moves(1s, 1, 2, State::LISTEN, State::SYN_RECEIVED);
    Moves(2s, 1, 2, State::SYN_RECEIVED, State::ESTABLISHED);
    Recorder().End(Instant(3s), 1, {1, "crash", 0, 0, 0});
    Recorder().End(Instant(3s), 1, {2, "crash", 5, 6, 0});
    for (const auto count : Recorder().OccupancyOf(1).Levels().inState)
    {
        EXPECT_EQ(count, 0U);
    }
    Recorder().Finish(Instant(4s), {{}, {}});
    EXPECT_NE(Read("connections.csv").find("listener,0.000000000,,3.000000000,crash,0,0,0,none\n"),
              std::string::npos);
    EXPECT_EQ(MetricOf("connections-ended-crash", "server"), 1);
    EXPECT_EQ(MetricOf("octets-sent", "server"), 5);
}

TEST_F(RunRecorderTest, OpenConnectionsComeLastWithoutAnEnd)
{
    Moves(0s, 0, 1, State::CLOSED, State::SYN_SENT);
    Recorder().Finish(Instant(5s), {{{1, "open", 0, 0, 3}}, {}});
    EXPECT_NE(Read("connections.csv").find("active,0.000000000,,,open,0,0,3,none\n"),
              std::string::npos);
    EXPECT_EQ(MetricOf("retransmissions", "client"), 3);
    EXPECT_EQ(MetricOf("connections-open-at-end", "client"), 1);
    EXPECT_EQ(FindMetric("connections-ended-open", "client"), nullptr);
}

TEST_F(RunRecorderTest, FailedOpensAreCountedByReasonThoughThereWasNoConnection)
{
    Recorder().OpenFailed(0, "no-port");
    Recorder().OpenFailed(0, "no-port");
    Recorder().OpenFailed(0, "no-route");
    Recorder().Finish(Instant(1s), {{}, {}});
    EXPECT_EQ(MetricOf("opens-failed", "client"), 3);
    EXPECT_EQ(MetricOf("opens-failed-no-port", "client"), 2);
    EXPECT_EQ(MetricOf("opens-failed-no-route", "client"), 1);
    EXPECT_EQ(MetricOf("opens-failed", "server"), 0);
    EXPECT_EQ(MetricOf("connections-opened", "client"), 0);
}

TEST_F(RunRecorderTest, WhatAStackDoesNotTellStaysEmptyAndIsNoMetric)
{
    m_hosts[0].tellsAll = false;
    Moves(0s, 0, 1, State::CLOSED, State::SYN_SENT);
    Moves(1s, 0, 1, State::SYN_SENT, State::ESTABLISHED);
    Moves(2s, 0, 1, State::ESTABLISHED, State::CLOSED);
    Recorder().End(Instant(2s), 0, {1, "", 0, 0, 0});
    Recorder().Finish(Instant(3s), {{}, {}});
    EXPECT_NE(Read("connections.csv").find("active,0.000000000,1.000000000,2.000000000,,,,,\n"),
              std::string::npos);
    EXPECT_EQ(MetricOf("connections-ended-unknown", "client"), 1);
    for (const char* name : {"octets-sent", "octets-received", "retransmissions", "syn-queue-max"})
    {
        EXPECT_EQ(FindMetric(name, "client"), nullptr) << name;
        EXPECT_NE(FindMetric(name, "server"), nullptr) << name;
    }
}

TEST_F(RunRecorderTest, MeanTellsItsInterval)
{
    m_options.averageFrom = Instant(10s);
    m_options.averageTo = Instant(20s);
    Recorder().Finish(Instant(15s), {{}, {}}); // cut short
    const auto over = FindMetric("time-wait-mean", "client")->averagedOver;
    ASSERT_TRUE(over);
    EXPECT_EQ(over->begin, Instant(10s));
    EXPECT_EQ(over->end, Instant(15s));
    EXPECT_TRUE(FindMetric("established-mean", "server")->averagedOver);
    EXPECT_FALSE(FindMetric("time-wait-max", "client")->averagedOver);
}

TEST_F(RunRecorderTest, RunThatEndsBeforeTheIntervalHasNoMean)
{
    m_options.averageFrom = Instant(10s);
    Recorder().Finish(Instant(5s), {{}, {}});
    EXPECT_EQ(FindMetric("time-wait-mean", "client"), nullptr);
    EXPECT_EQ(MetricOf("time-wait-max", "client"), 0);
}

TEST_F(RunRecorderTest, MeanTimesAreOfWhatGotThere)
{
    m_options.faultAt = Instant(5s);
    Moves(1s, 0, 1, State::CLOSED, State::SYN_SENT);
    Moves(1s, 0, 2, State::CLOSED, State::SYN_SENT);
    Moves(1500ms, 0, 1, State::SYN_SENT, State::ESTABLISHED);
    Recorder().End(Instant(4s), 0, {2, "timed-out", 0, 0, 0}); // before the fault
    Recorder().End(Instant(9s), 0, {1, "keepalive", 0, 0, 0});
    Recorder().Finish(Instant(10s), {{}, {}});
    EXPECT_DOUBLE_EQ(MetricOf("connect-time-mean", "client"), 0.5);
    EXPECT_DOUBLE_EQ(MetricOf("lifetime-mean", "client"), 5.5);
    EXPECT_DOUBLE_EQ(MetricOf("detection-time-mean", "client"), 4);
    for (const Metric& metric : Recorder().Metrics())
    {
        EXPECT_FALSE(metric.host == "server" && metric.unit == "s") << metric.name;
    }
}

TEST_F(RunRecorderTest, StaysInTimeWaitAreCountedAndTimed)
{
    Moves(0s, 0, 1, State::CLOSED, State::SYN_SENT);
    Moves(1s, 0, 1, State::SYN_SENT, State::TIME_WAIT);
    Moves(3s, 0, 1, State::TIME_WAIT, State::CLOSED);
    Recorder().Finish(Instant(10s), {{}, {}});
    EXPECT_EQ(MetricOf("time-waits", "client"), 1);
    EXPECT_DOUBLE_EQ(MetricOf("time-wait-time-mean", "client"), 2);
    EXPECT_EQ(MetricOf("time-waits", "server"), 0);
}

// Covers T31, T16
TEST_F(RunRecorderTest, NewIncarnationTakesThePlaceOfTheOldInTimeWait)
{
    Moves(0s, 1, 1, State::CLOSED, State::TIME_WAIT);
    Recorder().End(Instant(4s), 1, {1, "normal", 0, 0, 0});
    Moves(4s, 1, 2, State::TIME_WAIT, State::SYN_RECEIVED);
    EXPECT_EQ(
        Recorder().OccupancyOf(1).Levels().inState[static_cast<std::size_t>(State::TIME_WAIT)],
        0U);
    Moves(5s, 1, 2, State::SYN_RECEIVED, State::TIME_WAIT); // reset
    Recorder().Finish(Instant(10s), {{}, {}});
    EXPECT_EQ(MetricOf("time-waits", "server"), 2);
    EXPECT_DOUBLE_EQ(MetricOf("time-wait-time-mean", "server"), 4); // the second lasts on
    EXPECT_DOUBLE_EQ(MetricOf("syn-received-mean", "server"), 0.1);
}

TEST_F(RunRecorderTest, EveryMetricIsDescribedWithItsUnit)
{
    Moves(0s, 0, 1, State::CLOSED, State::SYN_SENT);
    Moves(1s, 0, 1, State::SYN_SENT, State::TIME_WAIT);
    Moves(1s, 0, 1, State::TIME_WAIT, State::ESTABLISHED);
    for (const char* reason : {"normal", "keepalive"})
    {
        Recorder().End(Instant(2s), 0, {1, reason, 0, 0, 0});
    }
    Recorder().Counter(1, "syns-dropped", "segments", 3);
    Recorder().Finish(Instant(3s), {{}, {}});
    std::size_t always = 0;
    for (const MetricDescription& known : MetricDescriptions())
    {
        always += known.always ? 1 : 0;
    }
    std::size_t found = 0;
    for (const Metric& metric : Recorder().Metrics())
    {
        const auto& all = MetricDescriptions();
        const auto known = std::find_if(all.begin(), all.end(), [&](const auto& m) {
            return m.name == metric.name;
        });
        ASSERT_NE(known, all.end()) << metric.name;
        EXPECT_EQ(known->unit, metric.unit) << metric.name;
        found += known->always ? 1 : 0;
    }
    EXPECT_EQ(found, 2 * always);
}

TEST_F(RunRecorderTest, CountersOfTheStackStandInTheMetricsIfTheyCount)
{
    Recorder().Finish(Instant(1s), {{}, {}});
    Recorder().Counter(1, "cookies-sent", "segments", 7);
    Recorder().Counter(1, "cookies-forged", "segments", 0);
    EXPECT_EQ(MetricOf("cookies-sent", "server"), 7);
    for (const Metric& metric : Recorder().Metrics())
    {
        EXPECT_NE(metric.name, "cookies-forged");
        EXPECT_FALSE(metric.name == "cookies-sent" && metric.host == "client");
    }
}

TEST_F(RunRecorderTest, MeanIsExactOverTheIntervalAlone)
{
    m_options.averageFrom = Instant(10s);
    m_options.averageTo = Instant(20s);
    Moves(0s, 0, 1, State::CLOSED, State::SYN_SENT);
    Moves(1s, 0, 1, State::SYN_SENT, State::TIME_WAIT); // there before the interval
    Moves(12s, 0, 1, State::TIME_WAIT, State::CLOSED);  // 2 s of it
    Moves(15s, 0, 2, State::CLOSED, State::TIME_WAIT);  // 5 s of it
    Moves(30s, 0, 2, State::TIME_WAIT, State::CLOSED);
    Recorder().Finish(Instant(40s), {{}, {}});
    EXPECT_DOUBLE_EQ(MetricOf("time-wait-mean", "client"), 0.7);
    EXPECT_EQ(MetricOf("time-wait-max", "client"), 1);
}

TEST_F(RunRecorderTest, MeanGoesToTheEndWhereTheIntervalIsOpen)
{
    Moves(0s, 0, 1, State::CLOSED, State::TIME_WAIT);
    Recorder().Finish(Instant(4s), {{}, {}});
    EXPECT_DOUBLE_EQ(MetricOf("time-wait-mean", "client"), 1);
}

TEST_F(RunRecorderTest, OccupancyIntervalGivesRowsAtThatSpacingForAllHosts)
{
    m_options.occupancyInterval = 1s;
    Moves(500ms, 0, 1, State::CLOSED, State::SYN_SENT);
    Moves(2500ms, 0, 1, State::SYN_SENT, State::ESTABLISHED);
    Recorder().Finish(Instant(3s), {{}, {}});
    const std::string text = Read("occupancy.csv");
    std::istringstream lines(text);
    std::string line;
    std::vector<std::string> times;
    std::getline(lines, line);
    while (std::getline(lines, line))
    {
        times.push_back(line.substr(0, line.find(',', line.find(',') + 1)));
    }
    EXPECT_EQ(times,
              (std::vector<std::string>{"0.000000000,client",
                                        "0.000000000,server",
                                        "1.000000000,client",
                                        "1.000000000,server",
                                        "2.000000000,client",
                                        "2.000000000,server",
                                        "3.000000000,client",
                                        "3.000000000,server"}));
    EXPECT_NE(text.find("1.000000000,client,0,1,"), std::string::npos);
}

TEST_F(RunRecorderTest, NothingIsWrittenThatIsNotAskedFor)
{
    m_options.transitions = m_options.segments = m_options.timers = false;
    m_options.occupancy = m_options.connections = false;
    Moves(0s, 0, 1, State::CLOSED, State::SYN_SENT);
    Recorder().Segment(Instant(0s), 0, {});
    Recorder().Finish(Instant(1s), {{}, {}});
    m_folder->Finish();
    EXPECT_TRUE(fs::is_empty(m_path));
    EXPECT_EQ(MetricOf("connections-opened", "client"), 1);
}

TEST_F(RunRecorderTest, SegmentIsOneRow)
{
    RecordedSegment segment;
    segment.connection = {7, "a:1", "b:2"};
    segment.event = "tx";
    segment.packet = 42;
    segment.flags = "S.";
    segment.seq = 4294967295;
    segment.ack = 0;
    segment.window = 65535;
    segment.options = "mss 1460";
    segment.reason = "new";
    Recorder().Segment(Instant(1ms), 1, segment);
    Recorder().Finish(Instant(1s), {{}, {}});
    EXPECT_NE(
        Read("segments.csv")
            .find("0.001000000,server,7,tx,42,a:1,b:2,S.,4294967295,0,0,65535,mss 1460,new,\n"),
        std::string::npos);
}

TEST_F(RunRecorderTest, RulesAreAColumnOnRequest)
{
    m_options.rules = true;
    RecordedSegment segment;
    segment.connection = {7, "a:1", "b:2"};
    segment.event = "lost";
    segment.reason = "queue";
    segment.where = "router/1";
    segment.rules = "P25, P30";
    Recorder().Segment(Instant(1ms), 1, segment);
    Recorder().Finish(Instant(1s), {{}, {}});
    EXPECT_NE(Read("segments.csv").find(",reason,where,rules\n"), std::string::npos);
    EXPECT_NE(Read("segments.csv").find(",queue,router/1,\"P25, P30\"\n"), std::string::npos);
}

TEST_F(RunRecorderTest, TimersAreRowsAndOnlyOneThatRunsHasADeadline)
{
    Recorder().Timer(Instant(1s), 0, {{7, "a:1", "b:2"}, "time-wait", "armed", Instant(11s)});
    Recorder().Timer(Instant(11s), 0, {{7, "a:1", "b:2"}, "time-wait", "expired", {}});
    Recorder().Finish(Instant(12s), {{}, {}});
    EXPECT_EQ(Read("timers.csv"),
              "time_s,host,connection,local,remote,timer,event,expires_s\n"
              "1.000000000,client,7,a:1,b:2,time-wait,armed,11.000000000\n"
              "11.000000000,client,7,a:1,b:2,time-wait,expired,\n");
}

TEST_F(RunRecorderTest, SummaryForPeopleHasALineForEachHostAndBoundsThem)
{
    m_hosts.assign(20, {"host"});
    for (std::size_t i = 0; i < m_hosts.size(); ++i)
    {
        m_hosts[i].name += std::to_string(i);
    }
    Moves(0s, 19, 1, State::CLOSED, State::SYN_SENT); // the busiest comes first
    Recorder().End(Instant(3s), 19, {1, "timed-out", 0, 0, 6});
    Recorder().Finish(Instant(4s), std::vector<std::vector<RecordedEnd>>(m_hosts.size()));
    const std::string text = SummaryText(Recorder().Metrics());
    EXPECT_EQ(
        text.rfind("  host19: 1 opened, 0 established, 1 ended timed-out, 6 retransmitted\n", 0),
        0U)
        << text;
    EXPECT_NE(text.find("  and 14 hosts more\n"), std::string::npos) << text;
}

TEST(SummaryJson, HoldsEachMetricAndWhatItIs)
{
    Metric metric{"time-wait-mean", "client", "connections", 5999.25, std::nullopt};
    metric.averagedOver = AveragedOver{Instant(30s), Instant(120500ms)};
    const auto json = nlohmann::json::parse(SummaryJson({metric, {"n", "client", "1", 3, {}}}));
    EXPECT_EQ(json["schema"], 2);
    EXPECT_EQ(json["metrics"][0]["value"], 5999.25);
    EXPECT_EQ(json["metrics"][0]["meaning"],
              "Time average of this host's connections in TIME-WAIT, from from_s to to_s");
    EXPECT_EQ(json["metrics"][0]["from_s"].dump(), "30");
    EXPECT_EQ(json["metrics"][0]["to_s"].dump(), "120.5");
    EXPECT_FALSE(json["metrics"][1].contains("from_s"));
    EXPECT_EQ(json["metrics"][1]["value"].dump(), "3");
}

} // namespace
} // namespace lifecycle::test
