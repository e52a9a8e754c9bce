#include "server/assertions/client_keys.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/metadata/key_findings.h"
#include "server/rpc/proto_time.h"
#include "storage/repositories/client_key_repository.h"

namespace cimd::services {
namespace {

using metadata::ResolvedKeySet;
using storage::ClientKeysRecord;

constexpr absl::Duration kFirstRetry = absl::Minutes(1);
constexpr absl::Duration kLongestRetry = absl::Hours(1);

// Whether both are the same key under the same kid for the same algorithm.
bool IsSame(const v1::ClientKey& a, const v1::ClientKey& b) {
  return a.thumbprint_sha256() == b.thumbprint_sha256() && a.kid() == b.kid() && a.alg() == b.alg();
}

template <typename Keys>
const v1::ClientKey* FindSame(const Keys& keys, const v1::ClientKey& key) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const v1::ClientKey& other) { return IsSame(other, key); });
  return found == keys.end() ? nullptr : &*found;
}

v1::ClientKey MakeClientKey(const jose::Jwk& jwk) {
  v1::ClientKey key;
  key.set_kid(jwk.kid);
  key.set_thumbprint_sha256(jwk.thumbprint);
  switch (jwk.type) {
    case jose::KeyType::kRsa:
      key.set_kty("RSA");
      break;
    case jose::KeyType::kEcP256:
      key.set_crv("P-256");
      break;
    case jose::KeyType::kEcP384:
      key.set_crv("P-384");
      break;
    case jose::KeyType::kEcP521:
      key.set_crv("P-521");
      break;
    case jose::KeyType::kEd25519:
      key.set_kty("OKP");
      key.set_crv("Ed25519");
      break;
  }
  if (key.kty().empty()) key.set_kty("EC");
  if (jwk.alg.has_value()) key.set_alg(std::string(AlgorithmName(*jwk.alg)));
  key.set_jwk(jwk.ToJson());
  return key;
}

v1::FieldChange Change(std::string_view before, std::string_view after) {
  v1::FieldChange change;
  change.set_field("keys");
  if (!before.empty()) change.set_old_value(std::string(before));
  if (!after.empty()) change.set_new_value(std::string(after));
  change.set_impact(v1::CHANGE_IMPACT_KEYS_CHANGED);
  // Key rotation is expected. A new source of keys is reported as a change of jwks_uri.
  change.set_security_relevant(false);
  return change;
}

// The key that each kid belongs to: the one in force, else the one that was withdrawn last.
jose::KnownKids KnownKidsOf(const v1::ClientKeys& keys) {
  jose::KnownKids known;
  for (const v1::ClientKey& key : keys.keys()) known.try_emplace(key.kid(), key.thumbprint_sha256());
  for (const v1::ClientKey& key : keys.withdrawn_keys()) known.try_emplace(key.kid(), key.thumbprint_sha256());
  return known;
}

// A duration near the end of `span`. It varies by client and time, so that sets that were read together are not read
// together again.
absl::Duration Spread(absl::Duration span, const ClientKeysRecord& record, absl::Time now) {
  const size_t dice = std::hash<std::string>()(record.client_keys().jwks_uri()) + absl::ToUnixMillis(now);
  return span * (0.75 + 0.2 * static_cast<double>(dice % 1000) / 1000);
}

void ScheduleIn(absl::Duration wait, bool automatic, absl::Time now, ClientKeysRecord& record) {
  if (!automatic || record.client_keys().jwks_uri().empty()) {
    record.clear_refresh_time();
  } else {
    services::ToProto(absl::FromUnixSeconds(absl::ToUnixSeconds(now + wait)), *record.mutable_refresh_time());
  }
}

void ScheduleRetry(bool automatic, absl::Time now, ClientKeysRecord& record) {
  record.set_failures(std::min(record.failures() + 1, 16));
  const absl::Duration wait = std::min(kFirstRetry * (1 << (record.failures() - 1)), kLongestRetry);
  ScheduleIn(wait + Spread(wait, record, now) / 4, automatic, now, record);
}

