#include "server/fetch/trust_anchors.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace cimd::fetch {
namespace {

absl::StatusOr<std::string> ReadCertificates(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) return absl::InvalidArgumentError(absl::StrCat("'", path, "' cannot be read"));
  if (!absl::StrContains(text.str(), "-----BEGIN CERTIFICATE-----")) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' holds no certificate in PEM"));
  }
  return text.str();
}

// Whether the directory has a name such as "2e5ac55d.0", as `openssl rehash` makes them.
bool HasHashedNames(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.size() > 9 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8 &&
        name.find_first_not_of("0123456789", 9) == std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<TrustAnchors> LoadTrustAnchors(const std::string& system_file, const std::string& system_directory,
                                              const std::string& extra_file) {
  TrustAnchors anchors;
  if (!extra_file.empty()) {
    absl::StatusOr<std::string> extra = ReadCertificates(extra_file);
    if (!extra.ok()) return extra.status();
    anchors.pem = *std::move(extra);
  }
  if (HasHashedNames(system_directory)) {
    anchors.directory = system_directory;
  } else if (const absl::StatusOr<std::string> system = ReadCertificates(system_file); system.ok()) {
    absl::StrAppend(&anchors.pem, "\n", *system);
  }
  return anchors;
}

}  // namespace cimd::fetch
