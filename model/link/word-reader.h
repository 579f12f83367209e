#ifndef LIFECYCLE_LINK_WORD_READER_H
#define LIFECYCLE_LINK_WORD_READER_H

#include "../core/endpoint.h"
#include "../core/instant.h"
#include "segment-rule.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lifecycle
{

bool IsDigit(char c);

bool IsLetter(char c);

bool IsBlank(char c);

/** Whether @p word is a letter and then letters, digits, `-` and `_`. */
bool IsHostName(std::string_view word);

/** The text with a blank for each white-space character and `?` for other control characters. */
std::string OneLine(std::string text);

/** Removes the digits at the front of a text and returns them. */
std::string_view TakeDigits(std::string_view& text);

/** The number that @p digits spell; nothing if they spell no number, or one above @p max. */
std::optional<std::uint64_t> ToNumber(std::string_view digits, std::uint64_t max);

/** Looks up @p name in a table of pairs (value, name). @return The value, or nothing. */
template <class Table>
auto
FindNamed(const Table& table, std::string_view name)
{
    const auto* found = std::find_if(std::begin(table), std::end(table), [&](const auto& entry) {
        return entry.second == name;
    });
    return found == std::end(table) ? std::nullopt : std::optional(found->first);
}

/** An IPv4 or IPv6 address without a port; nothing if the text is none. RFC 4291 2.2. */
std::optional<Address> ParseAddress(const std::string& text);

/** The shortest spelling of a time that a WordReader reads as the same time. */
std::string TimeText(Duration time);

/** Reads a text one word at a time; stops at the first error and keeps that error. */
class WordReader
{
  protected:
    /** A run of what IsWordAt takes, or `->`, or any other single character. */
    struct Word
    {
        std::size_t begin{0};
        std::string_view text; ///< empty at the end
    };

    /**
     * @param text What is read; its sentences are divided by semicolons.
     * @param name What errors call the text.
     */
    WordReader(std::string_view text, std::string_view name);

    virtual ~WordReader() = default;

    /** Whether the character at a place can be part of a word. */
    virtual bool IsWordAt(std::size_t place) const = 0;

    /** Goes on to the next word; a derived reader's constructor calls this for the first word. */
    void Advance();

    // Each of these returns false after an error.
    bool ReadExactly(std::string_view text);
    bool ReadTime(Duration& time, Duration least = Duration(0));

    /** Keeps the error that @p expected does not stand where @p found does; returns false. */
    bool Fail(const std::string& expected, const Word& found);

    std::string_view m_text;
    Word m_word; ///< the word to be read next
    std::optional<RuleError> m_error;

  private:
    std::string_view m_name;
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_WORD_READER_H
