#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/storage/rocksdb/writer_process.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/eventually.h"
#include "tests/testing/status_matchers.h"

// Processes that are killed while they commit.
namespace cimd::storage {
namespace {

// A writer_process on the directory, and the acknowledgements that it writes.
class WriterProcess {
 public:
  explicit WriterProcess(const std::string& directory) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl(CIMD_WRITER_PROCESS, CIMD_WRITER_PROCESS, directory.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    acknowledgements_ = ends[0];
  }
  ~WriterProcess() {
    Kill();
    close(acknowledgements_);
  }

  // Waits for one acknowledgement. Returns false if the process has ended and all acknowledgements were read.
  bool Next(WriterAcknowledgement& acknowledgement) {
    return read(acknowledgements_, &acknowledgement, sizeof(acknowledgement)) == sizeof(acknowledgement);
  }

  // Calls after the first one do nothing.
  void Kill() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    int status = 0;
    waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended before it was killed";
    child_ = 0;
  }

 private:
  pid_t child_;
  int acknowledgements_;
};

bool HasFileLike(const std::string& directory, std::string_view part) {
  std::error_code not_there_yet;
  for (const auto& file : std::filesystem::directory_iterator(directory, not_there_yet)) {
    if (file.path().filename().string().find(part) != std::string::npos) return true;
  }
  return part.empty() && std::filesystem::exists(directory);
}

TEST(RocksDbCrashTest, NothingAcknowledgedIsLostWhenTheProcessIsKilled) {
  constexpr int kRounds = 6;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::minstd_rand random(seed);
  StoreDirectory directory;
  std::array<int, kWriterThreads> acknowledged = {};
  for (int round = 0; round < kRounds; ++round) {
    {
      WriterProcess writer(directory.path());
      WriterAcknowledgement acknowledgement;
      const int kill_after = std::uniform_int_distribution<int>(1, 300)(random);
      for (int i = 0; i < kill_after; ++i) {
        ASSERT_TRUE(writer.Next(acknowledgement)) << "the writer failed";
        acknowledged.at(acknowledgement.thread) = acknowledgement.commit;
      }
      writer.Kill();
      while (writer.Next(acknowledgement)) acknowledged.at(acknowledgement.thread) = acknowledgement.commit;
    }

    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(WriterOptions(directory.path())));
    std::map<std::string, int> last;
    Revision commits = 0;
    for (int t = 0; t < kWriterThreads; ++t) {
      const absl::StatusOr<std::string> first = Get(*store, WriterKey(t, "first"));
      EXPECT_EQ(Get(*store, WriterKey(t, "second")), first) << "half a commit";
      // A thread may have made no commit yet.
      ASSERT_TRUE(first.ok() || absl::IsNotFound(first.status())) << first.status();
      const int found = first.ok() ? std::stoi(*first) : 0;
      EXPECT_GE(found, acknowledged.at(t)) << "thread " << t;
      EXPECT_LE(found, acknowledged.at(t) + 1) << "thread " << t;
      acknowledged.at(t) = found;
      commits += found;
    }
    EXPECT_EQ(store->CurrentRevision(), commits);

    // The history must also contain every commit exactly once.
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Watch> watch, store->WatchChanges("", 0));
    for (Revision told = 1; told <= commits; ++told) {
      CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch batch, watch->Next(absl::ZeroDuration()));
      ASSERT_EQ(batch.revision, told);
      ASSERT_EQ(batch.changes.size(), 2u);
      EXPECT_EQ(std::stoi(*batch.changes[0].value), ++last[batch.changes[0].key]);
    }
  }
}

TEST(RocksDbCrashTest, AKillWhileTheStoreIsMadeLeavesOneThatOpens) {
  // The files that RocksDB creates first, in this order, up to the first table.
  for (const char* last_file : {"", "LOCK", "IDENTITY", "MANIFEST", "CURRENT", ".log", "OPTIONS", ".sst"}) {
    SCOPED_TRACE(last_file);
    StoreDirectory directory;
    {
      WriterProcess writer(directory.path());
      ASSERT_TRUE(
          testing::Eventually([&] { return HasFileLike(directory.path(), last_file); }, "the engine makes the file"));
      writer.Kill();
    }
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(WriterOptions(directory.path())));
    CIMD_EXPECT_OK(Put(*store, "a", "1"));
  }
}

}  // namespace
}  // namespace cimd::storage
