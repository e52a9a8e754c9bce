#include "server/gateway/backend/access_token.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace cimd::gateway {

absl::StatusOr<std::unique_ptr<AccessToken>> AccessToken::FromFile(std::string path) {
  std::unique_ptr<AccessToken> token(new AccessToken(std::move(path)));
  if (absl::Status status = token->Reload(); !status.ok()) return status;
  return token;
}

std::string AccessToken::Authorization() const {
  absl::MutexLock lock(&mu_);
  return "Bearer " + token_;
}

absl::Status AccessToken::Reload() {
  std::ifstream file(path_);
  std::string token{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return absl::NotFoundError(fmt::format("cannot read {}", path_));
  absl::StripAsciiWhitespace(&token);
  if (token.empty() || !std::all_of(token.begin(), token.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(fmt::format("{} does not hold an access token", path_));
  }
  absl::MutexLock lock(&mu_);
  token_ = std::move(token);
  return absl::OkStatus();
}

}  // namespace cimd::gateway
