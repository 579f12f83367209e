#ifndef LIFECYCLE_PACKETDRILL_SYSTEM_H
#define LIFECYCLE_PACKETDRILL_SYSTEM_H

#include "../../model/core/connection.h"
#include "simulated-host.h"

#include "ns3/nstime.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** What a system call has returned. */
struct Outcome
{
    std::int64_t result{0};
    std::string error; ///< `EAGAIN`; empty if none
};

/** A system call that blocks: asked again whenever something has happened, until it has an outcome. */
using Attempt = std::function<std::optional<Outcome>()>;

/** One file descriptor. */
struct Descriptor
{
    ns3::Ptr<ns3::LifecycleSocket> socket;
    bool doesNotBlock{false};
    bool isListening{false};
    bool isConnecting{false};
    bool wasConnected{false};
    bool isBroken{false};
    std::string pendingError;       ///< SO_ERROR
    std::uint32_t written{0};       ///< by the write that blocks [octets]
    ns3::Time linger;               ///< SO_LINGER: how long close waits for what is unacknowledged
    bool isCloseAcked{false};       ///< the peer has our FIN
    bool readingIsShut{false};      ///< by shutdown: a read without text is at the end
    std::set<std::string> sizesSet; ///< SO_SNDBUF, if it has been set
};

/** The outcome of a call that never waits. */
inline Attempt
Always(Outcome outcome)
{
    return [outcome] { return outcome; };
}

/** A call has failed with @p error. */
inline Outcome
Error(const std::string& error)
{
    return {-1, error};
}

/** The system calls of one process, on sockets of @p host. */
class System
{
  public:
    /** @param looksAtSizes whether getsockopt compares sizes of buffers */
    System(SimulatedHost& host, bool looksAtSizes)
        : m_host(host),
          m_looksAtSizes(looksAtSizes)
    {
    }

    /**
     * Begins @p call, which stands at @p line.
     *
     * Throws Unsupported if it, or one of its arguments, is not known; Failure if it makes no sense, or
     * if an argument is not as the script expects (of getsockopt, poll).
     */
    Attempt Begin(const SystemCall& call, int line);

    /** Ends all connections that are in the state that RFC 9293 calls so. */
    void Drop(const std::string& state);

    /** How many open sockets are in the state that RFC 9293 calls so. */
    unsigned CountSockets(const std::string& state) const;

    /** The state of the connection that was last connected or accepted; without one, of the last socket. */
    std::string CurrentState() const;

    /** A field of TCP_INFO of that socket, or a constant for one; nothing if it is not known. */
    std::optional<std::int64_t> InfoOf(const std::string& field) const;

    std::function<void()> onChange;               ///< a call that blocks may go on
    std::function<void(std::uint16_t)> onConnect; ///< to this port
    std::function<void(std::uint16_t)> onBind;    ///< to this port

  private:
    using Handle = std::shared_ptr<Descriptor>;

    /** An entry of poll's list. */
    struct Polled
    {
        Handle handle;
        Value wanted;
        Value expected;
    };

    Handle Find(const SystemCall& call, int line);
    Handle Adopt(ns3::Ptr<ns3::LifecycleSocket> socket);
    void Watch(const Handle& handle);
    void WatchTraces(const Handle& handle);
    std::int64_t NewNumber(const Handle& handle, const SystemCall& call);
    Attempt Call(const SystemCall& call, int line);
    Attempt Socket(const SystemCall& call, int line);
    Attempt Bind(const SystemCall& call, const Handle& handle, int line);
    Attempt Listen(const SystemCall& call, const Handle& handle, int line);
    Attempt Connect(const SystemCall& call, const Handle& handle, int line);
    Attempt Accept(const SystemCall& call, const Handle& handle);
    Attempt Read(const SystemCall& call, const Handle& handle, int line);
    Attempt Write(const SystemCall& call, const Handle& handle, int line);
    Attempt SendMessage(const SystemCall& call, const Handle& handle, int line);
    Attempt Ioctl(const SystemCall& call, const Handle& handle, int line);
    Attempt Shutdown(const SystemCall& call, const Handle& handle, int line);
    Attempt Close(const SystemCall& call, const Handle& handle);
    Attempt Fcntl(const SystemCall& call, const Handle& handle, int line);
    Attempt Poll(const SystemCall& call, int line);
    bool IsReadable(const Descriptor& descriptor, int line) const;
    /** What poll says of @p descriptor, by the names of the events. */
    std::map<std::string, bool> Ready(const Descriptor& descriptor,
                                      const Value& wanted,
                                      int line) const;
    std::optional<Outcome> TryPoll(const std::vector<Polled>& polled,
                                   ns3::Time end,
                                   int line) const;

    SimulatedHost& m_host;
    bool m_looksAtSizes;
    std::map<std::int64_t, Handle> m_handles;
    Handle m_current;
};

/** The argument with number @p index as a number; a name of the socket interface counts as one. */
std::int64_t NumberOf(const SystemCall& call, std::size_t index, int line);
/** Whether @p word is among the names in @p value. */
bool HasWord(const Value& value, const std::string& word);
/** Throws Unsupported, saying @p what, if @p value is anything but 0 or names of @p known. */
void CheckNames(const Value& value,
                const std::set<std::string>& known,
                const std::string& what,
                int line);
/** The argument with number @p index as a name. */
std::string NameOf(const SystemCall& call, std::size_t index, int line);

/** The port in the socket address at @p index; the default for `...`. */
std::uint16_t PortOf(const SystemCall& call, std::size_t index, int line);
/** What a process is told of @p error; empty if it is none. */
std::string ErrorOf(ns3::Socket::SocketErrno error);
/** Takes the error that waits for the process. */
std::optional<Outcome> TakeError(Descriptor& descriptor);
/** Eff.snd.MSS of RFC 9293 3.7.1 [octets]. */
std::uint32_t PayloadOf(const lifecycle::Connection& connection);

/** A constant of TCP_INFO; nothing if there is none with this name. */
std::optional<std::int64_t> ConstantOf(const std::string& name, bool isBsd);

// Options of sockets, in socket-options.cc
/** The value behind the name of the option: a number, alone or as `[n]`, a name or a structure. */
Value ArgumentOf(const SystemCall& call, int line);
/** The length of the value, behind it, as a number or as `[n]`. */
std::int64_t LengthOf(const SystemCall& call, int line);
std::int64_t FieldOf(const Value& value, const std::string& name, int line);
/** SO_LINGER as the structure would be written. */
std::string LingerOf(bool isOn, std::int64_t seconds);
/** What a script expects of getsockopt, as ArgumentOf gives it, to be compared. */
std::string Expected(const Value& value, int line);
Outcome SetSocketOption(Descriptor& descriptor, const SystemCall& call, int line);
Outcome GetSocketOption(Descriptor& descriptor,
                        const SystemCall& call,
                        const SimulatedHost& host,
                        bool looksAtSizes,
                        int line);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_SYSTEM_H
