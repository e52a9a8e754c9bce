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
#include "tests/testing/eventually.h"
#include "tests/testing/https_origin.h"

namespace cimd::fetch {
namespace {

using cimd::testing::HttpsOrigin;
using ::testing::SizeIs;

// Calls the test's function and counts the calls.
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

class FetchSchedulerTest : public ::testing::Test {
 protected:
  FetchSchedulerOptions Options() {
    FetchSchedulerOptions options;
    options.now = [this] { return now_; };
    options.observer = [this](const FetchObservation& observation) { observations_.push_back(observation); };
    options.pause = [](absl::Duration, const std::function<bool()>&) {};
    return options;
  }
  // From now on the fetcher returns this result.
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
    // A different trace context must not cause another request.
    callers.emplace_back([&scheduler, &origin, &result, i = callers.size()] {
      result = scheduler.Fetch({.url = origin.url("/c"), .traceparent = absl::StrCat("trace-", i)});
    });
  }
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().waiting == 29; }, "the callers wait"));
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
  // Requests are shared while they are in progress. Results are not cached.
  EXPECT_THAT(scheduler.Fetch({.url = origin.url("/c")}), Succeeded());
  EXPECT_THAT(origin.requests(), SizeIs(2));
}

// Holds fetches until they are released, to test what is refused in the meantime.
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
    EXPECT_TRUE(testing::Eventually([&] { return fetcher_.calls > calls; }, "the fetch begins"));
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
  options.max_waiting = 0;
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
  // A busy scheduler does not count as a failure of the URL.
  Answer(Document("{}"));
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/3"}), Succeeded());
  EXPECT_EQ(scheduler.load().paced_keys, 0u);
}

TEST_F(FetchSchedulerTest, OneTenantCannotTakeAllPlaces) {
  FetchSchedulerOptions options = Options();
  options.max_per_tenant = 2;
  options.max_waiting_per_tenant = 1;
  FetchScheduler scheduler(fetcher_, options);
  HeldFetches held(fetcher_, scheduler);
  held.Start({.url = "https://a.example/1", .tenant = "tenants/greedy"});
  held.Start({.url = "https://b.example/1", .tenant = "tenants/greedy"});
  std::thread waiting(
      [&] { EXPECT_THAT(scheduler.Fetch({.url = "https://c.example/1", .tenant = "tenants/greedy"}), Succeeded()); });
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().queued == 1; }, "the callers wait"));
  EXPECT_THAT(scheduler.Fetch({.url = "https://d.example/1", .tenant = "tenants/greedy"}),
              FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
  // Other tenants and fetches of the server itself are not limited.
  held.Start({.url = "https://d.example/1", .tenant = "tenants/other"});
  for (const char* url : {"https://e.example/1", "https://f.example/1", "https://g.example/1"})
    held.Start({.url = url});
  EXPECT_EQ(scheduler.load().active, 6);
  held.Release();
  waiting.join();
  EXPECT_EQ(scheduler.load().queued, 0);
}

TEST_F(FetchSchedulerTest, WhoFindsEveryPlaceTakenWaitsForOne) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 2;
  FetchScheduler scheduler(fetcher_, options);
  HeldFetches held(fetcher_, scheduler);
  held.Start({.url = "https://a.example/1"});
  held.Start({.url = "https://a.example/2"});
  std::vector<std::thread> waiting;
  for (int i = 3; i < 10; ++i) {
    waiting.emplace_back(
        [&scheduler, i] { EXPECT_THAT(scheduler.Fetch({.url = absl::StrCat("https://a.example/", i)}), Succeeded()); });
  }
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().queued == 7; }, "the callers wait"));
  EXPECT_EQ(fetcher_.calls, 2);
  // Fetches from another host must not wait for them.
  held.Start({.url = "https://b.example/1"});
  held.Release();
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(fetcher_.calls, 10);
  EXPECT_EQ(scheduler.load().active, 0);
  EXPECT_EQ(scheduler.load().queued, 0);
  EXPECT_THAT(observations_, SizeIs(0));
}

