// System calls: their arguments and what they return.

#include "token-reader.h"

#include <set>

namespace lifecycle::packetdrill
{

namespace
{

constexpr unsigned MAX_NESTING = 16;

/** What C takes at a place. */
enum class Width
{
    INT,  ///< of 32 bits, written with a sign or without
    LONG, ///< of 64 bits: a size, and whatever a call takes that is not known
};

Width
WidthOf(const std::string& call, std::size_t argument)
{
    static const std::set<std::string> OF_INTS{"socket",
                                               "bind",
                                               "listen",
                                               "accept",
                                               "connect",
                                               "shutdown",
                                               "close",
                                               "fcntl",
                                               "poll",
                                               "setsockopt",
                                               "getsockopt"};
    static const std::set<std::string> WITH_SIZES{"read", "recv", "write", "send", "sendto"};
    const bool isInt = OF_INTS.count(call) > 0 || (WITH_SIZES.count(call) > 0 && argument != 2);
    return isInt ? Width::INT : Width::LONG;
}

std::int64_t
ParseNumber(TokenReader& in, bool isNegative, Width width)
{
    const Token token = in.Take();
    const bool isInt = width == Width::INT;
    const std::uint64_t most = !isInt       ? std::uint64_t{INT64_MAX}
                               : isNegative ? std::uint64_t{1} << 31
                                            : std::uint64_t{UINT32_MAX};
    const auto value = WholeNumber(token.text);
    if (!value || *value > most)
    {
        throw Failure(token.line,
                      "a value is '" + std::string(isNegative ? "-" : "") + token.text +
                          "' and must be a number from " +
                          (isInt ? "-2147483648 to 4294967295"
                                 : "-9223372036854775807 to 9223372036854775807"));
    }
    return static_cast<std::int64_t>(*value) * (isNegative ? -1 : 1);
}

Value ParseValue(TokenReader& in, Width width, unsigned depth = 0);

/** Values up to @p closing. */
std::vector<Value>
ParseValues(TokenReader& in, const std::string& closing, Width width, unsigned depth)
{
    std::vector<Value> values;
    while (!in.Accept(closing))
    {
        values.push_back(ParseValue(in, width, depth));
        if (!in.Sees(closing))
        {
            in.Expect(",");
        }
    }
    return values;
}

/** Throws Failure if @p value, of a field that is a port, cannot be one. */
void
CheckPort(const Value& value, int line)
{
    const bool isCall =
        value.kind == Value::Kind::CALL && value.words[0] == "htons" && value.items.size() == 1;
    const Value& port = isCall ? value.items[0] : value;
    if (port.kind == Value::Kind::ELLIPSIS)
    {
        return;
    }
    if (port.kind != Value::Kind::NUMBER)
    {
        throw Failure(line, "a port must be a number, htons() of one, or '...'");
    }
    if (port.number < 0 || port.number > 65535)
    {
        throw Failure(line, MustBe("the port", std::to_string(port.number), 0, 65535));
    }
}

/** The name of a field, up to the `=`; a length may stand behind it, as in `msg_iov(2)=`. */
Token
ParseField(TokenReader& in, Width width, unsigned depth)
{
    in.Accept(".");
    if (!in.Sees(Token::Kind::WORD))
    {
        in.Fail("the name of a field");
    }
    Token field = in.Take();
    if (in.Accept("("))
    {
        ParseValues(in, ")", width, depth);
    }
    in.Expect("=");
    return field;
}

Value
ParseStruct(TokenReader& in, Width width, unsigned depth)
{
    Value value;
    value.kind = Value::Kind::STRUCT;
    const bool hasNames = !in.Sees("..."); // as in `{..., 40}`
    while (!in.Accept("}"))
    {
        const Token field = hasNames ? ParseField(in, width, depth) : Token{};
        value.fields.push_back(field.text);
        value.items.push_back(ParseValue(in, width, depth));
        if (field.text == "sin_port" || field.text == "sin6_port")
        {
            CheckPort(value.items.back(), field.line);
        }
        if (!in.Sees("}"))
        {
            in.Expect(",");
        }
    }
    return value;
}

/** A name, several joined by `|`, or a call like `htons(8080)`. */
Value
ParseNames(TokenReader& in, Width width, unsigned depth)
{
    Value value;
    value.kind = Value::Kind::WORD;
    do
    {
        if (!in.Sees(Token::Kind::WORD) && !in.Sees(Token::Kind::NUMBER))
        {
            in.Fail("a name");
        }
        value.words.push_back(in.Take().text);
    } while (in.Accept("|"));
    if (in.Accept("("))
    {
        value.kind = Value::Kind::CALL;
        value.items = ParseValues(in, ")", width, depth);
    }
    return value;
}

/** @param depth in how many brackets it stands */
Value
ParseValue(TokenReader& in, Width width, unsigned depth)
{
    if (depth > MAX_NESTING)
    {
        throw Failure(in.Peek().line,
                      "brackets stand more than " + std::to_string(MAX_NESTING) + " deep");
    }
    Value value;
    const bool isNegative = in.Accept("-");
    if (in.Sees(Token::Kind::NUMBER))
    {
        value.kind = Value::Kind::NUMBER;
        value.number = ParseNumber(in, isNegative, width);
    }
    else if (isNegative)
    {
        in.Fail("a number");
    }
    else if (in.Sees(Token::Kind::TEXT))
    {
        value.kind = Value::Kind::TEXT;
        value.words.push_back(in.Take().text);
    }
    else if (in.Sees(Token::Kind::WORD))
    {
        value = ParseNames(in, width, depth + 1);
    }
    else if (in.Accept("["))
    {
        value.kind = Value::Kind::LIST;
        value.items = ParseValues(in, "]", width, depth + 1);
    }
    else if (in.Accept("{"))
    {
        value = ParseStruct(in, width, depth + 1);
    }
    else if (!in.Accept("..."))
    {
        in.Fail("a value");
    }
    return value;
}

/** What the result, or the error, means, for people. */
void
SkipExplanation(TokenReader& in)
{
    while (!in.Accept(")"))
    {
        if (in.Sees(Token::Kind::END))
        {
            in.Fail("')'");
        }
        in.Take();
    }
}

} // namespace

SystemCall
ParseSystemCall(TokenReader& in)
{
    constexpr std::size_t SIZE = 2; // a result is as wide as the size that was asked for
    SystemCall call;
    call.name = in.Take().text;
    in.Expect("(");
    while (!in.Accept(")"))
    {
        call.arguments.push_back(ParseValue(in, WidthOf(call.name, call.arguments.size())));
        if (!in.Sees(")"))
        {
            in.Expect(",");
        }
    }
    in.Expect("=");
    if (!in.Accept("?"))
    {
        call.result = ParseValue(in, WidthOf(call.name, SIZE));
    }
    if (in.Sees(Token::Kind::WORD))
    {
        call.error = in.Take().text;
    }
    if (in.Accept("("))
    {
        SkipExplanation(in);
    }
    return call;
}

} // namespace lifecycle::packetdrill
