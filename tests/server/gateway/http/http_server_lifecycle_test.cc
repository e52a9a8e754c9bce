#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gateway/http/http_server.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/testing/eventually.h"
#include "tests/testing/status_matchers.h"

// Time and threads: answers that are late or missing, clients that are slow or disconnect, limits on both, and
// shutdown.
namespace cimd::gateway {
namespace {

using ::cimd::testing::Eventually;
using ::cimd::testing::RawHttpClient;
using ::cimd::testing::RawResponse;
using ::cimd::testing::StatusIs;
using ::testing::AnyOf;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
// Short enough for a test to wait for, and much shorter than the other timeouts.
constexpr absl::Duration kShort = absl::Milliseconds(30);
constexpr absl::Duration kPatience = absl::Seconds(10);

HttpResponse Text(std::string body) { return {.body = std::move(body)}; }

// Requests that wait until the test answers them.
class Requests {
 public:
  struct Pending {
    HttpRequest request;
    Respond respond;
  };

  HttpHandler Handler() {
    return [this](HttpRequest request, Respond respond) {
      absl::MutexLock lock(&mu_);
      pending_.push_back({std::move(request), std::move(respond)});
    };
  }

  // Returns the next request. Ends the test program if none arrives.
  Pending Next() {
    absl::MutexLock lock(&mu_);
    const auto arrived = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !pending_.empty(); };
    if (!mu_.AwaitWithTimeout(absl::Condition(&arrived), kPatience)) ADD_FAILURE() << "no request";
    Pending next = std::move(pending_.front());
    pending_.pop_front();
    return next;
  }

  bool empty() {
    absl::MutexLock lock(&mu_);
    return pending_.empty();
  }

 private:
  absl::Mutex mu_;
  std::deque<Pending> pending_ ABSL_GUARDED_BY(mu_);
};

class HttpServerLifecycleTest : public ::testing::Test {
 protected:
  void Start(HttpServerOptions options, HttpHandler handler) {
    CIMD_ASSERT_OK_AND_ASSIGN(server_, HttpServer::Start(std::move(options), std::move(handler)));
    port_ = server_->port();
  }
  void StartPending(HttpServerOptions options = {}) { Start(std::move(options), requests_.Handler()); }
  void StartSimple(HttpServerOptions options) {
    Start(std::move(options), [](const HttpRequest&, Respond respond) { std::move(respond)(Text("ok")); });
  }
  RawHttpClient Connect() { return RawHttpClient(port_); }

