#ifndef LIFECYCLE_CORE_RULE_H
#define LIFECYCLE_CORE_RULE_H

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lifecycle
{

/**
 * A rule that has a say about an arriving segment, named by its id in doc/requirements.md.
 *
 * P.. are the steps of RFC 9293 3.10.7; D.. and R.. stand where an open point or a requirement is
 * applied instead. The value tells the letter by its hundreds and holds the number.
 */
enum class Rule : std::uint16_t
{
    P04 = 4,        ///< LISTEN: RST
    P05 = 5,        ///< LISTEN: ACK
    P07 = 7,        ///< LISTEN: SYN
    P08 = 8,        ///< LISTEN: anything else
    P09 = 9,        ///< SYN-SENT: bad ACK on a RST
    P10 = 10,       ///< SYN-SENT: bad ACK
    P11 = 11,       ///< SYN-SENT: RST that acknowledges our SYN
    P12 = 12,       ///< SYN-SENT: RST without ACK
    P14 = 14,       ///< SYN-SENT: SYN that acknowledges ours
    P15 = 15,       ///< SYN-SENT: SYN alone
    P16 = 16,       ///< SYN-SENT: neither SYN nor RST
    P20 = 20,       ///< timestamp older than one before: PAWS
    P21 = 21,       ///< no timestamp though agreed
    P22 = 22,       ///< unacceptable RST
    P23 = 23,       ///< unacceptable otherwise
    P24 = 24,       ///< TIME-WAIT: SYN of a new connection, RFC 6191 2
    P25 = 25,       ///< acceptable: trimmed, and held if it is early
    P30 = 30,       ///< RST at RCV.NXT
    P31 = 31,       ///< RST elsewhere in the window
    P40 = 40,       ///< passive SYN-RECEIVED: SYN
    P41 = 41,       ///< SYN
    P50 = 50,       ///< no ACK
    P51 = 51,       ///< ACK out of range, RFC 5961 5.2
    P52 = 52,       ///< SYN-RECEIVED: ACK of our SYN
    P53 = 53,       ///< SYN-RECEIVED: any other ACK
    P54 = 54,       ///< ACK of something new
    P55 = 55,       ///< ACK of nothing new
    P56 = 56,       ///< the newest window so far
    P57 = 57,       ///< FIN-WAIT-1: ACK of our FIN
    P58 = 58,       ///< FIN-WAIT-2: nothing left to acknowledge
    P59 = 59,       ///< CLOSING: ACK of our FIN, or the segment is ignored
    P60 = 60,       ///< LAST-ACK: ACK of our FIN
    P61 = 61,       ///< TIME-WAIT: the FIN again
    P65 = 65,       ///< URG
    P66 = 66,       ///< URG behind the peer's FIN
    P70 = 70,       ///< text
    P71 = 71,       ///< text behind the peer's FIN
    P76 = 76,       ///< ESTABLISHED: FIN in order
    P77 = 77,       ///< FIN-WAIT-1: FIN in order
    P78 = 78,       ///< FIN-WAIT-2: FIN in order
    P79 = 79,       ///< CLOSE-WAIT, CLOSING, LAST-ACK: FIN
    P80 = 80,       ///< TIME-WAIT: FIN
    D1 = 100 + 1,   ///< the SYN,ACK of a simultaneous open
    D3 = 100 + 3,   ///< SYN-RECEIVED: the SYN again
    R05 = 200 + 5,  ///< illegal option length
    R37 = 200 + 37, ///< a SYN in the window by RFC 793
    R39 = 200 + 39, ///< no answer, because there were too many
    R41 = 200 + 41, ///< zero window: ACK, URG and RST still count
    R51 = 200 + 51, ///< text for a user who has given up reading
    R66 = 200 + 66, ///< TIME-WAIT: RST, by RFC 1337
    R93 = 200 + 93, ///< LISTEN: ACK that brings back a cookie
    R96 = 200 + 96, ///< SYN-RECEIVED: final ACK while the accept queue is full
};

constexpr std::size_t RULE_COUNT = static_cast<std::size_t>(Rule::R96) + 1;

/** The id: `P22`, `D1`, `R-66`. */
std::string ToString(Rule rule);

/** Which rules have had a say. */
class RuleSet
{
  public:
    void Add(Rule rule)
    {
        m_rules.set(static_cast<std::size_t>(rule));
    }

    bool Has(Rule rule) const
    {
        return m_rules.test(static_cast<std::size_t>(rule));
    }

    bool IsEmpty() const
    {
        return m_rules.none();
    }

  private:
    std::bitset<RULE_COUNT> m_rules;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RULE_H
