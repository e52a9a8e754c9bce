#ifndef CIMD_CLIENT_CLI_SESSION_SESSION_H_
#define CIMD_CLIENT_CLI_SESSION_SESSION_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/text/console.h"
#include "client/connection.h"
#include "google/protobuf/message.h"

namespace cimd::cli {

// Exit statuses of cimdctl.
inline constexpr int kExitOk = 0;
// A call failed, a document is invalid, the operator did not confirm, part of an import failed, or the output could not
// be written.
inline constexpr int kExitFailed = 1;
// The command line is wrong, or a file that it names cannot be read. No server was called.
inline constexpr int kExitUsage = 2;
// `explain`: the request is denied.
inline constexpr int kExitDenied = 3;

// How a command ended: an exit status, or an error that has not been printed yet (kExitFailed).
using Outcome = absl::StatusOr<int>;

// The context of one run of cimdctl. Not thread-safe, except for the connection.
class Session {
 public:
  // `connection` is null for local commands. `tenant` is the id that --tenant names.
  Session(const Console& console, Style style, bool json, std::string_view tenant,
          std::unique_ptr<client::Connection> connection);

  const Console& console() const { return console_; }
  const Style& style() const { return style_; }
  // Whether results are printed as JSON. Programs read the output then, so no questions are asked.
  bool json() const { return json_; }
  const client::Connection& connection() const { return *connection_; }

  // The resource name of the tenant that --tenant names, and of the tenant with a given id.
  const std::string& tenant_name() const { return tenant_name_; }
  std::string TenantName(std::string_view id) const;

  // Whether an operator can answer questions.
  bool can_ask() const { return console_.interactive() && !json_; }

  // Prints an answer: as JSON, or as `text`, which must be safe to print. Returns kExitOk.
  int Print(const google::protobuf::Message& answer, std::string_view text) const;
  // Prints an answer as a table of its fields, or as JSON. Returns kExitOk.
  int Print(const google::protobuf::Message& answer) const;
  // Prints why the command line is refused. Returns kExitUsage.
  int Refuse(std::string_view why) const;
  int Refuse(const absl::Status& why) const { return Refuse(std::string(why.message())); }

  // The resource name of the client that `reference` names by its client identifier URL, its id, or its resource name.
  // A URL is looked up at the server.
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

#endif  // CIMD_CLIENT_CLI_SESSION_SESSION_H_
