#include "server/metadata/display_text.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace cimd::metadata {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

constexpr Range kDeceptive[] = {
    {0x0000, 0x001f},    // C0 controls
    {0x007f, 0x009f},    // DEL and C1 controls
    {0x00ad, 0x00ad},    // soft hyphen
    {0x180e, 0x180e},    // Mongolian vowel separator
    {0x200b, 0x200b},    // zero-width space
    {0x2028, 0x2029},    // line and paragraph separators
    {0x202a, 0x202e},    // bidirectional embeddings and overrides
    {0x2060, 0x206f},    // word joiner, invisible operators, bidirectional isolates, deprecated formats
    {0xfeff, 0xfeff},    // zero-width no-break space
    {0xfff9, 0xfffb},    // interlinear annotation
    {0xe0000, 0xe007f},  // tags
};

constexpr Range kJoinersAndMarks[] = {
    {0x034f, 0x034f},  // combining grapheme joiner
    {0x061c, 0x061c},  // Arabic letter mark
    {0x200c, 0x200f},  // zero-width joiner and non-joiner, left-to-right and right-to-left marks
};

// Emoji and ideographs carry them; alone they show nothing.
constexpr Range kVariationSelectors[] = {{0xfe00, 0xfe0f}, {0xe0100, 0xe01ef}};

constexpr Range kBlankCharacters[] = {
    {0x0020, 0x0020}, {0x00a0, 0x00a0}, {0x115f, 0x1160}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x202f, 0x202f},
    {0x205f, 0x205f}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164}, {0xffa0, 0xffa0},
};

constexpr Range kCombining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f},
};

template <size_t N>
bool IsIn(const Range (&ranges)[N], uint32_t character) {
  return std::any_of(ranges, ranges + N,
                     [&](const Range& range) { return character >= range.first && character <= range.last; });
}

// Takes the first character off well-formed UTF-8.
uint32_t TakeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t character = length == 1 ? lead : lead & (0x7f >> length);
  for (size_t i = 1; i < length && i < text.size(); ++i) {
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  text.remove_prefix(std::min(length, text.size()));
  return character;
}

}  // namespace

DisplayText InspectDisplayText(std::string_view utf8) {
  constexpr size_t kLongestCombiningRun = 3;
  DisplayText result;
  size_t combining_run = 0;
  // As if a blank stood before the text: one at the beginning is padding already.
  bool after_blank = true;
  while (!utf8.empty()) {
    const uint32_t character = TakeCharacter(utf8);
    ++result.characters;
    const bool blank = IsIn(kBlankCharacters, character);
    const bool deceptive = IsIn(kDeceptive, character);
    const bool joiner = IsIn(kJoinersAndMarks, character);
    combining_run = IsIn(kCombining, character) ? combining_run + 1 : 0;
    result.deceptive |= deceptive;
    result.markup |= character == '<' || character == '>';
    result.unusual |= joiner || combining_run > kLongestCombiningRun || (blank && after_blank);
    result.blank &= blank || deceptive || joiner || IsIn(kVariationSelectors, character);
    after_blank = blank;
  }
  result.unusual |= result.characters > 0 && after_blank;
  return result;
}

}  // namespace cimd::metadata
