#include "server/rpc/watch_cursor.h"

#include <limits>

#include "absl/strings/escaping.h"
#include "cimd/storage/records.pb.h"
#include "fmt/format.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"

namespace cimd::rpc {
namespace {

std::string DigestOf(std::string_view kind, std::string_view place) {
  return crypto::Sha256(fmt::format("watch\n{}\n{}", kind, place));
}

}  // namespace

std::string MakeWatchCursor(std::string_view kind, std::string_view place, int64_t revision) {
  storage::WatchCursorRecord record;
  record.set_watch_digest(DigestOf(kind, place));
  record.set_revision(revision);
  return absl::WebSafeBase64Escape(record.SerializeAsString());
}

absl::StatusOr<int64_t> ParseWatchCursor(std::string_view cursor, std::string_view kind, std::string_view place) {
  std::string bytes;
  storage::WatchCursorRecord record;
  if (!absl::WebSafeBase64Unescape(std::string(cursor), &bytes) || !record.ParseFromString(bytes) ||
      record.watch_digest() != DigestOf(kind, place) || record.revision() < 0 ||
      record.revision() == std::numeric_limits<int64_t>::max()) {
    return errors::CursorInvalid();
  }
  return record.revision();
}

}  // namespace cimd::rpc
