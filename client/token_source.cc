#include "client/token_source.h"

#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/synchronization/mutex.h"
#include "fmt/format.h"

namespace cimd::client {
namespace {

class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<std::string> Token() {
    absl::MutexLock lock(&mutex_);
    struct stat status = {};
    if (stat(path_.c_str(), &status) != 0) return LastOr(absl::NotFoundError(fmt::format("cannot read {}", path_)));
    const Version version(status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    if (version == version_ && !token_.empty()) return token_;
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream content;
    if (!(content << file.rdbuf())) return LastOr(absl::NotFoundError(fmt::format("cannot read {}", path_)));
    std::string token = content.str();
    absl::StripAsciiWhitespace(&token);
    if (token.empty()) return LastOr(absl::InvalidArgumentError(fmt::format("{} is empty", path_)));
    version_ = version;
    token_ = std::move(token);
    return token_;
  }

 private:
  // Identifies a version of the file: inode, size, and time of the last change in seconds and nanoseconds.
  using Version = std::tuple<ino_t, off_t, time_t, long>;

  absl::StatusOr<std::string> LastOr(absl::Status error) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (token_.empty()) return error;
    return token_;
  }

  const std::string path_;
  absl::Mutex mutex_;
  Version version_ ABSL_GUARDED_BY(mutex_);
  // The last token that was read; empty before the first successful read.
  std::string token_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

TokenSource TokenFromFile(std::string path) {
  auto file = std::make_shared<TokenFile>(std::move(path));
  return [file] { return file->Token(); };
}

}  // namespace cimd::client
