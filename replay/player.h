#ifndef LIFECYCLE_REPLAY_PLAYER_H
#define LIFECYCLE_REPLAY_PLAYER_H

#include "held-channel.h"
#include "steps.h"

#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/node.h"
#include "ns3/socket.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace replay
{

/** Plays steps in ns-3, and watches whether the hosts do what they did in the exploration. */
class Player
{
  public:
    /** Makes the hosts of @p steps, which must outlive this. @throws StepsError */
    explicit Player(const Steps& steps);

    Player(const Player&) = delete;
    Player& operator=(const Player&) = delete;

    const std::vector<ns3::Ptr<ns3::Node>>& Nodes() const
    {
        return m_nodes;
    }

    /** A node without TCP for an attacker; null if there is none. */
    ns3::Ptr<ns3::Node> Attacker() const
    {
        return m_attacker == nullptr ? nullptr : m_attacker->GetNode();
    }

    /** Tells @p sink of whatever will put forged segments on the link. */
    void OnInjector(std::function<void(ns3::Ptr<ns3::LifecycleInjector>)> sink)
    {
        m_onInjector = std::move(sink);
    }

    /** Plays all steps. @return The first difference, as a sentence; nothing if there is none. */
    std::optional<std::string> Play();

  private:
    /** A host and its user. */
    struct User
    {
        ns3::Ptr<ns3::LifecycleL4Protocol> tcp;
        ns3::Ptr<ns3::Socket> listener;
        ns3::Ptr<ns3::Socket> subject; ///< whom the calls are about
    };

    void MakeHost(const StepsHost& host);
    ns3::Ptr<ns3::SimpleNetDevice> AddDevice(ns3::Ptr<ns3::Node> node) const;
    void Watch(std::size_t host);
    void Next();
    void Begin(const PlayedStep& step);
    void Compare();
    void Call(std::size_t host, const std::string& call);
    void Listen(std::size_t host);
    void Open(std::size_t host);
    void Forge(const SeenAction& segment);
    std::uint32_t Ours(std::size_t from, std::size_t to, std::uint32_t number) const;
    void Differ(const std::string& sentence);
    bool IsSame(const SeenAction& expected, const SeenAction& seen);
    bool IsSameNumber(std::size_t from,
                      std::size_t to,
                      const std::optional<std::uint32_t>& expected,
                      const std::optional<std::uint32_t>& seen) const;
    ns3::Address AddressOf(std::size_t host) const;

    const Steps& m_steps;
    ns3::Ptr<HeldChannel> m_channel;
    std::vector<ns3::Ptr<ns3::Node>> m_nodes;
    std::vector<User> m_users;
    ns3::Ptr<ns3::SimpleNetDevice> m_attacker; ///< null if there is none
    std::function<void(ns3::Ptr<ns3::LifecycleInjector>)> m_onInjector;
    std::size_t m_next{0};
    std::vector<SeenAction> m_seen; ///< in this step
    /** From where on, and by how much, the numbers of ns-3 are ahead, for each pair of hosts. */
    std::map<std::pair<std::size_t, std::size_t>,
             std::vector<std::pair<std::uint32_t, std::uint32_t>>>
        m_ahead;
    std::optional<std::string> m_difference;
};

} // namespace replay

#endif // LIFECYCLE_REPLAY_PLAYER_H
