#include "server/watch/change_hub.h"

#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "server/rpc/watch_cursor.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/run_in_transaction.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/eventually.h"

namespace cimd::watch {
namespace {

using cimd::testing::Fails;
using cimd::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace keys = storage::keys;

constexpr absl::Duration kLongTime = absl::Seconds(60);

class SettableClock final : public rpc::Clock {
 public:
  absl::Time Now() const override { return absl::UnixEpoch() + absl::Seconds(seconds_.load()); }
  void Advance(absl::Duration by) { seconds_ += absl::ToInt64Seconds(by); }

 private:
  std::atomic<int64_t> seconds_{1'000'000};
};

// A topic that reports a client's display name, with its URL as key.
const Topic& NameTopic() {
  static const Topic* const topic = new Topic(MakeTopic<storage::ClientRecord, v1::WatchClientsResponse>(
      {keys::Kind::kClient},
      [](const storage::Change& change, storage::Revision revision, v1::WatchClientsResponse& response) {
        v1::ClientChange& told = *response.add_changes();
        told.set_external_client_id(keys::FirstPartOf(change.key));
        if (!change.value.has_value()) return absl::OkStatus();
        storage::ClientRecord record;
        absl::Status status = storage::ParseRecord(*change.value, record);
        *told.mutable_client() = record.client();
        told.mutable_client()->set_etag(std::to_string(revision));
        return status;
      }));
  return *topic;
}

// The receiving end of a stream.
class Reader {
 public:
  explicit Reader(size_t max_messages = 1000, size_t max_bytes = 4 << 20)
      : stream(std::make_shared<rpc::Stream>(max_messages, max_bytes)) {
    // The hub may still wake a stream that was just closed.
    stream->SetSender([wake = wake_] {
      absl::MutexLock lock(&wake->mutex);
      wake->woken = true;
    });
  }
  ~Reader() { stream->Close(); }

  // Waits until a message is available. Does not take it.
  void AwaitMessage() const {
    const absl::Time deadline = absl::Now() + kLongTime;
    while (stream->IsIdle()) ASSERT_LT(absl::Now(), deadline) << "nothing came";
  }

  // Returns the next message, or the status that ended the stream.
  absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> NextMessage() {
    while (true) {
      rpc::Stream::Taken taken = stream->Take();
      if (taken.message != nullptr) return taken.message;
      if (taken.end.has_value()) return *taken.end;
      absl::MutexLock lock(&wake_->mutex);
      if (!wake_->mutex.AwaitWithTimeout(absl::Condition(&wake_->woken), kLongTime)) {
        return absl::DeadlineExceededError("nothing came");
      }
      wake_->woken = false;
    }
  }

  absl::StatusOr<v1::WatchClientsResponse> Next() {
    auto message = NextMessage();
    if (!message.ok()) return message.status();
    return Parse(**message);
  }

  // Returns the next message that is not a checkpoint.
  absl::StatusOr<v1::WatchClientsResponse> NextChange() {
    while (true) {
      auto next = Next();
      if (!next.ok() || !next->changes().empty()) return next;
    }
  }

  // Skips messages and returns the status that ended the stream.
  absl::Status End() {
    while (true) {
      if (auto next = Next(); !next.ok()) return next.status();
    }
  }

  static v1::WatchClientsResponse Parse(const rpc::StreamMessage& message) {
    grpc::Slice slice;
    v1::WatchClientsResponse response;
    EXPECT_TRUE(message.bytes.DumpToSingleSlice(&slice).ok());
    EXPECT_TRUE(response.ParseFromArray(slice.begin(), static_cast<int>(slice.size())));
    return response;
  }

  const std::shared_ptr<rpc::Stream> stream;

 private:
  struct Wake {
    absl::Mutex mutex;
    bool woken = false;
  };
  const std::shared_ptr<Wake> wake_ = std::make_shared<Wake>();
};

class ChangeHubTest : public ::testing::Test {
 protected:
  ChangeHubTest() { OpenStore(directory_.Options()); }
  ~ChangeHubTest() override {
    hub_.reset();
    store_.reset();
  }

