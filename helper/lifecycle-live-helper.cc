#include "lifecycle-live-helper.h"

#include "lifecycle-stack-helper.h"

#include "ns3/boolean.h"
#include "ns3/global-value.h"
#include "ns3/ipv4.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#if __has_include(<linux/if_tun.h>)
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>
#endif

namespace ns3
{

namespace
{

volatile std::sig_atomic_t g_isEnding = 0; ///< a signal has asked for the end

void
AskForEnd(int)
{
    g_isEnding = 1;
}

} // namespace

LifecycleLiveHelper::LifecycleLiveHelper()
{
    GlobalValue::Bind("SimulatorImplementationType", StringValue("ns3::RealtimeSimulatorImpl"));
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
}

int
LifecycleLiveHelper::OpenTap(const std::string& name)
{
#ifdef IFF_TAP
    ifreq request{};
    if (name.empty() || name.size() >= sizeof request.ifr_name)
    {
        throw std::runtime_error("'" + name +
                                 "' is no TAP device; allowed is a name of 1 to 15 characters");
    }
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) >= 0)
    {
        return fd;
    }
    const std::string why = std::strerror(errno);
    if (fd >= 0)
    {
        close(fd);
    }
    throw std::runtime_error("TAP device '" + name + "' cannot be opened (" + why +
                             "); 'ip tuntap add " + name + " mode tap' makes such a device");
#else
    throw std::runtime_error("TAP device '" + name + "' cannot be opened; only Linux has them");
#endif
}

void
LifecycleLiveHelper::AddInterface(Ptr<Node> node,
                                  Ptr<NetDevice> device,
                                  const Ipv4InterfaceAddress& address,
                                  Mac48Address mac)
{
    device->SetAddress(mac);
    node->AddDevice(device);
    const auto ipv4 = node->GetObject<Ipv4>();
    const auto interface = ipv4->AddInterface(device);
    ipv4->AddAddress(interface, address);
    ipv4->SetUp(interface);
}

void
LifecycleLiveHelper::StopOnSignal(Ptr<Node> node, Time patience)
{
    m_patience = patience;
    LifecycleStackHelper::Of(node)->TraceConnectWithoutContext(
        "StateTransition",
        MakeCallback(&LifecycleLiveHelper::Follow, this));
    std::signal(SIGTERM, &AskForEnd);
    std::signal(SIGINT, &AskForEnd);
    Look();
}

void
LifecycleLiveHelper::Follow(const LifecycleTransition& change)
{
    const bool rests = change.to == "CLOSED" || change.to == "LISTEN" || change.to == "TIME-WAIT";
    m_busy[change.connection] = !rests;
}

void
LifecycleLiveHelper::Look()
{
    if (g_isEnding != 0)
    {
        const bool isBusy =
            std::any_of(m_busy.begin(), m_busy.end(), [](auto& c) { return c.second; });
        m_asked = m_asked.IsZero() ? Simulator::Now() : m_asked;
        if (!isBusy || Simulator::Now() > m_asked + m_patience)
        {
            Simulator::Stop();
        }
    }
    Simulator::Schedule(MilliSeconds(50), &LifecycleLiveHelper::Look, this);
}

} // namespace ns3