TEST_F(FetchSchedulerTest, OnlySoManyWait) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 1;
  options.max_waiting_per_host = 1;
  options.max_waiting = 2;
  FetchScheduler scheduler(fetcher_, options);
  HeldFetches held(fetcher_, scheduler);
  std::vector<std::thread> waiting;
  for (const std::string host : {"a", "b", "c"}) held.Start({.url = absl::StrCat("https://", host, ".example/1")});
  for (const std::string host : {"a", "b"}) {
    const std::string url = absl::StrCat("https://", host, ".example/2");
    waiting.emplace_back([&scheduler, url] { EXPECT_THAT(scheduler.Fetch({.url = url}), Succeeded()); });
    EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().queued == static_cast<int>(waiting.size()); },
                                    "the callers wait"));
    EXPECT_THAT(scheduler.Fetch({.url = url + "3"}), FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
  }
  EXPECT_THAT(scheduler.Fetch({.url = "https://c.example/2"}), FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
  held.Release();
  for (std::thread& thread : waiting) thread.join();
}

TEST_F(FetchSchedulerTest, NobodyWaitsForLong) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 1;
  FetchScheduler patient(fetcher_, options);
  options.max_wait = absl::Milliseconds(10);
  FetchScheduler impatient(fetcher_, options);
  for (FetchScheduler* scheduler : {&patient, &impatient}) {
    HeldFetches held(fetcher_, *scheduler);
    held.Start({.url = "https://a.example/1"});
    FetchRequest request{.url = "https://a.example/2"};
    if (scheduler == &patient) request.deadline = now_ + absl::Milliseconds(10);
    EXPECT_THAT(scheduler->Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
    request.deadline = now_;
    EXPECT_THAT(scheduler->Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
    EXPECT_EQ(scheduler->load().queued, 0);
  }
}

TEST_F(FetchSchedulerTest, ThoseWhoWaitForTheSameUrlShareOneFetch) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 1;
  FetchScheduler scheduler(fetcher_, options);
  absl::Notification first_gate;
  absl::Notification second_gate;
  fetcher_.script = [&](const FetchRequest& request) {
    (request.url.ends_with("1") ? first_gate : second_gate).WaitForNotification();
    return Document("{}");
  };
  std::vector<std::thread> callers;
  const auto call = [&](const std::string& url) {
    callers.emplace_back([&scheduler, url] { EXPECT_THAT(scheduler.Fetch({.url = url}), Succeeded()); });
  };
  call("https://a.example/1");
  EXPECT_TRUE(testing::Eventually([&] { return fetcher_.calls == 1; }, "the fetch begins"));
  for (int i = 0; i < 3; ++i) call("https://a.example/2");
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().queued == 3; }, "the callers wait"));
  first_gate.Notify();
  // One caller fetches and two have joined.
  EXPECT_TRUE(
      testing::Eventually([&] { return fetcher_.calls == 2 && scheduler.load().waiting == 2; }, "the callers wait"));
  second_gate.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(fetcher_.calls, 2);
}

TEST_F(FetchSchedulerTest, WhatHappenedDuringTheWaitCounts) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 1;
  options.slow_host_backoff.free_failures = 0;
  FetchScheduler scheduler(fetcher_, options);
  absl::Notification gate;
  fetcher_.script = [&](const FetchRequest&) {
    gate.WaitForNotification();
    return Failure(v1::FETCH_FAILURE_REASON_TIMEOUT);
  };
  std::thread first([&] {
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/1"}), FailedWith(v1::FETCH_FAILURE_REASON_TIMEOUT));
  });
  EXPECT_TRUE(testing::Eventually([&] { return fetcher_.calls == 1; }, "the fetch begins"));
  std::thread second([&] {
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/2"}), FailedWith(v1::FETCH_FAILURE_REASON_PACED));
  });
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().queued == 1; }, "the callers wait"));
  gate.Notify();
  first.join();
  second.join();
  EXPECT_EQ(fetcher_.calls, 1);
}