  void OpenStore(storage::RocksDbOptions options) {
    hub_.reset();
    store_.reset();
    auto opened = storage::OpenRocksDbStore(std::move(options));
    ASSERT_THAT(opened, IsOk());
    store_ = *std::move(opened);
    StartHub({.poll_interval = absl::Milliseconds(2)});
  }
  void StartHub(const ChangeHubOptions& options) {
    hub_.emplace(*store_, clock_,
                 ChangeHub::Callbacks{.check_place = [this](std::string_view place) { return CheckPlace(place); },
                                      .recheck_callers = [this] { ++rechecks_; }},
                 options);
  }
  // Streams wait until most of them have sent their messages, however long that takes.
  void StartPatientHub() { StartHub({.poll_interval = absl::Milliseconds(2), .longest_rest = absl::Hours(1)}); }

  absl::Status CheckPlace(std::string_view place) {
    absl::MutexLock lock(&mutex_);
    return gone_ == place ? rpc::errors::TenantNotFound(place) : absl::OkStatus();
  }
  void SetGone(const std::string& place) {
    absl::MutexLock lock(&mutex_);
    gone_ = place;
  }

  storage::Revision Commit(absl::FunctionRef<void(storage::Transaction&)> write) {
    auto revision = storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
      write(transaction);
      return absl::OkStatus();
    });
    EXPECT_THAT(revision, IsOk());
    return revision.value_or(0);
  }
  static void PutClient(storage::Transaction& transaction, const std::string& tenant, const std::string& url,
                        size_t extra_bytes = 0) {
    storage::ClientRecord record;
    record.mutable_client()->set_name(url + std::string(extra_bytes, 'x'));
    storage::PutRecord(transaction, keys::Client(tenant, url), record);
  }
  storage::Revision Put(const std::string& tenant, const std::string& url, size_t extra_bytes = 0) {
    return Commit([&](storage::Transaction& transaction) { PutClient(transaction, tenant, url, extra_bytes); });
  }

  absl::Status Feed(Reader& reader, const std::string& cursor = "", const std::string& tenant = "acme") {
    return hub_->Feed(tenant, NameTopic(), cursor, reader.stream);
  }
  static std::string Cursor(storage::Revision revision, const std::string& tenant = "acme") {
    return rpc::MakeWatchCursor(NameTopic().kind, tenant, revision);
  }

  storage::StoreDirectory directory_;
  SettableClock clock_;
  absl::Mutex mutex_;
  std::string gone_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int> rechecks_{0};
  std::unique_ptr<storage::Store> store_;
  std::optional<ChangeHub> hub_;
};

std::vector<std::string> Urls(const v1::WatchClientsResponse& response) {
  std::vector<std::string> urls;
  for (const v1::ClientChange& change : response.changes()) {
    urls.push_back((change.has_client() ? "" : "-") + change.external_client_id());
  }
  return urls;
}

TEST_F(ChangeHubTest, SendsEachCommitOnceWithACursorToResumeFrom) {
  Put("acme", "before");
  Reader reader;
  ASSERT_THAT(Feed(reader), IsOk());
  auto checkpoint = reader.Next();
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_THAT(checkpoint->changes(), IsEmpty());
  EXPECT_EQ(checkpoint->cursor(), Cursor(1));

  Commit([](storage::Transaction& transaction) {
    PutClient(transaction, "acme", "a");
    PutClient(transaction, "acme", "b");
    transaction.Delete(keys::Client("acme", "before"));
    transaction.Put(keys::Request("acme", "not told"), "");
  });
  auto first = reader.Next();
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Urls(*first), ElementsAre("a", "b", "-before"));
  EXPECT_EQ(first->cursor(), Cursor(2));
  Put("other", "elsewhere");
  Put("acme", "c");
  auto second = reader.Next();
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Urls(*second), ElementsAre("c"));

  Reader resumed;
  ASSERT_THAT(Feed(resumed, first->cursor()), IsOk());
  auto again = resumed.Next();
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), second->SerializeAsString());
}

