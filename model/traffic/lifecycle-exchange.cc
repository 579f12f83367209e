#include "lifecycle-exchange.h"

#include "ns3/boolean.h"
#include "ns3/packet.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleExchange);

TypeId
LifecycleExchange::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::LifecycleExchange")
            .SetParent<Application>()
            .SetGroupName("TcpLifecycle")
            .AddAttribute("RequestSize",
                          "Octets that the client sends once connected.",
                          UintegerValue(100),
                          MakeUintegerAccessor(&LifecycleExchange::m_requestSize),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("ResponseSize",
                          "Octets that the server sends in answer.",
                          UintegerValue(1000),
                          MakeUintegerAccessor(&LifecycleExchange::m_responseSize),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("Hold",
                          "Time between the response and the close.",
                          TimeValue(Seconds(0)),
                          MakeTimeAccessor(&LifecycleExchange::m_hold),
                          MakeTimeChecker(Seconds(0)))
            .AddAttribute("CloseFirst",
                          "Who closes first: client, server, both, abort or nobody.",
                          StringValue("client"),
                          MakeStringAccessor(&LifecycleExchange::m_closeFirst),
                          MakeStringChecker())
            .AddAttribute("HalfClose",
                          "Whether the client closes right after its request, and the response "
                          "waits for the end of its stream.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&LifecycleExchange::m_halfClose),
                          MakeBooleanChecker())
            .AddTraceSource("Socket",
                            "A socket was made or accepted; with the address of the other end.",
                            MakeTraceSourceAccessor(&LifecycleExchange::m_socket),
                            "ns3::Socket::TracedCallback");
    return tid;
}

uint64_t
LifecycleExchange::Drain(Ptr<Socket> socket)
{
    uint64_t octets = 0;
    while (Ptr<Packet> packet = socket->Recv())
    {
        if (packet->GetSize() == 0)
        {
            break; // the end of the stream
        }
        octets += packet->GetSize();
    }
    return octets;
}

bool
LifecycleExchange::SendSome(Ptr<Socket> socket, uint64_t& unsent, uint32_t room)
{
    const auto octets = static_cast<uint32_t>(std::min<uint64_t>(unsent, room));
    const int sent = octets > 0 ? socket->Send(Create<Packet>(octets)) : 0;
    if (sent <= 0)
    {
        return false; // the send callback comes when there is room
    }
    unsent -= static_cast<uint64_t>(sent);
    return true;
}

} // namespace ns3
