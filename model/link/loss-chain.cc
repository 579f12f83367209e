#include "loss-chain.h"

#include <cstdlib>
#include <sstream>
#include <vector>

namespace lifecycle
{
namespace
{

using Numbers = std::vector<double>;

constexpr double ROUNDING = 1e-12; // by so much the sum of two decimal fractions may be off

/** Reads up to @p names.size() probabilities; or says what is wrong. */
std::variant<Numbers, std::string>
ParseProbabilities(const std::string& text,
                   const std::vector<std::string>& names,
                   const std::string& form)
{
    Numbers numbers;
    std::string problem;
    std::istringstream list(text + ",");
    for (std::string word; problem.empty() && std::getline(list, word, ',');)
    {
        if (numbers.size() == names.size())
        {
            problem = "'" + text + "' has too many numbers";
            break;
        }
        char* end = nullptr;
        const double number = std::strtod(word.c_str(), &end);
        const bool isNumber = !word.empty() && *end == '\0';
        if (!isNumber || !(number >= 0.0 && number <= 1.0)) // also NaN
        {
            problem = names[numbers.size()];
            problem += " is '";
            problem += word;
            problem += "', which is no number from 0 to 1";
        }
        numbers.push_back(number);
    }
    if (!problem.empty())
    {
        return problem + "; allowed is " + form;
    }
    return numbers;
}

/** Says that two probabilities of leaving one state are too much. */
std::string
SumProblem(const char* a, double pa, const char* b, double pb)
{
    std::ostringstream text;
    text << a << " is " << pa << " and " << b << " is " << pb
         << ": two ways out of one state must not exceed 1 together";
    return text.str();
}

} // namespace

std::variant<StateLoss, std::string>
ParseStateLoss(const std::string& text)
{
    const auto parsed = ParseProbabilities(text,
                                           {"p13", "p31", "p32", "p23", "p14"},
                                           "p13[,p31[,p32[,p23[,p14]]]]");
    if (const auto* problem = std::get_if<std::string>(&parsed))
    {
        return *problem;
    }
    const auto& given = std::get<Numbers>(parsed);
    StateLoss loss;
    loss.p13 = given[0];
    loss.p31 = given.size() > 1 ? given[1] : 1.0 - loss.p13;
    loss.p32 = given.size() > 2 ? given[2] : loss.p32;
    loss.p23 = given.size() > 3 ? given[3] : loss.p23;
    loss.p14 = given.size() > 4 ? given[4] : loss.p14;
    if (loss.p13 + loss.p14 > 1.0 + ROUNDING)
    {
        return SumProblem("p13", loss.p13, "p14", loss.p14);
    }
    if (loss.p31 + loss.p32 > 1.0 + ROUNDING)
    {
        return SumProblem("p31", loss.p31, "p32", loss.p32);
    }
    return loss;
}

std::variant<GilbertElliottLoss, std::string>
ParseGilbertElliott(const std::string& text)
{
    const auto parsed = ParseProbabilities(text, {"p", "r", "1-h", "1-k"}, "p[,r[,1-h[,1-k]]]");
    if (const auto* problem = std::get_if<std::string>(&parsed))
    {
        return *problem;
    }
    const auto& given = std::get<Numbers>(parsed);
    GilbertElliottLoss loss;
    loss.p = given[0];
    loss.r = given.size() > 1 ? given[1] : 1.0 - loss.p;
    loss.oneMinusH = given.size() > 2 ? given[2] : loss.oneMinusH;
    loss.oneMinusK = given.size() > 3 ? given[3] : loss.oneMinusK;
    return loss;
}

} // namespace lifecycle
