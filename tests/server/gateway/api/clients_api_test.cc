#include "server/gateway/management/clients_api.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/server/gateway/api/gateway_test_base.h"

namespace cimd::gateway {
namespace {

namespace errors = rpc::errors;
using ::cimd::testing::GatewayTestBase;
using ::cimd::testing::IsError;
using ::cimd::testing::IsJson;
using ::cimd::testing::ParseJson;
using ::cimd::testing::RawResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kPreview[] = "/api/v2/clients/cimd/preview";
constexpr char kRegister[] = "/api/v2/clients/cimd/register";
constexpr char kClient[] = "/api/v2/clients/tpc_1";

v1::Client SomeClient() {
  v1::Client client;
  client.set_name("tenants/home/clients/tpc_1");
  client.mutable_metadata()->set_external_client_id("https://app.example/c");
  client.mutable_metadata()->set_client_name("App");
  client.set_etag("7");
  return client;
}

class ClientsApiTest : public GatewayTestBase {
 protected:
  std::vector<std::string> PatchedPaths() {
    const auto requests = plane_.update_client.requests();
    if (requests.size() != 1) return {"not one request"};
    return {requests[0].update_mask().paths().begin(), requests[0].update_mask().paths().end()};
  }
};

TEST_F(ClientsApiTest, Previews) {
  v1::PreviewClientResponse answer;
  answer.mutable_metadata()->set_client_name("App");
  answer.mutable_validation()->set_valid(true);
  plane_.preview_client.Answers(answer);
  EXPECT_THAT(Send("POST", kPreview, R"({"external_client_id": "https://app.example/c"})"),
              IsJson(200, R"({"mapped_fields": {"name": "App"}, "findings": [],
                              "validation": {"valid": true, "violations": [], "warnings": []}})"));
  ASSERT_EQ(plane_.preview_client.requests().size(), 1u);
  const v1::PreviewClientRequest request = plane_.preview_client.requests()[0];
  EXPECT_EQ(request.parent(), "tenants/home");
  EXPECT_EQ(request.external_client_id(), "https://app.example/c");
  EXPECT_FALSE(request.has_document());
}

TEST_F(ClientsApiTest, PreviewsKeys) {
  v1::PreviewClientResponse answer;
  answer.mutable_metadata()->set_client_name("App");
  v1::ClientKey& key = *answer.add_keys();
  key.set_kid("k1");
  key.set_kty("RSA");
  key.set_alg("PS256");
  answer.mutable_key_fetch_failure()->set_reason(v1::FETCH_FAILURE_REASON_GONE);
  plane_.preview_client.Answers(answer);
  EXPECT_THAT(Send("POST", kPreview, R"({"external_client_id": "https://app.example/c"})"),
              IsJson(200, R"({"mapped_fields": {"name": "App", "client_authentication_methods": {"private_key_jwt":
                              {"credentials": [{"credential_type": "public_key", "kid": "k1", "alg": "PS256"}]}}},
                              "key_fetch_failure": {"kind": "", "reason": "GONE", "message": ""}})"));
}

TEST_F(ClientsApiTest, PreviewsACopy) {
  plane_.preview_client.Answers(v1::PreviewClientResponse());
  Send("POST", kPreview,
       R"({"external_client_id": "https://app.example/c", "document": "{\"client_id\":\"\u00e9\"}\n"})");
  ASSERT_EQ(plane_.preview_client.requests().size(), 1u);
  EXPECT_EQ(plane_.preview_client.requests()[0].document(), "{\"client_id\":\"\xc3\xa9\"}\n");
  // An empty document is a document.
  Send("POST", kPreview, R"({"external_client_id": "https://app.example/c", "document": ""})");
  EXPECT_TRUE(plane_.preview_client.requests()[1].has_document());
}

TEST_F(ClientsApiTest, RegistersANewClient) {
  v1::RegisterClientResponse answer;
  *answer.mutable_client() = SomeClient();
  answer.set_created(true);
  answer.mutable_validation()->set_valid(true);
  plane_.register_client.Answers(answer);
  const RawResponse response =
      Send("POST", kRegister,
           R"({"external_client_id": "https://app.example/c", "expected_document_sha256": "00ff", "document": "{}"})");
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.Header("Location"), "/api/v2/clients/tpc_1");
  EXPECT_EQ(response.Header("Cache-Control"), "no-store");
  EXPECT_EQ(ParseJson(response.body)["client_id"], "tpc_1");
  EXPECT_EQ(ParseJson(response.body)["mapped_fields"]["name"], "App");
  EXPECT_EQ(ParseJson(response.body)["validation"]["valid"], true);
  const v1::RegisterClientRequest request = plane_.register_client.requests().at(0);
  EXPECT_EQ(request.parent(), "tenants/home");
  EXPECT_EQ(request.external_client_id(), "https://app.example/c");
  EXPECT_EQ(request.expected_document_sha256(), "00ff");
  EXPECT_EQ(request.document(), "{}");
}

TEST_F(ClientsApiTest, BringsAClientUpToDate) {
  v1::RegisterClientResponse answer;
  *answer.mutable_client() = SomeClient();
  plane_.register_client.Answers(answer);
  const RawResponse response = Send("POST", kRegister, R"({"external_client_id": "https://app.example/c"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.HasHeader("Location"));
}

TEST_F(ClientsApiTest, RefusesBodiesThatAreNotWhatTheyShouldBe) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "$ JSON"},
      {"{", "$ JSON"},
      {"[]", "$ TYPE"},
      {"null", "$ TYPE"},
      {"{}", "external_client_id REQUIRED"},
      {R"({"external_client_id": 5})", "external_client_id TYPE"},
      {R"({"external_client_id": "a", "document": {}})", "document TYPE"},
      {R"({"external_client_id": "a", "document": null})", "document TYPE"},
      {R"({"external_client_id": "a", "name": "x"})", "name UNKNOWN"},
      {R"({"external_client_id": "a", "parent": "tenants/other"})", "parent UNKNOWN"},
      {R"({"external_client_id": "a", "validate_only": true})", "validate_only UNKNOWN"},
      {R"({"external_client_id": "a", "external_client_id": "b"})", "$.external_client_id JSON"},
      {"{\"external_client_id\": \"\xff\"}", "$ JSON"},
      {R"({"external_client_id": "\ud800"})", "$ JSON"},
  };
  for (const char* path : {kPreview, kRegister}) {
    for (const auto& [body, problem] : cases) {
      SCOPED_TRACE(body);
      const RawResponse response = Send("POST", path, body);
      EXPECT_THAT(response, IsError(400, "invalid_body"));
      const auto details = ParseJson(response.body)["details"];
      ASSERT_EQ(details.size(), 1u);
      const std::string found = details[0]["field"].get<std::string>() + " " + details[0]["reason"].get<std::string>();
      // The parser determines the position of a JSON syntax error.
      if (std::string_view(problem) != "$ JSON") {
        EXPECT_EQ(found, problem);
      }
    }
  }
  EXPECT_THAT(Send("POST", kPreview, R"({"external_client_id": "a", "expected_document_sha256": "00"})"),
              IsError(400, "invalid_body"));
  EXPECT_THAT(plane_.preview_client.requests(), IsEmpty());
  EXPECT_THAT(plane_.register_client.requests(), IsEmpty());
}

TEST_F(ClientsApiTest, TakesJsonOnly) {
  plane_.preview_client.Answers(v1::PreviewClientResponse());
  const std::string body = R"({"external_client_id": "a"})";
  const std::string start = "Host: a\r\nAuthorization: Bearer t\r\n";
  for (const char* type :
       {"Content-Type: application/json; charset=utf-8\r\n", "Content-Type: Application/JSON\r\n", ""}) {
    EXPECT_EQ(SendRaw("POST", kPreview, start + type, body).status, 200) << type;
  }
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json", ";"}) {
    EXPECT_THAT(SendRaw("POST", kPreview, start + "Content-Type: " + type + "\r\n", body),
                IsError(415, "unsupported_media_type"))
        << type;
  }
}

TEST_F(ClientsApiTest, TellsWhyADocumentIsRefused) {
  v1::Validation validation;
  v1::Finding* finding = validation.add_violations();
  finding->set_reason(v1::FINDING_REASON_CLIENT_ID_MISMATCH);
  finding->set_path("$.client_id");
  finding->set_message("is another URL");
  plane_.register_client.Answers(errors::DocumentInvalid("https://app.example/c", "00", validation));
  const RawResponse response = Send("POST", kRegister, R"({"external_client_id": "https://app.example/c"})");
  EXPECT_THAT(response, IsError(400, "invalid_client_metadata"));
  EXPECT_THAT(ParseJson(response.body)["message"].get<std::string>(),
              HasSubstr("The Client Metadata document at https://app.example/c cannot be applied."));
  EXPECT_EQ(
      ParseJson(response.body)["details"],
      ParseJson(R"([{"field": "document.client_id", "reason": "CLIENT_ID_MISMATCH", "message": "is another URL"}])"));
}

TEST_F(ClientsApiTest, MapsErrorsOfRegistering) {
  const std::tuple<absl::Status, int, const char*> cases[] = {
      {errors::CimdDisabled("home"), 400, "operation_not_supported"},
      {errors::ClientBlocked("https://app.example/c"), 409, "client_blocked"},
      {errors::ClientPinned("tenants/home/clients/tpc_1", 2), 409, "client_pinned"},
      {errors::DocumentChanged("00", "ff"), 409, "document_changed"},
      {errors::DocumentNotFetched("https://app.example/c", {}), 400, "client_metadata_not_retrieved"},
      {errors::ScopeInsufficient("m", "create:clients, update:clients"), 403, "insufficient_scope"},
      {errors::TenantForbidden(), 403, "tenant_forbidden"},
      {errors::Overloaded(absl::Seconds(2)), 429, "too_many_requests"},
      {errors::Contention(), 503, "contention"},
      {errors::ShuttingDown(), 503, "service_unavailable"},
      {errors::DeadlineExceeded(), 504, "deadline_exceeded"},
      {errors::Internal(), 500, "internal_error"},
      {absl::UnimplementedError("secret detail"), 500, "internal_error"},
  };
  for (const auto& [status, http_status, code] : cases) {
    SCOPED_TRACE(status.ToString());
    plane_.register_client.Answers(status);
    const RawResponse response = Send("POST", kRegister, R"({"external_client_id": "a"})");
    EXPECT_THAT(response, IsError(http_status, code));
    EXPECT_THAT(response.body, ::testing::Not(HasSubstr("secret detail")));
    EXPECT_EQ(response.HasHeader("Retry-After"), http_status == 429 || http_status == 503);
  }
}

TEST_F(ClientsApiTest, Lists) {
  v1::ListClientsResponse page;
  *page.add_clients() = SomeClient();
  page.set_total_size(1);
  plane_.list_clients.Answers(page);
  const RawResponse response = Get("/api/v2/clients?page=0&per_page=50&include_totals=true");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["total"], 1);
  EXPECT_EQ(ParseJson(response.body)["clients"][0]["external_client_id"], "https://app.example/c");
  EXPECT_EQ(plane_.list_clients.requests().at(0).parent(), "tenants/home");
  EXPECT_TRUE(plane_.list_clients.requests()[0].include_total_size());
  EXPECT_THAT(Get("/api/v2/clients?fields=client_id,name"), IsJson(200, R"([{"client_id": "tpc_1", "name": "App"}])"));
}

TEST_F(ClientsApiTest, ListsNothingOnlyForWhoMayList) {
  plane_.list_clients.Answers(errors::ScopeInsufficient("m", "read:clients"));
  EXPECT_THAT(Get("/api/v2/clients?is_first_party=true"), IsError(403, "insufficient_scope"));
}

TEST_F(ClientsApiTest, RefusesQueries) {
  for (const char* query : {"q=x", "unknown=1", "page=0&page=1", "per_page=1000", "take=x", "Page=1"}) {
    SCOPED_TRACE(query);
    const RawResponse response = Get(std::string("/api/v2/clients?") + query);
    EXPECT_THAT(response, IsError(400, "invalid_query_string"));
    EXPECT_THAT(ParseJson(response.body)["message"].get<std::string>(), HasSubstr("Query validation error: "));
  }
  EXPECT_THAT(plane_.list_clients.requests(), IsEmpty());
  plane_.list_clients.Answers(errors::PageTokenInvalid());
  EXPECT_THAT(Get("/api/v2/clients?from=x"), IsError(400, "invalid_query_string"));
  plane_.list_clients.Answers(errors::FieldsInvalid({{"skip", "OUT_OF_RANGE", "is 500000; allowed are 0 to 100000"}}));
  const RawResponse response = Get("/api/v2/clients?page=10000");
  EXPECT_THAT(response, IsError(400, "invalid_query_string"));
  EXPECT_EQ(ParseJson(response.body)["details"][0]["field"], "page");
}

TEST_F(ClientsApiTest, GetsAClient) {
  plane_.get_client.Answers(SomeClient());
  const RawResponse response = Get(kClient);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["external_metadata_type"], "cimd");
  EXPECT_EQ(plane_.get_client.requests().at(0).name(), "tenants/home/clients/tpc_1");
  EXPECT_THAT(Get("/api/v2/clients/tpc_1?fields=name&include_fields=true"), IsJson(200, R"({"name": "App"})"));
  EXPECT_THAT(Get("/api/v2/clients/tpc_1?include_fields=x"), IsError(400, "invalid_query_string"));
  EXPECT_THAT(Get("/api/v2/clients/tpc_1?page=1"), IsError(400, "invalid_query_string"));
}

