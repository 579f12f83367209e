#include "run-folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace lifecycle
{

namespace fs = std::filesystem;

namespace
{

constexpr std::size_t FLUSH_AT = 1 << 16; ///< octets of rows that are written at once

/** Whether a run or its figures may have left this; nothing else is ever removed. */
bool
BelongsToARun(const fs::directory_entry& entry)
{
    static const std::set<std::string> NAMES{"manifest.json",
                                             "host.json",
                                             "summary.json",
                                             "transitions.csv",
                                             "segments.csv",
                                             "occupancy.csv",
                                             "connections.csv",
                                             "ladder.txt"};
    const fs::path& path = entry.path();
    if (path.filename() == "figures" && entry.is_directory())
    {
        static const std::set<std::string> FIGURES{".png", ".svg", ".pdf"};
        const fs::directory_iterator figures(path);
        return std::all_of(begin(figures), end(figures), [](const fs::directory_entry& figure) {
            return figure.is_regular_file() && FIGURES.count(figure.path().extension()) > 0;
        });
    }
    return entry.is_regular_file() &&
           (path.extension() == ".pcap" || NAMES.count(path.filename()) > 0);
}

/** Tells that the last operation on a file has failed, and what the system says about it. */
[[noreturn]] void
RefuseFile(const std::string& path)
{
    throw RunFolderError("The file '" + path +
                         "' cannot be written: " + std::generic_category().message(errno) + ".");
}

} // namespace

std::string
ToSeconds(Duration sinceStart)
{
    const auto ns = static_cast<long long>(sinceStart.count());
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%09lld", ns / 1000000000, ns % 1000000000);
    return text;
}

void
RunFolder::CheckUsable(const std::string& path, bool force)
{
    std::error_code ignored;
    if (!fs::exists(path, ignored))
    {
        return;
    }
    if (!fs::is_directory(path, ignored))
    {
        throw RunFolderError("'" + path + "' is a file, not a folder; name another one.");
    }
    if (fs::is_empty(path, ignored))
    {
        return;
    }
    if (!force)
    {
        throw FolderNotEmpty("The folder '" + path +
                             "' is not empty; name another one, or set force to replace the run in "
                             "it.");
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(path))
    {
        if (!BelongsToARun(entry))
        {
            throw RunFolderError("The folder '" + path + "' holds '" +
                                 entry.path().filename().string() +
                                 "', which is no part of a run and so is not replaced; name "
                                 "another one.");
        }
    }
}

RunFolder::RunFolder(std::string path, bool force)
    : m_path(std::move(path))
{
    CheckUsable(m_path, force);
    std::error_code failed;
    fs::remove_all(m_path, failed);
    if (!failed)
    {
        fs::create_directories(m_path, failed);
    }
    if (failed)
    {
        throw RunFolderError("The folder '" + m_path + "' cannot be made: " + failed.message() +
                             ".");
    }
}

void
RunFolder::Write(const std::string& name, std::string_view text) const
{
    const std::string path = m_path + "/" + name;
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out)
    {
        RefuseFile(path);
    }
}

CsvFile::CsvFile(const RunFolder& folder, const std::string& name, std::string_view header)
    : m_path(folder.Path() + "/" + name),
      m_buffer(header),
      m_out(m_path, std::ios::binary)
{
    m_buffer += '\n';
    if (!m_out)
    {
        RefuseFile(m_path);
    }
}

void
CsvFile::Row(std::initializer_list<std::string_view> fields)
{
    bool first = true;
    for (const std::string_view field : fields)
    {
        if (!first)
        {
            m_buffer += ',';
        }
        first = false;
        if (field.find_first_of(",\"\n\r") == std::string_view::npos)
        {
            m_buffer += field;
            continue;
        }
        m_buffer += '"';
        for (const char c : field)
        {
            m_buffer.append(c == '"' ? 2 : 1, c);
        }
        m_buffer += '"';
    }
    m_buffer += '\n';
    if (m_buffer.size() >= FLUSH_AT)
    {
        Flush();
    }
}

void
CsvFile::Flush()
{
    m_out << m_buffer << std::flush;
    m_buffer.clear();
    if (!m_out)
    {
        RefuseFile(m_path);
    }
}

void
CsvFile::Close()
{
    Flush();
    m_out.close();
    if (!m_out)
    {
        RefuseFile(m_path);
    }
}

} // namespace lifecycle
