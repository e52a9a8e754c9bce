#ifndef CIMD_SERVER_ADMISSION_CATALOG_H_
#define CIMD_SERVER_ADMISSION_CATALOG_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace cimd::admission {

// Clients that are known to publish a Client ID Metadata Document.
struct CatalogEntry {
  std::string_view vendor;   // of [a-z0-9-]
  std::string_view product;  // unique within the vendor
  // A URL, or a pattern where the vendor has one document for each connector.
  std::string_view pattern;
  // The catalogue's version in which the entry came.
  int32_t since;
};

// The newest version of the catalogue that is shipped with this program.
inline constexpr int32_t kCatalogVersion = 1;

// All entries; those that name one URL come before the patterns of their vendor. Lives as long as the program.
absl::Span<const CatalogEntry> ShippedCatalog();

// The entries of a vendor (all products if `product` is empty) that were there in `version`.
std::vector<const CatalogEntry*> Select(absl::Span<const CatalogEntry> catalog, std::string_view vendor,
                                        std::string_view product, int32_t version);

}  // namespace cimd::admission

#endif  // CIMD_SERVER_ADMISSION_CATALOG_H_
