#include "server/jose/jwk.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/crypto/sha256.h"
#include "server/jose/algorithm.h"
#include "server/jose/base64url.h"
#include "server/jose/key_fault.h"
#include "server/jose/key_strength.h"
#include "server/jose/public_key.h"
#include "server/json/json_path.h"
#include "server/json/strict_json.h"

namespace cimd::jose {
namespace {

// From RFC 7518 sections 6.2.2, 6.3.2 and 6.4 and RFC 8037 section 2; "priv" is the member of type AKP (algorithm key
// pair).
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};

// Bit length of an unsigned big-endian integer without leading zero bytes.
int BitLength(std::string_view integer) {
  return static_cast<int>(integer.size() - 1) * 8 + std::bit_width(static_cast<unsigned char>(integer.front()));
}

bool IsOdd(std::string_view integer) { return (static_cast<unsigned char>(integer.back()) & 1) != 0; }

std::optional<KeyType> CurveType(std::string_view kty, std::string_view crv) {
  if (kty == "OKP") return crv == "Ed25519" ? std::optional(KeyType::kEd25519) : std::nullopt;
  if (crv == "P-256") return KeyType::kEcP256;
  if (crv == "P-384") return KeyType::kEcP384;
  if (crv == "P-521") return KeyType::kEcP521;
  return std::nullopt;
}

// Parses one JWK from top to bottom. Each step records a finding and returns false if the key cannot be used.
class Reader {
 public:
  Reader(const json::Value& value, std::string_view path, KeyProfile profile)
      : value_(value), path_(path), profile_(profile) {}

  ParsedJwk Read() && {
    ParsedJwk parsed;
    if (CheckIsPublicObject() && ReadType() && ReadKid() && CheckUse() && CheckKeyOps() && ReadAlgorithm() &&
        ReadMaterial()) {
      Name();
      parsed.jwk = std::move(jwk_);
    }
    parsed.findings = std::move(findings_);
    return parsed;
  }

 private:
  bool Reject(KeyFault fault, std::string_view member = {}) {
    findings_.push_back({fault, member.empty() ? path_ : json::MemberPath(path_, member)});
    return false;
  }

  void Note(KeyFault fault) { findings_.push_back({fault, path_}); }

  // Null for a member that is absent, null or empty. Some serializers write every member of a key, even without a
  // value.
  const json::Value* Find(std::string_view member) const {
    const auto it = value_.find(std::string(member));
    return it == value_.end() || json::IsNullOrEmpty(*it) ? nullptr : &*it;
  }

  // The value of a required string member. Null, with a finding, if it is missing or not a string.
  const std::string* RequiredString(std::string_view member) {
    const json::Value* value = Find(member);
    if (value != nullptr && value->is_string()) return value->get_ptr<const std::string*>();
    Reject(KeyFault::kKeyMalformed, member);
    return nullptr;
  }

  std::optional<std::string> RequiredBytes(std::string_view member) {
    const std::string* text = RequiredString(member);
    if (text == nullptr) return std::nullopt;
    std::optional<std::string> bytes = DecodeBase64Url(*text);
    if (bytes.has_value() && !bytes->empty()) return bytes;
    Reject(KeyFault::kKeyMalformed, member);
    return std::nullopt;
  }

  // A Base64urlUInt (RFC 7518 section 2), which has no leading zero bytes.
  std::optional<std::string> RequiredInteger(std::string_view member) {
    std::optional<std::string> bytes = RequiredBytes(member);
    if (bytes.has_value() && bytes->front() == '\0') {
      Reject(KeyFault::kKeyMalformed, member);
      return std::nullopt;
    }
    return bytes;
  }

  bool CheckIsPublicObject() {
    if (!value_.is_object()) return Reject(KeyFault::kKeyMalformed);
    const std::vector<std::string_view> found = PrivateMembers(value_);
    for (std::string_view member : found) Reject(KeyFault::kPrivateKey, member);
    return found.empty();
  }

