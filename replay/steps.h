#ifndef LIFECYCLE_REPLAY_STEPS_H
#define LIFECYCLE_REPLAY_STEPS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace replay
{

/** What cannot be played; what() is one sentence for the user. */
class StepsError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/** A host, as all hosts begin. */
struct StepsHost
{
    std::string name;
    std::string preset;
    std::map<std::string, std::string> attributes; ///< name of the attribute to its value
    std::uint16_t port;
    std::size_t peer; ///< whom OPEN calls
};

/** What a host does, as the exploration has seen it, or as ns-3 shows it. */
struct SeenAction
{
    std::string
        what; ///< all but numbers: `a sends S. to b, 0 octets, window 65535 <mss 1460> (new)`
    std::size_t from{0};                ///< host
    std::size_t to{0};                  ///< host, of a segment
    std::optional<std::uint32_t> seq{}; ///< of a segment
    std::optional<std::uint32_t> ack{}; ///< of a segment that acknowledges
    std::string flags{};                ///< of a segment
    std::uint32_t len{0};               ///< octets of a segment, or that the user can read
    std::uint32_t window{0};            ///< of a segment
    std::string options{};              ///< of a segment

    bool IsSyn() const
    {
        return flags.find('S') != std::string::npos;
    }
};

/** One event, and what it makes the hosts do. */
struct PlayedStep
{
    enum class Kind
    {
        CALL,
        DELIVER,
        LOSE,
        EXPIRE,
        TICK,
        DUPLICATE, ///< as DELIVER, and a copy is still on its way
        FORGE,     ///< an attacker's segment arrives
    };

    Kind kind;
    std::size_t host{0};
    std::string call;               ///< of CALL
    std::uint32_t packet{0};        ///< of DELIVER and LOSE
    std::vector<std::uint32_t> old; ///< packets that TICK loses
    SeenAction forged{};            ///< segment of FORGE
    std::vector<SeenAction> actions;
};

/** The way to a step that breaks a check, as lifecycle-explore writes it. */
struct Steps
{
    std::string check;
    std::string requirements;
    std::string claim;
    std::int64_t tick; ///< [ns]
    std::vector<StepsHost> hosts;
    std::vector<PlayedStep> steps;
};

/** Reads @p file. @throws StepsError if the file cannot be read, or is not whole, or another. */
Steps ReadSteps(const std::string& file);

/** Host @p host sends a segment: @p action, of which @c flags and what follows is set. */
void SetText(SeenAction& action, const std::string& host, const std::string& reason);

} // namespace replay

#endif // LIFECYCLE_REPLAY_STEPS_H
