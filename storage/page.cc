#include "storage/page.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace cimd::storage {

absl::StatusOr<PageEnd> ReadPage(const Snapshot& snapshot, const KeyRange& range, const Page& page, PageVisitor visit) {
  PageEnd end;
  int64_t matches = 0;
  const int64_t first = page.skip;
  int64_t last = first + page.size;
  size_t bytes = 0;
  absl::Status failure;
  KeyRange rest = range;
  if (!page.start_key.empty()) rest.begin = page.start_key;
  absl::Status scanned =
      snapshot.Scan(rest, /*limit=*/0, [&](std::string_view key, std::string_view value, Revision revision) {
        absl::StatusOr<bool> matched = visit(key, value, revision, matches >= first && matches < last);
        if (!matched.ok()) {
          failure = matched.status();
          return false;
        }
        if (!*matched) return true;
        // The next page begins at the first match after this page.
        if (matches == last) end.next_key = std::string(key);
        if (matches >= first && matches < last) bytes += value.size();
        ++matches;
        if (bytes >= page.max_bytes) last = std::min(last, matches);
        return matches <= last || page.count_all;
      });
  if (!failure.ok()) return failure;
  if (!scanned.ok()) return scanned;
  if (page.count_all) end.total = matches;
  return end;
}

}  // namespace cimd::storage
