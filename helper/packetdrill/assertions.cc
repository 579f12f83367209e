// What stands in %{ }%: lines of `assert`, with the operators of Python on whole numbers.

#include "commands.h"
#include "script.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <sstream>
#include <vector>

namespace lifecycle::packetdrill
{

namespace
{

/** Operators on two numbers that bind equally strongly. */
using Level = std::vector<std::string>;

// From weak to strong; comparisons are a case of their own, because they form chains.
const std::vector<Level> LEVELS{{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "//", "%"}};

constexpr unsigned MAX_NESTING = 100;

/** The condition of one `assert`. */
class Expression
{
  public:
    Expression(const std::string& text, const InfoLookup& info, int line)
        : m_text(text),
          m_info(info),
          m_line(line)
    {
        Next();
    }

    bool IsTrue()
    {
        const std::int64_t value = Or();
        if (!m_word.empty() && m_word != ",") // behind a comma stands what to say
        {
            throw Unsupported(m_line, "'" + m_word + "' in an assertion");
        }
        return value != 0;
    }

  private:
    /** One more bracket, `not` or sign around what is read; Failure if they are too many. */
    class Nesting
    {
      public:
        explicit Nesting(Expression& expression)
            : m_depth(expression.m_depth)
        {
            if (++m_depth > MAX_NESTING)
            {
                throw Failure(expression.m_line,
                              "brackets, 'not' and signs stand more than " +
                                  std::to_string(MAX_NESTING) + " deep in an assertion");
            }
        }

        ~Nesting()
        {
            --m_depth;
        }

        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

      private:
        unsigned& m_depth;
    };

    void Next()
    {
        m_at = std::min(m_text.find_first_not_of(" \t\r", m_at), m_text.size());
        const std::size_t begin = m_at;
        const auto isOfWord = [this](std::size_t at) {
            return at < m_text.size() &&
                   (std::isalnum(static_cast<unsigned char>(m_text[at])) != 0 || m_text[at] == '_');
        };
        while (isOfWord(m_at))
        {
            ++m_at;
        }
        if (m_at == begin && m_at < m_text.size())
        {
            const std::string two = m_text.substr(begin, 2);
            const Level doubles{"==", "!=", "<=", ">=", "<<", ">>", "//", "**"};
            m_at += std::find(doubles.begin(), doubles.end(), two) != doubles.end() ? 2 : 1;
        }
        m_word = m_text.substr(begin, m_at - begin);
    }

    bool Accept(const std::string& word)
    {
        const bool isThere = m_word == word;
        if (isThere)
        {
            Next();
        }
        return isThere;
    }

    /** The next word, if it is one of @p words. */
    std::string AcceptOneOf(const Level& words)
    {
        const auto found = std::find(words.begin(), words.end(), m_word);
        if (found == words.end())
        {
            return "";
        }
        Next();
        return *found;
    }

    std::int64_t Or()
    {
        std::int64_t value = And();
        while (Accept("or"))
        {
            const std::int64_t other = And();
            value = value != 0 ? value : other;
        }
        return value;
    }

    std::int64_t And()
    {
        std::int64_t value = Not();
        while (Accept("and"))
        {
            const std::int64_t other = Not();
            value = value != 0 ? other : value;
        }
        return value;
    }

    std::int64_t Not()
    {
        if (!Accept("not"))
        {
            return Comparison();
        }
        const Nesting nesting(*this);
        return Not() == 0 ? 1 : 0;
    }

    /** `a < b < c` is both. */
    std::int64_t Comparison()
    {
        static const Level COMPARISONS{"==", "!=", "<=", ">=", "<", ">"};
        std::int64_t left = Calculation(0);
        std::string operation = AcceptOneOf(COMPARISONS);
        if (operation.empty())
        {
            return left;
        }
        bool holds = true;
        while (!operation.empty())
        {
            const std::int64_t right = Calculation(0);
            holds = holds &&
                    ((operation == "==" && left == right) || (operation == "!=" && left != right) ||
                     (operation == "<=" && left <= right) || (operation == ">=" && left >= right) ||
                     (operation == "<" && left < right) || (operation == ">" && left > right));
            left = right;
            operation = AcceptOneOf(COMPARISONS);
        }
        return holds ? 1 : 0;
    }

    std::int64_t Calculation(std::size_t level)
    {
        if (level == LEVELS.size())
        {
            return Signed();
        }
        std::int64_t value = Calculation(level + 1);
        for (std::string operation = AcceptOneOf(LEVELS[level]); !operation.empty();
             operation = AcceptOneOf(LEVELS[level]))
        {
            value = Apply(operation, value, Calculation(level + 1));
        }
        return value;
    }

