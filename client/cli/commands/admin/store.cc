#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cimd/storage/backup.pb.h"
#include "client/cli/commands/admin/admin_commands.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "fmt/format.h"
#include "server/backup/backup.h"
#include "server/backup/restore.h"
#include "server/bootstrap/bootstrap.h"

// cimdctl admin ...
namespace cimd::cli {
namespace {

// A call that reads the whole of a large store takes minutes.
constexpr absl::Duration kStoreTimeout = absl::Hours(1);

std::string CheckText(const v1::CheckStoreResponse& response) {
  const std::string checked = fmt::format("{} records at revision {}", response.records(), response.revision());
  if (response.problems().empty()) return fmt::format("{}: everything agrees\n", checked);
  Table table({"PARENT", "RECORD", "PROBLEM"});
  for (const v1::StoreProblem& problem : response.problems()) {
    table.AddRow({problem.parent(), problem.record(), problem.problem()});
  }
  return fmt::format("{}{}: {} problems\n", table.Render(), checked, response.problems_size());
}

void AddCheck(CLI::App* command, Commands& commands) {
  auto max_problems = std::make_shared<int>(0);
  command->add_option("--max_problems", *max_problems, "End the check after so many; by default 100, at most 1000")
      ->check(CLI::Range(1, 1000));
  commands.Remote(
      command,
      [max_problems](Session& session) -> Outcome {
        v1::CheckStoreRequest request;
        request.set_max_problems(*max_problems);
        auto response = session.connection().Call(&client::Admin::CheckStore, request);
        if (!response.ok()) return response.status();
        session.Print(*response, CheckText(*response));
        return response->problems().empty() ? kExitOk : kExitFailed;
      },
      kStoreTimeout);
}

void AddBackup(CLI::App* command, Commands& commands) {
  auto id = AddValue<std::string>(command, "name", "Letters, digits, hyphens and underscores; by default the time");
  commands.Remote(
      command,
      [id](Session& session) -> Outcome {
        v1::CreateBackupRequest request;
        request.set_backup_id(*id);
        auto made = session.connection().Call(&client::Admin::CreateBackup, request);
        if (!made.ok()) return made.status();
        return session.Print(
            *made, fmt::format("{} on the server's host: revision {}, {} files, {} bytes\n", Printable(made->path()),
                               made->revision(), made->files(), made->bytes()));
      },
      kStoreTimeout);
}

std::string BackupText(const storage::BackupManifest& manifest) {
  int64_t bytes = 0;
  for (const storage::BackupFile& file : manifest.files()) bytes += file.size();
  const absl::Time time = absl::FromUnixSeconds(manifest.create_time().seconds());
  return fmt::format("revision {} of {}, {} files, {} bytes", manifest.revision(),
                     absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone()), manifest.files_size(),
                     bytes);
}

void AddRestore(CLI::App* command, Commands& commands) {
  auto backup = AddValue<std::string>(command, "backup_dir", "The backup", true);
  auto data_dir =
      AddValue<std::string>(command, "data_dir", "The new data directory; must not exist, or be empty", true);
  commands.Local(command, [backup, data_dir](Session& session) -> Outcome {
    absl::StatusOr<storage::BackupManifest> manifest = backup::RestoreBackup(*backup, *data_dir);
    if (!manifest.ok()) return manifest.status();
    return session.Print(*manifest, fmt::format("restored {}\nnow start: cimd-server --data_dir={}\n",
                                                BackupText(*manifest), Printable(*data_dir)));
  });
}

void AddVerify(CLI::App* command, Commands& commands) {
  auto backup = AddValue<std::string>(command, "backup_dir", "The backup", true);
  commands.Local(command, [backup](Session& session) -> Outcome {
    absl::StatusOr<storage::BackupManifest> manifest = backup::VerifyBackup(*backup);
    if (!manifest.ok()) return manifest.status();
    return session.Print(*manifest, fmt::format("as it was written: {}\n", BackupText(*manifest)));
  });
}

// The recovery is recorded in the platform's audit log. It needs write access to the data directory, which already
// allows reading and changing all data.
void AddRecoverToken(CLI::App* command, Commands& commands) {
  auto data_dir =
      AddValue<std::string>(command, "--data_dir", "The server's --data_dir; the server must not run", true);
  commands.Local(command, [data_dir](Session& session) -> Outcome {
    absl::StatusOr<std::string> token = RecoverPlatformToken(*data_dir, absl::Now());
    if (!token.ok()) return token.status();
    v1::CreateAccessTokenResponse response;
    response.set_token(*token);
    session.Print(
        response,
        fmt::format("{}\n\n{}\n", session.style().Alarm("A platform token with every scope, which is shown this once:"),
                    Printable(*token)));
    if (session.console().out.flush()) return kExitOk;
    session.console().err << "the token is lost; run the command again, and revoke the lost token with the new one\n";
    return kExitFailed;
  });
}

}  // namespace

void AddStoreCommands(CLI::App& root, Commands& commands) {
  CLI::App* admin =
      root.add_subcommand("admin", "The server's store: check, backup, restore, recover-token")->require_subcommand(1);
  AddCheck(admin->add_subcommand("check", "Checks that what is stored agrees with itself; exit status 1 if not"),
           commands);
  AddBackup(admin->add_subcommand("backup", "Makes a backup in the server's --backup_dir, while it serves"), commands);
  AddRestore(admin->add_subcommand("restore", "Makes a data directory from a backup; needs no server"), commands);
  AddRecoverToken(admin->add_subcommand("recover-token",
                                        "Makes a platform token when the last one is lost; on the server's host, while "
                                        "the server does not run"),
                  commands);
  AddVerify(admin->add_subcommand("verify", "Compares every byte of a backup with its manifest; needs no server"),
            commands);
}

}  // namespace cimd::cli