  bool ReadType() {
    const std::string* kty = RequiredString("kty");
    if (kty == nullptr) return false;
    if (*kty == "RSA") return true;
    if (*kty != "EC" && *kty != "OKP") return Reject(KeyFault::kKeyTypeUnsupported, "kty");
    const std::string* crv = RequiredString("crv");
    if (crv == nullptr) return false;
    const std::optional<KeyType> type = CurveType(*kty, *crv);
    if (!type.has_value()) return Reject(KeyFault::kCurveUnsupported, "crv");
    jwk_.type = *type;
    return profile_ == KeyProfile::kStandard || Reject(KeyFault::kProfileExcludes, "kty");
  }

  bool ReadKid() {
    if (Find("kid") == nullptr) return true;
    const std::string* kid = RequiredString("kid");
    if (kid == nullptr) return false;
    if (kid->size() > kMaxKidBytes || std::any_of(kid->begin(), kid->end(), absl::ascii_iscntrl)) {
      return Reject(KeyFault::kKeyMalformed, "kid");
    }
    jwk_.kid = *kid;
    jwk_.kid_declared = true;
    return true;
  }

  bool CheckUse() {
    if (Find("use") == nullptr) return true;
    const std::string* use = RequiredString("use");
    if (use == nullptr) return false;
    return *use == "sig" || Reject(KeyFault::kUseNotSignature, "use");
  }

  bool CheckKeyOps() {
    const json::Value* operations = Find("key_ops");
    if (operations == nullptr) return true;
    if (!operations->is_array()) return Reject(KeyFault::kKeyMalformed, "key_ops");
    bool verify = false;
    bool sign = false;
    bool other = false;
    for (const json::Value& operation : *operations) {
      if (!operation.is_string()) return Reject(KeyFault::kKeyMalformed, "key_ops");
      bool& seen = operation == "verify" ? verify : operation == "sign" ? sign : other;
      // RFC 7517 section 4.3 forbids duplicates. Duplicates of other operations are ignored: these operations exclude
      // the key anyway.
      if (seen && &seen != &other) return Reject(KeyFault::kKeyMalformed, "key_ops");
      seen = true;
    }
    return (verify && !other) || Reject(KeyFault::kKeyOpsNotVerify, "key_ops");
  }

  bool ReadAlgorithm() {
    if (Find("alg") == nullptr) {
      if (profile_ == KeyProfile::kStrict) jwk_.alg = Algorithm::kRs256;
      return true;
    }
    const std::string* alg = RequiredString("alg");
    if (alg == nullptr) return false;
    jwk_.alg = ParseAlgorithm(*alg);
    if (!jwk_.alg.has_value()) return Reject(KeyFault::kAlgorithmUnsupported, "alg");
    if (KeyTypeFor(*jwk_.alg) != jwk_.type) return Reject(KeyFault::kAlgorithmMismatch, "alg");
    return IsAllowed(*jwk_.alg, profile_) || Reject(KeyFault::kProfileExcludes, "alg");
  }

  bool ReadMaterial() {
    if (jwk_.type == KeyType::kRsa) return ReadRsa();
    return jwk_.type == KeyType::kEd25519 ? ReadEd25519() : ReadEc();
  }

  bool ReadRsa() {
    const std::optional<std::string> n = RequiredInteger("n");
    const std::optional<std::string> e = RequiredInteger("e");
    if (!n.has_value() || !e.has_value()) return false;
    // RFC 8017 requires an odd exponent of at least 3. A long exponent only makes verification slow.
    if (e->size() > 4 || !IsOdd(*e) || *e == "\x01") return Reject(KeyFault::kRsaExponentInvalid, "e");
    const int bits = BitLength(*n);
    if (bits < kMinRsaBits) return Reject(KeyFault::kRsaModulusTooSmall, "n");
    if (bits > (profile_ == KeyProfile::kStrict ? kMaxRsaBitsStrict : kMaxRsaBits)) {
      return Reject(KeyFault::kRsaModulusTooLarge, "n");
    }
    if (IsWeakRsaModulus(*n)) return Reject(KeyFault::kRsaModulusWeak, "n");
    jwk_.required_members =
        absl::StrCat(R"({"e":")", EncodeBase64Url(*e), R"(","kty":"RSA","n":")", EncodeBase64Url(*n), R"("})");
    jwk_.key = PublicKey::FromRsa(*n, *e);
    return jwk_.key != nullptr || Reject(KeyFault::kKeyMalformed);
  }

