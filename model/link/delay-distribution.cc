#include "delay-distribution.h"

#include "input-file.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <sstream>
#include <utility>

namespace lifecycle
{
namespace
{

constexpr double TABLE_SCALE = 8192.0; // as in tc: the number that stands for one jitter
constexpr double PARETO_MAX = 4.0;     // the largest deviation that 16 bits hold at that scale
constexpr std::size_t MAX_TABLE_SIZE = 65536;
constexpr double SMALLEST_TAIL = 0x1p-53; // the spacing of random numbers below 1

/**
 * The quantile function of the standard normal distribution.
 *
 * Newton's method on the upper tail Q(x) = erfc(x / sqrt 2) / 2. Q is convex for x > 0, so that the
 * iteration starting at 0 never oversteps.
 */
double
NormalQuantile(double u)
{
    const double tail = std::max(std::min(u, 1.0 - u), SMALLEST_TAIL);
    const double sqrtTwoPi = std::sqrt(2.0 * std::acos(-1.0));
    double x = 0.0;
    double step = 1.0;
    while (step > 1e-9)
    {
        const double density = std::exp(-x * x / 2.0) / sqrtTwoPi;
        step = (std::erfc(x / std::sqrt(2.0)) / 2.0 - tail) / density;
        x += step;
    }
    return u < 0.5 ? -x : x;
}

double
ParetoQuantile(double u)
{
    return std::min(4.0 / 3.0 * (1.0 / std::cbrt(1.0 - u) - 1.5), PARETO_MAX);
}

/** The numbers of a table file; or what is wrong with the file. */
std::variant<std::vector<std::int16_t>, std::string>
ReadTable(const std::string& name)
{
    const InputFile file = ReadInputFile(name);
    if (!file.problem.empty())
    {
        return "the table file " + file.problem;
    }
    const std::string& text = file.content;
    if (text.empty())
    {
        return "the table file '" + name + "' is empty";
    }
    if (text.back() != '\n')
    {
        return "the table file '" + name + "' ends within a line, so it seems to be cut short";
    }
    std::vector<std::int16_t> table;
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);)
    {
        ++number;
        std::istringstream words(line.substr(0, line.find('#')));
        for (std::string word; words >> word;)
        {
            std::istringstream digits(word);
            std::int16_t value = 0;
            if (!(digits >> value) || digits.peek() != std::istringstream::traits_type::eof())
            {
                std::ostringstream problem;
                problem << "line " << number << " of the table file '" << name << "' holds '"
                        << Excerpt(word) << "', which is no whole number from -32768 to 32767";
                return problem.str();
            }
            table.push_back(value);
        }
    }
    if (table.empty() || table.size() > MAX_TABLE_SIZE)
    {
        return "the table file '" + name + "' holds " + std::to_string(table.size()) +
               " numbers; allowed are 1 to " + std::to_string(MAX_TABLE_SIZE);
    }
    return table;
}

} // namespace

std::variant<DelayDistribution, std::string>
DelayDistribution::FromText(const std::string& text)
{
    const std::pair<const char*, Kind> names[] = {{"uniform", Kind::UNIFORM},
                                                  {"normal", Kind::NORMAL},
                                                  {"pareto", Kind::PARETO},
                                                  {"paretonormal", Kind::PARETONORMAL}};
    DelayDistribution distribution;
    for (const auto& [name, kind] : names)
    {
        if (text == name)
        {
            distribution.m_kind = kind;
            return distribution;
        }
    }
    if (!IsFile(text))
    {
        return "'" + text +
               "' is not allowed; allowed are uniform, normal, pareto, paretonormal and the name "
               "of a table file, which must hold a '/' or a '.'";
    }
    auto table = ReadTable(text);
    if (auto* problem = std::get_if<std::string>(&table))
    {
        return *problem;
    }
    distribution.m_kind = Kind::TABLE;
    distribution.m_table = std::make_shared<const std::vector<std::int16_t>>(
        std::get<std::vector<std::int16_t>>(std::move(table)));
    return distribution;
}

bool
DelayDistribution::IsFile(const std::string& text)
{
    return text.find_first_of("/.") != std::string::npos;
}

double
DelayDistribution::Deviation(double u) const
{
    assert(u >= 0.0 && u < 1.0);
    switch (m_kind)
    {
    case Kind::UNIFORM:
        return 2.0 * u - 1.0;
    case Kind::NORMAL:
        return NormalQuantile(u);
    case Kind::PARETO:
        return ParetoQuantile(u);
    case Kind::PARETONORMAL:
        return 0.25 * NormalQuantile(u) + 0.75 * ParetoQuantile(u);
    case Kind::TABLE:
        return (*m_table)[static_cast<std::size_t>(u * static_cast<double>(m_table->size()))] /
               TABLE_SCALE;
    }
    return 0.0;
}

} // namespace lifecycle
