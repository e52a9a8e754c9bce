#ifndef CIMD_SERVER_ASSERTIONS_CLIENT_KEYS_H_
#define CIMD_SERVER_ASSERTIONS_CLIENT_KEYS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/client_keys.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/jose/jwk.h"
#include "server/metadata/key_set_resolver.h"
#include "server/rpc/resource_name.h"
#include "storage/store.h"

// How a key set that was read becomes what a client's assertions are verified with: the part that registering,
// refreshing and the background have in common. Keys come from the client's publisher.
namespace cimd::services {

// How long keys are used after they went stale, while the host cannot be read.
inline constexpr absl::Duration kStaleKeysUsable = absl::Hours(24);
inline constexpr int kMaxWithdrawnKeys = 20;

// Whether key sets are read again by themselves: the tenant's key_refresh, by default that of its profile.
bool IsKeyRefreshAutomatic(const v1::Tenant& tenant);

// Reads the key set that a client with this metadata publishes, on condition that it differs from what is stored;
// nothing for a client without keys. `document` is the body that the metadata was mapped from. Blocks for a fetch.
absl::StatusOr<std::optional<metadata::ResolvedKeySet>> ReadKeySet(
    const storage::Store& store, const metadata::KeySetResolver& resolver, const rpc::ClientName& name,
    const v1::Tenant& tenant, const v1::ClientMetadata& metadata, std::string_view document,
    std::string_view traceparent, absl::Time now);

// What a key set makes of a client's keys.
struct KeysUpdate {
  // What to store.
  storage::ClientKeysRecord record;
  // What was found, as violations or warnings of the tenant's profile. Violations say that the set must not bring a
  // client in; a client that is there keeps the keys that it had, as far as they are concerned.
  v1::Validation findings;
  // Keys that came and went, one change for each.
  std::vector<v1::FieldChange> changes;
  // A newer set is stored already; `record` is that one.
  bool superseded = false;
};

// Pure. `before` is what is stored, null for nothing; `resolved` is absent for a client without keys, whose keys are
// then withdrawn, as they are when the set that is to take their place stands elsewhere and cannot be read. `automatic`: see IsKeyRefreshAutomatic; decides whether the set is to be read again by itself.
KeysUpdate UpdateKeys(const storage::ClientKeysRecord* before, const std::optional<metadata::ResolvedKeySet>& resolved,
                      bool automatic, absl::Time now);

// The same over what is stored at the time of the transaction, which it writes.
absl::StatusOr<KeysUpdate> PutKeys(storage::Transaction& transaction, const rpc::ClientName& name,
                                   const std::optional<metadata::ResolvedKeySet>& resolved, bool automatic,
                                   absl::Time now);

// Withdraws the keys that are stored, unless they come from `jwks_uri`, and has the background read the set there.
absl::StatusOr<KeysUpdate> ReadKeysSoon(storage::Transaction& transaction, const rpc::ClientName& name,
                                        std::string_view jwks_uri, bool automatic, absl::Time now);

// Adds an update's findings and changes to those of the document.
void AddTo(const KeysUpdate& update, v1::Validation& validation);
void AddTo(const KeysUpdate& update, v1::MetadataDiff& diff);
void AddTo(const KeysUpdate& update, storage::AuditRecord& event);

// The keys in force, made ready for verifying.
std::vector<jose::Jwk> ParseKeys(const v1::ClientKeys& stored);

// A record as callers see it.
v1::ClientKeys ServedKeys(storage::ClientKeysRecord&& record, std::string_view client_name);

}  // namespace cimd::services

#endif  // CIMD_SERVER_ASSERTIONS_CLIENT_KEYS_H_
