#include "server/backup/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "fmt/format.h"
#include "server/crypto/sha256.h"

namespace cimd::backup {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

absl::Status Failure(std::string_view doing, std::string_view path) {
  return absl::ErrnoToStatus(errno, fmt::format("cannot {} {}", doing, path));
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  bool valid() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status WriteAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failure("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Calls `take` with each chunk of a regular file, in order.
absl::Status ReadPieces(const std::string& path, absl::FunctionRef<absl::Status(std::string_view)> take) {
  // O_NONBLOCK: otherwise opening a named pipe would wait for a writer.
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  if (!file.valid()) return Failure("open", path);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return Failure("open", path);
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(fmt::format("{} is not a regular file", path));
  const auto piece = std::make_unique<char[]>(kPieceBytes);
  while (true) {
    const ssize_t size = read(file.get(), piece.get(), kPieceBytes);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Failure("read", path);
    if (size == 0) return absl::OkStatus();
    if (absl::Status status = take({piece.get(), static_cast<size_t>(size)}); !status.ok()) return status;
  }
}

absl::StatusOr<FileDigest> Digest(const std::string& path, absl::FunctionRef<absl::Status(std::string_view)> take) {
  FileDigest result;
  crypto::Sha256Stream digest;
  absl::Status status = ReadPieces(path, [&](std::string_view piece) {
    result.size += static_cast<int64_t>(piece.size());
    digest.Update(piece);
    return take(piece);
  });
  if (!status.ok()) return status;
  result.sha256 = digest.FinishHex();
  return result;
}

absl::Status Sync(const std::string& path, int flags) {
  const Descriptor file(path, O_RDONLY | flags);
  return file.valid() && fsync(file.get()) == 0 ? absl::OkStatus() : Failure("synchronise", path);
}

}  // namespace

absl::StatusOr<FileDigest> DigestFile(const std::string& path) {
  return Digest(path, [](std::string_view) { return absl::OkStatus(); });
}

absl::StatusOr<FileDigest> CopyFile(const std::string& from, const std::string& to) {
  const Descriptor copy(to, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (!copy.valid()) return Failure("create", to);
  absl::StatusOr<FileDigest> digest =
      Digest(from, [&](std::string_view piece) { return WriteAll(copy.get(), piece, to); });
  if (digest.ok() && fsync(copy.get()) != 0) return Failure("synchronise", to);
  return digest;
}

absl::Status SyncFile(const std::string& path) { return Sync(path, 0); }

absl::Status SyncDirectory(const std::string& path) { return Sync(path, O_DIRECTORY); }

absl::Status WriteNewFile(const std::string& path, std::string_view content) {
  const Descriptor file(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (!file.valid()) return Failure("create", path);
  if (absl::Status status = WriteAll(file.get(), content, path); !status.ok()) return status;
  return fsync(file.get()) == 0 ? absl::OkStatus() : Failure("synchronise", path);
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  std::string content;
  absl::Status status = ReadPieces(path, [&](std::string_view piece) {
    content.append(piece);
    return content.size() <= max_bytes
               ? absl::OkStatus()
               : absl::InvalidArgumentError(fmt::format("{} is longer than {} bytes", path, max_bytes));
  });
  if (!status.ok()) return status;
  return content;
}

absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (auto entry = std::filesystem::directory_iterator(path, error); !error && entry != end(entry);
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) {
    errno = error.value();
    return Failure("list", path);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cimd::backup
