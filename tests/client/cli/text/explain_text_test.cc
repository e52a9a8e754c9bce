#include "client/cli/text/explain_text.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

std::string Explain(const v1::AuthorizeRequestRequest& request, const v1::AuthorizeRequestResponse& response) {
  return ExplainText(request, response, {}, Style(false));
}

TEST(ExplainTextTest, AnAllowedRequest) {
  const auto request = Parse<v1::AuthorizeRequestRequest>(R"(
    parent: "tenants/default" client_id: "https://c.example/c" audience: "https://api.example/" scope: "read fly")");
  const auto response = Parse<v1::AuthorizeRequestResponse>(R"(
    allowed: true
    client {
      name: "tenants/default/clients/tpc_1"
      metadata { client_name: "Editor" callbacks: "http://127.0.0.1/cb" callbacks: "https://c.example/cb" }
    }
    resource_server {
      name: "tenants/default/resourceServers/1" identifier: "https://api.example/"
      scopes { value: "read" description: "Read mail" }
    }
    scopes: "read"
    dropped_scopes { scope: "fly" reason: REASON_UNKNOWN }
    connections { connection_name: "users" strategy: "auth0" display_name: "Users" }
    consent { client_name: "Editor" client_host: "c.example" redirect_host: "127.0.0.1" redirect_is_loopback: true }
    basis { revision: 12 document_version: 3 }
    client_grant: "tenants/default/clientGrants/cgr_1")");
  EXPECT_EQ(ExplainText(request, response, {"response_type=code", "a valid code_challenge"}, Style(false)),
            R"(ALLOWED
errors have to be shown on a page, not sent to the redirect URI
assumed: response_type=code
assumed: a valid code_challenge

PASSED
  the tenant supports metadata documents
  the client is registered
  the client is not blocked
  the redirect URI is one of the client's
  no parameter is forbidden or repeated
  response_type is code
  PKCE is used, with S256
  the client is registered for authorization_code
  one API is named
  the API exists
  the API is open to clients that act for users
  a grant lets the client use the API
  the scopes are granted, or some of them
  there is a connection to log in through

SCOPES
  read  Read mail

DROPPED SCOPES
  fly  UNKNOWN  the API has no such scope

CONNECTIONS
  users  auth0  Users

CONSENT
  client_name               Editor
  client_host               c.example
  redirect_host             127.0.0.1
  redirect_is_loopback      true
  redirect_is_unverifiable  false
  client_uri_unverified     false

DECIDED ON
  client            tenants/default/clients/tpc_1       Editor
  document_version  3
  redirect URIs     http://127.0.0.1/cb
                    https://c.example/cb
  API               tenants/default/resourceServers/1   https://api.example/
  grant             tenants/default/clientGrants/cgr_1
  revision          12
)");
}

TEST(ExplainTextTest, ARequestThatFailsOnSeveralChecks) {
  const auto request = Parse<v1::AuthorizeRequestRequest>(R"(
    parent: "tenants/default" client_id: "https://c.example/c" audience: "https://api.example/" scope: "read fly"
    connection: "staff")");
  const auto response = Parse<v1::AuthorizeRequestResponse>(R"(
    failed_checks {
      reason: CHECK_REASON_CLIENT_BLOCKED error: "unauthorized_client" description: "the client is blocked"
      parameter: "client_id"
    }
    failed_checks {
      reason: CHECK_REASON_PKCE_MISSING error: "invalid_request" description: "code_challenge is missing"
      parameter: "code_challenge"
    }
    failed_checks {
      reason: CHECK_REASON_GRANT_MISSING error: "unauthorized_client" description: "no grant" parameter: "audience"
    }
    failed_checks {
      reason: CHECK_REASON_CONNECTION_NONE error: "unauthorized_client" description: "no connection is open"
    }
    error: "unauthorized_client"
    error_description: "the client is blocked"
    client { name: "tenants/default/clients/tpc_1" metadata { client_name: "Editor" } }
    resource_server {
      name: "tenants/default/resourceServers/1" identifier: "https://api.example/" scopes { value: "read" }
    }
    basis { revision: 12 document_version: 3 })");
  EXPECT_EQ(Explain(request, response), R"(DENIED  unauthorized_client: the client is blocked
errors have to be shown on a page, not sent to the redirect URI

FAILED
  CLIENT_BLOCKED  unauthorized_client  parameter client_id
    the client is blocked
    fix: cimdctl clients unblock https://c.example/c
  PKCE_MISSING  invalid_request  parameter code_challenge
    code_challenge is missing
    fix: the client has to send code_challenge, the base64url-encoded SHA-256 digest of its verifier, and code_challenge_method=S256
  GRANT_MISSING  unauthorized_client  parameter audience
    no grant
    fix: cimdctl grants create --client https://c.example/c --audience https://api.example/ --subject user --scope read
  CONNECTION_NONE  unauthorized_client
    no connection is open
    fix: any connection of `cimdctl connections list` will do
         cimdctl connections promote NAME

PASSED
  the tenant supports metadata documents
  the client is registered
  the redirect URI is one of the client's
  no parameter is forbidden or repeated
  response_type is code
  the client is registered for authorization_code
  one API is named
  the API exists
  the API is open to clients that act for users

NOT CHECKED, for want of what failed
  the scopes are granted, or some of them

DECIDED ON
  client            tenants/default/clients/tpc_1      Editor
  document_version  3
  API               tenants/default/resourceServers/1  https://api.example/
  revision          12
)");
}

