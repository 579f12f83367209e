#ifndef LIFECYCLE_PACKETDRILL_KERNEL_SYSTEM_H
#define LIFECYCLE_PACKETDRILL_KERNEL_SYSTEM_H

#include "system.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace lifecycle::packetdrill
{

/** The number of TCP_MAXSEG. */
int MaxSegmentOption();

/** A system call that is ready to be made, perhaps in a thread of its own. */
using RealCall = std::function<Outcome()>;

/** The system calls of a script, on real sockets. */
class KernelSystem
{
  public:
    /** @param looksAtSizes whether getsockopt compares sizes of buffers */
    KernelSystem(bool isIpv6, bool looksAtSizes)
        : m_isIpv6(isIpv6),
          m_looksAtSizes(looksAtSizes)
    {
    }

    /**
     * Makes @p call, which stands at @p line, ready; if it may not @p block, it will fail with EAGAIN
     * where it would have to.
     *
     * Throws as System::Begin, what is made ready throws Failure.
     */
    RealCall Prepare(const SystemCall& call, bool block, int line);

    /** All sockets to come announce this MSS at most. */
    void SetMss(std::uint16_t mss)
    {
        m_mss = mss;
    }

    /** As System::InfoOf, of the kernel's TCP_INFO. */
    std::optional<std::int64_t> InfoOf(const std::string& field) const;

    std::function<void(std::uint16_t)> onConnect; ///< to this port
    std::function<void(std::uint16_t)> onBind;    ///< to this port

  private:
    int Find(const SystemCall& call, int line) const;
    Outcome Adopt(int descriptor, const SystemCall& call);
    RealCall Socket(const SystemCall& call, int line);
    RealCall Connect(const SystemCall& call, int descriptor, bool block, int line);
    RealCall Accept(const SystemCall& call, int descriptor, bool block);
    RealCall Read(const SystemCall& call, int descriptor, bool block, int line) const;
    RealCall Write(const SystemCall& call, int descriptor, bool block, int line) const;
    RealCall Fcntl(const SystemCall& call, int descriptor, int line) const;
    RealCall Poll(const SystemCall& call, int line) const;
    RealCall SetOption(const SystemCall& call, int descriptor, int line) const;
    RealCall GetOption(const SystemCall& call, int descriptor, int line) const;

    bool m_isIpv6;
    bool m_looksAtSizes;
    std::uint16_t m_mss{0};             ///< 0: what the device allows
    std::map<std::int64_t, int> m_real; ///< descriptors, by what the script calls them
    int m_current{-1};                  ///< for InfoOf
};

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_KERNEL_SYSTEM_H
