#include "server/text/character.h"

#include <unicode/uchar.h>
#include <unicode/utf.h>

#include <algorithm>
#include <iterator>

namespace cimd::text {
namespace {

// Drawn empty although no property says so: Hangul fillers, the empty Braille pattern, a note without a head, and the
// blanks of Egyptian hieroglyphs.
constexpr UChar32 kEmptyShapes[] = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0, 0x13441, 0x13442, 0x1D159};

bool IsJoinerOrDirectionMark(UChar32 c) { return c == 0x034F || c == 0x061C || (c >= 0x200C && c <= 0x200F); }

bool IsInterlinearAnnotation(UChar32 c) { return c >= 0xFFF9 && c <= 0xFFFB; }

bool IsMark(UChar32 c) { return (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0; }

}  // namespace

Appearance AppearanceOf(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  if ((U_GET_GC_MASK(c) & (U_GC_CC_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK)) != 0) return Appearance::kControl;
  if (std::find(std::begin(kEmptyShapes), std::end(kEmptyShapes), c) != std::end(kEmptyShapes)) {
    return Appearance::kBlank;
  }
  if (u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR)) return Appearance::kVariationSelector;
  if (IsJoinerOrDirectionMark(c)) return Appearance::kJoiner;
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL) ||
      IsInterlinearAnnotation(c) || U_IS_UNICODE_NONCHAR(c)) {
    return Appearance::kInvisible;
  }
  if (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE)) return Appearance::kBlank;
  return IsMark(c) ? Appearance::kMark : Appearance::kVisible;
}

bool HasNoMeaning(char32_t character) {
  return (U_GET_GC_MASK(static_cast<UChar32>(character)) & (U_GC_CN_MASK | U_GC_CO_MASK)) != 0;
}

int ColumnsOf(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  const Appearance appearance = AppearanceOf(character);
  if (appearance != Appearance::kVisible && appearance != Appearance::kBlank) return 0;
  // Vowels and final consonants of Korean are drawn into the syllable that their initial consonant began.
  const int syllable = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
  if (syllable == U_HST_VOWEL_JAMO || syllable == U_HST_TRAILING_JAMO) return 0;
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_FULLWIDTH || width == U_EA_WIDE ? 2 : 1;
}

}  // namespace cimd::text
