#ifndef CIMD_SERVER_RPC_PAGE_TOKEN_H_
#define CIMD_SERVER_RPC_PAGE_TOKEN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cimd::rpc {

inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;
// A page ends with the record that makes it this large, so that with one more record of the largest size it stays
// within the 4 MiB that gRPC clients accept by default.
inline constexpr size_t kMaxPageBytes = size_t{3} << 20;

// The page size for a requested one. Negative sizes must be refused by the request validator.
constexpr int PageSize(int32_t requested) {
  return requested <= 0 ? kDefaultPageSize : std::min<int>(requested, kMaxPageSize);
}

// A page token is the first key of the next page and a digest of the request that it belongs to, in URL-safe text. It
// is not secret and grants nothing. Callers can send any token, so ParsePageToken checks that the key is in [begin,
// end). `question` is what QuestionOf returns for the request.
std::string MakePageToken(std::string_view question, std::string_view start_key);

// The start key of a token; empty for an empty token. INVALID_ARGUMENT PAGE_TOKEN_INVALID for anything else that
// MakePageToken did not make for this question.
absl::StatusOr<std::string> ParsePageToken(std::string_view token, std::string_view question, std::string_view begin,
                                           std::string_view end);

// The `question` of the page tokens of a list request: the request without page_size, page_token and skip.
template <typename Request>
std::string QuestionOf(const Request& request) {
  Request question = request;
  question.clear_page_size();
  question.clear_page_token();
  if constexpr (requires { question.clear_skip(); }) question.clear_skip();
  if constexpr (requires { question.clear_include_total_size(); }) question.clear_include_total_size();
  return question.GetTypeName() + '\0' + question.SerializeAsString();
}

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_PAGE_TOKEN_H_
