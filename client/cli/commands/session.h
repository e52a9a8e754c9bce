#ifndef CIMD_CLIENT_CLI_COMMANDS_SESSION_H_
#define CIMD_CLIENT_CLI_COMMANDS_SESSION_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/text/console.h"
#include "client/connection.h"
#include "google/protobuf/message.h"

namespace cimd::cli {

// How cimdctl ends.
inline constexpr int kExitOk = 0;
// A call was refused, a document is invalid, a question was answered with no, or part of an import failed.
inline constexpr int kExitFailed = 1;
// The command line makes no sense, or a file that it names cannot be read. Nothing was asked of a server.
inline constexpr int kExitUsage = 2;
// `explain`: the request is denied.
inline constexpr int kExitDenied = 3;

// How a command ended: an exit status, or an error that is still to be told (kExitFailed).
using Outcome = absl::StatusOr<int>;

// What holds for every command of one run. Not thread-safe, but for the connection.
class Session {
 public:
  // `connection` is null for commands that talk to no server. `tenant` is the id that --tenant names.
  Session(const Console& console, Style style, bool json, std::string_view tenant,
          std::unique_ptr<client::Connection> connection);

  const Console& console() const { return console_; }
  const Style& style() const { return style_; }
  // Whether programs read the output, so that there is nobody to ask.
  bool json() const { return json_; }
  const client::Connection& connection() const { return *connection_; }

  // "tenants/..." of the tenant that commands are about, or of another one.
  const std::string& tenant_name() const { return tenant_name_; }
  std::string TenantName(std::string_view id) const;

  // Whether the operator can be asked before something is changed.
  bool can_ask() const { return console_.interactive() && !json_; }

  // Prints an answer: as JSON, or as `text`, which has to be safe to print. Returns kExitOk.
  int Print(const google::protobuf::Message& answer, std::string_view text) const;
  // Prints an answer field by field, or as JSON. Returns kExitOk.
  int Print(const google::protobuf::Message& answer) const;
  // Tells why the command line cannot be followed. Returns kExitUsage.
  int Refuse(std::string_view why) const;
  int Refuse(const absl::Status& why) const { return Refuse(std::string(why.message())); }

  // The name of the client that an operator means with its client identifier URL, its id, or its name. A URL is looked
  // up at the server.
  absl::StatusOr<std::string> ClientName(const std::string& reference) const;
  absl::StatusOr<v1::Client> FindClient(const std::string& reference) const;

 private:
  const Console& console_;
  const Style style_;
  const bool json_;
  const std::string tenant_name_;
  const std::unique_ptr<client::Connection> connection_;
};

// The fields of `message` as a table.
std::string FieldTable(const google::protobuf::Message& message);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_COMMANDS_SESSION_H_
