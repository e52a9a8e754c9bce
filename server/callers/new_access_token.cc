#include "server/callers/new_access_token.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "server/crypto/random.h"

namespace cimd::callers {
namespace {

constexpr size_t kMinTokenCharacters = 32;
constexpr size_t kMaxTokenCharacters = 512;
constexpr double kMinTokenBits = 128;

}  // namespace

std::string NewAccessToken() { return "cimd_" + crypto::RandomAlphanumeric(43); }

std::string NewAccessTokenId() { return "tok_" + crypto::RandomAlphanumeric(16); }

absl::Status CheckAccessTokenStrength(std::string_view token) {
  if (token.size() < kMinTokenCharacters || token.size() > kMaxTokenCharacters) {
    return absl::InvalidArgumentError(fmt::format("an access token has {} to {} characters, and this one {}",
                                                  kMinTokenCharacters, kMaxTokenCharacters, token.size()));
  }
  constexpr std::string_view kMarks = "-_~+/=";
  if (!std::all_of(token.begin(), token.end(),
                   [&](char c) { return absl::ascii_isalnum(c) || kMarks.find(c) != std::string_view::npos; })) {
    return absl::InvalidArgumentError("an access token consists of letters, digits and the characters - _ ~ + / =");
  }
  const size_t different = std::set<char>(token.begin(), token.end()).size();
  if (static_cast<double>(token.size()) * std::log2(static_cast<double>(different)) < kMinTokenBits) {
    return absl::InvalidArgumentError(
        "the access token can be guessed: it has too few different characters; take one from `openssl rand -hex 32`");
  }
  return absl::OkStatus();
}

}  // namespace cimd::callers
