#ifndef LIFECYCLE_PACKETDRILL_KERNEL_MACHINE_H
#define LIFECYCLE_PACKETDRILL_KERNEL_MACHINE_H

#include "commands.h"
#include "kernel-system.h"

#include <map>
#include <string>

namespace lifecycle::packetdrill
{

/** What commands do to the kernel, in the network of this process alone. */
class KernelMachine : public Machine
{
  public:
    KernelMachine(bool isIpv6, KernelSystem& system)
        : m_isIpv6(isIpv6),
          m_system(system)
    {
    }

    void Set(const std::vector<Setting>& settings, int line) override;
    void Keep() override;
    void Restore() override;
    unsigned CountIn(const std::string& state) const override;
    void Drop(const std::string& state, int line) override;

  private:
    void SetAttribute(const std::string& name, const std::string& value, int line);
    void SetFile(const std::string& path, const std::string& value, int line);

    bool m_isIpv6;
    KernelSystem& m_system;
    std::string m_firstPort{"32768"}; ///< of the ephemeral ones, as preset linux has them
    std::string m_lastPort{"60999"};
    bool m_keeps{false};
    std::map<std::string, std::string> m_kept; ///< what files of /proc said
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_KERNEL_MACHINE_H
