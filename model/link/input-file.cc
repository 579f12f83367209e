#include "input-file.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace lifecycle
{

InputFile
ReadInputFile(const std::string& name)
{
    const std::string quoted = "'" + name + "'";
    const std::string allowed =
        "; allowed is a regular file of at most " + std::to_string(MAX_INPUT_FILE) + " octets";
    std::error_code ignored;
    const auto status =
        std::filesystem::status(name, ignored); // to open a pipe would be to wait for its writer
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    {
        return {"", quoted + " is no regular file" + allowed};
    }
    InputFile tooLarge{"", quoted + " is too large" + allowed};
    const auto size = std::filesystem::file_size(name, ignored);
    if (!ignored && size > MAX_INPUT_FILE)
    {
        return tooLarge;
    }
    std::ifstream stream(name, std::ios::binary);
    std::string content;
    std::array<char, 1 << 16> buffer{};
    while (content.size() <= MAX_INPUT_FILE && stream)
    {
        stream.read(buffer.data(), buffer.size());
        content.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    }
    if (content.size() > MAX_INPUT_FILE)
    {
        return tooLarge; // the file has grown, or the system does not know its size
    }
    if (!stream.eof())
    {
        return {"", quoted + " cannot be read"};
    }
    return {content, ""};
}

std::string
Excerpt(std::string_view text)
{
    constexpr std::size_t MAX_LENGTH = 40;
    std::string excerpt(text.substr(0, MAX_LENGTH));
    for (char& c : excerpt)
    {
        c = c < ' ' || c > '~' ? '?' : c;
    }
    return text.size() > MAX_LENGTH ? excerpt + "..." : excerpt;
}

} // namespace lifecycle
