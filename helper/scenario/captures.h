#ifndef LIFECYCLE_SCENARIO_CAPTURES_H
#define LIFECYCLE_SCENARIO_CAPTURES_H

#include "ns3/net-device.h"
#include "ns3/packet.h"
#include "ns3/pcap-file-wrapper.h"
#include "ns3/ptr.h"

#include <string>
#include <utility>
#include <vector>

namespace ns3::lifecycle_internal
{

/** The pcap files of a run. Those of ns-3's helper abort if they cannot be made, and lose packets. */
class Captures
{
  public:
    /** Writes all that @p device sends and receives into @p path. @throws RunFolderError */
    void Add(const std::string& path, Ptr<NetDevice> device);

    /** Writes what is buffered. @throws RunFolderError */
    void Close();

  private:
    void Write(std::size_t file, Ptr<const Packet> packet);
    void Check(std::size_t file) const;

    std::vector<std::pair<std::string, Ptr<PcapFileWrapper>>> m_files;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_CAPTURES_H
