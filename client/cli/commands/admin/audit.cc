#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli/commands/admin/admin_commands.h"
#include "client/cli/input/duration_text.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "client/stream_reader.h"
#include "client/watcher.h"
#include "fmt/format.h"
#include "server/command_line/words.h"
#include "server/rpc/method_table.h"

// cimdctl audit ...
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

// Adds the flag that selects the platform's log instead of the tenant's.
std::shared_ptr<bool> AddPlatformFlag(CLI::App* command) {
  auto platform = std::make_shared<bool>(false);
  command->add_flag("--platform", *platform, "The log of what belongs to no tenant, instead of the tenant's");
  return platform;
}

std::string ParentOf(const Session& session, bool platform) {
  return platform ? std::string("platform") : session.tenant_name();
}

// Parses a time in RFC 3339, "2026-07-01T09:30:00Z", or a duration before now: "7d", "36h".
absl::Status ParseTime(const std::string& text, google::protobuf::Timestamp& time) {
  absl::Time parsed;
  std::string error;
  if (const absl::StatusOr<absl::Duration> ago = ParseDurationText(text); ago.ok()) {
    parsed = absl::Now() - *ago;
  } else if (!absl::ParseTime(absl::RFC3339_full, text, &parsed, &error)) {
    return absl::InvalidArgumentError(
        fmt::format("{} is neither a time such as 2026-07-01T09:30:00Z nor a duration such as 7d or 36h", text));
  }
  time.set_seconds(absl::ToUnixSeconds(parsed));
  return absl::OkStatus();
}

// "RegistrationService/RegisterClient" of a full method name.
std::string ShortMethod(const std::string& method) { return method.substr(method.rfind('.') + 1); }

std::string CallerText(const v1::AuditEvent& event) {
  if (event.caller().empty()) return event.caller_display_name();
  if (event.caller_display_name().empty()) return event.caller();
  return fmt::format("{} ({})", event.caller(), event.caller_display_name());
}

// The outcome of an event: the number of changed fields, or the reason and number of denied calls.
std::string OutcomeText(const v1::AuditEvent& event) {
  if (event.outcome() != v1::AUDIT_OUTCOME_DENIED) {
    const int changes = event.changes_size() + event.omitted_changes();
    return fmt::format("{} change{}", changes, changes == 1 ? "" : "s");
  }
  return event.count() > 1 ? fmt::format("{} x{}", event.reason(), event.count()) : event.reason();
}

// The URL of the client that the event is about, else the name of the resource. --resource accepts both.
std::string ResourceText(const v1::AuditEvent& event) {
  const bool about_client = event.resource().empty() || event.resource().find("/clients/") != std::string::npos;
  return about_client && event.external_client_ids_size() == 1 ? event.external_client_ids(0) : event.resource();
}

std::string ChangeText(const v1::FieldChange& change) {
  std::string text = change.field();
  if (change.has_old_value()) text += fmt::format("  - {}", change.old_value());
  if (change.has_new_value()) text += fmt::format("  + {}", change.new_value());
  return Printable(text);
}

std::string EventText(const v1::AuditEvent& event) {
  std::string text = FieldTable(event);
  if (!event.changes().empty()) text += "changes:\n";
  for (const v1::FieldChange& change : event.changes()) text += "  " + ChangeText(change) + "\n";
  return text;
}

struct Filters {
  std::string resource;
  std::string caller;
  std::string method;
  std::string outcome;
  std::string since;
  std::string until;
  int limit = 100;
};

std::shared_ptr<Filters> AddFilters(CLI::App* command) {
  auto filters = std::make_shared<Filters>();
  command->add_option("--resource", filters->resource,
                      "Only events of this resource, and of those below it: its name, or a client's URL");
  command->add_option("--caller", filters->caller, "Only events of the caller with this id");
  command->add_option("--method", filters->method,
                      "Only events of this method: AdminService/UpdateTenant, or UpdateTenant");
  command->add_option("--outcome", filters->outcome, "Only events that this came of")
      ->check(CLI::IsMember(EnumChoices(*v1::AuditOutcome_descriptor()), CLI::ignore_case));
  command->add_option("--since", filters->since,
                      "A time such as 2026-07-01T09:30:00Z, or how long ago, such as 7d or 36h");
  command->add_option("--until", filters->until, "The same; what is later is left out");
  command->add_option("--limit", filters->limit, "Show at most so many events; 0: all")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  return filters;
}

