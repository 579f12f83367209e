#include "stock.h"

#include "ns3/config.h"
#include "ns3/string.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace lifecycle_run
{

using namespace ns3;

namespace
{

/** The settings of ns-3's own TCP that mean what one of ours means. */
const std::map<std::string, std::string> STOCK_ATTRIBUTES{
    {"msl", "ns3::TcpSocketBase::MaxSegLifetime"},
    {"min-rto", "ns3::TcpSocketBase::MinRto"},
    {"initial-rto", "ns3::TcpSocket::ConnTimeout"},
    {"syn-retries", "ns3::TcpSocket::ConnCount"},
    {"data-retries", "ns3::TcpSocket::DataRetries"},
    {"mss", "ns3::TcpSocket::SegmentSize"},
    {"send-buffer", "ns3::TcpSocket::SndBufSize"},
    {"receive-buffer", "ns3::TcpSocket::RcvBufSize"},
};

/** The parameters of the stack that differ from the preset's. */
std::vector<Parameter>
ChangedStackParameters(RunConfig& config)
{
    RunConfig defaults;
    defaults.values = *lifecycle::FindPreset(config.preset);
    const std::vector<Parameter> byDefault = ParametersOf(defaults);
    const std::vector<Parameter> here = ParametersOf(config);
    std::vector<Parameter> changed;
    for (std::size_t i = 0; i < here.size(); ++i)
    {
        if (!here[i].attribute.empty() && ToText(here[i]) != ToText(byDefault[i]))
        {
            changed.push_back(here[i]);
        }
    }
    return changed;
}

} // namespace

/** What is changed for our stack is changed for ns-3's, which reads MaxSegLifetime in seconds. */
void
ConfigureStock(RunConfig config)
{
    for (const Parameter& p : ChangedStackParameters(config))
    {
        const double seconds = std::chrono::duration<double>(config.values.connection.msl).count();
        const std::string value = p.name == "msl" ? std::to_string(seconds)
                                  : p.name == "syn-retries"
                                      ? std::to_string(config.values.connection.synRetries + 1)
                                      : ToText(p);
        Config::SetDefault(STOCK_ATTRIBUTES.at(p.name), StringValue(value));
    }
}

void
CheckStock(RunConfig config)
{
    if (config.preset != "rfc9293")
    {
        throw UsageError("--preset: '" + config.preset +
                         "' is not allowed with --stack=stock; allowed is rfc9293.");
    }
    for (const Parameter& p : ChangedStackParameters(config))
    {
        if (STOCK_ATTRIBUTES.count(p.name) == 0)
        {
            std::string allowed;
            for (const auto& [name, attribute] : STOCK_ATTRIBUTES)
            {
                allowed += (allowed.empty() ? "" : ", ") + name;
            }
            throw UsageError("--" + p.name + ": '" + ToText(p) +
                             "' is not allowed with --stack=stock, which has no such setting; "
                             "allowed are " +
                             allowed + ".");
        }
    }
}

} // namespace lifecycle_run
