#ifndef LIFECYCLE_CLIENT_H
#define LIFECYCLE_CLIENT_H

#include "ns3/callback.h"
#include "ns3/lifecycle-exchange.h"

#include <cstdint>
#include <unordered_map>

namespace ns3
{

class Socket;

/**
 * @ingroup tcp-lifecycle
 * @brief Opens connections to a LifecycleServer, one at each call of Open().
 *
 * Each connection sends a request, takes the response, stays for the hold time, and ends as CloseFirst
 * says: `client` closes it, `server` or `nobody` leave that to the other end, `both` closes it at both
 * ends at one instant, `abort` aborts it. Runs on any stack behind ns3::TcpSocketFactory.
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

    /** @brief Opens one more connection, now. If a call fails, trace source OpenFailed tells. */
    void Open();

    /**
     * @brief Sets who is told to close its end at the same instant when CloseFirst is `both`.
     * @param closePeer called with the client's end of the connection
     */
    void SetClosePeer(Callback<void, Address> closePeer);

  private:
    /** What this end knows of one connection. */
    struct Connection
    {
        uint64_t unsent{0};   ///< of the request
        uint64_t received{0}; ///< of the response
        bool answered{false}; ///< the whole response is here
    };

    void DoDispose() override;
    void StopApplication() override;

    void Connected(Ptr<Socket> socket);
    void SendRequest(Ptr<Socket> socket, uint32_t room);
    void Receive(Ptr<Socket> socket);
    void Answered(Ptr<Socket> socket);
    void HoldIsOver(Ptr<Socket> socket);
    void PeerClosed(Ptr<Socket> socket);
    void Gone(Ptr<Socket> socket);

    Address m_remote;
    TracedCallback<Ptr<Node>, const std::string&> m_openFailed; ///< a call failed: whose, and why
    Callback<void, Address> m_closePeer;
    std::unordered_map<Socket*, Connection> m_connections; ///< never iterated over
};

} // namespace ns3

#endif // LIFECYCLE_CLIENT_H
