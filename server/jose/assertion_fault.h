#ifndef CIMD_SERVER_JOSE_ASSERTION_FAULT_H_
#define CIMD_SERVER_JOSE_ASSERTION_FAULT_H_

#include <string_view>
#include <variant>

namespace cimd::jose {

// Why a client assertion is refused. One value per distinct failure. None depends on anything secret: the document, its
// keys and the rules are public. The value is for the authorization server and its logs; the client is only told
// kInvalidClient.
enum class AssertionFault {
  // --- Form: the bytes are not a JWS that could be a client assertion (RFC 7515, RFC 7523 section 2.2) ---
  kTooLarge,               // more than kMaxJwsBytes
  kNotCompact,             // not three parts, or an empty header or signature
  kEncodingInvalid,        // a part is not canonical base64url
  kHeaderMalformed,        // not a JSON object, no alg, or alg, kid or typ of the wrong type or length
  kHeaderMemberDuplicate,  // a member twice in one object
  kHeaderCritical,         // "crit": no extension is understood here (RFC 7515 section 4.1.11)
  kPayloadUnencoded,       // "b64" (RFC 7797), with whatever value
  kAlgorithmForbidden,     // none, HMAC, or anything else that ParseAlgorithm does not know
  kTypeForbidden,          // "typ" of another kind of JWT (RFC 8725 section 3.11)
  kClaimsMalformed,        // not a JSON object, or a claim of the wrong type or out of bounds
  kClaimDuplicate,         // a member twice in one object

  // --- Claims, checked before any signature is computed ---
  kTypeNotExplicit,   // "typ" is absent or "JWT" where an explicit one is asked for
  kIssuerMismatch,    // "iss" missing, or not byte for byte the client_id
  kSubjectMismatch,   // "sub" missing, or not byte for byte the client_id
  kAudienceMismatch,  // "aud" missing, or neither the issuer nor another admitted value
  kAudienceNotSole,   // "aud" lists more than one audience: another audience could replay the assertion here
  kExpiryMissing,     // no "exp"
  kExpired,
  kLifetimeTooLong,  // expires more than kMaxAssertionLifetime after now or after "iat"
  kNotYetValid,      // "nbf" is in the future
  kIssuedInFuture,   // "iat" is in the future
  kJtiMissing,
  kJtiInvalid,          // empty, or longer than kMaxJtiBytes
  kAlgorithmNotChosen,  // another algorithm than the client's token_endpoint_auth_signing_alg

  // --- Keys and signature ---
  kKeyUnknown,     // no key of the client has the kid that the header names
  kKeyUnsuitable,  // the named key is not for this algorithm, or no key of the client is
  kKeyNotNamed,    // no kid, more keys fit than are tried, and none of those tried matches
  kSignatureInvalid,
};

// The error code of RFC 6749 section 5.2 for all of them.
inline constexpr std::string_view kInvalidClient = "invalid_client";

// Upper-case name for programs, such as "AUDIENCE_NOT_SOLE". Stable.
std::string_view AssertionFaultName(AssertionFault fault);

// A result, or the fault that prevents it.
template <typename T>
using OrFault = std::variant<T, AssertionFault>;

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_ASSERTION_FAULT_H_
