#include "server/text/utf8.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cimd::text {
namespace {

constexpr size_t kMaxCharacterBytes = 4;

// The code point at the start of `text`, which is not empty, and its length; a negative value when it is ill-formed.
struct Decoded {
  UChar32 value;
  size_t bytes;
};

Decoded DecodeFirst(std::string_view text) {
  const auto length = static_cast<int32_t>(text.substr(0, kMaxCharacterBytes).size());
  int32_t end = 0;
  UChar32 value = 0;
  U8_NEXT(text.data(), end, length, value);
  return {value, static_cast<size_t>(end)};
}

}  // namespace

size_t FirstCharacterBytes(std::string_view text) {
  if (text.empty()) return 0;
  const Decoded first = DecodeFirst(text);
  return first.value < 0 ? 0 : first.bytes;
}

std::optional<char32_t> TakeCodePoint(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const Decoded first = DecodeFirst(text);
  if (first.value < 0) return std::nullopt;
  text.remove_prefix(first.bytes);
  return static_cast<char32_t>(first.value);
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = FirstCharacterBytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return !U8_IS_TRAIL(byte); }));
}

std::string_view CutUtf8(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // A character of well-formed text begins at most three bytes before any of its continuation bytes.
  size_t end = max_bytes;
  for (size_t back = 1; back < kMaxCharacterBytes && end > 0 && U8_IS_TRAIL(text[end]); ++back) --end;
  return text.substr(0, U8_IS_TRAIL(text[end]) ? max_bytes : end);
}

}  // namespace cimd::text
