#ifndef LIFECYCLE_SOCKET_H
#define LIFECYCLE_SOCKET_H

#include "lifecycle-host-observer.h"
#include "lifecycle-trace.h"

#include "ns3/tcp-socket.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lifecycle
{
struct ConnectionConfig;
struct StackConfig;
enum class CallError : std::uint8_t;
} // namespace lifecycle

namespace ns3
{

namespace lifecycle_internal
{
class HostDriver;
class Settings;
struct NodeStack;
} // namespace lifecycle_internal

/**
 * @ingroup lifecycle
 * @brief A socket of LifecycleL4Protocol: ns-3's socket contract over RFC 9293's user calls.
 *
 * A socket keeps what its user has said and must be told, and no TCP state. Attributes that nobody
 * has set have the node's value. An accepted socket starts as a copy of its listener, settings and
 * callbacks included.
 *
 * TcpSocket's attributes SndBufSize, RcvBufSize, SegmentSize, ConnTimeout, ConnCount, DataRetries,
 * InitialCwnd, DelAckTimeout and DelAckCount are other names of SendBuffer, ReceiveBuffer, Mss,
 * InitialRto, SynRetries, DataRetries, InitialWindow, DelayedAck and DelayedAckCount; TcpNoDelay is
 * the opposite of Nagle. PersistTimeout is PersistMin: the first probe comes no sooner.
 *
 * Attributes may be changed at any time, on a listener too: a listener's values are for connections
 * to come.
 *
 * The trace sources State, CongestionWindow, SlowStartThreshold, RTT, RTO and BytesInFlight have
 * the names and signatures of TcpSocketBase's. The last five tell a change once the input that has
 * made the change is dealt with. The old value is the value told last, 0 at first. RTT is SRTT of
 * RFC 6298. Sinks belong to one socket: connect sinks to an accepted socket in the accept callback.
 *
 * Send takes the flag MSG_OOB of <sys/socket.h>: then the octets sent are urgent, RFC 9293 3.8.5,
 * as are all octets before them. Urgent octets stay in the stream: trace source Signal tells the
 * peer's user, who then asks GetUrgentOctets.
 *
 * A port is taken on all devices: BindToNetDevice limits what a socket hears and where it sends.
 *
 * Close gives up reading as well: octets that arrive are thrown away. ShutdownSend closes one
 * direction.
 *
 * The connection request callback of a listener is asked when the SYN arrives, and again for a SYN
 * that is repeated after a refusal; a refused peer gets a reset. Recv and RecvFrom take the flag
 * MSG_PEEK.
 *
 * Connect on a listener fails, unless its attribute OpenFromListen is on: then the listener ceases
 * to listen, and connections that nobody has accepted are reset.
 */
class LifecycleSocket : public TcpSocket, public lifecycle_internal::ConnectionUser
{
  public:
    /** @brief Get the type ID. @return The type ID. */
    static TypeId GetTypeId();

    LifecycleSocket();
    /** @brief A socket that is set as @p other is, for a child of @p other or anew; not connected. */
    LifecycleSocket(const LifecycleSocket& other);
    ~LifecycleSocket() override;

    LifecycleSocket& operator=(const LifecycleSocket&) = delete;

    /**
     * @brief Sets the node's TCP to which the socket belongs; for
     * LifecycleL4Protocol::CreateSocket.
     */
    void SetStack(std::shared_ptr<lifecycle_internal::NodeStack> stack);

    /** @brief Ends the connection at once, with a reset if a reset is due. @return 0, or -1. */
    int Abort();

    /**
     * @brief The oldest connection of this listener that nobody has accepted; null if none waits.
     *
     * Of use with AutoAccept off: then the listener's receive callback tells of such a connection.
     * @return The socket of the connection.
     */
    Ptr<Socket> Accept();

    /** @brief Why the last connection ended: `normal`, `refused`, ...; empty while it lives. */
    std::string GetCloseReason() const;

    /**
     * @brief The whole connection, for code that builds against model/core: what TCP_INFO tells.
     * @return The connection as it is now; null if there is none.
     */
    std::shared_ptr<const lifecycle::Connection> GetConnection() const;

    /** @brief STATUS of RFC 9293 3.10.6, as in `SYN-SENT`. @return The name of the state. */
    std::string GetStateName() const;

    /**
     * @brief The connection's number in the node's traces; 0 without a connection.
     * @return The number.
     */
    uint64_t GetConnectionNumber() const;

    /** @brief How many of the unread octets are urgent, RFC 9293 3.8.5. @return The number. */
    uint32_t GetUrgentOctets() const;

