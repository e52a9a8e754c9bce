#include "storage/keys.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "fmt/format.h"

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

// The owner, its two terminating bytes, and the kind.
size_t PrefixSize(std::string_view key) { return TenantOf(key).size() + 3; }

// Which parts the keys of a kind have.
struct Shape {
  std::string_view name;
  int strings = 0;
  bool has_number = false;
  bool has_ordinal = false;
  // Whether the number comes before the text parts.
  bool number_first = false;
};

// The compiler reports a kind that is missing here. A byte that is not a kind gets an empty name.
Shape ShapeOf(Kind kind) {
  switch (kind) {
    case Kind::kAccessToken:
      return {"AccessToken", 1};
    case Kind::kClientBlock:
      return {"ClientBlock", 1};
    case Kind::kClient:
      return {"Client", 1};
    case Kind::kDocument:
      return {"Document", 1, /*has_number=*/true};
    case Kind::kAuditEvent:
      return {"AuditEvent", 0, /*has_number=*/true, /*has_ordinal=*/true};
    case Kind::kClientGrant:
      return {"ClientGrant", 2, /*has_number=*/true};
    case Kind::kDocumentByDigest:
      return {"DocumentByDigest", 2};
    case Kind::kClientById:
      return {"ClientById", 1};
    case Kind::kClientGrantByClient:
      return {"ClientGrantByClient", 2, /*has_number=*/true};
    case Kind::kTenantDomain:
      return {"TenantDomain", 2};
    case Kind::kConnection:
      return {"Connection", 1};
    case Kind::kPurge:
      return {"Purge", 1};
    case Kind::kRequest:
      return {"Request", 1};
    case Kind::kResourceServer:
      return {"ResourceServer", 1};
    case Kind::kTenant:
      return {"Tenant", 1};
    case Kind::kConnectionClient:
      return {"ConnectionClient", 2};
    case Kind::kDomainConnections:
      return {"DomainConnections", 0};
    case Kind::kClientGrantById:
      return {"ClientGrantById", 1};
    case Kind::kConnectionByName:
      return {"ConnectionByName", 1};
    case Kind::kResourceServerById:
      return {"ResourceServerById", 1};
    case Kind::kClientConnection:
      return {"ClientConnection", 2};
    case Kind::kAuditChain:
      return {"AuditChain", 1};
    case Kind::kAccessTokenById:
      return {"AccessTokenById", 1};
    case Kind::kAuditLink:
      return {"AuditLink", 0, /*has_number=*/true};
    case Kind::kClientKeys:
      return {"ClientKeys", 1};
    case Kind::kKeyRefresh:
      return {"KeyRefresh", 2, /*has_number=*/true, /*has_ordinal=*/false, /*number_first=*/true};
    case Kind::kAccessTokenUse:
      return {"AccessTokenUse", 1};
    case Kind::kRefreshFailure:
      return {"RefreshFailure", 1};
  }
  return {};
}

// The inverse of AppendString: removes a part from the front of `bytes`.
std::optional<std::string> TakeString(std::string_view& bytes) {
  std::string part;
  while (true) {
    const size_t zero = bytes.find('\0');
    if (zero == std::string_view::npos || zero + 1 == bytes.size()) return std::nullopt;
    const char mark = bytes[zero + 1];
    part.append(bytes.substr(0, zero));
    bytes.remove_prefix(zero + 2);
    if (mark == '\x01') return part;
    if (mark != '\xFF') return std::nullopt;
    part.push_back('\0');
  }
}

