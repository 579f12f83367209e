#include "captures.h"

#include "../../model/record/run-folder.h"

#include "ns3/simulator.h"
#include "ns3/trace-helper.h"

namespace ns3::lifecycle_internal
{

void
Captures::Check(std::size_t file) const
{
    if (m_files[file].second->Fail())
    {
        lifecycle::RefuseFile(m_files[file].first);
    }
}

void
Captures::Add(const std::string& path, Ptr<NetDevice> device)
{
    const std::size_t file = m_files.size();
    m_files.emplace_back(path, CreateObject<PcapFileWrapper>());
    m_files[file].second->Open(path, std::ios::out);
    Check(file);
    m_files[file].second->Init(PcapHelper::DLT_PPP);
    Check(file);
    device->TraceConnectWithoutContext("PromiscSniffer",
                                       MakeCallback(&Captures::Write, this).Bind(file));
}

void
Captures::Write(std::size_t file, Ptr<const Packet> packet)
{
    m_files[file].second->Write(Simulator::Now(), packet);
    Check(file);
}

void
Captures::Close()
{
    for (std::size_t file = 0; file < m_files.size(); ++file)
    {
        m_files[file].second->Close();
        Check(file);
    }
    m_files.clear();
}

} // namespace ns3::lifecycle_internal
