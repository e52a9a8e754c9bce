#include "server/jose/jws.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/types/span.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/base64url.h"
#include "server/jose/jwk.h"
#include "server/json/strict_json.h"

namespace cimd::jose {
namespace {

constexpr size_t kMaxTypBytes = 256;

// Reads an optional string member of at most `max_bytes` bytes. False if the member is anything else.
bool ReadString(const json::Value& header, const char* name, size_t max_bytes, std::optional<std::string>& value) {
  const auto member = header.find(name);
  if (member == header.end()) return true;
  if (!member->is_string()) return false;
  value = member->get_ref<const std::string&>();
  return !value->empty() && value->size() <= max_bytes;
}

std::optional<AssertionFault> ReadHeader(std::string_view text, Jws& jws) {
  const std::variant<json::Value, json::ParseError> parsed = json::ParseStrict(text);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) {
    return error->fault == json::Fault::kMemberDuplicate ? AssertionFault::kHeaderMemberDuplicate
                                                         : AssertionFault::kHeaderMalformed;
  }
  const json::Value& header = std::get<json::Value>(parsed);
  if (!header.is_object()) return AssertionFault::kHeaderMalformed;
  if (header.contains("crit")) return AssertionFault::kHeaderCritical;
  if (header.contains("b64")) return AssertionFault::kPayloadUnencoded;
  const auto alg = header.find("alg");
  if (alg == header.end() || !alg->is_string()) return AssertionFault::kHeaderMalformed;
  const std::optional<Algorithm> algorithm = ParseAlgorithm(alg->get_ref<const std::string&>());
  if (!algorithm.has_value()) return AssertionFault::kAlgorithmForbidden;
  jws.alg = *algorithm;
  if (!ReadString(header, "kid", kMaxKidBytes, jws.kid) || !ReadString(header, "typ", kMaxTypBytes, jws.typ)) {
    return AssertionFault::kHeaderMalformed;
  }
  return std::nullopt;
}

}  // namespace

OrFault<Jws> ParseJws(std::string_view compact) {
  if (compact.size() > kMaxJwsBytes) return AssertionFault::kTooLarge;
  const size_t first = compact.find('.');
  const size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos || first == 0 ||
      second + 1 == compact.size()) {
    return AssertionFault::kNotCompact;
  }
  const std::optional<std::string> header = DecodeBase64Url(compact.substr(0, first));
  std::optional<std::string> payload = DecodeBase64Url(compact.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = DecodeBase64Url(compact.substr(second + 1));
  if (!header.has_value() || !payload.has_value() || !signature.has_value()) return AssertionFault::kEncodingInvalid;
  Jws jws;
  if (const std::optional<AssertionFault> fault = ReadHeader(*header, jws)) return *fault;
  jws.payload = *std::move(payload);
  jws.signature = *std::move(signature);
  jws.signing_input = compact.substr(0, second);
  return jws;
}

bool VerifyJws(const Jws& jws, const Jwk& jwk) {
  return jwk.Fits(jws.alg) && jwk.key->Verify(jws.alg, jws.signing_input, jws.signature);
}

OrFault<const Jwk*> FindSigner(const Jws& jws, absl::Span<const Jwk> keys) {
  bool named = false;
  int fitting = 0;
  for (const Jwk& key : keys) {
    if (jws.kid.has_value() && key.kid != *jws.kid) continue;
    named = true;
    if (!key.Fits(jws.alg)) continue;
    if (++fitting > kMaxVerifications) return AssertionFault::kKeyNotNamed;
    if (VerifyJws(jws, key)) return &key;
  }
  if (fitting > 0) return AssertionFault::kSignatureInvalid;
  return jws.kid.has_value() && !named ? AssertionFault::kKeyUnknown : AssertionFault::kKeyUnsuitable;
}

std::string MediaSubtypeOf(std::string_view typ) {
  constexpr std::string_view kPrefix = "application/";
  std::string type = absl::AsciiStrToLower(std::string(typ));
  if (type.starts_with(kPrefix)) type.erase(0, kPrefix.size());
  return type;
}

}  // namespace cimd::jose
