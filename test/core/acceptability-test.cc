// Sequence, SYN and ACK checks of arriving segments: RFC 9293 3.4 table 5, 3.10.7.4 first, fourth and
// fifth check, RFC 5961 4 and 5.

#include "ladder.h"
#include "pair.h"
#include "server.h"

#include <algorithm>
#include <string>
#include <variant>

namespace lifecycle::test
{
namespace
{

/** An established connection whose receive window is @p window octets. */
Connection
WithWindow(std::uint32_t window, SeqNum irs)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 8;
    const FourTuple path{{Address::FromIpv4(1), 1}, {Address::FromIpv4(2), 2}};
    Connection c(ConnectionId{1}, path, config);
    Actions out;
    c.OpenActive(Ladder::ISS, Instant{}, out);
    Segment seg;
    seg.seq = irs;
    seg.ack = Ladder::ISS + 1;
    seg.flags = Flag::SYN | Flag::ACK;
    seg.wnd = 1000;
    seg.len = 8 - window; // fills the rest of the buffer
    c.SegmentArrives(seg, {}, Instant{}, out);
    EXPECT_EQ(c.Rcv().wnd, window);
    return c;
}

/** Table 5, read from the paper: over positions, without modular arithmetic. */
bool
TableSaysAcceptable(int seq, int len, int window)
{
    if (len == 0)
    {
        return window == 0 ? seq == 0 : 0 <= seq && seq < window;
    }
    const int last = seq + len - 1;
    return window > 0 && ((0 <= seq && seq < window) || (0 <= last && last < window));
}

bool
IsDropped(const Actions& actions, DropReason reason)
{
    return std::any_of(actions.begin(), actions.end(), [&](const Action& action) {
        const auto* dropped = std::get_if<Dropped>(&action);
        return dropped != nullptr && dropped->reason == reason;
    });
}

// Covers, P22, P23, P25
TEST(Acceptability, AgreesWithTable5ForEverySmallWindowAndAcrossTheWrap)
{
    for (const SeqNum irs : {SeqNum(0xfffffff0), SeqNum(0xfffffff8), SeqNum(0x7ffffff8), SeqNum(5)})
    {
        for (int window = 0; window <= 8; ++window)
        {
            const Connection original = WithWindow(window, irs);
            for (int seq = -12; seq <= 12; ++seq)
            {
                for (int len = 0; len <= 20; ++len)
                {
                    Connection c = original;
                    Segment seg;
                    seg.seq = c.Rcv().nxt + static_cast<std::uint32_t>(seq);
                    seg.ack = Ladder::ISS + 1;
                    seg.flags = Flag::ACK;
                    seg.wnd = 1000;
                    seg.len = len;
                    Actions out;
                    c.SegmentArrives(seg, {}, Instant{}, out);
                    // Into a zero window, ACKs count though the text does not: RFC 9293 3.10.7.4
                    const bool allowance = window == 0 && (seq == 0 || (seq == 1 && len == 0));
                    EXPECT_EQ(IsDropped(out, DropReason::BAD_SEQUENCE),
                              !TableSaysAcceptable(seq, len, window) && !allowance)
                        << "seq " << seq << " len " << len << " window " << window;
                }
            }
        }
    }
}

// Covers R-32, P23
TEST(Acceptability, UnacceptableSegmentsAreAnsweredByAnEmptyAckInSynchronizedStates)
{
    for (const State state : SYNCHRONIZED)
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.RcvNxt();
        const std::uint32_t ours = l.SndNxt();
        const std::uint32_t window = l.Subject().Rcv().wnd;
        for (const Seg& bad : {Seq(next - 1).Ack(ours).Len(1),
                               Seq(next - 1).Ack(ours),
                               Seq(next + window).Ack(ours),
                               Seq(next + window).Ack(ours).Len(10),
                               Seq(next + 0x7fffffff).Ack(ours)})
        {
            l.Arrives(bad).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(ours).Ack(next)).In(state);
        }
    }
}

