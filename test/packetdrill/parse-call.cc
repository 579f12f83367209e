// System calls: their arguments and what they return.

#include "token-reader.h"

#include <cstdlib>

namespace packetdrill
{

namespace
{

Value ParseValue(TokenReader& in);

/** Values up to @p closing. */
std::vector<Value>
ParseValues(TokenReader& in, const std::string& closing)
{
    std::vector<Value> values;
    while (!in.Accept(closing))
    {
        values.push_back(ParseValue(in));
        if (!in.Sees(closing))
        {
            in.Expect(",");
        }
    }
    return values;
}

Value
ParseStruct(TokenReader& in)
{
    Value value;
    value.kind = Value::Kind::STRUCT;
    while (!in.Accept("}"))
    {
        in.Accept(".");
        if (!in.Sees(Token::Kind::WORD))
        {
            in.Fail("the name of a field");
        }
        value.fields.push_back(in.Take().text);
        in.Expect("=");
        value.items.push_back(ParseValue(in));
        if (!in.Sees("}"))
        {
            in.Expect(",");
        }
    }
    return value;
}

Value
ParseValue(TokenReader& in)
{
    Value value;
    const bool isNegative = in.Accept("-");
    if (in.Sees(Token::Kind::NUMBER))
    {
        value.kind = Value::Kind::NUMBER;
        value.number = std::strtoll(in.Take().text.c_str(), nullptr, 0) * (isNegative ? -1 : 1);
    }
    else if (in.Sees(Token::Kind::TEXT))
    {
        value.kind = Value::Kind::TEXT;
        value.words.push_back(in.Take().text);
    }
    else if (in.Sees(Token::Kind::WORD))
    {
        value.kind = Value::Kind::WORD;
        do
        {
            value.words.push_back(in.Take().text);
        } while (in.Accept("|"));
        if (in.Accept("("))
        {
            value.kind = Value::Kind::CALL;
            value.items = ParseValues(in, ")");
        }
    }
    else if (in.Accept("["))
    {
        value.kind = Value::Kind::LIST;
        value.items = ParseValues(in, "]");
    }
    else if (in.Accept("{"))
    {
        value = ParseStruct(in);
    }
    else if (!in.Accept("..."))
    {
        in.Fail("a value");
    }
    return value;
}

} // namespace

SystemCall
ParseSystemCall(TokenReader& in)
{
    SystemCall call;
    call.name = in.Take().text;
    in.Expect("(");
    call.arguments = ParseValues(in, ")");
    in.Expect("=");
    if (!in.Accept("?"))
    {
        call.result = ParseValue(in);
    }
    if (in.Sees(Token::Kind::WORD))
    {
        call.error = in.Take().text;
    }
    if (in.Accept("(")) // what the error, or the result, means, for people
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
    return call;
}

} // namespace packetdrill
