#ifndef CIMD_STORAGE_PAGE_H_
#define CIMD_STORAGE_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

namespace cimd::storage {

// The part of a listing to read.
struct Page {
  // Where to begin; empty for the beginning of the range.
  std::string start_key;
  // The number of matches in the page; positive.
  int size = 0;
  // The page also ends with the match whose stored value makes it this large. A page has at least one match.
  size_t max_bytes = std::numeric_limits<size_t>::max();
  // The number of matches to skip first.
  int skip = 0;
  // Whether to count all matches up to the end of the range. Only for a first page.
  bool count_all = false;
};

struct PageEnd {
  // Where the next page begins; empty when there is none.
  std::string next_key;
  // Set when count_all was.
  int64_t total = 0;
};

// Receives each entry and returns whether it matches. If it does and `wanted` is set, it belongs to the page.
using PageVisitor = absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value,
                                                           Revision revision, bool wanted)>;

// Reads one page of a range, in the order of keys. The caller has checked that start_key is within the range. Errors
// are those of the snapshot and the visitor.
absl::StatusOr<PageEnd> ReadPage(const Snapshot& snapshot, const KeyRange& range, const Page& page, PageVisitor visit);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_PAGE_H_