// Resolves a method given by its full name, by the short form in the table, or by its last part, to the full name.
absl::StatusOr<std::string> FullMethod(const std::string& text) {
  std::vector<std::string> shorter;
  for (const rpc::Method& method : rpc::kMethodTable) {
    const std::string name(method.name);
    if (name == text || ShortMethod(name) == text || name.substr(name.rfind('/') + 1) == text) return name;
    shorter.push_back(text.find('/') == std::string::npos ? name.substr(name.rfind('/') + 1) : ShortMethod(name));
  }
  const std::string near = command_line::NearestWord(text, shorter);
  return absl::InvalidArgumentError(fmt::format("--method: there is no method '{}'{}", text,
                                                near.empty() ? "" : fmt::format("; did you mean {}?", near)));
}

// Extracts the caller's id from the form in the table: "tok_1 (ci)".
std::string CallerId(const std::string& shown) { return shown.substr(0, shown.find(" (")); }

absl::Status Apply(const Filters& filters, v1::ListAuditEventsRequest& request) {
  if (!filters.resource.empty() && filters.resource.find('/') == std::string::npos) {
    return absl::InvalidArgumentError(fmt::format(
        "--resource: '{}' is neither a resource name such as tenants/default/clients/tpc_1 nor a client's URL",
        filters.resource));
  }
  request.set_resource(filters.resource);
  request.set_caller(CallerId(filters.caller));
  if (!filters.method.empty()) {
    absl::StatusOr<std::string> method = FullMethod(filters.method);
    if (!method.ok()) return method.status();
    request.set_method(*std::move(method));
  }
  if (!filters.outcome.empty()) {
    const auto* outcome = FindEnumValue(*v1::AuditOutcome_descriptor(), filters.outcome);
    request.set_outcome(static_cast<v1::AuditOutcome>(outcome->number()));
  }
  if (!filters.since.empty()) {
    if (absl::Status status = ParseTime(filters.since, *request.mutable_start_time()); !status.ok()) return status;
  }
  if (filters.until.empty()) return absl::OkStatus();
  return ParseTime(filters.until, *request.mutable_end_time());
}

void AddList(CLI::App* command, Commands& commands) {
  auto platform = AddPlatformFlag(command);
  auto filters = AddFilters(command);
  commands.Remote(command, [platform, filters](Session& session) -> Outcome {
    v1::ListAuditEventsRequest request;
    request.set_parent(ParentOf(session, *platform));
    request.set_page_size(filters->limit == 0 ? kPageSize : std::min(filters->limit, kPageSize));
    if (absl::Status status = Apply(*filters, request); !status.ok()) return session.Refuse(status);
    v1::ListAuditEventsResponse shown;
    Table table({"TIME", "ID", "METHOD", "RESOURCE", "OUTCOME", "CALLER", "ADDRESS"});
    for (absl::StatusOr<v1::AuditEvent>& event : client::ListAuditEvents(session.connection(), request)) {
      if (!event.ok()) return event.status();
      table.AddRow({TimeText(event->time()), event->name().substr(event->name().rfind('/') + 1),
                    ShortMethod(event->method()), ResourceText(*event), OutcomeText(*event), CallerText(*event),
                    event->address()});
      *shown.add_audit_events() = *std::move(event);
      if (shown.audit_events_size() == filters->limit) break;
    }
    return session.Print(shown, table.Render());
  });
}

void AddShow(CLI::App* command, Commands& commands) {
  auto id = AddValue<std::string>(command, "event", "Its id, as list shows it, or its name", true);
  auto platform = AddPlatformFlag(command);
  commands.Remote(command, [id, platform](Session& session) -> Outcome {
    v1::GetAuditEventRequest request;
    request.set_name(
        id->find('/') == std::string::npos ? fmt::format("{}/auditEvents/{}", ParentOf(session, *platform), *id) : *id);
    auto event = session.connection().Call(&client::Admin::GetAuditEvent, request);
    if (!event.ok()) return event.status();
    return session.Print(*event, EventText(*event));
  });
}

// Describes the stream of audit events to StreamReader, like the types in client/watched.h. There is no List method,
// because audit events never change.
struct WatchedAuditEvents {
  using Stub = client::Admin;
  using WatchRequest = v1::WatchAuditEventsRequest;
  using WatchResponse = v1::WatchAuditEventsResponse;
  static constexpr auto kWatch = &v1::AdminService::StubInterface::async_interface::WatchAuditEvents;
};

// A stream without messages for this long is treated as dead: servers send a checkpoint every 15 seconds.
constexpr absl::Duration kSilence = absl::Seconds(60);

