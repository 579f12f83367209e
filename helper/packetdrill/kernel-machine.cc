#ifdef __linux__

#include "kernel-machine.h"

#include "kernel-device.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace lifecycle::packetdrill
{

namespace
{

/** The attributes of our TCP that Linux has a variable for, and what their values are there. */
struct Counterpart
{
    const char* file;
    std::map<std::string, std::string> values;
};

const std::map<std::string, Counterpart> COUNTERPARTS{
    {"Timestamps", {"tcp_timestamps", {{"true", "1"}, {"false", "0"}}}},
    {"Sack", {"tcp_sack", {{"true", "1"}, {"false", "0"}}}},
    {"WindowScaling", {"tcp_window_scaling", {{"true", "1"}, {"false", "0"}}}},
    {"Rfc1337", {"tcp_rfc1337", {{"true", "1"}, {"false", "0"}}}},
    {"AbortOnOverflow", {"tcp_abort_on_overflow", {{"true", "1"}, {"false", "0"}}}},
    {"SynCookies", {"tcp_syncookies", {{"off", "0"}, {"on-overflow", "1"}, {"always", "2"}}}},
    {"Ecn", {"tcp_ecn", {{"off", "0"}, {"on", "1"}, {"passive", "2"}}}},
};

/** The names of /proc/net/tcp for the states of RFC 9293. Source: include/net/tcp_states.h. */
const std::map<std::string, std::string> STATES{{"01", "ESTABLISHED"},
                                                {"02", "SYN-SENT"},
                                                {"03", "SYN-RECEIVED"},
                                                {"04", "FIN-WAIT-1"},
                                                {"05", "FIN-WAIT-2"},
                                                {"06", "TIME-WAIT"},
                                                {"07", "CLOSED"},
                                                {"08", "CLOSE-WAIT"},
                                                {"09", "LAST-ACK"},
                                                {"0A", "LISTEN"},
                                                {"0B", "CLOSING"},
                                                {"0C", "SYN-RECEIVED"}};

} // namespace

void
KernelMachine::SetFile(const std::string& path, const std::string& value, int line)
{
    if (m_keeps && m_kept.count(path) == 0)
    {
        std::ifstream in(path);
        std::getline(in, m_kept[path]);
    }
    if (!WriteFile(path, value))
    {
        throw Unsupported(line, path + "=" + value + " in this kernel: " + std::strerror(errno));
    }
}

void
KernelMachine::SetAttribute(const std::string& name, const std::string& value, int line)
{
    const auto counterpart = COUNTERPARTS.find(name);
    if (name == "Mss" && WholeNumber(value))
    {
        m_system.SetMss(static_cast<std::uint16_t>(*WholeNumber(value)));
        return;
    }
    if (name == "EphemeralFirst" || name == "EphemeralLast")
    {
        (name == "EphemeralFirst" ? m_firstPort : m_lastPort) = value;
        return; // Set gives the kernel both at once
    }
    if (counterpart == COUNTERPARTS.end() || counterpart->second.values.count(value) == 0)
    {
        throw Unsupported(line,
                          "lifecycle." + name + "=" + value + " against a kernel",
                          "lifecycle." + name + " against a kernel");
    }
    SetFile(std::string("/proc/sys/net/ipv4/") + counterpart->second.file,
            counterpart->second.values.at(value),
            line);
}

void
KernelMachine::Set(const std::vector<Setting>& settings, int line)
{
    const std::string own = "lifecycle.";
    for (const auto& [name, value] : settings)
    {
        if (name.compare(0, own.size(), own) == 0)
        {
            SetAttribute(name.substr(own.size()), value, line);
            continue;
        }
        if (name.compare(0, 9, "net.ipv4.") != 0 && name.compare(0, 9, "net.core.") != 0)
        {
            throw Unsupported(line, "sysctl " + name + " against a kernel");
        }
        std::string path = name;
        std::replace(path.begin(), path.end(), '.', '/');
        SetFile("/proc/sys/" + path, value, line);
    }
    SetFile("/proc/sys/net/ipv4/ip_local_port_range", m_firstPort + " " + m_lastPort, line);
}

void
KernelMachine::Keep()
{
    m_keeps = true;
    m_kept.clear();
}

void
KernelMachine::Restore()
{
    for (const auto& [path, value] : m_kept)
    {
        WriteFile(path, value);
    }
    m_keeps = false;
}

unsigned
KernelMachine::CountIn(const std::string& state) const
{
    std::ifstream in(m_isIpv6 ? "/proc/net/tcp6" : "/proc/net/tcp");
    std::string line;
    std::getline(in, line); // what the columns are
    unsigned count = 0;
    while (std::getline(in, line))
    {
        std::istringstream words(line);
        std::string number;
        std::string local;
        std::string remote;
        std::string code;
        words >> number >> local >> remote >> code;
        const auto name = STATES.find(code);
        count += name != STATES.end() && name->second == state ? 1 : 0;
    }
    return count;
}

void
KernelMachine::Drop(const std::string& /* state */, int line)
{
    throw Unsupported(line, "tcpdrop against a kernel");
}

} // namespace lifecycle::packetdrill

#endif // __linux__
