// What the settings of a host and of a listener change that are off by default.

#include "server.h"

namespace lifecycle::test
{
namespace
{

const FourTuple CLOSED{{HERE, 81}, {THERE, 5}};

/** Whether @p segment to a port on which nobody listens is answered. */
bool
IsAnswered(BlackHole blackHole, const Segment& segment)
{
    HostConfig config;
    config.blackHole = blackHole;
    Server s({}, config);
    const Actions actions = s.Arrives(CLOSED, segment);
    EXPECT_EQ(std::get<Dropped>(actions.back()).reason, DropReason::NO_CONNECTION);
    return std::holds_alternative<SendSegment>(actions.front());
}

// Covers R-30, P02, P03
TEST(HostSwitches, BlackHoleAnswersNobody)
{
    const Segment syn = Make(Flag::SYN, 7);
    const Segment ack = Make(Flag::ACK, 7, 9);
    EXPECT_TRUE(IsAnswered(BlackHole::OFF, syn));
    EXPECT_TRUE(IsAnswered(BlackHole::OFF, ack));
    EXPECT_FALSE(IsAnswered(BlackHole::SYN, syn));
    EXPECT_TRUE(IsAnswered(BlackHole::SYN, ack));
    EXPECT_FALSE(IsAnswered(BlackHole::ALL, syn));
    EXPECT_FALSE(IsAnswered(BlackHole::ALL, ack));
}

// Covers P07, R-24
TEST(HostSwitches, SynWithFinMayBeDropped)
{
    HostConfig config;
    config.dropSynFin = true;
    Server s({}, config);
    const Actions actions = s.Arrives(From(1), Make(Flag::SYN | Flag::FIN, 7));
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_EQ(std::get<Dropped>(actions[0]).reason, DropReason::SYN_WITH_FIN);
    EXPECT_EQ(s.StateOf(From(1)), State::CLOSED);
    s.Arrives(From(1), Make(Flag::SYN, 7));
    EXPECT_EQ(s.StateOf(From(1)), State::SYN_RECEIVED);
}

// Covers R-30, P02, P07, R-24
TEST(HostSwitches, MayBeChangedWhileTheHostRuns)
{
    Server s({});
    const auto answers = [&s](Flags flags) {
        const Actions actions = s.Arrives(CLOSED, Make(flags, 7));
        return std::any_of(actions.begin(), actions.end(), [](const Action& action) {
            return std::holds_alternative<SendSegment>(action);
        });
    };
    EXPECT_TRUE(answers(Flag::SYN));
    HostConfig config;
    config.blackHole = BlackHole::SYN;
    s.host.Configure(config);
    EXPECT_FALSE(answers(Flag::SYN));
    EXPECT_TRUE(answers(Flag::FIN));
    config.blackHole = BlackHole::OFF;
    config.dropSynFin = true;
    s.host.Configure(config);
    EXPECT_TRUE(answers(Flag::SYN));
    EXPECT_FALSE(answers(Flag::SYN | Flag::FIN));
}

//
TEST(HostSwitches, MssNeedNotBeAnnounced)
{
    for (const bool announces : {false, true})
    {
        ConnectionConfig children = Plain();
        children.announceMss = announces;
        Server s({}, {}, children);
        Segment syn = Make(Flag::SYN, 100);
        syn.mss = 500;
        EXPECT_EQ(Server::Sent(s.Arrives(From(1), syn)).mss.has_value(), announces);
        EXPECT_EQ(s.host.Find(s.host.IdOf(From(1)))->Snd().mss, 500);
    }
}

// Covers R-24, P07: the SYN,ACK acknowledges the SYN alone
TEST(HostSwitches, TextOnASynMayBeLeftToBeSentAgain)
{
    for (const bool keeps : {false, true})
    {
        ListenConfig listen;
        listen.keepSynText = keeps;
        Server s(listen);
        const Actions synAck = s.Arrives(From(1), Make(Flag::SYN, 100, 0, 20));
        const Actions opened = s.Arrives(From(1), Server::FinalAck(synAck));
        const bool delivers = std::any_of(opened.begin(), opened.end(), [](const Action& action) {
            return std::holds_alternative<DeliverRange>(action);
        });
        EXPECT_EQ(delivers, keeps);
    }
}

} // namespace
} // namespace lifecycle::test
