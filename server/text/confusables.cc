#include "server/text/confusables.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uset.h>
#include <unicode/uspoof.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "server/text/character.h"
#include "server/text/utf8.h"

namespace cimd::text {
namespace {

using std::string_view;

// ICU's checkers. Open for the life of the program and never written to again, so that threads may share them. Null
// when ICU's data is not there; then nothing is found.
struct Checkers {
  USpoofChecker* spoof = nullptr;
  const UNormalizer2* compatibility = nullptr;
  const USet* recommended = nullptr;

  Checkers() {
    UErrorCode error = U_ZERO_ERROR;
    spoof = uspoof_open(&error);
    uspoof_setChecks(spoof, USPOOF_RESTRICTION_LEVEL, &error);
    uspoof_setRestrictionLevel(spoof, USPOOF_HIGHLY_RESTRICTIVE);
    compatibility = unorm2_getNFKCInstance(&error);
    recommended = uspoof_getRecommendedSet(&error);
    if (U_FAILURE(error)) spoof = nullptr;
  }
};

const Checkers& GetCheckers() {
  static const auto& checkers = *new Checkers();
  return checkers;
}

// One character as ICU takes text.
struct Utf16 {
  UChar units[2];
  int32_t length = 0;

  explicit Utf16(UChar32 c) { U16_APPEND_UNSAFE(units, length, c); }
};

bool IsAsciiAlphanumeric(UChar c) {
  return (c >= u'0' && c <= u'9') || (c >= u'A' && c <= u'Z') || (c >= u'a' && c <= u'z');
}

// The ASCII letters and digits that `c`, a letter or digit outside of ASCII, can be taken for; empty when there are
// none.
std::string AsciiLookalike(const Checkers& checkers, UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  const Utf16 text(c);
  UChar plain[8];
  int32_t plain_length = text.length;
  std::copy_n(text.units, text.length, plain);
  // Letters that differ from ordinary ones in width or type face only.
  const int decomposition = u_getIntPropertyValue(c, UCHAR_DECOMPOSITION_TYPE);
  if (decomposition == U_DT_WIDE || decomposition == U_DT_FONT) {
    plain_length = unorm2_normalize(checkers.compatibility, text.units, text.length, plain,
                                    static_cast<int32_t>(std::size(plain)), &error);
  }
  UChar skeleton[32];
  const int32_t length = uspoof_getSkeleton(checkers.spoof, 0, plain, plain_length, skeleton,
                                            static_cast<int32_t>(std::size(skeleton)), &error);
  if (U_FAILURE(error) || !std::all_of(skeleton, skeleton + length, IsAsciiAlphanumeric)) return "";
  return std::string(skeleton, skeleton + length);
}

bool IsLetterOrDigit(UChar32 c) { return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_ND_MASK)) != 0; }

// Whether `c` belongs to a word once one has begun.
bool ContinuesWord(UChar32 c) {
  const Appearance appearance = AppearanceOf(static_cast<char32_t>(c));
  return u_isalnum(c) || appearance == Appearance::kMark || appearance == Appearance::kJoiner ||
         appearance == Appearance::kVariationSelector;
}

std::string FirstMixedWord(const Checkers& checkers, string_view utf8) {
  while (!utf8.empty()) {
    string_view rest = utf8;
    while (!rest.empty()) {
      string_view next = rest;
      if (!ContinuesWord(static_cast<UChar32>(*TakeCodePoint(next)))) break;
      rest = next;
    }
    const string_view word = utf8.substr(0, utf8.size() - rest.size());
    UErrorCode error = U_ZERO_ERROR;
    if (!word.empty() &&
        uspoof_checkUTF8(checkers.spoof, word.data(), static_cast<int32_t>(word.size()), nullptr, &error) != 0) {
      return std::string(word);
    }
    if (!rest.empty()) TakeCodePoint(rest);
    utf8 = rest;
  }
  return "";
}

std::string AsciiReading(const Checkers& checkers, string_view utf8) {
  // Whether a script has only letters that look like ASCII ones. One other letter tells what the word is.
  std::map<UScriptCode, bool> disguised;
  std::string reading;
  while (!utf8.empty()) {
    const string_view before = utf8;
    const auto c = static_cast<UChar32>(*TakeCodePoint(utf8));
    const string_view character = before.substr(0, before.size() - utf8.size());
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(c, &error);
    // Letters with accents and their like are how languages in Latin script are written.
    const bool ordinary = c < 0x80 || (script == USCRIPT_LATIN && uset_contains(checkers.recommended, c));
    const std::string lookalike = ordinary || !IsLetterOrDigit(c) ? "" : AsciiLookalike(checkers, c);
    reading.append(lookalike.empty() ? character : lookalike);
    if (ordinary || !IsLetterOrDigit(c)) continue;
    const auto [entry, is_new] = disguised.emplace(script, true);
    entry->second = entry->second && !lookalike.empty();
  }
  const bool found = std::any_of(disguised.begin(), disguised.end(), [](const auto& entry) { return entry.second; });
  return found ? reading : "";
}

}  // namespace

Confusables FindConfusables(string_view utf8) {
  const Checkers& checkers = GetCheckers();
  if (checkers.spoof == nullptr || !IsUtf8(utf8)) return {};
  return {FirstMixedWord(checkers, utf8), AsciiReading(checkers, utf8)};
}

}  // namespace cimd::text
