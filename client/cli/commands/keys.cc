#include <memory>
#include <string>

#include "client/cli/commands/commands.h"
#include "client/cli/input/local_file.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/report_text.h"
#include "client/cli/text/table.h"
#include "fmt/format.h"

// cimdctl keys ...
namespace cimd::cli {
namespace {

std::string KindOf(const v1::ClientKey& key) { return key.crv().empty() ? key.kty() : key.crv(); }

void AddKeyRow(const v1::ClientKey& key, const std::string& state, Table& table) {
  table.AddRow({key.kid(), KindOf(key), key.alg().empty() ? "(any)" : key.alg(), state, TimeText(key.first_seen_time()),
                TimeText(key.last_seen_time()), key.thumbprint_sha256()});
}

// What an operator has to know about how the keys came here, as far as there is something to say.
Table CircumstancesOf(const v1::ClientKeys& keys) {
  Table table;
  table.AddRow({"published at", keys.jwks_uri().empty() ? "(in the document)" : keys.jwks_uri()});
  if (keys.has_fetch_time()) table.AddRow({"last read", TimeText(keys.fetch_time())});
  if (keys.has_fresh_until_time()) table.AddRow({"fresh until", TimeText(keys.fresh_until_time())});
  if (keys.has_usable_until_time()) table.AddRow({"usable until", TimeText(keys.usable_until_time())});
  if (!keys.unknown_kid().empty()) {
    table.AddRow({"unknown kid", fmt::format("{} (named by an assertion at {})", keys.unknown_kid(),
                                             TimeText(keys.unknown_kid_time()))});
  }
  return table;
}

std::string KeysText(const v1::ClientKeys& keys, const Style& style) {
  std::string text = CircumstancesOf(keys).Render();
  if (keys.keys().empty() && keys.withdrawn_keys().empty()) {
    text += "\nno keys are known\n";
  } else {
    Table table({"KID", "KIND", "ALG", "STATE", "FIRST SEEN", "LAST SEEN", "THUMBPRINT"});
    for (const v1::ClientKey& key : keys.keys()) AddKeyRow(key, "in force", table);
    for (const v1::ClientKey& key : keys.withdrawn_keys()) AddKeyRow(key, "withdrawn", table);
    text += "\n" + table.Render();
  }
  const v1::Validation& validation = keys.validation();
  if (!validation.violations().empty() || !validation.warnings().empty()) {
    text += "\nkey set " + ValidationText(validation, style);
  }
  if (keys.has_refresh_failure()) text += "\n" + FetchFailureText(keys.refresh_failure(), /*registered=*/true, style);
  return text;
}

void AddShow(CLI::App* command, Commands& commands) {
  auto client = AddClientArgument(command);
  commands.Remote(command, [client](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = session.ClientName(*client);
    if (!name.ok()) return name.status();
    v1::GetClientKeysRequest request;
    request.set_name(*std::move(name));
    auto keys = session.connection().Call(&client::Metadata::GetClientKeys, request);
    if (!keys.ok()) return keys.status();
    return session.Print(*keys, KeysText(*keys, session.style()));
  });
}

void AddRefresh(CLI::App* command, Commands& commands) {
  auto client = AddClientArgument(command);
  commands.Remote(command, [client](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = session.ClientName(*client);
    if (!name.ok()) return name.status();
    v1::RefreshClientKeysRequest request;
    request.set_name(*std::move(name));
    auto response = session.connection().Call(&client::Metadata::RefreshClientKeys, request);
    if (!response.ok()) return response.status();
    const v1::ClientKeys& keys = response->client_keys();
    const bool failed = keys.has_refresh_failure();
    const std::string outcome = failed                ? ""
                                : response->changed() ? "the keys have changed\n"
                                                      : "the keys are the same\n";
    session.Print(*response, outcome + KeysText(keys, session.style()));
    return failed || !keys.validation().violations().empty() ? kExitFailed : kExitOk;
  });
}

void AddVerify(CLI::App* command, Commands& commands) {
  auto file = AddValue<std::string>(command, "file", "File with the assertion, as the client sent it", true);
  commands.Remote(command, [file](Session& session) -> Outcome {
    absl::StatusOr<std::string> assertion = ReadTextFile(*file);
    if (!assertion.ok()) return session.Refuse(assertion.status());
    v1::VerifyClientAssertionRequest request;
    request.set_parent(session.tenant_name());
    request.set_client_assertion_type("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    request.set_client_assertion(assertion->substr(0, assertion->find_last_not_of(" \t\r\n") + 1));
    auto response = session.connection().Call(&client::Metadata::VerifyClientAssertion, request);
    if (!response.ok()) return response.status();
    session.Print(*response, response->valid()
                                 ? fmt::format("valid: {} with key {} ({})\n", Printable(response->client_id()),
                                               Printable(response->kid()), Printable(response->alg()))
                                 : fmt::format("refused: {}: {}\n", ShortEnumName(response->reason()),
                                               Printable(response->description())));
    return response->valid() ? kExitOk : kExitFailed;
  });
}

}  // namespace

void AddKeyCommands(CLI::App& root, Commands& commands) {
  CLI::App* keys = root.add_subcommand("keys", "Keys that clients authenticate with")->require_subcommand(1);
  AddShow(keys->add_subcommand("show", "Shows a client's keys, those taken away lately included"), commands);
  AddRefresh(keys->add_subcommand("refresh", "Reads a client's key set now"), commands);
  AddVerify(keys->add_subcommand("verify", "Judges a client assertion; one that is valid is used up"), commands);
}

}  // namespace cimd::cli
