#include "lifecycle-trace-helper.h"

#include "../model/link/input-file.h"
#include "../model/wire/translation.h"
#include "recording/run-recording.h"

#include "ns3/hash.h"
#include "ns3/node.h"

#include <algorithm>
#include <iomanip>
#include <set>
#include <sstream>
#include <stdexcept>

namespace ns3
{

using namespace lifecycle_internal;

LifecycleTraceHelper::LifecycleTraceHelper(const std::string& folder, bool force)
    : m_recording(std::make_unique<RunRecording>(folder, force))
{
}

LifecycleTraceHelper::~LifecycleTraceHelper() = default;

void
LifecycleTraceHelper::Record(const std::string& what)
{
    const std::set<std::string>
        known{"transitions", "segments", "timers", "occupancy", "connections", "rules", "pcap"};
    std::set<std::string> wanted;
    std::istringstream list(what);
    for (std::string name; std::getline(list, name, ',');)
    {
        wanted.insert(name);
    }
    const bool allKnown = std::includes(known.begin(), known.end(), wanted.begin(), wanted.end());
    if (what != "none" && (wanted.empty() || !allKnown))
    {
        throw std::runtime_error("'" + what +
                                 "' cannot be recorded; allowed are transitions, segments, "
                                 "timers, occupancy, connections, rules and pcap, separated by "
                                 "commas, or none.");
    }
    if (wanted.count("rules") > 0 && wanted.count("segments") == 0)
    {
        throw std::runtime_error("'rules' can only be recorded with 'segments', whose rows they "
                                 "stand in.");
    }
    wanted.erase("none");
    lifecycle::RecordOptions& options = m_recording->m_options;
    options.transitions = wanted.count("transitions") > 0;
    options.segments = wanted.count("segments") > 0;
    options.rules = wanted.count("rules") > 0;
    options.timers = wanted.count("timers") > 0;
    options.occupancy = wanted.count("occupancy") > 0;
    options.connections = wanted.count("connections") > 0;
    m_recording->m_record.assign(wanted.begin(), wanted.end());
}

void
LifecycleTraceHelper::SetOccupancyInterval(Time spacing)
{
    if (!spacing.IsZero() && spacing < MilliSeconds(1))
    {
        throw std::runtime_error("rows of occupancy.csv cannot stand " +
                                 std::to_string(spacing.GetNanoSeconds()) +
                                 "ns apart; allowed is at least 1ms, or 0: at each change.");
    }
    m_recording->m_options.occupancyInterval = ToDuration(spacing);
}

void
LifecycleTraceHelper::SetAverageInterval(Time from, Time to)
{
    m_recording->m_options.averageFrom = lifecycle::Instant(ToDuration(from));
    m_recording->m_options.averageTo = lifecycle::Instant(ToDuration(to));
}

void
LifecycleTraceHelper::SetFault(Time at)
{
    m_recording->m_options.faultAt = lifecycle::Instant(ToDuration(at));
}

void
LifecycleTraceHelper::SetProgram(const std::string& program)
{
    m_recording->m_program = program;
}

void
LifecycleTraceHelper::SetParameter(const std::string& name, const std::string& value, bool changed)
{
    m_recording->m_parameters[name] = value;
    if (changed)
    {
        m_recording->m_changed.push_back(name);
    }
}

void
LifecycleTraceHelper::AddInputFile(const std::string& file)
{
    const lifecycle::InputFile input = lifecycle::ReadInputFile(file);
    if (!input.problem.empty())
    {
        throw std::runtime_error(input.problem);
    }
    std::ostringstream hash;
    hash << "fnv1a-64:" << std::hex << std::setfill('0') << std::setw(16)
         << Hasher(Create<Hash::Function::Fnv1a>()).GetHash64(input.content);
    m_recording->m_inputFiles[file] = hash.str();
}

void
LifecycleTraceHelper::AddHost(Ptr<Node> node, const std::string& name, const std::string& role)
{
    m_recording->AddHost(node, name, role);
}

void
LifecycleTraceHelper::SetInterrupted()
{
    m_recording->m_isInterrupted = true;
}

void
LifecycleTraceHelper::AddSocket(Ptr<Socket> socket, const Address& remote)
{
    m_recording->AddSocket(socket, remote);
}

void
LifecycleTraceHelper::AddInjector(Ptr<LifecycleInjector> injector)
{
    m_recording->AddInjector(injector);
}

void
LifecycleTraceHelper::AddFailedOpen(Ptr<Node> node, const std::string& reason)
{
    m_recording->AddFailedOpen(node, reason);
}

void
LifecycleTraceHelper::Install(const NodeContainer& nodes)
{
    for (auto node = nodes.Begin(); node != nodes.End(); ++node)
    {
        AddHost(*node, NameOf(*node), "host");
    }
}

void
LifecycleTraceHelper::Start()
{
    m_recording->Recorder();
}

void
LifecycleTraceHelper::Finish()
{
    m_recording->Finish();
}

std::string
LifecycleTraceHelper::Summary() const
{
    return m_recording->Summary();
}

} // namespace ns3
