#include "storage/used_assertions.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/types/span.h"
#include "fmt/format.h"

namespace cimd::storage {
namespace {

constexpr std::string_view kSuffix = ".used";

uint64_t Fnv1a(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

absl::Status SystemError(std::string_view what, const std::string& path) {
  return absl::UnavailableError(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

bool SyncDirectory(const std::string& directory) {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  return synced;
}

}  // namespace

// A record of a segment file, in the host's byte order. Segment files never move to another machine.
struct UsedAssertions::Record {
  Digest digest;
  uint64_t client;
  int64_t until_unix_seconds;
  // Over all fields before it. Detects a record that a crash or a full disk truncated.
  uint64_t checksum;

  uint64_t Checksum() const { return Fnv1a({reinterpret_cast<const char*>(this), offsetof(Record, checksum)}); }
};

struct UsedAssertions::Segment {
  std::string path;
  // Closed when the segment is finished and synchronized.
  int descriptor = -1;
  absl::Time started = absl::InfinitePast();
  // The expiry of the entry that expires last.
  int64_t until_unix_seconds = 0;
  bool unsynced = false;
  // Whether the segment's directory entry is synchronized, so that the file survives a power failure.
  bool listed = true;

  ~Segment() {
    if (descriptor >= 0) close(descriptor);
  }
};

UsedAssertions::UsedAssertions(UsedAssertionsOptions options) : options_(std::move(options)) {}

UsedAssertions::~UsedAssertions() { Sync(absl::InfinitePast()).IgnoreError(); }

std::string UsedAssertions::SegmentPath(int64_t number) const {
  return fmt::format("{}/{:012}{}", options_.directory, number, kSuffix);
}

absl::StatusOr<std::unique_ptr<UsedAssertions>> UsedAssertions::Open(UsedAssertionsOptions options, absl::Time now) {
  static_assert(sizeof(Record) == 56 && std::is_trivially_copyable_v<Record>);
  std::unique_ptr<UsedAssertions> log(new UsedAssertions(std::move(options)));
  const std::string& directory = log->options_.directory;
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return SystemError("make", directory);
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
    if (file.path().extension() == kSuffix) paths.push_back(file.path());
  }
  if (error) return absl::UnavailableError(fmt::format("cannot read {}: {}", directory, error.message()));
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    if (absl::Status status = log->Load(path, now); !status.ok()) return status;
  }
  return log;
}

// Nothing is appended to a loaded segment: each run begins a new one. So a torn record is always the last of its file.
absl::Status UsedAssertions::Load(const std::string& path, absl::Time now) {
  auto segment = std::make_shared<Segment>();
  segment->path = path;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError("open", path);
  std::vector<Record> records(4096);
  ssize_t bytes = 0;
  size_t offset = 0;
  do {
    bytes = pread(descriptor, records.data(), records.size() * sizeof(Record), static_cast<off_t>(offset));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) break;
    const size_t whole = static_cast<size_t>(bytes) / sizeof(Record);
    for (const Record& record : absl::Span<const Record>(records).subspan(0, whole)) {
      if (record.checksum != record.Checksum() || record.until_unix_seconds <= absl::ToUnixSeconds(now)) continue;
      Insert(record, now);
      segment->until_unix_seconds = std::max(segment->until_unix_seconds, record.until_unix_seconds);
    }
    offset += whole * sizeof(Record);
    if (whole == 0) break;
  } while (true);
  absl::Status status = bytes < 0 ? SystemError("read", path) : absl::OkStatus();
  close(descriptor);
  if (!status.ok()) return status;
  const absl::MutexLock lock(&files_mutex_);
  int64_t number = 0;
  const std::string name = std::filesystem::path(path).stem();
  std::from_chars(name.data(), name.data() + name.size(), number);
  next_number_ = std::max(next_number_, number + 1);
  segments_.push_back(std::move(segment));
  return absl::OkStatus();
}

UsedAssertions::Use UsedAssertions::Remember(std::string_view client, std::string_view digest, absl::Time until,
                                             absl::Time now) {
  Record record;
  std::copy_n(digest.begin(), std::min(digest.size(), kDigestBytes), record.digest.begin());
  record.client = Fnv1a(client);
  // Rounded up: an entry may be kept up to a second longer than necessary.
  record.until_unix_seconds = absl::ToUnixSeconds(until) + 1;
  record.checksum = record.Checksum();
  const Use use = Insert(record, now);
  if (use != Use::kFirst) return use;
  return Write(record, now) ? Use::kFirst : Use::kNotWritten;
}

UsedAssertions::Use UsedAssertions::Insert(const Record& record, absl::Time now) {
  Shard& shard = shards_[static_cast<uint8_t>(record.digest[0]) % kShards];
  const absl::MutexLock lock(&shard.mutex);
  Forget(shard, now);
  if (shard.until.contains(record.digest)) return Use::kAgain;
  if (size_ >= options_.max_entries || !CountIn(record.client)) return Use::kTooMany;
  shard.until.emplace(record.digest, record.until_unix_seconds);
  ++size_;
  shard.expiring[record.until_unix_seconds / 60].push_back({record.digest, record.client});
  return Use::kFirst;
}

bool UsedAssertions::CountIn(uint64_t client) {
  ClientCounts& counts = client_counts_[client % kShards];
  const absl::MutexLock lock(&counts.mutex);
  size_t& entries = counts.entries[client];
  if (entries >= options_.max_entries_per_client) return false;
  ++entries;
  return true;
}

void UsedAssertions::CountOut(uint64_t client) {
  ClientCounts& counts = client_counts_[client % kShards];
  const absl::MutexLock lock(&counts.mutex);
  const auto entries = counts.entries.find(client);
  if (--entries->second == 0) counts.entries.erase(entries);
}

void UsedAssertions::Forget(Shard& shard, absl::Time now) {
  const int64_t minute = absl::ToUnixSeconds(now) / 60;
  // Expired entries are kept for another minute, so that a delayed call still finds an entry that expired since the
  // call arrived.
  while (!shard.expiring.empty() && shard.expiring.begin()->first < minute - 1) {
    size_ -= shard.expiring.begin()->second.size();
    for (const Entry& entry : shard.expiring.begin()->second) {
      shard.until.erase(entry.digest);
      CountOut(entry.client);
    }
    shard.expiring.erase(shard.expiring.begin());
  }
}

bool UsedAssertions::Write(const Record& record, absl::Time now) {
  const absl::MutexLock lock(&files_mutex_);
  if (!writable_ || now - segments_.back()->started >= options_.segment_span || now < segments_.back()->started) {
    writable_ = false;
    auto segment = std::make_shared<Segment>();
    segment->path = SegmentPath(next_number_);
    segment->started = now;
    segment->listed = false;
    segment->descriptor = open(segment->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (segment->descriptor < 0) return false;
    ++next_number_;
    segments_.push_back(std::move(segment));
    writable_ = true;
  }
  Segment& segment = *segments_.back();
  const off_t end = lseek(segment.descriptor, 0, SEEK_END);
  ssize_t written = 0;
  do {
    written = write(segment.descriptor, &record, sizeof(record));
  } while (written < 0 && errno == EINTR);
  segment.unsynced = true;
  segment.until_unix_seconds = std::max(segment.until_unix_seconds, record.until_unix_seconds);
  if (written == static_cast<ssize_t>(sizeof(record))) return true;
  // A partial record would misalign all records after it: truncate it, or stop writing to this file. If nothing was
  // written, the file is intact and stays in use, so that a full disk does not cost a new file for each attempt.
  writable_ = written <= 0 || (end >= 0 && ftruncate(segment.descriptor, end) == 0);
  return false;
}

absl::Status UsedAssertions::Sync(absl::Time now) {
  // A client's entries are spread over all shards. Its allowance is only free again when every shard has dropped the
  // expired ones.
  for (Shard& shard : shards_) {
    const absl::MutexLock lock(&shard.mutex);
    Forget(shard, now);
  }
  std::vector<std::shared_ptr<Segment>> unsynced;
  {
    const absl::MutexLock lock(&files_mutex_);
    for (const std::shared_ptr<Segment>& segment : segments_) {
      if (!std::exchange(segment->unsynced, false)) continue;
      unsynced.push_back(segment);
    }
  }
  absl::Status status;
  // The lock is not held, so that Remember can continue to write. Only this thread closes descriptors (below).
  for (const std::shared_ptr<Segment>& segment : unsynced) {
    if (fdatasync(segment->descriptor) != 0) status = SystemError("synchronize", segment->path);
    if (!segment->listed && !SyncDirectory(options_.directory)) status = SystemError("synchronize", options_.directory);
    segment->listed = true;
  }
  const absl::MutexLock lock(&files_mutex_);
  if (writable_ && now - segments_.back()->started >= options_.segment_span) writable_ = false;
  for (auto segment = segments_.begin(); segment != segments_.end();) {
    const bool current = writable_ && std::next(segment) == segments_.end();
    if (!current && (*segment)->until_unix_seconds <= absl::ToUnixSeconds(now)) {
      if (unlink((*segment)->path.c_str()) != 0 && errno != ENOENT) status = SystemError("remove", (*segment)->path);
      segment = segments_.erase(segment);
      continue;
    }
    if (!current && !(*segment)->unsynced && (*segment)->descriptor >= 0) {
      close(std::exchange((*segment)->descriptor, -1));
    }
    ++segment;
  }
  return status;
}

}  // namespace cimd::storage
