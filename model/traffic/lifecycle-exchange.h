#ifndef LIFECYCLE_EXCHANGE_H
#define LIFECYCLE_EXCHANGE_H

#include "ns3/address.h"
#include "ns3/application.h"
#include "ns3/nstime.h"
#include "ns3/ptr.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <string>

namespace ns3
{

class Socket;

/**
 * @ingroup tcp-lifecycle
 * @brief What LifecycleClient and LifecycleServer agree on: one request, one response, and the end.
 */
class LifecycleExchange : public Application
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

  protected:
    /**
     * @brief Reads all that has arrived.
     * @param socket where
     * @return the number of octets
     */
    static uint64_t Drain(Ptr<Socket> socket);

    /**
     * @brief Sends as much as there is room for.
     * @param socket where
     * @param unsent what is left to be sent [octets]; becomes less
     * @param room what the socket takes [octets]
     * @return whether anything was sent
     */
    static bool SendSome(Ptr<Socket> socket, uint64_t& unsent, uint32_t room);

    uint64_t m_requestSize;   ///< from the client [octets]
    uint64_t m_responseSize;  ///< from the server [octets]
    Time m_hold;              ///< between the response and the close
    std::string m_closeFirst; ///< client, server, both, abort or nobody
    bool m_halfClose;         ///< the client closes after its request, the response comes then
    TracedCallback<Ptr<Socket>, const Address&> m_socket; ///< each one, with the other end
};

} // namespace ns3

#endif // LIFECYCLE_EXCHANGE_H
