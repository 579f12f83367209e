// Connections and hosts are values: equal content is equal and hashes alike, other content does not.

#include "../../model/core/host.h"
#include "../../model/core/option-rows.h"
#include "ladder.h"

#include <functional>
#include <set>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace lifecycle::test
{
namespace
{

// Covers the value of a Connection: each of these inputs changes one thing
TEST(Equality, AnyChangeOfAConnectionChangesValueAndHash)
{
    std::vector<Connection> all;
    const auto add = [&all](const Ladder& l) { all.push_back(l.Subject()); };
    for (const State state : ALL_STATES)
    {
        Ladder l;
        l.To(state);
        add(l);
    }
    {
        Ladder l;
        l.ToSynReceivedActively(); // another origin
        add(l);
    }
    {
        Ladder l;
        l.ToEstablished();
        l.Arrives(Seq(1).Ack(1).Win(7)); // SND.WND
        add(l);
        l.UserSends(1).Sends(Seq(1).Ack(1).Len(1));
        add(l);
        l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(1)); // count, backed-off timer
        add(l);
        l.Arrives(Seq(5).Ack(1).Len(1)).Holds(5, 1).Acks(Seq(2).Ack(1)); // held text
        add(l);
        l.Arrives(Seq(9).Ack(1).Fin()).Acks(Seq(2).Ack(1)); // a known FIN
        add(l);
        l.Arrives(Seq(2).Rst()).Challenges(Seq(2).Ack(1)).Drops(DropReason::BAD_RESET);
        add(l); // the throttle
    }
    {
        ConnectionConfig config;
        config.keepCount = 8;
        Ladder l(config);
        add(l);
    }
    for (std::size_t i = 0; i < all.size(); ++i)
    {
        const Connection copy = all[i];
        EXPECT_EQ(copy, all[i]);
        EXPECT_EQ(HashValue(copy), HashValue(all[i]));
        for (std::size_t j = 0; j < i; ++j)
        {
            EXPECT_NE(all[i], all[j]) << i << " " << j;
            EXPECT_NE(HashValue(all[i]), HashValue(all[j])) << i << " " << j;
        }
    }
}

TEST(Equality, EveryOptionCounts)
{
    const auto change = [](auto* field) {
        using Field = std::decay_t<decltype(*field)>;
        if constexpr (std::is_same_v<Field, Duration>)
        {
            *field += 1ns;
        }
        else if constexpr (std::is_same_v<Field, bool>)
        {
            *field = !*field;
        }
        else if constexpr (std::is_enum_v<Field>)
        {
            *field = static_cast<Field>(*field == Field{} ? 1 : 0);
        }
        else
        {
            *field += 1;
        }
    };
    std::set<std::uint64_t> hashes{HashValue(StackConfig{})};
    for (const StackOption& option : StackOptions())
    {
        StackConfig config;
        std::visit(change, option.field(config));
        EXPECT_NE(config, StackConfig{}) << option.name;
        EXPECT_TRUE(hashes.insert(HashValue(config)).second) << option.name << ": a field twice?";
    }
}

Host
WithConnections(const std::vector<std::uint16_t>& ports)
{
    Host host{HostConfig{}, {1, 2}};
    Actions out;
    for (const std::uint16_t port : ports)
    {
        host.OpenActive({{Address::FromIpv4(1), port}, {Address::FromIpv4(2), 80}},
                        {},
                        Instant{},
                        out);
    }
    return host;
}

TEST(Equality, HostsOfOneHistoryAreEqualAndCopiesGoTheirOwnWay)
{
    Host a = WithConnections({1, 2, 3});
    Host b = WithConnections({1, 2, 3});
    EXPECT_EQ(a, b);
    EXPECT_EQ(HashValue(a), HashValue(b));
    Host c = a;
    EXPECT_EQ(a, c);
    Actions out;
    EXPECT_FALSE(c.Abort(ConnectionId{2}, Instant{}, out));
    EXPECT_NE(a, c);
    EXPECT_NE(HashValue(a), HashValue(c));
    EXPECT_EQ(a, b);
    EXPECT_NE(a.Find(ConnectionId{2}), nullptr);
}

TEST(Equality, AnyChangeOfAHostChangesValueAndHash)
{
    const Host base = WithConnections({1});
    const Endpoint local{Address::FromIpv4(1), 80};
    const std::function<void(Host&, Actions&)> changes[] = {
        [&](Host& h, Actions&) { h.BindPort(local); },
        [&](Host& h, Actions& out) { h.OpenPassive(local, {}, 1, 1, out); },
        [&](Host& h, Actions& out) { h.OpenPassive(local, {}, 1, 2, out); },
        [&](Host& h, Actions& out) { h.OpenPassive(local, {}, 2, 1, out); },
        [&](Host& h, Actions& out) { static_cast<void>(h.Send({1}, 1, Instant{}, out)); },
        [&](Host& h, Actions& out) { h.DeadlineReached(Instant(1s), out); },
        [&](Host& h, Actions& out) { static_cast<void>(h.Abort({1}, Instant{}, out)); },
        [](Host& h, Actions&) {
            h = Host{HostConfig{}, {1, 3}};
        },
        [](Host& h, Actions&) {
            h = Host{HostConfig{}, {1, 2}};
        },
    };
    std::set<std::uint64_t> hashes{HashValue(base)};
    for (const auto& change : changes)
    {
        Host changed = base;
        Actions out;
        change(changed, out);
        EXPECT_NE(changed, base);
        EXPECT_TRUE(hashes.insert(HashValue(changed)).second);
    }
}

// Covers the hash of unordered containers: no order of insertion
TEST(Equality, HashOfAnUnorderedMapHasNoOrder)
{
    std::unordered_map<ConnectionId, int, ValueHash> forwards;
    std::unordered_map<ConnectionId, int, ValueHash> backwards(1000);
    for (std::uint64_t i = 1; i <= 100; ++i)
    {
        forwards.emplace(ConnectionId{i}, static_cast<int>(i));
        backwards.emplace(ConnectionId{101 - i}, static_cast<int>(101 - i));
    }
    EXPECT_EQ(HashValue(forwards), HashValue(backwards));
    backwards[ConnectionId{5}] = 6;
    EXPECT_NE(HashValue(forwards), HashValue(backwards));
    EXPECT_NE(HashValue(std::optional<int>()), HashValue(std::optional<int>(0)));
    EXPECT_NE(HashValue(std::vector<int>{1, 2}), HashValue(std::vector<int>{2, 1}));
    EXPECT_NE(HashValue(std::vector<int>{}), HashValue(std::vector<int>{0}));
}

} // namespace
} // namespace lifecycle::test
