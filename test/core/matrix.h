#ifndef LIFECYCLE_TEST_MATRIX_H
#define LIFECYCLE_TEST_MATRIX_H

#include "../../model/core/connection.h"
#include "ladder.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What the matrix of test/core/matrix-test.cc is made of: classes of segments, ways to states, and
// what the rules prescribe.
namespace lifecycle::test
{

/** A segment by what a receiver may ask of it. */
struct SegmentClass
{
    const char* name;
    Flags flags;
    std::int32_t seq;                    ///< from RCV.NXT; the end of the window is at WINDOW
    std::int32_t ack;                    ///< from SND.NXT
    std::uint32_t len;                   ///< octets of text
    std::optional<std::int32_t> tsVal{}; ///< from the last TSval of the peer; nothing: no timestamp
};

constexpr std::int32_t WINDOW = 65535;
constexpr std::uint32_t LAST_TSVAL = 1000; ///< of the peer, when the matrix starts

const std::vector<SegmentClass>& Classes();

/** What timestamps decide about, each with a younger one, the last one again, an older one and none. */
const std::vector<SegmentClass>& ClassesWithTimestamps();

/**
 * What the window decides about, for a receive window of zero: RFC 9293 3.10.7.4, first check. The
 * segments have a length or none, and stand at RCV.NXT, where ACK, RST and URG still count, or beside.
 */
const std::vector<SegmentClass>& ClassesForZeroWindow();

/** A segment of class @p c, to a receiver with these numbers. */
Segment MakeSegment(const SegmentClass& c, SeqNum rcvNxt, SeqNum sndNxt);

/** One way to each state; SYN-RECEIVED twice, for what it came from matters. */
struct Start
{
    std::string name;
    std::function<void(Ladder&)> to;
};

std::vector<Start> Starts();

/**
 * A connection in @p state, all but CLOSED, LISTEN and SYN-SENT, that has agreed on timestamps.
 */
Connection ReachWithTimestamps(State state, bool actively);

/** The same without, whose user reads nothing of the @p text octets that have come, of 1000. */
Connection ReachUnread(State state, std::uint32_t text);

/** What a rule prescribes: section 2 of doc/requirements.md, as far as a matrix can see it. */
struct Prescription
{
    const char* rule;
    const char* reply; ///< in the names of that section; in brackets: may be sent, need not
    const char* moves; ///< the transitions it may take
};

const std::vector<Prescription>& Prescriptions();

/** Steps of the checklist that no row can show, and why. */
const std::map<std::string, std::string>& NotInTheMatrix();

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_MATRIX_H
