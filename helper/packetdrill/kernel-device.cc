// A network namespace whose only device is ours. Source: namespaces(7), netdevice(7), tuntap.rst of Linux.

#ifdef __linux__

#include "kernel-device.h"

#include "wire.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <linux/if_addr.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sched.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::uint8_t ICMP = 1;
constexpr std::uint8_t TCP = 6;
constexpr std::uint8_t ICMPV6 = 58;
constexpr std::uint8_t TTL = 64;
constexpr std::size_t HEADER_V4 = 20;
constexpr std::size_t HEADER_V6 = 40;

// The same as in the simulation.
const char* const LOCAL_V4 = "192.168.0.1";
const char* const REMOTE_V4 = "192.0.2.1";
const char* const LOCAL_V6 = "fd3d:fa7b:d17d::1";
const char* const REMOTE_V6 = "2001:db8::1";

using Octets = std::vector<std::uint8_t>;

[[noreturn]] void
Refuse(const std::string& what)
{
    throw NoKernel(what + ": " + std::strerror(errno));
}

/** An address as octets. */
Octets
AddressOf(bool isIpv6, const char* text)
{
    Octets octets(isIpv6 ? 16 : 4);
    inet_pton(isIpv6 ? AF_INET6 : AF_INET, text, octets.data());
    return octets;
}

void
Append(Octets& out, std::uint32_t value, int octets)
{
    for (int i = octets - 1; i >= 0; --i)
    {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
}

void
Append(Octets& out, const Octets& more)
{
    out.insert(out.end(), more.begin(), more.end());
}

/** RFC 1071. */
std::uint16_t
Checksum(const Octets& octets)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < octets.size(); ++i)
    {
        sum += i % 2 == 0 ? octets[i] << 8 : octets[i];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

/** The checksum of @p payload behind its pseudo header, RFC 9293 3.1, RFC 8200 8.1. */
std::uint16_t
ChecksumOf(const Octets& source,
           const Octets& destination,
           std::uint8_t protocol,
           const Octets& payload)
{
    Octets all;
    if (protocol != ICMP)
    {
        Append(all, source);
        Append(all, destination);
        Append(all, payload.size(), 4);
        Append(all, protocol, 4);
    }
    Append(all, payload);
    return Checksum(all);
}

/** An IP header in front of @p size octets. */
Octets
IpHeader(bool isIpv6,
         const Octets& source,
         const Octets& destination,
         std::uint8_t protocol,
         std::uint8_t tos,
         std::uint8_t ttl,
         std::size_t size)
{
    Octets header;
    if (isIpv6)
    {
        Append(header, std::uint32_t{6} << 28 | std::uint32_t{tos} << 20, 4);
        Append(header, size, 2);
        Append(header, protocol, 1);
        Append(header, ttl, 1);
        Append(header, source);
        Append(header, destination);
        return header;
    }
    Append(header, 0x45, 1);
    Append(header, tos, 1);
    Append(header, HEADER_V4 + size, 2);
    Append(header, 0, 4); // neither an id nor fragments
    Append(header, ttl, 1);
    Append(header, protocol, 1);
    Append(header, 0, 2);
    Append(header, source);
    Append(header, destination);
    const std::uint16_t checksum = Checksum(header);
    header[10] = static_cast<std::uint8_t>(checksum >> 8);
    header[11] = static_cast<std::uint8_t>(checksum);
    return header;
}

/** A namespace with a network of its own, as anybody may have one where the kernel lets him. */
void
LeaveNetwork()
{
    const uid_t user = geteuid();
    const gid_t group = getegid();
    if (unshare(CLONE_NEWNET) == 0)
    {
        return;
    }
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    {
        Refuse("no network namespace can be had");
    }
    WriteFile("/proc/self/setgroups", "deny");
    if (!WriteFile("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") ||
        !WriteFile("/proc/self/gid_map", "0 " + std::to_string(group) + " 1"))
    {
        Refuse("nobody can be root in a user namespace");
    }
}

/** Whether the kernel does not use its address of IPv6 yet, which takes it a moment. */
bool
IsTentative()
{
    std::ifstream in("/proc/net/if_inet6");
    for (std::string line; std::getline(in, line);)
    {
        std::istringstream words(line);
        std::string address;
        std::string index;
        std::string prefix;
        std::string scope;
        unsigned flags = 0;
        words >> address >> index >> prefix >> scope >> std::hex >> flags;
        if (address.compare(0, 4, "fd3d") == 0)
        {
            return (flags & IFA_F_TENTATIVE) != 0;
        }
    }
    return true;
}

} // namespace

