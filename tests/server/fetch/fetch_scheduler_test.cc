#include "server/fetch/fetch_scheduler.h"

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fetch/response_rules.h"
#include "tests/server/fetch/origin_fetch.h"
#include "tests/testing/https_origin.h"

namespace cimd::fetch {
namespace {

using cimd::testing::HttpsOrigin;
using ::testing::SizeIs;

// Does what the test says and counts.
class ScriptedFetcher : public Fetcher {
 public:
  FetchResult Fetch(const FetchRequest& request) override {
    ++calls;
    return script(request);
  }

  std::atomic<int> calls = 0;
  std::function<FetchResult(const FetchRequest&)> script;
};

FetchResult Failure(v1::FetchFailureReason reason) {
  FetchResult result;
  result.failed = true;
  result.failure = MakeFetchFailure(reason, 0, absl::UnixEpoch());
  return result;
}

FetchResult Document(const std::string& body) {
  FetchResult result;
  result.document.body = body;
  return result;
}

void WaitUntil(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

class FetchSchedulerTest : public ::testing::Test {
 protected:
  FetchSchedulerOptions Options() {
    FetchSchedulerOptions options;
    options.now = [this] { return now_; };
    options.observer = [this](const FetchObservation& observation) { observations_.push_back(observation); };
    return options;
  }
  // Makes the fetcher below give this answer from now on.
  void Answer(const FetchResult& result) {
    fetcher_.script = [result](const FetchRequest&) { return result; };
  }

  ScriptedFetcher fetcher_;
  absl::Time now_ = absl::FromUnixSeconds(1754049600);
  std::vector<FetchObservation> observations_;
};

TEST_F(FetchSchedulerTest, ThirtyCallersShareOneRequest) {
  HttpsOrigin origin;
  auto gate = std::make_shared<absl::Notification>();
  origin.Serve("/c", {.body = "{\"a\":1}", .hold = gate});
  HttpsFetcherOptions fetcher_options = OptionsFor(origin);
  fetcher_options.total_timeout = absl::Seconds(20);
  const auto fetcher = MakeFetcher(fetcher_options);
  FetchScheduler scheduler(*fetcher, {});
  std::vector<FetchResult> results(30);
  std::vector<std::thread> callers;
  for (FetchResult& result : results) {
    // A trace context of one's own does not make another request.
    callers.emplace_back([&scheduler, &origin, &result, i = callers.size()] {
      result = scheduler.Fetch({.url = origin.url("/c"), .traceparent = absl::StrCat("trace-", i)});
    });
  }
  WaitUntil([&] { return scheduler.load().waiting == 29; });
  EXPECT_EQ(scheduler.load().active, 1);
  gate->Notify();
  for (std::thread& caller : callers) caller.join();
  for (const FetchResult& result : results) {
    ASSERT_THAT(result, Succeeded());
    EXPECT_EQ(result.document.body, "{\"a\":1}");
  }
  EXPECT_THAT(origin.requests(), SizeIs(1));
  EXPECT_EQ(scheduler.load().active, 0);
  EXPECT_EQ(scheduler.load().waiting, 0);
  // Shared while under way, not kept.
  EXPECT_THAT(scheduler.Fetch({.url = origin.url("/c")}), Succeeded());
  EXPECT_THAT(origin.requests(), SizeIs(2));
}

// Holds fetches until told otherwise, to see what is refused meanwhile.
class HeldFetches {
 public:
  HeldFetches(ScriptedFetcher& fetcher, FetchScheduler& scheduler) : fetcher_(fetcher), scheduler_(scheduler) {
    fetcher_.script = [this](const FetchRequest&) {
      gate_.WaitForNotification();
      return Document("{}");
    };
  }
  ~HeldFetches() { Release(); }

  void Start(const FetchRequest& request) {
    const int calls = fetcher_.calls;
    threads_.emplace_back([this, request] { EXPECT_THAT(scheduler_.Fetch(request), Succeeded()); });
    WaitUntil([&] { return fetcher_.calls > calls; });
  }
  void Release() {
    if (!gate_.HasBeenNotified()) gate_.Notify();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  ScriptedFetcher& fetcher_;
  FetchScheduler& scheduler_;
  absl::Notification gate_;
  std::vector<std::thread> threads_;
};

TEST_F(FetchSchedulerTest, OtherConditionsAreAnotherFetch) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 100;
  FetchScheduler scheduler(fetcher_, options);
  HeldFetches held(fetcher_, scheduler);
  const std::string kUrl = "https://a.example/c";
  held.Start({.url = kUrl});
  held.Start({.url = kUrl, .if_none_match = "x"});
  held.Start({.url = kUrl, .if_modified_since = "x"});
  held.Start({.url = kUrl, .max_bytes = 1});
  held.Start({.url = kUrl + "?"});
  EXPECT_EQ(scheduler.load().active, 5);
}

TEST_F(FetchSchedulerTest, FetchesAreBoundedPerHostAndInAll) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 2;
  options.max_total = 3;
  FetchScheduler scheduler(fetcher_, options);
  HeldFetches held(fetcher_, scheduler);
  held.Start({.url = "https://a.example/1"});
  held.Start({.url = "https://A.example.:443/2"});
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/3"}), FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
  held.Start({.url = "https://a.example:8443/1"});
  EXPECT_THAT(scheduler.Fetch({.url = "https://b.example/1"}), FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
  ASSERT_THAT(observations_, SizeIs(2));
  EXPECT_EQ(observations_[0].host, "a.example:443");
  EXPECT_EQ(observations_[0].kind, v1::FETCH_FAILURE_KIND_TRANSPORT);
  EXPECT_EQ(observations_[0].reason, v1::FETCH_FAILURE_REASON_BUSY);
  held.Release();
  EXPECT_EQ(fetcher_.calls, 3);
  EXPECT_EQ(scheduler.load().active, 0);
  // To have been busy is not a failure of the URL.
  Answer(Document("{}"));
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/3"}), Succeeded());
  EXPECT_EQ(scheduler.load().paced_keys, 0u);
}

TEST_F(FetchSchedulerTest, AFailingUrlIsPaced) {
  FetchScheduler scheduler(fetcher_, Options());
  const FetchRequest request{.url = "https://a.example/c"};
  Answer(Failure(v1::FETCH_FAILURE_REASON_GONE));
  // The first failure costs nothing: whoever mends the document may try again at once.
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  const FetchResult paced = scheduler.Fetch(request);
  EXPECT_THAT(paced, FailedWith(v1::FETCH_FAILURE_REASON_PACED));
  EXPECT_EQ(paced.failure.fail_time().seconds(), absl::ToUnixSeconds(now_));
  EXPECT_EQ(fetcher_.calls, 2);
  ASSERT_THAT(observations_, SizeIs(1));
  EXPECT_EQ(observations_[0].reason, v1::FETCH_FAILURE_REASON_PACED);

  // Asking meanwhile does not make the wait longer. Another URL of the host is not concerned.
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/d"}), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  now_ += absl::Milliseconds(999);
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_PACED));
  now_ += absl::Milliseconds(1);
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  now_ += absl::Seconds(1);
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_PACED)) << "two seconds by now";
  now_ += absl::Seconds(1);

  // A success ends it, and successes are never held back.
  Answer(Document("{}"));
  for (int i = 0; i < 10; ++i) EXPECT_THAT(scheduler.Fetch(request), Succeeded());
  Answer(Failure(v1::FETCH_FAILURE_REASON_GONE));
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  Answer(Document("{}"));
  EXPECT_THAT(scheduler.Fetch(request), Succeeded());
}

