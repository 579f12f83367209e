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
 * The server takes the requests of each connection and sends the responses. If the client
 * half-closes, the response waits for the end of the client's stream, and the server's close for
 * the hold time. Else the server closes when the client has closed, or first and after the hold
 * time if CloseFirst is `server`. The server runs on any stack behind ns3::TcpSocketFactory;
 * AcceptTime needs LifecycleSocket.
 */
class LifecycleServer : public LifecycleExchange
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

    LifecycleServer();
    ~LifecycleServer() override;

    /** @brief Closes the connection to @p client after a hold time. @param client address and port */
    void CloseConnection(Address client);

    /**
     * @brief Tells what the next connection from @p client will do. Without this call the server
     * draws the conversation.
     * @param client the client's address and port
     * @param conversation what the client has drawn
     */
    void Expect(const Address& client, const LifecycleConversation& conversation);

    int64_t AssignStreams(int64_t stream) override;

    /** @brief Listens, also once more: a host that was rebooted has lost its listener. */
    void Listen();

    /**
     * @brief Opens a connection to a client that opens the same connection: both ends know both
     * ports.
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
        std::size_t taken{0};    ///< requests that have arrived
        uint64_t received{0};    ///< octets of the next request
        uint64_t unsent{0};      ///< octets of the responses begun
        bool peerClosed{false};  ///< the peer has closed, or the server's hold time is over
        Time readsFrom;          ///< nothing is read before this time
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
    Ptr<RandomVariableStream> m_acceptTime; ///< how long each accept takes [s]; null: no time
    Ptr<RandomVariableStream> m_readDelay;  ///< how long what arrives is left unread [s]
    bool m_isAccepting{false};              ///< an accept is under way
    Ptr<Socket> m_listener;
    uint64_t m_accepted{0};                                ///< connections so far
    std::unordered_map<Socket*, Connection> m_connections; ///< in no order
    std::map<Address, Ptr<Socket>> m_byPeer;               ///< filled only if both ends close
    std::map<Address, LifecycleConversation> m_expected;   ///< of connections on their way
};

} // namespace ns3

#endif // LIFECYCLE_SERVER_H
