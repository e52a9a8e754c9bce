#include "storage/store.h"

#include <string>

#include "gtest/gtest.h"

namespace cimd::storage {
namespace {

TEST(PrefixRangeTest, HoldsExactlyTheKeysWithThePrefix) {
  struct Case {
    std::string prefix;
    std::string end;
  };
  const Case cases[] = {{"", ""}, {"a", "b"}, {"ab", "ac"}, {"a\xff", "b"}, {"\x7f", "\x80"}, {"\xff\xff", ""}};
  for (const Case& c : cases) {
    KeyRange range = PrefixRange(c.prefix);
    EXPECT_EQ(range.begin, c.prefix);
    EXPECT_EQ(range.end, c.end);
  }
}

}  // namespace
}  // namespace cimd::storage
