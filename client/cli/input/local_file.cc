#include "client/cli/input/local_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "fmt/format.h"

namespace cimd::cli {

absl::StatusOr<std::string> ReadLocalFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(kMaxFileBytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  // A short read sets failbit, too; what could not be opened, and a directory, leave no end of file behind.
  if (!file.eof() && !file.good()) {
    return absl::NotFoundError(fmt::format("cannot read {}: {}", path, std::generic_category().message(errno)));
  }
  content.resize(static_cast<size_t>(file.gcount()));
  if (content.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(fmt::format("{} is longer than {} bytes", path, kMaxFileBytes));
  }
  return content;
}

}  // namespace cimd::cli
