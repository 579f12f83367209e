// Scripts: options and times.

#include "token-reader.h"

#include <algorithm>

namespace lifecycle::packetdrill
{

namespace
{

/** 31 years: neither do sums with the stack's own times overflow. */
constexpr Nanoseconds LONGEST = Nanoseconds{1000000000} * 1000000000;

/** When an event with @p time has happened at the latest, if the one before has at @p previous. */
Nanoseconds
LatestOf(const EventTime& time, Nanoseconds previous, int line)
{
    constexpr Nanoseconds DAY = Nanoseconds{24 * 3600} * 1000000000; // that `*` waits
    const Nanoseconds own = time.isAny ? DAY : std::max(time.end, time.blocksTill.value_or(0));
    const Nanoseconds latest = own + (time.isRelative || time.isAny ? previous : 0);
    if (latest > LONGEST)
    {
        throw Failure(line, "by here the script lasts longer than 10^9 s, which is the most");
    }
    return std::max(latest, previous);
}

EventTime
ParseTime(TokenReader& in)
{
    EventTime time;
    if (in.Accept("*"))
    {
        time.isAny = true;
        return time;
    }
    const int line = in.Peek().line;
    time.isRelative = in.Accept("+");
    time.begin = in.Time();
    time.end = time.begin;
    if (in.Accept("~"))
    {
        if (in.Accept("+") != time.isRelative)
        {
            throw Failure(line, "both ends of a range of time must be written with + or without");
        }
        time.end = in.Time();
    }
    if (in.Accept("..."))
    {
        in.Accept("+");
        time.blocksTill = in.Time();
    }
    if (time.end < time.begin || time.blocksTill.value_or(time.begin) < time.begin)
    {
        throw Failure(line, "a span of time ends before it begins");
    }
    return time;
}

void
ParseOptionLine(TokenReader& in, Script& script)
{
    const Token option = in.Take();
    const std::size_t equals = std::min(option.text.find('='), option.text.size());
    const std::string name = option.text.substr(0, equals);
    const std::string value = option.text.substr(std::min(equals + 1, option.text.size()));
    if (!script.options.emplace(name, ScriptOption{value, option.line}).second)
    {
        throw Failure(option.line, "option --" + name + " stands there twice");
    }
}

} // namespace

Script
ParseScript(const std::string& file, const std::string& text, const std::set<std::string>& defined)
{
    Script script;
    script.file = file;
    TokenReader in(Tokens(text, defined));
    while (in.Sees(Token::Kind::OPTION))
    {
        ParseOptionLine(in, script);
    }
    Nanoseconds latest = 0;
    while (!in.Sees(Token::Kind::END))
    {
        Event event;
        event.time.isRelative = true;
        if (!in.Sees(Token::Kind::COMMAND)) // which may go without a time: at once
        {
            event.time = ParseTime(in);
        }
        event.line = in.Peek().line;
        latest = LatestOf(event.time, latest, event.line);
        if (in.Sees("<") || in.Sees(">"))
        {
            ParsePacket(in, event);
        }
        else if (in.Sees(Token::Kind::COMMAND))
        {
            event.what = Command{in.Take().text};
        }
        else if (in.Sees(Token::Kind::CODE))
        {
            event.what = Assertions{in.Take().text};
        }
        else if (in.Sees(Token::Kind::WORD))
        {
            event.what = ParseSystemCall(in);
        }
        else
        {
            in.Fail("a packet, a system call or a command");
        }
        const bool isCall = std::holds_alternative<SystemCall>(event.what);
        if (event.time.blocksTill && !isCall)
        {
            throw Failure(event.line, "only a system call blocks");
        }
        const auto* packet = std::get_if<TcpPacket>(&event.what);
        const bool isExpected = packet != nullptr && !packet->isInbound;
        if ((event.time.isAny || event.time.begin != event.time.end) && !isExpected)
        {
            throw Failure(event.line, "only an outbound packet has a time that is not exact");
        }
        script.events.push_back(event);
    }
    if (script.events.empty())
    {
        throw Failure(in.Peek().line, "the script has no events");
    }
    return script;
}

} // namespace lifecycle::packetdrill
