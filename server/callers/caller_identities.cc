#include "server/callers/caller_identities.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "server/json/json_path.h"
#include "server/rpc/method_table.h"
#include "server/rpc/resource_name.h"

namespace cimd::callers {
namespace {

constexpr int64_t kMaxLifetimeSeconds = 24 * 60 * 60;

// Reads one object of the file member by member. The destructor reports members that were not asked for. Mistakes are
// collected, so that an operator sees all of them at once.
class ObjectReader {
 public:
  ObjectReader(const json::Value& value, std::string path, std::vector<std::string>& mistakes)
      : value_(value), path_(std::move(path)), mistakes_(mistakes) {
    if (!value.is_object()) Mistake(path_, "must be an object");
  }

  ~ObjectReader() {
    if (!value_.is_object()) return;
    for (const auto& [name, unused] : value_.items()) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        Mistake(json::MemberPath(path_, name), "is not a member of this object");
      }
    }
  }

  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  bool Has(const char* name) const { return value_.is_object() && value_.contains(name); }
  std::string PathOf(const char* name) const { return json::MemberPath(path_, name); }
  void Mistake(const std::string& path, std::string_view what) {
    mistakes_.push_back(fmt::format("{} {}", path, what));
  }
  void Mistake(std::string_view what) { Mistake(path_, what); }

  // Null when the member is missing.
  const json::Value* Member(const char* name) {
    known_.push_back(name);
    return Has(name) ? &value_[name] : nullptr;
  }

  // Empty when the member is missing. Reports a missing member if `required`, and an empty string always.
  std::string String(const char* name, bool required) {
    const json::Value* member = Member(name);
    if (member == nullptr) {
      if (required) Mistake(PathOf(name), "is missing");
      return {};
    }
    if (member->is_string() && !member->get_ref<const std::string&>().empty()) return *member;
    Mistake(PathOf(name), "must be a string that is not empty");
    return {};
  }

  std::vector<std::string> Strings(const char* name, bool required) {
    const json::Value* member = Member(name);
    std::vector<std::string> strings;
    if (member == nullptr) {
      if (required) Mistake(PathOf(name), "is missing");
      return strings;
    }
    if (!member->is_array() || member->empty()) {
      Mistake(PathOf(name), "must be an array that is not empty");
      return strings;
    }
    for (size_t i = 0; i < member->size(); ++i) {
      if ((*member)[i].is_string() && !(*member)[i].get_ref<const std::string&>().empty()) {
        strings.push_back((*member)[i]);
      } else {
        Mistake(json::ElementPath(PathOf(name), i), "must be a string that is not empty");
      }
    }
    return strings;
  }

  // Calls `read` with each element of an array and the path of the element.
  template <typename Read>
  void Elements(const char* name, Read read) {
    const json::Value* member = Member(name);
    if (member == nullptr) return;
    if (!member->is_array()) return Mistake(PathOf(name), "must be an array");
    for (size_t i = 0; i < member->size(); ++i) read((*member)[i], json::ElementPath(PathOf(name), i));
  }

 private:
  const json::Value& value_;
  const std::string path_;
  std::vector<std::string>& mistakes_;
  std::vector<std::string> known_;
};

Grant ReadGrant(ObjectReader& reader) {
  Grant grant{.scopes = reader.Strings("scopes", /*required=*/true)};
  for (const std::string& scope : grant.scopes) {
    if (!rpc::IsScope(scope)) reader.Mistake(reader.PathOf("scopes"), fmt::format("names no scope: '{}'", scope));
  }
  grant.tenant = reader.String("tenant", /*required=*/false);
  if (!grant.tenant.empty() && !rpc::IsTenantId(grant.tenant)) {
    reader.Mistake(reader.PathOf("tenant"), "is not the id of a tenant");
  }
  const json::Value* platform = reader.Member("platform");
  if (platform != nullptr && *platform != true) reader.Mistake(reader.PathOf("platform"), "can only be true");
  if ((platform != nullptr) == reader.Has("tenant")) {
    reader.Mistake("must have either \"tenant\" or \"platform\": true");
  }
  return grant;
}

