// Prints the attributes and trace sources of the module's TypeIds as JSON, for the handbook.

#include "ns3/impaired-channel.h"
#include "ns3/lifecycle-arrivals.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-server.h"
#include "ns3/lifecycle-socket.h"

#include <iostream>
#include <nlohmann/json.hpp>

using namespace ns3;
using Json = nlohmann::ordered_json;

namespace
{

Json
Describe(TypeId tid)
{
    Json attributes = Json::array();
    for (std::size_t i = 0; i < tid.GetAttributeN(); ++i)
    {
        const auto attribute = tid.GetAttribute(i);
        std::string type = attribute.checker->GetUnderlyingTypeInformation();
        if (type.empty())
        {
            type = attribute.checker->GetValueTypeName();
        }
        attributes.push_back(
            {{"name", attribute.name},
             {"type", type},
             {"initial", attribute.originalInitialValue->SerializeToString(attribute.checker)},
             {"help", attribute.help}});
    }
    Json traces = Json::array();
    for (std::size_t i = 0; i < tid.GetTraceSourceN(); ++i)
    {
        const auto source = tid.GetTraceSource(i);
        traces.push_back(
            {{"name", source.name}, {"callback", source.callback}, {"help", source.help}});
    }
    return {{"name", tid.GetName()},
            {"parent", tid.GetParent().GetName()},
            {"attributes", attributes},
            {"trace-sources", traces}};
}

} // namespace

int
main()
{
    Json types = Json::array();
    for (const TypeId& tid : {LifecycleL4Protocol::GetTypeId(),
                              LifecycleSocket::GetTypeId(),
                              ImpairedChannel::GetTypeId(),
                              LifecycleExchange::GetTypeId(),
                              LifecycleClient::GetTypeId(),
                              LifecycleServer::GetTypeId(),
                              LifecycleArrivals::GetTypeId(),
                              LifecycleInjector::GetTypeId()})
    {
        types.push_back(Describe(tid));
    }
    std::cout << types.dump(1) << "\n";
}
