#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/cli/commands/commands.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/watcher.h"
#include "fmt/format.h"

// cimdctl clients watch, grants watch, connections watch
namespace cimd::cli {
namespace {

using client::ItemChange;

v1::ClientChange MessageOf(const ItemChange<v1::Client>& change) {
  v1::ClientChange message;
  message.set_external_client_id(change.key);
  if (change.item.has_value()) *message.mutable_client() = *change.item;
  return message;
}

v1::ClientGrantChange MessageOf(const ItemChange<v1::ClientGrant>& change) {
  v1::ClientGrantChange message;
  message.set_name(change.key);
  if (change.item.has_value()) *message.mutable_client_grant() = *change.item;
  return message;
}

v1::ConnectionChange MessageOf(const ItemChange<v1::Connection>& change) {
  v1::ConnectionChange message;
  message.set_name(change.key);
  if (change.item.has_value()) *message.mutable_connection() = *change.item;
  return message;
}

std::string Describe(const v1::Client& client) {
  const std::string reason = client.block_reason().empty() ? "" : fmt::format(" ({})", client.block_reason());
  return fmt::format("{} {}{} {}", client.name().substr(client.name().rfind('/') + 1), ShortEnumName(client.state()),
                     reason, client.metadata().client_name());
}

std::string Describe(const v1::ClientGrant& grant) {
  return fmt::format("{} for {}, {}", grant.audience(), grant.client().empty() ? "every client" : grant.client(),
                     grant.allow_all_scopes() ? "all scopes" : fmt::format("{} scopes", grant.scopes_size()));
}

std::string Describe(const v1::Connection& connection) {
  return fmt::format("{} {}{}", connection.connection_name(), connection.strategy(),
                     connection.is_domain_connection() ? ", for third-party clients" : "");
}

template <typename Item>
std::string Line(const ItemChange<Item>& change, bool is_first, bool json) {
  if (json) return ToJsonLine(MessageOf(change));
  if (!change.item.has_value()) return fmt::format("deleted  {}\n", Printable(change.key));
  const std::string_view what = is_first ? "exists " : change.created ? "created" : "changed";
  return fmt::format("{}  {}  {}\n", what, Printable(change.key), Printable(Describe(*change.item)));
}

template <typename Watched>
void AddWatch(CLI::App& parent, Commands& commands) {
  CLI::App* command = parent.add_subcommand("watch", "Prints what changes, a line each, until it is interrupted");
  auto all = std::make_shared<bool>(false);
  command->add_flag("--all", *all, "Print everything there is first");
  auto limit = std::make_shared<int64_t>(0);
  command->add_option("--changes", *limit, "End after this many changes")->check(CLI::PositiveNumber);
  commands.Remote(command, [all, limit](Session& session) -> Outcome {
    client::Watcher<Watched> watcher(session.connection(), session.tenant_name());
    bool is_first = true;
    int64_t printed = 0;
    const auto is_done = [&] { return *limit > 0 && printed >= *limit; };
    absl::Status status = watcher.Run([&](typename client::Watcher<Watched>::Changes changes, bool) {
      const bool tells_all = std::exchange(is_first, false);
      if (tells_all && !*all) return;
      for (const auto& change : changes) {
        if (is_done()) break;
        session.console().out << Line(change, tells_all, session.json());
        ++printed;
      }
      // A closed output also ends the watch. RunCommandLine reports the write error.
      if (!session.console().out.flush() || is_done()) watcher.Stop();
    });
    if (!status.ok()) return status;
    return kExitOk;
  });
}

}  // namespace

void AddClientWatch(CLI::App& clients, Commands& commands) { AddWatch<client::WatchedClients>(clients, commands); }

void AddGrantWatch(CLI::App& grants, Commands& commands) { AddWatch<client::WatchedClientGrants>(grants, commands); }

void AddConnectionWatch(CLI::App& connections, Commands& commands) {
  AddWatch<client::WatchedConnections>(connections, commands);
}

}  // namespace cimd::cli