  bool ReadEc() {
    const std::optional<std::string> x = RequiredBytes("x");
    const std::optional<std::string> y = RequiredBytes("y");
    if (!x.has_value() || !y.has_value()) return false;
    const size_t bytes = CoordinateBytes(jwk_.type);
    if (x->size() != bytes) return Reject(KeyFault::kKeyMalformed, "x");
    if (y->size() != bytes) return Reject(KeyFault::kKeyMalformed, "y");
    jwk_.required_members = absl::StrCat(R"({"crv":")", *RequiredString("crv"), R"(","kty":"EC","x":")",
                                         EncodeBase64Url(*x), R"(","y":")", EncodeBase64Url(*y), R"("})");
    jwk_.key = PublicKey::FromEcPoint(jwk_.type, *x, *y);
    return jwk_.key != nullptr || Reject(KeyFault::kPointInvalid);
  }

  bool ReadEd25519() {
    const std::optional<std::string> x = RequiredBytes("x");
    if (!x.has_value()) return false;
    if (x->size() != 32) return Reject(KeyFault::kKeyMalformed, "x");
    if (!IsSoundEd25519Point(*x)) return Reject(KeyFault::kPointInvalid, "x");
    jwk_.required_members = absl::StrCat(R"({"crv":"Ed25519","kty":"OKP","x":")", EncodeBase64Url(*x), R"("})");
    jwk_.key = PublicKey::FromEd25519(*x);
    return jwk_.key != nullptr || Reject(KeyFault::kKeyMalformed);
  }

  void Name() {
    jwk_.thumbprint = EncodeBase64Url(crypto::Sha256(jwk_.required_members));
    if (!jwk_.kid_declared) {
      jwk_.kid = jwk_.thumbprint;
      Note(KeyFault::kKidComputed);
    }
    if (profile_ == KeyProfile::kStrict && Find("alg") == nullptr) Note(KeyFault::kAlgorithmDefaulted);
  }

  const json::Value& value_;
  const std::string path_;
  const KeyProfile profile_;
  Jwk jwk_;
  std::vector<KeyFinding> findings_;
};

}  // namespace

bool IsAllowed(Algorithm algorithm, KeyProfile profile) {
  return profile == KeyProfile::kStandard || algorithm == Algorithm::kRs256 || algorithm == Algorithm::kRs384 ||
         algorithm == Algorithm::kPs256;
}

std::vector<std::string_view> AllowedAlgorithmNames(KeyProfile profile) {
  std::vector<std::string_view> names;
  for (std::string_view name : SupportedAlgorithmNames()) {
    if (IsAllowed(*ParseAlgorithm(name), profile)) names.push_back(name);
  }
  return names;
}

std::vector<std::string_view> PrivateMembers(const json::Value& jwk) {
  std::vector<std::string_view> found;
  for (std::string_view member : kPrivateMembers) {
    const auto it = jwk.find(std::string(member));
    if (it != jwk.end() && !json::IsNullOrEmpty(*it)) found.push_back(member);
  }
  return found;
}

bool Jwk::Fits(Algorithm algorithm) const {
  return alg.has_value() ? *alg == algorithm : KeyTypeFor(algorithm) == type;
}

std::string Jwk::ToJson() const {
  std::string text = required_members;
  text.pop_back();
  if (alg.has_value()) absl::StrAppend(&text, R"(,"alg":")", std::string(AlgorithmName(*alg)), "\"");
  if (kid_declared) absl::StrAppend(&text, R"(,"kid":)", json::Value(kid).dump());
  return absl::StrCat(text, "}");
}

ParsedJwk ParseJwk(const json::Value& value, std::string_view path, KeyProfile profile) {
  return Reader(value, path, profile).Read();
}

std::optional<Jwk> ParseOwnJwk(std::string_view text) {
  const auto parsed = json::ParseStrict(text);
  const auto* value = std::get_if<json::Value>(&parsed);
  if (value == nullptr) return std::nullopt;
  return ParseJwk(*value, "$", KeyProfile::kStandard).jwk;
}

}  // namespace cimd::jose
