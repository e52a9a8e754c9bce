#include "client/cli/text/printable_text.h"

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "fmt/format.h"
#include "server/text/character.h"
#include "server/text/display_text.h"
#include "server/text/utf8.h"

namespace cimd::cli {
namespace {

// Whether the character controls a terminal or can make it display misleading text.
bool IsUnsafe(char32_t character) {
  switch (text::AppearanceOf(character)) {
    case text::Appearance::kControl:
    case text::Appearance::kInvisible:
    case text::Appearance::kJoiner:
      return true;
    case text::Appearance::kVariationSelector:
      // Variation selectors 15 and 16 choose between text and emoji presentation. They are common and harmless.
      return character != U'\ufe0e' && character != U'\ufe0f';
    case text::Appearance::kVisible:
    case text::Appearance::kBlank:
    case text::Appearance::kMark:
      return false;
  }
  return true;
}

// Replaces each unsafe character with the result of `escape`. Control characters in `keep` are left unchanged.
std::string Escaped(std::string_view text, std::string_view keep, absl::FunctionRef<std::string(char32_t)> escape) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<char32_t> character = text::TakeCodePoint(text);
    if (!character.has_value()) {
      result += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[0]));
      text.remove_prefix(1);
    } else if (IsUnsafe(*character) && keep.find(before[0]) == std::string_view::npos) {
      result += escape(*character);
    } else {
      result.append(before.substr(0, before.size() - text.size()));
    }
  }
  return result;
}

std::string Visible(char32_t value) {
  const auto number = static_cast<uint32_t>(value);
  return number < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

// Escapes a character as in a JSON string: "\uXXXX" for each UTF-16 code unit.
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

size_t Width(std::string_view printable) { return text::DisplayWidth(printable); }

}  // namespace cimd::cli