// The time of an answer must be the same for a host name that does not exist, a forbidden address, and a port that is
// closed or does not answer.
TEST_F(FetchSchedulerTest, UnreachableIsToldAtAFixedTime) {
  const struct {
    v1::FetchFailureReason reason;
    absl::Duration taken;
    absl::Duration pause;
  } kCases[] = {
      {v1::FETCH_FAILURE_REASON_UNREACHABLE, absl::ZeroDuration(), absl::Milliseconds(2500)},
      {v1::FETCH_FAILURE_REASON_UNREACHABLE, absl::Milliseconds(3), absl::Milliseconds(2497)},
      {v1::FETCH_FAILURE_REASON_UNREACHABLE, absl::Seconds(2), absl::Milliseconds(500)},
      {v1::FETCH_FAILURE_REASON_UNREACHABLE, absl::Seconds(3), absl::ZeroDuration()},
      // The clock went backwards.
      {v1::FETCH_FAILURE_REASON_UNREACHABLE, -absl::Hours(1), absl::Milliseconds(2500)},
      {v1::FETCH_FAILURE_REASON_TLS, absl::Milliseconds(3), absl::ZeroDuration()},
      {v1::FETCH_FAILURE_REASON_GONE, absl::Milliseconds(3), absl::ZeroDuration()},
      {v1::FETCH_FAILURE_REASON_UNSPECIFIED, absl::Milliseconds(3), absl::ZeroDuration()},
  };
  for (const auto& test : kCases) {
    FetchSchedulerOptions options = Options();
    absl::Duration paused;
    FetchScheduler* running = nullptr;
    options.pause = [&](absl::Duration duration, const std::function<bool()>&) {
      paused += duration;
      // The state of the scheduler must not show that the fetch has ended, either.
      EXPECT_EQ(running->load().active, 1);
      EXPECT_EQ(running->load().paced_keys, 0u);
    };
    FetchScheduler scheduler(fetcher_, options);
    running = &scheduler;
    fetcher_.script = [&](const FetchRequest&) {
      now_ += test.taken;
      return test.reason == v1::FETCH_FAILURE_REASON_UNSPECIFIED ? Document("{}") : Failure(test.reason);
    };
    const FetchResult result = scheduler.Fetch({.url = "https://a.example/c"});
    EXPECT_EQ(result.failure.reason(), test.reason);
    EXPECT_EQ(paused, test.pause) << v1::FetchFailureReason_Name(test.reason) << " after " << test.taken;
  }
}

TEST_F(FetchSchedulerTest, AFailingUrlIsPaced) {
  FetchScheduler scheduler(fetcher_, Options());
  const FetchRequest request{.url = "https://a.example/c"};
  Answer(Failure(v1::FETCH_FAILURE_REASON_GONE));
  // The first failure causes no wait, so the owner of a corrected document can retry immediately.
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  const FetchResult paced = scheduler.Fetch(request);
  EXPECT_THAT(paced, FailedWith(v1::FETCH_FAILURE_REASON_PACED));
  EXPECT_EQ(paced.failure.fail_time().seconds(), absl::ToUnixSeconds(now_));
  EXPECT_EQ(fetcher_.calls, 2);
  ASSERT_THAT(observations_, SizeIs(1));
  EXPECT_EQ(observations_[0].reason, v1::FETCH_FAILURE_REASON_PACED);

  // Requests during the wait do not extend it. Other URLs of the host are not affected.
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/d"}), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  now_ += absl::Milliseconds(999);
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_PACED));
  now_ += absl::Milliseconds(1);
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_GONE));
  now_ += absl::Seconds(1);
  EXPECT_THAT(scheduler.Fetch(request), FailedWith(v1::FETCH_FAILURE_REASON_PACED)) << "two seconds by now";
  now_ += absl::Seconds(1);

  // A success ends the backoff. Successful fetches are never delayed.
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
    // The host works again, so the count of failures restarts.
    Answer(Failure(reason));
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/x"}), FailedWith(reason));
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/y"}), FailedWith(reason));
  }
}

// A caller that makes the server fetch invented URLs must neither overload the host nor make its documents unavailable.
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
  // 20 without a delay, then one in each of the remaining nine seconds.
  EXPECT_EQ(sent, 29);
  now_ += absl::Seconds(1);
  Answer(Document("{}"));
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/real"}), Succeeded());
}

