#include "server/metadata/metadata_diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/json/strict_json.h"
#include "server/metadata/redirect_uri.h"
#include "server/metadata/uri.h"

namespace cimd::metadata {
namespace {

using std::string_view;
using v1::ChangeImpact;
using Strings = google::protobuf::RepeatedPtrField<std::string>;

bool IsSecurityRelevant(ChangeImpact impact) {
  // Keys are meant to be rotated (CIMD draft section 8.4).
  return impact != v1::CHANGE_IMPACT_NONE && impact != v1::CHANGE_IMPACT_AUTH_METHOD_STRENGTHENED &&
         impact != v1::CHANGE_IMPACT_KEYS_CHANGED;
}

// Whether both sides are a client. Otherwise it is being registered or deleted, which lists all of its fields and
// changes none of them.
bool IsSameClient(const v1::ClientMetadata& registered, const v1::ClientMetadata& proposed) {
  return !registered.external_client_id().empty() && !proposed.external_client_id().empty();
}

class Changes {
 public:
  // Unless `have_impact`, every change has the impact NONE.
  explicit Changes(bool have_impact) : have_impact_(have_impact) {}

  // An empty value means that the field is absent.
  void Add(string_view field, string_view old_value, string_view new_value, ChangeImpact impact) {
    v1::FieldChange& change = changes_.emplace_back();
    change.set_field(std::string(field));
    if (!old_value.empty()) change.set_old_value(std::string(old_value));
    if (!new_value.empty()) change.set_new_value(std::string(new_value));
    change.set_impact(have_impact_ ? impact : v1::CHANGE_IMPACT_NONE);
    change.set_security_relevant(IsSecurityRelevant(change.impact()));
    fields_.insert(std::string(field));
  }

  bool have_impact() const { return have_impact_; }
  bool HasField(string_view field) const { return fields_.contains(std::string(field)); }

  v1::MetadataDiff Take() && {
    std::stable_partition(changes_.begin(), changes_.end(),
                          [](const v1::FieldChange& change) { return change.security_relevant(); });
    v1::MetadataDiff diff;
    diff.set_security_relevant(!changes_.empty() && changes_.front().security_relevant());
    for (v1::FieldChange& change : changes_) *diff.add_changes() = std::move(change);
    return diff;
  }

