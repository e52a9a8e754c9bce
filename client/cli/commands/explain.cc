#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/commands/commands.h"
#include "client/cli/input/local_file.h"
#include "client/cli/text/explain_text.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

// cimdctl explain
namespace cimd::cli {
namespace {

// A well-formed placeholder for code_challenge (RFC 7636 section 4.2). Only the token endpoint compares it with the
// verifier, so its value does not affect the decision.
constexpr char kChallenge[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct Arguments {
  // Parameters of both requests.
  std::string client_id;
  std::string redirect_uri;
  std::string audience;
  std::vector<std::string> resources;
  std::string scope;
  std::vector<std::string> repeated_parameters;
  // Parameters of the authorization request only.
  std::optional<std::string> response_type;
  std::optional<std::string> code_challenge;
  std::optional<std::string> code_challenge_method;
  bool no_pkce = false;
  std::string connection;
  std::vector<std::string> other_parameters;
  // Parameters of the token request only.
  bool token = false;
  std::string grant_type;
  std::string authentication_method;
  std::string basis_file;
};

std::shared_ptr<Arguments> AddArguments(CLI::App* command) {
  auto arguments = std::make_shared<Arguments>();
  Arguments& to = *arguments;
  command->add_option("--client_id", to.client_id, "URL of the client's metadata document");
  command->add_option("--redirect_uri", to.redirect_uri, "Where the client wants its answer");
  command->add_option("--audience", to.audience, "Identifier of the API");
  AddRepeatable(command, "--resource", to.resources, "The API as RFC 8707 names it; repeatable");
  command->add_option("--scope", to.scope, "Scopes, with blanks between them");
  AddRepeatable(command, "--repeated", to.repeated_parameters, "Name of a parameter that was sent twice; repeatable");

  CLI::Option* token = command->add_flag("--token", to.token, "Explain a request to the token endpoint");
  const std::string authorization = "Authorization request";
  for (CLI::Option* option :
       {command->add_option("--response_type", to.response_type, "code, which is assumed when it is not given"),
        command->add_option("--code_challenge", to.code_challenge, "A valid one is assumed when it is not given"),
        command->add_option("--code_challenge_method", to.code_challenge_method,
                            "S256, which is assumed with the challenge"),
        command->add_option("--connection", to.connection, "The login that the client asks for"),
        AddRepeatable(command, "--param", to.other_parameters,
                      "Name of a further parameter that was sent; repeatable")}) {
    option->excludes(token)->group(authorization);
  }
  command->add_flag("--no_pkce", to.no_pkce, "Assume no challenge")
      ->excludes(token)
      ->excludes("--code_challenge")
      ->excludes("--code_challenge_method")
      ->group(authorization);
  for (CLI::Option* option :
       {command->add_option("--grant_type", to.grant_type, "authorization_code, refresh_token or client_credentials"),
        command->add_option("--authentication_method", to.authentication_method,
                            "How the client authenticated: none or private_key_jwt"),
        command->add_option("--basis", to.basis_file,
                            "File with what `explain -o json` printed about the authorization")}) {
    option->needs(token)->group("Token request");
  }
  return arguments;
}

template <typename Request>
void FillCommon(const Session& session, const Arguments& arguments, Request& request) {
  request.set_parent(session.tenant_name());
  request.set_client_id(arguments.client_id);
  request.set_redirect_uri(arguments.redirect_uri);
  request.set_audience(arguments.audience);
  for (const std::string& resource : arguments.resources) request.add_resources(resource);
  request.set_scope(arguments.scope);
  for (const std::string& name : arguments.repeated_parameters) request.add_repeated_parameters(name);
}

int ExitStatus(bool allowed) { return allowed ? kExitOk : kExitDenied; }

Outcome ExplainAuthorization(const Session& session, const Arguments& arguments) {
  v1::AuthorizeRequestRequest request;
  FillCommon(session, arguments, request);
  std::vector<std::string> assumed;
  if (!arguments.response_type.has_value()) assumed.push_back("response_type=code");
  request.set_response_type(arguments.response_type.value_or("code"));
  request.set_code_challenge(arguments.code_challenge.value_or(""));
  request.set_code_challenge_method(arguments.code_challenge_method.value_or(""));
  if (!arguments.no_pkce && !arguments.code_challenge.has_value()) {
    request.set_code_challenge(kChallenge);
    assumed.push_back("a valid code_challenge");
    if (!arguments.code_challenge_method.has_value()) {
      request.set_code_challenge_method("S256");
      assumed.push_back("code_challenge_method=S256");
    }
  }
  request.set_connection(arguments.connection);
  for (const std::string& name : arguments.other_parameters) request.add_other_parameters(name);
  auto response = session.connection().Call(&client::Grants::AuthorizeRequest, request);
  if (!response.ok()) return response.status();
  session.Print(*response, ExplainText(request, *response, assumed, session.style()));
  return ExitStatus(response->allowed());
}

// Reads the decision basis from a file with an earlier answer, about an authorization or a token, printed as JSON.
absl::StatusOr<v1::DecisionBasis> ReadBasis(const std::string& path) {
  absl::StatusOr<std::string> json = ReadTextFile(path);
  if (!json.ok()) return json.status();
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  v1::AuthorizeTokenRequestResponse answer;
  auto parsed = google::protobuf::util::JsonStringToMessage(*json, &answer, options);
  if (!parsed.ok() || !answer.has_basis()) {
    return absl::InvalidArgumentError(fmt::format("{} is no answer of `explain -o json`", path));
  }
  return answer.basis();
}

Outcome ExplainToken(const Session& session, const Arguments& arguments) {
  v1::AuthorizeTokenRequestRequest request;
  FillCommon(session, arguments, request);
  request.set_grant_type(arguments.grant_type);
  request.set_authentication_method(arguments.authentication_method);
  if (!arguments.basis_file.empty()) {
    absl::StatusOr<v1::DecisionBasis> basis = ReadBasis(arguments.basis_file);
    if (!basis.ok()) return session.Refuse(basis.status());
    *request.mutable_basis() = *std::move(basis);
  }
  auto response = session.connection().Call(&client::Grants::AuthorizeTokenRequest, request);
  if (!response.ok()) return response.status();
  session.Print(*response, ExplainText(request, *response, session.style()));
  return ExitStatus(response->allowed());
}

}  // namespace

void AddExplainCommand(CLI::App& root, Commands& commands) {
  CLI::App* command =
      root.add_subcommand("explain", "Tells whether a request would be allowed, and what would mend it if not");
  auto arguments = AddArguments(command);
  commands.Remote(command, [arguments](Session& session) {
    return arguments->token ? ExplainToken(session, *arguments) : ExplainAuthorization(session, *arguments);
  });
}

}  // namespace cimd::cli
