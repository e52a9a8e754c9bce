#include "server/metadata/key_findings.h"

#include "absl/strings/str_cat.h"
#include "server/metadata/findings.h"

namespace cimd::metadata {
namespace {

using jose::KeyFault;

v1::FindingReason ReasonOf(KeyFault fault) {
  switch (fault) {
    case KeyFault::kSetTooLarge:
      return v1::FINDING_REASON_KEY_SET_TOO_LARGE;
    case KeyFault::kJsonMalformed:
    case KeyFault::kByteOrderMark:
      return v1::FINDING_REASON_KEY_SET_JSON_MALFORMED;
    case KeyFault::kJsonUtf8Invalid:
      return v1::FINDING_REASON_KEY_SET_JSON_UTF8_INVALID;
    case KeyFault::kJsonMemberDuplicate:
      return v1::FINDING_REASON_KEY_SET_JSON_MEMBER_DUPLICATE;
    case KeyFault::kJsonTooDeep:
      return v1::FINDING_REASON_KEY_SET_JSON_TOO_DEEP;
    case KeyFault::kSetMalformed:
      return v1::FINDING_REASON_KEY_SET_MALFORMED;
    case KeyFault::kTooManyKeys:
      return v1::FINDING_REASON_KEY_SET_TOO_MANY_KEYS;
    case KeyFault::kPrivateKey:
      return v1::FINDING_REASON_KEY_SET_PRIVATE_KEY;
    case KeyFault::kKidAmbiguous:
      return v1::FINDING_REASON_KEY_SET_KID_AMBIGUOUS;
    case KeyFault::kKeyMalformed:
      return v1::FINDING_REASON_KEY_MALFORMED;
    case KeyFault::kRsaModulusTooSmall:
      return v1::FINDING_REASON_KEY_RSA_MODULUS_TOO_SMALL;
    case KeyFault::kRsaModulusTooLarge:
      return v1::FINDING_REASON_KEY_RSA_MODULUS_TOO_LARGE;
    case KeyFault::kRsaModulusWeak:
      return v1::FINDING_REASON_KEY_RSA_MODULUS_WEAK;
    case KeyFault::kRsaExponentInvalid:
      return v1::FINDING_REASON_KEY_RSA_EXPONENT_INVALID;
    case KeyFault::kPointInvalid:
      return v1::FINDING_REASON_KEY_POINT_INVALID;
    case KeyFault::kAlgorithmMismatch:
      return v1::FINDING_REASON_KEY_ALGORITHM_MISMATCH;
    case KeyFault::kKidReused:
      return v1::FINDING_REASON_KEY_KID_REUSED;
    case KeyFault::kNoUsableKey:
      return v1::FINDING_REASON_KEY_NONE_USABLE;
    case KeyFault::kKeyTypeUnsupported:
      return v1::FINDING_REASON_KEY_TYPE_UNSUPPORTED;
    case KeyFault::kCurveUnsupported:
      return v1::FINDING_REASON_KEY_CURVE_UNSUPPORTED;
    case KeyFault::kAlgorithmUnsupported:
      return v1::FINDING_REASON_KEY_ALGORITHM_UNSUPPORTED;
    case KeyFault::kUseNotSignature:
      return v1::FINDING_REASON_KEY_USE_NOT_SIGNATURE;
    case KeyFault::kKeyOpsNotVerify:
      return v1::FINDING_REASON_KEY_OPS_NOT_VERIFY;
    case KeyFault::kProfileExcludes:
      return v1::FINDING_REASON_KEY_PROFILE_EXCLUDES;
    case KeyFault::kKidComputed:
      return v1::FINDING_REASON_KEY_KID_COMPUTED;
    case KeyFault::kAlgorithmDefaulted:
      return v1::FINDING_REASON_KEY_ALGORITHM_DEFAULTED;
    case KeyFault::kKeyDuplicate:
      return v1::FINDING_REASON_KEY_DUPLICATE;
  }
  return v1::FINDING_REASON_UNSPECIFIED;
}

void Add(const jose::KeyFinding& finding, bool violation, v1::Validation& validation) {
  v1::Finding& added = violation ? *validation.add_violations() : *validation.add_warnings();
  added = MakeFinding(ReasonOf(finding.fault), finding.path, std::string(KeyFaultMessage(finding.fault)));
}

}  // namespace

jose::KeyProfile KeyProfileOf(v1::DocumentProfile profile) {
  return profile == v1::DOCUMENT_PROFILE_STRICT ? jose::KeyProfile::kStrict : jose::KeyProfile::kStandard;
}

void AddKeyFindings(const jose::JwkSet& set, v1::DocumentProfile profile, v1::Validation& validation) {
  const bool strict = profile == v1::DOCUMENT_PROFILE_STRICT;
  for (const jose::KeyFinding& finding : set.violations) {
    Add(finding, strict || jose::RefusesSet(finding.fault), validation);
  }
  for (const jose::KeyFinding& finding : set.warnings) Add(finding, /*violation=*/false, validation);
  validation.set_valid(validation.violations().empty());
}

void AddKeySetNotFetched(const v1::FetchFailure& failure, bool keys_in_force, v1::Validation& validation) {
  *validation.add_warnings() = MakeFinding(
      v1::FINDING_REASON_KEY_SET_NOT_FETCHED, "$",
      absl::StrCat("the key set could not be read (", failure.message(), "); ",
                   keys_in_force ? "the keys in force stay" : "until it can be, the client cannot authenticate"));
}

}  // namespace cimd::metadata