TEST_F(ChangeHubTest, StreamsOfOnePlaceAndTopicShareTheirMessages) {
  Reader one;
  Reader two;
  ASSERT_THAT(Feed(one), IsOk());
  ASSERT_THAT(Feed(two), IsOk());
  ASSERT_THAT(one.Next(), IsOk());
  ASSERT_THAT(two.Next(), IsOk());
  Put("acme", "a");
  auto first = one.NextMessage();
  ASSERT_THAT(first, IsOk());
  auto second = two.NextMessage();
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(*first, *second);
}

TEST_F(ChangeHubTest, CommitsOfAPauseShareOneMessage) {
  StartPatientHub();
  Reader reader;
  ASSERT_THAT(Feed(reader), IsOk());
  ASSERT_THAT(reader.Next(), IsOk());
  const storage::Revision first = Put("acme", "a");
  reader.AwaitMessage();
  const storage::Revision second = Put("acme", "b");
  Put("other", "elsewhere");
  // This stream starts in the middle of what becomes a single message.
  Reader late;
  ASSERT_THAT(Feed(late), IsOk());
  const storage::Revision third = Put("acme", "a");
  Commit([](storage::Transaction& transaction) { transaction.Delete(keys::Client("acme", "b")); });

  auto alone = reader.Next();
  ASSERT_THAT(alone, IsOk());
  EXPECT_THAT(Urls(*alone), ElementsAre("a"));
  EXPECT_EQ(alone->cursor(), Cursor(first));
  auto joined = reader.Next();
  ASSERT_THAT(joined, IsOk());
  EXPECT_THAT(Urls(*joined), ElementsAre("b", "a", "-b"));
  EXPECT_EQ(joined->changes(0).client().etag(), std::to_string(second));
  EXPECT_EQ(joined->changes(1).client().etag(), std::to_string(third));
  EXPECT_EQ(joined->cursor(), Cursor(third + 1));
  auto rest = late.NextChange();
  ASSERT_THAT(rest, IsOk());
  EXPECT_THAT(Urls(*rest), ElementsAre("a", "-b"));
  EXPECT_EQ(rest->cursor(), joined->cursor());
}

TEST_F(ChangeHubTest, MessagesEndBetweenCommits) {
  StartPatientHub();
  Reader reader;
  ASSERT_THAT(Feed(reader), IsOk());
  ASSERT_THAT(reader.Next(), IsOk());
  Put("acme", "first");
  reader.AwaitMessage();
  for (const char* url : {"a", "b", "c"}) Put("acme", url, /*extra_bytes=*/kMessageBytes / 2);
  Commit([](storage::Transaction& transaction) {
    PutClient(transaction, "acme", "d", /*extra_bytes=*/kMessageBytes);
    PutClient(transaction, "acme", "e", /*extra_bytes=*/kMessageBytes);
  });
  Put("acme", "last");
  for (const std::vector<std::string>& expected :
       std::vector<std::vector<std::string>>{{"first"}, {"a", "b"}, {"c", "d", "e"}, {"last"}}) {
    auto next = reader.Next();
    ASSERT_THAT(next, IsOk());
    EXPECT_EQ(Urls(*next), expected);
    EXPECT_EQ(next->cursor(), Cursor(std::stoll(next->changes().rbegin()->client().etag())));
  }
}

TEST_F(ChangeHubTest, SlowReaderDelaysOthersForALimitedTime) {
  Reader readers[3];
  for (Reader& reader : readers) ASSERT_THAT(Feed(reader), IsOk());
  for (int i = 0; i < 3; ++i) {
    Put("acme", std::to_string(i));
    auto next = readers[0].NextChange();
    ASSERT_THAT(next, IsOk());
    EXPECT_THAT(Urls(*next), ElementsAre(std::to_string(i)));
  }
}

TEST_F(ChangeHubTest, RefusesCursorsOfOtherWatches) {
  Reader reader;
  for (const std::string& cursor :
       {std::string("garbage"), Cursor(1, "other"), Cursor(-1), rpc::MakeWatchCursor("another kind", "acme", 1)}) {
    EXPECT_THAT(Feed(reader, cursor), Fails(absl::StatusCode::kInvalidArgument, "CURSOR_INVALID")) << cursor;
  }
}

