#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "storage/rocksdb_store.h"
#include "tests/storage/store_directory.h"
#include "tests/storage/writer_process.h"
#include "tests/testing/status_matchers.h"

// Processes that are killed while they commit, and commits that share a log write.
namespace cimd::storage {
namespace {

// A writer_process on the directory, and the acknowledgements it reports.
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

  // Waits for one acknowledgement; false when the process has ended and all were read.
  bool Next(WriterAcknowledgement& acknowledgement) {
    return read(acknowledgements_, &acknowledgement, sizeof(acknowledgement)) == sizeof(acknowledgement);
  }

  // However often: once.
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
      CIMD_ASSERT_OK_AND_ASSIGN(std::string first, Get(*store, WriterKey(t, "first")));
      EXPECT_THAT(Get(*store, WriterKey(t, "second")), cimd::testing::IsOkAndHolds(first)) << "half a commit";
      const int found = std::stoi(first);
      EXPECT_GE(found, acknowledged.at(t)) << "thread " << t;
      EXPECT_LE(found, acknowledged.at(t) + 1) << "thread " << t;
      acknowledged.at(t) = found;
      commits += found;
    }
    EXPECT_EQ(store->CurrentRevision(), commits);

    // The history has every commit once, too.
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Watch> watch, store->WatchChanges("", 0));
    for (Revision told = 1; told <= commits; ++told) {
      CIMD_ASSERT_OK_AND_ASSIGN(ChangeBatch batch, watch->Next(absl::ZeroDuration()));
      ASSERT_EQ(batch.revision, told);
      ASSERT_EQ(batch.changes.size(), 2u);
      EXPECT_EQ(std::stoi(*batch.changes[0].value), ++last[batch.changes[0].key]);
    }
  }
}

TEST(RocksDbGroupCommitTest, ConcurrentCommitsShareALogWrite) {
  constexpr int kThreads = 64;
  constexpr int kCommits = 8;
  std::atomic<int> groups = 0;
  std::atomic<int> commits = 0;
  std::atomic<int64_t> bytes = 0;
  StoreDirectory directory;
  RocksDbOptions options = directory.Options();
  options.on_commit_group = [&](const CommitGroupStats& stats) {
    EXPECT_GT(stats.sync_duration, absl::ZeroDuration());
    ++groups;
    commits += stats.commits;
    bytes += stats.bytes;
  };
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> store, OpenRocksDbStore(std::move(options)));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCommits; ++i) {
        CIMD_EXPECT_OK(Put(*store, std::to_string(t) + "/" + std::to_string(i), std::string(100, 'v')));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(commits, kThreads * kCommits);
  EXPECT_EQ(store->CurrentRevision(), kThreads * kCommits);
  EXPECT_GT(bytes, kThreads * kCommits * 100);
  std::cout << commits << " commits in " << groups << " groups" << std::endl;
  EXPECT_LT(groups, commits / 2);
}

}  // namespace
}  // namespace cimd::storage
