#ifndef CIMD_CLIENT_CLI_TEXT_PRINTABLE_TEXT_H_
#define CIMD_CLIENT_CLI_TEXT_PRINTABLE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

// Text from documents, publishers and other callers is attacker-controlled, and a terminal obeys what it is sent: an
// escape sequence can hide a line, change the window's title or answer a question in the operator's place. Everything
// of that kind that cimdctl prints passes through here.
namespace cimd::cli {

// `text` with every character made visible that a terminal would act upon or that would make it show another order
// than is there: controls (C0, DEL, C1), bidirectional controls, invisible and tag characters, line and paragraph
// separators become "\x1b" or "\u{202e}", bytes that are no UTF-8 "\xff". Line breaks and tabs are controls, too, so
// that the result is one line.
std::string Printable(std::string_view text);

// The same for text of many lines: line feeds and tabs stay as they are.
std::string PrintableLines(std::string_view text);

// The same for JSON text, whose meaning does not change: "\u001b". Line feeds between its tokens stay.
std::string PrintableJson(std::string_view json);

// Columns that the result of Printable takes on a terminal, counting wide characters twice and marks not at all.
size_t Width(std::string_view printable);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_PRINTABLE_TEXT_H_
