#ifndef CIMD_STORAGE_ACCESS_TOKEN_REPOSITORY_H_
#define CIMD_STORAGE_ACCESS_TOKEN_REPOSITORY_H_

#include <string_view>

#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// Access tokens of callers, found by the SHA-256 of the token: the token itself is stored nowhere.
namespace cimd::storage {

template <typename Source>
MaybeStored<AccessTokenRecord> FindAccessToken(Source& source, std::string_view token_digest) {
  return Find<AccessTokenRecord>(source, keys::AccessToken(token_digest));
}

inline void PutAccessToken(Transaction& transaction, std::string_view token_digest, const AccessTokenRecord& record) {
  PutRecord(transaction, keys::AccessToken(token_digest), record);
}

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ACCESS_TOKEN_REPOSITORY_H_
