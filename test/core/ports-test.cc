// Local ports: RFC 6056, RFC 9293 3.4.1.

#include "../../model/core/host.h"

#include <gtest/gtest.h>
#include <set>

namespace lifecycle::test
{
namespace
{

const Address HERE = Address::FromIpv4(0x0a000001);
const Address ELSEWHERE = Address::FromIpv4(0x0a000009);
const Address THERE = Address::FromIpv4(0x0a000002);

HostConfig
FewPorts(std::uint16_t first, std::uint16_t last)
{
    HostConfig config;
    config.ephemeralFirst = first;
    config.ephemeralLast = last;
    return config;
}

OpenResult
Open(Host& host, const Address& remote = THERE)
{
    Actions out;
    return host.OpenActive({{HERE, 0}, {remote, 80}}, {}, Instant{}, out);
}

std::uint16_t
PortOf(const Host& host, const OpenResult& opened)
{
    return host.Find(std::get<ConnectionId>(opened))->Path().local.port;
}

TEST(Ports, BindingTwiceConflicts)
{
    Host host{HostConfig{}, {1, 2}};
    EXPECT_EQ(host.BindPort({HERE, 80}), 80);
    EXPECT_EQ(host.BindPort({HERE, 80}), std::nullopt);
    EXPECT_EQ(host.BindPort({Address{}, 80}), std::nullopt);
    EXPECT_EQ(host.BindPort({ELSEWHERE, 80}), 80);
    EXPECT_EQ(host.BindPort({Address{}, 81}), 81);
    EXPECT_EQ(host.BindPort({HERE, 81}), std::nullopt);
    Endpoint six{HERE, 81};
    six.address.family = Family::IPV6;
    EXPECT_EQ(host.BindPort(six), 81);
}

// Covers R-19, MUST-42: only a listener keeps others from a port that may be shared
TEST(Ports, SharedUnlessSomebodyListens)
{
    Host host{HostConfig{}, {1, 2}};
    EXPECT_EQ(host.BindPort({HERE, 80}), 80);
    EXPECT_EQ(host.BindPort({HERE, 80}, true), 80);
    host.UnbindPort({HERE, 80});
    EXPECT_EQ(host.BindPort({HERE, 80}), std::nullopt); // the first still has it
    Actions out;
    const auto listener = host.OpenPassive({HERE, 80}, {}, ListenConfig{}, out);
    EXPECT_EQ(host.BindPort({HERE, 80}, true), std::nullopt);
    EXPECT_EQ(host.BindPort({Address{}, 80}, true), std::nullopt);
    EXPECT_EQ(host.BindPort({ELSEWHERE, 80}, true), 80);
    EXPECT_EQ(host.BindPort({HERE, 81}, true), 81);
    EXPECT_EQ(host.Abort(std::get<ConnectionId>(listener), Instant{}, out), std::nullopt);
    EXPECT_EQ(host.BindPort({HERE, 80}, true), 80);
}

TEST(Ports, UnbindingGivesBackWhatWasBoundAndNothingElse)
{
    Host host{HostConfig{}, {1, 2}};
    host.UnbindPort({HERE, 80});
    EXPECT_EQ(host.BindPort({HERE, 80}), 80);
    host.UnbindPort({ELSEWHERE, 80});
    EXPECT_EQ(host.BindPort({HERE, 80}), std::nullopt);
    host.UnbindPort({HERE, 80});
    EXPECT_EQ(host.BindPort({HERE, 80}), 80);
}

//
TEST(Ports, ExhaustionIsAnError)
{
    Host host{FewPorts(2000, 2009), {1, 2}};
    std::set<std::uint16_t> ports;
    for (int i = 0; i < 10; ++i)
    {
        ports.insert(PortOf(host, Open(host)));
    }
    EXPECT_EQ(ports.size(), 10U);
    EXPECT_EQ(*ports.begin(), 2000);
    EXPECT_EQ(*ports.rbegin(), 2009);
    EXPECT_EQ(std::get<CallError>(Open(host)), CallError::INSUFFICIENT_RESOURCES);
    EXPECT_TRUE(std::holds_alternative<ConnectionId>(Open(host, ELSEWHERE)));
    Actions out;
    EXPECT_FALSE(host.Abort(ConnectionId{4}, Instant{}, out));
    EXPECT_TRUE(std::holds_alternative<ConnectionId>(Open(host)));
}

//
TEST(Ports, ExhaustionOfBindingsIsAnError)
{
    Host host{FewPorts(2000, 2001), {1, 2}};
    EXPECT_TRUE(host.BindPort({HERE, 0}));
    EXPECT_TRUE(host.BindPort({HERE, 0}));
    EXPECT_FALSE(host.BindPort({HERE, 0}));
}

//
TEST(Ports, BoundPortIsNeverHandedOut)
{
    Host host{FewPorts(2000, 2009), {1, 2}};
    EXPECT_EQ(host.BindPort({HERE, 2003}), 2003);
    EXPECT_EQ(host.BindPort({Address{}, 2004}), 2004);
    for (int i = 0; i < 8; ++i)
    {
        const std::uint16_t port = PortOf(host, Open(host));
        EXPECT_NE(port, 2003);
        EXPECT_NE(port, 2004);
    }
    EXPECT_EQ(std::get<CallError>(Open(host)), CallError::INSUFFICIENT_RESOURCES);
}

// Covers R-124: nor one that a socket listens on
TEST(Ports, ListeningPortIsNeverHandedOut)
{
    Host host{FewPorts(2000, 2003), {1, 2}};
    Actions out;
    host.OpenPassive({HERE, 2001}, {}, 1, 1, out);
    host.OpenPassive({Address{}, 2002}, {}, 1, 1, out);
    std::set<std::uint16_t> ports;
    ports.insert(PortOf(host, Open(host)));
    ports.insert(PortOf(host, Open(host)));
    EXPECT_EQ(ports, (std::set<std::uint16_t>{2000, 2003}));
    EXPECT_EQ(std::get<CallError>(Open(host)), CallError::INSUFFICIENT_RESOURCES);
}

// Covers R-123: neither the first port nor the next can be foretold from the destination
TEST(Ports, ChoiceIsObfuscated)
{
    std::set<std::uint16_t> first;
    for (std::uint64_t secret = 0; secret < 50; ++secret)
    {
        Host host{HostConfig{}, {secret, 1}};
        first.insert(PortOf(host, Open(host)));
    }
    EXPECT_GT(first.size(), 45U);
    Host host{HostConfig{}, {1, 2}};
    const std::uint16_t one = PortOf(host, Open(host, THERE));
    const std::uint16_t other = PortOf(host, Open(host, ELSEWHERE));
    EXPECT_NE(other, one + 1);
}

} // namespace
} // namespace lifecycle::test
