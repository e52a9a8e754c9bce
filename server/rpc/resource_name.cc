#include "server/rpc/resource_name.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "server/errors/errors.h"

namespace cimd::rpc {
namespace {

constexpr std::string_view kClients = "clients";
constexpr size_t kMaxIdLength = 64;
constexpr size_t kMaxNameLength = 512;

// Generated ids have letters, digits and underscores.
bool IsGeneratedId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdLength &&
         std::all_of(id.begin(), id.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

// A positive decimal number without leading zeros: one spelling for each.
bool ParseVersion(std::string_view text, int64_t& version) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  return error == std::errc() && end == text.data() + text.size() && version > 0 && text.front() != '0';
}

bool HoldsResourceName(const google::protobuf::FieldDescriptor& field) {
  return field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING && !field.is_repeated() &&
         (field.name() == "name" || field.name() == "parent" || field.name() == "client");
}

// Empty for a text that is too long to be a name.
std::vector<std::string_view> Segments(std::string_view name) {
  std::vector<std::string_view> segments;
  if (name.size() > kMaxNameLength) return segments;
  while (true) {
    const size_t slash = name.find('/');
    segments.push_back(name.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string MakeTenantName(std::string_view tenant) { return fmt::format("tenants/{}", tenant); }

std::string MakeClientName(std::string_view tenant, std::string_view client) {
  return MakeChildName(tenant, kClients, client);
}

std::string MakeChildName(std::string_view tenant, std::string_view collection, std::string_view id) {
  return fmt::format("tenants/{}/{}/{}", tenant, collection, id);
}

std::string MakeDocumentName(std::string_view tenant, std::string_view client, int64_t version) {
  return fmt::format("{}/documents/{}", MakeClientName(tenant, client), version);
}

absl::StatusOr<std::string> ParseTenantName(std::string_view field, std::string_view name) {
  std::vector<std::string_view> parts = Segments(name);
  if (parts.size() != 2 || parts[0] != "tenants" || !IsTenantId(parts[1])) {
    return errors::ResourceNameInvalid(field, name, "tenants/{tenant}");
  }
  return std::string(parts[1]);
}

absl::StatusOr<ChildName> ParseChildName(std::string_view field, std::string_view collection, std::string_view name) {
  std::vector<std::string_view> parts = Segments(name);
  if (parts.size() != 4 || parts[0] != "tenants" || !IsTenantId(parts[1]) || parts[2] != collection ||
      !IsGeneratedId(parts[3])) {
    return errors::ResourceNameInvalid(field, name, fmt::format("tenants/{{tenant}}/{}/{{id}}", collection));
  }
  return ChildName{std::string(parts[1]), std::string(parts[3])};
}

absl::StatusOr<ClientName> ParseClientName(std::string_view field, std::string_view name) {
  absl::StatusOr<ChildName> parsed = ParseChildName(field, kClients, name);
  if (!parsed.ok()) return parsed.status();
  return ClientName{std::move(parsed->tenant), std::move(parsed->id)};
}

absl::StatusOr<DocumentName> ParseDocumentName(std::string_view field, std::string_view name) {
  std::vector<std::string_view> parts = Segments(name);
  int64_t version = 0;
  if (parts.size() != 6 || parts[0] != "tenants" || !IsTenantId(parts[1]) || parts[2] != "clients" ||
      !IsGeneratedId(parts[3]) || parts[4] != "documents" || !ParseVersion(parts[5], version)) {
    return errors::ResourceNameInvalid(field, name, "tenants/{tenant}/clients/{client}/documents/{version}");
  }
  return DocumentName{std::string(parts[1]), std::string(parts[3]), version};
}

std::string MakeOwnedName(std::string_view tenant, std::string_view collection, std::string_view id) {
  if (!tenant.empty()) return MakeChildName(tenant, collection, id);
  return fmt::format("{}/{}/{}", kPlatformName, collection, id);
}

absl::StatusOr<std::string> ParseOwnerName(std::string_view field, std::string_view name) {
  if (name == kPlatformName) return std::string();
  absl::StatusOr<std::string> tenant = ParseTenantName(field, name);
  if (!tenant.ok()) return errors::ResourceNameInvalid(field, name, "tenants/{tenant} or platform");
  return tenant;
}

absl::StatusOr<ChildName> ParseOwnedName(std::string_view field, std::string_view collection, std::string_view name) {
  std::vector<std::string_view> parts = Segments(name);
  if (parts.size() == 3 && parts[0] == kPlatformName && parts[1] == collection && IsGeneratedId(parts[2])) {
    return ChildName{std::string(), std::string(parts[2])};
  }
  absl::StatusOr<ChildName> parsed = ParseChildName(field, collection, name);
  if (parsed.ok()) return parsed;
  return errors::ResourceNameInvalid(field, name,
                                     fmt::format("tenants/{{tenant}}/{0}/{{id}} or platform/{0}/{{id}}", collection));
}

bool IsTenantId(std::string_view id) {
  return !id.empty() && id.size() <= 63 && absl::ascii_islower(id.front()) && id.back() != '-' &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

std::string_view TenantOfName(std::string_view name) {
  constexpr std::string_view kCollection = "tenants/";
  if (!name.starts_with(kCollection)) return {};
  name.remove_prefix(kCollection.size());
  std::string_view tenant = name.substr(0, name.find('/'));
  return IsTenantId(tenant) || tenant == kCallersTenant ? tenant : std::string_view();
}

void FillInCallersTenant(std::string_view tenant, google::protobuf::Message& request) {
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(request, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->is_map()) continue;
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        FillInCallersTenant(tenant, *reflection.MutableMessage(&request, field));
        continue;
      }
      for (int i = 0; i < reflection.FieldSize(request, field); ++i) {
        FillInCallersTenant(tenant, *reflection.MutableRepeatedMessage(&request, field, i));
      }
    } else if (HoldsResourceName(*field)) {
      const std::string name = reflection.GetString(request, field);
      if (TenantOfName(name) != kCallersTenant) continue;
      const size_t rest = std::string_view("tenants/-").size();
      reflection.SetString(&request, field, fmt::format("tenants/{}{}", tenant, name.substr(rest)));
    }
  }
}

std::string_view IdOfName(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace cimd::rpc
