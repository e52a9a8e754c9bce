#include "client/cli/text/printable_text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/functional/function_ref.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  // Bytes taken; 0 when these are no UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
  size_t length = 0;
};

CodePoint Decode(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  char32_t value = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    value = value << 6 | (next & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

struct Range {
  char32_t first;
  char32_t last;
};
// Controls, format characters that reorder or show nothing, separators, noncharacters.
constexpr Range kUnsafe[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},     {0x180E, 0x180E},
    {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},   {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1D173, 0x1D17A}, {0xE0000, 0xE007F},
};

bool IsUnsafe(char32_t value) {
  return std::any_of(std::begin(kUnsafe), std::end(kUnsafe),
                     [value](const Range& range) { return value >= range.first && value <= range.last; });
}

// `escape` says what stands for an unsafe character; `keep` lists controls that stay.
std::string Escaped(std::string_view text, std::string_view keep, absl::FunctionRef<std::string(char32_t)> escape) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = Decode(text);
    const size_t length = std::max<size_t>(next.length, 1);
    if (next.length == 0) {
      result += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[0]));
    } else if (IsUnsafe(next.value) && keep.find(text[0]) == std::string_view::npos) {
      result += escape(next.value);
    } else {
      result.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return result;
}

std::string Visible(char32_t value) {
  const auto number = static_cast<uint32_t>(value);
  return number < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

// As in a JSON string: UTF-16 code units.
std::string JsonEscape(char32_t value) {
  const auto number = static_cast<uint32_t>(value);
  if (number < 0x10000) return fmt::format("\\u{:04x}", number);
  const uint32_t rest = number - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 | rest >> 10, 0xDC00 | (rest & 0x3FF));
}

}  // namespace

std::string Printable(std::string_view text) { return Escaped(text, "", Visible); }

std::string PrintableLines(std::string_view text) { return Escaped(text, "\n\t", Visible); }

std::string PrintableJson(std::string_view json) { return Escaped(json, "\n", JsonEscape); }

size_t Width(std::string_view printable) {
  return std::count_if(printable.begin(), printable.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

}  // namespace cimd::cli
