// What may be called in each of the eleven states: RFC 9293 3.10.2 to 3.10.5 through the socket.

#include "clause.h"

#include "ns3/tcp-socket-base.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <tuple>

using namespace ns3;

namespace
{

/** In the order of RFC 9293 3.3.2. */
constexpr std::array<const char*, 11> STATES{"CLOSED",
                                             "LISTEN",
                                             "SYN-SENT",
                                             "SYN-RECEIVED",
                                             "ESTABLISHED",
                                             "FIN-WAIT-1",
                                             "FIN-WAIT-2",
                                             "CLOSE-WAIT",
                                             "CLOSING",
                                             "LAST-ACK",
                                             "TIME-WAIT"};

/** The state, at both stacks, of a socket that a peer and a link drive there. */
class EachState : public ::testing::TestWithParam<std::tuple<const char*, Stack>>
{
  protected:
    EachState()
        : w(std::get<Stack>(GetParam()), std::get<Stack>(GetParam()))
    {
    }

    static bool Is(std::string_view state)
    {
        return state == std::get<const char*>(GetParam());
    }

    static bool IsOneOf(std::initializer_list<std::string_view> states)
    {
        return std::any_of(states.begin(), states.end(), [](auto state) { return Is(state); });
    }

    static bool IsStock()
    {
        return std::get<Stack>(GetParam()) == Stack::STOCK;
    }

    std::string State() const
    {
        if (const auto ours = DynamicCast<LifecycleSocket>(subject.socket))
        {
            return ours->GetStateName();
        }
        static const std::array<const char*, 11> STOCK{"CLOSED",
                                                       "LISTEN",
                                                       "SYN-SENT",
                                                       "SYN-RECEIVED",
                                                       "ESTABLISHED",
                                                       "CLOSE-WAIT",
                                                       "LAST-ACK",
                                                       "FIN-WAIT-1",
                                                       "FIN-WAIT-2",
                                                       "CLOSING",
                                                       "TIME-WAIT"};
        return STOCK[m_stockState];
    }

    /** The rules that keep the subject in the state. */
    static const char* Rules()
    {
        if (Is("SYN-SENT"))
        {
            return "client->server: drop every SYN";
        }
        if (Is("SYN-RECEIVED"))
        {
            return "any: drop every SYN-ACK";
        }
        if (IsOneOf({"FIN-WAIT-1", "LAST-ACK"}))
        {
            return "client->server: drop every FIN";
        }
        return Is("CLOSING") ? "server->client: drop every ACK-of-FIN" : "";
    }

    void At(Time time, const Ptr<Socket>& socket, std::function<void()> what)
    {
        Simulator::ScheduleWithContext(socket->GetNode()->GetId(), time, [what] { what(); });
    }

    /** After one second the client's socket is in the state. */
    void Reach()
    {
        if (const std::string rules = Rules(); !rules.empty())
        {
            w.SetRules(rules);
        }
        subject.Serve(w.MakeSocket(w.Client()));
        if (IsStock())
        {
            subject.socket->TraceConnectWithoutContext(
                "State",
                Callback<void, TcpSocket::TcpStates_t, TcpSocket::TcpStates_t>(
                    [this](TcpSocket::TcpStates_t, TcpSocket::TcpStates_t now) {
                        m_stockState = now;
                    }));
        }
        subject.closesOnEnd = false;
        peer.closesOnEnd = Is("TIME-WAIT");
        if (Is("CLOSED"))
        {
            w.Run(Seconds(1));
            return;
        }
        subject.socket->Bind(w.ClientAddress(5000));
        if (Is("LISTEN"))
        {
            subject.socket->Listen();
            w.Run(Seconds(1));
            return;
        }
        if (Is("SYN-RECEIVED")) // simultaneously: only an active opener has a socket there
        {
            peer.Serve(w.MakeSocket(w.Server()));
            peer.socket->Bind(w.ServerAddress());
            At(Seconds(0), peer.socket, [this] { peer.socket->Connect(w.ClientAddress(5000)); });
        }
        else
        {
            listener = w.Listen();
            User::ServeNext(listener, peer);
        }
        At(Seconds(0), subject.socket, [this] { subject.socket->Connect(w.ServerAddress()); });
        const bool peerCloses = IsOneOf({"CLOSE-WAIT", "CLOSING", "LAST-ACK"});
        const bool closes =
            IsOneOf({"FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT"});
        if (peerCloses)
        {
            Simulator::ScheduleWithContext(w.Server()->GetId(), MilliSeconds(500), [this] {
                peer.socket->Close();
            });
        }
        if (closes)
        {
            At(MilliSeconds(Is("LAST-ACK") ? 600 : 500), subject.socket, [this] {
                subject.socket->Close();
            });
        }
        w.Run(Seconds(1));
    }

