#ifndef LIFECYCLE_GRAPH_ACTOR_H
#define LIFECYCLE_GRAPH_ACTOR_H

#include "world.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lifecycle::exploration
{

/** Does one event of one host and its user, and watches what comes of it. */
class Actor
{
  public:
    Actor(const Futures& futures, Step& step, std::size_t host)
        : m_futures(futures),
          m_step(step),
          m_world(step.after),
          m_self(host),
          m_machine(Scratch(step, *step.before->seats[host].machine))
    {
        step.host = host;
    }

    void Arrive(const InFlight& arrived)
    {
        m_step.arrived = arrived;
        m_machine.host.SegmentArrives(PathOf(m_self, arrived.from),
                                      arrived.segment,
                                      m_world.now,
                                      m_step.actions);
        Finish();
    }

    void Expire()
    {
        m_machine.host.DeadlineReached(m_world.now, m_step.actions);
        Finish();
    }

    /** Makes the next call of the script. @return Whether the call is possible. */
    bool Call()
    {
        const Party& party = m_futures.Rules().parties[m_self];
        const UserCall call = party.script[m_machine.next];
        if (!Make(call, party))
        {
            return false;
        }
        ++m_machine.next;
        Finish();
        return true;
    }

  private:
    /** A copy of @p machine in the memory of @p step. */
    static Machine& Scratch(Step& step, const Machine& machine)
    {
        step.acting = machine;
        return *step.acting;
    }

    bool Make(UserCall call, const Party& party);
    void Crash();
    void Finish();
    void SkipCalls();

    void Perform(std::size_t place);
    void Perform(const SendSegment& send);
    void Perform(const HoldRange& hold);
    void Perform(const DeliverRange& deliver);
    void Perform(const AcceptReady& ready);
    void Perform(const TellUser& tell);
    void Perform(const StateChanged& change);
    void Perform(const Forget& forget);
    void Begin(const StateChanged& change, std::size_t peer);
    bool IsNumberTaken(const Incarnation& last) const;
    void TakeOctet(Shadow& shadow, std::size_t peer, SeqNum seq);
    void TakeFin(Shadow& shadow, std::size_t peer);
    void NoteFinInTimeWait();
    Shadow* ShadowOf(ConnectionId id);
    std::size_t PeerOf(const Shadow& shadow) const;
    Incarnation* Find(std::size_t from, std::size_t to, std::uint8_t number);
    std::uint8_t NewIncarnation(std::size_t peer);

    void Note(Misdeed misdeed)
    {
        m_step.misdeeds.set(static_cast<std::size_t>(misdeed));
    }

    const Futures& m_futures;
    Step& m_step;
    World& m_world;
    std::size_t m_self;
    Machine& m_machine;
    std::array<Shadow, MAX_HOSTS> m_forgotten; ///< in this step
};

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_ACTOR_H
