#include "exploration.h"

#include "checkpoint.h"
#include "machine-pool.h"
#include "world-encoding.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>
#include <utility>

namespace lifecycle::exploration
{

namespace
{

/** Worlds whose futures are found before those are looked up, whatever the number of threads. */
constexpr std::size_t BLOCK = 8192;
/** Worlds that a thread takes at once. */
constexpr std::size_t CHUNK = 64;

/** A world that is perhaps new. */
struct Candidate
{
    World world;
    Fingerprint fingerprint;
    std::uint32_t parent; ///< place of the world before in its level
    std::uint16_t event;
};

/** What has come of the worlds of one chunk. */
struct ChunkResult
{
    std::vector<Candidate> candidates;
    std::uint64_t successors{0};
    std::uint64_t leftOut{0};
    const Check* broken{nullptr};
    std::uint32_t brokenParent{0};
    Event brokenEvent{};
};

class Search
{
  public:
    Search(const Futures& futures, const Options& options)
        : m_futures(futures),
          m_options(options)
    {
        for (const Check& check : CHECKS)
        {
            const auto& without = options.without;
            if (std::find(without.begin(), without.end(), check.name) == without.end())
            {
                m_checks.push_back(&check);
            }
        }
    }

    Result Run();

  private:
    void Begin();
    void Continue();
    World Again(const World& parent, std::size_t number);
    bool VisitLevel();
    void VisitBlock(std::size_t begin, std::size_t end);
    void VisitChunk(std::size_t begin, std::size_t end, ChunkResult& result);
    void Join(ChunkResult& result);
    void NoteProgress();
    const Check* BrokenBy(const Step& step) const;

    const Futures& m_futures;
    const Options& m_options;
    std::vector<const Check*> m_checks;
    FingerprintSet m_seen;
    MachinePool m_pool;
    Checkpoint m_past; ///< how all worlds seen were found
    std::deque<World> m_level;
    std::deque<World> m_next;
    std::size_t m_levelBegin{0}; ///< the place of m_level[0] among all worlds
    std::vector<ChunkResult> m_chunks;
    Result m_result{Outcome::EXHAUSTED, {}, {}, {}};
};

Result
Search::Run()
{
    if (!m_options.checkpoint.empty())
    {
        CheckWritable(m_options.checkpoint);
    }
    if (m_options.continueFrom.empty())
    {
        Begin();
    }
    else
    {
        Continue();
    }
    while (VisitLevel())
    {
        m_levelBegin += m_level.size();
        m_pool.NextGeneration();
        m_level = std::exchange(m_next, {});
        if (m_level.empty())
        {
            break;
        }
        m_past.levels.push_back(m_level.size());
        m_past.done = 0;
    }
    if (m_result.outcome == Outcome::STOPPED && !m_options.checkpoint.empty())
    {
        WriteCheckpoint(m_options.checkpoint, m_past);
    }
    NoteProgress();
    m_result.levels = m_past.levels;
    return std::move(m_result);
}

void
Search::Begin()
{
    m_past.rules = m_options.rules;
    World first = m_futures.First();
    m_seen.Add(EncodeWorld(first, m_futures));
    m_past.Add(0, 0);
    m_past.levels.push_back(1);
    m_level.push_back(std::move(first));
}

/** Finds all worlds of a checkpoint again: each is what one event makes of one before. */
void
Search::Continue()
{
    m_past = ReadCheckpoint(m_options.continueFrom, m_options.rules);
    World first = m_futures.First();
    m_seen.Add(EncodeWorld(first, m_futures));
    m_next.push_back(std::move(first));
    std::size_t number = 1;
    for (std::size_t depth = 0; depth < m_past.levels.size(); ++depth)
    {
        m_levelBegin += m_level.size();
        m_level = std::exchange(m_next, {});
        m_pool.NextGeneration();
        const bool isLast = depth + 1 == m_past.levels.size();
        const std::size_t end =
            isLast ? m_past.Size() : m_levelBegin + m_level.size() + m_past.levels[depth + 1];
        for (; number < end; ++number)
        {
            const std::size_t place = m_past.parents[number] - m_levelBegin;
            m_next.push_back(Again(m_level.at(place), number));
        }
    }
}

/** The world of @p number, which was found in @p parent. */
World
Search::Again(const World& parent, std::size_t number)
{
    Step step;
    const bool isPossible = m_futures.Take(parent, Event::FromCode(m_past.events[number]), step) &&
                            m_seen.Add(EncodeWorld(step.after, m_futures));
    if (!isPossible)
    {
        throw CheckpointError("'" + m_options.continueFrom +
                              "' was written by a lifecycle-explore with another machine.");
    }
    return Keep(step, m_pool);
}

/** Visits the worlds of m_level; what is new goes to m_next. @return Whether the search goes on. */
bool
Search::VisitLevel()
{
    while (m_past.done < m_level.size())
    {
        const std::size_t end = std::min<std::size_t>(m_past.done + BLOCK, m_level.size());
        VisitBlock(m_past.done, end);
        for (ChunkResult& chunk : m_chunks)
        {
            Join(chunk);
            if (m_result.outcome == Outcome::BROKEN)
            {
                return false;
            }
        }
        m_past.done = end;
        NoteProgress();
        if (m_options.mayGoOn && !m_options.mayGoOn(m_result.progress))
        {
            m_result.outcome = Outcome::STOPPED;
            return false;
        }
    }
    return true;
}

void
Search::VisitBlock(std::size_t begin, std::size_t end)
{
    m_chunks.clear();
    m_chunks.resize((end - begin + CHUNK - 1) / CHUNK);
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < m_chunks.size(); i = next++)
        {
            const std::size_t at = begin + i * CHUNK;
            const std::size_t stop = std::min(at + CHUNK, end);
            VisitChunk(at, stop, m_chunks[i]);
            std::fill(m_level.begin() + static_cast<std::ptrdiff_t>(at),
                      m_level.begin() + static_cast<std::ptrdiff_t>(stop),
                      World()); // nobody needs them any more
        }
    };
    std::vector<std::thread> helpers;
    const std::size_t useful = std::min(m_options.threads, m_chunks.size());
    for (std::size_t i = 1; i < useful; ++i)
    {
        helpers.emplace_back(work);
    }
    work();
    for (std::thread& helper : helpers)
    {
        helper.join();
    }
}

