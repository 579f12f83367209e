#include "lifecycle-exchange.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/packet.h"
#include "ns3/pointer.h"
#include "ns3/socket.h"
#include "ns3/string.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LifecycleExchange);

namespace
{

// A random variable may draw anything; a draw above its limit counts as the limit.
constexpr double MAX_TIME = 1e9; ///< [s]
constexpr double MAX_REQUESTS = 1e6;
constexpr double MAX_SIZE = 1e12; ///< [octets]

/** @brief A random variable that always has one value. @param value that value @return the variable */
StringValue
Always(const std::string& value)
{
    return StringValue("ns3::ConstantRandomVariable[Constant=" + value + "]");
}

/** @brief Draws; a NaN counts as 0. @param variable what draws @param max the limit @return the draw */
double
AtLeastZero(const Ptr<RandomVariableStream>& variable, double max)
{
    return std::min(std::fmax(variable->GetValue(), 0), max);
}

} // namespace

TypeId
LifecycleExchange::GetTypeId()
{
    const auto variable = [] { return MakePointerChecker<RandomVariableStream>(); };
    static TypeId tid =
        TypeId("ns3::LifecycleExchange")
            .SetParent<Application>()
            .SetGroupName("TcpLifecycle")
            .AddAttribute("RequestSize",
                          "Octets of a request of the client.",
                          Always("100"),
                          MakePointerAccessor(&LifecycleExchange::m_requestSize),
                          variable())
            .AddAttribute("ResponseSize",
                          "Octets of the server's answer to it.",
                          Always("1000"),
                          MakePointerAccessor(&LifecycleExchange::m_responseSize),
                          variable())
            .AddAttribute("Requests",
                          "How many requests a connection carries; at least one.",
                          Always("1"),
                          MakePointerAccessor(&LifecycleExchange::m_requests),
                          variable())
            .AddAttribute("Think",
                          "Time between a response and the next request [s].",
                          Always("0"),
                          MakePointerAccessor(&LifecycleExchange::m_think),
                          variable())
            .AddAttribute("Hold",
                          "Time between the last response and the close [s].",
                          Always("0"),
                          MakePointerAccessor(&LifecycleExchange::m_hold),
                          variable())
            .AddAttribute("CloseDelay",
                          "Time between the other end's close and one's own [s].",
                          Always("0"),
                          MakePointerAccessor(&LifecycleExchange::m_closeDelay),
                          variable())
            .AddAttribute("CloseFirst",
                          "Who closes first: client, server, both, abort or nobody.",
                          StringValue("client"),
                          MakeStringAccessor(&LifecycleExchange::m_closeFirst),
                          MakeStringChecker())
            .AddAttribute("CloseFirstProbability",
                          "Probability that it is who CloseFirst says; else it is the other one of "
                          "client and server.",
                          DoubleValue(1),
                          MakeDoubleAccessor(&LifecycleExchange::m_closeFirstProbability),
                          MakeDoubleChecker<double>(0, 1))
            .AddAttribute("HalfClose",
                          "Whether the client closes right after its request, and the response "
                          "waits for the end of its stream.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&LifecycleExchange::m_halfClose),
                          MakeBooleanChecker())
            .AddAttribute("ServerFirst",
                          "Whether the server speaks first: each response comes before its "
                          "request, the first as soon as the connection is there.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&LifecycleExchange::m_serverFirst),
                          MakeBooleanChecker())
            .AddTraceSource("Socket",
                            "A socket was made or accepted; with the address of the other end.",
                            MakeTraceSourceAccessor(&LifecycleExchange::m_socket),
                            "ns3::Socket::TracedCallback");
    return tid;
}

LifecycleExchange::LifecycleExchange()
    : m_whoIsFirst(CreateObject<UniformRandomVariable>())
{
}

int64_t
LifecycleExchange::AssignStreams(int64_t stream)
{
    const int64_t first = stream;
    for (const Ptr<RandomVariableStream>& variable : {m_requestSize,
                                                      m_responseSize,
                                                      m_requests,
                                                      m_think,
                                                      m_hold,
                                                      m_closeDelay,
                                                      Ptr<RandomVariableStream>(m_whoIsFirst)})
    {
        variable->SetStream(stream++);
    }
    return stream - first;
}

Time
LifecycleExchange::DrawTime(const Ptr<RandomVariableStream>& variable)
{
    return NanoSeconds(std::llround(AtLeastZero(variable, MAX_TIME) * 1e9));
}

LifecycleConversation
LifecycleExchange::DrawConversation() const
{
    const auto draw = [](const Ptr<RandomVariableStream>& variable, double max) {
        return static_cast<uint64_t>(std::llround(AtLeastZero(variable, max)));
    };
    const auto size = [&](const auto& variable) { return draw(variable, MAX_SIZE); };
    LifecycleConversation conversation;
    for (auto left = std::max<uint64_t>(draw(m_requests, MAX_REQUESTS), 1); left > 0; --left)
    {
        const uint64_t request = size(m_requestSize);
        conversation.rounds.push_back({request, size(m_responseSize)});
    }
    conversation.closeFirst = m_closeFirst;
    if (m_closeFirstProbability < 1 && m_whoIsFirst->GetValue() >= m_closeFirstProbability)
    {
        conversation.closeFirst = m_closeFirst == "client" ? "server" : "client";
    }
    return conversation;
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
