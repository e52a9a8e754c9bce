#include "client/cli/input/url_queue.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(UrlQueueTest, LetsHostsTakeTurns) {
  UrlQueue queue({"https://a/1", "https://a/2", "https://A/3", "https://b/1", "nonsense"}, /*per_host=*/2);
  std::vector<std::string> taken;
  for (int i = 0; i < 4; ++i) taken.push_back(queue.Take().value_or("none"));
  EXPECT_THAT(taken, ElementsAre("https://a/1", "https://b/1", "nonsense", "https://a/2"));
  EXPECT_EQ(queue.remaining(), 1);
  queue.Finish("https://a/1");
  EXPECT_THAT(queue.Take(), Optional(std::string("https://A/3")));
  EXPECT_EQ(queue.Take(), std::nullopt);
  EXPECT_EQ(queue.remaining(), 0);
}

TEST(UrlQueueTest, MakesAWorkerWaitForRoom) {
  UrlQueue queue({"https://a/1", "https://a/2"}, /*per_host=*/1);
  EXPECT_THAT(queue.Take(), Optional(std::string("https://a/1")));
  std::atomic<bool> finished = false;
  std::thread worker([&] {
    EXPECT_THAT(queue.Take(), Optional(std::string("https://a/2")));
    EXPECT_TRUE(finished);
  });
  finished = true;
  queue.Finish("https://a/1");
  worker.join();
}

TEST(UrlQueueTest, StopsWorkersThatWait) {
  UrlQueue queue({"https://a/1", "https://a/2", "https://b/1"}, /*per_host=*/1);
  ASSERT_TRUE(queue.Take().has_value());
  ASSERT_TRUE(queue.Take().has_value());
  std::thread worker([&] { EXPECT_EQ(queue.Take(), std::nullopt); });
  queue.Stop();
  worker.join();
  EXPECT_EQ(queue.remaining(), 1);
}

TEST(UrlQueueTest, NeverHandsOutTooManyOfOneHost) {
  constexpr int kPerHost = 2;
  std::vector<std::string> urls;
  for (int i = 0; i < 300; ++i) urls.push_back("https://host" + std::to_string(i % 3) + "/" + std::to_string(i));
  UrlQueue queue(urls, kPerHost);
  std::atomic<int> active[3] = {};
  std::atomic<int> done = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; ++i) {
    workers.emplace_back([&] {
      while (std::optional<std::string> url = queue.Take()) {
        const int host = (*url)[12] - '0';
        EXPECT_LE(++active[host], kPerHost);
        std::this_thread::yield();
        --active[host];
        ++done;
        queue.Finish(*url);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(done, 300);
  EXPECT_EQ(queue.remaining(), 0);
}

}  // namespace
}  // namespace cimd::cli
