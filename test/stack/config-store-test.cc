// ConfigStore: what is saved and loaded again is what was in force, and a preset still counts.

#include "world.h"

#include "ns3/config-store.h"
#include "ns3/config.h"
#include "ns3/enum.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <fstream>
#include <memory>
#include <sstream>

using namespace ns3;

namespace
{

/** Attribute @p name of @p object as text. */
std::string
Get(Ptr<Object> object, const std::string& name)
{
    StringValue value;
    object->GetAttribute(name, value);
    return value.Get();
}

/** All attributes of @p object, one a line. */
std::string
AllOf(Ptr<Object> object)
{
    std::string all;
    for (TypeId tid = object->GetInstanceTypeId(); tid != Object::GetTypeId();
         tid = tid.GetParent())
    {
        for (std::size_t i = 0; i < tid.GetAttributeN(); ++i)
        {
            const std::string name = tid.GetAttribute(i).name;
            all += name + " " + Get(object, name) + "\n";
        }
    }
    return all;
}

/** In each format of ConfigStore. */
class RoundTrip : public ::testing::TestWithParam<ConfigStore::FileFormat>
{
  protected:
    void TearDown() override
    {
        Config::Reset();
        Simulator::Destroy();
    }

    /** What programs write: ConfigStore reads its own attributes when it is made. */
    std::unique_ptr<ConfigStore> Store(const std::string& mode) const
    {
        Config::SetDefault("ns3::ConfigStore::Mode", StringValue(mode));
        Config::SetDefault("ns3::ConfigStore::FileFormat", EnumValue(GetParam()));
        Config::SetDefault("ns3::ConfigStore::Filename", StringValue(m_file));
        return std::make_unique<ConfigStore>();
    }

    std::string m_file{::testing::TempDir() + "lifecycle-config-store"};
};

INSTANTIATE_TEST_SUITE_P(Formats,
                         RoundTrip,
                         ::testing::Values(ConfigStore::RAW_TEXT, ConfigStore::XML),
                         [](const auto& info) {
                             return std::string(info.param == ConfigStore::XML ? "Xml" : "RawText");
                         });

} // namespace

TEST_P(RoundTrip, DefaultsComeBack)
{
    Config::SetDefault("ns3::LifecycleL4Protocol::Preset", StringValue("linux"));
    Config::SetDefault("ns3::LifecycleL4Protocol::Msl", TimeValue(Seconds(120))); // the RFC's
    Config::SetDefault("ns3::LifecycleL4Protocol::SynOverflow", StringValue("reset"));
    Config::SetDefault("ns3::LifecycleSocket::KeepAlive", StringValue("true"));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(5000));
    const std::string protocol = AllOf(CreateObject<LifecycleL4Protocol>());
    const std::string socket = AllOf(CreateObject<LifecycleSocket>());
    Store("Save")->ConfigureDefaults();
    Config::Reset();
    EXPECT_NE(AllOf(CreateObject<LifecycleL4Protocol>()), protocol);
    Store("Load")->ConfigureDefaults();
    EXPECT_EQ(AllOf(CreateObject<LifecycleL4Protocol>()), protocol);
    EXPECT_EQ(AllOf(CreateObject<LifecycleSocket>()), socket);
    EXPECT_EQ(Get(CreateObject<LifecycleL4Protocol>(), "Msl"), "+1.2e+11ns");
    EXPECT_EQ(Get(CreateObject<LifecycleL4Protocol>(), "SynRetries"), "10");
}

TEST_P(RoundTrip, PresetAppliesAfterALoad)
{
    Config::SetDefault("ns3::LifecycleL4Protocol::KeepCount", UintegerValue(3));
    Store("Save")->ConfigureDefaults();
    Config::Reset();
    Store("Load")->ConfigureDefaults();
    Config::SetDefault("ns3::LifecycleL4Protocol::Preset", StringValue("freebsd"));
    const auto tcp = CreateObject<LifecycleL4Protocol>();
    EXPECT_EQ(Get(tcp, "KeepCount"), "3");    // said in the file
    EXPECT_EQ(Get(tcp, "DataRetries"), "12"); // not said: freebsd's
}

TEST_P(RoundTrip, AttributesOfNodesComeBack)
{
    std::string saved;
    {
        World w;
        const auto tcp = w.Tcp(w.Client());
        tcp->SetAttribute("Preset", StringValue("freebsd"));
        tcp->SetAttribute("FinWait2Timeout", TimeValue(Seconds(7)));
        saved = AllOf(tcp);
        Store("Save")->ConfigureAttributes();
    }
    World w;
    EXPECT_NE(AllOf(w.Tcp(w.Client())), saved);
    Store("Load")->ConfigureAttributes();
    EXPECT_EQ(AllOf(w.Tcp(w.Client())), saved);
    EXPECT_EQ(Get(w.Tcp(w.Server()), "Preset"), "rfc9293");
}

TEST_P(RoundTrip, FileSaysWhatNobodyHasSet)
{
    Store("Save")->ConfigureDefaults();
    std::stringstream text;
    text << std::ifstream(m_file).rdbuf();
    EXPECT_NE(text.str().find("+1.2e+11ns (unset)"), std::string::npos);
}

// A file has a line for each default there is; those of ns-3's own TCP that it leaves alone do not count
TEST_P(RoundTrip, FileChoosesNoDefaultOfStockTcp)
{
    Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(250)));
    Store("Save")->ConfigureDefaults();
    Config::Reset();
    Store("Load")->ConfigureDefaults();
    World w;
    EXPECT_EQ(Get(w.Tcp(w.Client()), "MinRto"), "+2.5e+08ns"); // said in the file
    EXPECT_EQ(Get(w.Tcp(w.Client()), "Mss"), "1460");          // SegmentSize's is 536
    EXPECT_EQ(Get(w.Tcp(w.Client()), "DataRetries"), "7");     // stock TCP's 6
    EXPECT_EQ(Said([&] { w.Run(Seconds(1)); }), "");
}
