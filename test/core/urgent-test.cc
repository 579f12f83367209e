// Urgent data: RFC 9293 3.8.5, 3.10.7.4 sixth check.

#include "ladder.h"

namespace lifecycle::test
{
namespace
{

// Covers P66: behind the peer's FIN the pointer means nothing
TEST(Urgent, PointerIsIgnoredBehindThePeersFin)
{
    for (const State state : {State::CLOSE_WAIT, State::CLOSING, State::LAST_ACK, State::TIME_WAIT})
    {
        Ladder l;
        l.To(state);
        l.Arrives(Seq(2).Ack(l.Subject().Snd().una - Ladder::ISS).Urg(9)).In(state);
    }
}

// Covers R-109, P65, MUST-30, MUST-31, MUST-32, MUST-62
TEST(Urgent, UserIsToldOnceAndAgainWhenThePointerAdvances)
{
    for (const State state : {State::ESTABLISHED, State::FIN_WAIT_1, State::FIN_WAIT_2})
    {
        Ladder l;
        l.To(state);
        const auto una = static_cast<std::uint32_t>(l.Subject().Snd().una - Ladder::ISS);
        const std::uint32_t next = l.SndNxt();
        l.Arrives(Seq(1).Ack(una).Urg(11)).Tells(UserSignal::URGENT_DATA); // ahead of its data
        EXPECT_EQ(l.Subject().UrgentOctets(), 11U);
        l.Arrives(Seq(1).Ack(una).Len(5).Urg(11)).Takes(1, 5).Acks(Seq(next).Ack(6));
        l.Arrives(Seq(6).Ack(una).Len(6).Urg(8)).Tells(UserSignal::URGENT_DATA);
        l.Takes(6, 6).Acks(Seq(next).Ack(12));
        EXPECT_EQ(l.Subject().UrgentOctets(), 13U);
    }
}

// Covers R-109, MUST-33: the mode ends at the right octet
TEST(Urgent, UserLearnsHowMuchIsLeft)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(20).Urg(11)).Tells(UserSignal::URGENT_DATA).Takes(1, 20);
    l.Acks(Seq(1).Ack(21));
    EXPECT_EQ(l.Subject().UrgentOctets(), 11U);
    l.UserReads(10);
    EXPECT_EQ(l.Subject().UrgentOctets(), 1U);
    l.UserReads(1);
    EXPECT_EQ(l.Subject().UrgentOctets(), 0U);
    l.UserReads(9);
    l.Arrives(Seq(21).Ack(1).Urg(0)); // nothing new
    l.In(State::ESTABLISHED);
}

// Covers R-109, T50.CW: the peer's FIN, which RCV.NXT counts, is no octet of urgent data
TEST(Urgent, WhoAbortsAndLingersStillKnowsHowMuchIsLeft)
{
    ConnectionConfig config = Plain();
    config.abortLingers = true;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(20).Urg(11)).Tells(UserSignal::URGENT_DATA).Takes(1, 20);
    l.Acks(Seq(1).Ack(21));
    l.Arrives(Seq(21).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(1).Ack(22));
    EXPECT_EQ(l.Subject().UrgentOctets(), 11U);
    l.Aborts().Resets(Seq(1).Rst()).Moves("T50.CW");
    EXPECT_EQ(l.Subject().UrgentOctets(), 11U);
}

// Covers R-41, MUST-66: into a zero window
TEST(Urgent, PointerIsTakenIntoAZeroWindow)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 100;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(100)).Takes(1, 100).Acks(Seq(1).Ack(101).Win(0));
    l.Arrives(Seq(101).Ack(1).Urg(5)).Tells(UserSignal::URGENT_DATA);
    EXPECT_EQ(l.Subject().UrgentOctets(), 105U);
}

// Covers R-109, MUST-30, MUST-62: every segment before the end of it carries the pointer
TEST(Urgent, WhatIsSentPointsBehindTheUrgentData)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.UserSendsUrgent(1).Sends(Seq(11).Ack(1).Len(1).Urg(1));
    l.UserSends(5).Sends(Seq(12).Ack(1).Len(5));
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(16).Urg(11));
    l.At(1100ms).Arrives(Seq(1).Ack(12)).Releases(1, 11);
    l.UserSends(5).Sends(Seq(17).Ack(1).Len(5));
    l.At(2s);
}

// Covers MUST-31: of any length
TEST(Urgent, PointerThatDoesNotFitIsTheLargest)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(0));
    l.UserSendsUrgent(100000);
    l.Arrives(Seq(1).Ack(1).Win(1460)).Sends(Seq(1).Ack(1).Len(1460).Urg(65535));
    l.UserSendsUrgent(1000000).Fails(CallError::INSUFFICIENT_RESOURCES);
}

} // namespace
} // namespace lifecycle::test
