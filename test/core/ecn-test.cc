// Explicit congestion notification: RFC 3168 6.1.

#include "ladder.h"
#include "pair.h"
#include "server.h"

namespace lifecycle::test
{
namespace
{

constexpr std::uint32_t MSS = 1000;

ConnectionConfig
WithEcn(EcnUse use)
{
    ConnectionConfig config = WithMss(MSS);
    config.ecn = use;
    return config;
}

/** Where the @p n th segment of text begins, counted from 0. */
std::uint32_t
At(std::uint32_t n)
{
    return 1 + n * MSS;
}

Seg
Text(std::uint32_t n)
{
    return Seq(At(n)).Ack(1).Len(MSS).In(EcnCodepoint::ECT_0);
}

Ladder&
Establish(Ladder& l)
{
    l.Opens().Moves("T02").Sends(Seq(0).Syn().Ece().Cwr());
    l.Arrives(Seq(0).Ack(1).Syn().Ece().Mss(MSS)).Moves("T08");
    return l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
}

/** Sends segments @p from to @p to, the first of which may be anything. */
void
SendsFull(Ladder& l, std::uint32_t from, std::uint32_t to)
{
    l.UserSends((to - from) * MSS);
    for (std::uint32_t i = from; i < to; ++i)
    {
        l.Sends(Text(i));
    }
}

// Covers R-76: RFC 3168 6.1.1, who asks, who answers, and what else is no agreement
TEST(Ecn, IsAgreedIfBothSynsSaySo)
{
    for (const EcnUse use : {EcnUse::OFF, EcnUse::PASSIVE, EcnUse::ON})
    {
        const bool asks = use == EcnUse::ON;
        const Seg syn = Seq(0).Syn();
        const Seg synAck = Seq(0).Ack(1).Syn().Mss(MSS);
        for (const auto& [answer, isSetup] : {std::pair{synAck, false},
                                              std::pair{synAck.Ece(), true},
                                              std::pair{synAck.Cwr(), false},
                                              std::pair{synAck.Ece().Cwr(), false}})
        {
            Ladder l(WithEcn(use));
            l.Opens().Moves("T02").Sends(asks ? syn.Ece().Cwr() : syn);
            l.Arrives(answer).Moves("T08");
            l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
            EXPECT_EQ(l.Subject().Agreed().ecn, asks && isSetup);
        }
        for (const auto& [offer, isSetup] : {std::pair{syn, false},
                                             std::pair{syn.Ece(), false},
                                             std::pair{syn.Cwr(), false},
                                             std::pair{syn.Ece().Cwr(), true}})
        {
            Ladder l(WithEcn(use));
            const bool agrees = use != EcnUse::OFF && isSetup;
            l.Listens().Moves("T01").Arrives(offer).Moves("T03");
            l.Sends(agrees ? Seq(0).Ack(1).Syn().Ece() : Seq(0).Ack(1).Syn());
            EXPECT_EQ(l.Subject().Agreed().ecn, agrees);
        }
    }
}

// Covers R-76: RFC 3168 6.1.1.1, and 6.1.1: who has sent a SYN that does not ask sets no ECT
TEST(Ecn, IsGivenUpWhenTheSynGetsNoAnswer)
{
    for (const std::uint32_t retries : {0, 1})
    {
        ConnectionConfig config = WithEcn(EcnUse::ON);
        config.ecnSynRetries = retries;
        Ladder l(config);
        l.Opens().Moves("T02").Sends(Seq(0).Syn().Ece().Cwr());
        l.At(1s).Expires().Resends(retries > 0 ? Seq(0).Syn().Ece().Cwr() : Seq(0).Syn());
        l.At(3s).Expires().Resends(Seq(0).Syn());
        l.Arrives(Seq(0).Ack(1).Syn().Ece()).Moves("T08"); // to the first
        l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
        l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    }
}

// Covers R-76: a SYN,ACK asks again, unless the peer's SYN has come without
TEST(Ecn, SurvivesTheLossOfTheSynAckOnly)
{
    Ladder l(WithEcn(EcnUse::PASSIVE));
    l.Listens().Moves("T01").Arrives(Seq(0).Syn().Ece().Cwr()).Moves("T03");
    l.Sends(Seq(0).Ack(1).Syn().Ece());
    l.At(1s).Expires().Resends(Seq(0).Ack(1).Syn().Ece());
    l.Arrives(Seq(0).Syn().Ece().Cwr()).Resends(Seq(0).Ack(1).Syn().Ece());
    l.Arrives(Seq(0).Syn()).Resends(Seq(0).Ack(1).Syn());
    l.Arrives(Seq(0).Syn().Ece().Cwr()).Resends(Seq(0).Ack(1).Syn());
}

// Covers R-76: SYNs that cross, both asking, and one alone
TEST(Ecn, IsAgreedInASimultaneousOpenIfAllSynsAsk)
{
    for (const bool first : {false, true})
    {
        for (const bool second : {false, true})
        {
            Ladder l(WithEcn(EcnUse::ON));
            l.Opens().Moves("T02").Sends(Seq(0).Syn().Ece().Cwr());
            l.Arrives(first ? Seq(0).Syn().Ece().Cwr() : Seq(0).Syn()).Moves("T09");
            l.Sends(first ? Seq(0).Ack(1).Syn().Ece() : Seq(0).Ack(1).Syn());
            const Seg synAck = Seq(0).Ack(1).Syn();
            l.Arrives(second ? synAck.Ece() : synAck).Moves("T12");
            l.Tells(UserSignal::CONNECTION_ESTABLISHED);
            EXPECT_EQ(l.Subject().Agreed().ecn, first && second);
        }
    }
    Ladder passive(WithEcn(EcnUse::PASSIVE)); // whose own SYN has not asked
    passive.Opens().Moves("T02").Sends(Seq(0).Syn());
    passive.Arrives(Seq(0).Syn().Ece().Cwr()).Moves("T09").Sends(Seq(0).Ack(1).Syn());
}

// Covers R-76: RFC 3168 6.1.4 to 6.1.6
TEST(Ecn, MarksNewTextAlone)
{
    ConnectionConfig config = WithEcn(EcnUse::ON);
    config.keepAlive = true;
    Ladder l(config);
    Establish(l).UserSends(MSS).Sends(Text(0));
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(MSS)); // no ECT on what is sent again
    l.Arrives(Seq(1).Ack(At(1)).Win(0)).Releases(1, MSS);
    l.UserSends(1);
    l.At(3s).Expires().Sends(Seq(At(1)).Ack(1).Len(1), SegmentKind::PROBE);
    l.Arrives(Seq(1).Ack(At(1) + 1)).Releases(At(1), 1);
    l.Arrives(Seq(1).Ack(At(1) + 1).Len(5)).Takes(1, 5).Acks(Seq(At(1) + 1).Ack(6));
    l.At(3s + 2h).Expires().Sends(Seq(At(1)).Ack(6), SegmentKind::KEEPALIVE);
    l.Closes().Moves("T21").Sends(Seq(At(1) + 1).Ack(6).Fin()); // without text
}

// Covers R-76: RFC 3168 6.1.3
TEST(Ecn, EchoesAMarkUntilTheSenderHasReduced)
{
    Ladder l(WithEcn(EcnUse::PASSIVE));
    l.Listens().Moves("T01").Arrives(Seq(0).Syn().Ece().Cwr()).Moves("T03");
    l.Sends(Seq(0).Ack(1).Syn().Ece()).Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild();
    const auto arrives = [&l](std::uint32_t seq, EcnCodepoint ecn) -> Ladder& {
        return l.Arrives(Seq(seq).Ack(1).Len(10).In(ecn)).Takes(seq, 10);
    };
    arrives(1, EcnCodepoint::ECT_0).Acks(Seq(1).Ack(11));
    arrives(11, EcnCodepoint::CE).Acks(Seq(1).Ack(21).Ece());
    arrives(21, EcnCodepoint::ECT_0).Acks(Seq(1).Ack(31).Ece());
    l.UserSends(5).Sends(Seq(1).Ack(31).Len(5).Ece().In(EcnCodepoint::ECT_0));
    l.Arrives(Seq(31).Ack(6).Cwr()).Releases(1, 5); // no text: it tells of nothing
    arrives(31, EcnCodepoint::ECT_1).Acks(Seq(6).Ack(41).Ece());
    l.Arrives(Seq(41).Ack(6).Len(10).Cwr().In(EcnCodepoint::ECT_0)).Takes(41, 10);
    l.Acks(Seq(6).Ack(51));
    l.Arrives(Seq(51).Ack(6).Len(10).Cwr().In(EcnCodepoint::CE)).Takes(51, 10); // marked anew
    l.Acks(Seq(6).Ack(61).Ece());
}

// Covers R-76: RFC 3168 6.1.5, what lies outside the window, and what is no text
TEST(Ecn, HeedsNoMarkOutsideTheWindow)
{
    Ladder l(WithEcn(EcnUse::ON));
    Establish(l);
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.Arrives(Seq(1).Ack(1).Len(10).In(EcnCodepoint::CE)).Drops(DropReason::BAD_SEQUENCE);
    l.Acks(Seq(1).Ack(11));
    l.Arrives(Seq(11).Ack(1).In(EcnCodepoint::CE));
    l.UserSends(10).Sends(Seq(1).Ack(11).Len(10).In(EcnCodepoint::ECT_0));
}

// Covers R-76: RFC 3168 6.1.3, a mark does not wait for the delayed acknowledgment
TEST(Ecn, IsEchoedAtOnce)
{
    ConnectionConfig config = WithEcn(EcnUse::ON);
    config.delayedAck = 200ms;
    Ladder l(config);
    Establish(l);
    l.Arrives(Seq(1).Ack(1).Len(10).In(EcnCodepoint::CE)).Takes(1, 10).Acks(Seq(1).Ack(11).Ece());
}

// Covers R-76: RFC 3168 6.1.2, half the window, once for all that is in it
TEST(Ecn, HalvesTheWindowOnceAndSaysSo)
{
    Ladder l(WithEcn(EcnUse::ON));
    Establish(l);
    SendsFull(l, 0, 10);
    const auto window = [&l] { return l.Subject().Congestion().Window(); };
    l.Arrives(Seq(1).Ack(At(1)).Ece()).Releases(At(0), MSS);
    EXPECT_EQ(window(), 5 * MSS);
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 5 * MSS);
    EXPECT_EQ(l.Subject().Congestion().GetState(), CongestionState::REDUCED);
    l.UserSends(20 * MSS);
    l.Arrives(Seq(1).Ack(At(6)).Ece()).Releases(At(1), 5 * MSS); // of the same window
    EXPECT_EQ(window(), 5 * MSS);
    l.Sends(Text(10).Cwr()); // now there are five in flight again
    l.Arrives(Seq(1).Ack(At(10)).Ece()).Releases(At(6), 4 * MSS);
    EXPECT_EQ(window(), 5 * MSS);
    for (std::uint32_t i = 11; i < 15; ++i)
    {
        l.Sends(Text(i));
    }
    l.Arrives(Seq(1).Ack(At(11)).Ece()).Releases(At(10), MSS); // the segment that said so, marked
    EXPECT_EQ(window(), 2500U);
}

