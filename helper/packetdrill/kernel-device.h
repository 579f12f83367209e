#ifndef LIFECYCLE_PACKETDRILL_KERNEL_DEVICE_H
#define LIFECYCLE_PACKETDRILL_KERNEL_DEVICE_H

#include "flow.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

/** This machine does not let its kernel be played against; what() says why. */
struct NoKernel : public std::runtime_error
{
    explicit NoKernel(const std::string& what, const std::string& kindOfIt = "")
        : std::runtime_error(what),
          kind(kindOfIt.empty() ? what : kindOfIt)
    {
    }

    std::string kind; ///< without what differs from script to script
};

/**
 * Puts this process into a network of its own in which the kernel's only way out is this device, and
 * hands over packets on both ways. To be made once in a process, before it has threads.
 */
class KernelDevice
{
  public:
    /** Throws NoKernel. */
    KernelDevice(bool isIpv6, std::uint32_t mtu);
    ~KernelDevice();

    KernelDevice(const KernelDevice&) = delete;
    KernelDevice& operator=(const KernelDevice&) = delete;

    /** Gives the kernel a packet; all numbers absolute. */
    void Inject(const TcpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort);
    void Inject(const IcmpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort);

    /** What the kernel has sent over TCP, if it has; the time is not set. */
    std::optional<Observed> Take();

    /** A descriptor that can be read when there may be something to take. */
    int Descriptor() const
    {
        return m_device;
    }

  private:
    using Octets = std::vector<std::uint8_t>;

    void Configure(std::uint32_t mtu);
    void ConfigureIpv4(int control, const char* name) const;
    void ConfigureIpv6(int control, int index) const;
    void Send(std::uint8_t protocol, IpFields ip, const Octets& payload, bool isBad);
    std::optional<Observed> Decode(const Octets& octets) const;

    bool m_isIpv6;
    int m_device{-1};
};

/** Writes @p value into a file of /proc. @return Whether the kernel takes it. */
bool WriteFile(const std::string& path, const std::string& value);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_KERNEL_DEVICE_H
