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
 * Takes the request of each connection and sends the response; after a half-close of the client the
 * response waits for the end of its stream, and the close for the hold time. Else it closes when the
 * client has closed, or first and after the hold time if CloseFirst is `server`. Runs on any stack behind ns3::TcpSocketFactory.
 */
class LifecycleServer : public LifecycleExchange
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

    LifecycleServer();
    ~LifecycleServer() override;

    /** @brief Closes the connection whose other end is @p client, now. @param client its address */
    void CloseConnection(Address client);

    /** @brief Listens (again: a host that was rebooted has lost its listener). */
    void Listen();

  private:
    /** What this end knows of one connection. */
    struct Connection
    {
        uint64_t received{0}; ///< of the request
        uint64_t unsent{0};   ///< of the response
        bool answering{false};
        bool peerClosed{false}; ///< or the server itself wants to close
    };

    void DoDispose() override;
    void StartApplication() override;
    void StopApplication() override;

    void Accepted(Ptr<Socket> socket, const Address& from);
    void Receive(Ptr<Socket> socket);
    void Answer(Ptr<Socket> socket);
    void SendResponse(Ptr<Socket> socket, uint32_t room);
    void HoldIsOver(Ptr<Socket> socket);
    void PeerClosed(Ptr<Socket> socket);
    void Gone(Ptr<Socket> socket);
    void CloseIfDone(Ptr<Socket> socket);

    Address m_local;
    Ptr<Socket> m_listener;
    std::unordered_map<Socket*, Connection> m_connections; ///< never iterated over
    std::map<Address, Ptr<Socket>> m_byPeer;               ///< only if both ends close at once
};

} // namespace ns3

#endif // LIFECYCLE_SERVER_H
