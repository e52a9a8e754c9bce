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

// Which part of a listing is wanted.
struct Page {
  // Where to begin; empty for the beginning of the range.
  std::string start_key;
  // How many matches to emit; positive.
  int size = 0;
  // The page also ends with the match whose stored value makes it this large. A page has at least one match.
  size_t max_bytes = std::numeric_limits<size_t>::max();
  // Matches to leave out first.
  int skip = 0;
  // Whether to walk on to the end of the range and count every match in it. Only for a first page.
  bool count_all = false;
};

struct PageEnd {
  // Where the next page begins; empty when there is none.
  std::string next_key;
  // Set when count_all was.
  int64_t total = 0;
};

// Called for each entry. Says whether the entry matches; takes it into the page if it does and `wanted` is set.
using PageVisitor = absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value,
                                                           Revision revision, bool wanted)>;

// Walks a range in key order within one snapshot. The caller has checked that start_key lies within the range.
absl::StatusOr<PageEnd> ReadPage(const Snapshot& snapshot, const KeyRange& range, const Page& page, PageVisitor visit);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_PAGE_H_