  Requests requests_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(HttpServerLifecycleTest, TakesAnAnswerFromAnotherThread) {
  StartPending();
  RawHttpClient client = Connect();
  for (int i = 0; i < 3; ++i) {
    client.Send(kGet);
    std::move(requests_.Next().respond)(Text(absl::StrCat(i)));
    EXPECT_EQ(client.ReadResponse().body, absl::StrCat(i));
  }
}

TEST_F(HttpServerLifecycleTest, TakesOnlyTheFirstAnswer) {
  StartPending();
  RawHttpClient client = Connect();
  client.Send(kGet);
  Requests::Pending pending = requests_.Next();
  std::move(pending.respond)(Text("first"));
  std::move(pending.respond)(Text("second"));  // NOLINT(bugprone-use-after-move): as a faulty handler would
  EXPECT_EQ(client.ReadResponse().body, "first");
  client.Send(kGet);
  std::move(requests_.Next().respond)(Text("third"));
  EXPECT_EQ(client.ReadResponse().body, "third");
}

TEST_F(HttpServerLifecycleTest, AnswersForAHandlerThatDoesNot) {
  StartPending();
  RawHttpClient client = Connect();
  client.Send(kGet);
  { Requests::Pending dropped = requests_.Next(); }
  EXPECT_EQ(client.ReadResponse().status, 500);
  client.Send(kGet);
  std::move(requests_.Next().respond)(Text("ok"));
  EXPECT_EQ(client.ReadResponse().status, 200);

  Start({}, [](const HttpRequest&, const Respond&) {});
  EXPECT_EQ(Connect().Exchange(kGet).status, 500);
}

TEST_F(HttpServerLifecycleTest, LooksAtOneRequestAtATime) {
  StartPending();
  RawHttpClient client = Connect();
  client.Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 1; i <= 3; ++i) {
    Requests::Pending pending = requests_.Next();
    EXPECT_EQ(pending.request.target, absl::StrCat("/", i));
    EXPECT_TRUE(requests_.empty());
    std::move(pending.respond)(Text(absl::StrCat(i)));
  }
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(client.ReadResponse().body, absl::StrCat(i));
}

TEST_F(HttpServerLifecycleTest, ReadsWhatArrivesWhileAHandlerWorks) {
  StartPending();
  RawHttpClient client = Connect();
  client.Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Le");
  Requests::Pending first = requests_.Next();
  // More than the connection's buffer can hold.
  client.Send(absl::StrCat("ngth: 60000\r\n\r\n", std::string(60000, 'x')));
  std::move(first.respond)(Text("1"));
  EXPECT_EQ(client.ReadResponse().body, "1");
  Requests::Pending second = requests_.Next();
  EXPECT_EQ(second.request.body.size(), 60000u);
  std::move(second.respond)(Text("2"));
  EXPECT_EQ(client.ReadResponse().body, "2");
}

TEST_F(HttpServerLifecycleTest, CancelsWhenTheClientLeaves) {
  for (const bool half_close : {false, true}) {
    StartPending();
    RawHttpClient client = Connect();
    client.Send(kGet);
    Requests::Pending pending = requests_.Next();
    absl::Notification cancelled;
    pending.request.cancellation->OnCancel([&] { cancelled.Notify(); });
    half_close ? client.CloseSending() : client.Close();
    EXPECT_TRUE(cancelled.WaitForNotificationWithTimeout(kPatience));
    std::move(pending.respond)(Text("too late"));
    if (half_close) {
      EXPECT_TRUE(client.EndsHere());
    }
    RawHttpClient other = Connect();
    other.Send(kGet);
    std::move(requests_.Next().respond)(Text("ok"));
    EXPECT_EQ(other.ReadResponse().status, 200);
  }
}

TEST_F(HttpServerLifecycleTest, LetsTheCancelledHandlerAnswerInPlace) {
  StartPending();
  RawHttpClient client = Connect();
  client.Send(kGet);
  Requests::Pending pending = requests_.Next();
  absl::Notification cancelled;
  pending.request.cancellation->OnCancel([&, respond = std::move(pending.respond)]() mutable {
    std::move(respond)(Text("too late"));
    cancelled.Notify();
  });
  client.Close();
  EXPECT_TRUE(cancelled.WaitForNotificationWithTimeout(kPatience));
}

TEST_F(HttpServerLifecycleTest, DoesNotCancelWhatIsAnswered) {
  StartPending();
  RawHttpClient client = Connect();
  client.Send(kGet);
  Requests::Pending pending = requests_.Next();
  std::atomic<bool> cancelled = false;
  pending.request.cancellation->OnCancel([&] { cancelled = true; });
  std::move(pending.respond)(Text("ok"));
  EXPECT_EQ(client.ReadResponse().status, 200);
  client.Close();
  server_->Shutdown(kPatience);
  EXPECT_FALSE(cancelled);
}

TEST_F(HttpServerLifecycleTest, AnswersAClientThatHasClosedItsSendingSide) {
  StartSimple({});
  RawHttpClient client = Connect();
  client.Send(absl::StrCat(kGet, kGet));
  client.CloseSending();
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerLifecycleTest, SurvivesClientsThatLeaveAtAnyPoint) {
  StartSimple({});
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  for (size_t size = 0; size <= request.size(); ++size) {
    RawHttpClient client = Connect();
    client.Send(request.substr(0, size));
    client.Close();
  }
  EXPECT_EQ(Connect().Exchange(request).status, 200);
  // Shutdown returns only if every connection has been released.
  server_->Shutdown(absl::InfiniteDuration());
}

// A client that sends a byte now and then must not keep a connection longer than one that sends nothing.
TEST_F(HttpServerLifecycleTest, GivesAHeaderLimitedTime) {
  HttpServerOptions options;
  options.header_timeout = kShort;
  StartSimple(options);
  for (const bool after_another : {false, true}) {
    RawHttpClient client = Connect();
    if (after_another) {
      EXPECT_EQ(client.Exchange(kGet).status, 200);
    }
    client.Send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    const absl::Time start = absl::Now();
    while (!client.Readable() && absl::Now() - start < kPatience) client.Send("x");
    const RawResponse response = client.ReadResponse();
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_TRUE(client.EndsHere());
  }
}

TEST_F(HttpServerLifecycleTest, GivesABodyLimitedTime) {
  HttpServerOptions options;
  options.body_timeout = kShort;
  StartSimple(options);
  for (const char* header : {"Content-Length: 60000", "Transfer-Encoding: chunked"}) {
    RawHttpClient client = Connect();
    client.Send(absl::StrCat("POST / HTTP/1.1\r\nHost: a\r\n", header, "\r\n\r\n"));
    const absl::Time start = absl::Now();
    while (!client.Readable() && absl::Now() - start < kPatience) client.Send("1\r\nx\r\n");
    EXPECT_EQ(client.ReadResponse().status, 408);
    EXPECT_TRUE(client.EndsHere());
  }
}

TEST_F(HttpServerLifecycleTest, GivesAClientLimitedTimeToContinue) {
  HttpServerOptions options;
  options.body_timeout = kShort;
  StartSimple(options);
  RawHttpClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().status, 100);
  EXPECT_EQ(client.ReadResponse().status, 408);
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerLifecycleTest, ClosesIdleConnections) {
  HttpServerOptions options;
  options.idle_timeout = kShort;
  StartSimple(options);
  RawHttpClient client = Connect();
  EXPECT_EQ(client.Exchange(kGet).status, 200);
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerLifecycleTest, ClosesConnectionsThatNeverAsk) {
  HttpServerOptions options;
  options.header_timeout = kShort;
  StartSimple(options);
  EXPECT_TRUE(Connect().EndsHere());
}

