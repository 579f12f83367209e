#include "rto-estimator.h"

#include <algorithm>

namespace lifecycle
{

RtoEstimator::RtoEstimator(const ConnectionConfig& config)
    : m_rto(config.initialRto)
{
}

void
RtoEstimator::Sample(Duration rtt, const ConnectionConfig& config)
{
    // The timeout never exceeds maxRto, and a peer that echoes nonsense must not spoil the mean for
    // good.
    rtt = std::min(rtt, config.maxRto);
    if (!m_srtt)
    {
        m_srtt = rtt; // RFC 6298 2.2
        m_rttvar = rtt / 2;
    }
    else
    {
        const Duration deviation = rtt < *m_srtt ? *m_srtt - rtt : rtt - *m_srtt;
        m_rttvar = (3 * m_rttvar + deviation) / 4; // RFC 6298 2.3: the variance first
        m_srtt = (7 * *m_srtt + rtt) / 8;
    }
    ForgetBackOff(config);
}

void
RtoEstimator::BackOff(const ConnectionConfig& config, bool ofSyn)
{
    const bool hasSlop = m_srtt || (ofSyn && config.synRtoSlop);
    const Duration slop = hasSlop ? std::min(config.rtoSlop, m_rto) : Duration(0); // not doubled
    const bool isIn = m_srtt || m_rto > config.initialRto; // the first timeout of a SYN is without
    const Duration bare = m_rto - (isIn ? slop : Duration(0));
    m_rto = std::min(2 * bare + slop, std::max(config.maxRto, m_rto));
}

void
RtoEstimator::ForgetBackOff(const ConnectionConfig& config)
{
    m_rto = config.initialRto;
    if (m_srtt)
    {
        m_rto = *m_srtt + std::max(config.clockGranularity, 4 * m_rttvar) + config.rtoSlop;
        m_rto = std::min(std::max(m_rto, config.minRto), config.maxRto);
    }
}

void
RtoEstimator::RestartAfterSynLoss()
{
    m_rto = std::max<Duration>(m_rto, std::chrono::seconds(3));
}

Duration
RtoEstimator::ProbeInterval(const ConnectionConfig& config) const
{
    const bool isBounded = config.persistMax > Duration(0);
    const Duration longest = isBounded ? config.persistMax : config.maxRto;
    return std::max(config.persistMin, std::min(m_rto, longest));
}

} // namespace lifecycle
