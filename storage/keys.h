#ifndef CIMD_STORAGE_KEYS_H_
#define CIMD_STORAGE_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

// The key space of the store. Only this file makes keys and takes them apart; nothing else may depend on their bytes.
//
// A key is an owner, a kind and the parts that identify the record within them:
//
//   owner    a tenant's id, or kPlatform for what belongs to no tenant; written like a text part
//   kind     one byte, see Kind
//   parts    text (or a digest): every 0x00 is written as 0x00 0xFF, and 0x00 0x01 ends the part
//            number: 8 bytes, big-endian; not negative
//            position: a revision (8 bytes) and an ordinal (4 bytes), both big-endian; see Transaction::Append
//
// Byte order is therefore the order of the owners, kinds and parts, and no part can run into the next one. All records
// of one owner, of one kind, or of one kind and first part are one range each.
//
// Parts may be arbitrary bytes that a caller of the API chose, such as a URL. Callers of these functions limit their
// length, so that a key stays within kMaxKeyBytes.
//
// The key space is part of the stored format. A kind's byte and parts never change. A new kind needs a higher schema
// version when an older program would handle its records wrongly (kSchemaVersion in rocksdb/rocksdb_store.h).
namespace cimd::storage::keys {

// The owner of what belongs to no tenant: tenants themselves, platform tokens, the platform's audit log. No tenant's id
// is spelled like this.
inline constexpr std::string_view kPlatform = "_";

// The owner of what belongs to `tenant`, which is a tenant's id, or empty where an API message, a record or a call has
// no tenant. The result refers to `tenant`.
inline std::string_view OwnerOf(std::string_view tenant) { return tenant.empty() ? kPlatform : tenant; }

// Kinds of record; the functions below have the parts, and proto/cimd/storage/records.proto the values.
enum class Kind : char {
  kAccessToken = 'a',
  kClientBlock = 'b',
  kClient = 'c',
  kDocument = 'd',
  kAuditEvent = 'e',
  kRefreshFailure = 'f',
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

// --- Owned by kPlatform ----------------------------------------------------------------------------------------------
std::string Tenant(std::string_view tenant);
std::string TenantDomain(std::string_view domain, std::string_view issuer_path);
// `token_digest` is the SHA-256 of the token.
std::string AccessToken(std::string_view token_digest);
// `begin` is where the range begins that is to be purged, so that a range is recorded once.
std::string Purge(std::string_view begin);
// Earlier times come first. `unix_seconds` is not negative.
std::string KeyRefresh(int64_t unix_seconds, std::string_view tenant, std::string_view client);
// `owner` is the log's. Owned by kPlatform, because a log outlives its tenant.
std::string AuditChain(std::string_view owner);

// --- Owned by a tenant. `client`, `resource_server` and the like are ids. --------------------------------------------
std::string Client(std::string_view tenant, std::string_view external_client_id);
std::string ClientById(std::string_view tenant, std::string_view client);
std::string ClientBlock(std::string_view tenant, std::string_view external_client_id);
// Newer versions come first.
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
std::string RefreshFailure(std::string_view tenant, std::string_view client);

// --- Owned by a tenant or kPlatform ----------------------------------------------------------------------------------
std::string AccessTokenById(std::string_view owner, std::string_view access_token);
std::string AccessTokenUse(std::string_view owner, std::string_view access_token);
std::string Request(std::string_view owner, std::string_view request_id);
// Prefix for Transaction::Append.
std::string AuditEventPrefix(std::string_view owner);
// `position` is what Transaction::Append added to the prefix; positions sort in the order of commits.
std::string AuditEvent(std::string_view owner, std::string_view position);
// The first position that a commit of this revision, or of a later one, can have.
std::string AuditPosition(Revision revision);
// The smallest key after the event at `position`; for an empty position, the beginning of the log.
std::string AfterAuditEvent(std::string_view owner, std::string_view position);
// Links sort by their numbers.
std::string AuditLink(std::string_view owner, int64_t number);

// --- Ranges ----------------------------------------------------------------------------------------------------------
// All records of a kind with this owner.
KeyRange All(std::string_view owner, Kind kind);
// All records of a kind whose first part is `first_part`: the documents of a client, the grants for an API.
KeyRange AllOf(std::string_view owner, Kind kind, std::string_view first_part);
// Everything that a tenant owns.
KeyRange AllOfTenant(std::string_view tenant);
// The same without the tenant's audit log; in the order of keys.
std::vector<KeyRange> AllOfTenantButAuditLog(std::string_view tenant);
// The keys of KeyRefresh with a time up to and including `unix_seconds`.
KeyRange KeyRefreshesUntil(int64_t unix_seconds);

// --- Parts of a key --------------------------------------------------------------------------------------------------
// These are fast, and only for keys that this file made; Parse takes any bytes.

// The owner.
std::string_view TenantOf(std::string_view key);
Kind KindOf(std::string_view key);
// The first part, if it is text; empty otherwise.
std::string FirstPartOf(std::string_view key);
// The position in a key made by AuditEvent, whatever its length.
std::string_view AuditEventPosition(std::string_view key);
// The number in a key made by AuditLink; nullopt when what follows the kind is not 8 bytes long.
std::optional<int64_t> AuditLinkNumber(std::string_view key);
// The version in a key made by Document; nullopt for any other key.
std::optional<int64_t> DocumentVersion(std::string_view key);

// A key, taken apart.
struct Parts {
  // The owner: a tenant's id or kPlatform.
  std::string tenant;
  Kind kind = {};
  // The text parts, in the order of the parameters of the function that makes the key.
  std::vector<std::string> strings;
  // A document's version, a grant's subject type, an audit event's revision, a link's number, the time of a key
  // refresh; 0 for the other kinds.
  uint64_t number = 0;
  // An audit event's place among those of its commit.
  uint32_t ordinal = 0;
};

// nullopt for bytes that no function of this file makes. Safe for any bytes.
std::optional<Parts> Parse(std::string_view key);

// A key without its owner, for people, in printable characters: "Document tpc_... 3". Safe for any bytes.
std::string Describe(std::string_view key);

}  // namespace cimd::storage::keys

#endif  // CIMD_STORAGE_KEYS_H_