TEST_F(HttpServerLifecycleTest, DoesNotTakeAHandlersTimeForTheClients) {
  HttpServerOptions options;
  options.header_timeout = options.body_timeout = options.idle_timeout = options.write_timeout = kShort;
  StartPending(options);
  RawHttpClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  Requests::Pending pending = requests_.Next();
  // Other connections time out in the meantime.
  EXPECT_TRUE(Connect().EndsHere());
  EXPECT_TRUE(Connect().EndsHere());
  std::move(pending.respond)(Text("ok"));
  EXPECT_EQ(client.ReadResponse().status, 200);
}

TEST_F(HttpServerLifecycleTest, GivesAClientLimitedTimeToTakeAnAnswer) {
  constexpr size_t kLarge = 64 << 20;  // more than both sockets buffer
  HttpServerOptions options;
  options.write_timeout = kShort;
  Start(options, [](const HttpRequest&, Respond respond) { std::move(respond)(Text(std::string(kLarge, 'x'))); });
  RawHttpClient client = Connect();
  client.Send(kGet);
  ASSERT_TRUE(Eventually([&] { return client.Readable(); }, "a part of the answer has come"));
  // Shutdown waits until the connection ends.
  server_->Shutdown(absl::InfiniteDuration());
  EXPECT_LT(client.ReadToEnd().size(), kLarge);
}

TEST_F(HttpServerLifecycleTest, TurnsAwayTooManyConnections) {
  HttpServerOptions options;
  options.max_connections = 2;
  options.max_connections_per_address = 2;
  StartPending(options);
  RawHttpClient first = Connect();
  first.Send(kGet);
  RawHttpClient second = Connect();
  second.Send(kGet);
  Requests::Pending pending[] = {requests_.Next(), requests_.Next()};
  for (int i = 0; i < 3; ++i) {
    RawHttpClient third = Connect();
    const RawResponse response = third.ReadResponse();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_TRUE(response.HasHeader("Date"));
    EXPECT_TRUE(third.EndsHere());
  }
  for (Requests::Pending& request : pending) std::move(request.respond)(Text("ok"));
  EXPECT_EQ(first.ReadResponse().status, 200);
  EXPECT_EQ(second.ReadResponse().status, 200);
}

