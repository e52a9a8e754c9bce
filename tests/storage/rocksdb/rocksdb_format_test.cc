#include "storage/rocksdb/rocksdb_format.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::storage {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::FieldsAre;

TEST(RocksDbFormatTest, NumbersSortAsTheyCount) {
  EXPECT_EQ(EncodeInt64(1), "\0\0\0\0\0\0\0\1"s);
  EXPECT_LT(EncodeInt64(255), EncodeInt64(256));
  for (int64_t number : {int64_t{0}, int64_t{1}, int64_t{255}, int64_t{1} << 40, INT64_MAX}) {
    EXPECT_EQ(DecodeInt64(EncodeInt64(number)), number);
  }
}

TEST(RocksDbFormatTest, DamagedNumbersAreSeen) {
  for (const std::string& bytes : {""s, "\0\0\0\0\0\0\0"s, "\0\0\0\0\0\0\0\1\0"s, "\x80\0\0\0\0\0\0\1"s}) {
    EXPECT_EQ(DecodeInt64(bytes), std::nullopt);
  }
}

TEST(RocksDbFormatTest, ValuesCarryTheirRevision) {
  std::optional<StoredValue> stored = DecodeValue(EncodeInt64(7) + "value");
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->revision, 7);
  EXPECT_EQ(DecodeValue(EncodeInt64(7))->value, "");
  EXPECT_FALSE(DecodeValue("short").has_value());
}

HistoryRecord Record() {
  return HistoryRecord{4, {{"b", "1"}, {"a", std::nullopt}, {"c", ""}, {""s, "x"}, {"a/\xff"s, "\0"s}}};
}

TEST(RocksDbFormatTest, HistoryKeepsTheOrderAndThePrefixFilters) {
  const std::string bytes = EncodeHistoryRecord(Record());
  std::optional<HistoryRecord> all = DecodeHistoryRecord(bytes, "");
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->previous, 4);
  EXPECT_THAT(all->changes, ElementsAre(FieldsAre("b", "1"), FieldsAre("a", std::nullopt), FieldsAre("c", ""),
                                        FieldsAre("", "x"), FieldsAre("a/\xff", "\0"s)));
  EXPECT_THAT(DecodeHistoryRecord(bytes, "a")->changes,
              ElementsAre(FieldsAre("a", std::nullopt), FieldsAre("a/\xff", "\0"s)));
  EXPECT_TRUE(DecodeHistoryRecord(bytes, "z")->changes.empty());
}

TEST(RocksDbFormatTest, DamagedHistoryNeverReadsBeyondItsBytes) {
  const std::string bytes = EncodeHistoryRecord(Record());
  int whole = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    // A copy of exactly this size, so that the address sanitizer detects a read beyond the end.
    const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    whole += DecodeHistoryRecord(std::string_view(cut.data(), cut.size()), "").has_value();
  }
  EXPECT_EQ(whole, 5) << "a cut is unseen only between two changes";
  for (size_t i = 8; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = '\xff';
    DecodeHistoryRecord(damaged, "");
  }
  std::string unknown_tag = bytes;
  unknown_tag[8] = 'X';
  EXPECT_FALSE(DecodeHistoryRecord(unknown_tag, "").has_value());
}

}  // namespace
}  // namespace cimd::storage
