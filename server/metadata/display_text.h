#ifndef CIMD_SERVER_METADATA_DISPLAY_TEXT_H_
#define CIMD_SERVER_METADATA_DISPLAY_TEXT_H_

#include <cstddef>
#include <string_view>

namespace cimd::metadata {

// What is notable about text that a publisher chose and users will read on a consent screen.
struct DisplayText {
  // Unicode code points.
  size_t characters = 0;
  // Shows nothing: empty, or nothing but blanks and invisible characters.
  bool blank = true;
  // Has characters that make a screen show something else than what is there: controls, line and paragraph separators,
  // bidirectional embeddings, overrides and isolates, invisible characters that no script needs. Nobody's name has
  // them.
  bool deceptive = false;
  // Has what some scripts need and others are abused with: joiners, direction marks, runs of more than three combining
  // marks, padding with blanks.
  bool unusual = false;
  // Has "<" or ">".
  bool markup = false;
};

// Looks at attacker-controlled, well-formed UTF-8. Pure; linear.
DisplayText InspectDisplayText(std::string_view utf8);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_DISPLAY_TEXT_H_
