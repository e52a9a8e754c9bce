#include "storage/rocksdb/rocksdb_acknowledged.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "storage/rocksdb/rocksdb_format.h"

namespace cimd::storage {
namespace {

constexpr auto kSyncInterval = std::chrono::seconds(1);
constexpr int kNumberBytes = 8;

// The revision and its bitwise complement, so that a torn write is detected.
std::string Encode(Revision revision) {
  std::string bytes = EncodeInt64(revision);
  for (int i = 0; i < kNumberBytes; ++i) bytes.push_back(static_cast<char>(~bytes[static_cast<size_t>(i)]));
  return bytes;
}

}  // namespace

AcknowledgedRevision::AcknowledgedRevision(const std::string& directory) {
  const std::string path = directory + "/" + kFileName;
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

AcknowledgedRevision::~AcknowledgedRevision() {
  if (descriptor_ < 0) return;
  if (unsynced_) fdatasync(descriptor_);
  close(descriptor_);
}

Revision AcknowledgedRevision::Read() const {
  std::string bytes(2 * kNumberBytes, '\0');
  if (descriptor_ < 0 || pread(descriptor_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return 0;
  }
  const std::optional<Revision> revision = DecodeInt64(std::string_view(bytes).substr(0, kNumberBytes));
  return revision.has_value() && Encode(*revision) == bytes ? *revision : 0;
}

void AcknowledgedRevision::Write(Revision revision) {
  const std::string bytes = Encode(revision);
  if (descriptor_ < 0 || pwrite(descriptor_, bytes.data(), bytes.size(), 0) < 0) return;
  unsynced_ = true;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_sync_ < kSyncInterval) return;
  fdatasync(descriptor_);
  unsynced_ = false;
  last_sync_ = now;
}

}  // namespace cimd::storage
