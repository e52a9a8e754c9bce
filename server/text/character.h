#ifndef CIMD_SERVER_TEXT_CHARACTER_H_
#define CIMD_SERVER_TEXT_CHARACTER_H_

// What single characters do on a screen, by the properties of the Unicode Character Database that ICU knows. Every
// function accepts any number as a code point, keeps no state and is thread-safe.
namespace cimd::text {

enum class Appearance {
  // Shows a shape of its own.
  kVisible,
  // Shows empty space: White_Space, the Hangul fillers and the few other characters that are drawn empty.
  kBlank,
  // Drawn onto the character before it: categories Mn and Me.
  kMark,
  // Shows nothing itself and chooses one of the shapes of the character before it.
  kVariationSelector,
  // Shows nothing itself and changes how its neighbours look: joiners and direction marks. Some scripts and emoji need
  // them.
  kJoiner,
  // Shows nothing, or makes a screen show another order than the text has, and no name needs it: the rest of
  // Default_Ignorable_Code_Point, bidirectional embeddings, overrides and isolates, noncharacters.
  kInvisible,
  // Categories Cc, Zl and Zp.
  kControl,
};

Appearance AppearanceOf(char32_t character);

// Whether Unicode gives the character no meaning, so that its look depends on the font: unassigned and private use.
bool HasNoMeaning(char32_t character);

// Columns that the character takes on a terminal: 0, 1 or 2 (Unicode Standard Annex 11).
int ColumnsOf(char32_t character);

}  // namespace cimd::text

#endif  // CIMD_SERVER_TEXT_CHARACTER_H_
