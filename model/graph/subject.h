#ifndef LIFECYCLE_GRAPH_SUBJECT_H
#define LIFECYCLE_GRAPH_SUBJECT_H

#include "../core/host.h"
#include "../core/stack-config.h"
#include "world-rules.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lifecycle::exploration
{

/** What comes to one host: its user calls, a segment arrives, or time passes until a timer is due. */
struct Input
{
    enum class Kind : std::uint8_t
    {
        CALL,
        SEGMENT,
        TIMEOUT,
    };

    Kind kind;
    UserCall call{UserCall::LISTEN};
    Segment segment{};

    static Input Call(UserCall call)
    {
        return {Kind::CALL, call, {}};
    }
};

/** One host and its user, who accepts at once. It has one peer, which nobody models. */
class Subject
{
  public:
    /** @p reads whether the user reads at once, or never. */
    Subject(const StackConfig& stack, bool reads);

    /**
     * Has @p input come, at @p now. @return What is seen of the host from outside, but neither windows
     * nor options; with `decisions` also by which rules. A call that is impossible gives nothing.
     */
    Actions Take(const Input& input, Instant now, bool decisions = false);

    /** When time would pass to next; nothing if no timer runs. */
    std::optional<Instant> NextDeadline() const
    {
        return m_host.NextDeadline();
    }

    /** The connection with the peer; null if there is none. */
    std::shared_ptr<const Connection> GetConnection() const;

    /** All inputs that may make a difference now, from calls to segments by class and position. */
    std::vector<Input> Inputs() const;

    /** The same for two that will answer alike, as far as one connection goes. */
    std::uint64_t Hash(Instant now) const;

    /** The numbers of both directions, so that the first of each is 0; for people. */
    std::string ToText(const Segment& segment, bool isOwn) const;

  private:
    bool Make(UserCall call, Instant now, Actions& out);
    void Perform(std::size_t place, Instant now, Actions& out);
    void AddSegments(std::vector<Input>& inputs) const;

    StackConfig m_stack;
    Host m_host;
    ConnectionId m_listener;
    ConnectionId m_user; ///< the connection that the calls are about
    bool m_reads;
    std::optional<SeqNum> m_iss; ///< the last
};

/** When @p input comes to the two: TIMEOUT at the first deadline of either, all else at @p now. */
Instant NextInstant(const Input& input, const Subject& one, const Subject& other, Instant now);

/** Whether two answers look alike. */
bool AreAlike(const Actions& one, const Actions& other);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_SUBJECT_H
