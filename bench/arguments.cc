#include "arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <utility>

namespace bench
{

namespace
{

[[noreturn]] void
Refuse(const std::string& program, const std::string& sentence)
{
    std::cerr << program << ": " << sentence << std::endl;
    std::exit(2);
}

/** `a, b, c` */
std::string
Listed(const std::vector<std::string>& words)
{
    std::string list;
    for (const std::string& word : words)
    {
        list += (list.empty() ? "" : ", ") + word;
    }
    return list;
}

/** A number as one writes it: `1000000`, `0.001`. */
std::string
NumberText(double number)
{
    std::ostringstream text;
    text.precision(15);
    text << number;
    return text.str();
}

template <class Number>
bool
Parse(const std::string& text, Number& number)
{
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return result.ec == std::errc() && result.ptr == end;
}

} // namespace

Arguments::Arguments(std::string about)
    : m_about(std::move(about))
{
}

void
Arguments::Add(const std::string& name,
               const std::string& help,
               std::uint64_t& value,
               std::uint64_t least,
               std::uint64_t most)
{
    m_all.push_back(
        {name, help, &value, static_cast<double>(least), static_cast<double>(most), {}});
}

void
Arguments::Add(const std::string& name, const std::string& help, double& value, double most)
{
    m_all.push_back({name, help, &value, 0, most, {}});
}

void
Arguments::Add(const std::string& name,
               const std::string& help,
               std::string& value,
               const std::vector<std::string>& choices)
{
    m_all.push_back({name, help, &value, 0, 0, choices});
}

std::string
Arguments::Argument::Allowed() const
{
    if (!choices.empty())
    {
        return "allowed are " + Listed(choices);
    }
    const bool isWhole = std::holds_alternative<std::uint64_t*>(value);
    return std::string("allowed is a ") + (isWhole ? "whole number" : "time in seconds") +
           " from " + NumberText(least) + " to " + NumberText(most);
}

bool
Arguments::Argument::Set(const std::string& text) const
{
    if (const auto* word = std::get_if<std::string*>(&value))
    {
        **word = text;
        return std::find(choices.begin(), choices.end(), text) != choices.end();
    }
    if (const auto* whole = std::get_if<std::uint64_t*>(&value))
    {
        return Parse(text, **whole) && static_cast<double>(**whole) >= least &&
               static_cast<double>(**whole) <= most;
    }
    double& seconds = **std::get_if<double*>(&value);
    return Parse(text, seconds) && std::isfinite(seconds) && seconds >= least && seconds <= most;
}

void
Arguments::PrintHelp(const std::string& program) const
{
    std::cout << "Usage: " << program << " [--NAME=VALUE...]\n\n" << m_about << "\n\n";
    for (const Argument& argument : m_all)
    {
        std::cout << "  --" << argument.name << "=";
        std::visit([](const auto* value) { std::cout << *value; }, argument.value);
        std::cout << "\n      " << argument.help << "; " << argument.Allowed() << ".\n";
    }
}

void
Arguments::Read(int argc, char** argv) const
{
    const std::string path = argv[0];
    const std::string program = path.substr(path.rfind('/') + 1);
    const std::vector<std::string> texts(argv + 1, argv + argc);
    if (std::find(texts.begin(), texts.end(), "--help") != texts.end())
    {
        PrintHelp(program);
        std::exit(0);
    }
    for (const std::string& text : texts)
    {
        const auto equals = text.find('=');
        const auto known = std::find_if(m_all.begin(), m_all.end(), [&](const Argument& argument) {
            return text.substr(0, equals) == "--" + argument.name;
        });
        if (known == m_all.end())
        {
            Refuse(program, "'" + text + "' is no argument; --help lists all.");
        }
        const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
        if (!known->Set(value))
        {
            Refuse(program,
                   "--" + known->name + ": '" + value + "' is not allowed; " + known->Allowed() +
                       ".");
        }
    }
}

} // namespace bench
