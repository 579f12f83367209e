#include "lifecycle-scenario-helper.h"

#include "../model/core/stack-config.h"
#include "../model/stack/settings.h"
#include "../model/wire/translation.h"
#include "scenario/checks.h"
#include "scenario/interrupt.h"
#include "scenario/options.h"
#include "scenario/scenario-run.h"

#include "ns3/abort.h"
#include "ns3/lifecycle-l4-protocol.h"

#include <algorithm>
#include <iostream>

namespace ns3
{

using namespace lifecycle_internal;

LifecycleStackValues::LifecycleStackValues()
    : m_values(std::make_unique<lifecycle::StackConfig>())
{
}

LifecycleStackValues::LifecycleStackValues(const LifecycleStackValues& other)
    : m_values(std::make_unique<lifecycle::StackConfig>(*other.m_values))
{
}

LifecycleStackValues&
LifecycleStackValues::operator=(const LifecycleStackValues& other)
{
    *m_values = *other.m_values;
    return *this;
}

LifecycleStackValues::~LifecycleStackValues() = default;

void
LifecycleStackValues::SetPreset(const std::string& name)
{
    const auto values = lifecycle::FindPreset(name);
    NS_ABORT_MSG_UNLESS(values,
                        "'" << name << "' is no preset; allowed is "
                            << lifecycle::PresetsInWords());
    *m_values = *values;
}

void
LifecycleStackValues::Set(const std::string& attribute, const AttributeValue& value)
{
    const auto& rows = lifecycle::StackOptions();
    const auto row = std::find_if(rows.begin(), rows.end(), [&attribute](const auto& one) {
        return one.name == attribute;
    });
    TypeId::AttributeInformation information;
    NS_ABORT_MSG_UNLESS(
        row != rows.end() &&
            LifecycleL4Protocol::GetTypeId().LookupAttributeByName(attribute, &information),
        "'" << attribute << "' is no attribute of LifecycleL4Protocol that a scenario can set");
    const Ptr<AttributeValue> valid = information.checker->CreateValidValue(value);
    NS_ABORT_MSG_UNLESS(valid,
                        "the value of " << attribute
                                        << " is not allowed; it means: " << information.help);
    Settings settings;
    settings.Set(static_cast<std::size_t>(row - rows.begin()), *valid);
    settings.ApplyTo(*m_values);
}

lifecycle::StackConfig&
LifecycleStackValues::Get()
{
    return *m_values;
}

const lifecycle::StackConfig&
LifecycleStackValues::Get() const
{
    return *m_values;
}

LifecycleScenario::LifecycleScenario()
{
    both.delay = MilliSeconds(10);
    both.distribution = "uniform";
}

void
LifecycleScenario::SetPreset(const std::string& name)
{
    values.SetPreset(name);
    preset = name;
}

Time
LifecycleScenario::WarmUp() const
{
    return warmUp.IsStrictlyPositive() ? warmUp : ToTime(values.Get().connection.TimeWaitLength());
}

namespace
{

/** The scenario, if it can be run. @throws UsageError */
const LifecycleScenario&
Checked(const LifecycleScenario& scenario)
{
    CheckTogether(scenario);
    CheckFolder(scenario);
    return scenario;
}

} // namespace

LifecycleScenarioHelper::LifecycleScenarioHelper(const LifecycleScenario& scenario)
    : m_run(std::make_unique<ScenarioRun>(Checked(scenario)))
{
}

LifecycleScenarioHelper::~LifecycleScenarioHelper() = default;

NodeContainer
LifecycleScenarioHelper::GetClients() const
{
    return m_run->Clients();
}

Ptr<Node>
LifecycleScenarioHelper::GetServer() const
{
    return m_run->Server();
}

NetDeviceContainer
LifecycleScenarioHelper::GetLink(uint32_t client) const
{
    return m_run->Link(client);
}

LifecycleTraceHelper&
LifecycleScenarioHelper::GetTrace()
{
    return m_run->Trace();
}

int
LifecycleScenarioHelper::Run()
{
    return m_run->Run();
}

} // namespace ns3
