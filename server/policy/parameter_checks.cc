#include "server/policy/parameter_checks.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace cimd::policy {
namespace {

using std::string_view;

// Sorted. Parameters with fields of their own, such as "resource", are here for callers that list every name.
constexpr string_view kAllowed[] = {"acr_values", "audience",       "authorization_details",
                                    "client_id",  "code_challenge", "code_challenge_method",
                                    "connection", "correlation_id", "display",
                                    "dpop_jkt",   "login_hint",     "max_age",
                                    "nonce",      "prompt",         "redirect_uri",
                                    "resource",   "response_mode",  "response_type",
                                    "scope",      "state",          "ui_locales"};
static_assert(std::is_sorted(std::begin(kAllowed), std::end(kAllowed)));

constexpr string_view kExtensionPrefix = "ext-";
constexpr size_t kS256ChallengeBytes = 43;
constexpr size_t kMaxChallengeBytes = 128;

bool IsBase64Url(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; }
bool IsUnreserved(char c) { return IsBase64Url(c) || c == '.' || c == '~'; }

bool IsWellFormedChallenge(string_view challenge, string_view method) {
  if (method == "S256") {
    return challenge.size() == kS256ChallengeBytes && std::all_of(challenge.begin(), challenge.end(), IsBase64Url);
  }
  return challenge.size() >= kS256ChallengeBytes && challenge.size() <= kMaxChallengeBytes &&
         std::all_of(challenge.begin(), challenge.end(), IsUnreserved);
}

}  // namespace

bool IsAllowedParameter(string_view name) {
  return std::binary_search(std::begin(kAllowed), std::end(kAllowed), name) ||
         (name.starts_with(kExtensionPrefix) && name.size() > kExtensionPrefix.size());
}

void CheckOtherParameters(const ParameterNames& names, Checks& checks) {
  for (const std::string& name : names) {
    if (IsAllowedParameter(name)) continue;
    checks.Fail(
        v1::CHECK_REASON_PARAMETER_FORBIDDEN, name,
        fmt::format("third-party clients may not send parameter {}; ones of their own begin with ext-", Quoted(name)));
  }
}

void CheckRepeatedParameters(const ParameterNames& names, Checks& checks) {
  for (const std::string& name : names) {
    if (name == "resource") continue;
    checks.Fail(v1::CHECK_REASON_PARAMETER_REPEATED, name,
                fmt::format("parameter {} was sent more than once", Quoted(name)));
  }
}

void CheckResponseType(string_view response_type, Checks& checks) {
  if (response_type.empty()) {
    checks.Fail(v1::CHECK_REASON_RESPONSE_TYPE_MISSING, "response_type", "response_type is missing; it has to be code");
  } else if (response_type != "code") {
    checks.Fail(v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED, "response_type",
                fmt::format("response_type {} is not supported; it has to be code", Quoted(response_type)));
  }
}

void CheckPkce(string_view code_challenge, string_view code_challenge_method, Checks& checks) {
  if (code_challenge.empty()) {
    checks.Fail(v1::CHECK_REASON_PKCE_MISSING, "code_challenge",
                "code_challenge is missing; PKCE with S256 is required");
    if (code_challenge_method.empty()) return;
  }
  if (code_challenge_method.empty()) {
    checks.Fail(v1::CHECK_REASON_PKCE_METHOD, "code_challenge_method",
                "code_challenge_method is missing, which means plain; it has to be S256");
  } else if (code_challenge_method != "S256") {
    checks.Fail(
        v1::CHECK_REASON_PKCE_METHOD, "code_challenge_method",
        fmt::format("code_challenge_method {} is not supported; it has to be S256", Quoted(code_challenge_method)));
  }
  if (!code_challenge.empty() && !IsWellFormedChallenge(code_challenge, code_challenge_method)) {
    checks.Fail(v1::CHECK_REASON_PKCE_MALFORMED, "code_challenge",
                "code_challenge is not a base64url-encoded SHA-256 digest of 43 characters");
  }
}

}  // namespace cimd::policy
