#ifndef LIFECYCLE_CLIENT_H
#define LIFECYCLE_CLIENT_H

#include "ns3/lifecycle-exchange.h"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace ns3
{

class LifecycleServer;
class Socket;

/**
 * @ingroup tcp-lifecycle
 * @brief Opens connections to a LifecycleServer, one at each call of Open().
 *
 * Each connection sends its requests, takes the responses, stays for the hold time, and ends as
 * CloseFirst says: `client` closes it, `server` or `nobody` leave that to the other end, `both` closes
 * both ends, each after a hold time of its own from the last response, `abort` aborts it. The
 * client runs on any stack behind ns3::TcpSocketFactory.
 */
class LifecycleClient : public LifecycleExchange
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

    LifecycleClient();
    ~LifecycleClient() override;

    /** @brief Signature of trace source OpenFailed: the node, and the reason. */
    using OpenFailedCallback = void (*)(Ptr<Node>, const std::string&);

    /** @brief Opens one more connection now. Trace source OpenFailed tells if a call fails. */
    void Open();

    /**
     * @brief Opens one more connection from a given end.
     * @param local address and port of this end
     * @param remote the other end, which may be opening too
     */
    void OpenFrom(const Address& local, const Address& remote);

    /** @brief The process exits: all sockets are closed, whatever they hold unread. */
    void Exit();

    /**
     * @brief Sets the server that is told what each connection will do, and that closes its own end
     * of the connection if CloseFirst is `both`.
     * @param server the application at the other end
     */
    void SetServer(Ptr<LifecycleServer> server);

  private:
    /** What this end knows of one connection. */
    struct Connection
    {
        uint64_t serial{0}; ///< in the order of opening
        LifecycleConversation conversation;
        std::size_t round{0}; ///< the round whose response is awaited
        uint64_t unsent{0};   ///< octets of the request
        uint64_t received{0}; ///< octets of the response
        bool ended{false};    ///< all rounds are done
    };

    void DoDispose() override;
    void StopApplication() override;

    void Start(Ptr<Socket> socket, const Address& remote);
    void Connected(Ptr<Socket> socket);
    void StartRequest(Ptr<Socket> socket);
    void SendRequest(Ptr<Socket> socket, uint32_t room);
    void Receive(Ptr<Socket> socket);
    void TakeResponses(Ptr<Socket> socket);
    void NextRound(Ptr<Socket> socket);
    void Ended(Ptr<Socket> socket);
    void HoldIsOver(Ptr<Socket> socket);
    void PeerClosed(Ptr<Socket> socket);
    void Gone(Ptr<Socket> socket);
    void CloseNow(Ptr<Socket> socket);

    Address m_remote;
    TracedCallback<Ptr<Node>, const std::string&> m_openFailed; ///< a call failed: node, reason
    Ptr<LifecycleServer> m_server;                              ///< may be null
    uint64_t m_opened{0};                                       ///< connections so far
    std::unordered_map<Socket*, Connection> m_connections;      ///< in no order
};

} // namespace ns3

#endif // LIFECYCLE_CLIENT_H
