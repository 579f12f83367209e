#include "exploration.h"

#include "../core/chunked-vector.h"
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

constexpr std::size_t LOG_CHUNK = 1 << 16;

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
    bool VisitLevel();
    void VisitBlock(std::size_t begin, std::size_t end);
    void VisitChunk(std::size_t begin, std::size_t end, ChunkResult& result);
    void Join(ChunkResult& result);
    void Remember(std::uint32_t parent, std::uint16_t event);
    bool MayGoOn();
    const Check* BrokenBy(const Step& step) const;

    const Futures& m_futures;
    const Options& m_options;
    std::vector<const Check*> m_checks;
    FingerprintSet m_seen;
    MachinePool m_pool;
    ChunkedVector<std::uint32_t> m_parents{
        LOG_CHUNK}; ///< of each world seen, in the order of their finding
    ChunkedVector<std::uint16_t> m_events{LOG_CHUNK}; ///< that led from there to it
    std::deque<World> m_level;
    std::deque<World> m_next;
    std::size_t m_levelBegin{0}; ///< the place of m_level[0] among all worlds
    std::vector<ChunkResult> m_chunks;
    Result m_result{Outcome::EXHAUSTED, {}, {}, {}};
};

Result
Search::Run()
{
    World first = m_futures.First();
    m_seen.Add(EncodeWorld(first, m_futures));
    Remember(0, 0);
    m_level.push_back(std::move(first));
    while (!m_level.empty())
    {
        m_result.levels.push_back(m_level.size());
        if (!VisitLevel())
        {
            break;
        }
        m_levelBegin += m_level.size();
        m_pool.NextGeneration();
        m_level = std::exchange(m_next, {});
        m_result.progress.depth += m_level.empty() ? 0 : 1;
    }
    m_result.progress.worlds = m_parents.Size();
    return std::move(m_result);
}

/** Visits the worlds of m_level; what is new goes to m_next. @return Whether the search goes on. */
bool
Search::VisitLevel()
{
    for (std::size_t begin = 0; begin < m_level.size(); begin += BLOCK)
    {
        VisitBlock(begin, std::min(begin + BLOCK, m_level.size()));
        for (ChunkResult& chunk : m_chunks)
        {
            Join(chunk);
            if (m_result.outcome == Outcome::BROKEN)
            {
                return false;
            }
        }
        if (!MayGoOn())
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
    m_result.progress.successors += result.successors;
    m_result.progress.leftOut += result.leftOut;
    for (Candidate& candidate : result.candidates)
    {
        if (m_seen.Add(candidate.fingerprint))
        {
            Remember(static_cast<std::uint32_t>(m_levelBegin) + candidate.parent, candidate.event);
            m_next.push_back(std::move(candidate.world));
        }
    }
    if (result.broken != nullptr)
    {
        m_result.outcome = Outcome::BROKEN;
        Counterexample found{result.broken, {result.brokenEvent}};
        for (std::size_t at = m_levelBegin + result.brokenParent; at != 0; at = m_parents[at])
        {
            found.events.push_back(Event::FromCode(m_events[at]));
        }
        std::reverse(found.events.begin(), found.events.end());
        m_result.counterexample = std::move(found);
    }
    result.candidates.clear();
}

void
Search::Remember(std::uint32_t parent, std::uint16_t event)
{
    m_parents.Grow(1, parent);
    m_events.Grow(1, event);
}

bool
Search::MayGoOn()
{
    Progress& progress = m_result.progress;
    progress.worlds = m_parents.Size();
    progress.frontier = m_next.size();
    progress.memory =
        m_seen.Memory() + m_parents.Size() * (sizeof(std::uint32_t) + sizeof(std::uint16_t));
    return !m_options.mayGoOn || m_options.mayGoOn(progress);
}

} // namespace

Result
Explore(const Futures& futures, const Options& options)
{
    return Search(futures, options).Run();
}

} // namespace lifecycle::exploration
