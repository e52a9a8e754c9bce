#include "server/policy/redirect_checks.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "server/metadata/redirect_uri.h"
#include "server/metadata/uri_difference.h"

namespace cimd::policy {
namespace {

// The most bytes by which the ports of two loopback URIs can differ: a colon and five digits.
constexpr size_t kMaxPortBytes = 6;

bool MayDifferByPortOnly(std::string_view registered, std::string_view requested) {
  return registered.size() <= requested.size() + kMaxPortBytes && requested.size() <= registered.size() + kMaxPortBytes;
}

// The most bytes by which URIs with a small difference (DescribeSmallDifference) can differ in length: a port, a
// scheme, a slash, and "127.0.0.1" against "[::1]".
constexpr size_t kMaxSmallDifferenceBytes = 16;

// "; 'https://a.example/cb' is registered, which differs in a final slash", or nothing.
std::string DescribeNearMiss(const v1::Client& client, std::string_view redirect_uri) {
  for (const std::string& callback : client.metadata().callbacks()) {
    const size_t longer = std::max(callback.size(), redirect_uri.size());
    const size_t shorter = std::min(callback.size(), redirect_uri.size());
    if (longer - shorter > kMaxSmallDifferenceBytes) continue;
    const std::string difference = metadata::DescribeSmallDifference(callback, redirect_uri);
    if (!difference.empty()) {
      return fmt::format("; {} is registered, which differs in {}", Quoted(callback), difference);
    }
  }
  return "";
}

}  // namespace

bool IsRegisteredRedirectUri(const v1::Client& client, std::string_view redirect_uri) {
  const auto& callbacks = client.metadata().callbacks();
  if (std::find(callbacks.begin(), callbacks.end(), redirect_uri) != callbacks.end()) return true;
  if (metadata::ClassifyRedirectUri(redirect_uri) != metadata::RedirectUriKind::kLoopback) return false;
  // The lengths are compared first, so that a long request is not compared with each of many callbacks.
  return std::any_of(callbacks.begin(), callbacks.end(), [&](const std::string& callback) {
    return MayDifferByPortOnly(callback, redirect_uri) && metadata::RedirectUriMatches(callback, redirect_uri);
  });
}

void CheckRedirectUri(const v1::Client* client, std::string_view redirect_uri, Checks& checks) {
  if (redirect_uri.empty()) {
    checks.Fail(v1::CHECK_REASON_REDIRECT_URI_MISSING, "redirect_uri", "redirect_uri is missing");
  } else if (client != nullptr && !IsRegisteredRedirectUri(*client, redirect_uri)) {
    checks.Fail(v1::CHECK_REASON_REDIRECT_URI_MISMATCH, "redirect_uri",
                fmt::format("redirect URI {} is not among those of the client's document; only the port of a loopback "
                            "URI may differ{}",
                            Quoted(redirect_uri), DescribeNearMiss(*client, redirect_uri)));
  }
}

}  // namespace cimd::policy