bool
WriteFile(const std::string& path, const std::string& value)
{
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const bool isTaken =
        file >= 0 && write(file, value.data(), value.size()) == static_cast<ssize_t>(value.size());
    const int why = errno;
    if (file >= 0)
    {
        close(file);
    }
    errno = why;
    return isTaken;
}

KernelDevice::KernelDevice(bool isIpv6, std::uint32_t mtu)
    : m_isIpv6(isIpv6)
{
    LeaveNetwork();
    m_device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (m_device < 0)
    {
        Refuse("/dev/net/tun cannot be opened");
    }
    Configure(mtu);
}

KernelDevice::~KernelDevice()
{
    if (m_device >= 0)
    {
        close(m_device);
    }
}

void
KernelDevice::Configure(std::uint32_t mtu)
{
    ifreq request{};
    std::strcpy(request.ifr_name, "tun0");
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(m_device, TUNSETIFF, &request) < 0)
    {
        Refuse("no TUN device can be made");
    }
    const int control = socket(m_isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    request.ifr_mtu = static_cast<int>(mtu);
    const bool hasMtu = control >= 0 && ioctl(control, SIOCSIFMTU, &request) >= 0;
    // No packets of IPv6's own, and no wait before an address may be used.
    const std::string settings = "/proc/sys/net/ipv6/conf/tun0/";
    if (m_isIpv6)
    {
        WriteFile(settings + "accept_dad", "0");
        WriteFile(settings + "router_solicitations", "0");
        WriteFile(settings + "addr_gen_mode", "1");
    }
    else
    {
        WriteFile(settings + "disable_ipv6", "1");
    }
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (!hasMtu || ioctl(control, SIOCSIFFLAGS, &request) < 0)
    {
        Refuse("tun0 cannot be set up");
    }
    const int index = static_cast<int>(if_nametoindex("tun0"));
    m_isIpv6 ? ConfigureIpv6(control, index) : ConfigureIpv4(control, request.ifr_name);
    close(control);
}

void
KernelDevice::ConfigureIpv4(int control, const char* name) const
{
    ifreq request{};
    std::strcpy(request.ifr_name, name);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const auto ask = [&](unsigned long what, const char* text) {
        inet_pton(AF_INET, text, &address.sin_addr);
        std::memcpy(&request.ifr_addr, &address, sizeof address);
        return ioctl(control, what, &request) >= 0;
    };
    if (!ask(SIOCSIFADDR, LOCAL_V4) || !ask(SIOCSIFNETMASK, "255.255.0.0"))
    {
        Refuse("tun0 takes no address");
    }
    rtentry route{};
    address.sin_addr.s_addr = INADDR_ANY;
    std::memcpy(&route.rt_dst, &address, sizeof address);
    std::memcpy(&route.rt_genmask, &address, sizeof address);
    std::string device = name;
    route.rt_dev = device.data();
    route.rt_flags = RTF_UP;
    if (ioctl(control, SIOCADDRT, &route) < 0)
    {
        Refuse("no route can be set");
    }
}

void
KernelDevice::ConfigureIpv6(int control, int index) const
{
    in6_ifreq address{};
    inet_pton(AF_INET6, LOCAL_V6, &address.ifr6_addr);
    address.ifr6_prefixlen = 64;
    address.ifr6_ifindex = index;
    in6_rtmsg route{};
    route.rtmsg_flags = RTF_UP;
    route.rtmsg_metric = 1;
    route.rtmsg_ifindex = index;
    if (ioctl(control, SIOCSIFADDR, &address) < 0 || ioctl(control, SIOCADDRT, &route) < 0)
    {
        Refuse("tun0 takes no address of IPv6");
    }
    for (int tries = 0; tries < 1000 && IsTentative(); ++tries)
    {
        usleep(1000);
    }
}