TEST(ExplainTextTest, ErrorsThatMayBeSentAreToldApart) {
  v1::AuthorizeRequestResponse response;
  response.set_error_may_redirect(true);
  EXPECT_THAT(Explain({}, response), HasSubstr("\nerrors may be sent to the redirect URI\n"));
}

TEST(ExplainTextTest, AChecksThatNeedsAnUnknownClientIsNotMade) {
  const auto response = Parse<v1::AuthorizeRequestResponse>(R"(
    failed_checks { reason: CHECK_REASON_CLIENT_UNKNOWN error: "invalid_request" description: "not registered" })");
  const std::string text = Explain({}, response);
  EXPECT_THAT(text.substr(text.find("NOT CHECKED")), HasSubstr(R"(NOT CHECKED, for want of what failed
  the client is not blocked
  the redirect URI is one of the client's
  the client is registered for authorization_code
  the API exists
  the API is open to clients that act for users
  a grant lets the client use the API
  the scopes are granted, or some of them
  there is a connection to log in through
)"));
}

TEST(ExplainTextTest, ARedemption) {
  const auto request = Parse<v1::AuthorizeTokenRequestRequest>(R"(
    parent: "tenants/default" grant_type: "refresh_token" client_id: "https://c.example/c"
    basis { audience: "https://api.example/" })");
  auto response = Parse<v1::AuthorizeTokenRequestResponse>(R"(
    failed_checks {
      reason: CHECK_REASON_AUTH_METHOD_WEAKENED error: "invalid_grant" description: "private_key_jwt was given up"
    }
    failed_checks {
      reason: CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED error: "invalid_grant" description: "no longer allowed"
    }
    error: "invalid_grant" error_description: "private_key_jwt was given up"
    client { name: "tenants/default/clients/tpc_1" }
    resource_server { name: "tenants/default/resourceServers/1" identifier: "https://api.example/" }
    document_changed: true changed_since: CHANGE_IMPACT_AUTH_METHOD_WEAKENED
    client_grant: "tenants/default/clientGrants/cgr_1"
    basis { revision: 12 document_version: 4 })");
  EXPECT_EQ(ExplainText(request, response, Style(false)), R"(DENIED  invalid_grant: private_key_jwt was given up

FAILED
  AUTH_METHOD_WEAKENED  invalid_grant
    private_key_jwt was given up
    fix: the client's publisher has to restore private_key_jwt, or the client to ask for authorization anew
  OFFLINE_ACCESS_NOT_ALLOWED  invalid_grant
    no longer allowed
    fix: the API has to allow offline_access, and the client to ask for authorization with it
         cimdctl apis update https://api.example/ --offline_access on

PASSED
  the tenant supports metadata documents
  the client is registered
  the client is not blocked
  the client has authenticated as it has to
  no parameter is repeated
  the grant type is supported
  the client is registered for the grant type
  an authorization was given
  the request keeps to what was authorized
  the API exists
  the API is open to clients that act for users
  a grant lets the client use the API
  the scopes are granted, or some of them

CHANGED SINCE THE AUTHORIZATION
  another document version is in force
  AUTH_METHOD_WEAKENED

DECIDED ON
  client            tenants/default/clients/tpc_1
  document_version  4
  API               tenants/default/resourceServers/1   https://api.example/
  grant             tenants/default/clientGrants/cgr_1
  revision          12
)");
}

TEST(ExplainTextTest, TextOfOthersCannotSteerTheTerminal) {
  v1::AuthorizeRequestRequest request;
  request.set_client_id("https://c.example/\x1b[2J");
  const auto response = Parse<v1::AuthorizeRequestResponse>(R"(
    failed_checks {
      reason: CHECK_REASON_CLIENT_UNKNOWN error: "a\033" description: "b\nALLOWED" parameter: "c\033"
    }
    error: "d\033" error_description: "e\nALLOWED"
    dropped_scopes { scope: "f\033" }
    connections { connection_name: "g\033" })");
  const std::string text = Explain(request, response);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\nALLOWED")));
}

}  // namespace
}  // namespace cimd::cli
