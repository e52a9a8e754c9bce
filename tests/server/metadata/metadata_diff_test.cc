#include "server/metadata/metadata_diff.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/metadata/metadata_document.h"

namespace cimd::metadata {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using List = std::vector<std::string>;

constexpr char kRegistered[] = R"pb(
  external_client_id: "https://app.acme.com/client.json"
  client_name: "App"
  app_type: APP_TYPE_REGULAR_WEB
  callbacks: "https://app.acme.com/a"
  callbacks: "https://app.acme.com/b"
  grant_types: "authorization_code"
  token_endpoint_auth_method: "none"
  token_endpoint_auth_methods_supported: "none"
  logo_uri: "https://app.acme.com/logo.png"
)pb";

v1::ClientMetadata Metadata(const std::string& text) {
  v1::ClientMetadata metadata;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &metadata));
  return metadata;
}

// Returns "! field: old -> new IMPACT" for each change. "!" marks changes that are relevant to security, "-" an absent
// value.
List Text(const v1::MetadataDiff& diff) {
  List text;
  bool any = false;
  for (const v1::FieldChange& change : diff.changes()) {
    any |= change.security_relevant();
    text.push_back((change.security_relevant() ? "! " : "  ") + change.field() + ": " +
                   (change.has_old_value() ? change.old_value() : "-") + " -> " +
                   (change.has_new_value() ? change.new_value() : "-") + " " +
                   v1::ChangeImpact_Name(change.impact()).substr(std::string_view("CHANGE_IMPACT_").size()));
  }
  EXPECT_EQ(diff.security_relevant(), any);
  return text;
}

// Returns the diff between kRegistered and a copy changed by `edit`.
template <typename Edit>
List Changed(Edit edit) {
  const v1::ClientMetadata registered = Metadata(kRegistered);
  v1::ClientMetadata proposed = registered;
  edit(proposed);
  return Text(DiffMetadata(registered, proposed, "", ""));
}

List BodiesChanged(std::string_view before, std::string_view after) {
  const v1::ClientMetadata metadata = Metadata(kRegistered);
  return Text(DiffMetadata(metadata, metadata, before, after));
}

TEST(MetadataDiffTest, NothingChanged) {
  EXPECT_THAT(Changed([](auto&) {}), IsEmpty());
  EXPECT_THAT(BodiesChanged(R"({"a":1,"b":{"c":1,"d":2}})", R"( { "b": {"d":2, "c":1.0}, "a": 1 } )"), IsEmpty());
}

TEST(MetadataDiffTest, RedirectUris) {
  EXPECT_THAT(Changed([](auto& m) { m.add_callbacks("https://app.acme.com/c"); }),
              ElementsAre("! callbacks: - -> https://app.acme.com/c REDIRECT_ADDED"));
  EXPECT_THAT(Changed([](auto& m) { m.mutable_callbacks()->RemoveLast(); }),
              ElementsAre("! callbacks: https://app.acme.com/b -> - REDIRECT_REMOVED"));
  EXPECT_THAT(Changed([](auto& m) { m.mutable_callbacks()->SwapElements(0, 1); }), IsEmpty());
  EXPECT_THAT(Changed([](auto& m) { m.add_callbacks("https://app.acme.com/a"); }), IsEmpty());
  EXPECT_THAT(
      Changed([](auto& m) {
        m.add_callbacks("https://evil.com/1");
        m.add_callbacks("https://evil.com/2");
        m.add_callbacks("com.acme.app:/cb");
      }),
      ElementsAre("! callbacks: - -> https://evil.com/1 REDIRECT_ADDED", "! callbacks.host: - -> evil.com HOST_CHANGED",
                  "! callbacks: - -> https://evil.com/2 REDIRECT_ADDED",
                  "! callbacks: - -> com.acme.app:/cb REDIRECT_ADDED",
                  "! callbacks.host: - -> com.acme.app: HOST_CHANGED"));
}

TEST(MetadataDiffTest, RegistrationAndDeletionAreNoChangeOfAClient) {
  const v1::ClientMetadata nobody, client = Metadata(kRegistered);
  for (const bool registration : {true, false}) {
    const auto diff = registration ? DiffMetadata(nobody, client, "", "") : DiffMetadata(client, nobody, "", "");
    EXPECT_FALSE(diff.security_relevant());
    List fields;
    for (const v1::FieldChange& change : diff.changes()) {
      fields.push_back(change.field());
      EXPECT_EQ(change.impact(), v1::CHANGE_IMPACT_NONE) << change.field();
      EXPECT_FALSE(change.security_relevant()) << change.field();
      EXPECT_EQ(change.has_new_value(), registration) << change.field();
      EXPECT_EQ(change.has_old_value(), !registration) << change.field();
    }
    EXPECT_THAT(fields, ElementsAre("client_name", "app_type", "callbacks", "callbacks", "grant_types",
                                    "token_endpoint_auth_method", "logo_uri"));
  }
}

