#include "client/cli/session/session.h"

#include <utility>

#include "client/cli/text/message_text.h"
#include "client/cli/text/report_text.h"
#include "client/cli/text/table.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

bool IsUrl(std::string_view reference) { return reference.find("://") != std::string_view::npos; }

}  // namespace

Session::Session(const Console& console, Style style, bool json, std::string_view tenant,
                 std::unique_ptr<client::Connection> connection)
    : console_(console),
      style_(style),
      json_(json),
      tenant_name_(TenantName(tenant)),
      connection_(std::move(connection)) {}

std::string Session::TenantName(std::string_view id) const { return fmt::format("tenants/{}", id); }

int Session::Print(const google::protobuf::Message& answer, std::string_view text) const {
  console_.out << (json_ ? ToJson(answer) : text);
  return kExitOk;
}

int Session::Print(const google::protobuf::Message& answer) const { return Print(answer, FieldTable(answer)); }

int Session::Refuse(std::string_view why) const {
  console_.err << UsageErrorText(why, style_);
  return kExitUsage;
}

absl::StatusOr<v1::Client> Session::FindClient(const std::string& reference) const {
  if (IsUrl(reference)) {
    v1::LookupClientRequest request;
    request.set_parent(tenant_name_);
    request.set_external_client_id(reference);
    return connection_->Call(&client::Registration::LookupClient, request);
  }
  v1::GetClientRequest request;
  absl::StatusOr<std::string> name = ClientName(reference);
  if (!name.ok()) return name.status();
  request.set_name(*std::move(name));
  return connection_->Call(&client::Registration::GetClient, request);
}

absl::StatusOr<std::string> Session::ClientName(const std::string& reference) const {
  if (reference.starts_with("tenants/")) return reference;
  if (!IsUrl(reference)) return fmt::format("{}/clients/{}", tenant_name_, reference);
  absl::StatusOr<v1::Client> client = FindClient(reference);
  if (!client.ok()) return client.status();
  return client->name();
}

std::string FieldTable(const google::protobuf::Message& message) {
  Table table;
  for (const FieldText& field : FieldsOf(message)) table.AddRow({field.path, field.value});
  return table.Render();
}

}  // namespace cimd::cli