// Covers R-76: RFC 3168 6.1.2, as after a loss: and it was told with the first new text
TEST(Ecn, TellsOfALossAsWell)
{
    Ladder l(WithEcn(EcnUse::ON));
    Establish(l).UserSends(MSS).Sends(Text(0));
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(1))).Releases(1, MSS);
    l.UserSends(2 * MSS).Sends(Text(1).Cwr()).Sends(Text(2));
}

// Covers R-76: RFC 3168 6.1.2, what is lost beside what was marked halves the window no further
TEST(Ecn, CountsMarksAndLossesOfAWindowOnce)
{
    Ladder l(WithEcn(EcnUse::ON));
    Establish(l);
    SendsFull(l, 0, 10);
    l.Arrives(Seq(1).Ack(1).Ece()).Arrives(Seq(1).Ack(1));
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 5 * MSS);
    EXPECT_EQ(l.Subject().Congestion().GetState(), CongestionState::REDUCED);
    l.Arrives(Seq(1).Ack(1)).Resends(Seq(1).Ack(1).Len(MSS));
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 5 * MSS);
    EXPECT_EQ(l.Subject().Congestion().GetState(), CongestionState::RECOVERY);
}

// Covers R-76: RFC 3168 6.1.1, who has asked heeds the marks of who has agreed, whatever else it has sent
TEST(Ecn, MarksAreEchoedThoughOurOwnSynWasRepeatedWithout)
{
    for (const bool isSetup : {false, true})
    {
        Ladder l(WithEcn(EcnUse::ON));
        l.Opens().Moves("T02").Sends(Seq(0).Syn().Ece().Cwr());
        l.At(1s).Expires().Resends(Seq(0).Syn());
        const Seg synAck = Seq(0).Ack(1).Syn();
        l.Arrives(isSetup ? synAck.Ece() : synAck).Moves("T08");
        l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
        l.Arrives(Seq(1).Ack(1).Len(10).In(EcnCodepoint::CE)).Takes(1, 10);
        const Seg echo = Seq(1).Ack(11);
        l.Acks(isSetup ? echo.Ece() : echo);
        l.UserSends(10).Sends(isSetup ? echo.Ece().Len(10) : echo.Len(10));
    }
}