TEST(MetadataDiffTest, GrantTypes) {
  EXPECT_THAT(Changed([](auto& m) { m.add_grant_types("refresh_token"); }),
              ElementsAre("! grant_types: - -> refresh_token GRANT_TYPE_ADDED"));
  EXPECT_THAT(Changed([](auto& m) { m.set_grant_types(0, "refresh_token"); }),
              ElementsAre("! grant_types: - -> refresh_token GRANT_TYPE_ADDED",
                          "! grant_types: authorization_code -> - GRANT_TYPE_REMOVED"));
}

TEST(MetadataDiffTest, AuthMethods) {
  const auto with = [](const char* method, List supported) {
    v1::ClientMetadata metadata = Metadata(kRegistered);
    metadata.set_token_endpoint_auth_method(method);
    metadata.clear_token_endpoint_auth_methods_supported();
    for (const std::string& name : supported) metadata.add_token_endpoint_auth_methods_supported(name);
    return metadata;
  };
  const auto none = with("none", {"none"});
  const auto key = with("private_key_jwt", {"private_key_jwt"});
  const auto either = with("private_key_jwt", {"private_key_jwt", "none"});
  const auto diff = [](const v1::ClientMetadata& a, const v1::ClientMetadata& b) {
    return Text(DiffMetadata(a, b, "", ""));
  };
  EXPECT_THAT(diff(none, key), ElementsAre("  token_endpoint_auth_method: none -> private_key_jwt "
                                           "AUTH_METHOD_STRENGTHENED"));
  EXPECT_THAT(diff(key, none), ElementsAre("! token_endpoint_auth_method: private_key_jwt -> none "
                                           "AUTH_METHOD_WEAKENED"));
  // A client that may use either method is as weak as one that uses none.
  EXPECT_THAT(diff(key, either),
              ElementsAre("! token_endpoint_auth_methods_supported: - -> none AUTH_METHOD_WEAKENED"));
  EXPECT_THAT(diff(either, key),
              ElementsAre("  token_endpoint_auth_methods_supported: none -> - AUTH_METHOD_STRENGTHENED"));
  EXPECT_THAT(diff(either, none), ElementsAre("! token_endpoint_auth_method: private_key_jwt -> none "
                                              "AUTH_METHOD_WEAKENED"));
  EXPECT_THAT(diff(none, either), ElementsAre("  token_endpoint_auth_method: none -> private_key_jwt "
                                              "AUTH_METHOD_STRENGTHENED"));
}

TEST(MetadataDiffTest, OtherFields) {
  EXPECT_THAT(Changed([](auto& m) { m.set_client_name("Bank"); }),
              ElementsAre("! client_name: App -> Bank NAME_CHANGED"));
  EXPECT_THAT(Changed([](auto& m) { m.set_app_type(v1::APP_TYPE_NATIVE); }),
              ElementsAre("! app_type: regular_web -> native APP_TYPE_CHANGED"));
  EXPECT_THAT(Changed([](auto& m) { m.clear_logo_uri(); }),
              ElementsAre("! logo_uri: https://app.acme.com/logo.png -> - LOGO_CHANGED"));
  EXPECT_THAT(Changed([](auto& m) { m.set_jwks_uri("https://app.acme.com/jwks"); }),
              ElementsAre("  jwks_uri: - -> https://app.acme.com/jwks KEYS_CHANGED"));
  EXPECT_THAT(Changed([](auto& m) { m.set_token_endpoint_auth_signing_alg("ES256"); }),
              ElementsAre("  token_endpoint_auth_signing_alg: - -> ES256 KEYS_CHANGED"));
  EXPECT_THAT(Changed([](auto& m) { m.set_description("x"); }), ElementsAre("  description: - -> x NONE"));
}

TEST(MetadataDiffTest, ClientUri) {
  EXPECT_THAT(Changed([](auto& m) { m.set_client_uri("https://APP.acme.com/home"); }),
              ElementsAre("  client_uri: - -> https://APP.acme.com/home NONE"));
  EXPECT_THAT(Changed([](auto& m) { m.set_client_uri("https://evil.com/"); }),
              ElementsAre("! client_uri: - -> https://evil.com/ HOST_CHANGED"));
  v1::ClientMetadata before = Metadata(kRegistered), after = before;
  before.set_client_uri("https://acme.org/");
  after.set_client_uri("https://acme.org/x");
  EXPECT_THAT(Text(DiffMetadata(before, after, "", "")),
              ElementsAre("  client_uri: https://acme.org/ -> https://acme.org/x NONE"));
  after.clear_client_uri();
  EXPECT_THAT(Text(DiffMetadata(before, after, "", "")), ElementsAre("  client_uri: https://acme.org/ -> - NONE"));
}

