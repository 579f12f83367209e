#include "commands.h"

#include "sysctl.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <sstream>
#include <vector>

namespace packetdrill
{

namespace
{

/** The states as netstat and sockstat print them, and RFC 9293's names. */
const std::map<std::string, std::string> STATES{{"ESTABLISHED", "ESTABLISHED"},
                                                {"SYN_SENT", "SYN-SENT"},
                                                {"SYN_RCVD", "SYN-RECEIVED"},
                                                {"FIN_WAIT_1", "FIN-WAIT-1"},
                                                {"FIN_WAIT_2", "FIN-WAIT-2"},
                                                {"CLOSE_WAIT", "CLOSE-WAIT"},
                                                {"CLOSING", "CLOSING"},
                                                {"LAST_ACK", "LAST-ACK"},
                                                {"TIME_WAIT", "TIME-WAIT"}};

/** The words of one command, those in quotation marks as one; options are left out. */
std::vector<std::string>
WordsOf(const std::string& command)
{
    std::vector<std::string> words;
    std::string word;
    char quote = '\0';
    for (const char letter : command + " ")
    {
        if (quote != '\0')
        {
            quote = letter == quote ? '\0' : quote;
            word += quote != '\0' ? std::string(1, letter) : "";
        }
        else if (letter == '"' || letter == '\'')
        {
            quote = letter;
        }
        else if (letter == ' ' || letter == '\t' || letter == '\n')
        {
            if (!word.empty())
            {
                words.push_back(word);
            }
            word.clear();
        }
        else
        {
            word += letter;
        }
    }
    return words;
}

std::vector<std::string>
Split(const std::string& text, const std::string& separators)
{
    std::vector<std::string> parts(1);
    for (const char letter : text)
    {
        if (separators.find(letter) != std::string::npos)
        {
            parts.emplace_back();
        }
        else
        {
            parts.back() += letter;
        }
    }
    return parts;
}

void
RunSysctl(const std::vector<std::string>& words, SimulatedHost& host, int line)
{
    for (std::size_t i = 1; i < words.size(); ++i)
    {
        const std::size_t equals = words[i].find('=');
        if (words[i][0] == '-')
        {
            continue;
        }
        if (equals == std::string::npos)
        {
            throw Failure(line, "sysctl takes name=value, not '" + words[i] + "'");
        }
        SetSysctl(host, words[i].substr(0, equals), words[i].substr(equals + 1), line);
    }
}

/** `sockstat ... | grep -c STATE | grep N`: fails unless so many connections are in that state. */
void
RunCount(const std::vector<std::string>& pipeline, const SimulatedHost& host, int line)
{
    const std::vector<std::string> count = WordsOf(pipeline[1]);
    const std::vector<std::string> number = WordsOf(pipeline[2]);
    if (count.size() != 3 || count[0] != "grep" || count[1] != "-c" || number.size() < 2 ||
        number[0] != "grep" || STATES.count(count[2]) == 0)
    {
        throw Unsupported(line, "command '" + pipeline[1] + "|" + pipeline[2] + "'");
    }
    const std::string actual = std::to_string(host.CountIn(STATES.at(count[2])));
    if (actual != number.back())
    {
        throw Failure(line,
                      "expected " + number.back() + " in " + count[2] + ", there are " + actual);
    }
}

/** One line of assertions: sums, comparisons, and, or, not. */
class Expression
{
  public:
    Expression(const std::string& text, const System& system, int line)
        : m_text(text),
          m_system(system),
          m_line(line)
    {
        Next();
    }

    bool IsTrue()
    {
        const std::int64_t value = Or();
        if (!m_word.empty() && m_word != ",") // behind a comma stands what to say
        {
            throw Failure(m_line, "'" + m_word + "' is too much in an assertion");
        }
        return value != 0;
    }

