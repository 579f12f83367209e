#ifndef LIFECYCLE_LINK_INPUT_FILE_H
#define LIFECYCLE_LINK_INPUT_FILE_H

#include <cstddef>
#include <string>
#include <string_view>

namespace lifecycle
{

constexpr std::size_t MAX_INPUT_FILE = 64 << 20; ///< octets

/** The whole content of a file that the user has named; or what is wrong with the file. */
struct InputFile
{
    std::string content;
    std::string problem; ///< `'x' cannot be read`, without a full stop; empty if all is well
};

/** Reads a regular file of at most MAX_INPUT_FILE; no pipe or device, which may never end. */
InputFile ReadInputFile(const std::string& name);

/** The beginning of what stands in a file, as a sentence can quote it: short, and printable. */
std::string Excerpt(std::string_view text);

} // namespace lifecycle

#endif // LIFECYCLE_LINK_INPUT_FILE_H
