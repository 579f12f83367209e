#include "compact-record.h"

#include <algorithm>

namespace lifecycle
{

SharedConfig
ConfigPool::Share(const SharedConfig& config)
{
    constexpr std::size_t KEPT = 16;
    const auto found = std::find(m_configs.rbegin(), m_configs.rend(), config);
    if (found != m_configs.rend())
    {
        return *found;
    }
    if (m_configs.size() == KEPT)
    {
        m_configs.erase(m_configs.begin());
    }
    return m_configs.emplace_back(config);
}

} // namespace lifecycle
