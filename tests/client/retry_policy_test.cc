#include "client/retry_policy.h"

#include <optional>
#include <string>

#include "cimd/v1/metadata_document.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"

namespace cimd::client {
namespace {

namespace errors = rpc::errors;

absl::Status NotFetched(v1::FetchFailureKind kind, v1::FetchFailureReason reason) {
  v1::FetchFailure failure;
  failure.set_kind(kind);
  failure.set_reason(reason);
  return errors::DocumentNotFetched("https://client.example.net/app", failure);
}

TEST(IsTransientTest, TellsWhatPassesFromWhatStays) {
  struct Case {
    const char* what;
    absl::Status status;
    bool transient;
  };
  const Case kCases[] = {
      {"success", absl::OkStatus(), false},
      {"server not reached", absl::UnavailableError("connection refused"), true},
      {"server going down", errors::ShuttingDown(), true},
      {"too much to do", errors::Overloaded(absl::Seconds(1)), true},
      {"a limit that stays", absl::ResourceExhaustedError("message larger than max"), false},
      {"contention", errors::Contention(), true},
      {"changed since it was read", errors::EtagMismatch("tenants/a", "7"), false},
      {"aborted by somebody else", absl::AbortedError("proxy"), false},
      {"fetches under way", NotFetched(v1::FETCH_FAILURE_KIND_TRANSPORT, v1::FETCH_FAILURE_REASON_BUSY), true},
      {"waiting out failures", NotFetched(v1::FETCH_FAILURE_KIND_TRANSPORT, v1::FETCH_FAILURE_REASON_PACED), false},
      {"refused by the host", NotFetched(v1::FETCH_FAILURE_KIND_CHALLENGE, v1::FETCH_FAILURE_REASON_HTML), false},
      {"another precondition", errors::CimdDisabled("default"), false},
      {"deadline", absl::DeadlineExceededError("late"), false},
      {"bad token", errors::AccessTokenInvalid(), false},
      {"bug", errors::Internal(), false},
  };
  for (const Case& test : kCases) EXPECT_EQ(IsTransient(test.status), test.transient) << test.what;
}

TEST(DelayBeforeRetryTest, DoublesUpToTheLimit) {
  const RetryPolicy policy{
      .max_attempts = 10, .initial_backoff = absl::Milliseconds(100), .max_backoff = absl::Milliseconds(700)};
  const absl::Status status = absl::UnavailableError("");
  // The shortest and the longest random wait of each attempt.
  const int kMost[] = {100, 200, 400, 700, 700};
  for (int attempts = 1; attempts <= 5; ++attempts) {
    EXPECT_EQ(DelayBeforeRetry(policy, status, attempts, 0.0), absl::Milliseconds(kMost[attempts - 1]) / 2) << attempts;
    EXPECT_EQ(DelayBeforeRetry(policy, status, attempts, 0.5), absl::Milliseconds(kMost[attempts - 1]) * 3 / 4)
        << attempts;
  }
}

TEST(DelayBeforeRetryTest, GivesUpAfterTheLastAttempt) {
  const RetryPolicy policy{.max_attempts = 3};
  EXPECT_TRUE(DelayBeforeRetry(policy, absl::UnavailableError(""), 2, 0.5).has_value());
  EXPECT_EQ(DelayBeforeRetry(policy, absl::UnavailableError(""), 3, 0.5), std::nullopt);
}

TEST(DelayBeforeRetryTest, GivesUpAtOnceWhenNothingWillChange) {
  EXPECT_EQ(DelayBeforeRetry(RetryPolicy(), absl::InvalidArgumentError(""), 1, 0.5), std::nullopt);
}

TEST(DelayBeforeRetryTest, NeverComesBackBeforeTheServerAskedTo) {
  const RetryPolicy policy{.initial_backoff = absl::Milliseconds(100)};
  EXPECT_EQ(DelayBeforeRetry(policy, errors::Overloaded(absl::Seconds(2)), 1, 0.0), absl::Milliseconds(2050));
  // A negative delay, from a server clock that went backwards, must not shorten the wait.
  EXPECT_EQ(DelayBeforeRetry(policy, errors::Overloaded(absl::Seconds(-2)), 1, 0.0), absl::Milliseconds(50));
}

}  // namespace
}  // namespace cimd::client
