// The host: segments without a connection, demultiplexing, listeners, deadlines, initial sequence
// numbers. RFC 9293 3.4.1, 3.5.2, 3.9.1.1, 3.9.2.3, 3.10.1, 3.10.7.1; RFC 6528; RFC 4987.

#include "../../model/core/host.h"
#include "ladder.h"

#include <algorithm>
#include <vector>

namespace lifecycle::test
{
namespace
{

const Address HERE = Address::FromIpv4(0x0a000001);
const Address THERE = Address::FromIpv4(0x0a000002);

FourTuple
To80From(std::uint16_t port, Address remote = THERE, Address local = HERE)
{
    return {{local, 80}, {remote, port}};
}

Segment
Make(Flags flags, std::uint32_t seq, std::uint32_t ack = 0, std::uint32_t len = 0)
{
    Segment seg;
    seg.flags = flags;
    seg.seq = SeqNum(seq);
    seg.ack = SeqNum(ack);
    seg.len = len;
    seg.wnd = 65535;
    return seg;
}

class HostTest : public testing::Test
{
  protected:
    Host host{HostConfig{}, {7, 9}};
    Instant now{};

    ConnectionId Listen(const Endpoint& local = {HERE, 80},
                        std::uint32_t synQueue = 128,
                        std::uint32_t acceptQueue = 128)
    {
        Actions out;
        const auto opened = host.OpenPassive(local, {}, synQueue, acceptQueue, out);
        Note(out);
        return std::get<ConnectionId>(opened);
    }

    Actions Arrives(const FourTuple& path, const Segment& seg)
    {
        Actions out;
        host.SegmentArrives(path, seg, now, out);
        Note(out);
        return out;
    }

    /** The handshake of a peer at @p port; returns the child. */
    ConnectionId Completes(std::uint16_t port)
    {
        const Actions syn = Arrives(To80From(port), Make(Flag::SYN, 100));
        const auto* answer = FindAction<SendSegment>(syn);
        EXPECT_NE(answer, nullptr);
        const std::uint32_t iss = answer->segment.seq.Value();
        const Actions ack = Arrives(To80From(port), Make(Flag::ACK, 101, iss + 1));
        EXPECT_NE(FindAction<AcceptReady>(ack), nullptr);
        return answer->id;
    }

    template <class A>
    static const A* FindAction(const Actions& actions)
    {
        for (const Action& action : actions)
        {
            if (const auto* found = std::get_if<A>(&action))
            {
                return found;
            }
        }
        return nullptr;
    }

    static std::vector<std::string> Words(const Actions& actions)
    {
        std::vector<std::string> words;
        for (const Action& action : actions)
        {
            words.push_back(ToString(action));
        }
        return words;
    }

