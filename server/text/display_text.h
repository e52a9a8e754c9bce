#ifndef CIMD_SERVER_TEXT_DISPLAY_TEXT_H_
#define CIMD_SERVER_TEXT_DISPLAY_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace cimd::text {

// What is notable about text that a publisher chose and users will read on a consent screen.
struct DisplayText {
  // Unicode code points.
  size_t characters = 0;
  // Shows nothing: no character has a shape of its own.
  bool blank = true;
  // Has characters that make a screen show something else than what is there (Appearance::kControl and kInvisible).
  // No name needs them.
  bool deceptive = false;
  // Has what some scripts need and others are abused with: joiners, direction marks, runs of more than three combining
  // marks, variation selectors that follow nothing that has variants, padding with blanks, characters that Unicode
  // gives no meaning.
  bool unusual = false;
  // Has "<" or ">".
  bool markup = false;
};

// Inspects UTF-8 that an attacker controls. Ill-formed bytes count as one deceptive character each. Linear.
DisplayText InspectDisplayText(std::string_view utf8);

// Columns that `utf8` takes on a terminal, the sum of ColumnsOf(). An ill-formed byte takes one column. Linear.
size_t DisplayWidth(std::string_view utf8);

}  // namespace cimd::text

#endif  // CIMD_SERVER_TEXT_DISPLAY_TEXT_H_
