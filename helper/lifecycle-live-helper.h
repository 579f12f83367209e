#ifndef LIFECYCLE_LIVE_HELPER_H
#define LIFECYCLE_LIVE_HELPER_H

#include "ns3/ipv4-interface-address.h"
#include "ns3/mac48-address.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/ptr.h"

#include <map>
#include <string>

namespace ns3
{

struct LifecycleTransition;

/**
 * @ingroup tcp-lifecycle
 * @brief Lets a real kernel, and its programs, talk to simulated nodes in real time, through a file
 * descriptor that gives and takes one Ethernet frame a read or write, such as a TAP device's.
 *
 * @code
 *   LifecycleLiveHelper live;
 *   stack.Install(nodes);
 *   live.Attach<FdNetDevice>(nodes.Get(0), live.OpenTap("sim0"), {"10.77.1.2", "255.255.255.0"});
 *   live.StopOnSignal(nodes.Get(0));
 *   Simulator::Run();
 * @endcode
 *
 * It must outlive Simulator::Run. The device's class is for the program to name, and to link: an ns-3 may
 * be built without its module fd-net-device.
 */
class LifecycleLiveHelper
{
  public:
    /** @brief Makes the simulator one of real time, and checksums right: before anything is simulated. */
    LifecycleLiveHelper();

    LifecycleLiveHelper(const LifecycleLiveHelper&) = delete;
    LifecycleLiveHelper& operator=(const LifecycleLiveHelper&) = delete;

    /**
     * @brief Opens a TAP device of this machine.
     * @param name the device's
     * @return A descriptor, which is the caller's to close.
     *
     * Throws std::runtime_error with one sentence for the user, without its full stop.
     */
    static int OpenTap(const std::string& name);

    /**
     * @brief Puts a device on a descriptor.
     * @tparam Device FdNetDevice, or another class with SetFileDescriptor
     * @param node with IPv4
     * @param fd the descriptor
     * @param address of the new interface, with its mask
     * @param mac the device's address
     * @return The device.
     */
    template <typename Device>
    Ptr<Device> Attach(Ptr<Node> node,
                       int fd,
                       const Ipv4InterfaceAddress& address,
                       Mac48Address mac = Mac48Address::Allocate())
    {
        const auto device = CreateObject<Device>();
        device->SetFileDescriptor(fd);
        AddInterface(node, device, address, mac);
        return device;
    }

    /**
     * @brief Has SIGTERM and SIGINT end the simulation, once no connection of a node is half-way
     * through its life.
     * @param node with LifecycleL4Protocol
     * @param patience after which it ends all the same
     */
    void StopOnSignal(Ptr<Node> node, Time patience = Seconds(10));

  private:
    /** @brief Puts @p device at @p node, with an interface for it that is up. */
    static void AddInterface(Ptr<Node> node,
                             Ptr<NetDevice> device,
                             const Ipv4InterfaceAddress& address,
                             Mac48Address mac);
    /** @brief Notes whether the connection of @p change is half-way. */
    void Follow(const LifecycleTransition& change);
    /** @brief Looks from time to time whether the end is due. */
    void Look();

    std::map<uint64_t, bool> m_busy; ///< whether it is half-way, by the connection's number
    Time m_patience;                 ///< for how long to wait for those
    Time m_asked;                    ///< when the end was asked for; zero: not yet
};

} // namespace ns3

#endif // LIFECYCLE_LIVE_HELPER_H
