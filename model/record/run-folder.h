#ifndef LIFECYCLE_RECORD_RUN_FOLDER_H
#define LIFECYCLE_RECORD_RUN_FOLDER_H

#include "../core/instant.h"

#include <fstream>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lifecycle
{

/** The run folder cannot be used; what() is one sentence for the user. */
class RunFolderError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/** The folder holds something else than a run, or another run is written into the folder. */
class FolderRefused : public RunFolderError
{
  public:
    using RunFolderError::RunFolderError;
};

/** The folder is not empty and nobody has allowed to replace the run in it. */
class FolderNotEmpty : public FolderRefused
{
  public:
    using FolderRefused::FolderRefused;
};

/** Tells that the last operation on a file has failed, and what the system says about it. @throws RunFolderError */
[[noreturn]] void RefuseFile(const std::string& path);

/** `12.345000000`: seconds with nine decimals, from integer nanoseconds. */
std::string ToSeconds(Duration sinceStart);

/**
 * The folder into which one run is written; see doc/run-folder.rst. Until Finish the folder holds
 * a file `unfinished`, which stays if the run is cut short. A lock on that file keeps other runs
 * away, and ends with the process.
 */
class RunFolder
{
  public:
    /**
     * Makes the folder, its parents too, and locks it.
     *
     * @param force Whether a run folder that is already there may be replaced: its files are removed.
     * @throws FolderNotEmpty if @p path is not empty and @p force is off.
     * @throws FolderRefused if @p path holds something else than a run, or is locked.
     * @throws RunFolderError if @p path cannot be made.
     */
    RunFolder(std::string path, bool force);
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    /** Checks all that the constructor checks, except the lock, and changes nothing. */
    static void CheckUsable(const std::string& path, bool force);

    const std::string& Path() const
    {
        return m_path;
    }

    /** Writes one whole file. @throws RunFolderError if the disk does not take it. */
    void Write(const std::string& name, std::string_view text) const;

    /** Ends the run: its files are whole, so `unfinished` is removed and the lock released. */
    void Finish();

  private:
    void Unlock();

    std::string m_path;
    int m_lock{-1}; ///< the open file `unfinished`
};

/** One CSV file of a run folder, row by row. Source: RFC 4180, with line feeds. */
class CsvFile
{
  public:
    /** @throws RunFolderError if the file cannot be made. */
    CsvFile(const RunFolder& folder, const std::string& name, std::string_view header);

    /**
     * Writes one row, with @p last as one field more if there is one. Fields that need quotes get them.
     *
     * @throws RunFolderError as soon as the disk does not take rows.
     */
    void Row(std::initializer_list<std::string_view> fields,
             std::optional<std::string_view> last = std::nullopt);

    /** Writes what is buffered. @throws RunFolderError if the disk did not take all rows. */
    void Close();

  private:
    void Field(std::string_view field);
    void Flush();

    std::string m_path;
    std::string m_buffer;
    std::ofstream m_out;
};

} // namespace lifecycle

#endif // LIFECYCLE_RECORD_RUN_FOLDER_H
