#include "server/metadata/metadata_document.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/server/metadata/findings_text.h"

namespace cimd::metadata {
namespace {

using std::string_view;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Not;
using std::string_literals::operator""s;
using List = std::vector<std::string>;

constexpr char kUrl[] = "https://app.acme.com/client.json";

// Returns a document without findings in either profile, with the members of `changes`. The value "<absent>" removes a
// member.
std::string Document(string_view changes) {
  auto document = nlohmann::ordered_json::parse(R"({
      "client_id": "https://app.acme.com/client.json",
      "client_name": "App",
      "redirect_uris": ["https://app.acme.com/cb"],
      "grant_types": ["authorization_code"],
      "application_type": "web",
      "token_endpoint_auth_method": "none"})");
  const auto parsed = nlohmann::ordered_json::parse(changes);
  for (const auto& [name, value] : parsed.items()) {
    if (value == "<absent>") {
      document.erase(name);
    } else {
      document[name] = value;
    }
  }
  return document.dump();
}

// Returns "V:REASON path" for each violation, then "W:REASON path" for each warning.
List Text(const v1::Validation& validation) {
  List text;
  for (const std::string& line : FindingsText(validation.violations())) text.push_back("V:" + line);
  for (const std::string& line : FindingsText(validation.warnings())) text.push_back("W:" + line);
  return text;
}

DocumentReport Standard(string_view bytes, string_view url = kUrl) {
  return JudgeDocument(bytes, url, {.profile = v1::DOCUMENT_PROFILE_STANDARD});
}
DocumentReport Strict(string_view bytes, string_view url = kUrl) {
  return JudgeDocument(bytes, url, {.profile = v1::DOCUMENT_PROFILE_STRICT});
}

struct Row {
  std::string changes;
  List standard;
  List strict;
};

Row Both(std::string changes, List findings) { return {changes, findings, findings}; }

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.changes.substr(0, 200));
    const std::string document = Document(row.changes);
    for (const bool strict : {false, true}) {
      SCOPED_TRACE(strict ? "STRICT" : "STANDARD");
      const DocumentReport report = strict ? Strict(document) : Standard(document);
      EXPECT_THAT(Text(report.validation), ElementsAreArray(strict ? row.strict : row.standard));
      EXPECT_EQ(report.validation.valid(), report.validation.violations().empty());
      EXPECT_TRUE(report.metadata.has_value());
      for (const auto& finding : report.validation.violations()) EXPECT_THAT(finding.message(), Not(IsEmpty()));
      for (const auto& finding : report.validation.warnings()) EXPECT_THAT(finding.message(), Not(IsEmpty()));
    }
  }
}