// A closed connection must free its place.
TEST_F(HttpServerLifecycleTest, GivesPlacesBack) {
  HttpServerOptions options;
  options.max_connections = 1;
  StartSimple(options);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Eventually(
        [&] { return Connect().Exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status == 200; },
        "the place of the last connection is free"));
  }
}

TEST_F(HttpServerLifecycleTest, ClosesTheLongestIdleConnectionWhenFull) {
  HttpServerOptions options;
  options.max_connections = 3;
  options.max_connections_per_address = 3;
  options.io_threads = 1;  // One thread sees that a connection is idle before the next accept.
  StartSimple(options);
  RawHttpClient first = Connect(), second = Connect(), third = Connect();
  for (RawHttpClient* client : {&second, &first, &third}) EXPECT_EQ(client->Exchange(kGet).status, 200);
  EXPECT_EQ(Connect().Exchange(kGet).status, 200);
  EXPECT_TRUE(second.EndsHere());
  EXPECT_EQ(first.Exchange(kGet).status, 200);
  EXPECT_EQ(third.Exchange(kGet).status, 200);
}

// One host that opens as many connections as it can must leave room for other hosts.
TEST_F(HttpServerLifecycleTest, NoAddressTakesThePlacesOfAll) {
  HttpServerOptions options;
  options.max_connections = 4;
  options.max_connections_per_address = 2;
  options.io_threads = 1;  // One thread sees that a connection is idle before the next accept.
  StartPending(options);
  std::deque<RawHttpClient> greedy;
  std::deque<Requests::Pending> pending;
  for (int i = 0; i < 2; ++i) {
    greedy.push_back(Connect());
    greedy.back().Send(kGet);
    pending.push_back(requests_.Next());
  }
  EXPECT_EQ(Connect().ReadResponse().status, 503);
  RawHttpClient other(port_, "127.0.0.2");
  other.Send(kGet);
  std::move(requests_.Next().respond)(Text("ok"));
  EXPECT_EQ(other.ReadResponse().status, 200);
  for (Requests::Pending& request : pending) std::move(request.respond)(Text("ok"));
  for (RawHttpClient& client : greedy) EXPECT_EQ(client.ReadResponse().status, 200);
  // This address's oldest idle connection makes room, not a connection of another address.
  RawHttpClient next = Connect();
  next.Send(kGet);
  std::move(requests_.Next().respond)(Text("ok"));
  EXPECT_EQ(next.ReadResponse().status, 200);
  EXPECT_TRUE(greedy.front().EndsHere());
  other.Send(kGet);
  std::move(requests_.Next().respond)(Text("ok"));
  EXPECT_EQ(other.ReadResponse().status, 200);
}

// Uses up all file descriptors of the process.
class NoFileDescriptors {
 public:
  NoFileDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 200;
    setrlimit(RLIMIT_NOFILE, &low);
    for (int fd; (fd = dup(STDERR_FILENO)) >= 0;) taken_.push_back(fd);
  }
  ~NoFileDescriptors() {
    while (!taken_.empty()) GiveOneBack();
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  void GiveOneBack() {
    close(taken_.back());
    taken_.pop_back();
  }

 private:
  rlimit before_;
  std::vector<int> taken_;
};

TEST_F(HttpServerLifecycleTest, GoesOnAcceptingWhenFileDescriptorsAreBack) {
  StartSimple({});
  RawHttpClient client = Connect();
  EXPECT_EQ(client.Exchange(kGet).status, 200);
  std::unique_ptr<RawHttpClient> waiting;
  {
    NoFileDescriptors none;
    none.GiveOneBack();
    // The client takes the descriptor, so that none is left for the server's end.
    waiting = std::make_unique<RawHttpClient>(port_);
    ASSERT_TRUE(waiting->connected());
    waiting->Send(kGet);
    // Existing connections continue.
    EXPECT_EQ(client.Exchange(kGet).status, 200);
    EXPECT_FALSE(waiting->Readable());
  }
  EXPECT_EQ(waiting->ReadResponse().status, 200);
}

