#ifndef CIMD_CLIENT_PAGINATION_H_
#define CIMD_CLIENT_PAGINATION_H_

#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/metadata_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "client/connection.h"

namespace cimd::client {

// All items of a List method, page after page, as a C++ input range:
//
//   for (absl::StatusOr<v1::Client>& client : ListClients(connection, request)) {
//     if (!client.ok()) return client.status();
//     ...
//   }
//
// A page is read when the loop reaches its first item. A failure is the last element. Each page is a separate snapshot:
// changes between two pages may or may not be visible. Not thread-safe. Can be iterated once.
template <typename Item>
class PagedRange {
 public:
  struct Page {
    std::vector<Item> items;
    // Empty on the last page.
    std::string next_page_token;
  };
  // Reads the page of a page token; empty for the first page.
  using ReadPage = std::function<absl::StatusOr<Page>(const std::string& page_token)>;

  explicit PagedRange(ReadPage read_page) : read_page_(std::move(read_page)) {}

  // Refers to the range, which must not be moved or destroyed.
  class Iterator {
   public:
    using value_type = absl::StatusOr<Item>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    explicit Iterator(PagedRange* range) : range_(range) {}
    value_type& operator*() const { return *range_->current_; }
    value_type* operator->() const { return &*range_->current_; }
    Iterator& operator++() {
      range_->Advance();
      return *this;
    }
    void operator++(int) { range_->Advance(); }
    bool operator==(std::default_sentinel_t) const { return !range_->current_.has_value(); }

   private:
    PagedRange* range_;
  };

  Iterator begin() {
    if (!current_.has_value()) Advance();
    return Iterator(this);
  }
  std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  void Advance() {
    while (next_item_ == page_.items.size()) {
      if (last_page_) {
        current_.reset();
        return;
      }
      const std::string token = std::move(page_.next_page_token);
      absl::StatusOr<Page> page = read_page_(token);
      // A page whose next_page_token is its own token would be read forever.
      if (page.ok() && !token.empty() && page->next_page_token == token) {
        page = absl::InternalError("the server answered with the page token that it was asked with");
      }
      next_item_ = 0;
      if (!page.ok()) {
        page_ = Page();
        last_page_ = true;
        current_ = page.status();
        return;
      }
      page_ = *std::move(page);
      last_page_ = page_.next_page_token.empty();
    }
    current_ = std::move(page_.items[next_item_++]);
  }

  ReadPage read_page_;
  Page page_;
  size_t next_item_ = 0;
  bool last_page_ = false;
  std::optional<absl::StatusOr<Item>> current_;
};

// The List methods. The range starts at the request's page_token and reads page_size items at a time. The connection
// must outlive the range.
PagedRange<v1::Tenant> ListTenants(const Connection& connection, v1::ListTenantsRequest request);
PagedRange<v1::AuditEvent> ListAuditEvents(const Connection& connection, v1::ListAuditEventsRequest request);
PagedRange<v1::AccessToken> ListAccessTokens(const Connection& connection, v1::ListAccessTokensRequest request);
PagedRange<v1::Client> ListClients(const Connection& connection, v1::ListClientsRequest request);
PagedRange<v1::ClientBlock> ListClientBlocks(const Connection& connection, v1::ListClientBlocksRequest request);
PagedRange<v1::MetadataDocument> ListDocuments(const Connection& connection, v1::ListDocumentsRequest request);
PagedRange<v1::ResourceServer> ListResourceServers(const Connection& connection,
                                                   v1::ListResourceServersRequest request);
PagedRange<v1::ClientGrant> ListClientGrants(const Connection& connection, v1::ListClientGrantsRequest request);
PagedRange<v1::Connection> ListConnections(const Connection& connection, v1::ListConnectionsRequest request);
// The clients' resource names.
PagedRange<std::string> ListConnectionClients(const Connection& connection, v1::ListConnectionClientsRequest request);

}  // namespace cimd::client

#endif  // CIMD_CLIENT_PAGINATION_H_