TEST(MetadataDocumentTest, Identity) {
  Check({
      Both("{}", {}),
      Both(R"({"client_id": "<absent>"})", {"V:CLIENT_ID_MISSING $.client_id"}),
      {R"({"client_id": null})",
       {"V:CLIENT_ID_MISSING $.client_id", "W:MEMBER_EMPTY $.client_id"},
       {"V:MEMBER_TYPE $.client_id"}},
      Both(R"({"client_id": ["https://app.acme.com/client.json"]})", {"V:MEMBER_TYPE $.client_id"}),
      {R"({"client_id": ""})",
       {"V:CLIENT_ID_MISSING $.client_id", "W:MEMBER_EMPTY $.client_id"},
       {"V:CLIENT_ID_MISMATCH $.client_id"}},
      // DOC-4, URL-8: a URL with different bytes is a different client.
      Both(R"({"client_id": "https://app.acme.com/client.json/"})", {"V:CLIENT_ID_MISMATCH $.client_id"}),
      Both(R"({"client_id": "https://APP.acme.com/client.json"})", {"V:CLIENT_ID_MISMATCH $.client_id"}),
      Both(R"({"client_id": "https://app.acme.com:443/client.json"})", {"V:CLIENT_ID_MISMATCH $.client_id"}),
      Both(R"({"client_id": "https://app.acme.com/%63lient.json"})", {"V:CLIENT_ID_MISMATCH $.client_id"}),
      Both(R"({"client_id": " https://app.acme.com/client.json"})", {"V:CLIENT_ID_MISMATCH $.client_id"}),
      Both(R"({"client_id": "https://app.acme.com/client.json\u0000"})", {"V:CLIENT_ID_MISMATCH $.client_id"}),
  });
}

TEST(MetadataDocumentTest, AMismatchOfClientIdSaysWhatIsEasilyOverlooked) {
  const auto message = [](std::string client_id) {
    return Standard(Document(R"({"client_id": ")" + client_id + R"("})")).validation.violations(0).message();
  };
  EXPECT_THAT(message("https://app.acme.com/client.json/"), EndsWith("; they differ in a final slash"));
  EXPECT_THAT(message("https://App.acme.com:443/client.json"),
              EndsWith("; they differ in upper and lower case and the port"));
  EXPECT_THAT(message("https://other.com/client.json"), EndsWith("the URL \"https://app.acme.com/client.json\""));
}

TEST(MetadataDocumentTest, ClientName) {
  Check({
      {R"({"client_name": "<absent>"})",
       {"W:CLIENT_NAME_MISSING $.client_name"},
       {"V:CLIENT_NAME_MISSING $.client_name"}},
      Both(R"({"client_name": 7})", {"V:MEMBER_TYPE $.client_name"}),
      {R"({"client_name": ""})",
       {"W:MEMBER_EMPTY $.client_name", "W:CLIENT_NAME_MISSING $.client_name"},
       {"V:MEMBER_EMPTY $.client_name"}},
      Both(R"({"client_name": "  \u3164"})",
           {"V:MEMBER_EMPTY $.client_name", "W:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": ")" + std::string(200, 'x') + R"("})", {}),
      Both(R"({"client_name": ")" + std::string(201, 'x') + R"("})", {"V:MEMBER_TOO_LONG $.client_name"}),
      Both(R"({"client_name": "B\u00fccher \u00dc\u2019s \u0645\u062a\u062c\u0631 \u5e97 \ud83d\ude80 v2.0 [beta]"})",
           {}),
      // CON-10: characters that change what a screen displays.
      Both(R"({"client_name": "App\u0000"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "App\nby Acme"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "App\u001b[2J"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "\u202emca"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "\u2067App\u2069"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "A\u200bpp"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "App\udb40\udc41"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "App\ufff0"})", {"V:CLIENT_NAME_CHARACTERS $.client_name"}),
      // Valid characters that are invisible.
      Both(R"({"client_name": "\u17b4"})", {"V:MEMBER_EMPTY $.client_name", "V:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "\u180b"})", {"V:MEMBER_EMPTY $.client_name", "W:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "\u0301"})", {"V:MEMBER_EMPTY $.client_name"}),
      // Letters that look like other letters.
      Both(R"({"client_name": "\u0421laude"})", {"W:CLIENT_NAME_CONFUSABLE $.client_name"}),
      Both(R"({"client_name": "\u0421\u043e\u0441\u043e\u0430"})", {"W:CLIENT_NAME_CONFUSABLE $.client_name"}),
      Both(R"({"client_name": "\u0421\u0430\u0445\u0430\u0440 \u0411\u0430\u043d\u043a"})", {}),
      Both(R"({"client_name": "\u0646\u0645\u06cc\u200c\u062e"})", {"W:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "a\u0301\u0302\u0303\u0304"})", {"W:CLIENT_NAME_CHARACTERS $.client_name"}),
      Both(R"({"client_name": "App   evil.com"})", {"W:CLIENT_NAME_CHARACTERS $.client_name"}),
      {R"({"client_name": "<b>App</b>"})",
       {"W:CLIENT_NAME_CHARACTERS $.client_name"},
       {"V:CLIENT_NAME_CHARACTERS $.client_name"}},
  });
}

TEST(MetadataDocumentTest, GrantTypes) {
  Check({
      {R"({"grant_types": "<absent>"})",
       {"W:GRANT_TYPES_DEFAULTED $.grant_types"},
       {"V:GRANT_TYPES_MISSING $.grant_types"}},
      Both(R"({"grant_types": "authorization_code"})", {"V:MEMBER_TYPE $.grant_types"}),
      {R"({"grant_types": null})",
       {"W:MEMBER_EMPTY $.grant_types", "W:GRANT_TYPES_DEFAULTED $.grant_types"},
       {"V:MEMBER_TYPE $.grant_types"}},
      {R"({"grant_types": []})",
       {"W:MEMBER_EMPTY $.grant_types", "W:GRANT_TYPES_DEFAULTED $.grant_types"},
       {"V:MEMBER_EMPTY $.grant_types"}},
      {R"({"grant_types": ["authorization_code", 1]})",
       {"W:MEMBER_TYPE $.grant_types[1]"},
       {"V:MEMBER_TYPE $.grant_types[1]"}},
      Both(R"({"grant_types": ["authorization_code", "authorization_code"]})", {}),
      Both(R"({"grant_types": ["refresh_token"]})", {}),
      Both(R"({"grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]})",
           {"W:GRANT_TYPE_DROPPED $.grant_types[1]"}),
      Both(R"({"grant_types": ["Authorization_Code"]})",
           {"V:GRANT_TYPES_UNSUPPORTED $.grant_types", "W:GRANT_TYPE_DROPPED $.grant_types[0]"}),
      Both(R"({"grant_types": ["client_credentials", "implicit"]})",
           {"V:GRANT_TYPES_UNSUPPORTED $.grant_types", "W:GRANT_TYPE_DROPPED $.grant_types[0]",
            "W:GRANT_TYPE_DROPPED $.grant_types[1]"}),
  });
}

TEST(MetadataDocumentTest, ResponseTypes) {
  Check({
      Both(R"({"response_types": ["code"]})", {}),
      Both(R"({"response_types": "code"})", {"V:MEMBER_TYPE $.response_types"}),
      {R"({"response_types": [null]})",
       {"W:RESPONSE_TYPES_INCONSISTENT $.response_types", "W:MEMBER_TYPE $.response_types[0]"},
       {"V:MEMBER_TYPE $.response_types[0]", "W:RESPONSE_TYPES_INCONSISTENT $.response_types"}},
      {R"({"response_types": []})",
       {"W:MEMBER_EMPTY $.response_types"},
       {"W:RESPONSE_TYPES_INCONSISTENT $.response_types"}},
      Both(R"({"response_types": ["code", "token"]})", {"W:RESPONSE_TYPES_INCONSISTENT $.response_types"}),
      Both(R"({"grant_types": ["refresh_token"], "response_types": ["code"]})",
           {"W:RESPONSE_TYPES_INCONSISTENT $.response_types"}),
  });
}

TEST(MetadataDocumentTest, RedirectUris) {
  Check({
      Both(R"({"redirect_uris": "<absent>"})", {"V:REDIRECT_URIS_MISSING $.redirect_uris"}),
      {R"({"redirect_uris": []})",
       {"V:REDIRECT_URIS_MISSING $.redirect_uris", "W:MEMBER_EMPTY $.redirect_uris"},
       {"V:REDIRECT_URIS_MISSING $.redirect_uris"}},
      Both(R"({"redirect_uris": "<absent>", "grant_types": ["refresh_token"]})", {}),
      {R"({"redirect_uris": "<absent>", "grant_types": ["refresh_token", "implicit"]})",
       {"W:GRANT_TYPE_DROPPED $.grant_types[1]"},
       {"V:REDIRECT_URIS_MISSING $.redirect_uris", "W:GRANT_TYPE_DROPPED $.grant_types[1]"}},
      Both(R"({"redirect_uris": "https://app.acme.com/cb"})", {"V:MEMBER_TYPE $.redirect_uris"}),
      {R"({"redirect_uris": ["https://app.acme.com/cb", {}]})",
       {"W:MEMBER_TYPE $.redirect_uris[1]"},
       {"V:MEMBER_TYPE $.redirect_uris[1]"}},
      {R"({"redirect_uris": ["https://app.acme.com/cb", "", null]})",
       {"W:MEMBER_EMPTY $.redirect_uris[1]", "W:MEMBER_TYPE $.redirect_uris[2]"},
       {"V:MEMBER_EMPTY $.redirect_uris[1]", "V:MEMBER_TYPE $.redirect_uris[2]"}},
      {R"({"redirect_uris": [""]})",
       {"V:REDIRECT_URIS_MISSING $.redirect_uris", "W:MEMBER_EMPTY $.redirect_uris[0]"},
       {"V:MEMBER_EMPTY $.redirect_uris[0]"}},
      // RED-5: redirect URIs may have an origin other than the client's.
      Both(R"({"redirect_uris": ["https://elsewhere.org/cb"]})", {}),
      // Hostile schemes invalidate the document. Other unusable URIs are ignored.
      {R"({"redirect_uris": ["https://app.acme.com/cb", "javascript:x", "http://evil.com/"]})",
       {"V:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[1]", "W:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[2]"},
       {"V:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[1]", "V:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[2]"}},
      {R"({"redirect_uris": ["https://app.acme.com/cb", "app.acme.com/cb", "https://app.acme.com/c b"]})",
       {"W:REDIRECT_URI_MALFORMED $.redirect_uris[1]", "W:REDIRECT_URI_MALFORMED $.redirect_uris[2]"},
       {"V:REDIRECT_URI_MALFORMED $.redirect_uris[1]", "V:REDIRECT_URI_MALFORMED $.redirect_uris[2]"}},
      {R"({"redirect_uris": ["https://app.acme.com/cb#", "https://u@app.acme.com/cb"]})",
       {"V:REDIRECT_URIS_MISSING $.redirect_uris", "W:REDIRECT_URI_FRAGMENT $.redirect_uris[0]",
        "W:REDIRECT_URI_USERINFO $.redirect_uris[1]"},
       {"V:REDIRECT_URI_FRAGMENT $.redirect_uris[0]", "V:REDIRECT_URI_USERINFO $.redirect_uris[1]"}},
      {R"({"redirect_uris": ["https://app.acme.com/cb", "https://app.acme.com/cb"]})",
       {"W:REDIRECT_URI_DUPLICATE $.redirect_uris[1]"},
       {"V:REDIRECT_URI_DUPLICATE $.redirect_uris[1]"}},
      {R"({"redirect_uris": ["https://*.acme.com/cb", "https://app.acme.com/cb"]})",
       {"W:REDIRECT_URI_WILDCARD $.redirect_uris[0]"},
       {"V:REDIRECT_URI_WILDCARD $.redirect_uris[0]"}},
      {R"({"redirect_uris": ["https://app.acme.com/*"]})",
       {"V:REDIRECT_URIS_MISSING $.redirect_uris", "W:REDIRECT_URI_WILDCARD $.redirect_uris[0]"},
       {"V:REDIRECT_URI_WILDCARD $.redirect_uris[0]"}},
  });
}

TEST(MetadataDocumentTest, ApplicationType) {
  Check({
      Both(R"({"application_type": "<absent>"})", {}),
      Both(R"({"application_type": "Web"})", {"V:APPLICATION_TYPE_INVALID $.application_type"}),
      Both(R"({"application_type": "spa"})", {"V:APPLICATION_TYPE_INVALID $.application_type"}),
      {R"({"application_type": null})", {"W:MEMBER_EMPTY $.application_type"}, {"V:MEMBER_TYPE $.application_type"}},
      Both(R"({"application_type": "native", "redirect_uris": ["http://localhost/cb", "http://[::1]:1/cb"]})", {}),
      // LOOP-8
      {R"({"redirect_uris": ["https://app.acme.com/cb", "http://127.0.0.1/cb"]})",
       {"W:REDIRECT_URI_NEEDS_NATIVE $.redirect_uris[1]"},
       {"V:REDIRECT_URI_NEEDS_NATIVE $.redirect_uris[1]"}},
      {R"({"application_type": "<absent>", "redirect_uris": ["https://app.acme.com/cb", "http://localhost/cb"]})",
       {"W:APPLICATION_TYPE_INFERRED $.application_type"},
       {"V:REDIRECT_URI_NEEDS_NATIVE $.redirect_uris[1]"}},
      {R"({"application_type": "<absent>", "redirect_uris": ["com.acme.app:/cb"]})",
       {"W:APPLICATION_TYPE_INFERRED $.application_type"},
       {"V:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[0]"}},
      // LOOP-7
      {R"({"application_type": "native", "redirect_uris": ["cursor://anysphere/cb"]})",
       {"W:REDIRECT_URI_SCHEME_NOT_REVERSE_DOMAIN $.redirect_uris[0]"},
       {"V:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[0]"}},
  });
}

TEST(MetadataDocumentTest, AuthMethods) {
  constexpr char kBoth[] = R"("token_endpoint_auth_methods_supported": ["none", "private_key_jwt"])";
  constexpr char kKeys[] = R"("jwks_uri": "https://app.acme.com/jwks")";
  const std::string both = kBoth, keys = kKeys;
  const std::string ignored = "W:MEMBER_IGNORED $.token_endpoint_auth_methods_supported";
  const std::string chosen = "W:AUTH_METHOD_CHOSEN $.token_endpoint_auth_methods_supported";
  Check({
      // AUT-4, AUT-5
      {R"({"token_endpoint_auth_method": "<absent>"})", {"W:AUTH_METHOD_DEFAULTED $.token_endpoint_auth_method"}, {}},
      {R"({"token_endpoint_auth_method": null})",
       {"W:MEMBER_EMPTY $.token_endpoint_auth_method", "W:AUTH_METHOD_DEFAULTED $.token_endpoint_auth_method"},
       {"V:MEMBER_TYPE $.token_endpoint_auth_method"}},
      {R"({"token_endpoint_auth_method": ""})",
       {"W:MEMBER_EMPTY $.token_endpoint_auth_method", "W:AUTH_METHOD_DEFAULTED $.token_endpoint_auth_method"},
       {"V:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_method"}},
      Both(R"({"token_endpoint_auth_method": "tls_client_auth"})",
           {"V:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_method"}),
      Both(R"({"token_endpoint_auth_method": "None"})", {"V:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_method"}),
      Both(R"({"token_endpoint_auth_method": "private_key_jwt", )" + keys + "}", {}),
      Both(R"({"token_endpoint_auth_method": "private_key_jwt"})", {"V:JWKS_URI_MISSING $.jwks_uri"}),
      // DOC-5, DOC-6
      Both(R"({"token_endpoint_auth_method": "client_secret_basic"})",
           {"V:AUTH_METHOD_SHARED_SECRET $.token_endpoint_auth_method"}),
      Both(R"({"token_endpoint_auth_method": "client_secret_jwt"})",
           {"V:AUTH_METHOD_SHARED_SECRET $.token_endpoint_auth_method"}),
      {R"({"token_endpoint_auth_methods_supported": ["none", "client_secret_post"]})",
       {"V:AUTH_METHOD_SHARED_SECRET $.token_endpoint_auth_methods_supported[1]"},
       {"V:AUTH_METHOD_SHARED_SECRET $.token_endpoint_auth_methods_supported[1]", ignored}},
      // AUT-6, AUT-7, AUT-8, AUT-9
      {R"({"token_endpoint_auth_method": "<absent>", )" + both + ", " + keys + "}", {chosen}, {ignored}},
      {R"({"token_endpoint_auth_method": "private_key_jwt", )" + both + ", " + keys + "}", {}, {ignored}},
      {"{" + both + ", " + keys + "}", {chosen}, {ignored}},
      {"{" + both + "}", {"V:JWKS_URI_MISSING $.jwks_uri", chosen}, {ignored}},
      {R"({"token_endpoint_auth_methods_supported": ["none"]})", {}, {ignored}},
      {R"({"token_endpoint_auth_method": "<absent>", "token_endpoint_auth_methods_supported": ["none"]})",
       {chosen},
       {ignored}},
      {R"({"token_endpoint_auth_methods_supported": ["private_key_jwt"], )" + keys + "}",
       {"V:AUTH_METHOD_NOT_LISTED $.token_endpoint_auth_method", chosen},
       {ignored}},
      {R"({"token_endpoint_auth_methods_supported": ["attest_jwt_client_auth", "none"]})",
       {"W:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_methods_supported[0]"},
       {ignored}},
      {R"({"token_endpoint_auth_method": "tls_client_auth",
           "token_endpoint_auth_methods_supported": ["tls_client_auth", "none"]})",
       {chosen, "W:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_methods_supported[0]"},
       {"V:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_method", ignored}},
      {R"({"token_endpoint_auth_method": "<absent>", "token_endpoint_auth_methods_supported": ["tls_client_auth"]})",
       {"V:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_methods_supported",
        "W:AUTH_METHOD_UNSUPPORTED $.token_endpoint_auth_methods_supported[0]"},
       {ignored}},
      {R"({"token_endpoint_auth_method": "<absent>", "token_endpoint_auth_methods_supported": []})",
       {"W:MEMBER_EMPTY $.token_endpoint_auth_methods_supported",
        "W:AUTH_METHOD_DEFAULTED $.token_endpoint_auth_method"},
       {ignored}},
      {R"({"token_endpoint_auth_method": "<absent>", "token_endpoint_auth_methods_supported": [1]})",
       {"V:MEMBER_EMPTY $.token_endpoint_auth_methods_supported",
        "W:MEMBER_TYPE $.token_endpoint_auth_methods_supported[0]"},
       {ignored}},
      {R"({"token_endpoint_auth_methods_supported": "none"})",
       {"V:MEMBER_TYPE $.token_endpoint_auth_methods_supported"},
       {ignored}},
  });
}

TEST(MetadataDocumentTest, SigningAlg) {
  const std::string ignored = "W:MEMBER_IGNORED $.token_endpoint_auth_signing_alg";
  const std::string invalid = "SIGNING_ALG_INVALID $.token_endpoint_auth_signing_alg";
  const std::string keys =
      R"("token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.acme.com/jwks", )";
  Check({
      {"{" + keys + R"("token_endpoint_auth_signing_alg": "ES256"})", {}, {ignored}},
      {"{" + keys + R"("token_endpoint_auth_signing_alg": "ES256K"})", {"V:" + invalid}, {ignored}},
      {R"({"token_endpoint_auth_signing_alg": "ES256K"})", {"W:" + invalid}, {ignored}},
      {R"({"token_endpoint_auth_signing_alg": "HS256"})", {"V:" + invalid}, {ignored}},
      {R"({"token_endpoint_auth_signing_alg": "none"})", {"V:" + invalid}, {ignored}},
      {R"({"token_endpoint_auth_signing_alg": ["RS256"]})",
       {"V:MEMBER_TYPE $.token_endpoint_auth_signing_alg"},
       {ignored}},
  });
}

TEST(MetadataDocumentTest, JwksUri) {
  // A key set that the document does not need is ignored.
  const auto row = [](std::string uri, std::string reason) {
    const std::string finding = reason + " $.jwks_uri";
    if (reason.empty()) return Both(R"({"jwks_uri": ")" + uri + R"("})", {});
    return Row{R"({"jwks_uri": ")" + uri + R"("})", {"W:" + finding}, {"V:" + finding}};
  };
  const auto needed = [](std::string uri, std::string reason) {
    return Both(R"({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": ")" + uri + R"("})",
                {"V:" + reason + " $.jwks_uri"});
  };
  Check({
      row("https://app.acme.com/jwks", ""),
      row("https://app.acme.com:443/jwks?x", ""),
      row("https://APP.acme.com/jwks", ""),
      row("https://app.acme.com:8443/jwks", "JWKS_URI_OTHER_ORIGIN"),
      row("https://acme.com/jwks", "JWKS_URI_OTHER_ORIGIN"),
      row("https://app.acme.com.evil.org/jwks", "JWKS_URI_OTHER_ORIGIN"),
      row("https://evil.org/https://app.acme.com/", "JWKS_URI_OTHER_ORIGIN"),
      row("http://app.acme.com/jwks", "JWKS_URI_INVALID"),
      row("HTTPS://app.acme.com/jwks", "JWKS_URI_INVALID"),
      row("https://app.acme.com@evil.org/jwks", "JWKS_URI_INVALID"),
      row("https://app.acme.com/jwks#x", "JWKS_URI_INVALID"),
      row("https://app.acme.com:0/jwks", "JWKS_URI_INVALID"),
      row("https://app.acme.com/j wks", "JWKS_URI_INVALID"),
      row("https://app.acme.com/%", "JWKS_URI_INVALID"),
      row("https://127.0.0.1/jwks", "JWKS_URI_INVALID"),
      row("https://localhost/jwks", "JWKS_URI_INVALID"),
      row("file:///etc/passwd", "JWKS_URI_INVALID"),
      row("/jwks", "JWKS_URI_INVALID"),
      row("https://app.acme.com/" + std::string(2048, 'x'), "MEMBER_TOO_LONG"),
      needed("https://acme.com/jwks", "JWKS_URI_OTHER_ORIGIN"),
      needed("http://app.acme.com/jwks", "JWKS_URI_INVALID"),
      needed("https://app.acme.com/" + std::string(2048, 'x'), "MEMBER_TOO_LONG"),
      {R"({"jwks_uri": ""})", {"W:MEMBER_EMPTY $.jwks_uri"}, {"V:JWKS_URI_INVALID $.jwks_uri"}},
      {R"({"jwks_uri": null})", {"W:MEMBER_EMPTY $.jwks_uri"}, {"V:MEMBER_TYPE $.jwks_uri"}},
      {R"({"jwks": null, "jwks_uri": null})",
       {"W:MEMBER_EMPTY $.jwks", "W:MEMBER_EMPTY $.jwks_uri"},
       {"V:JWKS_INLINE $.jwks", "V:MEMBER_TYPE $.jwks", "V:JWKS_AND_JWKS_URI $.jwks", "V:MEMBER_TYPE $.jwks_uri"}},
      {R"({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": null, "jwks": []})",
       {"V:JWKS_URI_MISSING $.jwks_uri", "W:MEMBER_EMPTY $.jwks_uri", "W:MEMBER_EMPTY $.jwks"},
       {"V:MEMBER_TYPE $.jwks_uri", "V:JWKS_INLINE $.jwks", "V:MEMBER_TYPE $.jwks", "V:JWKS_AND_JWKS_URI $.jwks"}},
  });
  EXPECT_EQ(Standard(Document(R"({"jwks_uri": "https://evil.org/jwks"})")).metadata->jwks_uri(), "");
}

TEST(MetadataDocumentTest, InlineKeys) {
  const std::string inline_key = "JWKS_INLINE $.jwks";
  // In STANDARD a fault in unneeded keys is a warning.
  const auto row = [&](std::string jwks, List faults) {
    Row result{R"({"jwks": )" + jwks + "}", {"W:" + inline_key}, {"V:" + inline_key}};
    for (const std::string& fault : faults) {
      result.standard.push_back("W:" + fault);
      result.strict.push_back("V:" + fault);
    }
    return result;
  };
  Check({
      row(R"({"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]})", {}),
      row(R"({"keys": {}})", {"MEMBER_TYPE $.jwks"}),
      row(R"({"keys": ["x"]})", {"MEMBER_TYPE $.jwks"}),
      row(R"({"keys": []})", {"MEMBER_EMPTY $.jwks"}),
      row("7", {"MEMBER_TYPE $.jwks"}),
      {R"({"jwks": {}})", {"W:MEMBER_EMPTY $.jwks"}, {"V:JWKS_INLINE $.jwks", "V:MEMBER_TYPE $.jwks"}},
      {R"({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": ["x"]}})",
       {"V:MEMBER_TYPE $.jwks", "W:" + inline_key},
       {"V:" + inline_key, "V:MEMBER_TYPE $.jwks", "V:JWKS_URI_MISSING $.jwks_uri"}},
  });
  const std::string jwks = R"("jwks": {"keys": [{"kty": "RSA", "n": "n", "e": "AQAB"}]})";
  Check({
      {R"({"token_endpoint_auth_method": "private_key_jwt", )" + jwks + "}",
       {"W:" + inline_key},
       {"V:" + inline_key, "V:JWKS_URI_MISSING $.jwks_uri"}},
      {"{" + jwks + R"(, "jwks_uri": "https://app.acme.com/jwks"})",
       {"V:JWKS_AND_JWKS_URI $.jwks", "W:" + inline_key},
       {"V:" + inline_key, "V:JWKS_AND_JWKS_URI $.jwks"}},
  });
}

TEST(MetadataDocumentTest, PrivateKeysAndSecrets) {
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}) {
    for (const char* kty : {R"("kty": "RSA", )", ""}) {
      const std::string document =
          Document(R"({"jwks": {"keys": [{"kty": "RSA"}, {)" + std::string(kty) + '"' + member + R"(": "AQAB"}]}})");
      EXPECT_THAT(Text(Standard(document).validation),
                  ElementsAre("V:PRIVATE_KEY_PRESENT $.jwks.keys[1]", "W:JWKS_INLINE $.jwks"));
      EXPECT_THAT(Text(Strict(document).validation),
                  ElementsAre("V:PRIVATE_KEY_PRESENT $.jwks.keys[1]", "V:JWKS_INLINE $.jwks"));
    }
  }
  // Members without a value, which some serializers write, disclose nothing.
  Check({{R"({"jwks": {"keys": [{"kty": "RSA", "n": "n", "e": "AQAB", "d": null, "p": "", "oth": []}]}})",
          {"W:JWKS_INLINE $.jwks"},
          {"V:JWKS_INLINE $.jwks"}}});
  Check({
      // Secrets are found anywhere in the document, not only in key sets.
      Both(R"({"x": [{"y": {"kty": "oct", "k": "c2VjcmV0"}}]})",
           {"V:PRIVATE_KEY_PRESENT $.x[0].y", "W:MEMBER_IGNORED $.x"}),
      Both(R"({"x": {"d": 1, "k": 2}})", {"W:MEMBER_IGNORED $.x"}),
      // DOC-7
      Both(R"({"client_secret": "s"})", {"V:CLIENT_SECRET_PRESENT $.client_secret"}),
      Both(R"({"client_secret": null})", {"V:CLIENT_SECRET_PRESENT $.client_secret"}),
      Both(R"({"client_secret_expires_at": 0})", {"V:CLIENT_SECRET_PRESENT $.client_secret_expires_at"}),
      Both(R"({"client_secrets": []})", {"V:CLIENT_SECRET_PRESENT $.client_secrets"}),
  });
}