 private:
  const bool have_impact_;
  std::vector<v1::FieldChange> changes_;
  std::set<std::string> fields_;
};

// The strings of `list` that are not in `other`, in order, each once.
std::vector<string_view> Missing(const Strings& list, const Strings& other) {
  std::set<string_view> seen(other.begin(), other.end());
  std::vector<string_view> missing;
  for (const std::string& value : list) {
    if (seen.insert(value).second) missing.push_back(value);
  }
  return missing;
}

void DiffCallbacks(const Strings& registered, const Strings& proposed, Changes& changes) {
  std::set<std::string> hosts;
  for (const std::string& callback : registered) hosts.insert(HostForConsent(callback));
  for (string_view callback : Missing(proposed, registered)) {
    changes.Add("callbacks", "", callback, v1::CHANGE_IMPACT_REDIRECT_ADDED);
    const std::string host = HostForConsent(callback);
    if (changes.have_impact() && !host.empty() && hosts.insert(host).second) {
      changes.Add("callbacks.host", "", host, v1::CHANGE_IMPACT_HOST_CHANGED);
    }
  }
  for (string_view callback : Missing(registered, proposed)) {
    changes.Add("callbacks", callback, "", v1::CHANGE_IMPACT_REDIRECT_REMOVED);
  }
}

void DiffGrantTypes(const Strings& registered, const Strings& proposed, Changes& changes) {
  for (string_view grant_type : Missing(proposed, registered)) {
    changes.Add("grant_types", "", grant_type, v1::CHANGE_IMPACT_GRANT_TYPE_ADDED);
  }
  for (string_view grant_type : Missing(registered, proposed)) {
    changes.Add("grant_types", grant_type, "", v1::CHANGE_IMPACT_GRANT_TYPE_REMOVED);
  }
}

// With "none", anybody can act as the client at the token endpoint.
ChangeImpact ImpactOfMethods(bool none_before, bool none_after) {
  if (none_before == none_after) return v1::CHANGE_IMPACT_NONE;
  return none_after ? v1::CHANGE_IMPACT_AUTH_METHOD_WEAKENED : v1::CHANGE_IMPACT_AUTH_METHOD_STRENGTHENED;
}

void DiffAuthMethods(const v1::ClientMetadata& registered, const v1::ClientMetadata& proposed, Changes& changes) {
  const std::string& before = registered.token_endpoint_auth_method();
  const std::string& after = proposed.token_endpoint_auth_method();
  if (before != after) {
    changes.Add("token_endpoint_auth_method", before, after, ImpactOfMethods(before == "none", after == "none"));
  }
  // The method in use is also among those supported. Its change was added above.
  const Strings& supported_before = registered.token_endpoint_auth_methods_supported();
  const Strings& supported_after = proposed.token_endpoint_auth_methods_supported();
  for (string_view method : Missing(supported_after, supported_before)) {
    if (method == after) continue;
    changes.Add("token_endpoint_auth_methods_supported", "", method, ImpactOfMethods(false, method == "none"));
  }
  for (string_view method : Missing(supported_before, supported_after)) {
    if (method == before) continue;
    changes.Add("token_endpoint_auth_methods_supported", method, "", ImpactOfMethods(method == "none", false));
  }
}

string_view AppTypeName(v1::AppType type) {
  switch (type) {
    case v1::APP_TYPE_NATIVE:
      return "native";
    case v1::APP_TYPE_REGULAR_WEB:
      return "regular_web";
    case v1::APP_TYPE_SPA:
      return "spa";
    default:
      return "";
  }
}

std::string HostOf(string_view url) {
  const auto uri = SplitUri(url);
  return uri.has_value() ? absl::AsciiStrToLower(std::string(uri->host)) : "";
}

// A new page on a host that users already know has no impact.
ChangeImpact ImpactOfClientUri(const v1::ClientMetadata& registered, const v1::ClientMetadata& proposed) {
  const std::string host = HostOf(proposed.client_uri());
  const bool known =
      host.empty() || host == HostOf(registered.client_uri()) || host == HostOf(proposed.external_client_id());
  return known ? v1::CHANGE_IMPACT_NONE : v1::CHANGE_IMPACT_HOST_CHANGED;
}

void DiffFields(const v1::ClientMetadata& registered, const v1::ClientMetadata& proposed, Changes& changes) {
  const auto field = [&](string_view name, string_view before, string_view after, ChangeImpact impact) {
    if (before != after) changes.Add(name, before, after, impact);
  };
  field("client_name", registered.client_name(), proposed.client_name(), v1::CHANGE_IMPACT_NAME_CHANGED);
  field("app_type", AppTypeName(registered.app_type()), AppTypeName(proposed.app_type()),
        v1::CHANGE_IMPACT_APP_TYPE_CHANGED);
  DiffCallbacks(registered.callbacks(), proposed.callbacks(), changes);
  DiffGrantTypes(registered.grant_types(), proposed.grant_types(), changes);
  DiffAuthMethods(registered, proposed, changes);
  field("jwks_uri", registered.jwks_uri(), proposed.jwks_uri(), v1::CHANGE_IMPACT_KEYS_CHANGED);
  field("logo_uri", registered.logo_uri(), proposed.logo_uri(), v1::CHANGE_IMPACT_LOGO_CHANGED);
  field("client_uri", registered.client_uri(), proposed.client_uri(), ImpactOfClientUri(registered, proposed));
  field("description", registered.description(), proposed.description(), v1::CHANGE_IMPACT_NONE);
  field("token_endpoint_auth_signing_alg", registered.token_endpoint_auth_signing_alg(),
        proposed.token_endpoint_auth_signing_alg(), v1::CHANGE_IMPACT_KEYS_CHANGED);
}

// The fields that each mapped member can change.
const std::multimap<string_view, string_view>& FieldsOfMembers() {
  static const auto& fields = *new std::multimap<string_view, string_view>{
      {"application_type", "app_type"},
      {"client_name", "client_name"},
      {"client_uri", "client_uri"},
      {"description", "description"},
      {"grant_types", "grant_types"},
      {"jwks_uri", "jwks_uri"},
      {"logo_uri", "logo_uri"},
      {"redirect_uris", "callbacks"},
      {"token_endpoint_auth_method", "token_endpoint_auth_method"},
      {"token_endpoint_auth_methods_supported", "token_endpoint_auth_method"},
      {"token_endpoint_auth_methods_supported", "token_endpoint_auth_methods_supported"},
      {"token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg"},
  };
  return fields;
}

// A document's members by name. nlohmann::json ignores the order of members inside them.
using Members = std::map<std::string, nlohmann::json>;

std::optional<Members> ReadMembers(string_view body, std::vector<std::string>& names) {
  const auto parsed = json::ParseStrict(body);
  const auto* document = std::get_if<json::Value>(&parsed);
  if (document == nullptr || !document->is_object()) return std::nullopt;
  Members members;
  for (const auto& [name, value] : document->get_ref<const json::Value::object_t&>()) {
    members.emplace(name, value);
    names.push_back(name);
  }
  return members;
}

bool IsSameList(const nlohmann::json& a, const nlohmann::json& b) {
  return a.is_array() && b.is_array() && std::set(a.begin(), a.end()) == std::set(b.begin(), b.end());
}

void DiffDocuments(string_view registered, string_view proposed, Changes& changes) {
  std::vector<std::string> names;
  const auto before = ReadMembers(registered, names);
  const auto after = ReadMembers(proposed, names);
  if (!before.has_value() || !after.has_value()) return;
  std::set<string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) continue;
    const auto [first, last] = FieldsOfMembers().equal_range(name);
    if (std::any_of(first, last, [&](const auto& entry) { return changes.HasField(entry.second); })) continue;
    const auto old_member = before->find(name);
    const auto new_member = after->find(name);
    const bool was = old_member != before->end();
    const bool is = new_member != after->end();
    if (was && is && old_member->second == new_member->second) continue;
    if (was && is && first != last && IsSameList(old_member->second, new_member->second)) continue;
    changes.Add(absl::StrCat("document.", name), was ? old_member->second.dump() : "",
                is ? new_member->second.dump() : "",
                name == "jwks" ? v1::CHANGE_IMPACT_KEYS_CHANGED : v1::CHANGE_IMPACT_NONE);
  }
}

}  // namespace

v1::MetadataDiff DiffMetadata(const v1::ClientMetadata& registered, const v1::ClientMetadata& proposed,
                              string_view registered_body, string_view proposed_body) {
  Changes changes(IsSameClient(registered, proposed));
  DiffFields(registered, proposed, changes);
  DiffDocuments(registered_body, proposed_body, changes);
  return std::move(changes).Take();
}

}  // namespace cimd::metadata
