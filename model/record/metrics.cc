#include "metrics.h"

#include "../core/listen-counters.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace lifecycle
{

const std::vector<MetricDescription>&
MetricDescriptions()
{
    static const std::vector<MetricDescription> ALL = [] {
        const std::string failed =
            "Calls of this host's programs to open a connection that failed, "
            "so that there never was one, whole run: ";
        const std::string ended = "Connections of this host that ended so, whole run: ";
        constexpr bool SOMETIMES = false;
        std::vector<MetricDescription> all{
            {"opens-failed", "calls", failed + "all of them"},
            {"opens-failed-no-port",
             "calls",
             failed + "all ephemeral ports were taken, as by TIME-WAIT",
             SOMETIMES},
            {"opens-failed-port-in-use",
             "calls",
             failed + "the port asked for was taken",
             SOMETIMES},
            {"opens-failed-no-route", "calls", failed + "there was no route", SOMETIMES},
            {"opens-failed-host-down", "calls", failed + "the host was down", SOMETIMES},
            {"opens-failed-other", "calls", failed + "for any other reason", SOMETIMES},
            {"connections-opened",
             "connections",
             "Connections that left CLOSED at this host, whole run: those that the host opened, "
             "and "
             "at a listener the child of each SYN that the listener took, an attacker's SYN as "
             "well "
             "as a client's"},
            {"connections-established",
             "connections",
             "Of these, connections that reached ESTABLISHED at this host, whole run"},
            {"connections-ended-normal", "connections", ended + "closed in order", SOMETIMES},
            {"connections-ended-refused",
             "connections",
             ended + "the peer refused to open",
             SOMETIMES},
            {"connections-ended-reset", "connections", ended + "the peer sent RST", SOMETIMES},
            {"connections-ended-aborted",
             "connections",
             ended + "aborted by this host, or the listener was closed",
             SOMETIMES},
            {"connections-ended-timed-out",
             "connections",
             ended + "retransmissions were used up, those of a child's SYN,ACK included",
             SOMETIMES},
            {"connections-ended-user-timeout",
             "connections",
             ended + "what was sent stayed unanswered for the user timeout",
             SOMETIMES},
            {"connections-ended-keepalive",
             "connections",
             ended + "keepalive probes stayed unanswered",
             SOMETIMES},
            {"connections-ended-crash",
             "connections",
             ended + "this host crashed or rebooted",
             SOMETIMES},
            {"connections-ended-unknown",
             "connections",
             ended + "the stack does not tell why",
             SOMETIMES},
            {"connections-open-at-end",
             "connections",
             "Connections of this host that had not ended when the run did"},
            {"connect-time-mean",
             "s",
             "Mean time from leaving CLOSED to ESTABLISHED at this host, of all connections that "
             "got "
             "there, whole run: at a client from the first SYN, at a server from the creation of "
             "the "
             "child, which with SYN cookies happens at the last ACK of the handshake",
             SOMETIMES},
            {"lifetime-mean",
             "s",
             "Mean time from leaving CLOSED to the end at this host, TIME-WAIT included, of "
             "connections that ended, whole run",
             SOMETIMES},
            {"detection-time-mean",
             "s",
             "Mean time from the fault (--crash-at) to the end at this host, of connections that "
             "ended after the fault",
             SOMETIMES},
            {"time-wait-time-mean",
             "s",
             "Mean time in TIME-WAIT at this host, of connections that left TIME-WAIT, whole run",
             SOMETIMES},
            {"retransmissions", "segments", "Segments that this host sent again, whole run"},
            {"octets-sent",
             "octets",
             "Octets of payload that this host sent, each counted once, whole run"},
            {"octets-received",
             "octets",
             "Octets of payload that this host received in order, whole run"},
            {"syn-received-mean",
             "connections",
             "Time average of this host's connections in SYN-RECEIVED, from from_s to to_s"},
            {"established-mean",
             "connections",
             "Time average of this host's connections in ESTABLISHED, from from_s to to_s"},
            {"time-wait-mean",
             "connections",
             "Time average of this host's connections in TIME-WAIT, from from_s to to_s"},
            {"time-wait-max",
             "connections",
             "Most connections that this host had in TIME-WAIT at a time, whole run"},
            {"time-waits",
             "connections",
             "Connections that came to TIME-WAIT at this host, whole run"},
            {"syn-queue-max",
             "connections",
             "Longest SYN queue, summed over this host's listeners, whole run"},
            {"accept-queue-max",
             "connections",
             "Longest accept queue, summed over this host's listeners, whole run"},
            {"segments-injected",
             "segments",
             "Crafted segments that injectors put on this host's links, whole run",
             SOMETIMES},
        };
        for (const NamedCounter& counter : LISTEN_COUNTERS)
        {
            all.push_back({std::string(counter.name),
                           counter.unit,
                           std::string(counter.help) + ", whole run",
                           SOMETIMES});
        }
        return all;
    }();
    return ALL;
}

namespace
{

/** What a metric is; a reason that a program of its own has given speaks for itself. */
std::string
MeaningOf(const std::string& metric)
{
    for (const MetricDescription& description : MetricDescriptions())
    {
        if (description.name == metric)
        {
            return description.meaning;
        }
    }
    return "Calls of this host's programs to open a connection that failed for the reason that the "
           "program names, whole run";
}

} // namespace

std::string
SummaryJson(const std::vector<Metric>& metrics)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    const auto number = [](double value) -> nlohmann::ordered_json {
        const bool whole = std::nearbyint(value) == value && std::abs(value) < 1e15;
        return whole ? nlohmann::ordered_json(static_cast<std::int64_t>(value))
                     : nlohmann::ordered_json(value);
    };
    const auto seconds = [&](Instant at) {
        return number(std::chrono::duration<double>(at.time_since_epoch()).count());
    };
    for (const Metric& metric : metrics)
    {
        nlohmann::ordered_json one{{"name", metric.name},
                                   {"host", metric.host},
                                   {"unit", metric.unit},
                                   {"value", number(metric.value)}};
        if (metric.averagedOver)
        {
            one["from_s"] = seconds(metric.averagedOver->begin);
            one["to_s"] = seconds(metric.averagedOver->end);
        }
        one["meaning"] = MeaningOf(metric.name);
        list.push_back(one);
    }
    return nlohmann::ordered_json{{"schema", 2}, {"metrics", list}}.dump(2) + "\n";
}