    /** Calls something in the context of the client, as applications do: ns-3's own TCP needs it. */
    template <class UserCall>
    auto Call(UserCall userCall)
    {
        decltype(userCall()) result{};
        At(Seconds(0), subject.socket, [&result, userCall] { result = userCall(); });
        w.Run(Simulator::Now() + NanoSeconds(1));
        return result;
    }

    /** The state that CLOSE and SHUTDOWN of sending lead to, RFC 9293 3.10.4. */
    static std::string AfterClose()
    {
        if (IsOneOf({"LISTEN", "SYN-SENT"}))
        {
            return "CLOSED";
        }
        if (IsOneOf({"SYN-RECEIVED", "ESTABLISHED"}))
        {
            return "FIN-WAIT-1";
        }
        return Is("CLOSE-WAIT") ? "LAST-ACK" : std::get<const char*>(GetParam());
    }

    void ExpectNothingLeft()
    {
        EXPECT_EQ(State(), "CLOSED");
        if (!IsStock())
        {
            EXPECT_TRUE(w.Tcp(w.Client())->GetOpenConnections().empty());
        }
    }

    World w;
    User subject{nullptr};
    User peer{nullptr};
    Ptr<Socket> listener;

  private:
    TcpSocket::TcpStates_t m_stockState{TcpSocket::CLOSED};
};

using EachStateOfOurs = EachState;

std::string
NameOfState(const ::testing::TestParamInfo<std::tuple<const char*, Stack>>& info)
{
    std::string name = std::get<const char*>(info.param);
    std::replace(name.begin(), name.end(), '-', '_');
    return name + (std::get<Stack>(info.param) == Stack::OURS ? "_Ours" : "_Stock");
}

INSTANTIATE_TEST_SUITE_P(States,
                         EachState,
                         ::testing::Combine(::testing::ValuesIn(STATES),
                                            ::testing::Values(Stack::OURS, Stack::STOCK)),
                         NameOfState);

INSTANTIATE_TEST_SUITE_P(States,
                         EachStateOfOurs,
                         ::testing::Combine(::testing::ValuesIn(STATES),
                                            ::testing::Values(Stack::OURS)),
                         NameOfState);

} // namespace

// Covers T06, T10, T13, T21, T23
TEST_P(EachState, CloseIsAlwaysAllowed)
{
    Reach();
    ASSERT_EQ(State(), std::get<const char*>(GetParam()));
    EXPECT_EQ(Call([this] { return subject.socket->Close(); }), 0);
    if (Is("CLOSING"))
    {
        STOCK_IS_EXCUSED("it resets a connection that is closed again in CLOSING");
    }
    EXPECT_EQ(State(), AfterClose());
    EXPECT_EQ(Call([this] { return subject.socket->Close(); }), 0);
    if (Is("SYN-SENT"))
    {
        STOCK_IS_EXCUSED("a timer of a connection that it has closed in SYN-SENT crashes");
    }
    if (peer.socket)
    {
        At(Seconds(0), peer.socket, [this] { peer.socket->Close(); });
    }
    w.Run(Seconds(700));
    if (IsOneOf({"FIN-WAIT-1", "LAST-ACK"}))
    {
        STOCK_IS_EXCUSED("it never gives up on a FIN");
    }
    ExpectNothingLeft();
}

