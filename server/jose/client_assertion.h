#ifndef CIMD_SERVER_JOSE_CLIENT_ASSERTION_H_
#define CIMD_SERVER_JOSE_CLIENT_ASSERTION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/jwk.h"
#include "server/jose/jws.h"
#include "server/jose/registered_claims.h"

namespace cimd::jose {

// private_key_jwt (RFC 7523 section 2.2 and rfc7523bis, OpenID Connect Core section 9) in three steps. Each step is a
// type that is constructed from the one before:
//
//   ParsedAssertion    The bytes are a well-formed assertion. It names the client to look up.
//   CheckedAssertion   The claims are valid for that client, this authorization server and the current time.
//   VerifiedAssertion  One of the client's keys signed it.
//
// The first two steps take microseconds. Keys are fetched and signatures computed only after them.
//
// The caller must check that the client uses private_key_jwt, and that the jti is used only once. Everything here is
// pure and thread-safe. Assertions are attacker-controlled.

inline constexpr absl::Duration kMaxAssertionLifetime = absl::Minutes(5);
inline constexpr size_t kMaxJtiBytes = 256;

// What an assertion must contain. The caller sets it from stored data, never from the assertion or the request.
struct AssertionExpectations {
  // The client's identifier URL; compared with iss and sub byte for byte. Empty matches nothing.
  std::string client_id{};
  // The tenant's issuer; compared with the only audience byte for byte. Empty matches nothing.
  std::string issuer{};
  // A second accepted audience, for clients that use the token endpoint URL as in RFC 7523. Empty: only the issuer is
  // accepted.
  std::string token_endpoint{};
  // The client's token_endpoint_auth_signing_alg, if its document names one.
  std::optional<Algorithm> signing_alg{};
  // Refuse assertions whose typ is absent or "JWT" (draft-ietf-oauth-client-id-metadata-document after -02).
  bool explicit_type_required = false;
};

class ParsedAssertion {
 public:
  static OrFault<ParsedAssertion> Parse(std::string_view compact);

  // The client that the assertion claims to come from (sub). For looking the client up only. Empty if there is no sub.
  const std::string& unverified_client_id() const { return claims_.subject; }

 private:
  friend class CheckedAssertion;
  friend class VerifiedAssertion;
  explicit ParsedAssertion(Jws jws) : jws_(std::move(jws)) {}
  std::optional<AssertionFault> ReadType();

  Jws jws_;
  bool explicit_type_ = false;
  RegisteredClaims claims_;
};

class CheckedAssertion {
 public:
  static OrFault<CheckedAssertion> Check(ParsedAssertion assertion, const AssertionExpectations& expected,
                                         absl::Time now);

  // Whether an assertion that Verify refused for `fault` could be valid with keys that are not known yet: its kid is
  // unknown, or it has no kid. The caller may then read the client's keys again, within a budget.
  bool NewerKeysMayHelp(AssertionFault fault) const;

  // The kid in the header, 1 to kMaxKidBytes bytes; empty if there is none.
  const std::optional<std::string>& kid() const { return assertion_.jws_.kid; }
  Algorithm alg() const { return assertion_.jws_.alg; }

 private:
  friend class VerifiedAssertion;
  explicit CheckedAssertion(ParsedAssertion assertion) : assertion_(std::move(assertion)) {}

  ParsedAssertion assertion_;
};

class VerifiedAssertion {
 public:
  // `keys` are the client's keys that currently verify. See FindSigner for the faults.
  static OrFault<VerifiedAssertion> Verify(const CheckedAssertion& assertion, absl::Span<const Jwk> keys);

  const std::string& client_id() const { return client_id_; }
  // 1 to kMaxJtiBytes bytes. The caller must remember it for the client until remember_until(); afterwards Check
  // refuses the assertion as expired.
  const std::string& jti() const { return jti_; }
  absl::Time remember_until() const { return remember_until_; }
  const std::string& kid() const { return kid_; }
  const std::string& thumbprint() const { return thumbprint_; }
  Algorithm alg() const { return alg_; }

 private:
  VerifiedAssertion(const ParsedAssertion& assertion, const Jwk& key);

  std::string client_id_;
  std::string jti_;
  absl::Time remember_until_;
  std::string kid_;
  std::string thumbprint_;
  Algorithm alg_;
};

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_CLIENT_ASSERTION_H_
