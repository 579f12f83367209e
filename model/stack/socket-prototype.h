#ifndef LIFECYCLE_STACK_SOCKET_PROTOTYPE_H
#define LIFECYCLE_STACK_SOCKET_PROTOTYPE_H

#include "ns3/ptr.h"

namespace ns3
{

class LifecycleSocket;

namespace lifecycle_internal
{

/**
 * @brief A new socket with the defaults of its attributes as they are now.
 *
 * Most of the work of an open would be to set each attribute of its socket. So the socket is a copy
 * of one that was made attribute by attribute, which is made anew when a default has changed.
 *
 * @return The socket, which belongs to no node yet.
 */
Ptr<LifecycleSocket> MakeSocket();

} // namespace lifecycle_internal

} // namespace ns3

#endif // LIFECYCLE_STACK_SOCKET_PROTOTYPE_H
