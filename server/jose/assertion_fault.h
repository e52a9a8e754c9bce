#ifndef CIMD_SERVER_JOSE_ASSERTION_FAULT_H_
#define CIMD_SERVER_JOSE_ASSERTION_FAULT_H_

#include <string_view>
#include <variant>

namespace cimd::jose {

// Why a client assertion is refused. One value per distinct failure. No value depends on a secret: the document, its
// keys and the rules are public. The value is for the authorization server and its logs. The client only gets
// kInvalidClient.
enum class AssertionFault {
  // --- Form: the bytes are not a well-formed client assertion (RFC 7515, RFC 7523 section 2.2) ---
  kTooLarge,               // more than kMaxJwsBytes
  kNotCompact,             // not three parts, or an empty header or signature
  kEncodingInvalid,        // a part is not canonical base64url
  kHeaderMalformed,        // not a JSON object, no alg, or alg, kid or typ of the wrong type or length
  kHeaderMemberDuplicate,  // an object has a member twice
  kHeaderCritical,         // "crit": no extension is supported (RFC 7515 section 4.1.11)
  kPayloadUnencoded,       // "b64" (RFC 7797), with any value
  kAlgorithmForbidden,     // none, HMAC, or any other name that ParseAlgorithm does not accept
  kTypeForbidden,          // "typ" of another kind of JWT (RFC 8725 section 3.11)
  kClaimsMalformed,        // not a JSON object, or a claim of the wrong type or out of range
  kClaimDuplicate,         // an object has a member twice

  // --- Claims, checked before any signature is computed ---
  kTypeNotExplicit,   // "typ" is absent or "JWT", but an explicit type is required
  kIssuerMismatch,    // "iss" is missing or differs from the client_id
  kSubjectMismatch,   // "sub" is missing or differs from the client_id
  kAudienceMismatch,  // "aud" is missing, or neither the issuer nor another accepted audience
  kAudienceNotSole,   // "aud" lists more than one audience: another audience could replay the assertion here
  kExpiryMissing,     // no "exp"
  kExpired,
  kLifetimeTooLong,  // expires more than kMaxAssertionLifetime after now or after "iat"
  kNotYetValid,      // "nbf" is in the future
  kIssuedInFuture,   // "iat" is in the future
  kJtiMissing,
  kJtiInvalid,          // empty, or longer than kMaxJtiBytes
  kAlgorithmNotChosen,  // not the client's token_endpoint_auth_signing_alg

  // --- Keys and signature ---
  kKeyUnknown,     // no key of the client has the kid in the header
  kKeyUnsuitable,  // the named key is not for this algorithm, or no key of the client is
  kKeyNotNamed,    // no kid, more keys fit than are tried, and none of the tried keys matches
  kSignatureInvalid,
};

// The error code of RFC 6749 section 5.2 for all faults.
inline constexpr std::string_view kInvalidClient = "invalid_client";

// The upper-case name for programs, such as "AUDIENCE_NOT_SOLE". Stable.
std::string_view AssertionFaultName(AssertionFault fault);

// A result, or the fault that prevented it.
template <typename T>
using OrFault = std::variant<T, AssertionFault>;

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_ASSERTION_FAULT_H_