  private:
    void Next()
    {
        const std::string blanks = " \t";
        m_at = std::min(m_text.find_first_not_of(blanks, m_at), m_text.size());
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
            ++m_at;
            const bool isDouble = m_at < m_text.size() && m_text[m_at] == '=' &&
                                  std::string("=!<>").find(m_text[begin]) != std::string::npos;
            m_at += isDouble ? 1 : 0;
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

    std::int64_t Or()
    {
        std::int64_t value = And();
        while (Accept("or"))
        {
            const std::int64_t other = And();
            value = value != 0 || other != 0 ? 1 : 0;
        }
        return value;
    }

    std::int64_t And()
    {
        std::int64_t value = Not();
        while (Accept("and"))
        {
            const std::int64_t other = Not();
            value = value != 0 && other != 0 ? 1 : 0;
        }
        return value;
    }

    std::int64_t Not()
    {
        if (Accept("not"))
        {
            return Not() == 0 ? 1 : 0;
        }
        const std::int64_t left = Sum();
        for (const char* const comparison : {"==", "!=", "<=", ">=", "<", ">"})
        {
            if (Accept(comparison))
            {
                const std::int64_t right = Sum();
                const std::string what = comparison;
                return (what == "==" && left == right) || (what == "!=" && left != right) ||
                               (what == "<=" && left <= right) || (what == ">=" && left >= right) ||
                               (what == "<" && left < right) || (what == ">" && left > right)
                           ? 1
                           : 0;
            }
        }
        return left;
    }

    std::int64_t Sum()
    {
        std::int64_t value = Operand();
        while (m_word == "+" || m_word == "-")
        {
            value += Accept("+") ? Operand() : (Next(), -Operand());
        }
        return value;
    }

    std::int64_t Operand()
    {
        if (Accept("("))
        {
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
            return std::strtoll(word.c_str(), nullptr, 0);
        }
        // As Linux numbers them.
        static const std::map<std::string, std::int64_t> NUMBERS{{"ESTABLISHED", 1},
                                                                 {"SYN-SENT", 2},
                                                                 {"SYN-RECEIVED", 3},
                                                                 {"FIN-WAIT-1", 4},
                                                                 {"FIN-WAIT-2", 5},
                                                                 {"TIME-WAIT", 6},
                                                                 {"CLOSED", 7},
                                                                 {"CLOSE-WAIT", 8},
                                                                 {"LAST-ACK", 9},
                                                                 {"LISTEN", 10},
                                                                 {"CLOSING", 11}};
        static const std::map<std::string, std::int64_t> CONSTANTS{{"TCP_ESTABLISHED", 1},
                                                                   {"TCP_SYN_SENT", 2},
                                                                   {"TCP_SYN_RECV", 3},
                                                                   {"TCP_FIN_WAIT1", 4},
                                                                   {"TCP_FIN_WAIT2", 5},
                                                                   {"TCP_TIME_WAIT", 6},
                                                                   {"TCP_CLOSE", 7},
                                                                   {"TCP_CLOSE_WAIT", 8},
                                                                   {"TCP_LAST_ACK", 9},
                                                                   {"TCP_LISTEN", 10},
                                                                   {"TCP_CLOSING", 11}};
        if (word == "tcpi_state")
        {
            return NUMBERS.at(m_system.CurrentState());
        }
        const auto constant = CONSTANTS.find(word);
        const auto value = constant == CONSTANTS.end() ? m_system.InfoOf(word)
                                                       : std::make_optional(constant->second);
        if (!value)
        {
            throw Unsupported(m_line, "'" + word + "' in an assertion");
        }
        return *value;
    }

    std::string m_text;
    const System& m_system;
    int m_line;
    std::size_t m_at{0};
    std::string m_word; ///< the next
};

} // namespace

void
RunCommand(const std::string& text, SimulatedHost& host, System& system, int line)
{
    for (const std::string& command : Split(text, "\n;"))
    {
        const std::vector<std::string> pipeline = Split(command, "|");
        const std::vector<std::string> words = WordsOf(pipeline[0]);
        if (words.empty())
        {
            continue;
        }
        if (words[0] == "sysctl" && pipeline.size() == 1)
        {
            RunSysctl(words, host, line);
        }
        else if ((words[0] == "sockstat" || words[0] == "netstat") && pipeline.size() == 3)
        {
            RunCount(pipeline, host, line);
        }
        else if (words[0] == "tcpdrop" && words.size() == 3 && words[1] == "-s" &&
                 (STATES.count(words[2]) > 0 || words[2] == "LISTEN") && pipeline.size() == 1)
        {
            system.Drop(words[2] == "LISTEN" ? words[2] : STATES.at(words[2]));
        }
        else
        {
            throw Unsupported(line, "command '" + command + "'");
        }
    }
}

void
CheckAssertions(const std::string& text, const System& system, int line)
{
    for (const std::string& statement : Split(text, "\n;"))
    {
        const std::vector<std::string> words = WordsOf(statement);
        if (words.empty())
        {
            continue;
        }
        if (words[0] != "assert")
        {
            throw Unsupported(line, "'" + words[0] + "' in %{ }%");
        }
        const std::string condition = statement.substr(statement.find("assert") + 6);
        if (!Expression(condition, system, line).IsTrue())
        {
            throw Failure(line,
                          "it is not so that" + condition + "; state is " + system.CurrentState());
        }
    }
}

} // namespace packetdrill