// Whether a request was sent to the host. If not, an earlier failure is more informative than this one.
bool WasTried(const v1::FetchFailure& failure) {
  return failure.reason() != v1::FETCH_FAILURE_REASON_PACED && failure.reason() != v1::FETCH_FAILURE_REASON_BUSY;
}

void SetFresh(const ResolvedKeySet& resolved, bool automatic, absl::Time now, ClientKeysRecord& record) {
  v1::ClientKeys& keys = *record.mutable_client_keys();
  services::ToProto(resolved.fetch_time, *keys.mutable_fetch_time());
  keys.clear_refresh_failure();
  record.set_failures(0);
  record.set_http_etag(resolved.http_etag);
  record.set_http_last_modified(resolved.http_last_modified);
  if (resolved.jwks_uri.empty()) {
    keys.clear_fresh_until_time();
    keys.clear_usable_until_time();
  } else {
    services::ToProto(resolved.fetch_time + resolved.fresh_for, *keys.mutable_fresh_until_time());
    services::ToProto(resolved.fetch_time + resolved.fresh_for + kStaleKeysUsable, *keys.mutable_usable_until_time());
  }
  ScheduleIn(resolved.jwks_uri.empty() ? absl::ZeroDuration() : Spread(resolved.fresh_for, record, now), automatic, now,
             record);
}

// Replaces the record's keys with `in_force`. Keys that are no longer in force are remembered as withdrawn.
void Replace(std::vector<v1::ClientKey> in_force, absl::Time now, KeysUpdate& update) {
  v1::ClientKeys& keys = *update.record.mutable_client_keys();
  const jose::KnownKids known = KnownKidsOf(keys);
  v1::ClientKeys before;
  before.mutable_keys()->Swap(keys.mutable_keys());
  before.mutable_withdrawn_keys()->Swap(keys.mutable_withdrawn_keys());
  absl::flat_hash_set<std::string> taken_over;
  for (v1::ClientKey& key : in_force) {
    const auto owner = known.find(key.kid());
    const bool same = FindSame(before.keys(), key) != nullptr;
    if (!same && (owner == known.end() || owner->second == key.thumbprint_sha256())) {
      update.changes.push_back(Change("", key.kid()));
    } else if (!same && taken_over.insert(key.kid()).second) {
      update.changes.push_back(Change(fmt::format("{} ({})", key.kid(), owner->second),
                                      fmt::format("{} ({})", key.kid(), key.thumbprint_sha256())));
      update.changes.back().set_security_relevant(true);
    }
    if (key.kid() == keys.unknown_kid()) {
      keys.clear_unknown_kid();
      keys.clear_unknown_kid_time();
    }
    *keys.add_keys() = std::move(key);
  }
  auto remember = [&](const v1::ClientKey& key) -> v1::ClientKey* {
    if (FindSame(keys.keys(), key) != nullptr || keys.withdrawn_keys_size() == kMaxWithdrawnKeys) return nullptr;
    v1::ClientKey* withdrawn = keys.add_withdrawn_keys();
    *withdrawn = key;
    withdrawn->clear_verify_until_time();
    return withdrawn;
  };
  for (const v1::ClientKey& key : before.keys()) {
    if (FindSame(keys.keys(), key) == nullptr && !taken_over.contains(key.kid())) {
      update.changes.push_back(Change(key.kid(), ""));
    }
    if (v1::ClientKey* withdrawn = remember(key)) services::ToProto(now, *withdrawn->mutable_withdraw_time());
  }
  for (const v1::ClientKey& key : before.withdrawn_keys()) remember(key);
}

// Withdraws all keys and clears all traces of the set that was read: the client's keys now have another source.
void Withdraw(absl::Time now, KeysUpdate& update) {
  Replace({}, now, update);
  v1::ClientKeys& keys = *update.record.mutable_client_keys();
  for (const char* field : {"jwks_uri", "fetch_time", "fresh_until_time", "usable_until_time", "refresh_failure",
                            "validation", "jwks_sha256", "refused_keys"}) {
    keys.GetReflection()->ClearField(&keys, keys.GetDescriptor()->FindFieldByName(field));
  }
  update.record.set_failures(0);
  update.record.clear_refresh_time();
  update.record.clear_http_etag();
  update.record.clear_http_last_modified();
  update.record.clear_fetch_order();
}

