#ifndef CIMD_SERVER_RPC_WATCH_CURSOR_H_
#define CIMD_SERVER_RPC_WATCH_CURSOR_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cimd::rpc {

// A watch cursor is a revision of the store and a digest of what is watched, in URL-safe text. `kind` says which kind
// of thing, `place` under which tenant (or the platform). Like a page token it is no secret and decides nothing about
// permission; it comes back from callers, so the revision may be any that is not negative.
std::string MakeWatchCursor(std::string_view kind, std::string_view place, int64_t revision);

// The revision in a cursor. INVALID_ARGUMENT CURSOR_INVALID for anything that MakeWatchCursor did not make for the same
// kind and place.
absl::StatusOr<int64_t> ParseWatchCursor(std::string_view cursor, std::string_view kind, std::string_view place);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_WATCH_CURSOR_H_
