#include <algorithm>
#include <cstdint>
#include <string>

#include "client/cli/commands/admin/admin_commands.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "fmt/format.h"

// cimdctl status
namespace cimd::cli {
namespace {

std::string BytesText(int64_t bytes) {
  double value = static_cast<double>(bytes);
  int unit = 0;
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  for (; value >= 1024 && unit < 4; ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

// Formats a duration in its two largest units: "3 days 4 hours", "12 minutes".
std::string DurationText(int64_t seconds) {
  constexpr struct {
    int64_t seconds;
    const char* name;
  } kUnits[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  std::string text;
  int named = 0;
  for (const auto& unit : kUnits) {
    const int64_t count = seconds / unit.seconds;
    seconds %= unit.seconds;
    if (count == 0 || named == 2) {
      if (named > 0) break;
      continue;
    }
    text += fmt::format("{}{} {}{}", named == 0 ? "" : " ", count, unit.name, count == 1 ? "" : "s");
    ++named;
  }
  return named == 0 ? "0 seconds" : text;
}

std::string StatusText(const v1::ServerStatus& status, const Style& style) {
  const auto since = [&](const google::protobuf::Timestamp& time) {
    return DurationText(std::max<int64_t>(0, status.now().seconds() - time.seconds()));
  };
  std::string text = fmt::format("cimd-server {}: {}, for {}, since {}\n\n", Printable(status.version()),
                                 status.serving() ? "serving" : style.Alarm("about to stop"),
                                 since(status.start_time()), TimeText(status.start_time()));
  Table table;
  table.AddRow(
      {"store", fmt::format("revision {}, {} on disk, {} free, {}", status.revision(), BytesText(status.store_bytes()),
                            status.has_free_bytes() ? BytesText(status.free_bytes()) : "an unknown amount",
                            status.writable() ? "writable" : "NOT WRITABLE")});
  table.AddRow({"tenants", fmt::format("{}", status.tenants())});
  std::string backup = status.backups_enabled() ? "none" : "no --backup_dir";
  if (status.has_last_backup()) {
    backup = fmt::format("{}, {} ago, revision {}, {}", status.last_backup().backup_id(),
                         since(status.last_backup().create_time()), status.last_backup().revision(),
                         BytesText(status.last_backup().bytes()));
  }
  table.AddRow({"last backup", backup});
  table.AddRow({"audit chain", status.audit_backlog_seconds() == 0
                                   ? "up to date"
                                   : fmt::format("{} behind", DurationText(status.audit_backlog_seconds()))});
  table.AddRow(
      {"calls", fmt::format("{}, of which {} failed by the server's fault", status.calls(), status.failed_calls())});
  table.AddRow({"streams", fmt::format("{} of changes", status.watch_streams())});
  table.AddRow({"fetches", fmt::format("{} under way, {} key sets not refreshed", status.fetches_under_way(),
                                       status.failed_key_refreshes())});
  table.AddRow({"memory", BytesText(status.resident_bytes())});
  if (status.has_certificate_expire_time()) {
    table.AddRow({"certificate", fmt::format("expires {}", TimeText(status.certificate_expire_time()))});
  }
  text += table.Render() + "\n";
  if (status.concerns().empty()) return text + style.Green("nothing to worry about") + "\n";
  for (const std::string& concern : status.concerns()) text += style.Alarm("! " + Printable(concern)) + "\n";
  return text;
}

}  // namespace

void AddStatusCommand(CLI::App& root, Commands& commands) {
  CLI::App* status = root.add_subcommand(
      "status", "Shows how the server is doing; exit status 1 when something is not as it should be");
  commands.Remote(status, [](Session& session) -> Outcome {
    auto answer = session.connection().Call(&client::Admin::GetServerStatus, v1::GetServerStatusRequest());
    if (!answer.ok()) return answer.status();
    session.Print(*answer, StatusText(*answer, session.style()));
    return answer->concerns().empty() ? kExitOk : kExitFailed;
  });
}

}  // namespace cimd::cli
