#include "server/rpc/page_token.h"

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "cimd/storage/records.pb.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"

namespace cimd::rpc {

std::string MakePageToken(std::string_view question, std::string_view start_key) {
  storage::PageTokenRecord record;
  record.set_request_digest(crypto::Sha256(question));
  record.set_start_key(std::string(start_key));
  return absl::WebSafeBase64Escape(record.SerializeAsString());
}

absl::StatusOr<std::string> ParsePageToken(std::string_view token, std::string_view question, std::string_view begin,
                                           std::string_view end) {
  if (token.empty()) return std::string();
  std::string bytes;
  storage::PageTokenRecord record;
  if (!absl::WebSafeBase64Unescape(std::string(token), &bytes) || !record.ParseFromString(bytes) ||
      record.start_key() < begin || record.start_key() >= end) {
    return errors::PageTokenInvalid();
  }
  // Comparing the whole token covers the question, and other encodings of the same token that decoders accept.
  if (token != MakePageToken(question, record.start_key())) return errors::PageTokenInvalid();
  return record.start_key();
}

}  // namespace cimd::rpc
