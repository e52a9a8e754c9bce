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
// type that is made from the one before:
//
//   ParsedAssertion    the bytes are a well-formed assertion; names the client, by which it is looked up
//   CheckedAssertion   the claims are right for that client, this authorization server and now. Takes microseconds:
//   keys
//                      are fetched and signatures computed only after it.
//   VerifiedAssertion  one of the client's keys signed it
//
// The caller has to check that the client uses private_key_jwt, and that the jti is used once. Everything here is pure
// and thread-safe. Assertions are attacker-controlled.

inline constexpr absl::Duration kMaxAssertionLifetime = absl::Minutes(5);
inline constexpr size_t kMaxJtiBytes = 256;

// What an assertion has to contain. The caller sets it from stored data, never from the assertion or the request.
struct AssertionExpectations {
  // The client's identifier URL; compared byte for byte with iss and sub. Empty matches nothing.
  std::string client_id{};
  // The tenant's issuer; compared byte for byte with the only audience. Empty matches nothing.
  std::string issuer{};
  // A second accepted audience, for clients that use RFC 7523's token endpoint URL. Empty: only the issuer.
  std::string token_endpoint{};
  // The client's token_endpoint_auth_signing_alg, when its document names one.
  std::optional<Algorithm> signing_alg{};
  // Refuse assertions whose typ is absent or "JWT" (draft-ietf-oauth-client-id-metadata-document after -02).
  bool explicit_type_required = false;
};

class ParsedAssertion {
 public:
  static OrFault<ParsedAssertion> Parse(std::string_view compact);

  // The client that the assertion claims to come from (sub), for looking it up. Empty when there is no sub.
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
  // unknown, or it has none. Then the client's keys may be read again, within a budget.
  bool NewerKeysMayHelp(AssertionFault fault) const;

  // The kid that the header names, of 1 to kMaxKidBytes bytes; nothing when it names none.
  const std::optional<std::string>& kid() const { return assertion_.jws_.kid; }
  Algorithm alg() const { return assertion_.jws_.alg; }

 private:
  friend class VerifiedAssertion;
  explicit CheckedAssertion(ParsedAssertion assertion) : assertion_(std::move(assertion)) {}

  ParsedAssertion assertion_;
};

class VerifiedAssertion {
 public:
  // `keys` are the client's keys that verify now. See FindSigner.
  static OrFault<VerifiedAssertion> Verify(const CheckedAssertion& assertion, absl::Span<const Jwk> keys);

  const std::string& client_id() const { return client_id_; }
  // 1 to kMaxJtiBytes bytes. The caller has to remember it for the client until remember_until(); Check refuses the
  // assertion as expired after that.
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
