#include "commands.h"

#include "sysctl.h"

#include <map>
#include <sstream>
#include <vector>

namespace lifecycle::packetdrill
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

/** The words of one command, those in quotation marks as one. */
std::vector<std::string>
WordsOf(const std::string& command, int line)
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
    if (quote != '\0')
    {
        throw Failure(line, std::string("no ") + quote + " closes what it opens in a command");
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
    bool isEmpty = true;
    for (std::size_t i = 1; i < words.size(); ++i)
    {
        const std::size_t equals = words[i].find('=');
        if (words[i][0] == '-')
        {
            continue;
        }
        if (equals == std::string::npos)
        {
            throw Unsupported(line, "sysctl with '" + words[i] + "', which is not name=value");
        }
        isEmpty = false;
        SetSysctl(host, words[i].substr(0, equals), words[i].substr(equals + 1), line);
    }
    if (isEmpty)
    {
        throw Failure(line, "sysctl is given no name=value");
    }
    CheckTogether(host, line);
}

/** `sockstat ... | grep -c STATE | grep N`: fails unless so many connections are in that state. */
void
RunCount(const std::string& command, const SimulatedHost& host, const System& system, int line)
{
    const std::vector<std::string> pipeline = Split(command, "|");
    const std::vector<std::string> count = WordsOf(pipeline[1], line);
    const std::vector<std::string> number = WordsOf(pipeline[2], line);
    if (count.size() != 3 || count[0] != "grep" || count[1] != "-c" || number.size() < 2 ||
        number[0] != "grep" || (STATES.count(count[2]) == 0 && count[2] != "LISTEN"))
    {
        throw Unsupported(line, "command '" + command + "'");
    }
    if (!WholeNumber(number.back()))
    {
        throw Failure(line, MustBe("what grep looks for", number.back(), 0, UINT32_MAX));
    }
    const std::string actual = std::to_string(
        count[2] == "LISTEN" ? system.CountListeners() : host.CountIn(STATES.at(count[2])));
    if (actual != number.back())
    {
        throw Failure(line,
                      "expected " + number.back() + " in " + count[2] + ", there are " + actual);
    }
}

} // namespace

void
RunCommand(const std::string& text, SimulatedHost& host, System& system, int line)
{
    for (const std::string& command : Split(text, "\n;"))
    {
        const std::vector<std::string> pipeline = Split(command, "|");
        const std::vector<std::string> words = WordsOf(pipeline[0], line);
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
            RunCount(command, host, system, line);
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

} // namespace lifecycle::packetdrill
