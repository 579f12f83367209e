#include "lifecycle-arrivals.h"

#include "../link/input-file.h"

#include "ns3/double.h"
#include "ns3/string.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleArrivals);

namespace
{

constexpr double LONGEST_GAP = 1e9; ///< [s]; as good as never

} // namespace

TypeId
LifecycleArrivals::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::LifecycleArrivals")
            .SetParent<Object>()
            .SetGroupName("TcpLifecycle")
            .AddConstructor<LifecycleArrivals>()
            .AddAttribute("Process",
                          "fixed, poisson, mmpp or file.",
                          StringValue("fixed"),
                          MakeStringAccessor(&LifecycleArrivals::m_process),
                          MakeStringChecker())
            .AddAttribute("Rate",
                          "Arrivals in a second, of mmpp in the quiet phase; 0: all at once.",
                          DoubleValue(0),
                          MakeDoubleAccessor(&LifecycleArrivals::m_rate),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("BurstRate",
                          "Arrivals in a second in the burst phase of mmpp.",
                          DoubleValue(0),
                          MakeDoubleAccessor(&LifecycleArrivals::m_burstRate),
                          MakeDoubleChecker<double>(0))
            .AddAttribute("QuietTime",
                          "Mean length of the quiet phase of mmpp.",
                          TimeValue(Seconds(1)),
                          MakeTimeAccessor(&LifecycleArrivals::m_quietTime),
                          MakeTimeChecker(NanoSeconds(1)))
            .AddAttribute("BurstTime",
                          "Mean length of the burst phase of mmpp.",
                          TimeValue(Seconds(1)),
                          MakeTimeAccessor(&LifecycleArrivals::m_burstTime),
                          MakeTimeChecker(NanoSeconds(1)));
    return tid;
}

LifecycleArrivals::LifecycleArrivals()
    : m_gap(CreateObject<ExponentialRandomVariable>())
{
}

std::string
LifecycleArrivals::ReadFile(const std::string& file)
{
    const lifecycle::InputFile input = lifecycle::ReadInputFile(file);
    if (!input.problem.empty())
    {
        return input.problem;
    }
    std::istringstream in(input.content);
    m_times.clear();
    m_last = Time();
    Time before;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number)
    {
        std::istringstream text(line.substr(0, line.find('#')));
        double seconds = 0;
        std::string rest;
        if (!(text >> std::ws) || text.eof())
        {
            continue;
        }
        const bool isNumber = bool(text >> seconds) && !(text >> rest);
        std::ostringstream place;
        place << "'" << file << "', line " << number << ": '" << lifecycle::Excerpt(line)
              << "' is ";
        if (!isNumber || !(seconds >= 0 && seconds <= 1e9))
        {
            return place.str() + "not allowed; allowed is a time in seconds from 0 to 1000000000";
        }
        const Time at = NanoSeconds(std::llround(seconds * 1e9));
        if (at < before)
        {
            return place.str() + "before the line above; allowed is any time from there on";
        }
        before = at;
        m_times.push_back(at);
    }
    return "";
}

bool
LifecycleArrivals::HasNext() const
{
    return m_process != "file" || !m_times.empty();
}

Time
LifecycleArrivals::NextGap()
{
    if (m_process == "file")
    {
        Time gap = m_times.front() - m_last;
        m_last = m_times.front();
        m_times.pop_front();
        return gap;
    }
    if (m_process == "mmpp")
    {
        double gap = 0; // phase and arrival are exponential: both may be drawn anew in each phase
        while (true)
        {
            const double phase =
                m_gap->GetValue((m_isBurst ? m_burstTime : m_quietTime).GetSeconds(), 0);
            const double rate = m_isBurst ? m_burstRate : m_rate;
            const double arrival = rate > 0 ? m_gap->GetValue(1 / rate, 0) : phase + 1;
            gap += std::min(phase, arrival);
            if (arrival <= phase || gap > LONGEST_GAP)
            {
                return Seconds(std::min(gap, LONGEST_GAP));
            }
            m_isBurst = !m_isBurst;
        }
    }
    if (m_rate == 0)
    {
        return Time();
    }
    return Seconds(m_process == "poisson" ? m_gap->GetValue(1 / m_rate, 0) : 1 / m_rate);
}

int64_t
LifecycleArrivals::AssignStreams(int64_t stream)
{
    m_gap->SetStream(stream);
    return 1;
}

} // namespace ns3