TEST_F(ChangeHubTest, CursorFromTheFutureHasExpired) {
  Put("acme", "a");
  Reader reader;
  ASSERT_THAT(Feed(reader, Cursor(1'000'000)), IsOk());
  EXPECT_THAT(reader.End(), Fails(absl::StatusCode::kOutOfRange, "CURSOR_EXPIRED"));
}

TEST_F(ChangeHubTest, CursorWithoutHistoryHasExpired) {
  storage::RocksDbOptions options = directory_.Options();
  options.history_bytes = 256 << 10;
  OpenStore(std::move(options));
  const storage::Revision first = Put("acme", "first");
  std::minstd_rand random;
  std::string noise(30 << 10, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  // Write until the engine deletes a file of the history.
  const absl::Time start = absl::Now();
  while (store_->WatchChanges("", first).ok()) {
    ASSERT_LT(absl::Now(), start + kLongTime) << "history is never dropped";
    Commit([&noise](storage::Transaction& transaction) { transaction.Put(keys::Request("acme", "noise"), noise); });
  }
  Reader reader;
  ASSERT_THAT(Feed(reader, Cursor(first)), IsOk());
  EXPECT_THAT(reader.End(), Fails(absl::StatusCode::kOutOfRange, "CURSOR_EXPIRED"));
}

// Streams start anywhere in the past, repeatedly, while several writers commit. Each stream must report every commit of
// its tenant after its cursor, once and in order.
TEST_F(ChangeHubTest, JoinsThePresentWithoutAGapOrARepetition) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  constexpr int kWriters = 3;
  constexpr int kCommits = 400;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([this, writer] {
      for (int i = 0; i < kCommits; ++i) {
        Put(i % 4 == 0 ? "other" : "acme", std::to_string(writer) + "/" + std::to_string(i));
      }
    });
  }
  struct Told {
    storage::Revision after;
    std::vector<std::string> etags;
  };
  std::vector<Told> told(6);
  for (size_t i = 0; i < told.size(); ++i) {
    threads.emplace_back([this, &told = told[i], random = std::minstd_rand(seed + i)]() mutable {
      told.after = store_->CurrentRevision() / 2;
      std::string cursor = Cursor(told.after);
      while (true) {
        // A small queue, so that some streams wait for room in the history and some live streams are cut off.
        Reader reader(/*max_messages=*/8);
        ASSERT_THAT(Feed(reader, cursor), IsOk());
        for (int messages = 1 + random() % 50; messages > 0; --messages) {
          auto next = reader.Next();
          if (!next.ok()) {
            ASSERT_THAT(next, Fails(absl::StatusCode::kResourceExhausted, "WATCH_TOO_SLOW"));
            break;
          }
          cursor = next->cursor();
          for (const v1::ClientChange& change : next->changes()) {
            told.etags.push_back(change.client().etag());
            if (change.external_client_id() == "last") return;
          }
        }
      }
    });
  }
  for (int writer = 0; writer < kWriters; ++writer) threads[writer].join();
  Put("acme", "last");
  for (size_t i = kWriters; i < threads.size(); ++i) threads[i].join();

  auto all = store_->WatchChanges(keys::AllOfTenant("acme").begin, 0);
  ASSERT_THAT(all, IsOk());
  std::vector<storage::Revision> revisions;
  while (true) {
    auto batch = (*all)->Next(absl::ZeroDuration());
    ASSERT_THAT(batch, IsOk());
    if (batch->changes.empty()) break;
    revisions.push_back(batch->revision);
  }
  ASSERT_EQ(revisions.size(), kWriters * kCommits * 3u / 4 + 1);
  for (const Told& one : told) {
    std::vector<std::string> expected;
    for (storage::Revision revision : revisions) {
      if (revision > one.after) expected.push_back(std::to_string(revision));
    }
    EXPECT_EQ(one.etags, expected);
  }
}

TEST_F(ChangeHubTest, CutsOffOnlyTheReaderThatDoesNotRead) {
  Reader slow(/*max_messages=*/3);
  Reader fast;
  ASSERT_THAT(Feed(slow), IsOk());
  ASSERT_THAT(Feed(fast), IsOk());
  for (int i = 0; i < 20; ++i) {
    Put("acme", std::to_string(i));
    auto next = fast.NextChange();
    ASSERT_THAT(next, IsOk());
    EXPECT_THAT(Urls(*next), ElementsAre(std::to_string(i)));
  }
  EXPECT_THAT(slow.End(), Fails(absl::StatusCode::kResourceExhausted, "WATCH_TOO_SLOW"));
}

