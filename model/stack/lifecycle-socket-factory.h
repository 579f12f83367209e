#ifndef LIFECYCLE_SOCKET_FACTORY_H
#define LIFECYCLE_SOCKET_FACTORY_H

#include "ns3/ptr.h"
#include "ns3/tcp-socket-factory.h"

namespace ns3
{

class LifecycleL4Protocol;

/**
 * @ingroup lifecycle
 * @brief Makes the sockets of a node whose TCP is LifecycleL4Protocol.
 *
 * Applications find the factory as `ns3::TcpSocketFactory`, so they need not know its class.
 */
class LifecycleSocketFactory : public TcpSocketFactory
{
  public:
    /** @brief Get the type ID. @return The type ID. */
    static TypeId GetTypeId();

    LifecycleSocketFactory();
    ~LifecycleSocketFactory() override;

    /** @brief Sets the protocol whose sockets the factory makes. */
    void SetTcp(Ptr<LifecycleL4Protocol> tcp);

    Ptr<Socket> CreateSocket() override;

  protected:
    void DoDispose() override;

  private:
    Ptr<LifecycleL4Protocol> m_tcp; ///< the protocol
};

} // namespace ns3

#endif // LIFECYCLE_SOCKET_FACTORY_H