    static void Note(const Actions& actions)
    {
        for (const Action& action : actions)
        {
            if (const auto* change = std::get_if<StateChanged>(&action))
            {
                Ladder::Taken().insert(change->transition->id);
            }
        }
    }
};

// Covers, P01, P02, P03
TEST_F(HostTest, SegmentsWithoutAConnectionAreResetWithExactNumbers)
{
    struct Case
    {
        Segment arrives;
        const char* answer;
    };

    const Case cases[] = {
        {Make(Flag::SYN, 100), "send R. seq 0 ack 101 win 0 len 0 (reset)"},
        {Make(Flag::SYN, 100, 0, 20), "send R. seq 0 ack 121 win 0 len 0 (reset)"},
        {Make(Flag::SYN | Flag::FIN, 0xfffffffe), "send R. seq 0 ack 0 win 0 len 0 (reset)"},
        {Make({}, 100, 0, 20), "send R. seq 0 ack 120 win 0 len 0 (reset)"},
        {Make(Flag::FIN, 100), "send R. seq 0 ack 101 win 0 len 0 (reset)"},
        {Make(Flag::ACK, 100, 7), "send R seq 7 win 0 len 0 (reset)"},
        {Make(Flag::SYN | Flag::ACK, 100, 7), "send R seq 7 win 0 len 0 (reset)"},
        {Make(Flag::FIN | Flag::ACK, 100, 7), "send R seq 7 win 0 len 0 (reset)"},
        {Make(Flag::ACK, 100, 7, 20), "send R seq 7 win 0 len 0 (reset)"},
    };
    for (const Case& c : cases)
    {
        EXPECT_EQ(Words(Arrives(To80From(5), c.arrives)),
                  (std::vector<std::string>{c.answer, "dropped: no connection"}));
    }
    for (const Flags flags : {Flags(Flag::RST), Flag::RST | Flag::ACK, Flag::RST | Flag::SYN})
    {
        EXPECT_EQ(Words(Arrives(To80From(5), Make(flags, 1, 2))),
                  (std::vector<std::string>{"dropped: no connection"}));
    }
    EXPECT_EQ(host.Size(), 0U);
}

// Covers P00: the listener's SYN,ACK would come back to itself, and the ACKs never end
TEST_F(HostTest, SynInTheListenersOwnNameVanishes)
{
    Listen({Address{}, 80});
    FourTuple ourselves = To80From(80);
    ourselves.remote = ourselves.local;
    EXPECT_EQ(Words(Arrives(ourselves, Make(Flag::SYN, 1, 0))),
              std::vector<std::string>{"dropped: invalid address"});
}

// Covers P00, R-21, MUST-57, MUST-63
TEST_F(HostTest, SegmentsNotFromOneHostToOneHostVanish)
{
    Listen({Address{}, 80});
    const Address bad[] = {Address::FromIpv4(0xe0000001),
                           Address::FromIpv4(0xefffffff),
                           Address::FromIpv4(0xffffffff),
                           Address{}};
    for (const Address& address : bad)
    {
        for (const FourTuple& path : {To80From(5, address), To80From(5, THERE, address)})
        {
            for (const Flags flags : {Flags(Flag::SYN), Flags(Flag::ACK), Flags(Flag::RST)})
            {
                EXPECT_EQ(Words(Arrives(path, Make(flags, 1, 1))),
                          (std::vector<std::string>{"dropped: invalid address"}));
            }
        }
    }
    EXPECT_EQ(host.Size(), 1U);
}

// Covers R-21, MUST-46, OPEN without a remote socket
TEST_F(HostTest, ActiveOpenNeedsOneRemoteHost)
{
    Actions out;
    const FourTuple paths[] = {
        {{HERE, 5}, {Address{}, 80}},
        {{HERE, 5}, {THERE, 0}},
        {{HERE, 5}, {Address::FromIpv4(0xe0000001), 80}},
        {{HERE, 5}, {Address::FromIpv4(0xffffffff), 80}},
    };
    for (const FourTuple& path : paths)
    {
        EXPECT_EQ(std::get<CallError>(host.OpenActive(path, {}, now, out)),
                  CallError::REMOTE_SOCKET_UNSPECIFIED);
    }
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(host.Size(), 0U);
}

// Covers R-68, OPEN of what exists, TIME-WAIT included
TEST_F(HostTest, OpenOfTheSameFourTupleIsRefusedInEveryState)
{
    Actions out;
    const FourTuple path{{HERE, 5}, {THERE, 80}};
    const auto id = std::get<ConnectionId>(host.OpenActive(path, {}, now, out));
    const auto refused = [&] {
        Actions none;
        EXPECT_EQ(std::get<CallError>(host.OpenActive(path, {}, now, none)),
                  CallError::CONNECTION_ALREADY_EXISTS);
        EXPECT_TRUE(none.empty());
    };
    refused();
    const std::uint32_t iss = FindAction<SendSegment>(out)->segment.seq.Value();
    Arrives(path, Make(Flag::SYN | Flag::ACK, 100, iss + 1));
    refused();
    EXPECT_FALSE(host.Close(id, now, out));
    refused();
    Arrives(path, Make(Flag::ACK, 101, iss + 2));
    refused();
    Arrives(path, Make(Flag::FIN | Flag::ACK, 101, iss + 2));
    ASSERT_EQ(host.Find(id)->GetState(), State::TIME_WAIT);
    refused();
    now += 240s;
    host.DeadlineReached(now, out);
    EXPECT_EQ(host.Find(id), nullptr);
    EXPECT_TRUE(std::holds_alternative<ConnectionId>(host.OpenActive(path, {}, now, out)));
}

// Covers OPEN, passive, of what exists
TEST_F(HostTest, SecondListenerOnOneSocketIsRefused)
{
    Listen();
    Actions out;
    EXPECT_EQ(std::get<CallError>(host.OpenPassive({HERE, 80}, {}, 1, 1, out)),
              CallError::CONNECTION_ALREADY_EXISTS);
    EXPECT_TRUE(out.empty());
    Listen({Address{}, 80}); // another socket
    Listen({HERE, 81});
    EXPECT_EQ(host.Size(), 3U);
}

// Covers calls on what does not exist
TEST_F(HostTest, CallsOnAnUnknownConnectionFail)
{
    Actions out;
    const ConnectionId id{77};
    EXPECT_EQ(host.Send(id, 1, now, out), CallError::CONNECTION_DOES_NOT_EXIST);
    EXPECT_EQ(host.Receive(id, 0, {}, out), CallError::CONNECTION_DOES_NOT_EXIST);
    EXPECT_EQ(host.Close(id, now, out), CallError::CONNECTION_DOES_NOT_EXIST);
    EXPECT_EQ(host.Abort(id, Instant{}, out), CallError::CONNECTION_DOES_NOT_EXIST);
    EXPECT_EQ(host.Accept(id), std::nullopt);
    EXPECT_EQ(host.Find(id), nullptr);
    host.Configure(id, ConnectionConfig{}, now, out);
    EXPECT_TRUE(out.empty());
}

// Covers: a stray ACK to a listener is reset in the listener's name
TEST_F(HostTest, ListenerAnswersAStrayAck)
{
    const ConnectionId listener = Listen();
    const Actions out = Arrives(To80From(5), Make(Flag::ACK, 1, 7));
    EXPECT_EQ(
        Words(out),
        (std::vector<std::string>{"send R seq 7 win 0 len 0 (reset)", "dropped: unexpected"}));
    EXPECT_EQ(FindAction<SendSegment>(out)->id, listener);
    EXPECT_EQ(FindAction<SendSegment>(out)->path, To80From(5));
    EXPECT_EQ(host.Size(), 1U);
}

TEST_F(HostTest, WhoGetsASegmentIsAskedOnceAndToldWhatBecameOfIt)
{
    const ConnectionId listener = Listen();
    const FourTuple path = To80From(5);
    Actions out;
    const auto arrives = [&](const Segment& seg) {
        return host.SegmentArrives(host.ReceiverOf(path), path, seg, now, out);
    };
    EXPECT_EQ(host.ReceiverOf(path).id, listener);
    EXPECT_TRUE(host.ReceiverOf(path).isListener);
    EXPECT_EQ(arrives(Make(Flag::ACK, 1, 7)), ConnectionId{}) << "it opens nothing";
    const ConnectionId child = arrives(Make(Flag::SYN, 100));
    EXPECT_EQ(child, host.IdOf(path));
    EXPECT_NE(child, ConnectionId{});
    EXPECT_EQ(host.ReceiverOf(path).id, child);
    EXPECT_FALSE(host.ReceiverOf(path).isListener);
    EXPECT_EQ(arrives(Make(Flag::RST, 101)), child) << "though it is its end";
    EXPECT_EQ(host.IdOf(path), ConnectionId{});
    const FourTuple elsewhere{{HERE, 81}, path.remote};
    EXPECT_EQ(host.ReceiverOf(elsewhere).id, ConnectionId{});
    EXPECT_FALSE(host.ReceiverOf(elsewhere).isListener);
}

// Covers R-89, P07
TEST_F(HostTest, SynQueueIsBounded)
{
    const ConnectionId listener = Listen({HERE, 80}, 2, 128);
    Arrives(To80From(1), Make(Flag::SYN, 1));
    Arrives(To80From(2), Make(Flag::SYN, 1));
    EXPECT_EQ(host.SynQueueLength(listener), 2U);
    EXPECT_EQ(Words(Arrives(To80From(3), Make(Flag::SYN, 1))),
              (std::vector<std::string>{"dropped: SYN queue full"}));
    EXPECT_EQ(Words(Arrives(To80From(3), Make(Flag::ACK, 1, 7)))[0],
              "send R seq 7 win 0 len 0 (reset)");
    Arrives(To80From(1), Make(Flag::RST, 2)); // T14 makes room
    EXPECT_EQ(host.SynQueueLength(listener), 1U);
    Arrives(To80From(3), Make(Flag::SYN, 1));
    EXPECT_EQ(host.SynQueueLength(listener), 2U);
    EXPECT_EQ(host.AcceptQueueLength(listener), 0U);
}

//
TEST_F(HostTest, AcceptQueueIsBoundedAndTheFinalAckCountsLater)
{
    const ConnectionId listener = Listen({HERE, 80}, 128, 1);
    const ConnectionId first = Completes(1);
    const Actions syn = Arrives(To80From(2), Make(Flag::SYN, 100));
    const Segment ack = Make(Flag::ACK, 101, FindAction<SendSegment>(syn)->segment.seq.Value() + 1);
    EXPECT_EQ(Words(Arrives(To80From(2), ack)),
              (std::vector<std::string>{"dropped: accept queue full"}));
    EXPECT_EQ(host.AcceptQueueLength(listener), 1U);
    EXPECT_EQ(host.SynQueueLength(listener), 1U);
    EXPECT_EQ(host.Accept(listener), first);
    EXPECT_EQ(host.Accept(listener), std::nullopt);
    EXPECT_NE(FindAction<AcceptReady>(Arrives(To80From(2), ack)), nullptr);
    EXPECT_EQ(host.AcceptQueueLength(listener), 1U);
    EXPECT_EQ(host.SynQueueLength(listener), 0U);
}

// Covers R-89: first come, first accepted; those that end before leave the queue
TEST_F(HostTest, AcceptQueueIsInOrderAndLosesWhatIsReset)
{
    const ConnectionId listener = Listen();
    Completes(1);
    const ConnectionId second = Completes(2);
    const ConnectionId third = Completes(3);
    Arrives(To80From(1), Make(Flag::RST, 101));
    EXPECT_EQ(host.AcceptQueueLength(listener), 2U);
    EXPECT_EQ(host.Accept(listener), second);
    EXPECT_EQ(host.Accept(listener), third);
}

// Covers T13: whoever closes a child before its handshake ends needs not accept it any more
TEST_F(HostTest, ChildClosedInSynReceivedIsNotInTheAcceptQueue)
{
    const ConnectionId listener = Listen();
    const Actions syn = Arrives(To80From(1), Make(Flag::SYN, 100));
    const ConnectionId child = FindAction<SendSegment>(syn)->id;
    Actions out;
    EXPECT_FALSE(host.Close(child, now, out));
    Note(out);
    EXPECT_EQ(FindAction<AcceptReady>(out), nullptr);
    EXPECT_EQ(host.SynQueueLength(listener), 0U);
    EXPECT_EQ(host.AcceptQueueLength(listener), 0U);
    EXPECT_FALSE(host.Close(listener, now, out));
    ASSERT_NE(host.Find(child), nullptr); // it goes on closing
    EXPECT_EQ(host.Find(child)->GetState(), State::FIN_WAIT_1);
}

// Covers T51.SR, T51.ES, T06: children that nobody has seen go, accepted ones stay
TEST_F(HostTest, CloseOfAListenerTakesItsChildrenWithIt)
{
    const ConnectionId listener = Listen();
    const ConnectionId accepted = Completes(1);
    EXPECT_EQ(host.Accept(listener), accepted);
    Completes(2);
    Arrives(To80From(3), Make(Flag::SYN, 100));
    Actions out;
    EXPECT_FALSE(host.Close(listener, now, out));
    Note(out);
    std::vector<std::string> moves;
    std::size_t resets = 0;
    for (const Action& action : out)
    {
        if (const auto* change = std::get_if<StateChanged>(&action))
        {
            moves.emplace_back(change->transition->id);
        }
        resets += std::holds_alternative<SendSegment>(action);
    }
    EXPECT_EQ(moves, (std::vector<std::string>{"T06", "T51.SR", "T51.ES"}));
    EXPECT_EQ(resets, 2U);
    EXPECT_EQ(host.Size(), 1U);
    ASSERT_NE(host.Find(accepted), nullptr);
    EXPECT_FALSE(host.Abort(accepted, Instant{}, out));
    EXPECT_EQ(host.Size(), 0U);
    EXPECT_FALSE(host.NextDeadline());
}

// Covers R-19, MUST-41, MUST-42
TEST_F(HostTest, PassiveOpenDisturbsNothingAndWorksBesideOpenings)
{
    const ConnectionId any = Listen({Address{}, 80});
    Arrives(To80From(1), Make(Flag::SYN, 1)); // a child in SYN-RECEIVED
    Actions out;
    const FourTuple active{{HERE, 80}, {THERE, 2}};
    const auto opened = std::get<ConnectionId>(host.OpenActive(active, {}, now, out));
    const ConnectionId specific = Listen({HERE, 80});
    EXPECT_EQ(host.Find(opened)->GetState(), State::SYN_SENT);
    EXPECT_EQ(host.SynQueueLength(any), 1U);
    Arrives(To80From(3), Make(Flag::SYN, 1));
    EXPECT_EQ(host.SynQueueLength(specific), 1U); // the more specific one
    Arrives(To80From(3, THERE, Address::FromIpv4(0x0a000009)), Make(Flag::SYN, 1));
    EXPECT_EQ(host.SynQueueLength(any), 2U);
    EXPECT_EQ(host.Find(any)->GetState(), State::LISTEN);
}

//
TEST_F(HostTest, OneLocalPortServesManyRemotes)
{
    Actions out;
    const FourTuple one{{HERE, 5}, {THERE, 80}};
    const FourTuple two{{HERE, 5}, {Address::FromIpv4(0x0a000003), 80}};
    const auto a = std::get<ConnectionId>(host.OpenActive(one, {}, now, out));
    const auto b = std::get<ConnectionId>(host.OpenActive(two, {}, now, out));
    Arrives(two, Make(Flag::RST | Flag::ACK, 0, host.Find(b)->Snd().nxt.Value()));
    EXPECT_EQ(host.Find(b), nullptr);
    EXPECT_EQ(host.Find(a)->GetState(), State::SYN_SENT);
}

// Covers R-20: children keep the address that the SYN went to
TEST_F(HostTest, ChildOfAnAnyListenerHasTheAddressOfItsSyn)
{
    Listen({Address{}, 80});
    const FourTuple path = To80From(1, THERE, Address::FromIpv4(0x0a000009));
    const Actions out = Arrives(path, Make(Flag::SYN, 1));
    EXPECT_EQ(FindAction<SendSegment>(out)->path, path);
    EXPECT_EQ(host.Find(FindAction<SendSegment>(out)->id)->Path(), path);
}

// Covers R-20, MUST-43 to MUST-45: of a host with two addresses, a connection uses one to its end
TEST_F(HostTest, AllSegmentsOfAConnectionHaveOneSourceAddress)
{
    const Address second = Address::FromIpv4(0x0a000009);
    for (const Address& ours : {HERE, second})
    {
        Actions out;
        const FourTuple path{{ours, 4000}, {THERE, 80}};
        const auto id = std::get<ConnectionId>(host.OpenActive(path, {}, now, out));
        host.DeadlineReached(*host.NextDeadline(), out); // the SYN again
        now = Instant(2s);
        const auto arrives = [&](Flags flags, std::uint32_t seq, std::uint32_t len = 0) {
            const SeqNum ack = host.Find(id)->Snd().nxt;
            host.SegmentArrives(path, Make(flags, seq, ack.Value(), len), now, out);
        };
        // what comes to our other address is for nobody
        const Address other = ours == HERE ? second : HERE;
        const FourTuple elsewhere{{other, 4000}, {THERE, 80}};
        const std::uint32_t ack = host.Find(id)->Snd().nxt.Value();
        host.SegmentArrives(elsewhere, Make(Flag::SYN | Flag::ACK, 100, ack), now, out);
        EXPECT_EQ(host.Find(id)->GetState(), State::SYN_SENT);
        EXPECT_EQ(std::get<SendSegment>(out[out.size() - 2]).path, elsewhere);
        out.erase(out.end() - 2);

        arrives(Flag::SYN | Flag::ACK, 100);
        EXPECT_FALSE(host.Send(id, 100, now, out));
        arrives(Flag::ACK, 101, 50);
        arrives(Flag::RST, 5000); // a challenge ACK
        EXPECT_FALSE(host.Close(id, now, out));
        arrives(Flag::FIN | Flag::ACK, 151);
        EXPECT_EQ(host.Find(id)->GetState(), State::TIME_WAIT);
        arrives(Flag::FIN | Flag::ACK, 151);
        int sent = 0;
        for (const Action& action : out)
        {
            if (const auto* send = std::get_if<SendSegment>(&action))
            {
                ++sent;
                EXPECT_EQ(send->path, path) << ToString(action);
            }
        }
        EXPECT_GE(sent, 7);
    }
}

// Covers the contract of ConnectionId
TEST_F(HostTest, IdsAreNeverReused)
{
    Listen();
    std::uint64_t last = 1;
    for (int i = 0; i < 10; ++i)
    {
        const Actions syn = Arrives(To80From(1), Make(Flag::SYN, 1));
        const ConnectionId child = FindAction<SendSegment>(syn)->id;
        EXPECT_GT(child.value, last);
        last = child.value;
        Arrives(To80From(1), Make(Flag::RST, 2));
        EXPECT_EQ(host.Find(child), nullptr);
    }
}

// Covers R-88: deadlines go with their connection; early calls are harmless
TEST_F(HostTest, NextDeadlineIsTheEarliestAndDisappears)
{
    EXPECT_FALSE(host.NextDeadline());
    Listen();
    EXPECT_FALSE(host.NextDeadline());
    Arrives(To80From(1), Make(Flag::SYN, 1));
    now += 500ms;
    Arrives(To80From(2), Make(Flag::SYN, 1));
    EXPECT_EQ(host.NextDeadline(), Instant(1s));
    Actions out;
    host.DeadlineReached(Instant(999ms), out);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(host.NextDeadline(), Instant(1s));
    host.DeadlineReached(Instant(1s), out);
    EXPECT_EQ(out.size(), 1U);
    EXPECT_EQ(host.NextDeadline(), Instant(1500ms));
    Arrives(To80From(2), Make(Flag::RST, 2));
    EXPECT_EQ(host.NextDeadline(), Instant(3s));
    Arrives(To80From(1), Make(Flag::RST, 2));
    EXPECT_FALSE(host.NextDeadline());
}

// Covers the contract of NextDeadline: an earlier deadline takes the place of a later one
TEST_F(HostTest, EarlierDeadlineIsSeenAtOnce)
{
    ConnectionConfig config;
    config.keepAlive = true;
    Actions out;
    const FourTuple path{{HERE, 5}, {THERE, 80}};
    const auto id = std::get<ConnectionId>(host.OpenActive(path, config, now, out));
    Arrives(path, Make(Flag::SYN | Flag::ACK, 100, host.Find(id)->Snd().nxt.Value()));
    now += 1s;
    host.DeadlineReached(now, out); // that of the SYN, too early for anything
    EXPECT_EQ(host.NextDeadline(), Instant(2h));
    EXPECT_FALSE(host.Send(id, 10, now, out));
    EXPECT_EQ(host.NextDeadline(), Instant(2s));
}

// Covers R-88, the contract of NextDeadline: there is none once no timer runs
TEST_F(HostTest, StoppedDeadlineIsGoneAtOnce)
{
    Actions out;
    const FourTuple path{{HERE, 5}, {THERE, 80}};
    const auto id = std::get<ConnectionId>(host.OpenActive(path, {}, now, out));
    EXPECT_EQ(host.NextDeadline(), Instant(1s));
    Arrives(path, Make(Flag::SYN | Flag::ACK, 100, host.Find(id)->Snd().nxt.Value()));
    EXPECT_FALSE(host.NextDeadline());
    EXPECT_FALSE(host.Send(id, 10, now, out));
    EXPECT_EQ(host.NextDeadline(), Instant(1s));
}

// Covers R-75: children inherit what the listener has when the SYN arrives
TEST_F(HostTest, ChildrenInheritTheSettingsOfTheirListener)
{
    const ConnectionId listener = Listen();
    ConnectionConfig config;
    config.initialRto = 5s;
    Actions none;
    host.Configure(listener, config, now, none);
    EXPECT_TRUE(none.empty());
    const Actions syn = Arrives(To80From(1), Make(Flag::SYN, 1));
    EXPECT_EQ(host.Find(FindAction<SendSegment>(syn)->id)->Config(), config);
    EXPECT_EQ(host.NextDeadline(), Instant(5s));
}

// Covers R-12, MUST-8: one step every 4 microseconds
TEST_F(HostTest, InitialSequenceNumberFollowsTheClock)
{
    Listen();
    const auto iss = [&](Instant at) {
        now = at;
        const Actions syn = Arrives(To80From(1), Make(Flag::SYN, 1));
        Arrives(To80From(1), Make(Flag::RST, 2));
        return FindAction<SendSegment>(syn)->segment.seq;
    };
    const SeqNum start = iss(Instant(1s));
    EXPECT_EQ(iss(Instant(1s + 3us)), start);
    EXPECT_EQ(iss(Instant(1s + 4us)), start + 1);
    EXPECT_EQ(iss(Instant(2s)), start + 250000);
    EXPECT_EQ(iss(Instant(1s + 4us * 0x100000000)), start); // a whole cycle: 4.77 hours
}

// Covers R-13, SHLD-1, MUST-9
TEST_F(HostTest, InitialSequenceNumbersOfFourTuplesAreUniform)
{
    std::vector<int> counts(64);
    constexpr int DRAWS = 12800;
    for (int i = 0; i < DRAWS; ++i)
    {
        Actions out;
        const FourTuple path{{HERE, static_cast<std::uint16_t>(1 + i % 12800)}, {THERE, 80}};
        host.OpenActive(path, {}, now, out);
        ++counts[FindAction<SendSegment>(out)->segment.seq.Value() >> 26];
    }
    double chiSquare = 0;
    for (const int count : counts)
    {
        const double expected = DRAWS / 64.0;
        chiSquare += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chiSquare, 103.4); // 63 degrees of freedom, 0.1 %
    EXPECT_GT(chiSquare, 32.0);  // and not too good to be true
}

// Covers R-13: nobody computes it without the secret, and it is deterministic
TEST_F(HostTest, InitialSequenceNumberDependsOnTheSecretAlone)
{
    const auto iss = [](const SipHashKey& secret) {
        Host h{HostConfig{}, secret};
        Actions out;
        h.OpenActive({{HERE, 5}, {THERE, 80}}, {}, Instant{}, out);
        return FindAction<SendSegment>(out)->segment.seq;
    };
    EXPECT_EQ(iss({1, 2}), iss({1, 2}));
    EXPECT_NE(iss({1, 2}), iss({1, 3}));
    EXPECT_NE(iss({1, 2}), iss({2, 2}));
}

// Covers T42.SR, T43.SR, T18: what ends by itself leaves no trace
TEST_F(HostTest, HalfOpenChildrenEndByThemselves)
{
    const ConnectionId listener = Listen();
    Arrives(To80From(1), Make(Flag::SYN, 1));
    while (host.NextDeadline())
    {
        Actions out;
        now = *host.NextDeadline();
        host.DeadlineReached(now, out);
    }
    EXPECT_EQ(now, Instant(243s));
    EXPECT_EQ(host.SynQueueLength(listener), 0U);
    EXPECT_EQ(host.Size(), 1U);
}

} // namespace
} // namespace lifecycle::test