void PrintEvent(const Session& session, const v1::AuditEvent& event) {
  if (session.json()) {
    session.console().out << ToJson(event);
  } else {
    session.console().out << Printable(fmt::format("{}  {}  {}  {}  {}  {}", TimeText(event.time()),
                                                   ShortMethod(event.method()), ResourceText(event), OutcomeText(event),
                                                   CallerText(event), event.address()))
                          << "\n";
  }
  session.console().out.flush();
}

// Prints the events of one stream, at most `left` of them, and advances the cursor in `request`. Returns the status
// that ended the stream; OK when the limit is reached or the output is closed.
absl::Status PrintStream(const Session& session, client::WatchPacer& pacer, v1::WatchAuditEventsRequest& request,
                         int64_t& left) {
  client::StreamReader<WatchedAuditEvents> stream(session.connection(), request);
  while (true) {
    absl::StatusOr<v1::WatchAuditEventsResponse> message = stream.Next(kSilence);
    if (!message.ok()) return message.status();
    pacer.Progress();
    request.set_cursor(message->cursor());
    for (const v1::AuditEvent& event : message->audit_events()) {
      PrintEvent(session, event);
      if (--left == 0 || !session.console().out) return absl::OkStatus();
    }
  }
}

void AddWatch(CLI::App* command, Commands& commands) {
  auto platform = AddPlatformFlag(command);
  auto limit = std::make_shared<int64_t>(0);
  command->add_option("--limit", *limit, "End after so many events; 0: never")->check(CLI::Range(0, 1'000'000));
  commands.Remote(command, [platform, limit](Session& session) -> Outcome {
    v1::WatchAuditEventsRequest request;
    request.set_parent(ParentOf(session, *platform));
    client::WatchPacer pacer(session.connection().retry_policy());
    int64_t left = *limit == 0 ? -1 : *limit;
    while (true) {
      absl::Status status = PrintStream(session, pacer, request, left);
      if (status.ok()) return kExitOk;
      // A stream that delivered a message is resumed from its cursor. A stream that failed before its first message is
      // not retried.
      const bool begun = !request.cursor().empty();
      if (!begun || client::Classify(status) != client::WatchFailure::kPassing || !pacer.WaitAfter(status)) {
        return status;
      }
    }
  });
}

std::string VerificationText(const Session& session, const v1::VerifyAuditLogResponse& report) {
  std::string text =
      report.valid() ? fmt::format("{} {} events in {} links\n", session.style().Green("the chain holds:"),
                                   report.events(), report.links())
                     : fmt::format("{} {}\n", session.style().Red("the chain is broken:"), Printable(report.problem()));
  if (!report.audit_event().empty()) text += fmt::format("at       {}\n", Printable(report.audit_event()));
  if (report.unlinked_events() > 0) text += fmt::format("unlinked {}\n", report.unlinked_events());
  if (report.expired_events() > 0) text += fmt::format("expired  {}\n", report.expired_events());
  if (report.valid() && !report.head_sha256().empty()) text += fmt::format("head     {}\n", report.head_sha256());
  return text;
}

void AddVerify(CLI::App* command, Commands& commands) {
  auto platform = AddPlatformFlag(command);
  auto known_head = AddValue<std::string>(command, "--known_head",
                                          "The head that an earlier verification told, kept somewhere else: it must "
                                          "still be part of the chain");
  commands.Remote(command, [platform, known_head](Session& session) -> Outcome {
    v1::VerifyAuditLogRequest request;
    request.set_parent(ParentOf(session, *platform));
    request.set_known_head_sha256(*known_head);
    auto report = session.connection().Call(&client::Admin::VerifyAuditLog, request);
    if (!report.ok()) return report.status();
    session.Print(*report, VerificationText(session, *report));
    return report->valid() ? kExitOk : kExitFailed;
  });
}

}  // namespace

void AddAuditCommands(CLI::App& root, Commands& commands) {
  CLI::App* audit = root.add_subcommand("audit", "What happened, who did it, and whether the record of it is whole")
                        ->require_subcommand(1);
  AddList(audit->add_subcommand("list", "Lists events, the newest first"), commands);
  AddShow(audit->add_subcommand("show", "Shows an event with its changes"), commands);
  AddWatch(audit->add_subcommand("watch", "Shows events as they are committed, until it is interrupted"), commands);
  AddVerify(audit->add_subcommand("verify", "Recomputes the hash chain; exit status 1 when it is broken"), commands);
}

}  // namespace cimd::cli
