#include "server/jose/assertion_fault.h"

#include <string_view>

namespace cimd::jose {

std::string_view AssertionFaultName(AssertionFault fault) {
  switch (fault) {
    case AssertionFault::kTooLarge:
      return "TOO_LARGE";
    case AssertionFault::kNotCompact:
      return "NOT_COMPACT";
    case AssertionFault::kEncodingInvalid:
      return "ENCODING_INVALID";
    case AssertionFault::kHeaderMalformed:
      return "HEADER_MALFORMED";
    case AssertionFault::kHeaderMemberDuplicate:
      return "HEADER_MEMBER_DUPLICATE";
    case AssertionFault::kHeaderCritical:
      return "HEADER_CRITICAL";
    case AssertionFault::kPayloadUnencoded:
      return "PAYLOAD_UNENCODED";
    case AssertionFault::kAlgorithmForbidden:
      return "ALGORITHM_FORBIDDEN";
    case AssertionFault::kTypeForbidden:
      return "TYPE_FORBIDDEN";
    case AssertionFault::kClaimsMalformed:
      return "CLAIMS_MALFORMED";
    case AssertionFault::kClaimDuplicate:
      return "CLAIM_DUPLICATE";
    case AssertionFault::kTypeNotExplicit:
      return "TYPE_NOT_EXPLICIT";
    case AssertionFault::kIssuerMismatch:
      return "ISSUER_MISMATCH";
    case AssertionFault::kSubjectMismatch:
      return "SUBJECT_MISMATCH";
    case AssertionFault::kAudienceMismatch:
      return "AUDIENCE_MISMATCH";
    case AssertionFault::kAudienceNotSole:
      return "AUDIENCE_NOT_SOLE";
    case AssertionFault::kExpiryMissing:
      return "EXPIRY_MISSING";
    case AssertionFault::kExpired:
      return "EXPIRED";
    case AssertionFault::kLifetimeTooLong:
      return "LIFETIME_TOO_LONG";
    case AssertionFault::kNotYetValid:
      return "NOT_YET_VALID";
    case AssertionFault::kIssuedInFuture:
      return "ISSUED_IN_FUTURE";
    case AssertionFault::kJtiMissing:
      return "JTI_MISSING";
    case AssertionFault::kJtiInvalid:
      return "JTI_INVALID";
    case AssertionFault::kAlgorithmNotChosen:
      return "ALGORITHM_NOT_CHOSEN";
    case AssertionFault::kKeyUnknown:
      return "KEY_UNKNOWN";
    case AssertionFault::kKeyUnsuitable:
      return "KEY_UNSUITABLE";
    case AssertionFault::kKeyNotNamed:
      return "KEY_NOT_NAMED";
    case AssertionFault::kSignatureInvalid:
      return "SIGNATURE_INVALID";
  }
  return {};
}

}  // namespace cimd::jose
