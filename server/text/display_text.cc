#include "server/text/display_text.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "server/text/character.h"
#include "server/text/utf8.h"

namespace cimd::text {
namespace {

constexpr size_t kLongestMarkRun = 3;

// The first character, or nothing for an ill-formed byte, which is removed all the same.
std::optional<char32_t> TakeAny(std::string_view& utf8) {
  const std::optional<char32_t> character = TakeCodePoint(utf8);
  if (!character.has_value()) utf8.remove_prefix(1);
  return character;
}

bool IsAsciiLetter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }

}  // namespace

DisplayText InspectDisplayText(std::string_view utf8) {
  DisplayText result;
  size_t mark_run = 0;
  // Text that begins with a blank is padded, as text with two blanks in a row is.
  Appearance before = Appearance::kBlank;
  bool letter_before = false;
  while (!utf8.empty()) {
    const std::optional<char32_t> character = TakeAny(utf8);
    const Appearance appearance = character.has_value() ? AppearanceOf(*character) : Appearance::kInvisible;
    ++result.characters;
    mark_run = appearance == Appearance::kMark ? mark_run + 1 : 0;
    switch (appearance) {
      case Appearance::kVisible:
        result.blank = false;
        result.unusual |= HasNoMeaning(*character);
        result.markup |= character == U'<' || character == U'>';
        break;
      case Appearance::kBlank:
        result.unusual |= before == Appearance::kBlank;
        break;
      case Appearance::kMark:
        result.unusual |= mark_run > kLongestMarkRun;
        break;
      case Appearance::kVariationSelector:
        result.unusual |= before != Appearance::kVisible || letter_before;
        break;
      case Appearance::kJoiner:
        result.unusual = true;
        break;
      case Appearance::kInvisible:
      case Appearance::kControl:
        result.deceptive = true;
        break;
    }
    before = appearance;
    letter_before = IsAsciiLetter(character.value_or(0));
  }
  result.unusual |= result.characters > 0 && before == Appearance::kBlank;
  return result;
}

size_t DisplayWidth(std::string_view utf8) {
  size_t columns = 0;
  while (!utf8.empty()) {
    const std::optional<char32_t> character = TakeAny(utf8);
    columns += character.has_value() ? ColumnsOf(*character) : 1;
  }
  return columns;
}

}  // namespace cimd::text
