#include "storage/audit/audit_log.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"

namespace cimd::storage {
namespace {

// A read also stops after this many bytes.
constexpr size_t kMaxBytes = 8 << 20;

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// One call of ReadAuditEvents.
class BackwardReading {
 public:
  BackwardReading(const Snapshot& snapshot, std::string_view tenant, const AuditStretch& stretch, int64_t max_events,
                  AuditVisitor visit)
      : snapshot_(snapshot), tenant_(tenant), stretch_(stretch), max_events_(max_events), visit_(visit) {}

  absl::StatusOr<std::string> Run() {
    absl::StatusOr<AuditChainRecord> chain = FindAuditChain(snapshot_, tenant_);
    if (!chain.ok()) return chain.status();
    const KeyRange all = keys::All(tenant_, keys::Kind::kAuditEvent);
    begin_ = std::max(keys::AfterAuditEvent(tenant_, chain->anchor_event()), keys::AuditEvent(tenant_, stretch_.begin));
    end_ = stretch_.last.empty() ? all.end : keys::AfterAuditEvent(tenant_, stretch_.last);
    if (absl::Status status = ReadUnlinked(*chain); !status.ok() || done_) return Result(status);
    absl::StatusOr<int64_t> oldest = OldestLink(*chain);
    if (!oldest.ok()) return oldest.status();
    absl::StatusOr<int64_t> newest = NewestLink(*chain, *oldest);
    if (!newest.ok()) return newest.status();
    for (int64_t number = *newest; number >= *oldest && begin_ < end_ && !done_; --number) {
      if (absl::Status status = ReadLink(number); !status.ok()) return status;
    }
    return Result(absl::OkStatus());
  }

 private:
  absl::StatusOr<std::string> Result(const absl::Status& status) {
    if (!status.ok()) return status;
    return std::move(next_);
  }

  absl::StatusOr<std::optional<AuditLinkRecord>> LinkAt(int64_t number) const {
    auto found = Find<AuditLinkRecord>(snapshot_, keys::AuditLink(tenant_, number));
    if (!found.ok()) return found.status();
    if (!found->has_value()) return std::nullopt;
    return std::move((*found)->record);
  }

  // The first link in [first, last] for which `is_behind` is true; last + 1 if there is none. `is_behind` must be false
  // up to some link and true from then on.
  absl::StatusOr<int64_t> Search(int64_t first, int64_t last,
                                 absl::FunctionRef<bool(const AuditLinkRecord&)> is_behind) const {
    ++last;
    while (first < last) {
      const int64_t middle = first + (last - first) / 2;
      absl::StatusOr<std::optional<AuditLinkRecord>> link = LinkAt(middle);
      if (!link.ok()) return link.status();
      if (!link->has_value()) return absl::DataLossError("a link of an audit log is missing");
      if (is_behind(**link)) {
        last = middle;
      } else {
        first = middle + 1;
      }
    }
    return first;
  }

  bool IsAfterEnd(const google::protobuf::Timestamp& latest_time) const {
    return stretch_.end_time != absl::InfiniteFuture() && ToTime(latest_time) >= stretch_.end_time + kAuditClockSlack;
  }

  absl::StatusOr<int64_t> OldestLink(const AuditChainRecord& chain) const {
    const int64_t first = std::max<int64_t>(chain.first_link(), 1);
    if (stretch_.start_time == absl::InfinitePast()) return first;
    return Search(first, chain.last_link(),
                  [&](const AuditLinkRecord& link) { return ToTime(link.latest_time()) >= stretch_.start_time; });
  }

  // The last link that may contain requested events.
  absl::StatusOr<int64_t> NewestLink(const AuditChainRecord& chain, int64_t oldest) const {
    int64_t newest = chain.last_link();
    if (IsAfterEnd(chain.latest_time())) {
      absl::StatusOr<int64_t> first =
          Search(oldest, newest, [&](const AuditLinkRecord& link) { return IsAfterEnd(link.latest_time()); });
      if (!first.ok()) return first.status();
      newest = std::min(newest, *first);
    }
    if (!stretch_.last.empty() && stretch_.last <= chain.last_event()) {
      absl::StatusOr<int64_t> first =
          Search(oldest, newest, [&](const AuditLinkRecord& link) { return link.first_event() > stretch_.last; });
      if (!first.ok()) return first.status();
      newest = *first - 1;
    }
    return newest;
  }