// Whether the set that was read last listed the key.
bool IsListed(const v1::ClientKeys& keys, const v1::ClientKey& key) {
  return !key.has_verify_until_time() &&
         google::protobuf::util::MessageDifferencer::Equals(key.last_seen_time(), keys.fetch_time());
}

// In profile STRICT, keeps a key that the set does not list in force for a limited time.
void Keep(const v1::ClientKey& key, v1::DocumentProfile profile, absl::Time now, std::vector<v1::ClientKey>& in_force) {
  if (profile != v1::DOCUMENT_PROFILE_STRICT) return;
  v1::ClientKey kept = key;
  if (!kept.has_verify_until_time()) services::ToProto(now + kReplacedKeyUsable, *kept.mutable_verify_until_time());
  if (FromProto(kept.verify_until_time()) > now) in_force.push_back(std::move(kept));
}

// Applies the host's answer that its set is still the one that was read last.
void Confirm(const ClientKeysRecord& before, const ResolvedKeySet& resolved, absl::Time now, KeysUpdate& update) {
  const v1::ClientKeys& keys = before.client_keys();
  std::vector<v1::ClientKey> in_force;
  for (const v1::ClientKey& key : keys.keys()) {
    if (!IsListed(keys, key)) {
      Keep(key, resolved.profile, now, in_force);
      continue;
    }
    in_force.push_back(key);
    services::ToProto(resolved.fetch_time, *in_force.back().mutable_last_seen_time());
  }
  Replace(std::move(in_force), now, update);
  for (v1::ClientKey& key : *update.record.mutable_client_keys()->mutable_refused_keys()) {
    services::ToProto(resolved.fetch_time, *key.mutable_last_seen_time());
  }
}

v1::ClientKey SeenKey(const jose::Jwk& jwk, const v1::ClientKeys& before, absl::Time seen) {
  v1::ClientKey key = MakeClientKey(jwk);
  services::ToProto(seen, *key.mutable_first_seen_time());
  services::ToProto(seen, *key.mutable_last_seen_time());
  for (const auto* known : {&before.keys(), &before.withdrawn_keys(), &before.refused_keys()}) {
    if (const v1::ClientKey* old = FindSame(*known, key)) {
      *key.mutable_first_seen_time() = old->first_seen_time();
      break;
    }
  }
  return key;
}

void ApplySet(const ClientKeysRecord& before, const ResolvedKeySet& resolved, absl::Span<const std::string> accepted,
              absl::Time now, KeysUpdate& update) {
  jose::JwkSet set = resolved.set;
  const std::vector<jose::Jwk> refused = jose::TakeReusedKids(KnownKidsOf(before.client_keys()), accepted, set);
  metadata::AddKeyFindings(set, resolved.profile, update.findings);
  v1::ClientKeys& keys = *update.record.mutable_client_keys();
  *keys.mutable_validation() = update.findings;
  update.record.set_document_profile(resolved.profile);
  if (set.refused) return;
  keys.set_jwks_sha256(resolved.sha256);
  std::vector<v1::ClientKey> in_force;
  for (const jose::Jwk& jwk : set.keys) in_force.push_back(SeenKey(jwk, before.client_keys(), resolved.fetch_time));
  for (const v1::ClientKey& old : before.client_keys().keys()) {
    const bool replaced =
        std::any_of(refused.begin(), refused.end(), [&](const auto& key) { return key.kid == old.kid(); });
    if (replaced) Keep(old, resolved.profile, now, in_force);
  }
  keys.clear_refused_keys();
  for (const jose::Jwk& jwk : refused)
    *keys.add_refused_keys() = SeenKey(jwk, before.client_keys(), resolved.fetch_time);
  Replace(std::move(in_force), now, update);
}

}  // namespace

bool IsKeyRefreshAutomatic(const v1::Tenant& tenant) {
  if (tenant.key_refresh() == v1::KEY_REFRESH_UNSPECIFIED) {
    return tenant.document_profile() != v1::DOCUMENT_PROFILE_STRICT;
  }
  return tenant.key_refresh() == v1::KEY_REFRESH_AUTOMATIC;
}

