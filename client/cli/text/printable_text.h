#ifndef CIMD_CLIENT_CLI_TEXT_PRINTABLE_TEXT_H_
#define CIMD_CLIENT_CLI_TEXT_PRINTABLE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

// Makes untrusted text safe for a terminal. Text from documents, publishers and other callers is attacker-controlled.
// Terminals execute escape sequences, which can hide a line, change the window's title or answer a question instead of
// the operator. cimdctl passes all such text through these functions.
namespace cimd::cli {

// Escapes the characters that control a terminal or change the displayed order of text: controls (C0, DEL, C1),
// bidirectional controls, invisible and tag characters, line and paragraph separators. They become "\x1b" or
// "\u{202e}"; bytes that are not UTF-8 become "\xff". Line breaks and tabs are also escaped, so the result is one line.
std::string Printable(std::string_view text);

// The same for text of several lines: line feeds and tabs are left unchanged.
std::string PrintableLines(std::string_view text);

// The same for JSON text, with JSON escapes such as "\u001b", so that its meaning does not change. Line feeds between
// tokens are left unchanged.
std::string PrintableJson(std::string_view json);

// The number of terminal columns of a result of Printable. Wide characters count as two, combining marks as zero.
size_t Width(std::string_view printable);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_PRINTABLE_TEXT_H_
