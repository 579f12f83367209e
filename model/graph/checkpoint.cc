#include "checkpoint.h"

#include "../core/value.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

namespace lifecycle::exploration
{

namespace
{

constexpr std::string_view MAGIC = "lifecycle-explore checkpoint 1\n";

[[noreturn]] void
Refuse(const std::string& file, const std::string& why)
{
    throw CheckpointError("'" + file + "' " + why + ".");
}

std::string
NameOfNew(const std::string& file)
{
    return file + ".new";
}

/** Numbers as octets, the least first, and a sum over them. */
class Writer
{
  public:
    explicit Writer(std::ostream& out)
        : m_out(out)
    {
    }

    template <class Number>
    void Put(Number number)
    {
        m_sum = Combine(m_sum, number);
        for (std::size_t i = 0; i < sizeof number; ++i)
        {
            m_out.put(static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i)));
        }
    }

    std::uint64_t Sum() const
    {
        return m_sum;
    }

  private:
    std::ostream& m_out;
    std::uint64_t m_sum{0};
};

class Reader
{
  public:
    Reader(std::istream& in, const std::string& file)
        : m_in(in),
          m_file(file)
    {
    }

    template <class Number>
    Number Get()
    {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < sizeof(Number); ++i)
        {
            const int octet = m_in.get();
            if (octet == std::istream::traits_type::eof())
            {
                Refuse(m_file, "is not whole: it ends too early");
            }
            number |= static_cast<std::uint64_t>(octet) << (8 * i);
        }
        m_sum = Combine(m_sum, static_cast<Number>(number));
        return static_cast<Number>(number);
    }

    std::uint64_t Sum() const
    {
        return m_sum;
    }

  private:
    std::istream& m_in;
    const std::string& m_file;
    std::uint64_t m_sum{0};
};

/** The first line of @p text that is not one of @p others. */
std::string
FirstOther(const std::string& text, const std::string& others)
{
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line) && others.find(line + "\n") != std::string::npos)
    {
    }
    return line;
}

} // namespace

void
CheckWritable(const std::string& file)
{
    std::ofstream out(NameOfNew(file));
    if (!out)
    {
        Refuse(file, "cannot be written: " + std::string(std::strerror(errno)));
    }
    out.close();
    (void)std::remove(NameOfNew(file).c_str());
}

void
WriteCheckpoint(const std::string& file, const Checkpoint& checkpoint)
{
    std::ofstream out(NameOfNew(file), std::ios::binary);
    out << MAGIC;
    Writer writer(out);
    writer.Put<std::uint64_t>(checkpoint.rules.size());
    for (const char letter : checkpoint.rules)
    {
        writer.Put(static_cast<std::uint8_t>(letter));
    }
    writer.Put(checkpoint.successors);
    writer.Put(checkpoint.leftOut);
    writer.Put(checkpoint.done);
    writer.Put<std::uint64_t>(checkpoint.levels.size());
    for (const std::uint64_t level : checkpoint.levels)
    {
        writer.Put(level);
    }
    writer.Put<std::uint64_t>(checkpoint.Size());
    for (std::size_t i = 0; i < checkpoint.Size(); ++i)
    {
        writer.Put(checkpoint.parents[i]);
        writer.Put(checkpoint.events[i]);
    }
    writer.Put(writer.Sum());
    out.close();
    if (out.fail() || std::rename(NameOfNew(file).c_str(), file.c_str()) != 0)
    {
        Refuse(file, "cannot be written: " + std::string(std::strerror(errno)));
    }
}

Checkpoint
ReadCheckpoint(const std::string& file, const std::string& rules)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
    {
        Refuse(file, "cannot be read: " + std::string(std::strerror(errno)));
    }
    std::string magic(MAGIC.size(), '\0');
    in.read(magic.data(), static_cast<std::streamsize>(magic.size()));
    if (magic != MAGIC)
    {
        Refuse(file, "is no checkpoint of this version of lifecycle-explore");
    }
    Reader reader(in, file);
    Checkpoint checkpoint;
    for (auto left = reader.Get<std::uint64_t>(); left > 0; --left)
    {
        checkpoint.rules += static_cast<char>(reader.Get<std::uint8_t>());
    }
    checkpoint.successors = reader.Get<std::uint64_t>();
    checkpoint.leftOut = reader.Get<std::uint64_t>();
    checkpoint.done = reader.Get<std::uint64_t>();
    for (auto left = reader.Get<std::uint64_t>(); left > 0; --left)
    {
        checkpoint.levels.push_back(reader.Get<std::uint64_t>());
    }
    for (auto left = reader.Get<std::uint64_t>(); left > 0; --left)
    {
        const auto parent = reader.Get<std::uint32_t>();
        checkpoint.Add(parent, reader.Get<std::uint16_t>());
    }
    const std::uint64_t sum = reader.Sum();
    if (reader.Get<std::uint64_t>() != sum || in.get() != std::ifstream::traits_type::eof())
    {
        Refuse(file, "is damaged: its sum is wrong");
    }
    if (checkpoint.rules != rules)
    {
        Refuse(file,
               "is of another search: it has '" + FirstOther(checkpoint.rules, rules) +
                   "' where this one has '" + FirstOther(rules, checkpoint.rules) + "'");
    }
    return checkpoint;
}

} // namespace lifecycle::exploration
