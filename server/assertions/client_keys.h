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

// Derives the keys that verify a client's assertions from a published key set. Registration, refreshes and background
// reads use the same functions. The client's publisher controls the keys.
namespace cimd::services {

// How long keys are used after they became stale, while the host cannot be read.
inline constexpr absl::Duration kStaleKeysUsable = absl::Hours(24);
// In profile STRICT: how long a replaced key still verifies after a set assigned its kid to another key.
inline constexpr absl::Duration kReplacedKeyUsable = absl::Hours(24);
inline constexpr int kMaxWithdrawnKeys = 20;
// Most thumbprints that one call may accept. A set contains no more keys.
inline constexpr int kMaxAcceptedKeys = 20;

// Whether the server reads key sets again by itself: the tenant's key_refresh; by default that of the tenant's profile.
bool IsKeyRefreshAutomatic(const v1::Tenant& tenant);

// How long a call waits for a key set: until its deadline, or until it is cancelled. The result refers to `call`.
metadata::KeySetWait WaitOf(const rpc::RequestContext& call);

// kIfChanged lets the host answer that the stored set is current (a conditional request); kAlways does not.
enum class KeySetCondition {
  kIfChanged,
  kAlways,
};

// Reads the key set that a client with this metadata publishes; empty for a client without keys. `document` is the body
// that the metadata was mapped from. Blocks for a fetch. DEADLINE_EXCEEDED if the call was cancelled or its deadline
// passed during the fetch.
absl::StatusOr<std::optional<metadata::ResolvedKeySet>> ReadKeySet(
    const storage::Store& store, const metadata::KeySetResolver& resolver, const rpc::ClientName& name,
    const v1::Tenant& tenant, const v1::ClientMetadata& metadata, std::string_view document,
    const metadata::KeySetWait& wait, KeySetCondition condition = KeySetCondition::kIfChanged);

// The effect of a key set on a client's keys.
struct KeysUpdate {
  // The record to store.
  storage::ClientKeysRecord record;
  // Violations and warnings by the tenant's profile. A new client must not be registered with violations. A registered
  // client keeps its keys if the set as a whole is refused.
  v1::Validation findings;
  // One for each key that was added, withdrawn, or took over the kid of another key.
  std::vector<v1::FieldChange> changes;
  // A set whose fetch began later is already stored; `record` contains that set.
  bool superseded = false;
};

// Computes the new keys. Pure. `before` is the stored record; null if there is none. `resolved` is absent for a client
// without keys: its keys are withdrawn. They are also withdrawn if the set has moved to another URL and cannot be read.
// `automatic` (see IsKeyRefreshAutomatic) decides whether a next read is scheduled.
//
// Afterwards the keys of the set are in force. A key whose kid belongs to another key of the client, in force or
// withdrawn, is refused unless its thumbprint is in `accepted`, which an admin controls. In profile STRICT the replaced
// key still verifies for kReplacedKeyUsable.
KeysUpdate UpdateKeys(const storage::ClientKeysRecord* before, const std::optional<metadata::ResolvedKeySet>& resolved,
                      bool automatic, absl::Time now, absl::Span<const std::string> accepted = {});

// Applies UpdateKeys to the record that the transaction reads, and writes the result.
absl::StatusOr<KeysUpdate> PutKeys(storage::Transaction& transaction, const rpc::ClientName& name,
                                   const std::optional<metadata::ResolvedKeySet>& resolved, bool automatic,
                                   absl::Time now, absl::Span<const std::string> accepted = {});

// Withdraws the stored keys unless they come from `jwks_uri`, and schedules a background read of that set.
absl::StatusOr<KeysUpdate> ReadKeysSoon(storage::Transaction& transaction, const rpc::ClientName& name,
                                        std::string_view jwks_uri, bool automatic, absl::Time now);

// Adds the findings or changes of an update to those of the document.
void AddTo(const KeysUpdate& update, v1::Validation& validation);
void AddTo(const KeysUpdate& update, v1::MetadataDiff& diff);
void AddTo(const KeysUpdate& update, google::protobuf::RepeatedPtrField<v1::FieldChange>& changes);

// The time until which a key in force verifies: infinite for a key that the last set lists.
absl::Time VerifiesUntil(const storage::ClientKeysRecord& record, const v1::ClientKey& key);

// Parses a stored key; empty if it does not parse.
std::optional<jose::Jwk> ParseKey(const v1::ClientKey& key);

// The record as API callers see it at `now`.
v1::ClientKeys ServedKeys(storage::ClientKeysRecord&& record, std::string_view client_name, absl::Time now);

}  // namespace cimd::services

#endif  // CIMD_SERVER_ASSERTIONS_CLIENT_KEYS_H_
