#ifndef CIMD_STORAGE_REPOSITORIES_ACCESS_TOKEN_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_ACCESS_TOKEN_REPOSITORY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// Access tokens of callers. A token in force is found by its SHA-256, with one read. Every token, revoked ones
// included, is found by its owner (keys::OwnerOf of its tenant) and its id. The token itself is never stored.
namespace cimd::storage {

template <typename Source>
MaybeStored<AccessTokenRecord> FindAccessToken(Source& source, std::string_view token_digest) {
  return Find<AccessTokenRecord>(source, keys::AccessToken(token_digest));
}

template <typename Source>
MaybeStored<AccessTokenIdRecord> FindAccessTokenById(Source& source, std::string_view owner, std::string_view id) {
  return Find<AccessTokenIdRecord>(source, keys::AccessTokenById(owner, id));
}

// Writes a token: in force if it has no revoke_time, not in force if it has one. Two writes.
void PutAccessToken(Transaction& transaction, std::string_view owner, std::string_view id,
                    const AccessTokenIdRecord& record);

// Deletes a token. Three writes.
void DeleteAccessToken(Transaction& transaction, std::string_view owner, std::string_view id,
                       std::string_view token_digest);

// Deletes a token whose AccessTokenIdRecord does not parse. The record would have the digest, so the tokens in force
// are searched for the id. kDataLoss when the store itself cannot be read.
absl::Status DeleteUnreadableAccessToken(Transaction& transaction, std::string_view owner, std::string_view id);

// Deletes all tokens of an owner in bounded commits, including those whose records do not parse. The caller ensures
// that the owner gets no new tokens during the call.
absl::Status DeleteAccessTokens(Store& store, std::string_view owner);

// A token and when it was last used.
struct AccessTokenUse {
  std::string owner;
  std::string id;
  absl::Time time;
};

// Stores uses in bounded commits. Uses of tokens that were deleted, or cannot be read, are dropped.
absl::Status PutAccessTokenUses(Store& store, const std::vector<AccessTokenUse>& uses);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_ACCESS_TOKEN_REPOSITORY_H_
