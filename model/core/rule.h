#ifndef LIFECYCLE_CORE_RULE_H
#define LIFECYCLE_CORE_RULE_H

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <tuple>

namespace lifecycle
{

/**
 * A rule that has a say about an arriving segment, named by its id in doc/requirements.md.
 *
 * P.. are the steps of RFC 9293 3.10.7; D.. and R.. stand where an open point or a requirement is
 * applied instead, or as well.
 */
enum class Rule : std::uint8_t
{
    P00, ///< before there is a state: not from and to one host, or a SYN with FIN
    P01, ///< no connection: RST
    P02, ///< no connection: neither RST nor ACK
    P03, ///< no connection: ACK without RST
    P04, ///< LISTEN: RST
    P05, ///< LISTEN: ACK
    P07, ///< LISTEN: SYN
    P08, ///< LISTEN: anything else
    P09, ///< SYN-SENT: bad ACK on a RST
    P10, ///< SYN-SENT: bad ACK
    P11, ///< SYN-SENT: RST that acknowledges our SYN
    P12, ///< SYN-SENT: RST without ACK
    P14, ///< SYN-SENT: SYN that acknowledges our SYN
    P15, ///< SYN-SENT: SYN alone
    P16, ///< SYN-SENT: neither SYN nor RST
    P20, ///< timestamp older than TS.Recent: PAWS
    P21, ///< no timestamp though agreed
    P22, ///< unacceptable RST
    P23, ///< unacceptable otherwise
    P24, ///< TIME-WAIT: SYN of a new connection, RFC 6191 2
    P25, ///< acceptable: trimmed, and held if it is early
    P30, ///< RST at RCV.NXT
    P31, ///< RST elsewhere in the window
    P40, ///< passive SYN-RECEIVED: SYN
    P41, ///< SYN
    P50, ///< no ACK
    P51, ///< ACK out of range, RFC 5961 5.2
    P52, ///< SYN-RECEIVED: ACK of our SYN
    P53, ///< SYN-RECEIVED: any other ACK
    P54, ///< ACK of something new
    P55, ///< ACK of nothing new
    P56, ///< the newest window so far
    P57, ///< FIN-WAIT-1: ACK of our FIN
    P58, ///< FIN-WAIT-2: nothing left to acknowledge
    P59, ///< CLOSING: ACK of our FIN, or the segment is ignored
    P60, ///< LAST-ACK: ACK of our FIN
    P61, ///< TIME-WAIT: the FIN again
    P65, ///< URG
    P66, ///< URG behind the peer's FIN
    P70, ///< text
    P71, ///< text behind the peer's FIN
    P76, ///< ESTABLISHED: FIN in order
    P77, ///< FIN-WAIT-1: FIN in order
    P78, ///< FIN-WAIT-2: FIN in order
    P79, ///< CLOSE-WAIT, CLOSING, LAST-ACK: FIN
    P80, ///< TIME-WAIT: FIN
    D1,  ///< the SYN,ACK of a simultaneous open
    D3,  ///< SYN-RECEIVED: the SYN again
    R05, ///< illegal option length
    R37, ///< a SYN in the window by RFC 793
    R39, ///< no answer, because there were too many answers
    R41, ///< zero window: ACK, URG and RST still count
    R51, ///< text for a user who has given up reading
    R66, ///< TIME-WAIT: RST, by RFC 1337
    R89, ///< LISTEN: SYN that a full queue of half-open connections, or a random early drop, stops
    R91, ///< LISTEN: SYN for which the oldest half-open connection goes
    R92, ///< LISTEN: SYN whose bucket of the SYN cache is full
    R93, ///< LISTEN: SYN that a cookie answers, or ACK that brings a cookie back
    R96, ///< the accept queue is full
};

constexpr std::size_t RULE_COUNT = static_cast<std::size_t>(Rule::R96) + 1;

/** The id of @p rule, such as `P22`, `D1` or `R-66`. */
std::string_view ToString(Rule rule);

/** Which rules have had a say. */
class RuleSet
{
  public:
    RuleSet() = default;

    RuleSet(std::initializer_list<Rule> rules)
    {
        for (const Rule rule : rules)
        {
            Add(rule);
        }
    }

    void Add(Rule rule)
    {
        m_rules.set(static_cast<std::size_t>(rule));
    }

    bool Has(Rule rule) const
    {
        return m_rules.test(static_cast<std::size_t>(rule));
    }

    /** Adds all rules of @p other. */
    void Add(const RuleSet& other)
    {
        m_rules |= other.m_rules;
    }

    bool IsEmpty() const
    {
        return m_rules.none();
    }

    auto Fields() const
    {
        return std::make_tuple(m_rules.to_ullong());
    }

  private:
    static_assert(RULE_COUNT <= 64, "Fields has place for no more");

    std::bitset<RULE_COUNT> m_rules;
};

/** The ids of @p rules, in the order of Rule, with blanks between. */
std::string ToString(const RuleSet& rules);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RULE_H
