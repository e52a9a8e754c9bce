#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/jose/base64url.h"
#include "server/jose/client_assertion.h"
#include "server/jose/jwk_set.h"
#include "server/jose/jws.h"
#include "tests/fuzz/fuzz_target.h"

// Input: a JWS in compact form. If the input has a line end, it is instead a header and a payload in clear text, which
// reaches the code after the base64url decoder.
namespace cimd::fuzz {
namespace {

using jose::AssertionFault;
using jose::CheckedAssertion;
using jose::Jws;
using jose::ParsedAssertion;
using jose::VerifiedAssertion;

// The public key of RFC 8032 section 7.1, test 2. No seed is signed with it, and a fuzzer cannot forge a signature.
const std::vector<jose::Jwk>& Keys() {
  static const auto& keys = *new std::vector<jose::Jwk>(
      jose::ParseJwkSet(
          R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"}]})",
          jose::KeyProfile::kStandard)
          .keys);
  return keys;
}

std::string Compact(std::string_view input) {
  if (input.find('\n') == std::string_view::npos) return std::string(input);
  const auto [header, payload] = SplitAt(input, '\n');
  return jose::EncodeBase64Url(header) + "." + jose::EncodeBase64Url(payload) + "." +
         jose::EncodeBase64Url(std::string(64, 's'));
}

void CheckParsed(std::string_view compact, const Jws& jws) {
  Require(compact.size() <= jose::kMaxJwsBytes);
  // Each message has exactly one encoding: the parser must not repair its input.
  Require(jws.signing_input + "." + jose::EncodeBase64Url(jws.signature) == compact);
  const auto [header, payload] = SplitAt(jws.signing_input, '.');
  Require(jose::EncodeBase64Url(jws.payload) == payload && payload.find('.') == std::string_view::npos);
  Require(jose::DecodeBase64Url(header).has_value() && !jws.signature.empty());
  Require(!jws.kid.has_value() || (!jws.kid->empty() && jws.kid->size() <= jose::kMaxKidBytes));
  for (const jose::Jwk& key : Keys()) Require(!jose::VerifyJws(jws, key));
}

void CheckAssertion(ParsedAssertion assertion) {
  const jose::AssertionExpectations expected = {.client_id = "https://app.example/client.json",
                                                .issuer = "https://login.example/"};
  const bool ours = assertion.unverified_client_id() == expected.client_id;
  const auto checked = CheckedAssertion::Check(std::move(assertion), expected, absl::FromUnixSeconds(1'800'000'000));
  if (!std::holds_alternative<CheckedAssertion>(checked)) return;
  Require(ours);
  const auto verified = VerifiedAssertion::Verify(std::get<CheckedAssertion>(checked), Keys());
  Require(std::holds_alternative<AssertionFault>(verified));
}

}  // namespace

void FuzzOne(std::string_view input) {
  const std::string compact = Compact(input);
  const jose::OrFault<Jws> jws = jose::ParseJws(compact);
  if (std::holds_alternative<Jws>(jws)) CheckParsed(compact, std::get<Jws>(jws));
  jose::OrFault<ParsedAssertion> assertion = ParsedAssertion::Parse(compact);
  if (std::holds_alternative<ParsedAssertion>(assertion)) {
    Require(std::holds_alternative<Jws>(jws));
    CheckAssertion(std::get<ParsedAssertion>(std::move(assertion)));
  } else if (!std::holds_alternative<Jws>(jws)) {
    Require(std::get<AssertionFault>(assertion) == std::get<AssertionFault>(jws));
  }
  // Test base64url on its own.
  if (const std::optional<std::string> decoded = jose::DecodeBase64Url(input)) {
    Require(jose::EncodeBase64Url(*decoded) == input);
  }
  Require(jose::DecodeBase64Url(jose::EncodeBase64Url(input)) == input);
}

}  // namespace cimd::fuzz
