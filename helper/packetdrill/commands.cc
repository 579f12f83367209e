#include "commands.h"

#include "script.h"

#include <algorithm>
#include <map>

namespace lifecycle::packetdrill
{

namespace
{

/** The states as netstat and sockstat print them, and RFC 9293's names. */
const std::map<std::string, std::string> STATES{{"CLOSED", "CLOSED"},
                                                {"LISTEN", "LISTEN"},
                                                {"ESTABLISHED", "ESTABLISHED"},
                                                {"SYN_SENT", "SYN-SENT"},
                                                {"SYN_RCVD", "SYN-RECEIVED"},
                                                {"FIN_WAIT_1", "FIN-WAIT-1"},
                                                {"FIN_WAIT_2", "FIN-WAIT-2"},
                                                {"CLOSE_WAIT", "CLOSE-WAIT"},
                                                {"CLOSING", "CLOSING"},
                                                {"LAST_ACK", "LAST-ACK"},
                                                {"TIME_WAIT", "TIME-WAIT"}};

/** Who owns all sockets. */
const std::string PROGRAM = "packetdrill";

/** What the suite of packetdrill's makers lets defaults.sh set, as far as it concerns TCP here. */
const std::vector<Machine::Setting> DEFAULTS{
    {"net.ipv4.tcp_rmem", "4096 540000 15728640"},
    {"net.ipv4.tcp_wmem", "4096 262144 4194304"},
    {"net.ipv4.tcp_timestamps", "1"},
    {"net.ipv4.tcp_sack", "1"},
    {"net.ipv4.tcp_ecn", "0"},
    {"net.ipv4.tcp_syn_retries", "5"},
    {"net.ipv4.tcp_synack_retries", "5"},
    {"net.ipv4.tcp_syncookies", "1"},
};

/** The last part of @p path. */
std::string
FileOf(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

[[noreturn]] void
Refuse(const Pipeline& pipeline, int line)
{
    throw Unsupported(line,
                      "command '" + ToString(pipeline) + "'",
                      "command " + FileOf(pipeline[0][0]));
}

bool
StartsWith(const std::string& text, const std::string& start)
{
    return text.compare(0, start.size(), start) == 0;
}

} // namespace

void
Commands::RunSysctl(const Words& words, int line)
{
    std::vector<Machine::Setting> settings;
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
        std::string name = words[i].substr(0, equals);
        std::replace(name.begin(), name.end(), '/', '.');
        settings.emplace_back(name, words[i].substr(equals + 1));
    }
    if (settings.empty())
    {
        throw Failure(line, "sysctl is given no name=value");
    }
    m_machine.Set(settings, line);
}

/** `set_sysctls.py /proc/sys/name=value ...`, which keeps in mind what was there before. */
void
Commands::SetFiles(const Words& words, int line)
{
    const std::string root = "/proc/sys/";
    m_machine.Keep();
    Words given{"sysctl"};
    for (std::size_t i = 1; i < words.size(); ++i)
    {
        if (!StartsWith(words[i], root))
        {
            throw Unsupported(line,
                              FileOf(words[0]) + " with '" + words[i] + "', which is not " + root +
                                  "name=value");
        }
        given.push_back(words[i].substr(root.size()));
    }
    RunSysctl(given, line);
}

/** `ethtool -K DEVICE tso off gso off`. */
void
Commands::SetOffload(const Words& words, int line)
{
    bool isKnown = words.size() >= 5 && words.size() % 2 == 1 && words[1] == "-K";
    for (std::size_t i = 3; isKnown && i < words.size(); i += 2)
    {
        isKnown = (words[i] == "tso" || words[i] == "gso") &&
                  (words[i + 1] == "on" || words[i + 1] == "off");
        m_hasOffload = words[i + 1] == "on";
    }
    if (!isKnown)
    {
        Refuse({words}, line);
    }
}

/**
 * `sockstat ... | grep STATE | grep -c WORD | grep N`: fails unless so many sockets are in that state;
 * without -c, unless there are some.
 */
void
Commands::CheckCount(const Pipeline& pipeline, int line) const
{
    std::string state;
    bool isCounted = false;
    std::string wanted;
    for (std::size_t i = 1; i < pipeline.size(); ++i)
    {
        const Words& words = pipeline[i];
        if (words[0] != "grep" || words.size() < 2 || !wanted.empty())
        {
            Refuse(pipeline, line);
        }
        if (isCounted)
        {
            wanted = words.back();
            continue;
        }
        const bool counts = words[1] == "-c";
        if (words.size() != (counts ? 3U : 2U))
        {
            Refuse(pipeline, line);
        }
        const bool isState = STATES.count(words.back()) > 0 && state.empty();
        if (!isState && PROGRAM.find(words.back()) == std::string::npos)
        {
            Refuse(pipeline, line);
        }
        state = isState ? words.back() : state;
        isCounted = counts;
    }
    if (state.empty() || (isCounted && wanted.empty()))
    {
        Refuse(pipeline, line);
    }
    if (isCounted && !WholeNumber(wanted))
    {
        throw Failure(line, MustBe("what grep looks for", wanted, 0, UINT32_MAX));
    }
    const unsigned actual = m_machine.CountIn(STATES.at(state));
    if (isCounted ? std::to_string(actual) != wanted : actual == 0)
    {
        throw Failure(line,
                      "expected " + (isCounted ? wanted : "some") + " in " + state +
                          ", there are " + std::to_string(actual));
    }
}

void
Commands::Run(const std::string& text, int line)
{
    for (const Pipeline& pipeline : PipelinesOf(text, line))
    {
        const Words& words = pipeline[0];
        const std::string file = FileOf(words[0]);
        const bool isAlone = pipeline.size() == 1;
        if (words[0] == "sysctl" && isAlone)
        {
            RunSysctl(words, line);
        }
        else if ((words[0] == "sockstat" || words[0] == "netstat") && !isAlone)
        {
            CheckCount(pipeline, line);
        }
        else if (words[0] == "tcpdrop" && words.size() == 3 && words[1] == "-s" &&
                 STATES.count(words[2]) > 0 && isAlone)
        {
            m_machine.Drop(STATES.at(words[2]), line);
        }
        else if (words[0] == "ethtool" && isAlone)
        {
            SetOffload(words, line);
        }
        else if (file == "set_sysctls.py" && words.size() > 1 && isAlone)
        {
            SetFiles(words, line);
        }
        else if (file == "defaults.sh" && words.size() == 1 && isAlone)
        {
            m_machine.Set(DEFAULTS, line);
        }
        else if (StartsWith(file, "sysctl_restore") && words.size() == 1 && isAlone)
        {
            m_machine.Restore();
        }
        else
        {
            Refuse(pipeline, line);
        }
    }
}

} // namespace lifecycle::packetdrill
