#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "fmt/format.h"
#include "storage/audit/audit_chain.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// VerifyAuditChain. An attacker who tampered with the database may control every byte that is read here.
namespace cimd::storage {
namespace {

class Verification {
 public:
  Verification(const Snapshot& snapshot, std::string_view tenant, std::string_view known_head, HashFunction hash,
               absl::FunctionRef<bool()> go_on)
      : snapshot_(snapshot), tenant_(tenant), known_head_(known_head), hash_(hash), go_on_(go_on) {}

  absl::StatusOr<AuditChainReport> Run() {
    absl::StatusOr<AuditChainRecord> chain = FindAuditChain(snapshot_, tenant_);
    if (!chain.ok()) return chain.status();
    number_ = std::max<int64_t>(chain->first_link(), 1);
    report_.head_hash = chain->anchor_hash();
    position_ = chain->anchor_event();
    SeeHash(report_.head_hash);
    absl::Status status = CheckLinks();
    if (status.ok() && report_.problem.empty()) CheckEnd(*chain);
    if (status.ok() && report_.problem.empty()) status = CountUnlinked();
    if (!status.ok()) return status;
    return std::move(report_);
  }

 private:
  void Fail(std::string problem, std::string_view position) {
    report_.problem = std::move(problem);
    report_.position = std::string(position);
  }

  void SeeHash(std::string_view hash) { known_head_seen_ = known_head_seen_ || hash == known_head_; }

  absl::Status CheckLinks() {
    absl::Status failure;
    absl::Status scanned = snapshot_.Scan(keys::All(tenant_, keys::Kind::kAuditLink), /*limit=*/0,
                                          [&](std::string_view key, std::string_view value, Revision) {
                                            failure = go_on_() ? CheckLink(key, value) : absl::CancelledError();
                                            return failure.ok() && report_.problem.empty();
                                          });
    return failure.ok() ? scanned : failure;
  }

  absl::Status CheckLink(std::string_view key, std::string_view value) {
    const std::optional<int64_t> number = keys::AuditLinkNumber(key);
    AuditLinkRecord link;
    if (!number.has_value() || !ParseRecord(value, link).ok()) {
      Fail(fmt::format("a record behind link {} is no link", number_ - 1), position_);
      return absl::OkStatus();
    }
    if (*number != number_) {
      Fail(*number > number_ ? fmt::format("link {} is missing", number_)
                             : fmt::format("there is a link {} before the first one, {}", *number, number_),
           link.first_event());
      return absl::OkStatus();
    }
    if (link.previous_hash() != report_.head_hash) {
      Fail(fmt::format("link {} does not follow the one before it", number_), link.first_event());
      return absl::OkStatus();
    }
    return CheckEvents(link);
  }

  // Every event after the previous link, up to the last event of this link, must belong to this link.
  absl::Status CheckEvents(const AuditLinkRecord& link) {
    int64_t events = 0;
    std::string chained = report_.head_hash;
    const KeyRange range{keys::AfterAuditEvent(tenant_, position_), keys::AfterAuditEvent(tenant_, link.last_event())};
    absl::Status scanned =
        snapshot_.Scan(range, /*limit=*/0, [&](std::string_view key, std::string_view value, Revision) {
          chained = ChainAuditEvent(chained, key, value, hash_);
          // The first surplus event ends the scan.
          return ++events <= link.events();
        });
    if (!scanned.ok()) return scanned;
    if (events != link.events()) {
      Fail(fmt::format("link {} is about {} event{}, and there are {}: events were {}", number_, link.events(),
                       link.events() == 1 ? "" : "s", events > link.events() ? "more" : fmt::to_string(events),
                       events > link.events() ? "added" : "removed"),
           link.first_event());
      return absl::OkStatus();
    }
    if (chained != link.hash()) {
      Fail(fmt::format("the events of link {}, or the link, are not what they were: something was edited or moved",
                       number_),
           link.first_event());
      return absl::OkStatus();
    }
    report_.events += events;
    ++report_.links;
    ++number_;
    report_.head_hash = link.hash();
    position_ = link.last_event();
    SeeHash(link.hash());
    return absl::OkStatus();
  }

  void CheckEnd(const AuditChainRecord& chain) {
    if (number_ - 1 != chain.last_link() || report_.head_hash != chain.head_hash()) {
      Fail(fmt::format("the chain ends with link {}, and should end with link {}", number_ - 1, chain.last_link()),
           position_);
    } else if (!known_head_.empty() && !known_head_seen_) {
      Fail("no link has the known hash: the end was cut off, the chain was made anew, or the link has expired",
           position_);
    }
  }

  absl::Status CountUnlinked() {
    const KeyRange range{keys::AfterAuditEvent(tenant_, position_), keys::All(tenant_, keys::Kind::kAuditEvent).end};
    return snapshot_.Scan(range, /*limit=*/0, [&](std::string_view, std::string_view, Revision) {
      ++report_.unlinked_events;
      return true;
    });
  }

  const Snapshot& snapshot_;
  const std::string_view tenant_;
  const std::string_view known_head_;
  const HashFunction hash_;
  const absl::FunctionRef<bool()> go_on_;
  AuditChainReport report_;
  bool known_head_seen_ = false;
  // The number of the next link to check.
  int64_t number_ = 1;
  // The position of the last event that was checked.
  std::string position_;
};

}  // namespace

absl::StatusOr<AuditChainReport> VerifyAuditChain(const Snapshot& snapshot, std::string_view tenant,
                                                  std::string_view known_head, HashFunction hash,
                                                  absl::FunctionRef<bool()> go_on) {
  return Verification(snapshot, tenant, known_head, hash, go_on).Run();
}

}  // namespace cimd::storage