TEST_F(ChangeHubTest, ReadsHistoryAsFastAsTheReader) {
  for (int i = 0; i < 200; ++i) Put("acme", std::to_string(i), /*extra_bytes=*/1000);
  Reader reader(/*max_messages=*/4, /*max_bytes=*/5000);
  ASSERT_THAT(Feed(reader, Cursor(0)), IsOk());
  int messages = 0;
  for (int told = 0; told < 200; ++messages) {
    auto next = reader.NextChange();
    ASSERT_THAT(next, IsOk());
    for (const std::string& url : Urls(*next)) ASSERT_EQ(url, std::to_string(told++));
    EXPECT_EQ(next->cursor(), Cursor(told));
    EXPECT_LT(next->ByteSizeLong(), 2 * kMessageBytes);
  }
  EXPECT_LT(messages, 10) << "the past is told many commits at a time";
}

TEST_F(ChangeHubTest, CutsOffReadersOfHistoryThatDoNotRead) {
  // Each value is large enough for a message of its own.
  for (int i = 0; i < 30; ++i) Put("acme", std::to_string(i), /*extra_bytes=*/kMessageBytes);
  Reader stalled(/*max_messages=*/4);
  Reader reading(/*max_messages=*/4);
  ASSERT_THAT(Feed(stalled, Cursor(0)), IsOk());
  ASSERT_THAT(Feed(reading, Cursor(0)), IsOk());
  const auto await_full = [](const Reader& reader) {
    const absl::Time deadline = absl::Now() + kLongTime;
    while (reader.stream->HasRoom()) ASSERT_LT(absl::Now(), deadline);
  };
  await_full(stalled);
  await_full(reading);
  const absl::Time deadline = absl::Now() + kLongTime;
  int rounds = 0;
  // Two rounds or a few more: the time limit starts a moment after the queue is full.
  for (; !stalled.stream->HasEnded(); ++rounds) {
    ASSERT_LT(rounds, 10) << "it holds what it does not read";
    const int before = rechecks_;
    clock_.Advance(ChangeHubOptions().stall_limit / 2);
    while (rechecks_ == before) ASSERT_LT(absl::Now(), deadline);
    for (int i = 0; i < 2; ++i) ASSERT_THAT(reading.Next(), IsOk());
    await_full(reading);
  }
  EXPECT_GE(rounds, 2);
  EXPECT_THAT(stalled.End(), Fails(absl::StatusCode::kResourceExhausted, "WATCH_TOO_SLOW"));
  EXPECT_FALSE(reading.stream->HasEnded());
}

TEST_F(ChangeHubTest, SendsCheckpointsToIdleStreams) {
  Reader idle;
  Reader unread;
  ASSERT_THAT(Feed(idle), IsOk());
  ASSERT_THAT(Feed(unread), IsOk());
  ASSERT_THAT(idle.Next(), IsOk());
  Put("other", "elsewhere");
  EXPECT_EQ(idle.stream->Take().message, nullptr);
  clock_.Advance(ChangeHubOptions().checkpoint_interval);
  auto checkpoint = idle.Next();
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_THAT(checkpoint->changes(), IsEmpty());
  EXPECT_EQ(checkpoint->cursor(), Cursor(1));
  EXPECT_GE(rechecks_, 1);
  // A stream with an unread message gets no further checkpoint.
  EXPECT_EQ(Reader::Parse(*unread.stream->Take().message).cursor(), Cursor(0));
  EXPECT_EQ(unread.stream->Take().message, nullptr);
}

TEST_F(ChangeHubTest, SendsCheckpointsWhenTheClockIsSetBack) {
  Reader idle;
  ASSERT_THAT(Feed(idle), IsOk());
  ASSERT_THAT(idle.Next(), IsOk());
  clock_.Advance(-absl::Hours(24));
  EXPECT_THAT(idle.Next(), IsOk());
}

