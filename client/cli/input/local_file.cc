#include "client/cli/input/local_file.h"

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

#include "fmt/format.h"

namespace cimd::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

absl::StatusOr<std::string> ReadLocalFile(const std::string& path, size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string content(max_bytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  // A short read sets failbit as well as eofbit. A directory, or a file that cannot be opened, does not set eofbit.
  if (!file.eof() && !file.good()) {
    return absl::NotFoundError(fmt::format("cannot read {}: {}", path, std::generic_category().message(errno)));
  }
  content.resize(static_cast<size_t>(file.gcount()));
  if (content.size() > max_bytes) {
    return absl::InvalidArgumentError(fmt::format("{} is longer than {} bytes", path, max_bytes));
  }
  return content;
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path, size_t max_bytes) {
  absl::StatusOr<std::string> content = ReadLocalFile(path, max_bytes);
  if (content.ok()) SkipByteOrderMark(*content);
  return content;
}

void SkipByteOrderMark(std::string& text) {
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
}

}  // namespace cimd::cli
