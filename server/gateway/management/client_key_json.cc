#include "server/gateway/management/client_key_json.h"

#include <utility>

#include "fmt/format.h"
#include "server/gateway/json/time_text.h"

namespace cimd::gateway {
namespace {

// The key's algorithm. The Management API requires one for each key. For a key without alg that supports several
// algorithms, the most common one.
std::string AlgorithmOf(const v1::ClientKey& key) {
  if (!key.alg().empty()) return key.alg();
  if (key.crv() == "P-256") return "ES256";
  if (key.crv() == "P-384") return "ES384";
  if (key.crv() == "P-521") return "ES512";
  return key.kty() == "OKP" ? "EdDSA" : "RS256";
}

}  // namespace

std::string CredentialId(const v1::ClientKey& key) { return "cred_" + key.thumbprint_sha256(); }

json::Value CredentialJson(const v1::ClientKey& key) {
  json::Value object;
  object["id"] = CredentialId(key);
  object["name"] = key.kid();
  object["kid"] = key.kid();
  object["alg"] = AlgorithmOf(key);
  object["credential_type"] = "public_key";
  object["thumbprint_sha256"] = key.thumbprint_sha256();
  if (key.has_first_seen_time()) object["created_at"] = TimeText(key.first_seen_time());
  if (key.has_last_seen_time()) object["updated_at"] = TimeText(key.last_seen_time());
  // The server wrote this text. If it is not JSON, the member is omitted.
  if (json::Value jwk = json::Value::parse(key.jwk(), nullptr, /*allow_exceptions=*/false); jwk.is_object()) {
    object["jwk"] = std::move(jwk);
  }
  return object;
}

json::Value AuthenticationMethodsJson(const google::protobuf::RepeatedPtrField<v1::ClientKey>& keys) {
  json::Value credentials = json::Value::array();
  for (const v1::ClientKey& key : keys) {
    credentials.push_back({{"credential_type", "public_key"}, {"kid", key.kid()}, {"alg", AlgorithmOf(key)}});
  }
  return {{"private_key_jwt", {{"credentials", std::move(credentials)}}}};
}

}  // namespace cimd::gateway
