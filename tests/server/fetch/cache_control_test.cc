#include "server/fetch/cache_control.h"

#include "gtest/gtest.h"

namespace cimd::fetch {
namespace {

// Fri, 01 Aug 2025 12:00:00 GMT.
const absl::Time kNow = absl::FromUnixSeconds(1754049600);

struct Case {
  CachingHeaders headers;
  absl::Duration fresh_for;
};

TEST(CacheControlTest, Freshness) {
  const absl::Duration kStale = absl::ZeroDuration();
  const absl::Duration kDefault = absl::Minutes(5);
  const absl::Duration kMax = absl::Hours(24);
  const std::string kDate = "Fri, 01 Aug 2025 12:00:00 GMT";
  const Case kCases[] = {
      // No headers.
      {{}, kDefault},
      {{.cache_control = {""}}, kDefault},
      {{.cache_control = {"public"}}, kDefault},
      {{.cache_control = {"must-revalidate, proxy-revalidate, immutable"}}, kDefault},
      {{.cache_control = {"x-unknown=\"max-age=1, no-store\""}}, kDefault},
      {{.date = {kDate}}, kDefault},
      // Lifetimes and their precedence.
      {{.cache_control = {"max-age=60"}}, absl::Seconds(60)},
      {{.cache_control = {"MAX-AGE=60"}}, absl::Seconds(60)},
      {{.cache_control = {"max-age=\"60\""}}, absl::Seconds(60)},
      {{.cache_control = {" , public ,, max-age=60 ,"}}, absl::Seconds(60)},
      {{.cache_control = {"public", "max-age=60"}}, absl::Seconds(60)},
      {{.cache_control = {"max-age=0"}}, kStale},
      {{.cache_control = {"max-age=60, s-maxage=90"}}, absl::Seconds(90)},
      {{.cache_control = {"s-maxage=0, max-age=60"}}, kStale},
      {{.cache_control = {"max-age=60"}, .expires = {"Fri, 01 Aug 2025 13:00:00 GMT"}}, absl::Seconds(60)},
      {{.cache_control = {"max-age=86400"}}, kMax},
      {{.cache_control = {"max-age=31536000"}}, kMax},
      {{.cache_control = {"max-age=99999999999999999999999"}}, kMax},
      // Must not be reused.
      {{.cache_control = {"no-store"}}, kStale},
      {{.cache_control = {"No-Store, max-age=600"}}, kStale},
      {{.cache_control = {"max-age=600, no-cache"}}, kStale},
      {{.cache_control = {"no-cache=\"set-cookie, x\", max-age=600"}}, kStale},
      {{.cache_control = {"private, max-age=600"}}, kStale},
      {{.cache_control = {"private=\"x\", max-age=600"}}, kStale},
      {{.cache_control = {"max-age=600", "no-store"}}, kStale},
      {{.cache_control = {"max-age=600"}, .vary = {"Accept, *"}}, kStale},
      {{.cache_control = {"max-age=600"}, .vary = {"Accept, Origin"}}, absl::Seconds(600)},
      // Malformed or repeated.
      {{.cache_control = {"max-age"}}, kStale},
      {{.cache_control = {"max-age="}}, kStale},
      {{.cache_control = {"max-age=-1"}}, kStale},
      {{.cache_control = {"max-age=1.5"}}, kStale},
      {{.cache_control = {"max-age=+60"}}, kStale},
      {{.cache_control = {"max-age= 60"}}, kStale},
      {{.cache_control = {"max-age=60s"}}, kStale},
      {{.cache_control = {"max-age=60 public"}}, kStale},
      {{.cache_control = {"max-age=60; public"}}, kStale},
      {{.cache_control = {"max-age=\"60"}}, kStale},
      {{.cache_control = {"public=\"\\"}}, kStale},
      {{.cache_control = {"=60"}}, kStale},
      {{.cache_control = {"max-age=60, max-age=600"}}, kStale},
      {{.cache_control = {"max-age=60", "max-age=60"}}, kStale},
      {{.cache_control = {"s-maxage=x, max-age=60"}}, kStale},
      {{.cache_control = {"max-age=60, x=\"", "no-store", "\""}}, kStale},
      {{.cache_control = {"max-age=60, x=\"", "\""}}, kStale},
      // Expires minus Date.
      {{.expires = {"Fri, 01 Aug 2025 12:10:00 GMT"}}, absl::Minutes(10)},
      {{.expires = {"Fri, 01 Aug 2025 12:10:00 GMT"}, .date = {"Fri, 01 Aug 2025 12:09:00 GMT"}}, absl::Minutes(1)},
      {{.expires = {"Friday, 01-Aug-25 12:10:00 GMT"}, .date = {kDate}}, absl::Minutes(10)},
      {{.expires = {"Fri Aug  1 12:10:00 2025"}, .date = {kDate}}, absl::Minutes(10)},
      {{.expires = {kDate}, .date = {kDate}}, kStale},
      {{.expires = {"Fri, 01 Aug 2025 11:00:00 GMT"}, .date = {kDate}}, kStale},
      {{.expires = {"Fri, 01 Aug 2035 12:00:00 GMT"}, .date = {kDate}}, kMax},
      {{.expires = {"0"}}, kStale},
      {{.expires = {"-1"}}, kStale},
      {{.expires = {""}}, kStale},
      {{.expires = {"infinite-future"}}, kStale},
      {{.expires = {"Fri, 01 Aug 2025 12:10:00 GMT"}, .date = {"infinite-past"}}, kStale},
      {{.expires = {"Fri, 01 Aug 2025 12:10:00"}}, kStale},
      {{.expires = {"Fri, 01 Aug 2025 12:10:00 GMT"}, .date = {"yesterday"}}, kStale},
      {{.expires = {"Fri, 01 Aug 2025 12:10:00 GMT", "Fri, 01 Aug 2025 12:10:00 GMT"}}, kStale},
      // Age.
      {{.cache_control = {"max-age=60"}, .age = {"20"}}, absl::Seconds(40)},
      {{.cache_control = {"max-age=60"}, .age = {"60"}}, kStale},
      {{.cache_control = {"max-age=60"}, .age = {"99999999999999999999999"}}, kStale},
      {{.cache_control = {"max-age=99999999999999999999999"}, .age = {"99999999999999999999999"}}, kStale},
      {{.cache_control = {"max-age=60"}, .age = {"-5"}}, kStale},
      {{.cache_control = {"max-age=60"}, .age = {"a while"}}, kStale},
      {{.cache_control = {"max-age=60"}, .age = {"1", "2"}}, kStale},
      {{.cache_control = {"max-age=172800"}, .age = {"86400"}}, kMax},
      {{.age = {"100"}}, absl::Seconds(200)},
  };
  for (const Case& test : kCases) {
    const auto first = [](const std::vector<std::string>& values) { return values.empty() ? "-" : values.front(); };
    EXPECT_EQ(FreshFor(test.headers, kNow), test.fresh_for)
        << "Cache-Control: " << first(test.headers.cache_control) << ", Expires: " << first(test.headers.expires)
        << ", Age: " << first(test.headers.age);
  }
}

TEST(CacheControlTest, BoundsAreTheCallers) {
  const FreshnessBounds bounds{.default_lifetime = absl::Seconds(7), .max_lifetime = absl::Seconds(10)};
  EXPECT_EQ(FreshFor({}, kNow, bounds), absl::Seconds(7));
  EXPECT_EQ(FreshFor({.cache_control = {"max-age=60"}}, kNow, bounds), absl::Seconds(10));
}

}  // namespace
}  // namespace cimd::fetch
