#include "server/backup/backup.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "server/backup/files.h"

namespace cimd::backup {
namespace {

using storage::BackupFile;
using storage::BackupManifest;

constexpr size_t kMaxNameBytes = 64;
// Enough for several hundred thousand files.
constexpr size_t kMaxManifestBytes = 64 << 20;

// The prefix and suffix of an unfinished backup's name. No valid backup name contains them.
constexpr std::string_view kUnfinishedBegin = ".";
constexpr std::string_view kUnfinishedEnd = ".unfinished";

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Whether the path is "db/" and the name of a file.
bool IsBackupPath(std::string_view path) {
  const std::string prefix = fmt::format("{}/", kDatabaseDirectory);
  if (!path.starts_with(prefix)) return false;
  const std::string_view name = path.substr(prefix.size());
  return !name.empty() && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsNameCharacter(c) || c == '.'; });
}

absl::Status Damaged(const std::string& directory, std::string_view what) {
  return absl::DataLossError(fmt::format("the backup {} is damaged: {}", directory, what));
}

// Adds the files of the copied store to the manifest and makes the files durable.
absl::Status AddFiles(const std::string& directory, BackupManifest& manifest) {
  const std::string database = fmt::format("{}/{}", directory, kDatabaseDirectory);
  absl::StatusOr<std::vector<std::string>> names = ListDirectory(database);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const std::string path = fmt::format("{}/{}", database, name);
    absl::StatusOr<FileDigest> digest = DigestFile(path);
    if (!digest.ok()) return digest.status();
    if (absl::Status status = SyncFile(path); !status.ok()) return status;
    BackupFile& file = *manifest.add_files();
    file.set_path(fmt::format("{}/{}", kDatabaseDirectory, name));
    file.set_size(digest->size);
    file.set_sha256(digest->sha256);
  }
  return SyncDirectory(database);
}

absl::Status WriteManifest(const std::string& directory, const BackupManifest& manifest) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(manifest, &json, options).ok()) {
    return absl::InternalError("the manifest cannot be written as JSON");
  }
  if (absl::Status status = WriteNewFile(fmt::format("{}/{}", directory, kManifestFile), json); !status.ok()) {
    return status;
  }
  return SyncDirectory(directory);
}

absl::StatusOr<BackupManifest> FillBackup(
    const std::string& directory, const BackupManifest& about,
    absl::FunctionRef<absl::StatusOr<int64_t>(const std::string& directory)> copy_store) {
  absl::StatusOr<int64_t> revision = copy_store(fmt::format("{}/{}", directory, kDatabaseDirectory));
  if (!revision.ok()) return revision.status();
  BackupManifest manifest = about;
  manifest.set_format(kFormat);
  manifest.set_revision(*revision);
  if (absl::Status status = AddFiles(directory, manifest); !status.ok()) return status;
  if (absl::Status status = WriteManifest(directory, manifest); !status.ok()) return status;
  return manifest;
}

bool IsUnfinishedName(std::string_view name) {
  if (!name.starts_with(kUnfinishedBegin) || !name.ends_with(kUnfinishedEnd)) return false;
  name.remove_suffix(kUnfinishedEnd.size());
  return name.size() > kUnfinishedBegin.size() && IsBackupName(name.substr(kUnfinishedBegin.size()));
}

// Removes the unfinished backups of killed processes.
void RemoveUnfinished(const std::string& root) {
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(root);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    std::error_code ignored;
    if (IsUnfinishedName(name)) std::filesystem::remove_all(fmt::format("{}/{}", root, name), ignored);
  }
}

// Checks that the directory contains exactly the files in the manifest.
absl::Status CheckNames(const std::string& directory, const BackupManifest& manifest) {
  std::vector<std::string> listed;
  for (const BackupFile& file : manifest.files()) listed.push_back(file.path());
  std::sort(listed.begin(), listed.end());
  if (std::adjacent_find(listed.begin(), listed.end()) != listed.end()) {
    return Damaged(directory, "its manifest lists a file twice");
  }
  absl::StatusOr<std::vector<std::string>> names = ListDirectory(fmt::format("{}/{}", directory, kDatabaseDirectory));
  if (!names.ok()) return Damaged(directory, std::string(names.status().message()));
  for (const std::string& name : *names) {
    const std::string path = fmt::format("{}/{}", kDatabaseDirectory, name);
    if (!std::binary_search(listed.begin(), listed.end(), path)) {
      return Damaged(directory, fmt::format("{} is not part of it", path));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsBackupName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), IsNameCharacter);
}

