#include "compact-record.h"

#include <algorithm>

namespace lifecycle
{

SharedConfig
ConfigPool::Share(const ConnectionConfig& config)
{
    const auto found =
        std::find_if(m_configs.begin(), m_configs.end(), [&config](const SharedConfig& known) {
            return known.Get() == config;
        });
    if (found != m_configs.end())
    {
        return *found;
    }
    const auto unused = std::remove_if(m_configs.begin(),
                                       m_configs.end(),
                                       [](const SharedConfig& known) { return !known.IsShared(); });
    m_configs.erase(unused, m_configs.end());
    return m_configs.emplace_back(config);
}

} // namespace lifecycle
