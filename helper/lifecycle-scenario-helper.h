#ifndef LIFECYCLE_SCENARIO_HELPER_H
#define LIFECYCLE_SCENARIO_HELPER_H

#include "ns3/attribute.h"
#include "ns3/impaired-channel.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lifecycle
{
struct StackConfig;
} // namespace lifecycle

namespace ns3
{

/** @brief A value that may be drawn anew each time: a fixed one, or one of ns-3's random variables. */
template <class Value>
struct LifecycleDrawn
{
    LifecycleDrawn() = default;

    /** @brief Always @p value. */
    LifecycleDrawn(Value value)
        : fixed(value)
    {
    }

    /** @brief Drawn as @p text says: `ns3::ExponentialRandomVariable[Mean=0.5]`, in seconds. */
    LifecycleDrawn(const char* text)
        : variable(text)
    {
    }

    Value fixed{};
    std::string variable; ///< of times in seconds, of numbers rounded; empty: fixed

    /** @brief Whether nothing is drawn. @return True if so. */
    bool IsFixed() const
    {
        return variable.empty();
    }

    /** @brief Whether it is always zero. @return True if so. */
    bool IsZero() const
    {
        return IsFixed() && fixed == Value{};
    }
};

using LifecycleDrawnTime = LifecycleDrawn<Time>;
using LifecycleDrawnNumber = LifecycleDrawn<uint64_t>;

/** The impairments of one direction where they differ from those of both. */
struct LifecycleDirectionTypes
{
    using Time = std::optional<ns3::Time>;
    using Fraction = std::optional<double>;
    using Distribution = std::optional<std::string>;
    using LossState = std::optional<std::string>;
    using LossGemodel = std::optional<std::string>;
    using Count = std::optional<uint32_t>;
    using Rate = std::optional<DataRate>;
    static constexpr std::nullopt_t LEAST_GAP = std::nullopt;
};

/**
 * @ingroup lifecycle
 * @brief The values of the stack in a scenario: a preset, and what was set beside it.
 */
class LifecycleStackValues
{
  public:
    LifecycleStackValues();
    LifecycleStackValues(const LifecycleStackValues& other);
    LifecycleStackValues& operator=(const LifecycleStackValues& other);
    ~LifecycleStackValues();

    /** @brief Takes the values of `rfc9293`, `linux`, `freebsd` or `textbook`, and no others. */
    void SetPreset(const std::string& name);

    /**
     * @brief Sets one value.
     * @param attribute An attribute of LifecycleL4Protocol, such as `Msl`.
     * @param value Such as `TimeValue(Seconds(30))`; aborts with one sentence if it is not allowed.
     */
    void Set(const std::string& attribute, const AttributeValue& value);

    /** @brief All values, for the library itself. @return The values. */
    lifecycle::StackConfig& Get();
    /** @brief All values, for the library itself. @return The values. */
    const lifecycle::StackConfig& Get() const;

  private:
    std::unique_ptr<lifecycle::StackConfig> m_values;
};

/**
 * @ingroup lifecycle
 * @brief The classic scenario: clients, each on a link of its own, open connections to one server.
 *
 * Each field is an option of lifecycle-run, whose help says more.
 */
struct LifecycleScenario
{
    // Who and how many
    uint32_t clients{1};           ///< client hosts
    uint64_t connections{1};       ///< in all, if rate is 0
    double rate{0};                ///< connections opened in a second; 0: all at once
    std::string arrivals{"fixed"}; ///< or poisson, mmpp, file
    double burstRate{0};           ///< with mmpp: connections in a second of a burst
    Time quietLength{Seconds(10)}; ///< with mmpp: mean time between bursts
    Time burstLength{Seconds(1)};  ///< with mmpp: mean length of a burst
    std::string arrivalsFile;      ///< with file: a time in seconds a line
    Time duration{0};              ///< how long connections are opened at rate
    Time warmUp{0};                ///< where means begin; 0: after 2 MSL
    Time stop{0};                  ///< end of the simulation; 0: when nothing can happen

