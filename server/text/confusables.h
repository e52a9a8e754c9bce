#ifndef CIMD_SERVER_TEXT_CONFUSABLES_H_
#define CIMD_SERVER_TEXT_CONFUSABLES_H_

#include <string>
#include <string_view>

namespace cimd::text {

// What in a text is likely to be read as something else, by Unicode Technical Standard 39. Honest text can have it, so
// it is a reason to look closely and none to refuse.
struct Confusables {
  // The first word whose letters belong to scripts that are not written together in one word, as of UTF-8 in which
  // one letter of a Latin word is Cyrillic. Empty when there is none.
  std::string mixed_word;
  // What the text reads like in ASCII when each of its letters and digits has an ASCII lookalike and at least one of
  // them is not Latin: "Coca" for a word in Cyrillic. Empty otherwise.
  std::string reads_like;
};

// Inspects UTF-8 that an attacker controls; finds nothing in ill-formed text. Thread-safe. About linear.
Confusables FindConfusables(std::string_view utf8);

}  // namespace cimd::text

#endif  // CIMD_SERVER_TEXT_CONFUSABLES_H_
