#include "server/jose/key_fault.h"

#include <string_view>

namespace cimd::jose {
namespace {

struct Text {
  std::string_view name;
  std::string_view message;
};

// A switch instead of a table, so that the compiler reports a missing value.
Text TextOf(KeyFault fault) {
  switch (fault) {
    case KeyFault::kSetTooLarge:
      return {"SET_TOO_LARGE", "the key set is larger than 12 KiB"};
    case KeyFault::kJsonMalformed:
      return {"JSON_MALFORMED", "the key set is not JSON"};
    case KeyFault::kByteOrderMark:
      return {"BYTE_ORDER_MARK", "the key set begins with a byte order mark, which JSON does not allow"};
    case KeyFault::kJsonUtf8Invalid:
      return {"JSON_UTF8_INVALID", "the key set is not UTF-8"};
    case KeyFault::kJsonMemberDuplicate:
      return {"JSON_MEMBER_DUPLICATE", "a member name is used twice in one object"};
    case KeyFault::kJsonTooDeep:
      return {"JSON_TOO_DEEP", "the key set is nested too deeply"};
    case KeyFault::kSetMalformed:
      return {"SET_MALFORMED", "a key set is an object with an array \"keys\""};
    case KeyFault::kTooManyKeys:
      return {"TOO_MANY_KEYS", "the key set has more than 20 keys"};
    case KeyFault::kPrivateKey:
      return {"PRIVATE_KEY", "private or symmetric key material is published; the key must be replaced"};
    case KeyFault::kKidAmbiguous:
      return {"KID_AMBIGUOUS", "different keys have the same kid"};
    case KeyFault::kKeyMalformed:
      return {"KEY_MALFORMED", "missing, of the wrong type or wrongly encoded"};
    case KeyFault::kRsaModulusTooSmall:
      return {"RSA_MODULUS_TOO_SMALL", "an RSA modulus needs at least 2048 bits"};
    case KeyFault::kRsaModulusTooLarge:
      return {"RSA_MODULUS_TOO_LARGE", "the RSA modulus has more bits than the profile allows"};
    case KeyFault::kRsaModulusWeak:
      return {"RSA_MODULUS_WEAK", "the RSA modulus is known to be factorable"};
    case KeyFault::kRsaExponentInvalid:
      return {"RSA_EXPONENT_INVALID", "an RSA exponent is odd, at least 3 and of at most 32 bits"};
    case KeyFault::kPointInvalid:
      return {"POINT_INVALID", "not a sound point of the curve"};
    case KeyFault::kAlgorithmMismatch:
      return {"ALGORITHM_MISMATCH", "the algorithm needs another kind of key"};
    case KeyFault::kKidReused:
      return {
          "KID_REUSED",
          "another key was published under this kid before; this one is not used until an admin accepts it, and new "
          "keys need new kids"};
    case KeyFault::kNoUsableKey:
      return {"NO_USABLE_KEY", "no key can verify a signature"};
    case KeyFault::kKeyTypeUnsupported:
      return {"KEY_TYPE_UNSUPPORTED", "the key type is not supported; the key is skipped"};
    case KeyFault::kCurveUnsupported:
      return {"CURVE_UNSUPPORTED", "the curve is not supported for signatures; the key is skipped"};
    case KeyFault::kAlgorithmUnsupported:
      return {"ALGORITHM_UNSUPPORTED", "not a supported signature algorithm; the key is skipped"};
    case KeyFault::kUseNotSignature:
      return {"USE_NOT_SIGNATURE", "the key is not meant for signatures and is skipped"};
    case KeyFault::kKeyOpsNotVerify:
      return {"KEY_OPS_NOT_VERIFY", "the key is not meant for verifying alone and is skipped"};
    case KeyFault::kProfileExcludes:
      return {"PROFILE_EXCLUDES",
              "the STRICT profile uses RSA keys with RS256, RS384 or PS256 only; the key is skipped"};
    case KeyFault::kKidComputed:
      return {"KID_COMPUTED", "no kid; the RFC 7638 thumbprint is used"};
    case KeyFault::kAlgorithmDefaulted:
      return {"ALGORITHM_DEFAULTED", "no alg; RS256 is assumed"};
    case KeyFault::kKeyDuplicate:
      return {"KEY_DUPLICATE", "the same key is listed twice"};
  }
  return {};
}

}  // namespace

std::string_view KeyFaultName(KeyFault fault) { return TextOf(fault).name; }

std::string_view KeyFaultMessage(KeyFault fault) { return TextOf(fault).message; }

bool IsViolation(KeyFault fault) { return fault <= KeyFault::kNoUsableKey; }

bool RefusesSet(KeyFault fault) { return fault <= KeyFault::kKidAmbiguous; }

}  // namespace cimd::jose