TEST_F(HttpServerLifecycleTest, DoesNotStartWithoutFileDescriptors) {
#ifdef CIMD_NEEDS_FILE_DESCRIPTORS
  GTEST_SKIP() << "the sanitizer would fail first";
#endif
  NoFileDescriptors none;
  for (int given = 0; given < 20; ++given) {
    const absl::Status status = HttpServer::Start({}, requests_.Handler()).status();
    if (status.ok()) {
      EXPECT_GT(given, 0);
      return;
    }
    EXPECT_THAT(status,
                AnyOf(StatusIs(absl::StatusCode::kResourceExhausted), StatusIs(absl::StatusCode::kUnavailable)));
    none.GiveOneBack();
  }
  ADD_FAILURE() << "does not start";
}

TEST_F(HttpServerLifecycleTest, FinishesRequestsUnderWayWhenShuttingDown) {
  StartPending();
  RawHttpClient idle = Connect();
  RawHttpClient used = Connect();
  used.Send(kGet);
  std::move(requests_.Next().respond)(Text("ok"));
  EXPECT_EQ(used.ReadResponse().status, 200);
  RawHttpClient half_sent = Connect();
  half_sent.Send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_EQ(half_sent.ReadResponse().status, 100);
  RawHttpClient busy = Connect();
  busy.Send(absl::StrCat(kGet, kGet));
  Requests::Pending pending = requests_.Next();

  std::thread shutdown([this] { server_->Shutdown(absl::InfiniteDuration()); });
  EXPECT_TRUE(idle.EndsHere());
  EXPECT_TRUE(used.EndsHere());
  EXPECT_FALSE(Connect().connected());
  half_sent.Send("x");
  std::move(requests_.Next().respond)(Text("half-sent"));
  std::move(pending.respond)(Text("busy"));
  for (RawHttpClient* client : {&half_sent, &busy}) {
    const RawResponse response = client->ReadResponse();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_TRUE(client->EndsHere());
  }
  half_sent.Close();
  busy.Close();
  shutdown.join();
  // The second request on the busy connection has not started.
  EXPECT_TRUE(requests_.empty());
}

TEST_F(HttpServerLifecycleTest, CancelsWhatOutlastsTheGrace) {
  StartPending();
  RawHttpClient client = Connect();
  client.Send(kGet);
  Requests::Pending pending = requests_.Next();
  bool cancelled = false;
  pending.request.cancellation->OnCancel([&] { cancelled = true; });
  server_->Shutdown(kShort);
  EXPECT_TRUE(cancelled);
  EXPECT_TRUE(client.EndsHere());
  std::move(pending.respond)(Text("too late"));
}

TEST_F(HttpServerLifecycleTest, DropsAnswersAfterItsEnd) {
  StartPending();
  std::vector<RawHttpClient> clients;
  std::vector<Requests::Pending> pending;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(Connect());
    clients.back().Send(kGet);
    pending.push_back(requests_.Next());
  }
  std::atomic<bool> go = false;
  std::thread responder([&] {
    while (!go) {
    }
    for (Requests::Pending& request : pending) std::move(request.respond)(Text("ok"));
    pending.clear();
  });
  go = true;
  server_ = nullptr;
  responder.join();
  for (RawHttpClient& client : clients) {
    const int status = client.ReadResponse().status;
    EXPECT_TRUE(status == 0 || status == 200) << status;
  }
}

TEST_F(HttpServerLifecycleTest, ServesManyClientsAtOnce) {
  HttpServerOptions options;
  options.io_threads = 4;
  StartPending(options);
  constexpr int kClients = 20;
  constexpr int kRequests = 50;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < kClients * kRequests / 2; ++j) {
        Requests::Pending pending = requests_.Next();
        std::move(pending.respond)(Text(pending.request.target));
      }
    });
  }
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([this, i] {
      RawHttpClient client = Connect();
      for (int j = 0; j < kRequests; ++j) {
        const std::string target = absl::StrCat("/", i, "/", j);
        EXPECT_EQ(client.Exchange(absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: a\r\n\r\n")).body, target);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace cimd::gateway
