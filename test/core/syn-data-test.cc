// Text and FIN on a SYN or SYN,ACK (RFC 9293 3.5, 3.10.7.2, 3.10.7.3), repeated SYNs, MSS (3.7.1).

#include "ladder.h"

namespace lifecycle::test
{
namespace
{

// Covers R-29, D3
TEST(SynData, RepeatedSynIsAnsweredByTheSynAckAgain)
{
    Ladder l;
    l.At(0s).ToSynReceived();
    l.At(1ms).Arrives(Seq(0).Syn().Mss(1460)).Resends(Seq(0).Ack(1).Syn().Mss(1460));
    l.At(1s).Expires().Resends(Seq(0).Ack(1).Syn()).In(State::SYN_RECEIVED);
}

// Covers R-29, D3: its text lies in the window, its SYN does not
TEST(SynData, RepeatedSynWithTextDoesNotEndTheConnection)
{
    Ladder l;
    l.Listens().Moves("T01");
    l.Arrives(Seq(0).Syn().Len(10)).Moves("T03").Holds(1, 10).Sends(Seq(0).Ack(1).Syn());
    l.Arrives(Seq(0).Syn().Len(10)).Resends(Seq(0).Ack(1).Syn()).In(State::SYN_RECEIVED);
    l.Arrives(Seq(0).Syn().Fin()).Resends(Seq(0).Ack(1).Syn()).In(State::SYN_RECEIVED);
    l.Arrives(Seq(11).Ack(1)).Moves("T12").OffersChild().Delivers(1, 10);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(11));
}

// Covers R-29: after a repeated SYN,ACK there is no sample, Karn's rule
TEST(SynData, RepeatedSynAckGivesNoRoundTripSample)
{
    Ladder l;
    l.At(0s).ToSynReceived();
    l.At(900ms).Arrives(Seq(0).Syn()).Resends(Seq(0).Ack(1).Syn());
    l.At(950ms).Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild();
    EXPECT_FALSE(l.Subject().Rtt().Srtt());
}

// Covers R-24, P07, T12
TEST(SynData, TextAndFinOnTheSynAreDeliveredOnceAfterTheHandshake)
{
    Ladder l;
    l.Listens().Moves("T01");
    l.Arrives(Seq(0).Syn().Len(100).Fin()).Moves("T03").Holds(1, 100);
    l.Sends(Seq(0).Ack(1).Syn()).In(State::SYN_RECEIVED);
    l.Arrives(Seq(102).Ack(1)).Moves("T12").OffersChild().Delivers(1, 100);
    l.Tells(UserSignal::DATA_ARRIVED).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(1).Ack(102)).In(State::CLOSE_WAIT);
    l.Arrives(Seq(1).Ack(1).Len(100).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(102));
}

// Covers R-24, P14, T08, T22
TEST(SynData, TextAndFinOnTheSynAckAreTakenAtOnce)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Ack(1).Syn().Len(50).Fin()).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Takes(1, 50).Moves("T22");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(52)).In(State::CLOSE_WAIT);
}

// Covers R-24, P15, T09
TEST(SynData, TextOnACrossingSynIsDeliveredAfterTheHandshake)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Syn().Len(20)).Moves("T09").Holds(1, 20).Sends(Seq(0).Ack(1).Syn());
    l.Arrives(Seq(0).Ack(1).Syn()).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
    l.Delivers(1, 20).Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(21));
}

// Covers R-24: text beyond the window is not held
TEST(SynData, TextOnTheSynIsCutToTheWindow)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 60;
    Ladder l(config);
    l.Listens().Moves("T01");
    l.Arrives(Seq(0).Syn().Len(100).Fin()).Moves("T03").Holds(1, 60);
    l.Sends(Seq(0).Ack(1).Syn());
    l.Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild().Delivers(1, 60);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(61).Win(0)).In(State::ESTABLISHED);
}

// Covers R-16, P14: what was sent before rides on the ACK of the handshake
TEST(SynData, TextQueuedInSynSentFollowsWithTheAck)
{
    Ladder l;
    l.ToSynSent();
    l.UserSends(10);
    l.Arrives(Seq(0).Ack(1).Syn()).Moves("T08").Tells(UserSignal::CONNECTION_ESTABLISHED);
    l.Sends(Seq(1).Ack(1).Len(10).Psh());
}

// Covers P52, T12, T22: the final ACK carries text and a FIN
TEST(SynData, FinalAckWithTextAndFin)
{
    Ladder l;
    l.ToSynReceived();
    l.Arrives(Seq(1).Ack(1).Len(10).Fin()).Moves("T12").OffersChild().Takes(1, 10).Moves("T22");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(12));
}

// Covers R-06, MUST-14, MUST-65
TEST(Mss, IsAnnouncedOnSynSegmentsAlone)
{
    ConnectionConfig config = Plain();
    config.mss = 1000;
    Ladder l(config);
    l.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn().Mss(1000));
    l.At(1s).Expires().Resends(Seq(0).Syn().Mss(1000));
    l.Arrives(Seq(0).Ack(1).Syn().Mss(1460)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.UserSends(1001).Sends(Seq(1).Ack(1).Len(1000)); // one segment, as the SYN was lost
    l.Arrives(Seq(1).Ack(1001).Mss(100)).Releases(1, 1000).Sends(Seq(1001).Ack(1).Len(1));
    EXPECT_EQ(l.Subject().Snd().mss, 1000);
}

// Covers R-07, MUST-15
TEST(Mss, DefaultsTo536ForIpv4)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Ack(1).Syn()).Moves("T08").Tells(UserSignal::CONNECTION_ESTABLISHED);
    l.Acks(Seq(1).Ack(1));
    l.UserSends(537).Sends(Seq(1).Ack(1).Len(536)).Sends(Seq(537).Ack(1).Len(1));
}

// Covers R-07, MUST-15
TEST(Mss, DefaultsTo1220ForIpv6)
{
    FourTuple path;
    path.local.address.family = Family::IPV6;
    path.remote.address.family = Family::IPV6;
    Connection c(ConnectionId{1}, path, ConnectionConfig{});
    Actions out;
    c.OpenPassive(out);
    Connection child = c.MakeChild(ConnectionId{2}, path);
    Segment syn;
    syn.flags = Flag::SYN;
    child.SegmentArrives(syn, {}, Instant{}, out);
    EXPECT_EQ(child.Snd().mss, 1220);
}

// Covers R-06: no peer can make us send a segment for each octet
TEST(Mss, IsNeverBelow48)
{
    for (const std::uint16_t mss : {0, 1, 47})
    {
        Ladder l;
        l.ToSynSent();
        l.Arrives(Seq(0).Ack(1).Syn().Mss(mss)).Moves("T08");
        l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
        EXPECT_EQ(l.Subject().Snd().mss, 48);
    }
}

} // namespace
} // namespace lifecycle::test
