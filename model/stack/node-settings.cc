#include "node-settings.h"

#include "stock-defaults.h"

namespace ns3::lifecycle_internal
{

NodeSettings::NodeSettings()
{
    HeedStock();
}

void
NodeSettings::Set(std::size_t index, const AttributeValue& value)
{
    m_explicit.Set(index, value);
    m_inForce.reset();
}

void
NodeSettings::HeedStock()
{
    m_stock = Settings();
    HeedStockDefaults(m_stock);
    m_inForce.reset();
}

const lifecycle::StackConfig&
NodeSettings::InForce() const
{
    if (!m_inForce)
    {
        m_inForce = *lifecycle::FindPreset(m_preset);
        m_stock.ApplyTo(*m_inForce);
        m_explicit.ApplyTo(*m_inForce);
    }
    return *m_inForce;
}

void
NodeSettings::NoteUse(const lifecycle::StackConfig& config)
{
    if (m_used == config)
    {
        return;
    }
    m_used = config;
    for (const std::string_view name :
         lifecycle::Counterfactuals(config, *lifecycle::FindPreset(m_preset)))
    {
        m_counterfactuals.insert(name);
    }
}

std::set<std::string>
NodeSettings::Counterfactuals() const
{
    std::set<std::string> names(m_counterfactuals.begin(), m_counterfactuals.end());
    for (const std::string_view name :
         lifecycle::Counterfactuals(InForce(), *lifecycle::FindPreset(m_preset)))
    {
        names.emplace(name);
    }
    return names;
}

} // namespace ns3::lifecycle_internal
