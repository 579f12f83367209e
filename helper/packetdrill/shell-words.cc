#include "shell-words.h"

#include "script.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace lifecycle::packetdrill
{

namespace
{

class Shell
{
  public:
    Shell(const std::string& text, int line)
        : m_text(text),
          m_line(line)
    {
    }

    std::vector<Pipeline> All()
    {
        while (m_at < m_text.size())
        {
            Next();
        }
        EndPipeline();
        return std::move(m_pipelines);
    }

  private:
    bool Sees(const std::string& what) const
    {
        return m_text.compare(m_at, what.size(), what) == 0;
    }

    bool Accept(const std::string& what)
    {
        const bool isThere = Sees(what);
        m_at += isThere ? what.size() : 0;
        return isThere;
    }

    void Next()
    {
        const char letter = m_text[m_at];
        if (Accept("\\\n"))
        {
            return; // the line goes on
        }
        if (letter == '"' || letter == '\'')
        {
            Quoted(letter);
        }
        else if (letter == '#' && !m_isInWord)
        {
            m_at = std::min(m_text.find('\n', m_at), m_text.size());
        }
        else if (Accept("&&") || Accept(";") || Accept("\n"))
        {
            EndPipeline();
        }
        else if (letter == '>')
        {
            ThrowAway();
        }
        else if (letter == '&' || letter == '<' || Sees("||"))
        {
            const std::string what = Sees("||") ? "||" : std::string(1, letter);
            throw Unsupported(m_line, "'" + what + "' in a command");
        }
        else if (Accept("|"))
        {
            EndCommand();
        }
        else if (std::isspace(static_cast<unsigned char>(letter)) != 0)
        {
            EndWord();
            ++m_at;
        }
        else
        {
            m_word += letter;
            m_isInWord = true;
            ++m_at;
        }
    }

    void Quoted(char quote)
    {
        const std::size_t end = m_text.find(quote, m_at + 1);
        if (end == std::string::npos)
        {
            throw Failure(m_line,
                          std::string("no ") + quote + " closes what it opens in a command");
        }
        m_word += m_text.substr(m_at + 1, end - m_at - 1);
        m_isInWord = true;
        m_at = end + 1;
    }

    /** `>/dev/null`, `2> /dev/null` and `2>&1` change nothing here. */
    void ThrowAway()
    {
        if (m_word.find_first_not_of("0123456789") == std::string::npos)
        {
            m_word.clear(); // the number of a descriptor
            m_isInWord = false;
        }
        EndWord();
        ++m_at;
        while (Accept(" "))
        {
        }
        if (!Accept("/dev/null") && !Accept("&1"))
        {
            throw Unsupported(m_line, "'>' in a command");
        }
    }

    void EndWord()
    {
        if (std::exchange(m_isInWord, false))
        {
            m_words.push_back(std::exchange(m_word, ""));
        }
    }

    void EndCommand()
    {
        EndWord();
        m_pipeline.push_back(std::exchange(m_words, {}));
    }

    void EndPipeline()
    {
        EndWord();
        if (m_words.empty() && m_pipeline.empty())
        {
            return;
        }
        EndCommand();
        if (std::any_of(m_pipeline.begin(), m_pipeline.end(), [](const Words& words) {
                return words.empty();
            }))
        {
            throw Failure(m_line, "there is no command beside a '|'");
        }
        m_pipelines.push_back(std::exchange(m_pipeline, {}));
    }

    const std::string& m_text;
    int m_line;
    std::size_t m_at{0};
    bool m_isInWord{false};
    std::string m_word;
    Words m_words;
    Pipeline m_pipeline;
    std::vector<Pipeline> m_pipelines;
};

} // namespace

std::vector<Pipeline>
PipelinesOf(const std::string& text, int line)
{
    return Shell(text, line).All();
}

std::string
ToString(const Pipeline& pipeline)
{
    std::string text;
    for (const Words& words : pipeline)
    {
        text += text.empty() ? "" : " |";
        for (const std::string& word : words)
        {
            text += (text.empty() ? "" : " ") + word;
        }
    }
    return text;
}

} // namespace lifecycle::packetdrill
