#ifndef CIMD_STORAGE_KEYS_H_
#define CIMD_STORAGE_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

// The key space: the only place that makes or takes apart a key.
//
// A key is the tenant's id, one byte that says what kind of record it is, and the parts that identify the record. Each
// part is written so that byte order is the order of the parts and no part can run into the next: strings with every
// 0x00 as 0x00 0xFF and 0x00 0x01 behind them, numbers as eight bytes, big-endian. What belongs to no tenant stands
// under kPlatform, which no tenant id can spell. Callers bound the length of what they pass; nothing else is expected
// of it, so a part may be whatever a caller sent.
namespace cimd::storage::keys {

inline constexpr std::string_view kPlatform = "_";

// The registry of record kinds. A byte is never reused for another kind.
enum class Kind : char {
  kAccessToken = 'a',
  kClientBlock = 'b',
  kClient = 'c',
  kDocument = 'd',
  kAuditEvent = 'e',
  kClientGrant = 'g',
  kDocumentByDigest = 'h',
  kClientById = 'i',
  kClientGrantByClient = 'l',
  kTenantDomain = 'n',
  kConnection = 'o',
  kPurge = 'p',
  kRequest = 'r',
  kResourceServer = 's',
  kTenant = 't',
  kConnectionClient = 'x',
  kAuditChain = 'A',
  kAccessTokenById = 'T',
  kDomainConnections = 'D',
  kAuditLink = 'E',
  kClientGrantById = 'G',
  kConnectionByName = 'O',
  kResourceServerById = 'S',
  kClientKeys = 'k',
  kKeyRefresh = 'K',
  kAccessTokenUse = 'U',
  kClientConnection = 'X',
};

// --- Under kPlatform -------------------------------------------------------------------------------------------------
std::string Tenant(std::string_view tenant);
std::string TenantDomain(std::string_view domain, std::string_view issuer_path);
// `token_digest` is the SHA-256 of the token.
std::string AccessToken(std::string_view token_digest);
std::string Purge(std::string_view id);
// Earlier times sort first. `unix_seconds` is not negative.
std::string KeyRefresh(int64_t unix_seconds, std::string_view tenant, std::string_view client);
// `tenant` may be kPlatform. Not under the tenant, because a log outlives its tenant.
std::string AuditChain(std::string_view tenant);

// --- Under a tenant --------------------------------------------------------------------------------------------------
std::string Client(std::string_view tenant, std::string_view external_client_id);
std::string ClientById(std::string_view tenant, std::string_view client);
std::string ClientBlock(std::string_view tenant, std::string_view external_client_id);
// Newer versions sort first.
std::string Document(std::string_view tenant, std::string_view client, int64_t version);
std::string DocumentByDigest(std::string_view tenant, std::string_view client, std::string_view sha256);

std::string ResourceServer(std::string_view tenant, std::string_view identifier);
std::string ResourceServerById(std::string_view tenant, std::string_view resource_server);
// `subject_type` is the number of a cimd.v1.SubjectType; `client` is empty for the default grant.
std::string ClientGrant(std::string_view tenant, std::string_view resource_server, std::string_view client,
                        int subject_type);
std::string ClientGrantByClient(std::string_view tenant, std::string_view client, std::string_view resource_server,
                                int subject_type);
std::string ClientGrantById(std::string_view tenant, std::string_view client_grant);
std::string Connection(std::string_view tenant, std::string_view connection);
std::string ConnectionByName(std::string_view tenant, std::string_view connection_name);
std::string DomainConnections(std::string_view tenant);
std::string ConnectionClient(std::string_view tenant, std::string_view connection, std::string_view client);
std::string ClientConnection(std::string_view tenant, std::string_view client, std::string_view connection);
std::string ClientKeys(std::string_view tenant, std::string_view client);

// --- Under a tenant or kPlatform -------------------------------------------------------------------------------------
std::string AccessTokenById(std::string_view tenant, std::string_view access_token);
std::string AccessTokenUse(std::string_view tenant, std::string_view access_token);
std::string Request(std::string_view tenant, std::string_view request_id);
// Prefix for Transaction::Append.
std::string AuditEventPrefix(std::string_view tenant);
// `position` is what Transaction::Append put behind the prefix; positions sort in the order of commits.
std::string AuditEvent(std::string_view tenant, std::string_view position);
// The first position that a commit of this revision, or of a later one, can have.
std::string AuditPosition(Revision revision);
// The smallest key behind the event at `position`; for an empty one, the beginning of the log.
std::string AfterAuditEvent(std::string_view tenant, std::string_view position);
// Links sort in the order of their numbers.
std::string AuditLink(std::string_view tenant, int64_t number);

// --- Ranges ----------------------------------------------------------------------------------------------------------
// Every record of a kind under a tenant (or kPlatform).
KeyRange All(std::string_view tenant, Kind kind);
// Every record of a kind whose first part is `owner`: the documents of a client, the grants of an API, ...
KeyRange AllOf(std::string_view tenant, Kind kind, std::string_view owner);
// Everything under a tenant.
KeyRange AllOfTenant(std::string_view tenant);
// The keys of KeyRefresh with a time up to `unix_seconds`, that included.
KeyRange KeyRefreshesUntil(int64_t unix_seconds);
// The same without its audit log, which outlives it; in the order of keys.
std::vector<KeyRange> AllOfTenantButAuditLog(std::string_view tenant);

// The tenant (or kPlatform) that a key stands under, and the kind of its record. Only for keys that this file made.
std::string_view TenantOf(std::string_view key);
Kind KindOf(std::string_view key);

// The first of the parts that identify a record, such as a client's URL; empty when it is no string. Only for keys that
// this file made.
std::string FirstPartOf(std::string_view key);

// The position in a key made by AuditEvent, and the number in one made by AuditLink. Only for keys under these
// prefixes, which whoever can write the database may have made any length: a number of another length is nullopt.
std::string_view AuditEventPosition(std::string_view key);
std::optional<int64_t> AuditLinkNumber(std::string_view key);

// The version in a key made by Document; nullopt for any other key.
std::optional<int64_t> DocumentVersion(std::string_view key);

// --- Taking apart ----------------------------------------------------------------------------------------------------
// A key as its parts.
struct Parts {
  // Or kPlatform.
  std::string tenant;
  Kind kind = {};
  // The parts that are text (or a digest), in the order in which the function that makes the key takes them.
  std::vector<std::string> strings;
  // A document's version, a grant's subject type, an audit event's revision, a link's number, the time of a key
  // refresh; 0 for the other kinds.
  uint64_t number = 0;
  // An audit event's place among those of its commit.
  uint32_t ordinal = 0;
};

// Takes a key apart; nullopt for bytes that no function of this file makes. Safe for any bytes.
std::optional<Parts> Parse(std::string_view key);

// A key without its tenant, for people, in printable characters: "Document tpc_... 3". Any bytes can be shown.
std::string Describe(std::string_view key);

}  // namespace cimd::storage::keys

#endif  // CIMD_STORAGE_KEYS_H_
