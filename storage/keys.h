#ifndef CIMD_STORAGE_KEYS_H_
#define CIMD_STORAGE_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
  kDocumentByDigest = 'h',
  kClientById = 'i',
  kTenantDomain = 'n',
  kPurge = 'p',
  kRequest = 'r',
  kTenant = 't',
};

// --- Under kPlatform -------------------------------------------------------------------------------------------------
std::string Tenant(std::string_view tenant);
std::string TenantDomain(std::string_view domain, std::string_view issuer_path);
// `token_digest` is the SHA-256 of the token.
std::string AccessToken(std::string_view token_digest);
std::string Purge(std::string_view id);

// --- Under a tenant --------------------------------------------------------------------------------------------------
std::string Client(std::string_view tenant, std::string_view external_client_id);
std::string ClientById(std::string_view tenant, std::string_view client);
std::string ClientBlock(std::string_view tenant, std::string_view external_client_id);
// Newer versions sort first.
std::string Document(std::string_view tenant, std::string_view client, int64_t version);
std::string DocumentByDigest(std::string_view tenant, std::string_view client, std::string_view sha256);

// --- Under a tenant or kPlatform -------------------------------------------------------------------------------------
std::string Request(std::string_view tenant, std::string_view request_id);
// Prefix for Transaction::Append.
std::string AuditEventPrefix(std::string_view tenant);

// --- Ranges ----------------------------------------------------------------------------------------------------------
// Every record of a kind under a tenant (or kPlatform).
KeyRange All(std::string_view tenant, Kind kind);
// Every record of a client that is found by the client's id rather than its URL, for one kind of record.
KeyRange AllOfClient(std::string_view tenant, Kind kind, std::string_view client);
// Everything under a tenant.
KeyRange AllOfTenant(std::string_view tenant);

// The version in a key made by Document; nullopt for any other key.
std::optional<int64_t> DocumentVersion(std::string_view key);

}  // namespace cimd::storage::keys

#endif  // CIMD_STORAGE_KEYS_H_
