#include "server/assertions/assertion_verifier.h"

#include <memory>
#include <utility>
#include <variant>

#include "fmt/format.h"
#include "server/assertions/assertion_reasons.h"
#include "server/assertions/client_keys.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/metadata/key_set_resolver.h"
#include "server/policy/checks.h"
#include "server/resources/client_documents.h"

namespace cimd::services {
namespace {

using jose::AssertionFault;
using storage::UsedAssertions;

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

AssertionVerdict Refused(v1::AssertionReason reason) {
  return {.reason = reason, .description = std::string(TextOf(reason))};
}

jose::AssertionExpectations ExpectationsOf(const v1::Tenant& tenant, const v1::ClientMetadata& metadata) {
  return {.client_id = metadata.external_client_id(),
          .issuer = tenant.issuer(),
          .token_endpoint = tenant.token_endpoint_audience_accepted() ? tenant.endpoints().token_endpoint() : "",
          .signing_alg = jose::ParseAlgorithm(metadata.token_endpoint_auth_signing_alg()),
          .explicit_type_required = tenant.assertion_type_required()};
}

// Identifies a used assertion. The length prefixes make the concatenation unambiguous.
std::string DigestOf(std::string_view tenant_id, const jose::VerifiedAssertion& verified) {
  return crypto::Sha256(fmt::format("{}:{}{}:{}{}", tenant_id.size(), tenant_id, verified.client_id().size(),
                                    verified.client_id(), verified.jti()));
}

v1::AssertionReason ReasonOfClient(const v1::Tenant& tenant, const v1::Client* client) {
  if (!tenant.client_id_metadata_document_supported()) return v1::ASSERTION_REASON_CIMD_DISABLED;
  if (client == nullptr) return v1::ASSERTION_REASON_CLIENT_UNKNOWN;
  if (client->state() != v1::CLIENT_STATE_ACTIVE) return v1::ASSERTION_REASON_CLIENT_BLOCKED;
  if (!metadata::UsesKeys(client->metadata())) return v1::ASSERTION_REASON_METHOD_NOT_REGISTERED;
  return v1::ASSERTION_REASON_UNSPECIFIED;
}

}  // namespace

PresentedAssertion ParseAssertion(std::string_view client_id, std::string_view client_assertion_type,
                                  std::string_view client_assertion) {
  PresentedAssertion presented{.client_id = std::string(client_id)};
  if (client_assertion_type != kJwtBearer) {
    presented.reason = v1::ASSERTION_REASON_ASSERTION_TYPE_UNSUPPORTED;
  } else if (client_assertion.empty()) {
    presented.reason = v1::ASSERTION_REASON_ASSERTION_MISSING;
  } else if (client_assertion.size() > kMaxAssertionBytes) {
    presented.reason = v1::ASSERTION_REASON_TOO_LARGE;
  }
  if (presented.reason != v1::ASSERTION_REASON_UNSPECIFIED) return presented;
  jose::OrFault<jose::ParsedAssertion> parsed = jose::ParsedAssertion::Parse(client_assertion);
  if (const auto* fault = std::get_if<AssertionFault>(&parsed)) {
    presented.reason = ReasonOf(*fault);
    return presented;
  }
  presented.parsed = std::get<jose::ParsedAssertion>(std::move(parsed));
  const std::string& subject = presented.parsed->unverified_client_id();
  if (client_id.empty()) {
    presented.client_id = subject;
  } else if (client_id != subject) {
    presented.reason = v1::ASSERTION_REASON_CLIENT_ID_MISMATCH;
  }
  return presented;
}

absl::StatusOr<AssertionVerdict> AssertionVerifier::Verify(rpc::RequestContext& call, bool may_postpone,
                                                           PresentedAssertion presented, std::string_view tenant_id,
                                                           const v1::Tenant& tenant, const v1::Client* client) {
  absl::StatusOr<AssertionVerdict> verdict = Judge(call, may_postpone, std::move(presented), tenant_id, tenant, client);
  if (verdict.ok()) observer_(verdict->reason);
  return verdict;
}

absl::StatusOr<AssertionVerdict> AssertionVerifier::Judge(rpc::RequestContext& call, bool may_postpone,
                                                          PresentedAssertion presented, std::string_view tenant_id,
                                                          const v1::Tenant& tenant, const v1::Client* client) {
  if (presented.reason != v1::ASSERTION_REASON_UNSPECIFIED) return Refused(presented.reason);
  if (const v1::AssertionReason reason = ReasonOfClient(tenant, client); reason != v1::ASSERTION_REASON_UNSPECIFIED) {
    return Refused(reason);
  }
  jose::OrFault<jose::CheckedAssertion> checking =
      jose::CheckedAssertion::Check(*std::move(presented.parsed), ExpectationsOf(tenant, client->metadata()), call.now);
  if (const auto* fault = std::get_if<AssertionFault>(&checking)) return Refused(ReasonOf(*fault));
  const jose::CheckedAssertion& checked = std::get<jose::CheckedAssertion>(checking);

  const rpc::ClientName name{std::string(tenant_id), std::string(ClientIdOf(*client))};
  absl::StatusOr<std::shared_ptr<const ReadyKeys>> keys = keys_.Find(name.tenant, name.client, call.now);
  if (!keys.ok()) return keys.status();
  const bool automatic = IsKeyRefreshAutomatic(tenant);
  if (!(*keys)->read || (automatic && (*keys)->usable_until <= call.now)) {
    return RefuseForKeys(call, may_postpone, checked, v1::ASSERTION_REASON_KEYS_UNAVAILABLE, true, name, tenant,
                         *client);
  }
  jose::OrFault<jose::VerifiedAssertion> verifying = jose::VerifiedAssertion::Verify(checked, (*keys)->keys);
  if (const auto* fault = std::get_if<AssertionFault>(&verifying)) {
    return RefuseForKeys(call, may_postpone, checked, ReasonOf(*fault), checked.NewerKeysMayHelp(*fault), name, tenant,
                         *client);
  }
  if (automatic && (*keys)->fresh_until <= call.now) refresher_.RefreshUnawaited(name);

  const jose::VerifiedAssertion& verified = std::get<jose::VerifiedAssertion>(verifying);
  switch (
      used_assertions_.Remember(client->name(), DigestOf(tenant_id, verified), verified.remember_until(), call.now)) {
    case UsedAssertions::Use::kFirst:
      return AssertionVerdict{.kid = verified.kid(),
                              .thumbprint = verified.thumbprint(),
                              .alg = std::string(AlgorithmName(verified.alg())),
                              .remember_until = verified.remember_until()};
    case UsedAssertions::Use::kAgain:
      return Refused(v1::ASSERTION_REASON_REPLAYED);
    case UsedAssertions::Use::kTooMany:
      return Refused(v1::ASSERTION_REASON_TOO_MANY_ASSERTIONS);
    case UsedAssertions::Use::kNotWritten:
      break;
  }
  return rpc::errors::FromStore(absl::UnavailableError("a used assertion could not be written down"));
}

AssertionVerdict AssertionVerifier::RefuseForKeys(rpc::RequestContext& call, bool may_postpone,
                                                  const jose::CheckedAssertion& checked, v1::AssertionReason reason,
                                                  bool newer_keys_may_help, const rpc::ClientName& name,
                                                  const v1::Tenant& tenant, const v1::Client& client) {
  if (newer_keys_may_help && !client.metadata().jwks_uri().empty()) {
    if (!IsKeyRefreshAutomatic(tenant)) {
      if (checked.kid().has_value()) refresher_.RecordUnknownKid(name, *checked.kid());
    } else if (may_postpone && !call.resumed) {
      call.postpone = [&refresher = refresher_, name](rpc::Resume resume) {
        return refresher.Refresh(name, std::move(resume));
      };
    }
  }
  AssertionVerdict verdict = Refused(reason);
  verdict.description +=
      fmt::format(" (kid {}, alg {})", checked.kid().has_value() ? policy::Quoted(*checked.kid()) : "none",
                  AlgorithmName(checked.alg()));
  return verdict;
}

}  // namespace cimd::services
