#include "server/metadata/key_set_resolver.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "server/crypto/sha256.h"
#include "server/json/strict_json.h"
#include "server/metadata/key_findings.h"

namespace cimd::metadata {
namespace {

constexpr std::string_view kMethodWithKeys = "private_key_jwt";

void Judge(std::string_view bytes, ResolvedKeySet& resolved) {
  resolved.sha256 = crypto::Sha256Hex(bytes);
  resolved.set = jose::ParseJwkSet(bytes, KeyProfileOf(resolved.profile));
}

}  // namespace

bool UsesKeys(const v1::ClientMetadata& metadata) {
  return metadata.token_endpoint_auth_method() == kMethodWithKeys ||
         absl::c_linear_search(metadata.token_endpoint_auth_methods_supported(), kMethodWithKeys);
}

ResolvedKeySet KeySetResolver::Resolve(const v1::Tenant& tenant, const v1::ClientMetadata& metadata,
                                       std::string_view document, const HeldKeySet* held,
                                       const KeySetWait& wait) const {
  if (metadata.jwks_uri().empty()) return ReadInlineKeySet(document, tenant.document_profile(), wait.now);
  ResolvedKeySet resolved{.jwks_uri = metadata.jwks_uri(), .profile = tenant.document_profile()};
  fetch::FetchRequest request{.url = metadata.jwks_uri(),
                              .max_bytes = jose::kMaxJwkSetBytes,
                              .tenant = tenant.name(),
                              .traceparent = wait.traceparent,
                              .deadline = wait.deadline,
                              .is_cancelled = wait.is_cancelled};
  if (held != nullptr) {
    request.if_none_match = held->http_etag;
    request.if_modified_since = held->http_last_modified;
  }
  fetch::FetchResult result = fetcher_.Fetch(request);
  resolved.fetch_time = result.begin_time;
  resolved.fetch_order = result.order;
  resolved.abandoned = result.abandoned;
  if (result.failed && result.failure.reason() == v1::FETCH_FAILURE_REASON_TOO_LARGE) {
    // The host answered. The set breaks a rule.
    resolved.set.violations.push_back({jose::KeyFault::kSetTooLarge, "$"});
    resolved.set.refused = true;
    return resolved;
  }
  if (result.failed) {
    resolved.failure = std::move(result.failure);
    return resolved;
  }
  resolved.fresh_for = std::clamp(result.document.fresh_for, kMinKeySetLifetime, kMaxKeySetLifetime);
  resolved.http_etag = std::move(*result.document.evidence.mutable_http_etag());
  resolved.http_last_modified = std::move(*result.document.evidence.mutable_http_last_modified());
  if (result.document.not_modified) {
    resolved.not_modified = true;
    resolved.sha256 = held->sha256;
  } else {
    Judge(result.document.body, resolved);
  }
  return resolved;
}

ResolvedKeySet ReadInlineKeySet(std::string_view document, v1::DocumentProfile profile, absl::Time now) {
  ResolvedKeySet resolved{.profile = profile, .fetch_time = now, .fresh_for = absl::InfiniteDuration()};
  const auto parsed = json::ParseStrict(document);
  const auto* value = std::get_if<json::Value>(&parsed);
  // The document rules refuse a document without the member. For the key rules it is a set without keys.
  const bool found = value != nullptr && value->is_object() && value->contains("jwks");
  Judge(found ? (*value)["jwks"].dump() : R"({"keys":[]})", resolved);
  return resolved;
}

}  // namespace cimd::metadata