TEST(MetadataDiffTest, MembersThatAreNotMapped) {
  EXPECT_THAT(
      BodiesChanged(R"({"scope":"a","x":[1,2],"same":{"a":1}})", R"({"y":{"b":"\u00e9"},"same":{"a":1},"scope":"b"})"),
      ElementsAre("  document.scope: \"a\" -> \"b\" NONE", "  document.x: [1,2] -> - NONE",
                  "  document.y: - -> {\"b\":\"\xc3\xa9\"} NONE"));
  EXPECT_THAT(BodiesChanged(R"({"x":[1,2]})", R"({"x":[2,1]})"), ElementsAre("  document.x: [1,2] -> [2,1] NONE"));
  EXPECT_THAT(BodiesChanged(R"({"x":null})", R"({})"), ElementsAre("  document.x: null -> - NONE"));
  EXPECT_THAT(BodiesChanged(R"({"jwks":{"keys":[]}})", R"({"jwks":{"keys":[{}]}})"),
              ElementsAre("  document.jwks: {\"keys\":[]} -> {\"keys\":[{}]} KEYS_CHANGED"));
}

TEST(MetadataDiffTest, MappedMembersShowOnlyWhenTheirFieldsDoNot) {
  // The order of a list and repeated elements do not matter.
  EXPECT_THAT(BodiesChanged(R"({"redirect_uris":["a","b"]})", R"({"redirect_uris":["b","a","a"]})"), IsEmpty());
  // Ignored elements change no field, but they are reported.
  EXPECT_THAT(BodiesChanged(R"({"redirect_uris":["a"]})", R"({"redirect_uris":["a","https://*.com/"]})"),
              ElementsAre("  document.redirect_uris: [\"a\"] -> [\"a\",\"https://*.com/\"] NONE"));
  v1::ClientMetadata before = Metadata(kRegistered), after = before;
  after.set_client_name("Bank");
  EXPECT_THAT(Text(DiffMetadata(before, after, R"({"client_name":"App"})", R"({"client_name":"Bank"})")),
              ElementsAre("! client_name: App -> Bank NAME_CHANGED"));
}

TEST(MetadataDiffTest, AdminEditsShowAgainstAnUnchangedDocument) {
  v1::ClientMetadata edited = Metadata(kRegistered);
  edited.set_app_type(v1::APP_TYPE_SPA);
  const char* kBody = R"({"application_type":"web"})";
  EXPECT_THAT(Text(DiffMetadata(edited, Metadata(kRegistered), kBody, kBody)),
              ElementsAre("! app_type: spa -> regular_web APP_TYPE_CHANGED"));
}

TEST(MetadataDiffTest, BodiesThatAreNoObjectsTellNothing) {
  for (const char* body : {"", "[]", "null", "{", "{\"a\":1,\"a\":2}"}) {
    EXPECT_THAT(BodiesChanged(body, R"({"a":1})"), IsEmpty()) << body;
    EXPECT_THAT(BodiesChanged(R"({"a":1})", body), IsEmpty()) << body;
  }
}

TEST(MetadataDiffTest, WhatMattersComesFirst) {
  EXPECT_THAT(
      Changed([](auto& m) {
        m.set_description("x");
        m.set_client_uri("https://app.acme.com/");
        m.set_jwks_uri("https://app.acme.com/jwks");
        m.set_client_name("Bank");
      }),
      ElementsAre("! client_name: App -> Bank NAME_CHANGED", "  jwks_uri: - -> https://app.acme.com/jwks KEYS_CHANGED",
                  "  client_uri: - -> https://app.acme.com/ NONE", "  description: - -> x NONE"));
}

TEST(MetadataDiffTest, TwoVersionsOfADocument) {
  const std::string url = "https://app.acme.com/client.json";
  const std::string before = R"({"client_id":"https://app.acme.com/client.json","client_name":"App",
      "redirect_uris":["https://app.acme.com/cb"],"token_endpoint_auth_method":"private_key_jwt",
      "jwks_uri":"https://app.acme.com/jwks","scope":"a"})";
  const std::string after = R"({"client_id":"https://app.acme.com/client.json","client_name":"App",
      "redirect_uris":["https://app.acme.com/cb","http://localhost/cb"],"scope":"a b"})";
  const DocumentReport first = JudgeDocument(before, url, {});
  const DocumentReport second = JudgeDocument(after, url, {});
  EXPECT_THAT(Text(DiffMetadata(*first.metadata, *second.metadata, before, after)),
              ElementsAre("! app_type: regular_web -> native APP_TYPE_CHANGED",
                          "! callbacks: - -> http://localhost/cb REDIRECT_ADDED",
                          "! callbacks.host: - -> localhost HOST_CHANGED",
                          "! token_endpoint_auth_method: private_key_jwt -> none AUTH_METHOD_WEAKENED",
                          "  jwks_uri: https://app.acme.com/jwks -> - KEYS_CHANGED",
                          "  document.scope: \"a\" -> \"a b\" NONE"));
}

}  // namespace
}  // namespace cimd::metadata
