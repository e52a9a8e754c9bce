#ifndef CIMD_TESTS_SERVER_BACKUP_BACKUP_DIRECTORY_H_
#define CIMD_TESTS_SERVER_BACKUP_BACKUP_DIRECTORY_H_

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "server/backup/backup.h"
#include "tests/testing/temp_dir.h"

namespace cimd::backup {

// A backup directory. A few files take the place of the store.
class BackupTest : public ::testing::Test {
 protected:
  static void Write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
  static std::string Read(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
  }

  absl::StatusOr<storage::BackupManifest> Create(const std::string& name, int64_t create_seconds = 1'700'000'000) {
    storage::BackupManifest about;
    about.set_schema_version(1);
    about.mutable_create_time()->set_seconds(create_seconds);
    return CreateBackup(dir_.path(), name, about, [this](const std::string& directory) -> absl::StatusOr<int64_t> {
      EXPECT_FALSE(std::filesystem::exists(directory));
      std::filesystem::create_directory(directory);
      for (const auto& [file, content] : files_) Write(directory + "/" + file, content);
      if (!copied_.ok()) return copied_;
      return 42;
    });
  }

  testing::TempDir dir_;
  std::map<std::string, std::string> files_ = {
      {"CURRENT", "MANIFEST-1\\n"}, {"000001.sst", std::string(3'000'000, 's')}, {"empty", ""}};
  // The result of copying the store.
  absl::Status copied_;
};

}  // namespace cimd::backup

#endif  // CIMD_TESTS_SERVER_BACKUP_BACKUP_DIRECTORY_H_