absl::StatusOr<std::string> FindNewestBackup(const std::string& root) {
  absl::StatusOr<std::vector<std::string>> names = ListDirectory(root);
  if (!names.ok()) return names.status();
  std::string newest;
  timespec newest_time{};
  for (std::string& name : *names) {
    struct stat manifest;
    const std::string path = fmt::format("{}/{}/{}", root, name, kManifestFile);
    if (!IsBackupName(name) || lstat(path.c_str(), &manifest) != 0) continue;
    const timespec& time = manifest.st_mtim;
    const bool newer = std::tie(time.tv_sec, time.tv_nsec) > std::tie(newest_time.tv_sec, newest_time.tv_nsec);
    if (!newest.empty() && !newer) continue;
    newest = std::move(name);
    newest_time = time;
  }
  return newest;
}

absl::StatusOr<BackupManifest> CreateBackup(
    const std::string& root, const std::string& name, const BackupManifest& about,
    absl::FunctionRef<absl::StatusOr<int64_t>(const std::string& directory)> copy_store) {
  if (!IsBackupName(name)) return absl::InvalidArgumentError(fmt::format("'{}' is not a name for a backup", name));
  const std::string finished = fmt::format("{}/{}", root, name);
  if (struct stat existing; lstat(finished.c_str(), &existing) == 0) {
    return absl::AlreadyExistsError(fmt::format("{} exists", finished));
  }
  RemoveUnfinished(root);
  const std::string directory = fmt::format("{}/{}{}{}", root, kUnfinishedBegin, name, kUnfinishedEnd);
  if (mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return absl::InternalError(fmt::format("cannot remove {}, which is left over", directory));
    return absl::ErrnoToStatus(errno, fmt::format("cannot create {}", directory));
  }
  absl::StatusOr<BackupManifest> manifest = FillBackup(directory, about, copy_store);
  std::string left = directory;
  if (manifest.ok()) {
    // rename(2) only replaces an empty directory.
    if (rename(directory.c_str(), finished.c_str()) != 0) {
      manifest = absl::ErrnoToStatus(errno, fmt::format("cannot rename {}", directory));
    } else {
      left = finished;
      if (absl::Status status = SyncDirectory(root); !status.ok()) manifest = status;
    }
  }
  std::error_code ignored;
  if (!manifest.ok()) std::filesystem::remove_all(left, ignored);
  return manifest;
}

absl::StatusOr<BackupManifest> ReadManifest(const std::string& directory) {
  const std::string path = fmt::format("{}/{}", directory, kManifestFile);
  absl::StatusOr<std::string> json = ReadSmallFile(path, kMaxManifestBytes);
  if (absl::IsNotFound(json.status())) {
    return absl::NotFoundError(
        fmt::format("{} is no backup, or one that was not finished: it has no {}", directory, kManifestFile));
  }
  if (!json.ok()) return json.status();
  BackupManifest manifest;
  if (!google::protobuf::util::JsonStringToMessage(*json, &manifest).ok()) {
    return Damaged(directory, "its manifest does not parse");
  }
  if (manifest.format() != kFormat) {
    return absl::FailedPreconditionError(fmt::format("the backup {} has format {}; this program knows format {}",
                                                     directory, manifest.format(), kFormat));
  }
  if (manifest.files().empty()) return Damaged(directory, "its manifest lists no files");
  for (const BackupFile& file : manifest.files()) {
    if (!IsBackupPath(file.path())) return Damaged(directory, "its manifest lists a path that cannot be part of it");
  }
  return manifest;
}

absl::StatusOr<BackupManifest> VerifyBackup(const std::string& directory) {
  absl::StatusOr<BackupManifest> manifest = ReadManifest(directory);
  if (!manifest.ok()) return manifest.status();
  if (absl::Status status = CheckNames(directory, *manifest); !status.ok()) return status;
  for (const BackupFile& file : manifest->files()) {
    absl::StatusOr<FileDigest> digest = DigestFile(fmt::format("{}/{}", directory, file.path()));
    if (!digest.ok()) return Damaged(directory, std::string(digest.status().message()));
    if (digest->size != file.size() || digest->sha256 != file.sha256()) {
      return Damaged(directory, fmt::format("{} is not as it was written", file.path()));
    }
  }
  return manifest;
}

absl::Status RemoveBackupsBefore(const std::string& root, absl::Time time,
                                 absl::FunctionRef<void(const std::string& name, const absl::Status& removal)> report) {
  absl::StatusOr<std::vector<std::string>> names = ListDirectory(root);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const std::filesystem::path directory = fmt::format("{}/{}", root, name);
    std::error_code error;
    if (!IsBackupName(name) || !is_directory(symlink_status(directory, error))) continue;
    absl::StatusOr<BackupManifest> manifest = ReadManifest(directory);
    if (!manifest.ok() || absl::FromUnixSeconds(manifest->create_time().seconds()) >= time) continue;
    // Removes the manifest last; see RemoveBackupsBefore.
    remove_all(directory / kDatabaseDirectory, error);
    if (!error) remove_all(directory, error);
    report(name, error ? absl::ErrnoToStatus(error.value(), fmt::format("cannot remove {}", directory.string()))
                       : absl::OkStatus());
  }
  return absl::OkStatus();
}

}  // namespace cimd::backup