TEST_F(FetchSchedulerTest, AHostThatIsDownIsPacedForAllItsUrls) {
  for (const auto reason :
       {v1::FETCH_FAILURE_REASON_UNREACHABLE, v1::FETCH_FAILURE_REASON_TIMEOUT, v1::FETCH_FAILURE_REASON_TLS}) {
    FetchScheduler scheduler(fetcher_, Options());
    Answer(Failure(reason));
    for (int i = 0; i < 5; ++i) {
      EXPECT_THAT(scheduler.Fetch({.url = absl::StrCat("https://a.example/", i)}), FailedWith(reason));
    }
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/new"}), FailedWith(v1::FETCH_FAILURE_REASON_PACED));
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example:8443/new"}), FailedWith(reason));
    EXPECT_THAT(scheduler.Fetch({.url = "https://b.example/new"}), FailedWith(reason));
    now_ += absl::Seconds(1);
    Answer(Document("{}"));
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/new"}), Succeeded());
    // Up again: the count starts anew.
    Answer(Failure(reason));
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/x"}), FailedWith(reason));
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/y"}), FailedWith(reason));
  }
}

// Someone who has us ask a host for invented URLs must neither hammer it nor keep its documents from us.
TEST_F(FetchSchedulerTest, InventedUrlsSlowAHostByNoMoreThanASecond) {
  FetchScheduler scheduler(fetcher_, Options());
  Answer(Failure(v1::FETCH_FAILURE_REASON_GONE));
  int sent = 0;
  for (int i = 0; i < 200; ++i) {
    if (scheduler.Fetch({.url = absl::StrCat("https://a.example/invented", i)}).failure.reason() ==
        v1::FETCH_FAILURE_REASON_GONE) {
      ++sent;
    }
    now_ += absl::Milliseconds(50);
  }
  EXPECT_EQ(fetcher_.calls, sent);
  // 20 for nothing, then one a second of the remaining nine.
  EXPECT_EQ(sent, 29);
  now_ += absl::Seconds(1);
  Answer(Document("{}"));
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/real"}), Succeeded());
}

TEST_F(FetchSchedulerTest, MemoryIsBounded) {
  FetchSchedulerOptions options = Options();
  options.max_paced_keys = 50;
  FetchScheduler scheduler(fetcher_, options);
  Answer(Failure(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  for (int i = 0; i < 1000; ++i) scheduler.Fetch({.url = absl::StrCat("https://h", i, ".example/c")});
  EXPECT_EQ(scheduler.load().paced_keys, 100u) << "50 URLs and 50 hosts";
  EXPECT_EQ(scheduler.load().active, 0);
}

}  // namespace
}  // namespace cimd::fetch
