#ifndef LIFECYCLE_TEST_LADDER_H
#define LIFECYCLE_TEST_LADDER_H

#include "../../model/core/connection.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <gtest/gtest.h>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lifecycle
{

/** GoogleTest prints states by name. */
inline void
PrintTo(State state, std::ostream* out)
{
    *out << ToString(state);
}

} // namespace lifecycle

namespace lifecycle::test
{

using namespace std::chrono_literals;

/**
 * A segment as one writes it in a ladder: `Seq(1).Ack(1).Len(100).Fin()`.
 *
 * Numbers are relative: seq to the sender's ISS, ack to the other one's. What is not said is absent
 * (flags, ack, len) or not compared (window, options, PSH).
 */
class Seg
{
  public:
    explicit Seg(std::uint32_t seq)
        : m_seq(seq)
    {
    }

    Seg Ack(std::uint32_t ack) const
    {
        Seg s = With(Flag::ACK);
        s.m_ack = ack;
        return s;
    }

    Seg Syn() const
    {
        return With(Flag::SYN);
    }

    Seg Fin() const
    {
        return With(Flag::FIN);
    }

    Seg Rst() const
    {
        return With(Flag::RST);
    }

    Seg Ece() const
    {
        return With(Flag::ECE);
    }

    Seg Cwr() const
    {
        return With(Flag::CWR);
    }

    /** By the codepoint of its IP packet; else NOT_ECT. */
    Seg In(EcnCodepoint ecn) const
    {
        Seg s = *this;
        s.m_ecn = ecn;
        return s;
    }

    Seg Urg(std::uint16_t up) const
    {
        Seg s = With(Flag::URG);
        s.m_up = up;
        return s;
    }

    Seg IllegalOption() const
    {
        Seg s = *this;
        s.m_illegalOption = true;
        return s;
    }

    Seg Psh() const
    {
        return With(Flag::PSH);
    }

    Seg Len(std::uint32_t octets) const
    {
        Seg s = *this;
        s.m_len = octets;
        return s;
    }

    Seg Win(std::uint32_t octets) const
    {
        Seg s = *this;
        s.m_wnd = octets;
        return s;
    }

    Seg Mss(std::uint16_t octets) const
    {
        Seg s = *this;
        s.m_mss = octets;
        return s;
    }

    Seg Scale(std::uint8_t shift) const
    {
        Seg s = *this;
        s.m_windowScale = shift;
        return s;
    }

    Seg SackOk() const
    {
        Seg s = *this;
        s.m_sackPermitted = true;
        return s;
    }

    /** TSval and TSecr [ms]. */
    Seg Ts(std::uint32_t val, std::uint32_t ecr) const
    {
        Seg s = *this;
        s.m_timestamps = Timestamps{val, ecr};
        return s;
    }

    /** One more block, of what the other end has sent. */
    Seg Sack(std::uint32_t begin, std::uint32_t end) const
    {
        Seg s = *this;
        s.m_sack.push_back({begin, end});
        return s;
    }

    /** No option but MSS: expected of what is sent, not only unsaid. */
    Seg Bare() const
    {
        Seg s = *this;
        s.m_bare = true;
        return s;
    }

    /** The real segment; a window that is not said is 65535. */
    Segment Absolute(SeqNum seqBase, SeqNum ackBase) const;

    /** Whether @p actual is such a segment. */
    bool Matches(const Segment& actual, SeqNum seqBase, SeqNum ackBase) const;

  private:
    Seg With(Flag flag) const
    {
        Seg s = *this;
        s.m_flags = s.m_flags | flag;
        return s;
    }

    std::uint32_t m_seq;
    std::uint32_t m_ack{0};
    Flags m_flags;
    std::uint32_t m_len{0};
    std::optional<std::uint32_t> m_wnd;
    std::optional<std::uint16_t> m_mss;
    std::uint16_t m_up{0};
    EcnCodepoint m_ecn{};
    std::optional<std::uint8_t> m_windowScale;
    bool m_sackPermitted{false};
    std::optional<Timestamps> m_timestamps;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> m_sack;
    bool m_bare{false};
    bool m_illegalOption{false};
};

inline Seg
Seq(std::uint32_t seq)
{
    return Seg(seq);
}

/**
 * The defaults without what serves the transfer of data: no options, no Nagle algorithm, and
 * acknowledgments at once. Ladders about the life of a connection are clearer without.
 */
ConnectionConfig Plain();

/**
 * One connection and all that happens to it, one rung a line. Strict: what is not said fails.
 *
 * Each input (a call, a segment, a deadline) must be followed by what it does, in order. Time may not
 * pass over a deadline. Both initial sequence numbers lie just below the wrap.
 */
class Ladder
{
  public:
    static constexpr SeqNum ISS{0xfffffffe}; ///< ours: the SYN is the last but one number
    static constexpr SeqNum IRS{0xfffffff0}; ///< the peer's

    explicit Ladder(const ConnectionConfig& config = Plain());
    ~Ladder();
    Ladder(const Ladder&) = delete;
    Ladder& operator=(const Ladder&) = delete;

