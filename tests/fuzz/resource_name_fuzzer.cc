#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "server/rpc/resource_name.h"
#include "tests/fuzz/fuzz_target.h"

namespace cimd::fuzz {
namespace {

// IDs are used in keys and messages without escaping.
void CheckId(std::string_view id) {
  Require(!id.empty() && id.size() <= 64);
  Require(std::all_of(id.begin(), id.end(),
                      [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; }));
}

// Resource names are Protobuf strings, which are UTF-8.
std::string AsUtf8(std::string_view latin1) {
  std::string text;
  for (const char c : latin1) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) text += static_cast<char>(0xc0 | (byte >> 6));
    text += static_cast<char>(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte);
  }
  return text;
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  const std::string input = AsUtf8(bytes);
  int accepted = 0;
  std::string tenant;
  const auto take = [&](std::string_view name, const std::string& its_tenant) {
    ++accepted;
    tenant = its_tenant;
    Require(name == input);
  };
  if (const auto name = rpc::ParseTenantName("name", input); name.ok()) {
    take(rpc::MakeTenantName(*name), *name);
  } else {
    Require(absl::IsInvalidArgument(name.status()));
  }
  if (const auto name = rpc::ParseClientName("name", input); name.ok()) {
    CheckId(name->client);
    take(rpc::MakeClientName(name->tenant, name->client), name->tenant);
  } else {
    Require(absl::IsInvalidArgument(name.status()));
  }
  if (const auto name = rpc::ParseDocumentName("name", input); name.ok()) {
    CheckId(name->client);
    Require(name->version > 0);
    take(rpc::MakeDocumentName(name->tenant, name->client, name->version), name->tenant);
  } else {
    Require(absl::IsInvalidArgument(name.status()));
  }
  for (const std::string_view collection : {rpc::kResourceServers, rpc::kClientGrants, rpc::kConnections}) {
    if (const auto name = rpc::ParseChildName("name", collection, input); name.ok()) {
      CheckId(name->id);
      take(rpc::MakeChildName(name->tenant, collection, name->id), name->tenant);
    } else {
      Require(absl::IsInvalidArgument(name.status()));
    }
  }
  // A name has exactly one kind and belongs to the tenant for which the call was authorized.
  Require(accepted <= 1);
  if (accepted == 0) return;
  CheckId(tenant);
  Require(rpc::IsTenantId(tenant) && rpc::TenantOfName(input) == tenant);
}

}  // namespace cimd::fuzz
