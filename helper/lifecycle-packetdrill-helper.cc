#include "lifecycle-packetdrill-helper.h"

#include "../model/core/stack-config.h"
#include "packetdrill/playing.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>

namespace ns3
{

using lifecycle::packetdrill::Playlist;

namespace
{

std::string
SharedFolder(const std::string& folder, const std::string& one, const std::string& other)
{
    return "trace has one folder for " + one + " and " + other + ", " + folder +
           "; play them apart";
}

/** Throws std::invalid_argument if the runs of two scripts would go to the same folder. */
void
CheckTraceFolders(const Playlist& list)
{
    std::map<std::string, std::string> scripts;
    for (const std::string& script : list.scripts)
    {
        const std::string folder = list.TraceFolderOf(script);
        const auto [other, isNew] = scripts.emplace(folder, script);
        if (!isNew)
        {
            throw std::invalid_argument(SharedFolder(folder, other->second, script));
        }
    }
}

} // namespace

LifecyclePacketdrillHelper::LifecyclePacketdrillHelper()
    : m_playlist(std::make_unique<Playlist>())
{
}

LifecyclePacketdrillHelper::~LifecyclePacketdrillHelper() = default;

void
LifecyclePacketdrillHelper::Add(const std::string& path)
{
    if (!std::filesystem::is_directory(path))
    {
        m_playlist->scripts.push_back(path);
        return;
    }
    std::vector<std::string> scripts;
    std::error_code failed;
    std::filesystem::recursive_directory_iterator entry(path, failed);
    for (; !failed && entry != end(entry); entry.increment(failed))
    {
        if (entry->path().extension() == ".pkt" && !entry->is_directory())
        {
            scripts.push_back(entry->path().string());
        }
    }
    if (failed)
    {
        throw std::invalid_argument("the folder " + path + " cannot be read: " + failed.message());
    }
    std::sort(scripts.begin(), scripts.end());
    if (scripts.empty())
    {
        throw std::invalid_argument("there is no *.pkt in " + path);
    }
    m_playlist->scripts.insert(m_playlist->scripts.end(), scripts.begin(), scripts.end());
}

void
LifecyclePacketdrillHelper::Define(const std::string& name)
{
    m_playlist->defined.insert(name);
}

void
LifecyclePacketdrillHelper::SetPreset(const std::string& preset)
{
    if (!lifecycle::FindPreset(preset))
    {
        throw std::invalid_argument("preset is " + lifecycle::PresetsInWords() + ", not '" +
                                    preset + "'");
    }
    m_playlist->run.preset = preset;
}

void
LifecyclePacketdrillHelper::SetIpVersion(const std::string& version)
{
    if (version != "ipv4" && version != "ipv6")
    {
        throw std::invalid_argument("ip-version is ipv4 or ipv6, not '" + version + "'");
    }
    m_playlist->run.isIpv6 = version == "ipv6";
}

void
LifecyclePacketdrillHelper::SetStrictTail()
{
    m_playlist->run.strictTail = true;
    m_playlist->run.tail.reset();
}

void
LifecyclePacketdrillHelper::SetStrictTail(Time tail)
{
    m_playlist->run.strictTail = true;
    m_playlist->run.tail = tail.GetNanoSeconds();
}

void
LifecyclePacketdrillHelper::Relax(const std::string& what)
{
    auto& relaxed = m_playlist->run.relaxed;
    const std::map<std::string, bool*> words{{"order", &relaxed.order},
                                             {"window", &relaxed.window},
                                             {"ts", &relaxed.timestamps},
                                             {"sizes", &relaxed.sizes}};
    std::istringstream in(what);
    std::string word;
    while (std::getline(in, word, ','))
    {
        if (words.count(word) == 0)
        {
            throw std::invalid_argument("relax takes order, window, ts and sizes, not '" + word +
                                        "'");
        }
        *words.at(word) = true;
    }
}

void
LifecyclePacketdrillHelper::SetTrace(const std::string& folder)
{
    if (folder.empty())
    {
        throw std::invalid_argument("trace takes the name of a folder, not ''");
    }
    m_playlist->run.traceFolder = folder;
}

void
LifecyclePacketdrillHelper::SetAgainst(const std::string& who)
{
    if (who != "kernel")
    {
        throw std::invalid_argument("against is kernel, not '" + who + "'");
    }
    m_playlist->run.againstKernel = true;
}

void
LifecyclePacketdrillHelper::SetVerbose()
{
    m_playlist->isVerbose = true;
}

void
LifecyclePacketdrillHelper::SetJobs(unsigned jobs)
{
    m_playlist->jobs = std::max(jobs, 1U);
}

LifecyclePacketdrillCounts
LifecyclePacketdrillHelper::Play()
{
    if (!m_playlist->run.traceFolder.empty() && m_playlist->run.againstKernel)
    {
        throw std::invalid_argument("trace has nothing to tell of a kernel; leave out --against");
    }
    if (!m_playlist->run.traceFolder.empty())
    {
        CheckTraceFolders(*m_playlist);
    }
    return lifecycle::packetdrill::PlayAll(*m_playlist);
}

} // namespace ns3