// Covers T40.LI, T40.SS, T40.SR, T40.ES, T40.F1, T40.F2, T40.CW, T40.CG, T40.LA, T40.TW
TEST_P(EachStateOfOurs, AbortEndsItAtOnce)
{
    Reach();
    const auto ours = DynamicCast<LifecycleSocket>(subject.socket);
    const std::string told = subject.told;
    EXPECT_EQ(Call([&ours] { return ours->Abort(); }), Is("CLOSED") ? -1 : 0);
    EXPECT_EQ(ours->GetStateName(), "CLOSED");
    EXPECT_EQ(Call([&ours] { return ours->Abort(); }), -1);
    EXPECT_EQ(ours->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(ours->GetCloseReason(), Is("CLOSED") ? "" : "aborted");
    w.Run(Seconds(700));
    EXPECT_EQ(subject.told, told); // it was the user who did it
    ExpectNothingLeft();
    const bool resets =
        IsOneOf({"SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT"});
    const auto& sent = w.Of(w.Client()).tx;
    EXPECT_EQ(std::any_of(sent.begin(), sent.end(), [](const auto& s) { return s.flags == "R"; }),
              resets); // RFC 9293 3.10.5
}

TEST_P(EachStateOfOurs, ShutdownSendClosesOneDirection) // Covers R-48
{
    Reach();
    EXPECT_EQ(Call([this] { return subject.socket->ShutdownSend(); }), 0);
    // before there is a connection it is noted, and done when there is one
    const bool isEarly = IsOneOf({"LISTEN", "SYN-SENT", "SYN-RECEIVED"});
    EXPECT_EQ(State(), isEarly ? std::get<const char*>(GetParam()) : AfterClose());
    EXPECT_EQ(Call([this] { return subject.socket->Send(Create<Packet>(1)); }), -1);
    EXPECT_EQ(subject.socket->GetErrno(),
              IsOneOf({"CLOSED", "LISTEN"}) ? Socket::ERROR_NOTCONN : Socket::ERROR_SHUTDOWN);
}

TEST_P(EachStateOfOurs, ShutdownRecvChangesNoState)
{
    Reach();
    EXPECT_EQ(Call([this] { return subject.socket->ShutdownRecv(); }), 0);
    EXPECT_EQ(State(), std::get<const char*>(GetParam()));
    EXPECT_EQ(subject.socket->GetRxAvailable(), 0u);
}

TEST_P(EachStateOfOurs, SendIsTakenWhileItCanBeSent) // RFC 9293 3.10.2
{
    Reach();
    const int taken = Call([this] { return subject.socket->Send(Create<Packet>(10)); });
    if (IsOneOf({"SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT"}))
    {
        EXPECT_EQ(taken, 10);
        return;
    }
    EXPECT_EQ(taken, -1);
    EXPECT_EQ(subject.socket->GetErrno(),
              IsOneOf({"CLOSED", "LISTEN"}) ? Socket::ERROR_NOTCONN : Socket::ERROR_SHUTDOWN);
}

TEST_P(EachStateOfOurs, RecvHasNothingToGive) // RFC 9293 3.10.3
{
    Reach();
    const auto packet = Call([this] { return subject.socket->Recv(); });
    // the peer's FIN has come in these
    const bool isEnd = IsOneOf({"CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"});
    EXPECT_EQ(bool(packet), isEnd);
    EXPECT_EQ(packet ? packet->GetSize() : 0, 0u);
}

TEST_P(EachStateOfOurs, DroppedPointerDoesNoHarm)
{
    Reach();
    const std::string path = Is("CLOSED") ? "" : w.Path(w.Client());
    subject.Release();
    EXPECT_EQ(Is("CLOSED") ? "" : w.Path(w.Client()), path);
    w.Run(Seconds(700));
}
