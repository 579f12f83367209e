#ifndef LIFECYCLE_RUN_CAPTURES_H
#define LIFECYCLE_RUN_CAPTURES_H

#include "ns3/net-device.h"
#include "ns3/packet.h"
#include "ns3/pcap-file-wrapper.h"
#include "ns3/ptr.h"

#include <string>
#include <utility>
#include <vector>

namespace lifecycle_run
{

/** The pcap files of a run. Those of ns-3's helper abort if they cannot be made, and lose packets. */
class Captures
{
  public:
    /** Writes all that @p device sends and receives into @p path. @throws RunFolderError */
    void Add(const std::string& path, ns3::Ptr<ns3::NetDevice> device);

    /** Writes what is buffered. @throws RunFolderError */
    void Close();

  private:
    void Write(std::size_t file, ns3::Ptr<const ns3::Packet> packet);
    void Check(std::size_t file) const;

    std::vector<std::pair<std::string, ns3::Ptr<ns3::PcapFileWrapper>>> m_files;
};

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_CAPTURES_H