    // What a connection does
    std::string open{"client"};              ///< or simultaneous
    LifecycleDrawnTime openDelay;            ///< with simultaneous: how long the client waits
    LifecycleDrawnTime openDelayServer;      ///< with simultaneous: how long the server waits
    LifecycleDrawnNumber requests{1};        ///< in a connection
    LifecycleDrawnNumber requestSize{100};   ///< [octets]
    LifecycleDrawnNumber responseSize{1000}; ///< [octets]
    LifecycleDrawnTime think;                ///< between a response and the next request
    bool serverFirst{false};                 ///< each response comes before its request
    LifecycleDrawnTime hold;                 ///< between the last response and the close
    std::string closeFirst{"client"};        ///< or server, both, abort, nobody
    double closeFirstProbability{1};         ///< else it is the other of client and server
    LifecycleDrawnTime closeDelay;           ///< between the other end's close and one's own
    bool halfClose{false};                   ///< the client closes after its request, then reads
    bool listen{true};                       ///< whether the server listens
    LifecycleDrawnTime acceptTime;           ///< how long the server is busy with each accept
    LifecycleDrawnTime readDelay;            ///< how long the server leaves unread what arrives
    std::string keepAliveHost{"both"};       ///< or client, server

    // What goes wrong
    std::string faultHost{"server"}; ///< or client, client-2
    LifecycleDrawnTime crashAt;      ///< 0: never
    LifecycleDrawnTime rebootAt;     ///< 0: never
    Time quietTime{0};               ///< after a reboot, RFC 9293 3.4.3
    LifecycleDrawnTime exitAt;       ///< 0: never
    LifecycleDrawnTime outageAt;     ///< when the links lose everything
    Time outageDuration{0};          ///< 0: no outage
    std::string inject;              ///< crafted segments

    // The links
    std::string linkRate{"100Mbps"}; ///< of each link
    uint32_t queue{1000};            ///< packets that a sender's queue holds
    LinkImpairments both;            ///< of both directions; at first a delay of 10 ms
    lifecycle::ImpairmentFields<LifecycleDirectionTypes> toServer; ///< what is other than both
    lifecycle::ImpairmentFields<LifecycleDirectionTypes> toClient; ///< what is other than both
    std::string rules;                                             ///< for single segments
    bool checksums{false};                                         ///< compute and verify checksums
    std::string ipVersion{"4"};                                    ///< or 6

    // The stack
    std::string stack{"lifecycle"}; ///< or stock: ns-3's own TCP
    std::string preset{"rfc9293"};  ///< of values; SetPreset changes both
    LifecycleStackValues values;

    // The record
    std::string output; ///< the run folder
    bool force{false};  ///< replace the run that is in the folder
    std::string record{"transitions,segments,timers,occupancy,connections"};
    Time occupancyInterval{0}; ///< spacing of rows in occupancy.csv; 0: each change
    uint32_t seed{1};          ///< RngSeed
    uint64_t run{1};           ///< RngRun
    bool quiet{false};         ///< no progress line

    std::set<std::string> given; ///< names of the options that a command line has set

    LifecycleScenario();

    /** @brief Takes a preset and forgets all other values of the stack. */
    void SetPreset(const std::string& name);

    /** @brief When means begin: as asked, or when TIME-WAIT has filled up. @return The time. */
    Time WarmUp() const;
};

namespace lifecycle_internal
{
class ScenarioRun;
} // namespace lifecycle_internal

/**
 * @ingroup lifecycle
 * @brief Builds and runs a LifecycleScenario, which leaves a run folder. One at a time.
 */
class LifecycleScenarioHelper
{
  public:
    /**
     * @brief Checks the scenario and builds it; nothing is written before Run.
     *
     * Throws std::runtime_error with one sentence, which names the options of lifecycle-run, if
     * the scenario makes no sense.
     */
    explicit LifecycleScenarioHelper(const LifecycleScenario& scenario);
    ~LifecycleScenarioHelper();

    LifecycleScenarioHelper(const LifecycleScenarioHelper&) = delete;
    LifecycleScenarioHelper& operator=(const LifecycleScenarioHelper&) = delete;

    /** @brief The clients, to which a program may add what it likes. @return The nodes. */
    NodeContainer GetClients() const;

    /** @brief The server. @return The node. */
    Ptr<Node> GetServer() const;

    /** @brief The two devices of the link of client @p client; the second is the server's. */
    NetDeviceContainer GetLink(uint32_t client) const;

    /** @brief What records the run. @return The helper, which lives as long as this one. */
    LifecycleTraceHelper& GetTrace();

    /**
     * @brief Runs to the end, or to SIGINT or SIGTERM; then writes what is left.
     *
     * Tells on standard error what the user will want to know: rules and injections that met
     * nothing, and, unless quiet, what happened. Throws std::runtime_error if something cannot be
     * written.
     *
     * @return The exit status for the program: 0, or 130 if the run was interrupted.
     */
    int Run();

  private:
    std::unique_ptr<lifecycle_internal::ScenarioRun> m_run;
};

} // namespace ns3

#endif // LIFECYCLE_SCENARIO_HELPER_H
