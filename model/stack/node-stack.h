#ifndef LIFECYCLE_STACK_NODE_STACK_H
#define LIFECYCLE_STACK_NODE_STACK_H

#include "host-driver.h"
#include "ip-layer.h"
#include "node-settings.h"

namespace ns3::lifecycle_internal
{

/** What the TCP of one node is made of, for its LifecycleL4Protocol and its sockets. */
struct NodeStack
{
    explicit NodeStack(HostObserver& observer)
        : driver(observer, settings, ip)
    {
    }

    NodeSettings settings;
    IpLayer ip;
    HostDriver driver;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_NODE_STACK_H
