#include "lexer.h"

#include "script.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

namespace lifecycle::packetdrill
{

namespace
{

/**
 * Blanks the lines that start with `#`, and those that a condition leaves out.
 *
 * Line numbers stay as they are.
 */
std::string
Preprocess(const std::string& text, const std::set<std::string>& defined)
{
    struct Condition
    {
        int line;
        bool isAsked; ///< all those around it hold
        bool holds;
        bool hasElse{false};

        bool IsIncluded() const
        {
            return isAsked && holds;
        }
    };

    std::vector<Condition> conditions;
    std::istringstream lines(text);
    std::string result;
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number)
    {
        const bool isIncluded = conditions.empty() || conditions.back().IsIncluded();
        const std::size_t start = line.find_first_not_of(" \t");
        if (start == std::string::npos || line[start] != '#')
        {
            result += isIncluded ? line : "";
            result += '\n';
            continue;
        }
        result += '\n';
        std::istringstream words(line.substr(start));
        std::string directive;
        std::string name;
        words >> directive >> name;
        if (directive == "#ifdef" || directive == "#ifndef")
        {
            if (name.empty())
            {
                throw Failure(number, directive + " needs a name");
            }
            const bool holds = (defined.count(name) > 0) == (directive == "#ifdef");
            conditions.push_back({number, isIncluded, holds});
        }
        else if (directive == "#else" || directive == "#endif")
        {
            if (conditions.empty())
            {
                throw Failure(number, directive + " without #ifdef");
            }
            if (directive == "#else")
            {
                if (std::exchange(conditions.back().hasElse, true))
                {
                    throw Failure(number, "#else stands twice behind one #ifdef");
                }
                conditions.back().holds = !conditions.back().holds;
            }
            else
            {
                conditions.pop_back();
            }
        }
        else if (directive.size() > 1 && std::isalpha(static_cast<unsigned char>(directive[1])) &&
                 isIncluded)
        {
            throw Unsupported(number, "directive " + directive);
        }
    }
    if (!conditions.empty())
    {
        throw Failure(conditions.back().line, "#ifdef without #endif");
    }
    return result;
}

class Lexer
{
  public:
    explicit Lexer(const std::string& text)
        : m_text(text)
    {
    }

    std::vector<Token> All()
    {
        SkipBlanks();
        while (m_at < m_text.size())
        {
            Next();
            SkipBlanks();
        }
        m_line = m_tokens.empty() ? 1 : m_tokens.back().line; // not the one behind the last
        Add(Token::Kind::END, "", m_at);
        return std::move(m_tokens);
    }

  private:
    bool Sees(const std::string& what) const
    {
        return m_text.compare(m_at, what.size(), what) == 0;
    }

    char At(std::size_t place) const
    {
        return place < m_text.size() ? m_text[place] : '\0';
    }

    bool IsDigit(std::size_t place) const
    {
        return std::isdigit(static_cast<unsigned char>(At(place))) != 0;
    }

    bool IsOfWord(std::size_t place) const
    {
        return std::isalnum(static_cast<unsigned char>(At(place))) != 0 || At(place) == '_';
    }

    void Advance(std::size_t to)
    {
        for (; m_at < to && m_at < m_text.size(); ++m_at)
        {
            m_line += m_text[m_at] == '\n' ? 1 : 0;
        }
    }

    /** Where @p closing stands behind @p from. */
    std::size_t Find(const std::string& closing, std::size_t from) const
    {
        const std::size_t found = m_text.find(closing, from);
        if (found == std::string::npos)
        {
            throw Failure(m_line, "no " + closing + " closes what begins here");
        }
        return found;
    }

    void SkipBlanks()
    {
        while (m_at < m_text.size())
        {
            if (std::isspace(static_cast<unsigned char>(m_text[m_at])))
            {
                Advance(m_at + 1);
            }
            else if (Sees("//"))
            {
                Advance(std::min(m_text.find('\n', m_at), m_text.size()));
            }
            else if (Sees("/*"))
            {
                Advance(Find("*/", m_at) + 2);
            }
            else
            {
                return;
            }
        }
    }

