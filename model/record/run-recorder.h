#ifndef LIFECYCLE_RECORD_RUN_RECORDER_H
#define LIFECYCLE_RECORD_RUN_RECORDER_H

#include "../core/instant.h"
#include "../core/state.h"
#include "metrics.h"
#include "occupancy.h"
#include "run-folder.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lifecycle
{

/** What goes into a run folder beside manifest and summary, and how often. */
struct RecordOptions
{
    bool transitions{true};
    bool segments{true};
    bool rules{false}; ///< segments.csv has a column for the rules that decided about a segment
    bool timers{true};
    bool occupancy{true};
    bool connections{true};
    Duration occupancyInterval{0}; ///< 0: a row at every change
    Instant averageFrom{};         ///< the summary's time averages are over this interval
    Instant averageTo{Instant::max()};
    std::optional<Instant> faultAt; ///< later ends count for detection-time-mean
};

/** One host of the run. */
struct RecordedHost
{
    std::string name;
    bool tellsAll{true}; ///< false: the host's TCP tells no octets, queues or who closed first
    bool hasTcp{true};   ///< false: the host only has rows in segments.csv, and counters
};

/** A connection as the files name it. */
struct RecordedConnection
{
    std::uint64_t id{0}; ///< 0: no TCB
    std::string local;
    std::string remote;
};

struct RecordedTransition
{
    RecordedConnection connection;
    State from{State::CLOSED};
    State to{State::CLOSED};
    std::string_view id;    ///< T08; empty where the stack does not know
    std::string_view cause; ///< in words
};

struct RecordedSegment
{
    RecordedConnection connection;
    std::string_view event; ///< tx, rx, drop, lost, dup, corrupt
    std::uint64_t packet{0};
    std::string flags;
    std::uint32_t seq{0};
    std::optional<std::uint32_t> ack;
    std::uint32_t len{0};
    std::uint32_t window{0};
    std::string options;
    std::string reason;
    std::string where; ///< of a segment that did not reach its receiver as it was sent
    std::string rules; ///< that decided about the segment
};

struct RecordedTimer
{
    RecordedConnection connection;
    std::string_view timer;
    std::string_view event;
    std::optional<Instant> expires; ///< while the timer runs
};

/** What only the stack knows about a connection that ends, or stands at the end of the run. */
struct RecordedEnd
{
    std::uint64_t id{0};
    std::string reason; ///< as in connections.csv; empty where the stack does not know
    std::uint64_t octetsSent{0};
    std::uint64_t octetsReceived{0};
    std::uint64_t retransmissions{0};
};

/**
 * Writes everything of a run folder but the manifest and host.json, and keeps the books for the
 * summary. Knows files and events; knows no simulator. Time must not go backwards.
 */
class RunRecorder
{
  public:
    /** @throws RunFolderError as RunFolder and CsvFile do. */
    RunRecorder(const RunFolder& folder,
                const RecordOptions& options,
                std::vector<RecordedHost> hosts);

    // Events; host is an index into the list of hosts.
    void Transition(Instant now, std::size_t host, const RecordedTransition& event);
    void Segment(Instant now, std::size_t host, const RecordedSegment& event);
    void Timer(Instant now, std::size_t host, const RecordedTimer& event);
    void Queues(Instant now, std::size_t host, std::uint64_t synQueue, std::uint64_t acceptQueue);
    void End(Instant now, std::size_t host, const RecordedEnd& event);

    /** A call to open a connection has failed, and no connection came of it; @p reason in words. */
    void OpenFailed(std::size_t host, const std::string& reason);

    /** A count of the stack's own, under the stack's name; a count of 0 gives no metric. */
    void Counter(std::size_t host,
                 std::string_view name,
                 std::string_view unit,
                 std::uint64_t value);

    /**
     * Writes the rows that stand at the end of the run and closes all tables.
     *
     * @param open What the stack knows of the connections that have not ended, by host.
     */
    void Finish(Instant now, const std::vector<std::vector<RecordedEnd>>& open);

    /** Whether anyone reads segments; collecting them costs time. */
    bool WantsSegments() const
    {
        return m_segments.has_value();
    }

    /** The run's own metrics, for each host; valid after Finish. */
    std::vector<Metric> Metrics() const;

    const Occupancy& OccupancyOf(std::size_t host) const
    {
        return m_books[host].occupancy;
    }

  private:
    /** What is known of a connection while it lives: little, because very many may linger. */
    struct Life
    {
        Instant opened{};
        std::optional<Instant> established;
        Instant timeWaitFrom{};
        std::unique_ptr<const RecordedConnection> connection; ///< if it gets a row
        State state{State::CLOSED};
        State lastClosing{State::CLOSED}; ///< the last state that tells who has closed first
        bool listener{false};
        bool active{false};
    };

    /** Adds up lengths of time; exact, because they are whole nanoseconds. */
    struct Times
    {
        Duration sum{0};
        std::uint64_t count{0};

        void Add(Duration time)
        {
            sum += time;
            ++count;
        }
    };

    /** The books of one host. */
    struct Book
    {
        explicit Book(const Occupancy& empty)
            : occupancy(empty)
        {
        }

        Occupancy occupancy;
        Instant nextRow{};
        std::unordered_map<std::uint64_t, Life> lives;
        std::map<std::string, std::uint64_t> endsByReason;
        std::map<std::string, std::uint64_t> failedOpens; ///< by reason
        std::uint64_t opened{0};
        std::uint64_t openAtEnd{0};
        std::uint64_t timeWaits{0};
        std::uint64_t established{0};
        std::uint64_t retransmissions{0};
        std::uint64_t octetsSent{0};
        std::uint64_t octetsReceived{0};
        Times connects;   ///< from the first to ESTABLISHED
        Times lifetimes;  ///< from the first to the end
        Times detections; ///< from the fault to the end
        Times timeWaitTimes;
        std::vector<Metric> counters; ///< of the stack
    };

    void FollowLife(Instant now, Book& book, const RecordedTransition& event) const;
    void OccupancyRow(Instant at, std::size_t host, const OccupancyLevels& levels);
    void OccupancyChanged(Instant now, std::size_t host);
    void OccupancyRowsBefore(Instant now, std::size_t host);
    void ConnectionRow(std::size_t host,
                       const Life& life,
                       const RecordedEnd& end,
                       std::optional<Instant> closed);

    RecordOptions m_options;
    std::vector<RecordedHost> m_hosts;
    std::vector<Book> m_books;
    std::optional<CsvFile> m_transitions;
    std::optional<CsvFile> m_segments;
    std::optional<CsvFile> m_timers;
    std::optional<CsvFile> m_occupancy;
    std::optional<CsvFile> m_connections;
    Instant m_end{};
};

} // namespace lifecycle

#endif // LIFECYCLE_RECORD_RUN_RECORDER_H