// Removes a big-endian number of `size` bytes from the front of `bytes`.
std::optional<uint64_t> TakeNumber(std::string_view& bytes, size_t size) {
  if (bytes.size() < size) return std::nullopt;
  uint64_t number = 0;
  for (char c : bytes.substr(0, size)) number = number << 8 | static_cast<uint8_t>(c);
  bytes.remove_prefix(size);
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

std::string RefreshFailure(std::string_view tenant, std::string_view client) {
  return Make(tenant, Kind::kRefreshFailure, client);
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

// An owner contains no zero byte, so the first zero byte terminates it.
std::string_view TenantOf(std::string_view key) { return key.substr(0, key.find('\0')); }

Kind KindOf(std::string_view key) {
  const size_t kind = TenantOf(key).size() + 2;
  return kind < key.size() ? static_cast<Kind>(key[kind]) : Kind{};
}

std::string FirstPartOf(std::string_view key) {
  std::string part;
  // Starts after the owner, its two terminating bytes, and the kind.
  for (size_t i = TenantOf(key).size() + 3; i + 1 < key.size(); ++i) {
    part.push_back(key[i]);
    // A zero byte within a part is followed by 0xFF; a part's terminator is a zero byte followed by 0x01.
    if (key[i] != '\0' || key[++i] == '\xFF') continue;
    part.pop_back();
    return key[i] == '\x01' ? part : std::string();
  }
  return {};
}

std::string_view AuditEventPosition(std::string_view key) { return key.substr(PrefixSize(key)); }

std::optional<int64_t> AuditLinkNumber(std::string_view key) {
  std::string_view number = key.substr(PrefixSize(key));
  if (number.size() != 8 || static_cast<uint8_t>(number.front()) > 0x7F) return std::nullopt;
  return static_cast<int64_t>(*TakeNumber(number, sizeof(uint64_t)));
}

std::optional<int64_t> DocumentVersion(std::string_view key) {
  std::optional<Parts> parts = Parse(key);
  if (!parts.has_value() || parts->kind != Kind::kDocument) return std::nullopt;
  return static_cast<int64_t>(parts->number);
}

std::optional<Parts> Parse(std::string_view key) {
  Parts parts;
  std::optional<std::string> tenant = TakeString(key);
  if (!tenant.has_value() || key.empty()) return std::nullopt;
  parts.tenant = *std::move(tenant);
  parts.kind = static_cast<Kind>(key.front());
  key.remove_prefix(1);
  const Shape shape = ShapeOf(parts.kind);
  if (shape.name.empty()) return std::nullopt;
  auto take_number = [&] {
    std::optional<uint64_t> number = TakeNumber(key, sizeof(uint64_t));
    parts.number = number.value_or(0);
    return number.has_value();
  };
  if (shape.number_first && !take_number()) return std::nullopt;
  for (int i = 0; i < shape.strings; ++i) {
    std::optional<std::string> part = TakeString(key);
    if (!part.has_value()) return std::nullopt;
    parts.strings.push_back(*std::move(part));
  }
  if (shape.has_number && !shape.number_first && !take_number()) return std::nullopt;
  if (parts.kind == Kind::kDocument) {
    if (parts.number > kNewestFirst) return std::nullopt;
    parts.number = kNewestFirst - parts.number;
  }
  if (shape.has_ordinal) {
    std::optional<uint64_t> ordinal = TakeNumber(key, sizeof(uint32_t));
    if (!ordinal.has_value()) return std::nullopt;
    parts.ordinal = static_cast<uint32_t>(*ordinal);
  }
  if (!key.empty()) return std::nullopt;
  return parts;
}

std::string Describe(std::string_view key) {
  std::optional<Parts> parts = Parse(key);
  if (!parts.has_value()) return fmt::format("the key '{}'", absl::CHexEscape(std::string(key)));
  const Shape shape = ShapeOf(parts->kind);
  std::string text(shape.name);
  for (const std::string& part : parts->strings) {
    text += fmt::format(" {}", part.empty() ? "''" : absl::CHexEscape(part));
  }
  if (shape.has_number) text += fmt::format(" {}", parts->number);
  if (shape.has_ordinal) text += fmt::format(".{}", parts->ordinal);
  return text;
}

}  // namespace cimd::storage::keys