    /** Lets simulated time pass until @p sinceStart. */
    Ladder& At(Duration sinceStart);

    // Inputs
    Ladder& Opens();
    Ladder& Listens();
    Ladder& UserSends(std::uint32_t octets);
    Ladder& UserReads(std::uint32_t octets);
    Ladder& UserSendsUrgent(std::uint32_t octets);
    Ladder& Closes();
    Ladder& ClosesFully();
    Ladder& Aborts();
    Ladder& OpensFromListen(std::uint32_t octets = 0);
    /** By an active OPEN of the same 4-tuple. */
    Ladder& OpensFromTimeWait();
    /** Too many records in TIME-WAIT. */
    Ladder& OverflowsTimeWait();
    /** Quoting a segment of ours that began at @p seq. */
    Ladder& IcmpArrives(IcmpKind kind, std::uint32_t seq, std::uint32_t mtu = 0);
    Ladder& ListenerCloses();
    Ladder& Configures(const ConnectionConfig& config);
    Ladder& Arrives(const Seg& seg);
    /** The accept queue is full when the segments after this arrive. */
    Ladder& AcceptQueueFull(bool full);
    /** Somebody listens on the local end of a record in TIME-WAIT. */
    Ladder& SomebodyListens(const ConnectionConfig& config = Plain());
    /** Nobody listens on the local end of a record in TIME-WAIT. */
    Ladder& NobodyListens();
    /** A timer is due at exactly this time. */
    Ladder& Expires();

    // What an input does
    Ladder& Sends(const Seg& seg, SegmentKind kind);
    Ladder& Sends(const Seg& seg);   ///< kind NEW
    Ladder& Resends(const Seg& seg); ///< kind RETRANSMISSION
    Ladder& Acks(const Seg& seg);    ///< kind ACK
    Ladder& Challenges(const Seg& seg);
    Ladder& Resets(const Seg& seg);
    Ladder& Moves(std::string_view transitionId);
    Ladder& Tells(UserSignal signal);
    Ladder& Holds(std::uint32_t seq, std::uint32_t len, std::uint32_t offset = 0);
    Ladder& Delivers(std::uint32_t seq, std::uint32_t len);
    /** Holds, delivers and tells: the usual fate of text in order. */
    Ladder& Takes(std::uint32_t seq, std::uint32_t len);
    Ladder& Releases(std::uint32_t seq, std::uint32_t len);
    Ladder& OffersChild();
    Ladder& Drops(DropReason reason);
    Ladder& Forgets(CloseReason reason);
    Ladder& Fails(CallError error);
    Ladder& In(State state);

    // Ways into a state, each through calls and segments alone
    Ladder& ToSynSent();             ///< active open
    Ladder& ToSynReceived();         ///< passive
    Ladder& ToSynReceivedActively(); ///< simultaneous open
    Ladder& ToEstablished();         ///< active open; the peer's window is 65535, its MSS 1460
    Ladder& ToEstablishedPassively();
    Ladder& ToFinWait1();
    Ladder& ToFinWait2();
    Ladder& ToCloseWait();
    Ladder& ToClosing();
    Ladder& ToLastAck();
    Ladder& ToTimeWait();
    /** Any of the above; SYN_RECEIVED passively. */
    Ladder& To(State state);

    const Connection& Subject() const
    {
        return m_connection;
    }

    /** What has decided about the segment that arrived last. */
    const Decided& LastDecided() const
    {
        return m_decided;
    }

    /** SND.NXT, relative to our ISS. */
    std::uint32_t SndNxt() const
    {
        return m_connection.Snd().nxt.Value() - ISS.Value();
    }

    /** RCV.NXT, relative to the peer's ISS. */
    std::uint32_t RcvNxt() const
    {
        return m_connection.Rcv().nxt.Value() - IRS.Value();
    }

    /** The ids of all transitions that any ladder, pair or server has taken so far. */
    static std::set<std::string_view>& Taken();

  private:
    void Begin(const std::string& input);
    void CheckNothingLeft();
    template <class A>
    const A* Next(const std::string& expected);
    std::string Where() const;

    Connection m_connection;
    Instant m_now{};
    std::string m_input{"the start"};
    Surroundings m_surroundings{ISS, false};
    Decided m_decided;
    std::deque<Action> m_actions;
    std::optional<CallError> m_error;
};

/** Those in which both ends have acknowledged the other's SYN. */
constexpr std::array<State, 7> SYNCHRONIZED{
    State::ESTABLISHED,
    State::FIN_WAIT_1,
    State::FIN_WAIT_2,
    State::CLOSE_WAIT,
    State::CLOSING,
    State::LAST_ACK,
    State::TIME_WAIT,
};

/** Plain, and no segment carries more than @p octets. */
ConnectionConfig WithMss(std::uint16_t octets);

/** Plain, but the user timeout never fires. */
ConnectionConfig NoUserTimeout();

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_LADDER_H