ClaimRule ReadClaimRule(const json::Value& value, const std::string& path, std::vector<std::string>& mistakes) {
  ObjectReader reader(value, path, mistakes);
  ClaimRule rule{.grant = ReadGrant(reader)};
  const json::Value* claims = reader.Member("claims");
  if (claims == nullptr || !claims->is_object() || claims->empty()) {
    reader.Mistake(reader.PathOf("claims"), "must be an object that is not empty");
    return rule;
  }
  for (const auto& [name, wanted] : claims->items()) {
    const std::string place = json::MemberPath(reader.PathOf("claims"), name);
    if (wanted.is_string()) {
      rule.claims.push_back({.claim = name, .value = wanted});
    } else {
      ObjectReader contains(wanted, place, mistakes);
      rule.claims.push_back({.claim = name, .value = contains.String("contains", true), .contains = true});
    }
  }
  return rule;
}

void ReadKeySource(ObjectReader& reader, Issuer& issuer) {
  issuer.jwks_file = reader.String("jwks_file", /*required=*/false);
  issuer.jwks_uri = reader.String("jwks_uri", /*required=*/false);
  issuer.ca_file = reader.String("ca_file", /*required=*/false);
  issuer.allow_addresses = reader.Strings("allow_addresses", /*required=*/false);
  if (reader.Has("jwks_file") == reader.Has("jwks_uri")) {
    reader.Mistake("must have either \"jwks_file\" or \"jwks_uri\"");
  }
  if (reader.Has("jwks_uri") && !issuer.jwks_uri.starts_with("https://")) {
    reader.Mistake(reader.PathOf("jwks_uri"), "must begin with https://");
  }
  if (!reader.Has("jwks_uri") && (reader.Has("ca_file") || reader.Has("allow_addresses"))) {
    reader.Mistake("\"ca_file\" and \"allow_addresses\" are for \"jwks_uri\"");
  }
}

Issuer ReadIssuer(const json::Value& value, const std::string& path, std::vector<std::string>& mistakes) {
  ObjectReader reader(value, path, mistakes);
  Issuer issuer;
  issuer.expected.issuer = reader.String("issuer", /*required=*/true);
  issuer.expected.audiences = reader.Strings("audiences", /*required=*/true);
  for (const std::string& name : reader.Strings("algorithms", /*required=*/true)) {
    const std::optional<jose::Algorithm> algorithm = jose::ParseAlgorithm(name);
    if (algorithm.has_value()) {
      issuer.expected.algorithms.push_back(*algorithm);
    } else {
      reader.Mistake(reader.PathOf("algorithms"), fmt::format("names no algorithm with public keys: '{}'", name));
    }
  }
  if (const json::Value* seconds = reader.Member("max_lifetime_seconds"); seconds != nullptr) {
    if (seconds->is_number_integer() && *seconds >= 1 && *seconds <= kMaxLifetimeSeconds) {
      issuer.expected.max_lifetime = absl::Seconds(seconds->get<int64_t>());
    } else {
      reader.Mistake(reader.PathOf("max_lifetime_seconds"), "must be a whole number from 1 to 86400");
    }
  }
  ReadKeySource(reader, issuer);
  reader.Elements("rules", [&](const json::Value& rule, const std::string& place) {
    issuer.rules.push_back(ReadClaimRule(rule, place, mistakes));
  });
  if (issuer.rules.empty()) reader.Mistake(reader.PathOf("rules"), "must be an array that is not empty");
  return issuer;
}

