// What a listener does with segments: SYN queue, accept queue, SYN cookies. RFC 4987.

#include "host.h"
#include "keyed-hash.h"
#include "syn-cookie.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

/** The SYN flag and the ECN flags of @p syn. */
Flags
SynFlags(const Segment& syn)
{
    const Flags kept = Flag::SYN | Flag::ECE | Flag::CWR;
    return Flags::FromBits(syn.flags.Bits() & kept.Bits());
}

/** @p syn without its text and FIN. */
Segment
WithoutText(const Segment& syn)
{
    Segment bare = syn;
    bare.flags = SynFlags(syn);
    bare.len = 0;
    return bare;
}

} // namespace

/** A segment arrives for @p listener. Returns the child that the segment makes, or 0. */
ConnectionId
Host::ListenerSegmentArrives(Entry& listener,
                             const FourTuple& path,
                             const Segment& segment,
                             Instant now,
                             Actions& out)
{
    if (segment.Has(Flag::SYN) && !segment.Has(Flag::ACK) && !segment.Has(Flag::RST))
    {
        return SynArrives(listener, path, segment, now, out);
    }
    Queues& queues = *listener.queues;
    Surroundings surroundings;
    surroundings.cookie = CheckCookie(queues, path, segment, now);
    surroundings.acceptQueueFull = queues.AcceptQueueFull();
    const bool mayBeText = segment.Has(Flag::ACK) && !segment.Has(Flag::RST);
    if (!surroundings.cookie && mayBeText && FollowsRefusedAck(queues, path, now))
    {
        // Departs from RFC 9293 3.10.7.2, which answers the segment with a reset
        DropForFullAcceptQueue(listener, path, segment, out);
        return ConnectionId{};
    }
    // A copy of the listener gets the segment; the copy is kept if it becomes a connection.
    const bool opens = surroundings.cookie && !surroundings.acceptQueueFull;
    const ConnectionId id = opens ? NewId() : listener.connection.Id();
    Connection child = listener.connection.MakeChild(id, path);
    child.OffsetTimestamps(TimestampOffset(child.Config(), path, segment.ack - 1));
    const std::size_t from = out.size();
    m_notedRules = child.SegmentArrives(segment, surroundings, now, out).rules;
    if (opens)
    {
        queues.completed.insert(id);
        Count(queues);
        m_entries.emplace(id, Entry{std::move(child), {}, std::nullopt});
        m_paths.emplace(path, id);
        Settle(id, State::LISTEN, out);
        return id;
    }
    if (surroundings.cookie)
    {
        CountRefusedFinalAck(child.Config(), out, from);
        if (!child.Config().abortOnOverflow)
        {
            Refuse(queues, path, now);
        }
    }
    return ConnectionId{};
}

/**
 * Whether the peer on @p path has brought back a cookie when there was no room. Segments behind
 * that ACK do not carry the cookie any more, and the peer is to try again until there is room.
 */
bool
Host::FollowsRefusedAck(const Queues& queues, const FourTuple& path, Instant now)
{
    return std::any_of(queues.refused.begin(), queues.refused.end(), [&](const RefusedPeer& peer) {
        return peer.path == path && now <= peer.at + COOKIE_LIFETIME;
    });
}

/**
 * Remembers a refused peer. The cookie shows that the peer got our SYN,ACK, so no flood from forged
 * addresses can fill the list.
 */
void
Host::Refuse(Queues& queues, const FourTuple& path, Instant now)
{
    constexpr std::size_t KEPT = 128;
    const auto isGone = [&](const RefusedPeer& peer) {
        return peer.path == path || now > peer.at + COOKIE_LIFETIME;
    };
    auto& refused = queues.refused;
    refused.erase(std::remove_if(refused.begin(), refused.end(), isGone), refused.end());
    if (refused.size() >= KEPT)
    {
        refused.erase(refused.begin());
    }
    refused.push_back({path, now});
}

/** The listener has no place for what @p segment would complete. */
void
Host::DropForFullAcceptQueue(const Entry& listener,
                             const FourTuple& path,
                             const Segment& segment,
                             Actions& out)
{
    m_notedRules.Add(Rule::R96);
    ++m_counters.acceptOverflows;
    out.push_back(Dropped{listener.connection.Id(), path, segment, DropReason::ACCEPT_QUEUE_FULL});
}