    std::int64_t Apply(const std::string& operation, std::int64_t a, std::int64_t b) const
    {
        const bool shifts = operation == "<<" || operation == ">>";
        const bool divides = operation == "//" || operation == "%";
        std::int64_t value = 0;
        if ((shifts && (a < 0 || b < 0 || b > 31)) || (divides && (a < 0 || b <= 0)) ||
            (operation == "<<" && a > INT64_MAX >> b) ||
            (operation == "*" && __builtin_mul_overflow(a, b, &value)) ||
            (operation == "+" && __builtin_add_overflow(a, b, &value)) ||
            (operation == "-" && __builtin_sub_overflow(a, b, &value)))
        {
            throw Failure(m_line,
                          "an assertion cannot calculate " + std::to_string(a) + " " + operation +
                              " " + std::to_string(b));
        }
        return operation == "*" || operation == "+" || operation == "-" ? value
               : operation == "|"                                       ? a | b
               : operation == "^"                                       ? a ^ b
               : operation == "&"                                       ? a & b
               : operation == "<<"                                      ? a << b
               : operation == ">>"                                      ? a >> b
               : operation == "//"                                      ? a / b
                                                                        : a % b;
    }

    std::int64_t Signed()
    {
        if (!Accept("-"))
        {
            return Operand();
        }
        const Nesting nesting(*this);
        return Apply("-", 0, Signed());
    }

    std::int64_t Operand()
    {
        if (Accept("("))
        {
            const Nesting nesting(*this);
            const std::int64_t value = Or();
            if (!Accept(")"))
            {
                throw Failure(m_line, "an assertion lacks ')'");
            }
            return value;
        }
        const std::string word = m_word;
        Next();
        if (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0])))
        {
            return Number(word);
        }
        const auto value = m_info(word);
        if (!value)
        {
            throw Unsupported(m_line, "'" + word + "' in an assertion");
        }
        return *value;
    }

    std::int64_t Number(const std::string& word) const
    {
        const auto value = WholeNumber(word);
        if (!value || *value > INT64_MAX)
        {
            throw Failure(m_line, MustBe("a number of an assertion", word, 0, INT64_MAX));
        }
        return static_cast<std::int64_t>(*value);
    }

    std::string m_text;
    const InfoLookup& m_info;
    int m_line;
    std::size_t m_at{0};
    std::string m_word; ///< the next
    unsigned m_depth{0};
};

} // namespace

namespace
{

/** The statements of @p text, without comments. */
std::vector<std::string>
StatementsOf(std::string text)
{
    for (std::size_t at = text.find("\\\n"); at != std::string::npos; at = text.find("\\\n", at))
    {
        text.erase(at, 2); // the line goes on
    }
    std::vector<std::string> statements;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
    {
        std::istringstream parts(line.substr(0, line.find('#')));
        for (std::string part; std::getline(parts, part, ';');)
        {
            statements.push_back(part);
        }
    }
    return statements;
}

/** @p value of tcpi_state, with the name of the state. */
std::string
NameOfState(std::int64_t value, const InfoLookup& info)
{
    for (const char* const name : {"TCP_CLOSE",
                                   "TCP_LISTEN",
                                   "TCP_SYN_SENT",
                                   "TCP_SYN_RECV",
                                   "TCP_ESTABLISHED",
                                   "TCP_CLOSE_WAIT",
                                   "TCP_FIN_WAIT1",
                                   "TCP_CLOSING",
                                   "TCP_LAST_ACK",
                                   "TCP_FIN_WAIT2",
                                   "TCP_TIME_WAIT"})
    {
        if (info(name) == value)
        {
            return name;
        }
    }
    return std::to_string(value);
}

/** What the fields of TCP_INFO in @p condition are, for a message. */
std::string
IsNow(const std::string& condition, const InfoLookup& info)
{
    std::string text;
    for (std::size_t at = condition.find("tcpi_"); at != std::string::npos;
         at = condition.find("tcpi_", at + 1))
    {
        const std::size_t end =
            condition.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", at);
        const std::string field = condition.substr(at, std::min(end, condition.size()) - at);
        const auto value = info(field);
        if (value && text.find(field + " ") == std::string::npos)
        {
            text += "; " + field + " is " +
                    (field == "tcpi_state" ? NameOfState(*value, info) : std::to_string(*value));
        }
    }
    return text;
}

} // namespace

void
CheckAssertions(const std::string& text, const InfoLookup& info, int line)
{
    for (const std::string& statement : StatementsOf(text))
    {
        std::string word;
        std::istringstream(statement) >> word;
        word = word.substr(0, word.find('('));
        if (word.empty())
        {
            continue;
        }
        if (word != "assert")
        {
            throw Unsupported(line, "'" + word + "' in %{ }%");
        }
        const std::string condition = statement.substr(statement.find("assert") + 6);
        if (!Expression(condition, info, line).IsTrue())
        {
            std::string claim = "it is not so that" + condition.substr(0, condition.find(','));
            claim.resize(claim.find_last_not_of(" \t") + 1);
            throw Failure(line, claim + IsNow(claim, info), claim);
        }
    }
}

} // namespace lifecycle::packetdrill