    using Socket::Recv;
    using Socket::RecvFrom;
    using Socket::Send;
    using Socket::SendTo;

    SocketErrno GetErrno() const override;
    SocketType GetSocketType() const override;
    Ptr<Node> GetNode() const override;
    int Bind() override;
    int Bind6() override;
    int Bind(const Address& address) override;
    int Connect(const Address& address) override;
    int Listen() override;
    int Close() override;
    int ShutdownSend() override;
    int ShutdownRecv() override;
    uint32_t GetTxAvailable() const override;
    int Send(Ptr<Packet> packet, uint32_t flags) override;
    int SendTo(Ptr<Packet> packet, uint32_t flags, const Address& to) override;
    uint32_t GetRxAvailable() const override;
    Ptr<Packet> Recv(uint32_t maxSize, uint32_t flags) override;
    Ptr<Packet> RecvFrom(uint32_t maxSize, uint32_t flags, Address& from) override;
    void BindToNetDevice(Ptr<NetDevice> device) override;
    int GetSockName(Address& address) const override;
    int GetPeerName(Address& address) const override;
    bool SetAllowBroadcast(bool allowBroadcast) override;
    bool GetAllowBroadcast() const override;

  protected:
    void NotifyConstructionCompleted() override;
    void DoDispose() override;

  private:
    static constexpr uint32_t ORIGINAL_BACKLOG = 128; ///< backlog before anybody changes it

    // TcpSocket's attributes
    void SetSndBufSize(uint32_t size) override;
    uint32_t GetSndBufSize() const override;
    void SetRcvBufSize(uint32_t size) override;
    uint32_t GetRcvBufSize() const override;
    void SetSegSize(uint32_t size) override;
    uint32_t GetSegSize() const override;
    void SetInitialSSThresh(uint32_t threshold) override;
    uint32_t GetInitialSSThresh() const override;
    void SetInitialCwnd(uint32_t segments) override;
    uint32_t GetInitialCwnd() const override;
    void SetConnTimeout(Time timeout) override;
    Time GetConnTimeout() const override;
    void SetSynRetries(uint32_t count) override;
    uint32_t GetSynRetries() const override;
    void SetDataRetries(uint32_t retries) override;
    uint32_t GetDataRetries() const override;
    void SetDelAckTimeout(Time timeout) override;
    Time GetDelAckTimeout() const override;
    void SetDelAckMaxCount(uint32_t count) override;
    uint32_t GetDelAckMaxCount() const override;
    void SetTcpNoDelay(bool noDelay) override;
    bool GetTcpNoDelay() const override;
    void SetPersistTimeout(Time timeout) override;
    Time GetPersistTimeout() const override;
    void SetBacklog(uint32_t limit);
    uint32_t GetBacklog() const;
    void SetMaxSegLifetime(double seconds);
    double GetMaxSegLifetime() const;

    template <class Value>
    using StatusTrace = TracedCallback<Value, Value>;

    /** The trace sources, and what those of the status have told last. */
    struct Traces
    {
        TracedCallback<TcpStates_t, TcpStates_t> state; ///< each change of state
        TracedCallback<const LifecycleSignal&> signal;  ///< what the user is told
        StatusTrace<uint32_t> congestionWindowTrace;    ///< of congestionWindow
        StatusTrace<uint32_t> slowStartThresholdTrace;  ///< of slowStartThreshold
        StatusTrace<uint32_t> bytesInFlightTrace;       ///< of bytesInFlight
        StatusTrace<Time> rttTrace;                     ///< of rtt
        StatusTrace<Time> rtoTrace;                     ///< of rto
        uint32_t congestionWindow{0};                   ///< [octets]
        uint32_t slowStartThreshold{0};                 ///< [octets]
        uint32_t bytesInFlight{0};                      ///< sent and not acknowledged [octets]
        Time rtt;                                       ///< smoothed
        Time rto;                                       ///< with exponential backoff
    };

    /**
     * @brief Gives access to the trace source @p source, for which the socket makes room.
     * @return The accessor.
     */
    template <class Source>
    static Ptr<const TraceSourceAccessor> AccessorOf(Source Traces::*source);

    /** @brief Adds all trace sources to @p tid. @return The type ID. */
    static TypeId AddTraceSources(TypeId tid);

    /**
     * @brief Sets a field through an attribute of TcpSocket, unless the socket is being
     * constructed.
     */
    template <class Field>
    void SetCompatible(Field lifecycle::ConnectionConfig::*field, Field value, bool isDefault);