/** A SYN arrives for @p listener. Returns the child that the SYN makes, or 0. */
ConnectionId
Host::SynArrives(Entry& listener,
                 const FourTuple& path,
                 const Segment& segment,
                 Instant now,
                 Actions& out)
{
    m_notedRules.Add(Rule::P07);
    Queues& queues = *listener.queues;
    const bool overflows = queues.SynQueueFull() || m_synCache.IsFull(path);
    const SynCookieUse use = queues.config.synCookies;
    if (queues.config.acceptQueueStopsSyns && queues.AcceptQueueFull())
    {
        // Departs from RFC 9293 3.10.7.2 if wished: the child could not be accepted
        DropForFullAcceptQueue(listener, path, segment, out);
        return ConnectionId{};
    }
    if (use == SynCookieUse::ALWAYS || (use == SynCookieUse::ON_OVERFLOW && overflows))
    {
        if (queues.AcceptQueueFull()) // the ACK of a cookie would be refused
        {
            DropForFullAcceptQueue(listener, path, segment, out);
            return ConnectionId{};
        }
        m_notedRules.Add(Rule::R93);
        SendCookie(listener, path, segment, now, out);
        return ConnectionId{};
    }
    if (!MakeRoom(listener, path, segment, now, out))
    {
        return ConnectionId{};
    }
    const ConnectionId id = NewId();
    Connection child = listener.connection.MakeChild(id, path);
    Surroundings surroundings;
    surroundings.iss = InitialSequenceNumber(path, now);
    child.OffsetTimestamps(TimestampOffset(child.Config(), path, surroundings.iss));
    // RFC 4987 3.5: the cache has no place for text
    const bool keepsText = queues.config.keepSynText && !m_synCache.IsOn();
    const Segment& taken = keepsText ? segment : WithoutText(segment);
    m_notedRules.Add(child.SegmentArrives(taken, surroundings, now, out).rules);
    if (child.GetState() == State::SYN_RECEIVED)
    {
        queues.halfOpen.Add(id);
        m_synCache.Add(path, id);
    }
    else // a two-way handshake ends with its first segment
    {
        queues.completed.insert(id);
    }
    Count(queues);
    m_entries.emplace(id, Entry{std::move(child), {}, std::nullopt});
    m_paths.emplace(path, id);
    Settle(id, State::LISTEN, out);
    return id;
}

/**
 * Whether there is room for one more half-open child, if need be after an eviction; if not, the SYN
 * @p segment is reset or dropped. RFC 4987 2.2, 3.4, 3.5.
 */
bool
Host::MakeRoom(Entry& listener,
               const FourTuple& path,
               const Segment& segment,
               Instant now,
               Actions& out)
{
    const Queues& queues = *listener.queues;
    const SynOverflow policy = queues.config.synOverflow;
    const auto drop = [&](DropReason reason) {
        out.push_back(Dropped{listener.connection.Id(), path, segment, reason});
    };
    if (policy == SynOverflow::RANDOM_EARLY_DROP && !queues.SynQueueFull() &&
        DrawsEarlyDrop(queues, path, segment, now))
    {
        m_notedRules.Add(Rule::R89);
        ++m_counters.synsDroppedEarly;
        drop(DropReason::SYN_DROPPED_EARLY);
        return false;
    }
    if (listener.connection.EstablishesOnSyn() && queues.AcceptQueueFull())
    {
        DropForFullAcceptQueue(listener, path, segment, out);
        return false;
    }
    if (queues.SynQueueFull())
    {
        if (policy != SynOverflow::DROP_OLDEST || queues.halfOpen.Size() == 0)
        {
            m_notedRules.Add(Rule::R89);
            const bool resets = policy == SynOverflow::RESET;
            ++(resets ? m_counters.synsReset : m_counters.synsDropped);
            if (resets)
            {
                out.push_back(SendSegment{listener.connection.Id(),
                                          path,
                                          *ResetFor(segment),
                                          SegmentKind::RESET});
            }
            drop(DropReason::SYN_QUEUE_FULL);
            return false;
        }
        m_notedRules.Add(Rule::R91);
        ++m_counters.synQueueEvictions;
        Evict(queues.halfOpen.First(), now, out);
    }
    if (m_synCache.IsFull(path))
    {
        m_notedRules.Add(Rule::R92);
        const auto oldest = m_synCache.Oldest(path);
        if (!oldest) // the limit of a bucket is 0
        {
            ++m_counters.synsDropped;
            drop(DropReason::SYN_QUEUE_FULL);
            return false;
        }
        ++m_counters.synCacheEvictions;
        Evict(*oldest, now, out);
    }
    return true;
}

