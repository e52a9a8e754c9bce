#ifndef CIMD_SERVER_RPC_PAGE_TOKEN_H_
#define CIMD_SERVER_RPC_PAGE_TOKEN_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cimd::rpc {

inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;

// The page size that a request asks for, within bounds. Negative sizes are for the request validator to refuse.
constexpr int PageSize(int32_t requested) {
  return requested <= 0 ? kDefaultPageSize : std::min<int>(requested, kMaxPageSize);
}

// A page token is the first key of the next page and a digest of the question it belongs to, in URL-safe text. It is
// no secret and decides nothing about permission; it comes back from callers, so `start_key` must still lie in
// [begin, end), which ParsePageToken checks. `question` is the request serialized without page_size, page_token and skip.
std::string MakePageToken(std::string_view question, std::string_view start_key);

// The start key of a token; empty for an empty token. INVALID_ARGUMENT PAGE_TOKEN_INVALID for anything else that
// MakePageToken did not make for this question.
absl::StatusOr<std::string> ParsePageToken(std::string_view token, std::string_view question, std::string_view begin,
                                           std::string_view end);

// What a list request asks, apart from where in the answer: the `question` of its page tokens.
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
