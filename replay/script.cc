#include "script.h"

#include <map>
#include <optional>
#include <sstream>

namespace replay
{

namespace
{

/** Writes a script, event by event. */
class Writer
{
  public:
    Writer(const Steps& steps, std::size_t host)
        : m_steps(steps),
          m_host(host)
    {
    }

    std::string Write();

  private:
    void Begin();
    void Step(const PlayedStep& step);
    void Call(const std::string& call);
    void Act(const SeenAction& action);
    void Arrive(const SeenAction& action);
    void LearnFrom(const SeenAction& segment, bool isOwn);
    void Put(const SeenAction& segment, char direction);
    std::string Number(std::uint32_t number, bool isOwn) const;
    void Line(const std::string& text);

    std::string Socket() const
    {
        return std::to_string(m_subject);
    }

    const Steps& m_steps;
    std::size_t m_host;
    std::ostringstream m_out;
    std::int64_t m_waited{0}; ///< since the last line [ns]
    int m_last{2};            ///< descriptor
    int m_listener{0};
    int m_subject{0};
    std::string m_state;                   ///< of opening: `SYN-SENT` until something was heard
    std::map<bool, std::uint32_t> m_first; ///< own, and the peer's, initial sequence number
    bool m_mayLearn{true};
    std::optional<std::uint32_t> m_peersSyn; ///< number of the last
    std::map<std::uint32_t, SeenAction> m_packets;
    std::uint32_t m_count{0};
};

std::string
Writer::Write()
{
    if (m_steps.hosts.size() != 2)
    {
        throw StepsError("A script has one peer, and here there are two.");
    }
    Begin();
    for (const PlayedStep& step : m_steps.steps)
    {
        Step(step);
    }
    return m_out.str();
}

void
Writer::Begin()
{
    const StepsHost& host = m_steps.hosts[m_host];
    m_out << "// Host " << host.name << " on the way to a step that breaks check " << m_steps.check
          << " (" << m_steps.requirements << "):\n// " << m_steps.claim << ".\n"
          << "--preset=" << host.preset << "\n--tolerance_usecs=1000 --tolerance_percent=0\n\n"
          << "0 `sysctl -w";
    for (const auto& [name, value] : host.attributes)
    {
        m_out << " lifecycle." << name << "=" << value;
    }
    m_out << "`\n";
}

void
Writer::Line(const std::string& text)
{
    constexpr double NANOSECOND = 1e-9;
    m_out << "+" << static_cast<double>(m_waited) * NANOSECOND << " " << text << "\n";
    m_waited = 0;
}

void
Writer::Step(const PlayedStep& step)
{
    if (step.kind == PlayedStep::Kind::TICK)
    {
        m_waited += m_steps.tick;
    }
    else if (step.host == m_host &&
             (step.kind == PlayedStep::Kind::DELIVER || step.kind == PlayedStep::Kind::DUPLICATE))
    {
        Arrive(m_packets.at(step.packet));
    }
    else if (step.kind == PlayedStep::Kind::FORGE && step.host == m_host)
    {
        Arrive(step.forged);
    }
    else if (step.kind == PlayedStep::Kind::CALL && step.host == m_host)
    {
        Call(step.call);
    }
    for (const SeenAction& action : step.actions)
    {
        if (action.seq)
        {
            m_packets[++m_count] = action;
        }
        if (action.from == m_host)
        {
            Act(action);
        }
    }
}

void
Writer::Call(const std::string& call)
{
    const auto open = [this] {
        Line("socket(..., SOCK_STREAM, IPPROTO_TCP) = " + std::to_string(++m_last));
        Line("bind(" + std::to_string(m_last) + ", ..., ...) = 0");
        return std::to_string(m_last);
    };
    if (call == "listen")
    {
        Line("listen(" + open() + ", 128) = 0");
        m_listener = m_last;
    }
    else if (call == "open")
    {
        const std::string socket = open();
        Line("fcntl(" + socket + ", F_SETFL, O_RDWR|O_NONBLOCK) = 0");
        Line("connect(" + socket + ", ..., ...) = -1 EINPROGRESS");
        m_subject = m_last;
        m_state = "SYN-SENT";
        m_mayLearn = true;
    }
    else if (call == "send")
    {
        Line("write(" + Socket() + ", ..., 1) = 1");
    }
    else if (call == "close" && m_state != "SYN-SENT")
    {
        Line("shutdown(" + Socket() + ", SHUT_WR) = 0");
    }
    else if (call == "close" || call == "close-fully")
    {
        Line("close(" + Socket() + ") = 0");
    }
    else if (call == "abort")
    {
        Line("setsockopt(" + Socket() + ", SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0");
        Line("close(" + Socket() + ") = 0");
    }
    else if (call != "next")
    {
        throw StepsError("No script says that a host has a " + call + ".");
    }
}

void
Writer::Act(const SeenAction& action)
{
    const std::string name = m_steps.hosts[m_host].name;
    if (action.seq)
    {
        Put(action, '>');
    }
    else if (action.what == name + " accepts a connection")
    {
        m_subject = ++m_last;
        Line("accept(" + std::to_string(m_listener) + ", ..., ...) = " + Socket());
    }
    else if (action.len > 0)
    {
        Line("read(" + Socket() + ", ..., 1000) = " + std::to_string(action.len));
    }
}

void
Writer::Arrive(const SeenAction& action)
{
    m_state.clear();
    Put(action, '<');
}

/** As the runner does: our number anew if the script has given a reason for it, the peer's once. */
void
Writer::LearnFrom(const SeenAction& segment, bool isOwn)
{
    const bool isAnswer = segment.flags.find('.') != std::string::npos;
    if (!segment.IsSyn())
    {
        return;
    }
    if (!isOwn)
    {
        m_mayLearn = m_mayLearn || (!isAnswer && m_peersSyn != segment.seq);
        m_peersSyn = isAnswer ? m_peersSyn : segment.seq;
        m_first.emplace(false, *segment.seq);
    }
    else if (m_mayLearn)
    {
        m_first[true] = *segment.seq;
        m_mayLearn = false;
    }
}

void
Writer::Put(const SeenAction& segment, char direction)
{
    const bool isOwn = direction == '>';
    LearnFrom(segment, isOwn);
    std::string text{direction};
    std::string flags = segment.flags;
    text += " " + flags + " ";
    const bool isUnknown = isOwn && m_first.count(true) == 0; // a reset of no connection
    const bool standsForNothing = *segment.seq == 0 && flags.find('R') != std::string::npos;
    const std::string length = "(" + std::to_string(segment.len) + ")";
    text += isOwn && (isUnknown || standsForNothing)
                ? "..." + length
                : Number(*segment.seq, isOwn) + ":" + Number(*segment.seq + segment.len, isOwn) +
                      length;
    text += segment.ack ? " ack " + Number(*segment.ack, !isOwn) : "";
    text += " win " + std::to_string(segment.window);
    text += segment.options.empty() ? "" : " <" + segment.options + ">";
    Line(text);
}

/** A sequence number as scripts count: from the SYN. */
std::string
Writer::Number(std::uint32_t number, bool isOwn) const
{
    const auto first = m_first.find(isOwn);
    return std::to_string(first == m_first.end() ? number : number - first->second);
}

} // namespace

std::string
ScriptOf(const Steps& steps, std::size_t host)
{
    return Writer(steps, host).Write();
}

} // namespace replay