// Failures for one tenant must not delay another tenant, unless the host is unreachable for everyone.
TEST_F(FetchSchedulerTest, FailuresArePacedForTheTenantThatHadThem) {
  const struct {
    v1::FetchFailureReason reason;
    bool for_all_tenants;
  } kCases[] = {
      {v1::FETCH_FAILURE_REASON_UNREACHABLE, true}, {v1::FETCH_FAILURE_REASON_TLS, true},
      {v1::FETCH_FAILURE_REASON_TIMEOUT, false},    {v1::FETCH_FAILURE_REASON_GONE, false},
      {v1::FETCH_FAILURE_REASON_HTML, false},       {v1::FETCH_FAILURE_REASON_TOO_LARGE, false},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(v1::FetchFailureReason_Name(test.reason));
    FetchScheduler scheduler(fetcher_, Options());
    Answer(Failure(test.reason));
    for (int i = 0; i < 30; ++i) {
      scheduler.Fetch({.url = absl::StrCat("https://a.example/", i), .tenant = "tenants/failing"});
    }
    const auto again = [&](const std::string& tenant, const std::string& path) {
      return scheduler.Fetch({.url = "https://a.example/" + path, .tenant = tenant});
    };
    EXPECT_THAT(again("tenants/failing", "new"), FailedWith(v1::FETCH_FAILURE_REASON_PACED));
    Answer(Document("{}"));
    for (const char* path : {"other", "0", "29"}) {
      if (test.for_all_tenants) {
        EXPECT_THAT(again("tenants/other", path), FailedWith(v1::FETCH_FAILURE_REASON_PACED)) << path;
      } else {
        EXPECT_THAT(again("tenants/other", path), Succeeded()) << path;
      }
    }
  }
}

TEST_F(FetchSchedulerTest, AUrlWhoseLastFetchSucceededIsPacedByItsOwnFailuresAlone) {
  FetchScheduler scheduler(fetcher_, Options());
  const FetchRequest good{.url = "https://a.example/good", .tenant = "tenants/t"};
  Answer(Document("{}"));
  EXPECT_THAT(scheduler.Fetch(good), Succeeded());
  for (const auto reason : {v1::FETCH_FAILURE_REASON_UNREACHABLE, v1::FETCH_FAILURE_REASON_GONE}) {
    Answer(Failure(reason));
    for (int i = 0; i < 30; ++i) scheduler.Fetch({.url = absl::StrCat("https://a.example/", i), .tenant = "tenants/t"});
    EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/new", .tenant = "tenants/t"}),
                FailedWith(v1::FETCH_FAILURE_REASON_PACED));
    Answer(Document("{}"));
    EXPECT_THAT(scheduler.Fetch(good), Succeeded()) << v1::FetchFailureReason_Name(reason);
  }
  Answer(Failure(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  for (int i = 0; i < 5; ++i) scheduler.Fetch({.url = absl::StrCat("https://a.example/x", i), .tenant = "tenants/t"});
  EXPECT_THAT(scheduler.Fetch(good), FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  EXPECT_THAT(scheduler.Fetch(good), FailedWith(v1::FETCH_FAILURE_REASON_PACED)) << "it failed itself";
}

TEST_F(FetchSchedulerTest, OneTenantTakesHalfOfAHost) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 3;
  options.max_waiting_per_host = 3;
  FetchScheduler scheduler(fetcher_, options);
  HeldFetches held(fetcher_, scheduler);
  std::vector<std::thread> waiting;
  const auto wait = [&](const std::string& path, const std::string& tenant) {
    waiting.emplace_back([&scheduler, request = FetchRequest{.url = "https://a.example/" + path, .tenant = tenant}] {
      EXPECT_THAT(scheduler.Fetch(request), Succeeded());
    });
    EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().queued == static_cast<int>(waiting.size()); },
                                    "the scheduler gets there"));
  };
  held.Start({.url = "https://a.example/1", .tenant = "tenants/greedy"});
  held.Start({.url = "https://a.example/2", .tenant = "tenants/greedy"});
  wait("3", "tenants/greedy");
  wait("4", "tenants/greedy");
  EXPECT_THAT(scheduler.Fetch({.url = "https://a.example/5", .tenant = "tenants/greedy"}),
              FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
  held.Start({.url = "https://a.example/1?", .tenant = "tenants/other"});
  wait("2?", "tenants/other");
  EXPECT_EQ(scheduler.load().active, 3);
  held.Release();
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(fetcher_.calls, 6);
}

