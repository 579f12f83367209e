#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace bench
{

/** The arguments `--name=value` of a program that measures one thing. */
class Arguments
{
  public:
    /** @p about is the first sentence of the help. */
    explicit Arguments(std::string about);

    void Add(const std::string& name,
             const std::string& help,
             std::uint64_t& value,
             std::uint64_t least,
             std::uint64_t most);
    /** A time [s]. */
    void Add(const std::string& name, const std::string& help, double& value, double most);
    void Add(const std::string& name,
             const std::string& help,
             std::string& value,
             const std::vector<std::string>& choices);

    /**
     * Sets what the command line names. Ends the program after `--help` (status 0), and after one
     * sentence on what is wrong (status 2).
     */
    void Read(int argc, char** argv) const;

  private:
    struct Argument
    {
        std::string name;
        std::string help;
        std::variant<std::uint64_t*, double*, std::string*> value;
        double least{0};
        double most{0};
        std::vector<std::string> choices; ///< of a text

        /** What is allowed, in words. */
        std::string Allowed() const;
        /** @return Whether @p text is allowed; then it is the value from now on. */
        bool Set(const std::string& text) const;
    };

    void PrintHelp(const std::string& program) const;

    std::string m_about;
    std::vector<Argument> m_all;
};

} // namespace bench

#endif // BENCH_ARGUMENTS_H
