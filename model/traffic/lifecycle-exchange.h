#ifndef LIFECYCLE_EXCHANGE_H
#define LIFECYCLE_EXCHANGE_H

#include "ns3/address.h"
#include "ns3/application.h"
#include "ns3/nstime.h"
#include "ns3/ptr.h"
#include "ns3/random-variable-stream.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

class Socket;

/**
 * @ingroup tcp-lifecycle
 * @brief What the two ends of one connection will do: drawn once, known to both.
 */
struct LifecycleConversation
{
    /** One request and its response. */
    struct Round
    {
        uint64_t request;  ///< [octets]
        uint64_t response; ///< [octets]
    };

    std::vector<Round> rounds; ///< at least one
    std::string closeFirst;    ///< client, server, both, abort or nobody
};

/**
 * @ingroup tcp-lifecycle
 * @brief What LifecycleClient and LifecycleServer have in common: the rounds, and the close.
 *
 * Times [s] and sizes [octets] are drawn from random variables; a draw below 0 counts as 0.
 */
class LifecycleExchange : public Application
{
  public:
    /** @brief Get the type ID. @return the object TypeId */
    static TypeId GetTypeId();

    LifecycleExchange();

    /** @brief Gives fixed streams to all draws. @param stream the first @return how many streams */
    virtual int64_t AssignStreams(int64_t stream);

  protected:
    /**
     * @brief Reads all that has arrived.
     * @param socket the socket to read from
     * @return the number of octets
     */
    static uint64_t Drain(Ptr<Socket> socket);

    /**
     * @brief Sends as much as there is room for.
     * @param socket the socket to send on
     * @param unsent octets left to be sent; the octets that were sent are subtracted
     * @param room how much the socket takes [octets]
     * @return whether anything was sent
     */
    static bool SendSome(Ptr<Socket> socket, uint64_t& unsent, uint32_t room);

    /** @brief Draws a time. @param variable in seconds @return the time, from 0 to 1e9 s */
    static Time DrawTime(const Ptr<RandomVariableStream>& variable);

    /** @brief Draws what a connection will do. @return the conversation */
    LifecycleConversation DrawConversation() const;

    Ptr<RandomVariableStream> m_requestSize;  ///< from the client [octets]
    Ptr<RandomVariableStream> m_responseSize; ///< from the server [octets]
    Ptr<RandomVariableStream> m_requests;     ///< rounds of both in a connection
    Ptr<RandomVariableStream> m_think;        ///< before each further request [s]
    Ptr<RandomVariableStream> m_hold;         ///< between the last round and the close [s]
    Ptr<RandomVariableStream> m_closeDelay;   ///< between the other end's close and one's own [s]
    std::string m_closeFirst;                 ///< client, server, both, abort or nobody
    double m_closeFirstProbability;           ///< that m_closeFirst closes first, not the other end
    bool m_halfClose;   ///< the client closes after its request, before the response
    bool m_serverFirst; ///< each response comes before its request
    TracedCallback<Ptr<Socket>, const Address&> m_socket; ///< each socket and its other end

  private:
    Ptr<UniformRandomVariable> m_whoIsFirst; ///< is compared with m_closeFirstProbability
};

} // namespace ns3

#endif // LIFECYCLE_EXCHANGE_H