metadata::KeySetWait WaitOf(const rpc::RequestContext& call) {
  return {.traceparent = call.traceparent, .now = call.now, .deadline = call.deadline, .is_cancelled = [&call] {
            return call.is_cancelled();
          }};
}

absl::StatusOr<std::optional<ResolvedKeySet>> ReadKeySet(const storage::Store& store,
                                                         const metadata::KeySetResolver& resolver,
                                                         const rpc::ClientName& name, const v1::Tenant& tenant,
                                                         const v1::ClientMetadata& metadata, std::string_view document,
                                                         const metadata::KeySetWait& wait, KeySetCondition condition) {
  if (!metadata::UsesKeys(metadata)) return std::nullopt;
  std::optional<metadata::HeldKeySet> held;
  if (condition == KeySetCondition::kIfChanged && !name.client.empty() && !metadata.jwks_uri().empty()) {
    storage::MaybeStored<ClientKeysRecord> stored = storage::FindClientKeys(store, name.tenant, name.client);
    if (!stored.ok()) return rpc::errors::FromStore(stored.status());
    // The validators are valid only for the same jwks_uri, and for a set that was checked with the same profile.
    if (stored->has_value() && (*stored)->record.client_keys().jwks_uri() == metadata.jwks_uri() &&
        (*stored)->record.document_profile() == tenant.document_profile()) {
      const ClientKeysRecord& record = (*stored)->record;
      held = {record.http_etag(), record.http_last_modified(), record.client_keys().jwks_sha256()};
    }
  }
  ResolvedKeySet resolved = resolver.Resolve(tenant, metadata, document, held.has_value() ? &*held : nullptr, wait);
  if (resolved.abandoned) return rpc::errors::DeadlineExceeded();
  return resolved;
}

KeysUpdate UpdateKeys(const ClientKeysRecord* before, const std::optional<ResolvedKeySet>& resolved, bool automatic,
                      absl::Time now, absl::Span<const std::string> accepted) {
  static const ClientKeysRecord kNothing;
  if (before == nullptr) before = &kNothing;
  KeysUpdate update{.record = *before};
  update.findings.set_valid(true);
  v1::ClientKeys& keys = *update.record.mutable_client_keys();
  if (!resolved.has_value()) {
    Withdraw(now, update);
    return update;
  }
  const bool newer_stored = resolved->fetch_order != 0 && before->fetch_order() > resolved->fetch_order;
  if (newer_stored || (resolved->not_modified && keys.jwks_sha256() != resolved->sha256)) {
    update.superseded = true;
    return update;
  }
  if (resolved->failure.has_value() && keys.jwks_uri() != resolved->jwks_uri) Withdraw(now, update);
  keys.set_jwks_uri(resolved->jwks_uri);
  if (resolved->failure.has_value()) {
    metadata::AddKeySetNotFetched(*resolved->failure, keys.keys_size() > 0, update.findings);
    if (WasTried(*resolved->failure) || !keys.has_refresh_failure()) {
      *keys.mutable_refresh_failure() = *resolved->failure;
      services::ToProto(now, *keys.mutable_refresh_failure()->mutable_fail_time());
    }
    // Also if nothing was sent: all clients of an unreachable host must wait, not only those whose sets were requested.
    ScheduleRetry(automatic, now, update.record);
    return update;
  }
  update.record.set_fetch_order(resolved->fetch_order);
  if (resolved->not_modified) {
    Confirm(*before, *resolved, now, update);
    SetFresh(*resolved, automatic, now, update.record);
    update.findings = keys.validation();
    return update;
  }
  ApplySet(*before, *resolved, accepted, now, update);
  if (!resolved->set.refused) {
    SetFresh(*resolved, automatic, now, update.record);
  } else {
    // Drops the validators, so that the next answer has a body to check.
    update.record.clear_http_etag();
    update.record.clear_http_last_modified();
    update.record.mutable_client_keys()->clear_refresh_failure();
    ScheduleRetry(automatic, now, update.record);
  }
  return update;
}

