#include "attack.h"

#include <array>
#include <cstdint>

namespace lifecycle::exploration
{

namespace
{

/** Where an attacker places a segment. */
enum class Place : std::uint8_t
{
    BEFORE, ///< the octet before RCV.NXT
    NEXT,   ///< RCV.NXT
    SECOND, ///< the octet after that
    LAST,   ///< the last octet of the window
};

struct Attack
{
    Flags flags;
    Place place;
    std::int32_t ack; ///< from SND.NXT on
    std::uint32_t len;
};

/** Before anything that may still be acknowledged. */
constexpr std::int32_t LONG_AGO = -(1 << 20);

constexpr std::array<Attack, ATTACKS> TABLE{{
    {Flag::RST, Place::BEFORE, 0, 0},
    {Flag::RST, Place::SECOND, 0, 0},
    {Flag::RST, Place::LAST, 0, 0},
    {Flag::SYN, Place::NEXT, 0, 0},
    {Flag::SYN, Place::LAST, 0, 0},
    {Flag::ACK, Place::NEXT, LONG_AGO, 1},
    {Flag::ACK, Place::NEXT, 1, 1},
    {Flag::FIN | Flag::ACK, Place::NEXT, LONG_AGO, 0},
    {Flag::ACK, Place::NEXT, 1, 0},
}};

bool
CanBeHurt(State state)
{
    return state != State::CLOSED && state != State::LISTEN && state != State::SYN_SENT &&
           state != State::SYN_RECEIVED && state != State::TIME_WAIT;
}

} // namespace

std::optional<Segment>
AttackOn(const Connection& victim, std::size_t which)
{
    if (!CanBeHurt(victim.GetState()))
    {
        return std::nullopt;
    }
    const Attack& attack = TABLE[which];
    const ReceiveSequence& rcv = victim.Rcv();
    Segment segment;
    segment.flags = attack.flags;
    segment.seq = attack.place == Place::BEFORE   ? rcv.nxt - 1
                  : attack.place == Place::NEXT   ? rcv.nxt
                  : attack.place == Place::SECOND ? rcv.nxt + 1
                                                  : rcv.nxt + (rcv.wnd - 1);
    if (segment.Has(Flag::ACK))
    {
        segment.ack = SeqNum(victim.Snd().nxt.Value() + static_cast<std::uint32_t>(attack.ack));
    }
    constexpr std::uint32_t WINDOW = 65535;
    segment.wnd = WINDOW;
    segment.len = attack.len;
    return segment;
}

} // namespace lifecycle::exploration
