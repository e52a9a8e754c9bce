#include "storage/keys.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cimd::storage::keys {
namespace {

void AppendString(std::string& key, std::string_view part) {
  for (char c : part) {
    key.push_back(c);
    if (c == '\0') key.push_back('\xFF');
  }
  key.push_back('\0');
  key.push_back('\x01');
}

void AppendNumber(std::string& key, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift));
}

std::string Begin(std::string_view tenant, Kind kind, size_t size_hint = 0) {
  std::string key;
  key.reserve(tenant.size() + size_hint + 16);
  AppendString(key, tenant);
  key.push_back(static_cast<char>(kind));
  return key;
}

std::string Make(std::string_view tenant, Kind kind, std::string_view part) {
  std::string key = Begin(tenant, kind, part.size());
  AppendString(key, part);
  return key;
}

std::string Make(std::string_view tenant, Kind kind, std::string_view part, std::string_view second) {
  std::string key = Begin(tenant, kind, part.size() + second.size());
  AppendString(key, part);
  AppendString(key, second);
  return key;
}

constexpr uint64_t kNewestFirst = std::numeric_limits<int64_t>::max();

// The tenant, the two bytes behind it, and the kind.
size_t PrefixSize(std::string_view key) { return TenantOf(key).size() + 3; }

// Of a key with at least eight bytes.
uint64_t LastNumber(std::string_view key) {
  uint64_t number = 0;
  for (char c : key.substr(key.size() - 8)) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

}  // namespace

std::string Tenant(std::string_view tenant) { return Make(kPlatform, Kind::kTenant, tenant); }

std::string TenantDomain(std::string_view domain, std::string_view issuer_path) {
  return Make(kPlatform, Kind::kTenantDomain, domain, issuer_path);
}

std::string AccessToken(std::string_view token_digest) { return Make(kPlatform, Kind::kAccessToken, token_digest); }

std::string AccessTokenById(std::string_view tenant, std::string_view access_token) {
  return Make(tenant, Kind::kAccessTokenById, access_token);
}

std::string AccessTokenUse(std::string_view tenant, std::string_view access_token) {
  return Make(tenant, Kind::kAccessTokenUse, access_token);
}

std::string Purge(std::string_view id) { return Make(kPlatform, Kind::kPurge, id); }

std::string KeyRefresh(int64_t unix_seconds, std::string_view tenant, std::string_view client) {
  std::string key = Begin(kPlatform, Kind::kKeyRefresh, tenant.size() + client.size() + 8);
  AppendNumber(key, static_cast<uint64_t>(unix_seconds));
  AppendString(key, tenant);
  AppendString(key, client);
  return key;
}

std::string AuditChain(std::string_view tenant) { return Make(kPlatform, Kind::kAuditChain, tenant); }

std::string Client(std::string_view tenant, std::string_view external_client_id) {
  return Make(tenant, Kind::kClient, external_client_id);
}

std::string ClientById(std::string_view tenant, std::string_view client) {
  return Make(tenant, Kind::kClientById, client);
}

std::string ClientBlock(std::string_view tenant, std::string_view external_client_id) {
  return Make(tenant, Kind::kClientBlock, external_client_id);
}

std::string Document(std::string_view tenant, std::string_view client, int64_t version) {
  std::string key = Make(tenant, Kind::kDocument, client);
  AppendNumber(key, kNewestFirst - static_cast<uint64_t>(version));
  return key;
}

std::string DocumentByDigest(std::string_view tenant, std::string_view client, std::string_view sha256) {
  return Make(tenant, Kind::kDocumentByDigest, client, sha256);
}

std::string ResourceServer(std::string_view tenant, std::string_view identifier) {
  return Make(tenant, Kind::kResourceServer, identifier);
}

std::string ResourceServerById(std::string_view tenant, std::string_view resource_server) {
  return Make(tenant, Kind::kResourceServerById, resource_server);
}

std::string ClientGrant(std::string_view tenant, std::string_view resource_server, std::string_view client,
                        int subject_type) {
  std::string key = Make(tenant, Kind::kClientGrant, resource_server, client);
  AppendNumber(key, subject_type);
  return key;
}

std::string ClientGrantByClient(std::string_view tenant, std::string_view client, std::string_view resource_server,
                                int subject_type) {
  std::string key = Make(tenant, Kind::kClientGrantByClient, client, resource_server);
  AppendNumber(key, subject_type);
  return key;
}

std::string ClientGrantById(std::string_view tenant, std::string_view client_grant) {
  return Make(tenant, Kind::kClientGrantById, client_grant);
}