// Covers R-76: RFC 3168 6.1.1, the first SYN alone decides whether ECT may be set, whatever is set later
TEST(Ecn, IsNotAskedForLate)
{
    Ladder l(WithEcn(EcnUse::PASSIVE));
    l.Opens().Moves("T02").Sends(Seq(0).Syn());
    ConnectionConfig config = WithEcn(EcnUse::ON);
    config.ecnSynRetries = 3;
    l.Configures(config);
    l.At(1s).Expires().Resends(Seq(0).Syn());
}

// Covers R-76: a SYN that comes again without, be it only acknowledged
TEST(Ecn, IsWithdrawnWithAStrictAnswerToARepeatedSyn)
{
    ConnectionConfig config = WithEcn(EcnUse::PASSIVE);
    config.strictRepeatedSyn = true;
    Ladder l(config);
    l.Listens().Moves("T01").Arrives(Seq(0).Syn().Ece().Cwr()).Moves("T03");
    l.Sends(Seq(0).Ack(1).Syn().Ece());
    l.Arrives(Seq(0).Syn()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    l.At(1s).Expires().Resends(Seq(0).Ack(1).Syn());
}

// Covers R-76: RFC 3168 6.1.2 and RFC 5681 3.1 (4), a mark and a timeout of one window; nor does the
// echo of that mark, which CWR cannot stop before the repairs are done, keep the window at one segment
TEST(Ecn, CountsAMarkAndATimeoutOfAWindowOnce)
{
    Ladder l(WithEcn(EcnUse::ON));
    Establish(l);
    SendsFull(l, 0, 10);
    l.Arrives(Seq(1).Ack(At(1)).Ece()).Releases(At(0), MSS);
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 5 * MSS);
    l.At(1s).Expires().Resends(Seq(At(1)).Ack(1).Len(MSS));
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 9 * MSS / 2);
    EXPECT_EQ(l.Subject().Congestion().Window(), MSS);
    l.Arrives(Seq(1).Ack(At(2)).Ece()).Releases(At(1), MSS);
    EXPECT_EQ(l.Subject().Congestion().Window(), 2 * MSS);
    l.Resends(Seq(At(2)).Ack(1).Len(MSS)).Resends(Seq(At(3)).Ack(1).Len(MSS));
}

