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

// Access tokens of callers. A token in force is found by its SHA-256 with one read; every token, also one that is no
// longer in force, by its id under its owner: a tenant's id, or keys::kPlatform. The token itself is stored nowhere.
namespace cimd::storage {

template <typename Source>
MaybeStored<AccessTokenRecord> FindAccessToken(Source& source, std::string_view token_digest) {
  return Find<AccessTokenRecord>(source, keys::AccessToken(token_digest));
}

template <typename Source>
MaybeStored<AccessTokenIdRecord> FindAccessTokenById(Source& source, std::string_view owner, std::string_view id) {
  return Find<AccessTokenIdRecord>(source, keys::AccessTokenById(owner, id));
}

// Writes a token; one without revoke_time is in force from the commit on, one with it no longer is. Two writes.
void PutAccessToken(Transaction& transaction, std::string_view owner, std::string_view id,
                    const AccessTokenIdRecord& record);

// Forgets a token altogether. Three writes.
void DeleteAccessToken(Transaction& transaction, std::string_view owner, std::string_view id,
                       std::string_view token_digest);

// Forgets every token of an owner that gets no new ones any more, in bounded commits.
absl::Status DeleteAccessTokens(Store& store, std::string_view owner);

// That a token was used.
struct AccessTokenUse {
  std::string owner;
  std::string id;
  absl::Time time;
};

// Writes down uses, in bounded commits; those of tokens that are gone are left out.
absl::Status PutAccessTokenUses(Store& store, const std::vector<AccessTokenUse>& uses);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_ACCESS_TOKEN_REPOSITORY_H_