std::string Connection(std::string_view tenant, std::string_view connection) {
  return Make(tenant, Kind::kConnection, connection);
}

std::string ConnectionByName(std::string_view tenant, std::string_view connection_name) {
  return Make(tenant, Kind::kConnectionByName, connection_name);
}

std::string DomainConnections(std::string_view tenant) { return Begin(tenant, Kind::kDomainConnections); }

std::string ConnectionClient(std::string_view tenant, std::string_view connection, std::string_view client) {
  return Make(tenant, Kind::kConnectionClient, connection, client);
}

std::string ClientConnection(std::string_view tenant, std::string_view client, std::string_view connection) {
  return Make(tenant, Kind::kClientConnection, client, connection);
}

std::string ClientKeys(std::string_view tenant, std::string_view client) {
  return Make(tenant, Kind::kClientKeys, client);
}

std::string Request(std::string_view tenant, std::string_view request_id) {
  return Make(tenant, Kind::kRequest, request_id);
}

std::string AuditEventPrefix(std::string_view tenant) { return Begin(tenant, Kind::kAuditEvent); }

std::string AuditEvent(std::string_view tenant, std::string_view position) {
  std::string key = Begin(tenant, Kind::kAuditEvent, position.size());
  key += position;
  return key;
}

std::string AuditPosition(Revision revision) {
  std::string position;
  AppendNumber(position, static_cast<uint64_t>(revision));
  return position;
}

std::string AfterAuditEvent(std::string_view tenant, std::string_view position) {
  std::string key = AuditEvent(tenant, position);
  if (!position.empty()) key.push_back('\0');
  return key;
}

std::string AuditLink(std::string_view tenant, int64_t number) {
  std::string key = Begin(tenant, Kind::kAuditLink);
  AppendNumber(key, static_cast<uint64_t>(number));
  return key;
}

KeyRange All(std::string_view tenant, Kind kind) { return PrefixRange(Begin(tenant, kind)); }

KeyRange AllOf(std::string_view tenant, Kind kind, std::string_view owner) {
  return PrefixRange(Make(tenant, kind, owner));
}

KeyRange AllOfTenant(std::string_view tenant) {
  std::string prefix;
  AppendString(prefix, tenant);
  return PrefixRange(prefix);
}

KeyRange KeyRefreshesUntil(int64_t unix_seconds) {
  const std::string begin = Begin(kPlatform, Kind::kKeyRefresh);
  std::string end = begin;
  AppendNumber(end, static_cast<uint64_t>(unix_seconds) + 1);
  return {begin, std::move(end)};
}

std::vector<KeyRange> AllOfTenantButAuditLog(std::string_view tenant) {
  const KeyRange links = All(tenant, Kind::kAuditLink);
  const KeyRange events = All(tenant, Kind::kAuditEvent);
  const KeyRange all = AllOfTenant(tenant);
  static_assert(Kind::kAuditLink < Kind::kAuditEvent);
  return {{all.begin, links.begin}, {links.end, events.begin}, {events.end, all.end}};
}

// A tenant's id has no zero byte, so the first one is the end of it.
std::string_view TenantOf(std::string_view key) { return key.substr(0, key.find('\0')); }

Kind KindOf(std::string_view key) {
  const size_t kind = TenantOf(key).size() + 2;
  return kind < key.size() ? static_cast<Kind>(key[kind]) : Kind{};
}

std::string FirstPartOf(std::string_view key) {
  std::string part;
  // Behind the tenant's two bytes of end and the kind.
  for (size_t i = TenantOf(key).size() + 3; i + 1 < key.size(); ++i) {
    part.push_back(key[i]);
    // A zero byte of the part is followed by 0xFF; the one behind the part by 0x01.
    if (key[i] != '\0' || key[++i] == '\xFF') continue;
    part.pop_back();
    return key[i] == '\x01' ? part : std::string();
  }
  return {};
}

std::string_view AuditEventPosition(std::string_view key) { return key.substr(PrefixSize(key)); }

std::optional<int64_t> AuditLinkNumber(std::string_view key) {
  const std::string_view number = key.substr(PrefixSize(key));
  if (number.size() != 8 || static_cast<uint8_t>(number.front()) > 0x7F) return std::nullopt;
  return static_cast<int64_t>(LastNumber(number));
}

std::optional<int64_t> DocumentVersion(std::string_view key) {
  if (key.size() < 8) return std::nullopt;
  const uint64_t number = LastNumber(key);
  if (number > kNewestFirst) return std::nullopt;
  return static_cast<int64_t>(kNewestFirst - number);
}

}  // namespace cimd::storage::keys