// Covers R-76: RFC 3168 6.1.2, until CWR has gone out every echo is of the mark before
TEST(Ecn, EchoOnAProbeIsNoSecondMark)
{
    Ladder l(WithEcn(EcnUse::ON));
    Establish(l);
    SendsFull(l, 0, 10);
    l.UserSends(10 * MSS);
    l.Arrives(Seq(1).Ack(At(10)).Win(0).Ece()).Releases(At(0), 10 * MSS);
    EXPECT_EQ(l.Subject().Congestion().Window(), 5 * MSS);
    l.At(1s).Expires().Sends(Seq(At(10)).Ack(1).Len(1), SegmentKind::PROBE);
    l.Arrives(Seq(1).Ack(At(10) + 1).Win(0).Ece()).Releases(At(10), 1);
    EXPECT_EQ(l.Subject().Congestion().Window(), 5 * MSS);
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 5 * MSS);
}

// Covers R-76: nobody else's bits mean anything where nothing was agreed
TEST(Ecn, IsOfNoEffectUnlessAgreed)
{
    Ladder l(WithMss(MSS));
    l.ToEstablished();
    const std::uint32_t window = l.Subject().Congestion().Window();
    l.Arrives(Seq(1).Ack(1).Len(10).In(EcnCodepoint::CE)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.UserSends(10).Sends(Seq(1).Ack(11).Len(10));
    l.Arrives(Seq(11).Ack(11).Ece()).Releases(1, 10);
    EXPECT_GE(l.Subject().Congestion().Window(), window);
    l.UserSends(10).Sends(Seq(11).Ack(11).Len(10));
}

// Covers: with a cookie only the timestamp remembers it
TEST(Ecn, ComesBackInATimestampWithTheCookie)
{
    for (const bool hasTimestamps : {false, true})
    {
        for (const bool asks : {false, true})
        {
            ConnectionConfig children = WithEcn(EcnUse::PASSIVE);
            children.timestamps = true;
            Server s(Cookies(SynCookieUse::ALWAYS), {}, children);
            s.now += 1h;
            Segment syn = Make(asks ? Flag::SYN | Flag::ECE | Flag::CWR : Flag::SYN, 100);
            if (hasTimestamps)
            {
                syn.timestamps = Timestamps{7, 0};
            }
            const Actions synAck = s.Arrives(From(1), syn);
            const bool agrees = hasTimestamps && asks;
            EXPECT_EQ(Server::Sent(synAck).Has(Flag::ECE), agrees);
            Segment ack = Server::FinalAck(synAck);
            if (hasTimestamps)
            {
                ack.timestamps = Timestamps{8, Server::Sent(synAck).timestamps->val};
            }
            s.Arrives(From(1), ack);
            ASSERT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
            EXPECT_EQ(s.host.Find(s.host.IdOf(From(1)))->Agreed().ecn, agrees);
        }
    }
}

// Covers R-76: a SYN whose text is left to come again, and a record in the SYN cache
TEST(Ecn, IsKeptByTheSynCache)
{
    Server s(Limits(8), Cache(4, 8), WithEcn(EcnUse::PASSIVE));
    const Actions synAck = s.Arrives(From(1), Make(Flag::SYN | Flag::ECE | Flag::CWR, 100, 0, 50));
    EXPECT_EQ(FlagNames(Server::Sent(synAck).flags), "S.E");
    s.Arrives(From(1), Server::FinalAck(synAck));
    EXPECT_TRUE(s.host.Find(s.host.IdOf(From(1)))->Agreed().ecn);
}

// Covers R-76: what the network marks, sender and receiver settle, and no octet is lost
TEST(Ecn, GetsAllTextThroughAMarkingNetwork)
{
    Pair pair(WithEcn(EcnUse::ON));
    pair.Establish();
    pair.Forget();
    pair.Send(Side::A, 100000);
    pair.Run(1h);
    EXPECT_EQ(pair.Delivered(Side::B), 100000U);
    for (const Pair::Sent& sent : pair.Log())
    {
        EXPECT_EQ(sent.segment.ecn == EcnCodepoint::ECT_0, sent.segment.len > 0);
    }
}

} // namespace
} // namespace lifecycle::test