TEST_F(ChangeHubTest, RechecksCallersWhenAccessTokensChange) {
  Reader reader;
  ASSERT_THAT(Feed(reader), IsOk());
  const int before = rechecks_;
  Commit([](storage::Transaction& transaction) { transaction.Delete(keys::AccessToken("digest")); });
  Put("acme", "afterwards");
  ASSERT_THAT(reader.NextChange(), IsOk());
  EXPECT_GT(rechecks_, before) << "what changes after a revocation is told after callers were asked for again";
}

TEST_F(ChangeHubTest, ChangesThatMayEndStreamsDoNotWaitForThePause) {
  StartPatientHub();
  Reader reader;
  ASSERT_THAT(Feed(reader), IsOk());
  ASSERT_THAT(reader.Next(), IsOk());
  Put("acme", "a");
  reader.AwaitMessage();
  Put("acme", "before");
  const int before = rechecks_;
  Commit([](storage::Transaction& transaction) { transaction.Delete(keys::AccessToken("digest")); });
  const absl::Time deadline = absl::Now() + kLongTime;
  while (rechecks_ == before) ASSERT_LT(absl::Now(), deadline) << "a revoked caller keeps its stream";
  Put("acme", "after");
  for (const char* url : {"a", "before", "after"}) {
    auto next = reader.Next();
    ASSERT_THAT(next, IsOk());
    EXPECT_THAT(Urls(*next), ElementsAre(url));
  }
}

TEST_F(ChangeHubTest, StreamsOfADeletedTenantEnd) {
  Reader acme;
  Reader other;
  ASSERT_THAT(Feed(acme), IsOk());
  ASSERT_THAT(Feed(other, "", "other"), IsOk());
  SetGone("acme");
  Commit([](storage::Transaction& transaction) {
    storage::TenantRecord record;
    record.mutable_tenant()->set_state(v1::TENANT_STATE_DELETING);
    storage::PutRecord(transaction, keys::Tenant("acme"), record);
  });
  EXPECT_THAT(acme.End(), Fails(absl::StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  Put("other", "still there");
  EXPECT_THAT(other.NextChange(), IsOk());
  EXPECT_THAT(Feed(acme), Fails(absl::StatusCode::kNotFound, "TENANT_NOT_FOUND"));
}

TEST_F(ChangeHubTest, CursorOfAnEarlierTenantIsRefused) {
  Reader reader;
  ASSERT_THAT(Feed(reader), IsOk());
  Commit([](storage::Transaction& transaction) { transaction.Delete(keys::Tenant("acme")); });
  EXPECT_THAT(reader.End(), Fails(absl::StatusCode::kOutOfRange, "CURSOR_EXPIRED"));
}

TEST_F(ChangeHubTest, ReleasesClosedStreamsInEveryState) {
  for (int i = 0; i < 100; ++i) Put("acme", std::to_string(i));
  std::weak_ptr<rpc::Stream> live;
  std::weak_ptr<rpc::Stream> waiting_for_room;
  {
    Reader reader;
    Reader slow(/*max_messages=*/2);
    ASSERT_THAT(Feed(reader), IsOk());
    ASSERT_THAT(reader.Next(), IsOk());
    ASSERT_THAT(Feed(slow, Cursor(0)), IsOk());
    ASSERT_THAT(slow.Next(), IsOk());
    live = reader.stream;
    waiting_for_room = slow.stream;
  }
  // The stream that reads the history ends when its turn comes.
  for (const auto& stream : {live, waiting_for_room}) {
    EXPECT_TRUE(testing::Eventually([&] { return stream.expired(); }, "the hub lets go of the stream"));
  }
}

TEST_F(ChangeHubTest, StoppingDoesNotWaitForReaders) {
  for (int i = 0; i < 100; ++i) Put("acme", std::to_string(i));
  Reader slow(/*max_messages=*/2);
  ASSERT_THAT(Feed(slow, Cursor(0)), IsOk());
  ASSERT_THAT(slow.Next(), IsOk());
  slow.stream->Close();
  hub_.reset();
}

}  // namespace
}  // namespace cimd::watch
