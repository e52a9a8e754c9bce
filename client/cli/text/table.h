#ifndef CIMD_CLIENT_CLI_TEXT_TABLE_H_
#define CIMD_CLIENT_CLI_TEXT_TABLE_H_

#include <string>
#include <vector>

namespace cimd::cli {

// Rows of text in aligned columns, two blanks apart. Cells may contain untrusted text; they are made printable
// (printable_text.h).
class Table {
 public:
  // `titles` are the titles of the columns. An empty list makes a table without a heading.
  explicit Table(const std::vector<std::string>& titles = {});

  // Rows may have different numbers of cells.
  void AddRow(const std::vector<std::string>& cells);

  // Lines that each end with a line feed; no line ends with blanks.
  std::string Render() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_TABLE_H_
