#ifndef LIFECYCLE_SERVER_H
#define LIFECYCLE_SERVER_H

#include "ns3/lifecycle-exchange.h"

#include <cstdint>
#include <map>
#include <unordered_map>

namespace ns3
{

class Socket;

/**
 * @ingroup tcp-lifecycle
 * @brief Answers the connections of LifecycleClient.
 *
 * Takes the requests of each connection and sends the responses; after a half-close of the client the
 * response waits for the end of its stream, and the close for the hold time. Else it closes when the
 * client has closed, or first and after the hold time if CloseFirst is `server`. Runs on any stack
 * behind ns3::TcpSocketFactory; AcceptTime needs LifecycleSocket.
 */
class LifecycleServer : public LifecycleExchange
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

    LifecycleServer();
    ~LifecycleServer() override;

    /** @brief Closes the connection whose other end is @p client after a hold time. @param client its address */
    void CloseConnection(Address client);

    /**
     * @brief Tells what the next connection from @p client will do; unknown ones draw for themselves.
     * @param client its address and port
     * @param conversation what it has drawn
     */
    void Expect(const Address& client, const LifecycleConversation& conversation);

    int64_t AssignStreams(int64_t stream) override;

    /** @brief Listens (again: a host that was rebooted has lost its listener). */
    void Listen();

    /**
     * @brief Opens a connection to a client that opens one to us: both know both ports.
     * @param local this end's address and port
     * @param remote the client's address and port
     */
    void OpenFrom(const Address& local, const Address& remote);

    /** @brief The process exits: all sockets are closed, whatever they hold unread. */
    void Exit();

  private:
    /** What this end knows of one connection. */
    struct Connection
    {
        uint64_t serial{0}; ///< in the order of accepting
        Address peer;
        LifecycleConversation conversation;
        std::size_t answered{0}; ///< responses begun
        std::size_t taken{0};    ///< requests that are here
        uint64_t received{0};    ///< of the next request
        uint64_t unsent{0};      ///< of the responses begun
        bool peerClosed{false};  ///< or the server itself wants to close
        Time readsFrom;          ///< nothing is read before
    };

    void DoDispose() override;
    void StartApplication() override;
    void StopApplication() override;

    void MayAccept(Ptr<Socket> listener);
    void AcceptTimeIsOver();
    void Connected(Ptr<Socket> socket);
    void Accepted(Ptr<Socket> socket, const Address& from);
    void Receive(Ptr<Socket> socket);
    void TakeRequests(Ptr<Socket> socket);
    void Answer(Ptr<Socket> socket);
    void SendResponse(Ptr<Socket> socket, uint32_t room);
    void HoldIsOver(Ptr<Socket> socket);
    void PeerClosed(Ptr<Socket> socket);
    void Gone(Ptr<Socket> socket);
    void CloseIfDone(Ptr<Socket> socket);

    Address m_local;
    Ptr<RandomVariableStream> m_acceptTime; ///< busy with each accept [s]; null: not at all
    Ptr<RandomVariableStream> m_readDelay;  ///< how long what arrives is left unread [s]
    bool m_isAccepting{false};              ///< busy
    Ptr<Socket> m_listener;
    uint64_t m_accepted{0};                                ///< connections so far
    std::unordered_map<Socket*, Connection> m_connections; ///< in no order
    std::map<Address, Ptr<Socket>> m_byPeer;               ///< only if both ends close
    std::map<Address, LifecycleConversation> m_expected;   ///< of those on their way
};

} // namespace ns3

#endif // LIFECYCLE_SERVER_H