    /** Adds the token that ends before @p end. */
    void Add(Token::Kind kind, const std::string& text, std::size_t end)
    {
        m_tokens.push_back({kind, text, m_line});
        Advance(end);
    }

    void Bracketed(Token::Kind kind, std::size_t opening, const std::string& closing)
    {
        const std::size_t begin = m_at + opening;
        const std::size_t end = Find(closing, begin);
        Add(kind, m_text.substr(begin, end - begin), end + closing.size());
    }

    void Number()
    {
        std::size_t end = m_at;
        bool isTime = false;
        if (Sees("0x"))
        {
            end += 2;
            while (std::isxdigit(static_cast<unsigned char>(At(end))))
            {
                ++end;
            }
        }
        else
        {
            while (IsDigit(end))
            {
                ++end;
            }
            if (At(end) == '.' && IsDigit(end + 1)) // not `0...1`
            {
                isTime = true;
                for (++end; IsDigit(end); ++end)
                {
                }
            }
        }
        Add(isTime ? Token::Kind::TIME : Token::Kind::NUMBER, m_text.substr(m_at, end - m_at), end);
    }

    void Next()
    {
        if (Sees("%{"))
        {
            std::size_t end = m_at + 2;
            while (end < m_text.size() && m_text.compare(end, 2, "}%") != 0 &&
                   m_text.compare(end, 2, "%}") != 0) // as some write it
            {
                ++end;
            }
            Bracketed(Token::Kind::CODE, 2, end < m_text.size() ? m_text.substr(end, 2) : "}%");
        }
        else if (Sees("`"))
        {
            Bracketed(Token::Kind::COMMAND, 1, "`");
        }
        else if (Sees("\""))
        {
            Bracketed(Token::Kind::TEXT, 1, "\"");
        }
        else if (Sees("..."))
        {
            Add(Token::Kind::SYMBOL, "...", m_at + 3);
        }
        else if (Sees("--") && std::isalpha(static_cast<unsigned char>(At(m_at + 2))))
        {
            std::size_t end = m_at;
            while (end < m_text.size() && !std::isspace(static_cast<unsigned char>(m_text[end])))
            {
                ++end;
            }
            Add(Token::Kind::OPTION, m_text.substr(m_at + 2, end - m_at - 2), end);
        }
        else if (IsDigit(m_at) || (Sees(".") && IsDigit(m_at + 1)))
        {
            if (Sees("."))
            {
                std::size_t end = m_at + 1;
                while (IsDigit(end))
                {
                    ++end;
                }
                Add(Token::Kind::TIME, m_text.substr(m_at, end - m_at), end);
                return;
            }
            Number();
        }
        else if (IsOfWord(m_at))
        {
            std::size_t end = m_at;
            while (IsOfWord(end))
            {
                ++end;
            }
            Add(Token::Kind::WORD, m_text.substr(m_at, end - m_at), end);
        }
        else
        {
            Add(Token::Kind::SYMBOL, std::string(1, m_text[m_at]), m_at + 1);
        }
    }

    const std::string& m_text;
    std::size_t m_at{0};
    int m_line{1};
    std::vector<Token> m_tokens;
};

} // namespace

std::string
Token::Shown() const
{
    std::string shown = kind == Kind::END ? "end of file" : text;
    std::replace(shown.begin(), shown.end(), '\n', ' '); // of a command or an assertion
    return "'" + shown + "'";
}

std::vector<Token>
Tokens(const std::string& text, const std::set<std::string>& defined)
{
    const std::size_t nul = text.find('\0');
    if (nul != std::string::npos)
    {
        const auto before = std::count(text.begin(), text.begin() + nul, '\n');
        throw Failure(static_cast<int>(before) + 1, "a script is text, and here is an octet of 0");
    }
    const std::string kept = Preprocess(text, defined);
    return Lexer(kept).All();
}

} // namespace lifecycle::packetdrill
