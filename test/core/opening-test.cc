// Opening a connection: RFC 9293 3.5, 3.10.7.2, 3.10.7.3. Bad cases first.

#include "ladder.h"

namespace lifecycle::test
{
namespace
{

// Covers, T11, P11
TEST(Opening, ResetThatAcknowledgesOurSynRefusesTheConnection)
{
    Ladder l;
    l.At(0ms).ToSynSent();
    l.At(20ms).Arrives(Seq(0).Ack(1).Rst()).Moves("T11").Tells(UserSignal::CONNECTION_REFUSED);
    l.Forgets(CloseReason::REFUSED).In(State::CLOSED);
}

// Covers R-36, P09, P12
TEST(Opening, OtherResetsLeaveSynSentAlone)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Rst()).Drops(DropReason::BAD_RESET);
    l.Arrives(Seq(0).Ack(2).Rst()).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(0).Ack(0).Rst()).Drops(DropReason::BAD_ACK);
    l.In(State::SYN_SENT);
}

// Covers, T43.SS
TEST(Opening, SynIsRepeatedForThreeMinutesAndThenGivenUp)
{
    Ladder l(NoUserTimeout());
    l.At(0s).ToSynSent();
    l.At(1s).Expires().Resends(Seq(0).Syn());
    l.At(3s).Expires().Resends(Seq(0).Syn());
    l.At(7s).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS).Resends(Seq(0).Syn());
    l.At(15s).Expires().Resends(Seq(0).Syn());
    l.At(31s).Expires().Resends(Seq(0).Syn());
    l.At(63s).Expires().Resends(Seq(0).Syn());
    l.At(123s).Expires().Resends(Seq(0).Syn());
    l.At(183s).Expires().Resends(Seq(0).Syn());
    l.At(243s).Expires().Moves("T43.SS").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT).In(State::CLOSED);
}

// Covers, T02, T08
TEST(Opening, ThreeWayHandshakeThenDataUnderTheSameSequenceNumber)
{
    Ladder l;
    l.At(0ms).ToEstablished();
    l.At(1ms).UserSends(100).Sends(Seq(1).Ack(1).Len(100).Psh());
}

// Covers R-17, T02, T09, T12
TEST(Opening, SimultaneousOpenTakesFourSegments)
{
    Ladder l;
    l.At(0ms).ToSynSent();
    l.At(5ms).Arrives(Seq(0).Syn()).Moves("T09").Sends(Seq(0).Ack(1).Syn());
    l.At(10ms).Arrives(Seq(0).Ack(1).Syn()).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
    l.In(State::ESTABLISHED);
}

} // namespace
} // namespace lifecycle::test