// Covers: what is empty draws on the budget of challenge ACKs; text and FIN do not
TEST(Acceptability, EmptySegmentsOutsideTheWindowAreAnsweredAFewTimes)
{
    ConnectionConfig config = Plain();
    config.challengeAckLimit = 2;
    Ladder l(config);
    l.At(0s).ToEstablished();
    const Seg answer = Seq(1).Ack(1);
    l.Arrives(Seq(0).Ack(1)).Drops(DropReason::BAD_SEQUENCE).Acks(answer);
    l.Arrives(Seq(1).Ack(2)).Challenges(answer).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(0).Ack(1)).Drops(DropReason::BAD_SEQUENCE);
    EXPECT_TRUE(l.LastDecided().rules.Has(Rule::R39));
    l.Arrives(Seq(1).Ack(2)).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(0).Ack(1).Len(1)).Drops(DropReason::BAD_SEQUENCE).Acks(answer);
    l.Arrives(Seq(0).Ack(1).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(answer);
    l.At(5s).Arrives(Seq(0).Ack(1)).Drops(DropReason::BAD_SEQUENCE).Acks(answer);
}

// Covers, P20: a SYN that PAWS rejects is challenged like any other
TEST(Acceptability, SynWithAnOldTimestampIsThrottledLikeAnyOther)
{
    ConnectionConfig config = Plain();
    config.timestamps = true;
    config.challengeAckLimit = 1;
    Ladder l(config);
    l.At(0s).ToSynSent();
    l.At(10ms).Arrives(Seq(0).Ack(1).Syn().Ts(1000, 0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(5).Syn().Ts(900, 0)).Challenges(Seq(1).Ack(1)).Drops(DropReason::OLD_TIMESTAMP);
    l.Arrives(Seq(5).Syn().Ts(900, 0)).Drops(DropReason::OLD_TIMESTAMP);
    l.Arrives(Seq(5).Syn().Ts(1001, 0)).Drops(DropReason::UNEXPECTED_SYN);
}

// Covers: ends that find each other's ACKs unacceptable must not answer for ever
TEST(Acceptability, EndsOutOfStepDoNotExchangeAcksForEver)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    for (const Side side : {Side::A, Side::B}) // each takes text that the other has not sent
    {
        Segment text =
            Make(Flag::ACK, pair.Of(side)->Rcv().nxt.Value(), pair.Of(side)->Snd().nxt.Value(), 10);
        pair.Inject(side, text);
    }
    pair.Run();
    EXPECT_LT(pair.Wire().size(), 25U); // ten answers of each
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
    EXPECT_GT(pair.HostOf(Side::A).Counters().acksHeldBack, 0U);
}

// Covers P23
TEST(Acceptability, UnacceptableSegmentsAreAnsweredByAnEmptyAckInSynReceived)
{
    Ladder l;
    l.ToSynReceived();
    l.Arrives(Seq(0).Ack(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(65536).Ack(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    l.In(State::SYN_RECEIVED);
}

// Covers R-37, P41
TEST(Acceptability, SynInTheWindowIsChallengedInSynchronizedStates)
{
    for (const State state : SYNCHRONIZED)
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.RcvNxt();
        const std::uint32_t ours = l.SndNxt();
        l.Arrives(Seq(next).Syn()).Challenges(Seq(ours).Ack(next));
        l.Drops(DropReason::UNEXPECTED_SYN);
        l.Arrives(Seq(next + 100).Ack(ours).Syn()).Challenges(Seq(ours).Ack(next));
        l.Drops(DropReason::UNEXPECTED_SYN);
        l.Arrives(Seq(next - 1).Syn().Len(10)).Challenges(Seq(ours).Ack(next));
        l.Drops(DropReason::UNEXPECTED_SYN).In(state);
    }
}

// Covers R-37, P41: whatever its sequence number
TEST(Acceptability, SynOutsideTheWindowIsChallengedInSynchronizedStates)
{
    for (const State state : SYNCHRONIZED)
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.RcvNxt();
        const std::uint32_t ours = l.SndNxt();
        l.Arrives(Seq(next - 1).Syn()).Challenges(Seq(ours).Ack(next));
        l.Drops(DropReason::UNEXPECTED_SYN);
        l.Arrives(Seq(next + 70000).Syn()).Challenges(Seq(ours).Ack(next));
        l.Drops(DropReason::UNEXPECTED_SYN).In(state);
    }
}

// Covers, P41
TEST(Acceptability, SynIntoAZeroWindowIsThrottledLikeAnyOther)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    config.challengeAckLimit = 1;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(1000)).Takes(1, 1000).Acks(Seq(1).Ack(1001).Win(0));
    l.Arrives(Seq(1001).Syn()).Challenges(Seq(1).Ack(1001)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(1001).Syn()).Drops(DropReason::UNEXPECTED_SYN);
    l.In(State::ESTABLISHED);
}

