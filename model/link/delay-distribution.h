#ifndef LIFECYCLE_LINK_DELAY_DISTRIBUTION_H
#define LIFECYCLE_LINK_DELAY_DISTRIBUTION_H

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace lifecycle
{

/**
 * How the delay of a packet varies around its mean: in units of the jitter, by the quantile function
 * of a distribution. Names and scaling are those of tc-netem, so that a jitter means what it means
 * there:
 *
 * - `uniform`: in [-1, 1); standard deviation 0.577;
 * - `normal`: the standard normal distribution, so that the jitter is the standard deviation. (The
 *   table of tc ends at 4 standard deviations, this function at 8.2.)
 * - `pareto`: (4/3)(1/cbrt(V) - 3/2), V uniform in (0, 1]: the Pareto distribution of shape 3, whose
 *   mean is 3/2, moved and scaled as tc does, and cut off at 4, where the tables of tc end. So a
 *   deviation lies in [-2/3, 4]; with the cut the mean is -8/243 = -0.033 and the standard
 *   deviation 0.821;
 * - `paretonormal`: at each quantile a quarter of `normal` and three quarters of `pareto`; mean
 *   -0.025, standard deviation 0.835;
 * - the name of a table file: whole numbers from -32768 to 32767, at most 65536 of them, separated by
 *   blanks and line ends; `#` begins a comment. Each packet takes one of the numbers at random, all
 *   equally likely, divided by 8192. The `.dist` files of tc are such files.
 */
class DelayDistribution
{
  public:
    /** The uniform distribution. */
    DelayDistribution() = default;

    /**
     * Finds a distribution by name, or reads a table.
     *
     * @param text A name as above; a text that holds a `/` or a `.` is the name of a file.
     * @return The distribution; or one sentence that says what is wrong.
     */
    static std::variant<DelayDistribution, std::string> FromText(const std::string& text);

    /** Whether FromText takes @p text for the name of a table file. */
    static bool IsFile(const std::string& text);

    /**
     * The deviation from the mean delay, in units of the jitter.
     *
     * @param u Quantile in [0, 1).
     */
    double Deviation(double u) const;

    bool IsUniform() const
    {
        return m_kind == Kind::UNIFORM;
    }

  private:
    enum class Kind
    {
        UNIFORM,
        NORMAL,
        PARETO,
        PARETONORMAL,
        TABLE,
    };

    Kind m_kind{Kind::UNIFORM};
    std::shared_ptr<const std::vector<std::int16_t>> m_table; ///< of TABLE, not empty
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_DELAY_DISTRIBUTION_H