/**
 * Whether to drop a SYN early: from the half-full queue on, with a probability that grows to one at
 * the full queue.
 */
bool
Host::DrawsEarlyDrop(const Queues& queues,
                     const FourTuple& path,
                     const Segment& segment,
                     Instant now) const
{
    const std::uint64_t length = queues.halfOpen.Size();
    const std::uint64_t half = queues.config.synQueueLimit / 2;
    const std::uint64_t moment = Combine(segment.seq.Value(), HashValue(now));
    const std::uint64_t draw = KeyedHash(m_secret, path, HashPurpose::SYN_DROP, moment);
    return length > half && draw % (queues.config.synQueueLimit - half) < length - half;
}

void
Host::Evict(ConnectionId id, Instant now, Actions& out)
{
    EntryOf(id).connection.Evict(now, out);
    Settle(id, State::SYN_RECEIVED, out);
}

/**
 * Sends the SYN,ACK that a child would send, with the cookie as its sequence number; nothing of the
 * SYN is kept.
 */
void
Host::SendCookie(Entry& listener,
                 const FourTuple& path,
                 const Segment& segment,
                 Instant now,
                 Actions& out)
{
    Segment syn; // without options that nobody would remember, RFC 4987 3.6
    syn.seq = segment.seq;
    syn.flags = Flag::SYN;
    syn.wnd = segment.wnd;
    syn.mss = segment.mss;
    if (segment.timestamps && listener.connection.Config().timestamps)
    {
        syn.flags = SynFlags(segment);
        syn.timestamps = segment.timestamps;
        syn.windowScale = segment.windowScale;
        syn.sackPermitted = segment.sackPermitted;
    }
    const ConnectionId id = listener.connection.Id();
    Connection child = listener.connection.MakeChild(id, path);
    Actions answer;
    child.SegmentArrives(syn, {}, now, answer);
    for (const Action& action : answer)
    {
        if (const auto* send = std::get_if<SendSegment>(&action))
        {
            SendSegment synAck = *send;
            synAck.segment.seq = MakeSynCookie(m_secret, path, segment.seq, child.Snd().mss, now);
            if (auto& timestamps = synAck.segment.timestamps)
            {
                timestamps->val = PutOptions(
                    {syn.windowScale, syn.sackPermitted, child.Agreed().ecn},
                    timestamps->val + TimestampOffset(child.Config(), path, synAck.segment.seq));
            }
            out.push_back(synAck);
        }
    }
    listener.queues->lastCookie = now;
    ++m_counters.cookiesSent;
}

/**
 * What the cookie in an ACK to a listener remembers; nothing if no cookie is out, or if the ACK has
 * no good one. RFC 4987 A.
 */
std::optional<RememberedSyn>
Host::CheckCookie(const Queues& queues, const FourTuple& path, const Segment& segment, Instant now)
{
    const bool mayBeOne =
        segment.Has(Flag::ACK) && !segment.Has(Flag::SYN) && !segment.Has(Flag::RST);
    if (!mayBeOne || !queues.lastCookie)
    {
        return std::nullopt;
    }
    const SynCookieCheck check =
        CheckSynCookie(m_secret, path, segment.seq - 1, segment.ack - 1, now);
    switch (check.verdict)
    {
    case SynCookieCheck::Verdict::GOOD:
        m_counters.cookiesAccepted += !queues.AcceptQueueFull();
        return RememberedSyn{check.mss,
                             segment.timestamps ? TakeOptions(segment.timestamps->ecr)
                                                : CookieOptions{}};
    case SynCookieCheck::Verdict::EXPIRED:
        ++m_counters.cookiesExpired;
        break;
    case SynCookieCheck::Verdict::FORGED:
        ++m_counters.cookiesForged;
        break;
    }
    return std::nullopt;
}

/** Counts a final ACK that was refused, if the actions from index @p from on say so. */
void
Host::CountRefusedFinalAck(const ConnectionConfig& config, const Actions& out, std::size_t from)
{
    for (std::size_t i = from; i < out.size(); ++i)
    {
        const auto* dropped = std::get_if<Dropped>(&out[i]);
        if (dropped != nullptr && dropped->reason == DropReason::ACCEPT_QUEUE_FULL)
        {
            ++(config.abortOnOverflow ? m_counters.acceptResets : m_counters.acceptOverflows);
        }
    }
}

} // namespace lifecycle
