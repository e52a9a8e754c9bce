#ifndef CIMD_SERVER_ASSERTIONS_CLIENT_KEYS_H_
#define CIMD_SERVER_ASSERTIONS_CLIENT_KEYS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/client_keys.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/jose/jwk.h"
#include "server/metadata/key_set_resolver.h"
#include "server/rpc/request_context.h"
#include "server/rpc/resource_name.h"
#include "storage/store.h"

// From a key set that was read to the keys that verify a client's assertions. Registration, refreshes and the
// background use the same functions. Keys are chosen by the client's publisher.
namespace cimd::services {

// How long keys are used after they went stale, while the host cannot be read.
inline constexpr absl::Duration kStaleKeysUsable = absl::Hours(24);
// In profile STRICT: how long a key still verifies after a set gave its kid to another key.
inline constexpr absl::Duration kReplacedKeyUsable = absl::Hours(24);
inline constexpr int kMaxWithdrawnKeys = 20;
// Most thumbprints that one call may accept; a set has no more keys.
inline constexpr int kMaxAcceptedKeys = 20;

// Whether the server reads key sets again without being asked: the tenant's key_refresh, by default that of its
// profile.
bool IsKeyRefreshAutomatic(const v1::Tenant& tenant);

// How long a call waits for a key set: until its deadline, or until it is cancelled. Refers to `call`.
metadata::KeySetWait WaitOf(const rpc::RequestContext& call);

// Whether the host may answer that the set is the one that is stored.
enum class KeySetCondition {
  kIfChanged,
  kAlways,
};

// Reads the key set that a client with this metadata publishes; nothing for a client without keys. `document` is the
// body that the metadata was mapped from. Blocks for a fetch. DEADLINE_EXCEEDED when the caller left meanwhile.
absl::StatusOr<std::optional<metadata::ResolvedKeySet>> ReadKeySet(
    const storage::Store& store, const metadata::KeySetResolver& resolver, const rpc::ClientName& name,
    const v1::Tenant& tenant, const v1::ClientMetadata& metadata, std::string_view document,
    const metadata::KeySetWait& wait, KeySetCondition condition = KeySetCondition::kIfChanged);

// What a key set makes of a client's keys.
struct KeysUpdate {
  // What to store.
  storage::ClientKeysRecord record;
  // Violations and warnings by the tenant's profile. A new client must not be registered with violations; a registered
  // client keeps its keys when the set as a whole is refused.
  v1::Validation findings;
  // One for each key that came, went, or took over the kid of another one.
  std::vector<v1::FieldChange> changes;
  // A set whose fetch began later is stored already; `record` is that one.
  bool superseded = false;
};

// Pure. `before` is what is stored, null for nothing. `resolved` is absent for a client without keys: its keys are
// withdrawn. They are withdrawn as well when the set stands at another place than before and cannot be read.
// `automatic`: see IsKeyRefreshAutomatic; decides whether the set is read again without being asked for.
//
// The keys in force afterwards are those of the set. A key whose kid belongs to another key of the client, in force or
// withdrawn, is refused unless its thumbprint is in `accepted`, which an admin chose. In profile STRICT the key that
// had the kid still verifies for kReplacedKeyUsable.
KeysUpdate UpdateKeys(const storage::ClientKeysRecord* before, const std::optional<metadata::ResolvedKeySet>& resolved,
                      bool automatic, absl::Time now, absl::Span<const std::string> accepted = {});

// Applies UpdateKeys to what is stored at the time of the transaction and writes the result.
absl::StatusOr<KeysUpdate> PutKeys(storage::Transaction& transaction, const rpc::ClientName& name,
                                   const std::optional<metadata::ResolvedKeySet>& resolved, bool automatic,
                                   absl::Time now, absl::Span<const std::string> accepted = {});

// Withdraws the stored keys unless they come from `jwks_uri`, and schedules a background read of the set there.
absl::StatusOr<KeysUpdate> ReadKeysSoon(storage::Transaction& transaction, const rpc::ClientName& name,
                                        std::string_view jwks_uri, bool automatic, absl::Time now);

// Adds an update's findings or changes to those of the document.
void AddTo(const KeysUpdate& update, v1::Validation& validation);
void AddTo(const KeysUpdate& update, v1::MetadataDiff& diff);
void AddTo(const KeysUpdate& update, google::protobuf::RepeatedPtrField<v1::FieldChange>& changes);

// Until when a key in force verifies: without an end for a key that the last set lists.
absl::Time VerifiesUntil(const storage::ClientKeysRecord& record, const v1::ClientKey& key);

// Parses a stored key; nothing for one that cannot be parsed.
std::optional<jose::Jwk> ParseKey(const v1::ClientKey& key);

// A record as callers see it at `now`.
v1::ClientKeys ServedKeys(storage::ClientKeysRecord&& record, std::string_view client_name, absl::Time now);

}  // namespace cimd::services

#endif  // CIMD_SERVER_ASSERTIONS_CLIENT_KEYS_H_