  absl::Status ReadUnlinked(const AuditChainRecord& chain) {
    const std::string begin = keys::AfterAuditEvent(tenant_, chain.last_event());
    if (!IsAfterEnd(chain.latest_time())) {
      if (absl::Status status = ReadEvents(begin); !status.ok()) return status;
    }
    end_ = std::min(end_, begin);
    return absl::OkStatus();
  }

  // Reads from the link's first event up to the range that was read before. This also returns events that were inserted
  // between two links.
  absl::Status ReadLink(int64_t number) {
    absl::StatusOr<std::optional<AuditLinkRecord>> link = LinkAt(number);
    if (!link.ok() || !link->has_value()) return link.status();
    if (read_ >= max_events_ || read_bytes_ >= kMaxBytes) {
      next_ = std::min(std::string((*link)->last_event()), std::string(keys::AuditEventPosition(end_)));
      done_ = true;
      return absl::OkStatus();
    }
    if (first_) end_ = std::min(end_, keys::AfterAuditEvent(tenant_, (*link)->last_event()));
    first_ = false;
    return ReadEvents(keys::AuditEvent(tenant_, (*link)->first_event()));
  }

  // Reads the events from link_begin or begin_, whichever is later, up to end_, newest first. Then moves end_ back.
  absl::Status ReadEvents(const std::string& link_begin) {
    const std::string begin = std::max(begin_, link_begin);
    std::vector<std::pair<std::string, AuditRecord>> events;
    if (begin >= end_) return absl::OkStatus();
    absl::Status scanned =
        snapshot_.Scan({begin, end_}, /*limit=*/0, [&](std::string_view key, std::string_view value, Revision) {
          auto& [position, event] = events.emplace_back(keys::AuditEventPosition(key), AuditRecord());
          // A damaged event must not hide the other events.
          if (!ParseRecord(value, event).ok()) event.Clear();
          read_bytes_ += value.size();
          return true;
        });
    if (!scanned.ok()) return scanned;
    end_ = begin;
    read_ += static_cast<int64_t>(events.size());
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (visit_(event->first, event->second)) continue;
      next_ = std::move(event->first);
      done_ = true;
      break;
    }
    return absl::OkStatus();
  }

  const Snapshot& snapshot_;
  const std::string_view tenant_;
  const AuditStretch& stretch_;
  const int64_t max_events_;
  const AuditVisitor visit_;
  // The keys [begin_, end_) are not read yet.
  std::string begin_;
  std::string end_;
  int64_t read_ = 0;
  size_t read_bytes_ = 0;
  bool first_ = true;
  bool done_ = false;
  std::string next_;
};

}  // namespace

absl::Status BeginAuditLog(Transaction& transaction, std::string_view tenant, Revision newest) {
  absl::StatusOr<AuditChainRecord> chain = FindAuditChain(transaction, tenant);
  if (!chain.ok()) return chain.status();
  chain->set_tenant_begin(keys::AuditPosition(newest + 1));
  PutRecord(transaction, keys::AuditChain(tenant), *chain);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FindAuditLogs(const Snapshot& snapshot) {
  std::vector<std::string> tenants{std::string(keys::kPlatform)};
  for (keys::Kind kind : {keys::Kind::kTenant, keys::Kind::kAuditChain}) {
    absl::Status scanned = snapshot.Scan(keys::All(keys::kPlatform, kind), /*limit=*/0,
                                         [&](std::string_view key, std::string_view, Revision) {
                                           tenants.push_back(keys::FirstPartOf(key));
                                           return true;
                                         });
    if (!scanned.ok()) return scanned;
  }
  std::sort(tenants.begin() + 1, tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  return tenants;
}

absl::StatusOr<std::string> ReadAuditEvents(const Snapshot& snapshot, std::string_view tenant,
                                            const AuditStretch& stretch, int64_t max_events, AuditVisitor visit) {
  return BackwardReading(snapshot, tenant, stretch, max_events, visit).Run();
}

}  // namespace cimd::storage