void
KernelDevice::Send(std::uint8_t protocol, IpFields ip, const Octets& payload, bool isBad)
{
    const Octets local = AddressOf(m_isIpv6, m_isIpv6 ? LOCAL_V6 : LOCAL_V4);
    const Octets remote = AddressOf(m_isIpv6, m_isIpv6 ? REMOTE_V6 : REMOTE_V4);
    const std::size_t place = protocol == TCP ? 16 : 2; // of the checksum
    Octets filled = payload;
    const std::uint16_t checksum = ChecksumOf(remote, local, protocol, payload);
    filled[place] = static_cast<std::uint8_t>(checksum >> 8 ^ (isBad ? 1 : 0));
    filled[place + 1] = static_cast<std::uint8_t>(checksum);
    const std::uint8_t octet = ip.tos.value_or(0);
    const auto tos = static_cast<std::uint8_t>((octet & ~3) | ip.ecn.value_or(octet & 3));
    Octets packet =
        IpHeader(m_isIpv6, remote, local, protocol, tos, ip.ttl.value_or(TTL), filled.size());
    Append(packet, filled);
    if (write(m_device, packet.data(), packet.size()) != static_cast<ssize_t>(packet.size()))
    {
        Refuse("tun0 takes no packet");
    }
}

void
KernelDevice::Inject(const TcpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort)
{
    Octets segment = EncodeHeader(packet, {remotePort, localPort});
    segment.resize(segment.size() + packet.length);
    Send(TCP, packet.ip, segment, packet.hasBadChecksum);
}

void
KernelDevice::Inject(const IcmpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort)
{
    TcpPacket quoted;
    quoted.seq = packet.seq;
    const Octets header = EncodeHeader(quoted, {localPort, remotePort});
    const auto [type, code] = (m_isIpv6 ? packet.overIpv6 : packet.overIpv4).value();
    Octets message;
    Append(message, type, 1);
    Append(message, code, 1);
    Append(message, 0, 2); // the checksum
    Append(message, packet.mtu, 4);
    Append(message,
           IpHeader(m_isIpv6,
                    AddressOf(m_isIpv6, m_isIpv6 ? LOCAL_V6 : LOCAL_V4),
                    AddressOf(m_isIpv6, m_isIpv6 ? REMOTE_V6 : REMOTE_V4),
                    TCP,
                    0,
                    TTL,
                    header.size()));
    Append(message, header);
    Send(m_isIpv6 ? ICMPV6 : ICMP, {}, message, false);
}

std::optional<Observed>
KernelDevice::Decode(const Octets& octets) const
{
    const std::size_t least = m_isIpv6 ? HEADER_V6 : HEADER_V4;
    if (octets.size() < least || octets[0] >> 4 != (m_isIpv6 ? 6 : 4))
    {
        return std::nullopt;
    }
    const std::size_t begin = m_isIpv6 ? HEADER_V6 : (octets[0] & 15) * std::size_t{4};
    const std::uint8_t protocol = m_isIpv6 ? octets[6] : octets[9];
    if (protocol != TCP || octets.size() < begin)
    {
        return std::nullopt;
    }
    const Octets payload(octets.begin() + static_cast<std::ptrdiff_t>(begin), octets.end());
    const auto segment = DecodeSegment(payload);
    Observed observed;
    observed.packet = segment.value_or(TcpPacket{});
    observed.packet.ip.tos =
        m_isIpv6 ? static_cast<std::uint8_t>(octets[0] << 4 | octets[1] >> 4) : octets[1];
    observed.packet.ip.ttl = m_isIpv6 ? octets[7] : octets[8];
    observed.checksumIsRight =
        segment && ChecksumOf(AddressOf(m_isIpv6, m_isIpv6 ? LOCAL_V6 : LOCAL_V4),
                              AddressOf(m_isIpv6, m_isIpv6 ? REMOTE_V6 : REMOTE_V4),
                              TCP,
                              payload) == 0;
    if (segment)
    {
        observed.localPort = static_cast<std::uint16_t>(payload[0] << 8 | payload[1]);
        observed.remotePort = static_cast<std::uint16_t>(payload[2] << 8 | payload[3]);
    }
    return observed;
}

std::optional<Observed>
KernelDevice::Take()
{
    for (;;)
    {
        Octets octets(1 << 16);
        const ssize_t size = read(m_device, octets.data(), octets.size());
        if (size < 0)
        {
            return std::nullopt;
        }
        octets.resize(static_cast<std::size_t>(size));
        if (auto observed = Decode(octets)) // not ARP, ICMP and the like
        {
            return observed;
        }
    }
}

} // namespace lifecycle::packetdrill

#endif // __linux__