// Results are ordered by the start of their fetch, regardless of its end and of the clock. A joined fetch started
// before the call.
TEST_F(FetchSchedulerTest, ResultsTellWhenTheirFetchBegan) {
  FetchSchedulerOptions options = Options();
  int64_t revision = 7;
  options.revision = [&] { return revision; };
  FetchScheduler scheduler(fetcher_, options);
  absl::Notification gate;
  fetcher_.script = [&](const FetchRequest& request) {
    if (request.url.ends_with("slow")) gate.WaitForNotification();
    return Document("{}");
  };
  const absl::Time start = now_;
  FetchResult first;
  FetchResult joined;
  std::thread one([&] { first = scheduler.Fetch({.url = "https://a.example/slow"}); });
  EXPECT_TRUE(testing::Eventually([&] { return fetcher_.calls == 1; }, "the scheduler gets there"));
  now_ -= absl::Hours(1);
  std::thread two([&] { joined = scheduler.Fetch({.url = "https://a.example/slow"}); });
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().waiting == 1; }, "the scheduler gets there"));
  const FetchResult second = scheduler.Fetch({.url = "https://a.example/quick"});
  revision = 8;
  const FetchResult third = scheduler.Fetch({.url = "https://a.example/quick"});
  // The fetches of another server that has just started come after fetches that began before the newest commit it can
  // read.
  FetchScheduler other(fetcher_, options);
  const FetchResult elsewhere = other.Fetch({.url = "https://a.example/quick"});
  gate.Notify();
  one.join();
  two.join();
  EXPECT_EQ(first.begin_time, start);
  EXPECT_EQ(joined.begin_time, start);
  EXPECT_EQ(joined.order, first.order);
  EXPECT_EQ(second.begin_time, now_);
  EXPECT_GT(first.order, 0);
  EXPECT_LT(first.order, second.order);
  EXPECT_LT(second.order, third.order);
  EXPECT_LT(second.order, elsewhere.order);
}

TEST_F(FetchSchedulerTest, AFetchThatNobodyWaitsForIsDropped) {
  FetchSchedulerOptions options = Options();
  options.max_per_host = 1;
  FetchScheduler scheduler(fetcher_, options);
  fetcher_.script = [](const FetchRequest& request) {
    EXPECT_TRUE(testing::Eventually([&] { return request.is_cancelled(); }, "the fetch is cancelled"));
    return AbandonedFetch(absl::UnixEpoch());
  };
  std::atomic<bool> first_gone = false;
  std::atomic<bool> second_gone = false;
  std::atomic<bool> queued_gone = false;
  std::vector<FetchResult> results(3);
  const auto call = [&](FetchResult& result, const char* url, std::atomic<bool>& gone) {
    return std::thread([&scheduler, &result, &gone, url] {
      result = scheduler.Fetch({.url = url, .is_cancelled = [&gone] { return gone.load(); }});
    });
  };
  std::thread first = call(results[0], "https://a.example/1", first_gone);
  EXPECT_TRUE(testing::Eventually([&] { return fetcher_.calls == 1; }, "the scheduler gets there"));
  std::thread second = call(results[1], "https://a.example/1", second_gone);
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().waiting == 1; }, "the scheduler gets there"));
  std::thread queued = call(results[2], "https://a.example/2", queued_gone);
  EXPECT_TRUE(testing::Eventually([&] { return scheduler.load().queued == 1; }, "the scheduler gets there"));
  queued_gone = true;
  queued.join();
  EXPECT_TRUE(results[2].abandoned);
  // The caller that started the fetch leaves, but another one still waits.
  first_gone = true;
  EXPECT_EQ(scheduler.load().active, 1);
  EXPECT_EQ(scheduler.load().waiting, 1);
  second_gone = true;
  second.join();
  first.join();
  for (const FetchResult& result : results) {
    EXPECT_TRUE(result.abandoned);
    EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_BUSY));
  }
  EXPECT_EQ(scheduler.load().active, 0);
  EXPECT_EQ(scheduler.load().paced_keys, 0u) << "it says nothing about the host";
}

TEST_F(FetchSchedulerTest, TheWaitBeforeUnreachableEndsWhenTheCallerLeaves) {
  FetchSchedulerOptions options = Options();
  options.pause = SleepUnlessCancelled;
  options.unreachable_answer_time = absl::Hours(1);
  FetchScheduler scheduler(fetcher_, options);
  Answer(Failure(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  int asked = 0;
  const FetchResult result =
      scheduler.Fetch({.url = "https://a.example/1", .is_cancelled = [&] { return ++asked > 3; }});
  EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE));
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
