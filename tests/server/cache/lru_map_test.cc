#include "server/cache/lru_map.h"

#include <cstddef>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace cimd::cache {
namespace {

TEST(LruMapTest, DropsWhatWasUsedLongestAgo) {
  LruMap<int> map(2);
  map.Put("a", 1);
  map.Put("b", 2);
  ASSERT_NE(map.Find("a"), nullptr);
  map.Put("c", 3);
  EXPECT_EQ(map.Peek("b"), nullptr);
  EXPECT_EQ(*map.Peek("a"), 1);
  EXPECT_EQ(*map.Peek("c"), 3);
  EXPECT_EQ(map.size(), 2u);
}

TEST(LruMapTest, PeekingIsNoUse) {
  LruMap<int> map(2);
  map.Put("a", 1);
  map.Put("b", 2);
  ASSERT_NE(map.Peek("a"), nullptr);
  map.Put("c", 3);
  EXPECT_EQ(map.Peek("a"), nullptr);
}

TEST(LruMapTest, PutReplacesAndEraseRemoves) {
  LruMap<std::unique_ptr<int>> map(3);
  *map.Put("a", std::make_unique<int>(1)) += 1;
  EXPECT_EQ(**map.Find("a"), 2);
  map.Put("a", std::make_unique<int>(5));
  EXPECT_EQ(**map.Find("a"), 5);
  EXPECT_EQ(map.size(), 1u);
  map.Erase("a");
  map.Erase("a");
  EXPECT_EQ(map.Find("a"), nullptr);
  EXPECT_EQ(map.size(), 0u);
}

TEST(LruMapTest, KeepsTheNewestEvenIfItIsTooHeavy) {
  LruMap<int> map(10);
  map.Put("a", 1, 5);
  map.Put("b", 2, 5);
  map.Put("heavy", 3, 100);
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(*map.Find("heavy"), 3);
  map.Put("c", 4, 1);
  EXPECT_EQ(map.Find("heavy"), nullptr);
}

// The model is a list that is searched from the front.
TEST(LruMapTest, AgreesWithASimpleModel) {
  std::mt19937 random(1);
  constexpr size_t kMaxWeight = 20;
  LruMap<int> map(kMaxWeight);
  struct Entry {
    std::string key;
    int value;
    size_t weight;
  };
  std::list<Entry> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::string key(1, static_cast<char>('a' + random() % 16));
    auto found = model.begin();
    while (found != model.end() && found->key != key) ++found;
    switch (random() % 4) {
      case 0: {
        const int* value = map.Find(key);
        ASSERT_EQ(value != nullptr, found != model.end()) << step;
        if (value == nullptr) break;
        EXPECT_EQ(*value, found->value) << step;
        model.splice(model.begin(), model, found);
        break;
      }
      case 1:
        map.Erase(key);
        if (found != model.end()) model.erase(found);
        break;
      default: {
        const size_t weight = random() % 8;
        map.Put(key, step, weight);
        if (found != model.end()) model.erase(found);
        model.push_front({key, step, weight});
        size_t all = 0;
        for (const Entry& entry : model) all += entry.weight;
        while (all > kMaxWeight && model.size() > 1) {
          all -= model.back().weight;
          model.pop_back();
        }
      }
    }
    ASSERT_EQ(map.size(), model.size()) << step;
  }
}

}  // namespace
}  // namespace cimd::cache
