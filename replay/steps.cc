#include "steps.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace replay
{

namespace
{

using Json = nlohmann::json;

std::size_t
HostCalled(const std::string& name)
{
    const std::size_t host = name.size() == 1 ? static_cast<std::size_t>(name[0] - 'a') : 3;
    if (host > 2)
    {
        throw StepsError("there is no host '" + name + "'");
    }
    return host;
}

PlayedStep::Kind
KindCalled(const std::string& name)
{
    constexpr std::array<const char*, 7>
        NAMES{"call", "deliver", "lose", "expire", "tick", "duplicate", "forge"};
    const auto* const found = std::find(NAMES.begin(), NAMES.end(), name);
    if (found == NAMES.end())
    {
        throw StepsError("there is no event '" + name + "'");
    }
    return static_cast<PlayedStep::Kind>(found - NAMES.begin());
}

/** The segment that @p json describes, from the host of number @p from. */
SeenAction
ReadSegment(const Json& json, std::size_t from)
{
    SeenAction segment;
    segment.from = from;
    segment.to = HostCalled(json.at("to"));
    segment.seq = json.at("seq").get<std::uint32_t>();
    if (!json.at("ack").is_null())
    {
        segment.ack = json.at("ack").get<std::uint32_t>();
    }
    segment.flags = json.at("flags");
    segment.len = json.at("len");
    segment.window = json.at("window");
    segment.options = json.at("options");
    return segment;
}

SeenAction
ReadAction(const Json& json)
{
    const auto host = json.at("host").get<std::string>();
    if (json.contains("flags"))
    {
        SeenAction action = ReadSegment(json, HostCalled(host));
        SetText(action, host, json.at("reason"));
        return action;
    }
    SeenAction action;
    action.from = HostCalled(host);
    for (const char* const kind : {"transition", "tells", "accepts", "ends"})
    {
        if (json.contains(kind))
        {
            action.what = host + " " + kind + " " + json.at(kind).get<std::string>();
        }
    }
    action.len = json.value("octets", 0U);
    return action;
}

PlayedStep
ReadStep(const Json& json)
{
    PlayedStep step{KindCalled(json.at("event"))};
    if (step.kind == PlayedStep::Kind::TICK)
    {
        step.old = json.at("lost").get<std::vector<std::uint32_t>>();
    }
    else
    {
        step.host = HostCalled(json.at("host"));
    }
    if (step.kind == PlayedStep::Kind::CALL)
    {
        step.call = json.at("call");
    }
    if (json.contains("packet"))
    {
        step.packet = json.at("packet");
    }
    if (step.kind == PlayedStep::Kind::FORGE)
    {
        step.forged = ReadSegment(json, HostCalled(json.at("from")));
    }
    for (const Json& action : json.at("actions"))
    {
        step.actions.push_back(ReadAction(action));
    }
    return step;
}

Steps
ReadAll(const Json& json)
{
    if (json.at("schema") != 1)
    {
        throw StepsError("its schema is not 1");
    }
    Steps all{json.at("broken"), json.at("requirements"), json.at("claim"), json.at("tick_ns")};
    for (const Json& host : json.at("hosts"))
    {
        all.hosts.push_back({host.at("name"),
                             host.at("preset"),
                             host.at("attributes"),
                             host.at("port"),
                             HostCalled(host.at("peer"))});
    }
    if (all.hosts.size() < 2 || all.hosts.size() > 3)
    {
        throw StepsError("it has not two or three hosts");
    }
    for (const Json& step : json.at("steps"))
    {
        all.steps.push_back(ReadStep(step));
    }
    return all;
}

} // namespace

Steps
ReadSteps(const std::string& file)
{
    std::ifstream in(file);
    if (!in)
    {
        throw StepsError("'" + file + "' cannot be read: " + std::strerror(errno) + ".");
    }
    try
    {
        return ReadAll(Json::parse(in));
    }
    catch (const std::exception& error) // of the parser, or ours
    {
        std::string why = error.what();
        std::replace(why.begin(), why.end(), '\n', ' ');
        throw StepsError("'" + file + "' is not what lifecycle-explore --steps writes: " + why +
                         ".");
    }
}

void
SetText(SeenAction& action, const std::string& host, const std::string& reason)
{
    const std::string options = action.options.empty() ? "" : " <" + action.options + ">";
    action.what = host + " sends " + action.flags + ", " + std::to_string(action.len) +
                  " octets, window " + std::to_string(action.window) + options + " (" + reason +
                  ")";
}

} // namespace replay
