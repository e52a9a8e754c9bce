#ifndef CIMD_SERVER_RPC_WATCH_CURSOR_H_
#define CIMD_SERVER_RPC_WATCH_CURSOR_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cimd::rpc {

// A watch cursor is a revision of the store and a digest of what is watched, in URL-safe text: `kind` is the type of
// the records, `place` the tenant or the platform. Like a page token, it is not secret and grants nothing. Callers can
// send any cursor, so the revision can be any non-negative number.
std::string MakeWatchCursor(std::string_view kind, std::string_view place, int64_t revision);

// The revision in a cursor. INVALID_ARGUMENT CURSOR_INVALID unless MakeWatchCursor made it for the same kind and place.
absl::StatusOr<int64_t> ParseWatchCursor(std::string_view cursor, std::string_view kind, std::string_view place);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_WATCH_CURSOR_H_