    // What the driver reports
    bool Admits(const Address& peer) override;
    void Opened(lifecycle::ConnectionId id, const lifecycle::FourTuple& path) override;
    void StateChanged(const lifecycle::StateChanged& change) override;
    void Told(const lifecycle::TellUser& tell,
              const lifecycle::FourTuple& path,
              uint64_t connection) override;
    void ChildReady() override;
    void RoomFreed(uint32_t octets) override;
    void OctetsSent(uint32_t octets) override;
    void Tag(Ptr<Packet> packet, bool isIpv6) const override;
    bool IsDone() const override;
    bool IsWatched() const override;
    void StatusChanged(const lifecycle::Connection& connection) override;
    void Ended(lifecycle::CloseReason reason,
               std::unique_ptr<lifecycle_internal::ReceiveBuffer> unread) override;
    void Crashed() override;
    void Detached() override;

    void TellConnected();
    void TellFailed();
    void TellReadable();
    void TellPeerClosed();
    void TellClosed();
    void TellSent(uint32_t octets);
    void Broken(SocketErrno error);
    /** @brief Tells what has happened before the connection had a socket. */
    void CatchUp();

    /** @brief The driver, or null if the node is down or gone. @return The driver. */
    lifecycle_internal::HostDriver* Driver() const;
    /**
     * @brief This socket as a user for the driver, who keeps the socket alive.
     * @return The user.
     */
    std::shared_ptr<lifecycle_internal::ConnectionUser> AsUser();
    /**
     * @brief The settings in force: the node's, overridden by this socket's.
     * @return The settings.
     */
    lifecycle::StackConfig Config() const;
    /**
     * @brief Applies @p change to the settings and hands the settings to the connection, if any.
     *
     * @return Whether the new settings hold; if they contradict each other, a living connection
     * keeps the old settings.
     */
    bool Change(const std::function<void(lifecycle_internal::Settings&)>& change);
    /** @brief Whether settings contradict each other; if so, tells the user. @return Whether so. */
    bool HasContradiction() const;
    /** @brief Notes @p error for GetErrno. @return -1. */
    int Fail(SocketErrno error) const;
    int Fail(lifecycle::CallError error) const;
    /** @brief Fails a Connect, and tells the user of the failure later. @return -1. */
    int FailConnect(SocketErrno error);
    /** @brief Whether the socket has a connection or a listener. @return Whether so. */
    bool IsOpen() const
    {
        return m_id != 0;
    }
    /** @brief Takes over the TOS that @p address may carry. */
    void SetTosOf(const Address& address);
    /** @brief Gives back a port that is bound but not used. */
    void ReleaseBinding();
    /** @brief The context of the node, for events. @return The context. */
    uint32_t Context() const;
    /** @brief The socket of the oldest completed connection, or null. @return The socket. */
    Ptr<LifecycleSocket> TakeChild();

    std::shared_ptr<lifecycle_internal::NodeStack> m_stack; ///< null once the node is gone
    /** What was set for this socket; shared with those that it was copied from or to. */
    std::shared_ptr<const lifecycle_internal::Settings> m_settings;
    /** Unread octets of the ended connection. */
    std::unique_ptr<lifecycle_internal::ReceiveBuffer> m_unread;
    uint64_t m_id{0};                            ///< the Host's id; 0 without connection
    Address m_local;                             ///< as bound or connected; else invalid
    Address m_remote;                            ///< other end; invalid if never connected
    uint32_t m_boot{0};                          ///< boot of the node when m_local was bound
    bool m_ownsBinding{false};                   ///< m_local's port is this socket's to give back
    bool m_isListening{false};                   ///< m_id is a listener
    bool m_isConnected{false};                   ///< told to the user, or accepted by him
    bool m_isClosed{false};                      ///< the user has closed
    bool m_sendIsShut{false};                    ///< the user will not send; children inherit it
    bool m_receiveIsShut{false};                 ///< the user will not read
    bool m_peerClosed{false};                    ///< no more data will come
    bool m_isCloseTold{false};                   ///< the user knows of the end
    bool m_closesWhenConnected{false};           ///< Close waits: there is data to send
    bool m_isConstructed{false};                 ///< attributes have their initial values
    bool m_autoAccept{true};                     ///< attribute AutoAccept
    bool m_sharesPort{false};                    ///< attribute SharePort
    uint16_t m_mssLimit{0};                      ///< MSS that the device allows; 0 = any
    std::string_view m_closeReason;              ///< for GetCloseReason
    mutable SocketErrno m_errno{ERROR_NOTERROR}; ///< of the last call that failed
    std::unique_ptr<Traces> m_traces;            ///< null as long as nobody has connected to any
};

} // namespace ns3

#endif // LIFECYCLE_SOCKET_H
