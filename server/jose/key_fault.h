#ifndef CIMD_SERVER_JOSE_KEY_FAULT_H_
#define CIMD_SERVER_JOSE_KEY_FAULT_H_

#include <string>
#include <string_view>

namespace cimd::jose {

// Why a JWK set, or one of its keys, is not used as published. The names that KeyFaultName returns are stable.
enum class KeyFault {
  // --- The set is refused: none of its keys is used; the keys that were in force stay ---
  kSetTooLarge,
  kJsonMalformed,
  kByteOrderMark,  // the set begins with U+FEFF, which is not part of JSON (RFC 8259 section 8.1)
  kJsonUtf8Invalid,
  kJsonMemberDuplicate,
  kJsonTooDeep,
  kSetMalformed,  // not an object with an array "keys" (RFC 7517 section 5)
  kTooManyKeys,   // more than kMaxKeys
  kPrivateKey,    // a key has a private member, which everyone who reads the set could use
  kKidAmbiguous,  // two usable keys with different material share a kid

  // --- The key is refused: it breaks a rule; the other keys are used ---
  kKeyMalformed,        // not an object, or a member is missing, of the wrong type or wrongly encoded
  kRsaModulusTooSmall,  // fewer than 2048 bits (RFC 7518 section 3.3)
  kRsaModulusTooLarge,  // more than 8192 bits, 4096 in the STRICT profile
  kRsaModulusWeak,      // see IsWeakRsaModulus
  kRsaExponentInvalid,  // even, below 3 or above 32 bits
  kPointInvalid,        // not a point of its curve, or one of small order
  kAlgorithmMismatch,   // "alg" needs another kind of key
  kKidReused,           // the kid belongs to another key of the client; refused until an admin accepts it
  kNoUsableKey,         // no usable key remains; no assertion can be verified

  // --- The key is skipped: it is not a supported signature key ---
  kKeyTypeUnsupported,
  kCurveUnsupported,
  kAlgorithmUnsupported,
  kUseNotSignature,  // "use" other than "sig"
  kKeyOpsNotVerify,  // "key_ops" without "verify", or with anything but "verify" and "sign"
  kProfileExcludes,  // fit for the STANDARD profile, not for STRICT

  // --- A warning: the key is used ---
  kKidComputed,         // no "kid"; the RFC 7638 thumbprint is the kid
  kAlgorithmDefaulted,  // STRICT: no "alg"; RS256 is assumed
  kKeyDuplicate,        // the same key again; this copy is left out
};

// The upper-case name for programs, such as "RSA_MODULUS_TOO_SMALL".
std::string_view KeyFaultName(KeyFault fault);

// A fixed text for people that quotes nothing of the key.
std::string_view KeyFaultMessage(KeyFault fault);

// Whether the fault breaks a rule (a violation); otherwise it is a warning.
bool IsViolation(KeyFault fault);

// Whether the fault makes the whole set unusable.
bool RefusesSet(KeyFault fault);

// One finding about a set and its place: a JSON path such as "$.keys[2].n".
struct KeyFinding {
  KeyFault fault;
  std::string path;
};

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_KEY_FAULT_H_
