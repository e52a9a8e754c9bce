#include <algorithm>
#include <memory>
#include <string>
#include <vector>

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

// A table with the source and the age of the keys. Rows without a value are omitted.
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

// Whether the client publishes no key set, because it does not authenticate with keys.
bool HasNoKeySet(const v1::ClientKeys& keys) {
  return keys.jwks_uri().empty() && keys.keys().empty() && keys.withdrawn_keys().empty() &&
         keys.validation().violations().empty() && keys.unknown_kid().empty() && !keys.has_refresh_failure();
}

std::string KeysText(const v1::ClientKeys& keys, const Style& style) {
  if (HasNoKeySet(keys)) return "the client publishes no keys: it does not authenticate with any\n";
  std::string text = CircumstancesOf(keys).Render();
  if (keys.keys().empty() && keys.withdrawn_keys().empty() && keys.refused_keys().empty()) {
    text += "\nno keys are known\n";
  } else {
    Table table({"KID", "KIND", "ALG", "STATE", "FIRST SEEN", "LAST SEEN", "THUMBPRINT"});
    for (const v1::ClientKey& key : keys.keys()) {
      AddKeyRow(key, key.has_verify_until_time() ? "until " + TimeText(key.verify_until_time()) : "in force", table);
    }
    for (const v1::ClientKey& key : keys.refused_keys()) AddKeyRow(key, "refused", table);
    for (const v1::ClientKey& key : keys.withdrawn_keys()) AddKeyRow(key, "withdrawn", table);
    text += "\n" + table.Render();
  }
  const v1::Validation& validation = keys.validation();
  if (!validation.violations().empty() || !validation.warnings().empty()) {
    text += "\nkey set " + ValidationText(validation, style);
  }
  if (keys.has_refresh_failure()) text += "\n" + FetchFailureText(keys.refresh_failure(), /*registered=*/true, style);
  if (!keys.refused_keys().empty()) {
    text +=
        "\na refused key has the kid of another key: ask the client's publisher whether the thumbprint is right, then "
        "'cimdctl keys accept'\n";
  }
  return text;
}

absl::StatusOr<v1::ClientKeys> GetKeys(Session& session, const std::string& name) {
  v1::GetClientKeysRequest request;
  request.set_name(name);
  return session.connection().Call(&client::Metadata::GetClientKeys, request);
}

void AddShow(CLI::App* command, Commands& commands) {
  auto client = AddClientArgument(command);
  commands.Remote(command, [client](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = session.ClientName(*client);
    if (!name.ok()) return name.status();
    absl::StatusOr<v1::ClientKeys> keys = GetKeys(session, *name);
    if (!keys.ok()) return keys.status();
    return session.Print(*keys, KeysText(*keys, session.style()));
  });
}

std::string OutcomeText(const v1::RefreshClientKeysResponse& response) {
  if (response.client_keys().has_refresh_failure()) return "";
  if (response.superseded()) return "a newer read of the key set was stored already\n";
  if (!response.changed()) return "the keys are the same\n";
  std::string text = "the keys have changed\n";
  for (const v1::FieldChange& change : response.changes()) {
    if (change.old_value().empty()) {
      text += fmt::format("  new: {}\n", Printable(change.new_value()));
    } else if (change.new_value().empty()) {
      text += fmt::format("  withdrawn: {}\n", Printable(change.old_value()));
    } else {
      text += fmt::format("  replaced: {} by {}\n", Printable(change.old_value()), Printable(change.new_value()));
    }
  }
  return text;
}

// Whether the key set was fetched and is valid.
bool IsRead(const v1::ClientKeys& keys) {
  return !keys.has_refresh_failure() && keys.validation().violations().empty();
}

bool IsInForce(const v1::ClientKeys& keys, const std::string& thumbprint) {
  return std::any_of(keys.keys().begin(), keys.keys().end(),
                     [&](const v1::ClientKey& key) { return key.thumbprint_sha256() == thumbprint; });
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
    session.Print(*response, OutcomeText(*response) + KeysText(keys, session.style()));
    return IsRead(keys) ? kExitOk : kExitFailed;
  });
}

struct AcceptArguments {
  std::string client;
  std::vector<std::string> thumbprints;
  bool yes = false;
};

void AddAccept(CLI::App* command, Commands& commands) {
  auto arguments = std::make_shared<AcceptArguments>();
  command->add_option("client", arguments->client, "The client's URL or its id")->required();
  command->add_option("--thumbprint", arguments->thumbprints,
                      "Thumbprint of a refused key, as 'keys show' lists it; may be repeated. Without it, all of them");
  command->add_flag("--yes", arguments->yes, "Accept all refused keys without asking");
  commands.Remote(command, [arguments](Session& session) -> Outcome {
    std::vector<std::string> thumbprints = arguments->thumbprints;
    const bool ask = thumbprints.empty() && !arguments->yes;
    if (ask && !session.can_ask()) return session.Refuse("there is nobody to ask: give --thumbprint, or --yes");
    absl::StatusOr<std::string> name = session.ClientName(arguments->client);
    if (!name.ok()) return name.status();
    if (thumbprints.empty()) {
      absl::StatusOr<v1::ClientKeys> stored = GetKeys(session, *name);
      if (!stored.ok()) return stored.status();
      if (stored->refused_keys().empty()) return session.Print(*stored, "no key is refused\n");
      for (const v1::ClientKey& key : stored->refused_keys()) thumbprints.push_back(key.thumbprint_sha256());
      if (ask) {
        session.console().out << KeysText(*stored, session.style()) << "\n";
        if (!Ask(session.console(), "Accept the refused keys?")) {
          session.console().out << "nothing was changed\n";
          return kExitFailed;
        }
      }
    }
    v1::RefreshClientKeysRequest request;
    request.set_name(*std::move(name));
    request.mutable_accept_thumbprints()->Assign(thumbprints.begin(), thumbprints.end());
    auto response = session.connection().Call(&client::Metadata::RefreshClientKeys, request);
    if (!response.ok()) return response.status();
    const v1::ClientKeys& keys = response->client_keys();
    std::string missing;
    for (const std::string& thumbprint : thumbprints) {
      if (IsInForce(keys, thumbprint)) continue;
      missing += fmt::format("not accepted: the key set has no key {}\n", Printable(thumbprint));
    }
    if (!IsRead(keys)) missing.clear();
    session.Print(*response, OutcomeText(*response) + missing + KeysText(keys, session.style()));
    return IsRead(keys) && missing.empty() ? kExitOk : kExitFailed;
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
  AddShow(keys->add_subcommand("show", "Shows a client's keys, with those refused and those withdrawn lately"),
          commands);
  AddRefresh(keys->add_subcommand("refresh", "Reads a client's key set now"), commands);
  AddAccept(keys->add_subcommand("accept", "Accepts keys that have the kid of another key, and reads the key set"),
            commands);
  AddVerify(keys->add_subcommand("verify", "Judges a client assertion; one that is valid is used up"), commands);
}

}  // namespace cimd::cli
