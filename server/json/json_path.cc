#include "server/json/json_path.h"

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace cimd::json {
namespace {

bool IsWord(std::string_view name) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name.front()))) return false;
  for (unsigned char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

}  // namespace

std::string MemberPath(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (IsWord(name)) return path.append(".").append(name);
  path.append("['");
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppend(&path, "\\u", absl::Hex(byte, absl::kZeroPad4));
    } else {
      if (c == '\'' || c == '\\') path.push_back('\\');
      path.push_back(c);
    }
  }
  return path.append("']");
}

std::string ElementPath(std::string_view parent, size_t index) {
  return std::string(parent).append("[").append(std::to_string(index)).append("]");
}

}  // namespace cimd::json
