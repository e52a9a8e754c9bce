#include "server/assertions/assertion_reasons.h"

namespace cimd::services {

v1::AssertionReason ReasonOf(jose::AssertionFault fault) {
  using jose::AssertionFault;
  switch (fault) {
    case AssertionFault::kTooLarge:
      return v1::ASSERTION_REASON_TOO_LARGE;
    case AssertionFault::kNotCompact:
      return v1::ASSERTION_REASON_NOT_COMPACT;
    case AssertionFault::kEncodingInvalid:
      return v1::ASSERTION_REASON_ENCODING_INVALID;
    case AssertionFault::kHeaderMalformed:
      return v1::ASSERTION_REASON_HEADER_MALFORMED;
    case AssertionFault::kHeaderMemberDuplicate:
      return v1::ASSERTION_REASON_HEADER_MEMBER_DUPLICATE;
    case AssertionFault::kHeaderCritical:
      return v1::ASSERTION_REASON_HEADER_CRITICAL;
    case AssertionFault::kPayloadUnencoded:
      return v1::ASSERTION_REASON_PAYLOAD_UNENCODED;
    case AssertionFault::kAlgorithmForbidden:
      return v1::ASSERTION_REASON_ALGORITHM_FORBIDDEN;
    case AssertionFault::kTypeForbidden:
      return v1::ASSERTION_REASON_TYPE_FORBIDDEN;
    case AssertionFault::kClaimsMalformed:
      return v1::ASSERTION_REASON_CLAIMS_MALFORMED;
    case AssertionFault::kClaimDuplicate:
      return v1::ASSERTION_REASON_CLAIM_DUPLICATE;
    case AssertionFault::kTypeNotExplicit:
      return v1::ASSERTION_REASON_TYPE_NOT_EXPLICIT;
    case AssertionFault::kIssuerMismatch:
      return v1::ASSERTION_REASON_ISSUER_MISMATCH;
    case AssertionFault::kSubjectMismatch:
      return v1::ASSERTION_REASON_SUBJECT_MISMATCH;
    case AssertionFault::kAudienceMismatch:
      return v1::ASSERTION_REASON_AUDIENCE_MISMATCH;
    case AssertionFault::kAudienceNotSole:
      return v1::ASSERTION_REASON_AUDIENCE_NOT_SOLE;
    case AssertionFault::kExpiryMissing:
      return v1::ASSERTION_REASON_EXPIRY_MISSING;
    case AssertionFault::kExpired:
      return v1::ASSERTION_REASON_EXPIRED;
    case AssertionFault::kLifetimeTooLong:
      return v1::ASSERTION_REASON_LIFETIME_TOO_LONG;
    case AssertionFault::kNotYetValid:
      return v1::ASSERTION_REASON_NOT_YET_VALID;
    case AssertionFault::kIssuedInFuture:
      return v1::ASSERTION_REASON_ISSUED_IN_FUTURE;
    case AssertionFault::kJtiMissing:
      return v1::ASSERTION_REASON_JTI_MISSING;
    case AssertionFault::kJtiInvalid:
      return v1::ASSERTION_REASON_JTI_INVALID;
    case AssertionFault::kAlgorithmNotChosen:
      return v1::ASSERTION_REASON_ALGORITHM_NOT_CHOSEN;
    case AssertionFault::kKeyUnknown:
      return v1::ASSERTION_REASON_KEY_UNKNOWN;
    case AssertionFault::kKeyUnsuitable:
      return v1::ASSERTION_REASON_KEY_UNSUITABLE;
    case AssertionFault::kKeyNotNamed:
      return v1::ASSERTION_REASON_KEY_NOT_NAMED;
    case AssertionFault::kSignatureInvalid:
      return v1::ASSERTION_REASON_SIGNATURE_INVALID;
  }
  return v1::ASSERTION_REASON_UNSPECIFIED;
}

std::string_view TextOf(v1::AssertionReason reason) {
  switch (reason) {
    case v1::ASSERTION_REASON_ASSERTION_TYPE_UNSUPPORTED:
      return "client_assertion_type is not urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    case v1::ASSERTION_REASON_ASSERTION_MISSING:
      return "client_assertion is missing";
    case v1::ASSERTION_REASON_CLIENT_ID_MISMATCH:
      return "client_id is not the assertion's sub";
    case v1::ASSERTION_REASON_CIMD_DISABLED:
      return "the tenant does not support clients that are identified by a metadata document";
    case v1::ASSERTION_REASON_CLIENT_UNKNOWN:
      return "the client is not registered";
    case v1::ASSERTION_REASON_CLIENT_BLOCKED:
      return "the client is blocked";
    case v1::ASSERTION_REASON_METHOD_NOT_REGISTERED:
      return "the client's document does not say private_key_jwt";
    case v1::ASSERTION_REASON_TOO_LARGE:
      return "the assertion is too long";
    case v1::ASSERTION_REASON_NOT_COMPACT:
      return "the assertion is not a JWT: three parts with dots between them";
    case v1::ASSERTION_REASON_ENCODING_INVALID:
      return "a part of the assertion is not canonical base64url";
    case v1::ASSERTION_REASON_HEADER_MALFORMED:
      return "the header is not a JSON object with a proper alg, kid and typ";
    case v1::ASSERTION_REASON_HEADER_MEMBER_DUPLICATE:
      return "the header has a member twice";
    case v1::ASSERTION_REASON_HEADER_CRITICAL:
      return "the header has crit, and no extension is understood here";
    case v1::ASSERTION_REASON_PAYLOAD_UNENCODED:
      return "the header has b64";
    case v1::ASSERTION_REASON_ALGORITHM_FORBIDDEN:
      return "alg is not one of the asymmetric algorithms that are supported";
    case v1::ASSERTION_REASON_TYPE_FORBIDDEN:
      return "typ marks a JWT of another kind";
    case v1::ASSERTION_REASON_CLAIMS_MALFORMED:
      return "the claims are not a JSON object, or one has the wrong type";
    case v1::ASSERTION_REASON_CLAIM_DUPLICATE:
      return "the claims have a member twice";
    case v1::ASSERTION_REASON_TYPE_NOT_EXPLICIT:
      return "typ has to be client-authentication+jwt";
    case v1::ASSERTION_REASON_ISSUER_MISMATCH:
      return "iss is not byte for byte the client_id";
    case v1::ASSERTION_REASON_SUBJECT_MISMATCH:
      return "sub is not byte for byte the client_id";
    case v1::ASSERTION_REASON_AUDIENCE_MISMATCH:
      return "aud is not this authorization server's issuer";
    case v1::ASSERTION_REASON_AUDIENCE_NOT_SOLE:
      return "aud names more than one audience";
    case v1::ASSERTION_REASON_EXPIRY_MISSING:
      return "exp is missing";
    case v1::ASSERTION_REASON_EXPIRED:
      return "the assertion has expired";
    case v1::ASSERTION_REASON_LIFETIME_TOO_LONG:
      return "the assertion is valid for more than five minutes";
    case v1::ASSERTION_REASON_NOT_YET_VALID:
      return "nbf is in the future";
    case v1::ASSERTION_REASON_ISSUED_IN_FUTURE:
      return "iat is in the future";
    case v1::ASSERTION_REASON_JTI_MISSING:
      return "jti is missing";
    case v1::ASSERTION_REASON_JTI_INVALID:
      return "jti is empty or longer than 256 bytes";
    case v1::ASSERTION_REASON_ALGORITHM_NOT_CHOSEN:
      return "alg is not the client's token_endpoint_auth_signing_alg";
    case v1::ASSERTION_REASON_KEY_UNKNOWN:
      return "no key of the client has this kid";
    case v1::ASSERTION_REASON_KEY_UNSUITABLE:
      return "no key of the client is for this algorithm";
    case v1::ASSERTION_REASON_KEY_NOT_NAMED:
      return "without a kid there are more keys than are tried";
    case v1::ASSERTION_REASON_SIGNATURE_INVALID:
      return "the signature is not that of a key of the client";
    case v1::ASSERTION_REASON_KEYS_UNAVAILABLE:
      return "the client's keys could not be read, or not for too long";
    case v1::ASSERTION_REASON_REPLAYED:
      return "the assertion was used before";
    case v1::ASSERTION_REASON_TOO_MANY_ASSERTIONS:
      return "as many assertions of the client are remembered as can be";
    default:
      return "";
  }
}

}  // namespace cimd::services
