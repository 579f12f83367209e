#include "run-folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace lifecycle
{

namespace fs = std::filesystem;

namespace
{

constexpr std::size_t FLUSH_AT = 1 << 16; ///< octets of rows that are written at once
constexpr const char* UNFINISHED = "unfinished";
constexpr const char* MANIFEST = "manifest.json";

/** Whether @p entry is named like a file of a run or of its figures; only these are removed. */
bool
BelongsToARun(const fs::directory_entry& entry)
{
    static const std::set<std::string> NAMES{MANIFEST,
                                             "host.json",
                                             "summary.json",
                                             "transitions.csv",
                                             "segments.csv",
                                             "timers.csv",
                                             "occupancy.csv",
                                             "connections.csv",
                                             "ladder.txt",
                                             "steps.json", // of lifecycle-replay
                                             "a.pkt",
                                             "b.pkt",
                                             "c.pkt"};
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

} // namespace

void
RefuseFile(const std::string& path)
{
    throw RunFolderError("The file '" + path +
                         "' cannot be written: " + std::generic_category().message(errno) + ".");
}

std::string
ToSeconds(Duration sinceStart)
{
    const auto ns = static_cast<long long>(sinceStart.count());
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%09lld", ns / 1000000000, ns % 1000000000);
    return text;
}

namespace
{

/** The files in a folder, all but `unfinished`. @throws RunFolderError */
std::vector<fs::directory_entry>
ContentOf(const std::string& path)
{
    std::error_code failed;
    std::vector<fs::directory_entry> content;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, failed))
    {
        if (entry.path().filename() != UNFINISHED)
        {
            content.push_back(entry);
        }
    }
    if (failed)
    {
        throw RunFolderError("The folder '" + path + "' cannot be read: " + failed.message() + ".");
    }
    return content;
}

/** Checks that a run may replace what is in the folder. @throws FolderRefused */
void
CheckContent(const std::string& path, bool force)
{
    for (const fs::directory_entry& entry : ContentOf(path))
    {
        if (!force)
        {
            throw FolderNotEmpty("The folder '" + path +
                                 "' is not empty; name another one, or set force to replace the "
                                 "run in it.");
        }
        if (!BelongsToARun(entry))
        {
            throw FolderRefused("The folder '" + path + "' holds '" +
                                entry.path().filename().string() +
                                "', which is no part of a run and so is not replaced; name "
                                "another one.");
        }
    }
}

void
Empty(const std::string& path)
{
    // The manifest goes first: if this process is killed here, what is left is not taken for a run.
    std::error_code failed;
    fs::remove(path + "/" + MANIFEST, failed);
    for (const fs::directory_entry& entry : ContentOf(path))
    {
        if (!failed)
        {
            fs::remove_all(entry, failed);
        }
    }
    if (failed)
    {
        throw RunFolderError("The folder '" + path + "' cannot be emptied: " + failed.message() +
                             ".");
    }
}

/** Opens `unfinished` and locks it. @return Its file descriptor. */
int
Lock(const std::string& path)
{
    const std::string name = path + "/" + UNFINISHED;
    while (true)
    {
        const int file = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (file < 0)
        {
            RefuseFile(name);
        }
        // On a file system without locks flock has another error; then the folder counts as free.
        const bool isLocked = flock(file, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
        struct stat status = {};
        const bool isGone = fstat(file, &status) == 0 && status.st_nlink == 0;
        if (!isLocked && !isGone)
        {
            return file;
        }
        close(file);
        if (isLocked)
        {
            throw FolderRefused("Another run is being written into the folder '" + path +
                                "'; name another one, or wait for its end.");
        }
        // Between open and flock the run before has ended and removed `unfinished`.
    }
}

} // namespace

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
        throw FolderRefused("'" + path + "' is a file, not a folder; name another one.");
    }
    CheckContent(path, force);
}

RunFolder::RunFolder(std::string path, bool force)
    : m_path(std::move(path))
{
    CheckUsable(m_path, force);
    std::error_code failed;
    fs::create_directories(m_path, failed);
    if (failed)
    {
        throw RunFolderError("The folder '" + m_path + "' cannot be made: " + failed.message() +
                             ".");
    }
    m_lock = Lock(m_path);
    try
    {
        CheckContent(m_path, force); // again, now that no other run changes the folder
        Empty(m_path);
    }
    catch (const FolderRefused&)
    {
        Finish(); // a foreign folder must not keep our `unfinished`
        throw;
    }
    catch (const RunFolderError&)
    {
        Unlock();
        throw;
    }
}

RunFolder::~RunFolder()
{
    Unlock();
}

void
RunFolder::Unlock()
{
    if (m_lock >= 0)
    {
        close(m_lock);
    }
    m_lock = -1;
}

void
RunFolder::Finish()
{
    const std::string name = m_path + "/" + UNFINISHED;
    if (unlink(name.c_str()) < 0 && errno != ENOENT)
    {
        RefuseFile(name);
    }
    Unlock();
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
        const int problem = errno;
        std::error_code ignored;
        fs::remove(path, ignored); // half of a file would only mislead
        errno = problem;
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
CsvFile::Row(std::initializer_list<std::string_view> fields, std::optional<std::string_view> last)
{
    bool first = true;
    for (const std::string_view field : fields)
    {
        if (!first)
        {
            m_buffer += ',';
        }
        first = false;
        Field(field);
    }
    if (last)
    {
        m_buffer += ',';
        Field(*last);
    }
    m_buffer += '\n';
    if (m_buffer.size() >= FLUSH_AT)
    {
        Flush();
    }
}

/** Appends a field, quoted if it must be. */
void
CsvFile::Field(std::string_view field)
{
    if (field.find_first_of(",\"\n\r") == std::string_view::npos)
    {
        m_buffer += field;
        return;
    }
    m_buffer += '"';
    for (const char c : field)
    {
        m_buffer.append(c == '"' ? 2 : 1, c);
    }
    m_buffer += '"';
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