namespace
{

/** The metrics of one host, by name. */
using HostMetrics = std::map<std::string, double>;

std::string
SummaryLine(const std::string& host, const HostMetrics& values)
{
    const auto count = [](double value) { return std::to_string(std::llround(value)); };
    std::string line = "  " + host + ": " + count(values.at("connections-opened")) + " opened, " +
                       count(values.at("connections-established")) + " established";
    const std::string ended = "connections-ended-";
    for (const auto& [name, value] : values)
    {
        if (name.rfind(ended, 0) == 0)
        {
            line += ", " + count(value) + " ended " + name.substr(ended.size());
        }
    }
    for (const auto& [name, words] : {std::pair("opens-failed", "could not be opened"),
                                      std::pair("connections-open-at-end", "open at the end"),
                                      std::pair("retransmissions", "retransmitted"),
                                      std::pair("time-wait-max", "at most in TIME-WAIT")})
    {
        const auto found = values.find(name);
        if (found != values.end() && found->second > 0)
        {
            line += ", " + count(found->second) + " " + words;
        }
    }
    return line + "\n";
}

} // namespace

std::string
SummaryText(const std::vector<Metric>& metrics)
{
    constexpr std::size_t MOST_HOSTS = 6;
    std::vector<std::pair<std::string, HostMetrics>> hosts; // with TCP, in the order of the metrics
    for (const Metric& metric : metrics)
    {
        if (metric.name == "opens-failed") // the first of each
        {
            hosts.emplace_back(metric.host, HostMetrics{});
        }
        if (!hosts.empty() && hosts.back().first == metric.host)
        {
            hosts.back().second.emplace(metric.name, metric.value);
        }
    }
    std::stable_sort(hosts.begin(), hosts.end(), [](const auto& one, const auto& other) {
        return one.second.at("connections-opened") > other.second.at("connections-opened");
    });
    std::string text;
    for (std::size_t i = 0; i < std::min(hosts.size(), MOST_HOSTS); ++i)
    {
        text += SummaryLine(hosts[i].first, hosts[i].second);
    }
    if (hosts.size() > MOST_HOSTS)
    {
        text += "  and " + std::to_string(hosts.size() - MOST_HOSTS) + " hosts more\n";
    }
    return text;
}

} // namespace lifecycle
