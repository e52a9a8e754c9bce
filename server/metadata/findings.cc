#include "server/metadata/findings.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace cimd::metadata {

v1::Finding MakeFinding(v1::FindingReason reason, std::string path, std::string message) {
  v1::Finding finding;
  finding.set_reason(reason);
  finding.set_path(std::move(path));
  finding.set_message(std::move(message));
  return finding;
}

std::string Quoted(std::string_view text) {
  constexpr size_t kMaxBytes = 80;
  return absl::StrCat("\"", absl::CHexEscape(std::string(text.substr(0, kMaxBytes))),
                      text.size() > kMaxBytes ? "...\"" : "\"");
}

}  // namespace cimd::metadata