/** Changes nothing that others ask for, so what is found does not depend on what they do. */
void
Search::VisitChunk(std::size_t begin, std::size_t end, ChunkResult& result)
{
    std::vector<Event> events;
    Step step;
    for (std::size_t i = begin; i < end; ++i)
    {
        const World& world = m_level[i];
        m_futures.FindEvents(world, events);
        for (const Event& event : events)
        {
            if (!m_futures.Take(world, event, step))
            {
                continue;
            }
            ++result.successors;
            result.broken = BrokenBy(step);
            if (result.broken != nullptr)
            {
                result.brokenParent = static_cast<std::uint32_t>(i);
                result.brokenEvent = event;
                return;
            }
            if (step.after.channel.size() > m_futures.Rules().inFlight)
            {
                ++result.leftOut;
                continue;
            }
            const Fingerprint fingerprint = EncodeWorld(step.after, m_futures);
            if (!m_seen.Has(fingerprint))
            {
                result.candidates.push_back(
                    {Keep(step, m_pool), fingerprint, static_cast<std::uint32_t>(i), event.Code()});
            }
        }
    }
}

const Check*
Search::BrokenBy(const Step& step) const
{
    const auto found = std::find_if(m_checks.begin(), m_checks.end(), [&](const Check* check) {
        return check->isBroken(step, m_futures.Rules());
    });
    return found == m_checks.end() ? nullptr : *found;
}

/** Takes over what has come of a chunk, chunks in their order. */
void
Search::Join(ChunkResult& result)
{
    m_past.successors += result.successors;
    m_past.leftOut += result.leftOut;
    for (Candidate& candidate : result.candidates)
    {
        if (m_seen.Add(candidate.fingerprint))
        {
            m_past.Add(static_cast<std::uint32_t>(m_levelBegin) + candidate.parent,
                       candidate.event);
            m_next.push_back(std::move(candidate.world));
        }
    }
    if (result.broken != nullptr)
    {
        m_result.outcome = Outcome::BROKEN;
        Counterexample found{result.broken, {result.brokenEvent}};
        for (std::size_t at = m_levelBegin + result.brokenParent; at != 0; at = m_past.parents[at])
        {
            found.events.push_back(Event::FromCode(m_past.events[at]));
        }
        std::reverse(found.events.begin(), found.events.end());
        m_result.counterexample = std::move(found);
    }
    result.candidates.clear();
}

void
Search::NoteProgress()
{
    Progress& progress = m_result.progress;
    progress.worlds = m_past.Size();
    progress.successors = m_past.successors;
    progress.leftOut = m_past.leftOut;
    progress.depth = static_cast<std::uint32_t>(m_past.levels.size() - 1);
    progress.frontier = m_next.size();
    progress.memory =
        m_seen.Memory() + m_past.Size() * (sizeof(std::uint32_t) + sizeof(std::uint16_t));
}

} // namespace

Result
Explore(const Futures& futures, const Options& options)
{
    return Search(futures, options).Run();
}

} // namespace lifecycle::exploration