TEST(MetadataDocumentTest, LinksAndDescription) {
  const auto row = [](std::string uri, List standard, List strict) {
    return Row{R"({"logo_uri": ")" + uri + R"("})", standard, strict};
  };
  const std::string other = "W:URI_OTHER_HOST $.logo_uri", host = "W:URI_HOST_FORBIDDEN $.logo_uri";
  const std::string forbidden = "URI_SCHEME_FORBIDDEN $.logo_uri", malformed = "URI_MALFORMED $.logo_uri";
  Check({
      row("https://app.acme.com/logo.png", {}, {}),
      row("https://cdn.acme.com/logo.png", {other}, {}),
      row("http://app.acme.com/logo.png", {"W:" + forbidden}, {}),
      row("data:image/png;base64,AAAA", {"W:" + forbidden}, {"V:" + forbidden}),
      row("cdn:logo", {"W:" + forbidden}, {"V:" + forbidden}),
      row("file:///logo.png", {"V:" + forbidden}, {"V:" + forbidden}),
      row("javascript:alert(1)", {"V:" + forbidden}, {"V:" + forbidden}),
      row("https://127.0.0.1/logo.png", {host}, {}),
      row("https://[::1]/logo.png", {host}, {}),
      row("https://2130706433/logo.png", {host}, {}),
      row("https://metadata.internal/logo.png", {host}, {}),
      row("https://u:p@app.acme.com/logo.png", {"W:" + malformed}, {"V:" + malformed}),
      row("/logo.png", {"W:" + malformed}, {"V:" + malformed}),
      row("https:///logo.png", {"W:" + malformed}, {"V:" + malformed}),
      row("https://app.acme.com/lo go.png", {"W:" + malformed}, {"V:" + malformed}),
      row("", {"W:MEMBER_EMPTY $.logo_uri"}, {"V:MEMBER_EMPTY $.logo_uri"}),
      row("https://app.acme.com/" + std::string(2048, 'x'), {"W:MEMBER_TOO_LONG $.logo_uri"},
          {"V:MEMBER_TOO_LONG $.logo_uri"}),
      Both(R"({"logo_uri": 1})", {"V:MEMBER_TYPE $.logo_uri"}),
      {R"({"logo_uri": null})", {"W:MEMBER_EMPTY $.logo_uri"}, {"V:MEMBER_TYPE $.logo_uri"}},
      {R"({"client_uri": null})", {"W:MEMBER_EMPTY $.client_uri"}, {"W:MEMBER_IGNORED $.client_uri"}},
      {R"({"client_uri": "https://app.acme.com"})", {}, {"W:MEMBER_IGNORED $.client_uri"}},
      {R"({"client_uri": "https://acme.org"})", {"W:URI_OTHER_HOST $.client_uri"}, {"W:MEMBER_IGNORED $.client_uri"}},
      {R"({"client_uri": "javascript:x"})", {"V:URI_SCHEME_FORBIDDEN $.client_uri"}, {"W:MEMBER_IGNORED $.client_uri"}},
      {R"({"description": ""})", {"W:MEMBER_EMPTY $.description"}, {}},
      Both(R"({"description": 1})", {"V:MEMBER_TYPE $.description"}),
      Both(R"({"description": "a\u202eb"})", {"W:DESCRIPTION_CHARACTERS $.description"}),
  });
  std::string description;
  for (int i = 0; i < 140; ++i) description += "\xc3\xa9";
  Check({
      Both(R"({"description": ")" + description + R"("})", {}),
      {R"({"description": ")" + description + R"(x"})",
       {"W:MEMBER_TOO_LONG $.description"},
       {"V:MEMBER_TOO_LONG $.description"}},
  });
}

TEST(MetadataDocumentTest, OtherMembersAreIgnored) {
  Check({
      Both(R"({"scope": "a b", "contacts": 7, "dpop_bound_access_tokens": true})",
           {"W:MEMBER_IGNORED $.scope", "W:MEMBER_IGNORED $.contacts", "W:MEMBER_IGNORED $.dpop_bound_access_tokens"}),
      Both(R"({"client_name#de": "Anwendung"})", {"W:MEMBER_IGNORED $['client_name#de']"}),
      Both(R"({"sector_identifier_uri": "http://169.254.169.254/"})", {"W:MEMBER_IGNORED $.sector_identifier_uri"}),
      Both(R"({"toString": 1, "__proto__": {}, "": 2})",
           {"W:MEMBER_IGNORED $.toString", "W:MEMBER_IGNORED $.__proto__", "W:MEMBER_IGNORED $['']"}),
      {R"({"software_statement": null})",
       {"W:MEMBER_EMPTY $.software_statement"},
       {"W:MEMBER_IGNORED $.software_statement"}},
      {R"({"software_statement": "e30.e30."})",
       {"W:SOFTWARE_STATEMENT_IGNORED $.software_statement"},
       {"W:MEMBER_IGNORED $.software_statement"}},
  });
}

TEST(MetadataDocumentTest, FindingsFollowTheDocument) {
  const char* kDocument = R"({
      "zz": 1,
      "redirect_uris": ["javascript:x", "https://app.acme.com/cb", "ftp://x"],
      "client_secret": "s",
      "grant_types": ["authorization_code", "x"],
      "client_name": "",
      "aa": 1,
      "client_id": "https://other.com/"})";
  EXPECT_THAT(
      Text(Standard(kDocument).validation),
      ElementsAre("V:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[0]",
                  "V:REDIRECT_URI_SCHEME_FORBIDDEN $.redirect_uris[2]", "V:CLIENT_SECRET_PRESENT $.client_secret",
                  "V:CLIENT_ID_MISMATCH $.client_id", "W:MEMBER_IGNORED $.zz", "W:GRANT_TYPE_DROPPED $.grant_types[1]",
                  "W:MEMBER_EMPTY $.client_name", "W:CLIENT_NAME_MISSING $.client_name", "W:MEMBER_IGNORED $.aa",
                  "W:AUTH_METHOD_DEFAULTED $.token_endpoint_auth_method"));
}

TEST(MetadataDocumentTest, FindingsOfTheUrlComeFirst) {
  const std::string url = "https://app.acme.com/client.json?v=1";
  const std::string document = Document(R"({"client_id": ")" + url + R"(", "x": 1})");
  EXPECT_THAT(Text(Standard(document, url).validation),
              ElementsAre("W:URL_QUERY external_client_id", "W:MEMBER_IGNORED $.x"));
  EXPECT_THAT(Text(Strict(document, url).validation),
              ElementsAre("V:URL_QUERY external_client_id", "W:MEMBER_IGNORED $.x"));
  EXPECT_EQ(Strict(document, url).metadata->external_client_id(), "");
}

TEST(MetadataDocumentTest, WhatIsNoObjectHasNoMetadata) {
  const std::pair<std::string, std::string> kRows[] = {
      {"", "JSON_MALFORMED $"},
      {"<!DOCTYPE html><html></html>", "JSON_MALFORMED $"},
      {"\xef\xbb\xbf" + Document("{}"), "JSON_MALFORMED $"},
      {Document("{}") + "x", "JSON_MALFORMED $"},
      {Document("{}") + "\0{}"s, "JSON_MALFORMED $"},
      {Document("{}").substr(0, 100), "JSON_MALFORMED $.redirect_uris[0]"},
      {R"({"default_max_age": 1e999})", "JSON_MALFORMED $.default_max_age"},
      {"{\"client_name\": \"\xff\"}", "JSON_UTF8_INVALID $.client_name"},
      {R"({"client_name": "\ud800"})", "JSON_UTF8_INVALID $.client_name"},
      {R"({"client_id": "https://evil.com/", "client_id": "https://app.acme.com/client.json"})",
       "JSON_MEMBER_DUPLICATE $.client_id"},
      {R"({"client_id": "a", "client\u005fid": "b"})", "JSON_MEMBER_DUPLICATE $.client_id"},
      {R"({"x": [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]})", "JSON_TOO_DEEP $.x[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"},
      {"[]", "JSON_NOT_OBJECT $"},
      {"null", "JSON_NOT_OBJECT $"},
      {"\"https://app.acme.com/client.json\"", "JSON_NOT_OBJECT $"},
      {std::string(5121, ' '), "DOCUMENT_TOO_LARGE $"},
  };
  for (const auto& [bytes, finding] : kRows) {
    SCOPED_TRACE(bytes.substr(0, 100));
    const DocumentReport report = Standard(bytes);
    EXPECT_THAT(Text(report.validation), ElementsAre("V:" + finding));
    EXPECT_FALSE(report.validation.valid());
    EXPECT_FALSE(report.metadata.has_value());
  }
}

TEST(MetadataDocumentTest, Bounds) {
  const std::string document = Document("{}");
  EXPECT_TRUE(Standard(document + std::string(5120 - document.size(), ' ')).validation.valid());
  EXPECT_FALSE(Standard(document + std::string(5121 - document.size(), ' ')).validation.valid());

  nlohmann::ordered_json many = nlohmann::ordered_json::parse(document);
  for (int i = 0; many.size() < 128; ++i) many["m" + std::to_string(i)] = 0;
  EXPECT_TRUE(Standard(many.dump()).validation.valid());
  many["one_more"] = 0;
  EXPECT_THAT(FindingsText(Standard(many.dump()).validation.violations()), ElementsAre("MEMBER_TOO_MANY $"));
  EXPECT_LE(Standard(many.dump()).validation.warnings_size(), 128);

  nlohmann::ordered_json redirects = nlohmann::ordered_json::parse(document);
  for (int i = 0; i < 99; ++i) redirects["redirect_uris"].push_back("https://a.co/" + std::to_string(i));
  EXPECT_TRUE(Standard(redirects.dump()).validation.valid());
  redirects["redirect_uris"].push_back("javascript:beyond the limit");
  EXPECT_THAT(FindingsText(Standard(redirects.dump()).validation.violations()),
              ElementsAre("MEMBER_TOO_MANY $.redirect_uris"));
}

TEST(MetadataDocumentTest, MapsWhatAnAuthorizationServerUses) {
  const std::string document = Document(R"({
      "redirect_uris": ["https://app.acme.com/b", "https://app.acme.com/a", "https://app.acme.com/b",
                        "http://localhost:*/x", "http://localhost/cb"],
      "grant_types": ["refresh_token", "x", "authorization_code"],
      "application_type": "<absent>",
      "token_endpoint_auth_method": "none",
      "token_endpoint_auth_methods_supported": ["x", "none", "private_key_jwt"],
      "token_endpoint_auth_signing_alg": "ES256",
      "jwks_uri": "https://app.acme.com/jwks",
      "logo_uri": "https://cdn.acme.com/logo.png",
      "client_uri": "https://acme.com",
      "description": "Does things"})");
  const v1::ClientMetadata metadata = *Standard(document).metadata;
  EXPECT_EQ(metadata.external_client_id(), kUrl);
  EXPECT_EQ(metadata.client_name(), "App");
  EXPECT_EQ(metadata.app_type(), v1::APP_TYPE_NATIVE);
  EXPECT_THAT(metadata.callbacks(),
              ElementsAre("https://app.acme.com/b", "https://app.acme.com/a", "http://localhost/cb"));
  EXPECT_THAT(metadata.grant_types(), ElementsAre("refresh_token", "authorization_code"));
  EXPECT_EQ(metadata.token_endpoint_auth_method(), "private_key_jwt");
  EXPECT_THAT(metadata.token_endpoint_auth_methods_supported(), ElementsAre("private_key_jwt", "none"));
  EXPECT_EQ(metadata.token_endpoint_auth_signing_alg(), "ES256");
  EXPECT_EQ(metadata.jwks_uri(), "https://app.acme.com/jwks");
  EXPECT_EQ(metadata.logo_uri(), "https://cdn.acme.com/logo.png");
  EXPECT_EQ(metadata.client_uri(), "https://acme.com");
  EXPECT_EQ(metadata.description(), "Does things");
}

TEST(MetadataDocumentTest, LeavesOutWhatBreaksARule) {
  const std::string document = Document(R"({
      "client_name": "A\u202epp",
      "redirect_uris": ["javascript:x", "https://app.acme.com/cb", "http://app.acme.com/cb", "x"],
      "token_endpoint_auth_method": "client_secret_basic",
      "application_type": "x",
      "jwks_uri": "https://evil.com/jwks",
      "logo_uri": "data:,x",
      "client_uri": "https://127.0.0.1/"})");
  const v1::ClientMetadata metadata = *Standard(document).metadata;
  EXPECT_EQ(metadata.client_name(), "");
  EXPECT_EQ(metadata.app_type(), v1::APP_TYPE_UNSPECIFIED);
  EXPECT_THAT(metadata.callbacks(), ElementsAre("https://app.acme.com/cb"));
  EXPECT_EQ(metadata.token_endpoint_auth_method(), "");
  EXPECT_THAT(metadata.token_endpoint_auth_methods_supported(), IsEmpty());
  EXPECT_EQ(metadata.jwks_uri(), "");
  EXPECT_EQ(metadata.logo_uri(), "");
  EXPECT_EQ(metadata.client_uri(), "");
}

TEST(MetadataDocumentTest, DevelopmentAllowsSpecialHosts) {
  const std::string url = "https://localhost:8443/client.json";
  const std::string document = Document(R"({"client_id": "https://localhost:8443/client.json",
      "jwks_uri": "https://localhost:8443/jwks", "logo_uri": "https://localhost:8443/logo.png"})");
  EXPECT_FALSE(Standard(document, url).validation.valid());
  const DocumentReport report = JudgeDocument(document, url, {.allow_special_hosts = true});
  EXPECT_THAT(Text(report.validation), IsEmpty());
  EXPECT_EQ(report.metadata->jwks_uri(), "https://localhost:8443/jwks");
}

}  // namespace
}  // namespace cimd::metadata