// Covers R-37, P41
TEST(Acceptability, SynInTheWindowIsChallengedInSynReceivedOfActiveOrigin)
{
    Ladder l;
    l.ToSynReceivedActively();
    l.Arrives(Seq(1).Syn()).Challenges(Seq(1).Ack(1)).Drops(DropReason::UNEXPECTED_SYN);
    l.In(State::SYN_RECEIVED);
}

// Covers D12, P40, T17
TEST(Acceptability, SynInTheWindowReturnsAPassiveConnectionToListen)
{
    Ladder l;
    l.ToSynReceived();
    l.Arrives(Seq(5).Syn()).Moves("T17").Forgets(CloseReason::RESET).In(State::LISTEN);
}

// Covers P50
TEST(Acceptability, SegmentsWithoutAckAreDropped)
{
    for (const State state : {State::SYN_RECEIVED,
                              State::ESTABLISHED,
                              State::FIN_WAIT_1,
                              State::FIN_WAIT_2,
                              State::CLOSE_WAIT,
                              State::CLOSING,
                              State::LAST_ACK,
                              State::TIME_WAIT})
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        l.Arrives(Seq(l.RcvNxt()).Len(10)).Drops(DropReason::NO_ACK);
        l.Arrives(Seq(l.RcvNxt()).Fin()).Drops(DropReason::NO_ACK).In(state);
    }
}

// Covers R-38, P51
TEST(Acceptability, AckJustOutsideEitherEndIsChallengedAndItsTextDropped)
{
    for (const State state : SYNCHRONIZED)
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.RcvNxt();
        const std::uint32_t una = l.Subject().Snd().una.Value() - Ladder::ISS.Value();
        l.Arrives(Seq(next).Ack(l.SndNxt() + 1).Len(10)).Challenges(Seq(l.SndNxt()).Ack(next));
        l.Drops(DropReason::BAD_ACK);
        l.Arrives(Seq(next).Ack(una - 65536).Len(10)).Challenges(Seq(l.SndNxt()).Ack(next));
        l.Drops(DropReason::BAD_ACK).In(state);
    }
}

// Covers, P55
TEST(Acceptability, AckJustInsideEitherEndIsGood)
{
    Ladder l;
    l.ToEstablished();
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.Arrives(Seq(1).Ack(1 - 65535).Len(10)).Takes(1, 10).Acks(Seq(101).Ack(11));
    l.Arrives(Seq(11).Ack(1)); // a duplicate: ignored
    l.Arrives(Seq(11).Ack(101).Len(10)).Releases(1, 100).Takes(11, 10).Acks(Seq(101).Ack(21));
}

// Covers R-38: MAX.SND.WND is the largest window ever seen
TEST(Acceptability, AckRangeIsAsWideAsTheLargestWindow)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Ack(1).Syn().Win(1000)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1 - 1001)).Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(1).Ack(1).Win(2000));
    l.Arrives(Seq(1).Ack(1 - 1001));
    l.Arrives(Seq(1).Ack(1).Win(500));
    l.Arrives(Seq(1).Ack(1 - 2000));
    l.Arrives(Seq(1).Ack(1 - 2001)).Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_ACK);
}

} // namespace
} // namespace lifecycle::test