absl::StatusOr<KeysUpdate> PutKeys(storage::Transaction& transaction, const rpc::ClientName& name,
                                   const std::optional<ResolvedKeySet>& resolved, bool automatic, absl::Time now,
                                   absl::Span<const std::string> accepted) {
  storage::MaybeStored<ClientKeysRecord> stored = storage::FindClientKeys(transaction, name.tenant, name.client);
  if (!stored.ok()) return rpc::errors::FromStore(stored.status());
  if (!resolved.has_value() && !stored->has_value()) return KeysUpdate();
  const ClientKeysRecord* before = stored->has_value() ? &(*stored)->record : nullptr;
  KeysUpdate update = UpdateKeys(before, resolved, automatic, now, accepted);
  if (!update.superseded) storage::PutClientKeys(transaction, name.tenant, name.client, before, update.record);
  return update;
}

absl::StatusOr<KeysUpdate> ReadKeysSoon(storage::Transaction& transaction, const rpc::ClientName& name,
                                        std::string_view jwks_uri, bool automatic, absl::Time now) {
  storage::MaybeStored<ClientKeysRecord> stored = storage::FindClientKeys(transaction, name.tenant, name.client);
  if (!stored.ok()) return rpc::errors::FromStore(stored.status());
  const ClientKeysRecord* before = stored->has_value() ? &(*stored)->record : nullptr;
  KeysUpdate update;
  if (before != nullptr) update.record = *before;
  if (before != nullptr && before->client_keys().jwks_uri() == jwks_uri) return update;
  Withdraw(now, update);
  update.record.mutable_client_keys()->set_jwks_uri(std::string(jwks_uri));
  ScheduleIn(absl::ZeroDuration(), automatic, now, update.record);
  storage::PutClientKeys(transaction, name.tenant, name.client, before, update.record);
  return update;
}

void AddTo(const KeysUpdate& update, v1::Validation& validation) {
  validation.mutable_violations()->MergeFrom(update.findings.violations());
  validation.mutable_warnings()->MergeFrom(update.findings.warnings());
  validation.set_valid(validation.violations().empty());
}

void AddTo(const KeysUpdate& update, v1::MetadataDiff& diff) {
  for (const v1::FieldChange& change : update.changes) *diff.add_changes() = change;
}

void AddTo(const KeysUpdate& update, google::protobuf::RepeatedPtrField<v1::FieldChange>& changes) {
  changes.Add(update.changes.begin(), update.changes.end());
}

absl::Time VerifiesUntil(const ClientKeysRecord& record, const v1::ClientKey& key) {
  const v1::ClientKeys& keys = record.client_keys();
  if (key.has_verify_until_time()) return FromProto(key.verify_until_time());
  if (IsListed(keys, key)) return absl::InfiniteFuture();
  // An earlier version stored such keys in force without an end.
  return record.document_profile() == v1::DOCUMENT_PROFILE_STRICT ? FromProto(keys.fetch_time()) + kReplacedKeyUsable
                                                                  : absl::InfinitePast();
}

std::optional<jose::Jwk> ParseKey(const v1::ClientKey& key) { return jose::ParseOwnJwk(key.jwk()); }

v1::ClientKeys ServedKeys(ClientKeysRecord&& record, std::string_view client_name, absl::Time now) {
  // A key that has expired stays stored as in force until the next read.
  KeysUpdate update{.record = std::move(record)};
  std::vector<v1::ClientKey> in_force;
  for (const v1::ClientKey& key : update.record.client_keys().keys()) {
    if (VerifiesUntil(update.record, key) > now) in_force.push_back(key);
  }
  if (static_cast<int>(in_force.size()) < update.record.client_keys().keys_size()) {
    Replace(std::move(in_force), now, update);
  }
  v1::ClientKeys keys = std::move(*update.record.mutable_client_keys());
  keys.set_client(std::string(client_name));
  std::string identity;
  for (const v1::ClientKey& key : keys.keys()) {
    identity += fmt::format("{} {} {}\n", key.thumbprint_sha256(), key.alg(), key.kid());
  }
  keys.set_etag(crypto::Sha256Hex(identity).substr(0, 16));
  return keys;
}

}  // namespace cimd::services
