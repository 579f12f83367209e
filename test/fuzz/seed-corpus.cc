// Writes what the fuzzers start from: seed-corpus FOLDER, which gets the folders codec and host.

#include "../wire/valid-segments.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

namespace
{

bool
Write(const std::filesystem::path& path, const ns3::Octets& octets)
{
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(octets.data()),
               static_cast<std::streamsize>(octets.size()));
    file.close();
    return !file.fail();
}

} // namespace

int
main(int argc, char* argv[])
{
    if (argc != 2)
    {
        std::cerr << "usage: seed-corpus FOLDER\n";
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    bool isWritten = true;
    for (const ns3::ValidSegment& segment : ns3::ValidSegments())
    {
        isWritten = Write(folder / "codec" / segment.name, segment.ToOctets()) && isWritten;
    }
    // Any octets are a sequence of steps; these are long enough to go through many states.
    for (unsigned seed = 1; seed <= 8; ++seed)
    {
        std::mt19937 random(seed);
        ns3::Octets steps(250 * seed);
        std::generate(steps.begin(), steps.end(), [&] { return random() & 0xff; });
        isWritten = Write(folder / "host" / std::to_string(seed), steps) && isWritten;
    }
    if (!isWritten)
    {
        std::cerr << "seed-corpus: cannot write into " << folder << "\n";
    }
    return isWritten ? 0 : 1;
}
