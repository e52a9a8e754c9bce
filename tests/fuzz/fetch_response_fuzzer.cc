#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "server/fetch/cache_control.h"
#include "server/fetch/response_rules.h"
#include "tests/fuzz/fuzz_target.h"

// Input: the head of a response. The first line is the status, the other lines are fields.
namespace cimd::fuzz {
namespace {

using fetch::CachingHeaders;
using fetch::FreshFor;
using fetch::ResponseHead;

constexpr int64_t kMaxBytes = 5 * 1024;

struct Response {
  ResponseHead head;
  CachingHeaders caching;
};

Response Read(std::string_view input) {
  Response response;
  const auto [status, fields] = SplitAt(input, '\n');
  if (!absl::SimpleAtoi(std::string(status), &response.head.status)) response.head.status = 200;
  for (const absl::string_view line : absl::StrSplit(absl::string_view(fields.data(), fields.size()), '\n')) {
    const auto [name, value] = SplitAt({line.data(), line.size()}, ':');
    const std::string field = absl::AsciiStrToLower(std::string(name));
    const auto add = [&, text = value](std::vector<std::string>& values) {
      values.emplace_back(absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size())));
    };
    if (field == "content-type") add(response.head.content_type);
    if (field == "content-encoding") add(response.head.content_encoding);
    if (field == "transfer-encoding") add(response.head.transfer_encoding);
    if (field == "content-length") add(response.head.content_length);
    if (field == "cache-control") add(response.caching.cache_control);
    if (field == "expires") add(response.caching.expires);
    if (field == "date") add(response.caching.date);
    if (field == "age") add(response.caching.age);
    if (field == "vary") add(response.caching.vary);
  }
  return response;
}

void CheckFreshness(CachingHeaders headers) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const fetch::FreshnessBounds bounds;
  const absl::Duration fresh = FreshFor(headers, now);
  Require(fresh >= absl::ZeroDuration() && fresh <= bounds.max_lifetime);
  // A larger bound can only extend a lifetime that the smaller bound cut off.
  const absl::Duration wide = FreshFor(headers, now, {.max_lifetime = absl::Hours(48)});
  Require(std::min(wide, bounds.max_lifetime) == fresh);
  // A malformed Expires date means that the response is stale.
  const bool only_expires = headers.cache_control.empty() && headers.expires.size() == 1;
  Require(!only_expires || std::any_of(headers.expires[0].begin(), headers.expires[0].end(), absl::ascii_isdigit) ||
          fresh == absl::ZeroDuration());

  CachingHeaders older = headers;
  if (older.age.empty()) {
    older.age = {"60"};
    Require(FreshFor(older, now) <= fresh);
  }
  for (const char* refusal : {"no-store", "No-Cache", "private=\"a\""}) {
    CachingHeaders refused = headers;
    refused.cache_control.emplace_back(refusal);
    Require(FreshFor(refused, now) == absl::ZeroDuration());
  }
  headers.vary.emplace_back("*");
  Require(FreshFor(headers, now) == absl::ZeroDuration());
}

void CheckHead(ResponseHead head) {
  const std::string type = fetch::MediaType(head.content_type);
  Require(type == absl::AsciiStrToLower(type) && type.find_first_of("; \t,") == std::string::npos);
  for (const bool conditional : {false, true}) {
    if (const auto reason = fetch::JudgeResponseHead(head, conditional, kMaxBytes)) {
      const v1::FetchFailure failure = fetch::MakeFetchFailure(*reason, head.status, absl::UnixEpoch());
      Require(failure.kind() != v1::FETCH_FAILURE_KIND_UNSPECIFIED && !failure.message().empty());
    } else if (head.status != 304) {
      Require(head.status == 200 && (type == "application/json" || type.ends_with("+json")));
      // The same length may be repeated.
      for (const std::string& field : head.content_length) {
        for (const absl::string_view length : absl::StrSplit(field, ',', absl::SkipWhitespace())) {
          int64_t bytes = 0;
          Require(absl::SimpleAtoi(length, &bytes) && bytes <= kMaxBytes);
        }
      }
    } else {
      Require(conditional);
    }
  }
  // Two Content-Type fields are invalid.
  head.status = 200;
  head.content_type.resize(2, "application/json");
  Require(fetch::JudgeResponseHead(head, false, kMaxBytes).has_value());
}

}  // namespace

void FuzzOne(std::string_view input) {
  const Response response = Read(input);
  CheckFreshness(response.caching);
  CheckHead(response.head);
}

}  // namespace cimd::fuzz
