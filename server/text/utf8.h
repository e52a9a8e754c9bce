#ifndef CIMD_SERVER_TEXT_UTF8_H_
#define CIMD_SERVER_TEXT_UTF8_H_

#include <cstddef>
#include <optional>
#include <string_view>

// UTF-8 as RFC 3629 defines it: shortest forms only, no surrogates, nothing above U+10FFFF. Every function accepts any
// bytes, keeps no state and is thread-safe.
namespace cimd::text {

// Bytes of the first character of `text`: 1 to 4. 0 when `text` is empty or begins with an ill-formed sequence.
size_t FirstCharacterBytes(std::string_view text);

// Removes the first character from `text` and returns its code point. Returns nothing, and leaves `text` as it is, in
// the cases in which FirstCharacterBytes() returns 0.
std::optional<char32_t> TakeCodePoint(std::string_view& text);

bool IsUtf8(std::string_view text);

// The number of characters (code points) of well-formed text.
size_t CountCharacters(std::string_view text);

// The longest prefix of `text` that has at most `max_bytes` bytes and does not end inside a character. Linear in
// `max_bytes` at most. Ill-formed text is cut as well, by at most 3 bytes earlier than `max_bytes`.
std::string_view CutUtf8(std::string_view text, size_t max_bytes);

}  // namespace cimd::text

#endif  // CIMD_SERVER_TEXT_UTF8_H_