// Accepts printable ASCII with a scheme and at most one "*", which must be the whole last segment of the path.
bool IsUriPattern(std::string_view uri) {
  const size_t scheme = uri.find("://");
  const size_t star = uri.find('*');
  if (scheme == 0 || scheme == std::string_view::npos) return false;
  if (!std::all_of(uri.begin(), uri.end(), [](char c) { return absl::ascii_isgraph(c); })) return false;
  // The "*" must follow a slash that is behind the host.
  const size_t path = uri.find('/', scheme + 3);
  return star == std::string_view::npos ||
         (star + 1 == uri.size() && path != std::string_view::npos && path < star && uri[star - 1] == '/');
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && std::all_of(label.begin(), label.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

// Accepts lower-case labels, optionally with "*." before at least two of them.
bool IsDnsPattern(std::string_view name) {
  const bool wild = name.starts_with("*.");
  if (wild) name.remove_prefix(2);
  int labels = 0;
  while (true) {
    const size_t dot = name.find('.');
    if (!IsLabel(name.substr(0, dot))) return false;
    ++labels;
    if (dot == std::string_view::npos) return !wild || labels >= 2;
    name.remove_prefix(dot + 1);
  }
}

CertificateRule ReadCertificateRule(const json::Value& value, const std::string& path,
                                    std::vector<std::string>& mistakes) {
  ObjectReader reader(value, path, mistakes);
  CertificateRule rule{.uri = reader.String("uri", /*required=*/false),
                       .dns_name = reader.String("dns_name", /*required=*/false),
                       .grant = ReadGrant(reader)};
  if (reader.Has("uri") == reader.Has("dns_name")) reader.Mistake("must have either \"uri\" or \"dns_name\"");
  if (!rule.uri.empty() && !IsUriPattern(rule.uri)) {
    reader.Mistake(reader.PathOf("uri"), "must be a URI, in which at most the last segment is \"*\"");
  }
  if (!rule.dns_name.empty() && !IsDnsPattern(rule.dns_name)) {
    reader.Mistake(reader.PathOf("dns_name"),
                   "must be a lower-case host name; at most its first label is \"*\", with two labels behind it");
  }
  return rule;
}

bool Matches(const ClaimMatch& match, const json::Value& claims) {
  const auto claim = claims.find(match.claim);
  if (claim == claims.end()) return false;
  if (!match.contains) return claim->is_string() && claim->get_ref<const std::string&>() == match.value;
  return claim->is_array() && std::any_of(claim->begin(), claim->end(), [&](const json::Value& element) {
           return element.is_string() && element.get_ref<const std::string&>() == match.value;
         });
}

bool UriMatches(std::string_view pattern, std::string_view uri) {
  if (!pattern.ends_with("/*")) return pattern == uri;
  pattern.remove_suffix(1);
  if (!uri.starts_with(pattern)) return false;
  const std::string_view segment = uri.substr(pattern.size());
  // "*" must not match dot segments or delimiters, which would change the meaning of the URI.
  return !segment.empty() && segment != "." && segment != ".." &&
         segment.find_first_of("/?#*%") == std::string_view::npos;
}

// DNS names in certificates are case-insensitive (RFC 5280 section 7.2).
bool DnsNameMatches(std::string_view pattern, std::string_view in_certificate) {
  const std::string lower = absl::AsciiStrToLower(std::string(in_certificate));
  if (!pattern.starts_with("*.")) return pattern == lower;
  const size_t dot = lower.find('.');
  return dot != std::string::npos && IsLabel(std::string_view(lower).substr(0, dot)) &&
         lower.substr(dot) == pattern.substr(1);
}

}  // namespace

absl::StatusOr<CallerIdentities> ParseCallerIdentities(std::string_view text) {
  const std::variant<json::Value, json::ParseError> parsed = json::ParseStrict(text);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) {
    return absl::InvalidArgumentError(fmt::format("{} {}", error->path.empty() ? "$" : error->path, error->message));
  }
  CallerIdentities identities;
  std::vector<std::string> mistakes;
  {
    ObjectReader reader(std::get<json::Value>(parsed), "$", mistakes);
    reader.Elements("issuers", [&](const json::Value& value, const std::string& path) {
      Issuer issuer = ReadIssuer(value, path, mistakes);
      for (const Issuer& other : identities.issuers) {
        if (other.expected.issuer == issuer.expected.issuer) reader.Mistake(path, "has the issuer of another one");
      }
      identities.issuers.push_back(std::move(issuer));
    });
    reader.Elements("certificates", [&](const json::Value& value, const std::string& path) {
      identities.certificates.push_back(ReadCertificateRule(value, path, mistakes));
    });
  }
  if (mistakes.empty()) return identities;
  return absl::InvalidArgumentError(absl::StrJoin(mistakes, "; "));
}

const ClaimRule* FindRule(const Issuer& issuer, const json::Value& claims) {
  for (const ClaimRule& rule : issuer.rules) {
    if (std::all_of(rule.claims.begin(), rule.claims.end(),
                    [&](const ClaimMatch& match) { return Matches(match, claims); })) {
      return &rule;
    }
  }
  return nullptr;
}

CertificateMatch FindRule(const CallerIdentities& identities, const rpc::PeerCertificate& certificate) {
  for (const CertificateRule& rule : identities.certificates) {
    if (!rule.uri.empty()) {
      if (certificate.uris.size() == 1 && UriMatches(rule.uri, certificate.uris[0]))
        return {&rule, certificate.uris[0]};
      continue;
    }
    for (const std::string& name : certificate.dns_names) {
      if (DnsNameMatches(rule.dns_name, name)) return {&rule, name};
    }
  }
  return {};
}

}  // namespace cimd::callers