TEST_F(ClientsApiTest, TellsThatThereIsNoClient) {
  plane_.get_client.Answers(errors::ClientNotFound("tenants/home/clients/tpc_1"));
  EXPECT_THAT(Get(kClient), IsJson(404, R"({"statusCode": 404, "error": "Not Found", "errorCode": "inexistent_client",
                                            "message": "The client does not exist"})"));
}

// The server validates the ID. The gateway passes on any path segment unchanged.
TEST_F(ClientsApiTest, LetsTheServerJudgeIds) {
  plane_.get_client.Answers(errors::ResourceNameInvalid("name", "x", "tenants/{tenant}/clients/{client}"));
  const RawResponse response = Get("/api/v2/clients/..%2F..%2Fother%2Fclients%2Fx");
  EXPECT_THAT(response, IsError(400, "invalid_uri"));
  EXPECT_EQ(plane_.get_client.requests().at(0).name(), "tenants/home/clients/../../other/clients/x");
}

TEST_F(ClientsApiTest, Patches) {
  plane_.update_client.Answers(SomeClient());
  const RawResponse response =
      Send("PATCH", kClient, R"({"description": "d", "refresh_token": {"leeway": 3}, "oidc_conformant": true})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["client_id"], "tpc_1");
  EXPECT_FALSE(ParseJson(response.body).contains("external_client_id"));
  EXPECT_THAT(PatchedPaths(), UnorderedElementsAre("metadata.description", "settings.refresh_token.leeway_seconds"));
  const v1::UpdateClientRequest request = plane_.update_client.requests()[0];
  EXPECT_EQ(request.client().name(), "tenants/home/clients/tpc_1");
  EXPECT_EQ(request.client().metadata().description(), "d");
  EXPECT_EQ(request.client().settings().refresh_token().leeway_seconds(), 3);
  EXPECT_EQ(request.client().etag(), "");
  EXPECT_THAT(plane_.get_client.requests(), IsEmpty());
}

TEST_F(ClientsApiTest, RefusesPatchesByName) {
  plane_.update_client.Answers(errors::FieldNotEditable("metadata.callbacks"));
  RawResponse response = Send("PATCH", kClient, R"({"callbacks": ["https://evil.example/"]})");
  EXPECT_THAT(response, IsError(400, "invalid_body"));
  EXPECT_EQ(ParseJson(response.body)["details"][0]["field"], "callbacks");
  EXPECT_THAT(PatchedPaths(), ElementsAre("metadata.callbacks"));

  for (const char* name : {"external_client_id", "client_secret", "client_authentication_methods", "jwks", "cimd"}) {
    response = Send("PATCH", kClient, std::string("{\"") + name + "\": \"x\"}");
    EXPECT_THAT(response, IsError(400, "invalid_body"));
    EXPECT_EQ(ParseJson(response.body)["details"][0]["field"], name);
  }
  EXPECT_THAT(Send("PATCH", kClient, "{}"), IsError(400, "invalid_body"));
  EXPECT_THAT(Send("PATCH", kClient, R"({"description": "a", "description": "b"})"), IsError(400, "invalid_body"));
  EXPECT_EQ(plane_.update_client.requests().size(), 1u);
}

TEST_F(ClientsApiTest, AnswersAPatchThatChangesNothing) {
  plane_.get_client.Answers(SomeClient());
  const RawResponse response = Send("PATCH", kClient, R"({"oidc_conformant": true})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["name"], "App");
  EXPECT_THAT(plane_.update_client.requests(), IsEmpty());
}

TEST_F(ClientsApiTest, MergesClientMetadata) {
  v1::Client stored = SomeClient();
  auto& map = *stored.mutable_settings()->mutable_client_metadata();
  map["kept"] = "1";
  map["changed"] = "1";
  map["removed"] = "1";
  plane_.get_client.Answers(stored);
  plane_.update_client.Answers(SomeClient());
  EXPECT_EQ(
      Send("PATCH", kClient,
           R"({"client_metadata": {"changed": "2", "removed": null, "absent": null, "new": ""}, "app_type": "spa"})")
          .status,
      200);
  EXPECT_THAT(PatchedPaths(), UnorderedElementsAre("metadata.app_type", "settings.client_metadata"));
  const v1::UpdateClientRequest request = plane_.update_client.requests()[0];
  EXPECT_EQ(request.client().etag(), "7");
  const auto& merged = request.client().settings().client_metadata();
  EXPECT_THAT((std::map<std::string, std::string>(merged.begin(), merged.end())),
              ElementsAre(std::pair("changed", "2"), std::pair("kept", "1"), std::pair("new", "")));
}

TEST_F(ClientsApiTest, MergesAgainWhenTheClientChangedInBetween) {
  int version = 0;
  plane_.get_client.AnswersBy([&version](const v1::GetClientRequest&) {
    v1::Client stored = SomeClient();
    stored.set_etag(std::to_string(++version));
    (*stored.mutable_settings()->mutable_client_metadata())["version"] = stored.etag();
    return stored;
  });
  plane_.update_client.AnswersBy([](const v1::UpdateClientRequest& request) -> absl::StatusOr<v1::Client> {
    if (request.client().etag() != "3") return errors::EtagMismatch(request.client().name(), request.client().etag());
    return request.client();
  });
  const RawResponse response = Send("PATCH", kClient, R"({"client_metadata": {"a": "b"}})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(ParseJson(response.body)["client_metadata"], ParseJson(R"({"a": "b", "version": "3"})"));
  EXPECT_EQ(plane_.update_client.requests().at(2).update_mask().paths_size(), 1);

  // The number of retries is limited.
  version = 100;
  const RawResponse refused = Send("PATCH", kClient, R"({"client_metadata": {"a": "b"}})");
  EXPECT_THAT(refused, IsError(503, "contention"));
  EXPECT_EQ(refused.Header("Retry-After"), "1");
  EXPECT_EQ(plane_.update_client.requests().size(), 3u + 20u);
}

TEST_F(ClientsApiTest, Deletes) {
  plane_.delete_client.Answers(v1::DeleteClientResponse());
  RawResponse response = Send("DELETE", kClient);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(plane_.delete_client.requests().at(0).name(), "tenants/home/clients/tpc_1");
  EXPECT_TRUE(plane_.delete_client.requests()[0].force());

  plane_.delete_client.Answers(errors::ClientNotFound("tenants/home/clients/tpc_1"));
  EXPECT_EQ(Send("DELETE", kClient).status, 204);
  plane_.delete_client.Answers(errors::TenantNotFound("home"));
  EXPECT_THAT(Send("DELETE", kClient), IsError(404, "inexistent_tenant"));
  plane_.delete_client.Answers(errors::ScopeInsufficient("m", "delete:clients"));
  EXPECT_THAT(Send("DELETE", kClient), IsError(403, "insufficient_scope"));
}

TEST_F(ClientsApiTest, HasNoOtherMethods) {
  const RawResponse response = Send("PUT", kClient, "{}");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.Header("Allow"), "DELETE, GET, HEAD, PATCH");
  EXPECT_EQ(Get("/api/v2/roles").status, 404);
}

// --- POST /register --------------------------------------------------------------------------------------------------

TEST_F(ClientsApiTest, RegistersInTheTermsOfOAuth) {
  v1::RegisterClientResponse answer;
  *answer.mutable_client() = SomeClient();
  answer.set_created(true);
  plane_.register_client.Answers(answer);
  RawResponse response = Send("POST", "/register",
                              R"({"external_client_id": "https://app.example/c", "client_name": "ignored", "x": {}})");
  EXPECT_THAT(response, IsJson(201, R"({"client_id": "https://app.example/c", "client_name": "App",
    "application_type": "web", "response_types": ["code"], "client_id_issued_at": 0})"));
  EXPECT_EQ(response.Header("Cache-Control"), "no-store");
  EXPECT_EQ(plane_.register_client.requests().at(0).external_client_id(), "https://app.example/c");
  answer.set_created(false);
  plane_.register_client.Answers(answer);
  EXPECT_EQ(Send("POST", "/register", R"({"external_client_id": "https://app.example/c"})").status, 200);
}

TEST_F(ClientsApiTest, RefusesToRegisterInTheTermsOfOAuth) {
  const auto error = [](const RawResponse& response) {
    return std::to_string(response.status) + " " + ParseJson(response.body)["error"].get<std::string>();
  };
  EXPECT_EQ(error(Send("POST", "/register", "{")), "400 invalid_request");
  EXPECT_EQ(error(Send("POST", "/register", R"({"redirect_uris": []})")), "400 invalid_request");
  EXPECT_EQ(error(Send("POST", "/register?x=y", "{}")), "400 invalid_request");
  RawResponse response = SendRaw("POST", "/register", "Host: a\r\n", "{}");
  EXPECT_EQ(error(response), "401 invalid_token");
  EXPECT_EQ(response.Header("WWW-Authenticate"), "Bearer");

  v1::Validation validation;
  validation.add_violations()->set_reason(v1::FINDING_REASON_REDIRECT_URI_WILDCARD);
  const std::pair<absl::Status, const char*> cases[] = {
      {errors::DocumentInvalid("u", "00", validation), "400 invalid_redirect_uri"},
      {errors::ClientIdUrlInvalid("u", validation), "400 invalid_client_metadata"},
      {errors::DocumentNotFetched("u", {}), "400 invalid_client_metadata"},
      {errors::CimdDisabled("home"), "403 access_denied"},
      {errors::ClientBlocked("u"), "403 access_denied"},
      {errors::AccessTokenInvalid(), "401 invalid_token"},
      {errors::ScopeInsufficient("m", "create:clients, update:clients"), "403 insufficient_scope"},
      {errors::Overloaded(absl::Seconds(1)), "429 temporarily_unavailable"},
      {errors::ShuttingDown(), "503 temporarily_unavailable"},
      {errors::Internal(), "500 server_error"},
  };
  for (const auto& [status, expected] : cases) {
    SCOPED_TRACE(status.ToString());
    plane_.register_client.Answers(status);
    response = Send("POST", "/register", R"({"external_client_id": "u"})");
    EXPECT_EQ(error(response), expected);
    EXPECT_EQ(response.Header("Cache-Control"), "no-store");
    EXPECT_FALSE(ParseJson(response.body)["error_description"].get<std::string>().empty());
  }
}

}  // namespace
}  // namespace cimd::gateway
