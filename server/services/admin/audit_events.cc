#include "server/services/admin/audit_events.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "fmt/format.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/rpc/method_table.h"
#include "server/rpc/page_token.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "server/rpc/watch_cursor.h"
#include "server/services/watches.h"
#include "server/watch/topic.h"
#include "storage/audit/audit_chain.h"
#include "storage/audit/audit_log.h"
#include "storage/repositories/tenant_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
namespace keys = storage::keys;
using rpc::RequestContext;
using storage::AuditChainRecord;
using storage::AuditRecord;

// A search with few matches reads at most this many events for a page. The next page continues there.
constexpr int64_t kMaxEventsPerPage = 5000;
constexpr size_t kMaxFilterBytes = 1024;
// Retry delay. A verification takes seconds.
constexpr absl::Duration kVerifyAgainAfter = absl::Seconds(5);
constexpr std::string_view kCollection = "/auditEvents/";
// Size of a position: a revision and an ordinal.
constexpr size_t kPositionBytes = 12;

std::string HexOf(std::string_view bytes) { return absl::BytesToHexString(std::string(bytes)); }

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

std::string EventName(std::string_view tenant, std::string_view position) {
  const std::string parent = tenant == keys::kPlatform ? std::string(rpc::kPlatformName) : rpc::MakeTenantName(tenant);
  return fmt::format("{}{}{}", parent, kCollection, HexOf(position));
}

// The id of the tenant whose log `parent` names, or keys::kPlatform.
absl::StatusOr<std::string> ParseParent(std::string_view field, std::string_view parent) {
  if (parent == rpc::kPlatformName) return std::string(keys::kPlatform);
  return rpc::ParseTenantName(field, parent);
}

struct EventPlace {
  std::string tenant;
  std::string position;
};

absl::StatusOr<EventPlace> ParseEventName(std::string_view name) {
  const size_t collection = name.find(kCollection);
  const std::string_view id =
      collection == std::string_view::npos ? std::string_view() : name.substr(collection + kCollection.size());
  if (id.size() != 2 * kPositionBytes || !IsLowerHex(id)) {
    return errors::ResourceNameInvalid("name", name, "{tenants/{tenant} or platform}/auditEvents/{audit_event}");
  }
  absl::StatusOr<std::string> tenant = ParseParent("name", name.substr(0, collection));
  if (!tenant.ok()) return tenant.status();
  return EventPlace{*std::move(tenant), absl::HexStringToBytes(std::string(id))};
}

// A log and the part of it that the caller may read.
struct Log {
  AuditChainRecord chain;
  // The first position that the caller may read.
  std::string begin;
};

// TENANT_NOT_FOUND when there is no such tenant and, for callers of the platform, never was one that is remembered.
absl::StatusOr<Log> RequireLog(const storage::Snapshot& snapshot, const RequestContext& call, std::string_view tenant) {
  absl::StatusOr<AuditChainRecord> chain = storage::FindAuditChain(snapshot, tenant);
  if (!chain.ok()) return errors::FromStore(chain.status());
  Log log;
  if (tenant != keys::kPlatform) {
    storage::MaybeStored<storage::TenantRecord> found = storage::FindTenant(snapshot, tenant);
    if (!found.ok()) return errors::FromStore(found.status());
    const bool remembered = call.caller.tenant.empty() && chain->ByteSizeLong() > 0;
    if (!found->has_value() && !remembered) return errors::TenantNotFound(tenant);
    if (!call.caller.tenant.empty()) log.begin = chain->tenant_begin();
  }
  log.chain = *std::move(chain);
  return log;
}

// Whether `resource` is `wanted` or below it.
bool IsWithin(std::string_view resource, std::string_view wanted) {
  return wanted.empty() || resource == wanted ||
         (resource.size() > wanted.size() && resource.starts_with(wanted) && resource[wanted.size()] == '/');
}

// The filter of a list request.
struct Filter {
  std::string resource;
  std::string external_client_id;
  std::string caller;
  std::string method;
  v1::AuditOutcome outcome = v1::AUDIT_OUTCOME_UNSPECIFIED;
  absl::Time start_time = absl::InfinitePast();
  absl::Time end_time = absl::InfiniteFuture();

  bool Matches(const AuditRecord& event) const {
    const absl::Time time = FromProto(event.time());
    const auto& urls = event.external_client_ids();
    return IsWithin(event.resource(), resource) &&
           (external_client_id.empty() || event.resource() == external_client_id ||
            std::find(urls.begin(), urls.end(), external_client_id) != urls.end()) &&
           (caller.empty() || caller == event.caller()) && (method.empty() || method == event.method()) &&
           (outcome == v1::AUDIT_OUTCOME_UNSPECIFIED || outcome == event.outcome()) && time >= start_time &&
           time < end_time;
  }
};

bool IsUrl(std::string_view text) { return text.starts_with("https://"); }

// Whether a log can have events of this resource or of resources below it. `tenant` is an id or keys::kPlatform.
bool CanHold(std::string_view tenant, std::string_view resource) {
  if (resource == "tenants") return true;
  if (tenant != keys::kPlatform) return IsWithin(resource, rpc::MakeTenantName(tenant));
  return IsWithin(resource, "tenants") || IsWithin(resource, rpc::kPlatformName) || IsWithin(resource, "backups");
}

// The record type that the watch cursors of audit logs are bound to.
std::string CursorKind() { return AuditRecord().GetTypeName(); }

// Sends new events. Expiry of events is not sent.
const watch::Topic& AuditTopic() {
  static const watch::Topic& topic = *new watch::Topic(watch::MakeTopic<AuditRecord, v1::WatchAuditEventsResponse>(
      {keys::Kind::kAuditEvent},
      [](const storage::Change& change, storage::Revision, v1::WatchAuditEventsResponse& response) -> absl::Status {
        if (!change.value.has_value()) return absl::OkStatus();
        AuditRecord record;
        if (absl::Status status = storage::ParseRecord(*change.value, record); !status.ok()) {
          return errors::FromStore(status);
        }
        *response.add_audit_events() =
            ServedAuditEvent(keys::TenantOf(change.key), keys::AuditEventPosition(change.key), std::move(record));
        return absl::OkStatus();
      }));
  return topic;
}

// Parses the filter of a request. FIELD_INVALID for a filter that can match nothing, so that a mistake is not taken for
// an empty result.
absl::StatusOr<Filter> ParseFilter(const v1::ListAuditEventsRequest& request, std::string_view tenant) {
  RequestValidator validator;
  validator.PageSize(request.page_size());
  validator.MaxBytes("resource", request.resource(), 2 * kMaxFilterBytes);
  validator.MaxBytes("caller", request.caller(), kMaxFilterBytes);
  validator.MaxBytes("method", request.method(), kMaxFilterBytes);
  validator.MaxBytes("external_client_id", request.external_client_id(), 2 * kMaxFilterBytes);
  Filter filter{
      .external_client_id = request.external_client_id(), .caller = request.caller(), .outcome = request.outcome()};
  if (!filter.external_client_id.empty() && !IsUrl(filter.external_client_id)) {
    validator.Add("external_client_id", "FORMAT", "must be the URL of a client, which begins with https://");
  }
  if (!IsUrl(request.resource())) {
    filter.resource = request.resource();
    if (!filter.resource.empty() && !CanHold(tenant, filter.resource)) {
      validator.Add("resource", "FORMAT",
                    fmt::format("must be a resource name of {} or the URL of a client", request.parent()));
    }
  } else if (filter.external_client_id.empty()) {
    filter.external_client_id = request.resource();
  } else if (filter.external_client_id != request.resource()) {
    validator.Add("resource", "CONFLICT", "is the URL of another client than external_client_id");
  }
  if (!request.method().empty()) {
    const rpc::Method* method = rpc::FindMethod(request.method());
    if (method == nullptr) method = rpc::FindMethod(fmt::format("cimd.v1.{}", request.method()));
    if (method != nullptr) filter.method = std::string(method->name);
    if (method == nullptr) {
      validator.Add("method", "UNKNOWN", "must be a method such as RegistrationService/RegisterClient");
    }
  }
  if (!v1::AuditOutcome_IsValid(request.outcome())) validator.Add("outcome", "UNKNOWN", "must be an AuditOutcome");
  if (request.has_start_time()) filter.start_time = FromProto(request.start_time());
  if (request.has_end_time()) filter.end_time = FromProto(request.end_time());
  if (filter.end_time <= filter.start_time) validator.Add("end_time", "RANGE", "must be after start_time");
  if (absl::Status status = validator.status(); !status.ok()) return status;
  return filter;
}

}  // namespace

v1::AuditEvent ServedAuditEvent(std::string_view tenant, std::string_view position, AuditRecord record) {
  v1::AuditEvent event;
  event.set_name(EventName(tenant, position));
  event.mutable_time()->Swap(record.mutable_time());
  event.set_caller_kind(record.caller_kind());
  event.set_caller(std::move(*record.mutable_caller()));
  event.set_caller_display_name(std::move(*record.mutable_caller_display_name()));
  event.set_address(std::move(*record.mutable_address()));
  event.set_method(std::move(*record.mutable_method()));
  event.set_resource(std::move(*record.mutable_resource()));
  event.set_outcome(record.outcome());
  event.set_reason(std::move(*record.mutable_reason()));
  event.set_request_id(std::move(*record.mutable_request_id()));
  event.set_trace_id(std::move(*record.mutable_trace_id()));
  event.set_before_sha256(std::move(*record.mutable_before_sha256()));
  event.set_after_sha256(std::move(*record.mutable_after_sha256()));
  event.mutable_changes()->Swap(record.mutable_changes());
  event.set_omitted_changes(record.omitted_changes());
  event.mutable_external_client_ids()->Swap(record.mutable_external_client_ids());
  event.set_count(record.count());
  return event;
}

absl::StatusOr<v1::AuditEvent> AuditHandlers::GetAuditEvent(RequestContext& call,
                                                            const v1::GetAuditEventRequest& request) const {
  absl::StatusOr<EventPlace> place = ParseEventName(request.name());
  if (!place.ok()) return place.status();
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store_.TakeSnapshot();
  if (!snapshot.ok()) return errors::FromStore(snapshot.status());
  absl::StatusOr<Log> log = RequireLog(**snapshot, call, place->tenant);
  if (!log.ok()) return log.status();
  const bool visible = place->position > log->chain.anchor_event() && place->position >= log->begin;
  storage::MaybeStored<AuditRecord> found =
      storage::Find<AuditRecord>(**snapshot, keys::AuditEvent(place->tenant, place->position));
  if (!found.ok()) return errors::FromStore(found.status());
  if (!visible || !found->has_value()) return errors::AuditEventNotFound(request.name());
  return ServedAuditEvent(place->tenant, place->position, std::move((*found)->record));
}

absl::StatusOr<v1::ListAuditEventsResponse> AuditHandlers::ListAuditEvents(
    RequestContext& call, const v1::ListAuditEventsRequest& request) const {
  absl::StatusOr<std::string> tenant = ParseParent("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  absl::StatusOr<Filter> filter = ParseFilter(request, *tenant);
  if (!filter.ok()) return filter.status();
  const std::string question = rpc::QuestionOf(request);
  const storage::KeyRange range = keys::All(*tenant, keys::Kind::kAuditEvent);
  absl::StatusOr<std::string> last = rpc::ParsePageToken(request.page_token(), question, range.begin, range.end);
  if (!last.ok()) return last.status();

  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store_.TakeSnapshot();
  if (!snapshot.ok()) return errors::FromStore(snapshot.status());
  absl::StatusOr<Log> log = RequireLog(**snapshot, call, *tenant);
  if (!log.ok()) return log.status();
  storage::AuditStretch stretch{.begin = log->begin, .start_time = filter->start_time, .end_time = filter->end_time};
  if (!last->empty()) stretch.last = keys::AuditEventPosition(*last);
  v1::ListAuditEventsResponse response;
  const int page_size = rpc::PageSize(request.page_size());
  size_t bytes = 0;
  absl::StatusOr<std::string> next = storage::ReadAuditEvents(
      **snapshot, *tenant, stretch, kMaxEventsPerPage, [&](std::string_view position, const AuditRecord& event) {
        if (!filter->Matches(event)) return true;
        if (response.audit_events_size() == page_size || bytes >= rpc::kMaxPageBytes) return false;
        bytes += event.ByteSizeLong();
        *response.add_audit_events() = ServedAuditEvent(*tenant, position, event);
        return true;
      });
  if (!next.ok()) return errors::FromStore(next.status());
  if (!next->empty()) response.set_next_page_token(rpc::MakePageToken(question, keys::AuditEvent(*tenant, *next)));
  response.set_watch_cursor(rpc::MakeWatchCursor(CursorKind(), *tenant, (*snapshot)->revision()));
  return response;
}

absl::Status AuditHandlers::WatchAuditEvents(RequestContext& call, const v1::WatchAuditEventsRequest& request,
                                             const std::shared_ptr<rpc::Stream>& stream) const {
  absl::StatusOr<std::string> tenant = ParseParent("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  // Platform callers may read the events of earlier tenants with the same id.
  if (!call.caller.tenant.empty()) {
    if (absl::Status status = CheckCursor(store_, AuditTopic(), *tenant, request.cursor()); !status.ok()) return status;
  }
  return hub_.Feed(*std::move(tenant), AuditTopic(), request.cursor(), stream);
}

absl::StatusOr<v1::VerifyAuditLogResponse> AuditHandlers::VerifyAuditLog(
    RequestContext& call, const v1::VerifyAuditLogRequest& request) const {
  absl::StatusOr<std::string> tenant = ParseParent("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  RequestValidator validator;
  validator.Sha256Hex("known_head_sha256", request.known_head_sha256());
  if (absl::Status status = validator.status(); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store_.TakeSnapshot();
  if (!snapshot.ok()) return errors::FromStore(snapshot.status());
  absl::StatusOr<Log> log = RequireLog(**snapshot, call, *tenant);
  if (!log.ok()) return log.status();
  const std::unique_lock turn(verification_, std::try_to_lock);
  if (!turn.owns_lock()) return errors::Overloaded(kVerifyAgainAfter);
  absl::StatusOr<storage::AuditChainReport> report =
      storage::VerifyAuditChain(**snapshot, *tenant, absl::HexStringToBytes(request.known_head_sha256()),
                                crypto::Sha256, [&] { return !call.is_cancelled(); });
  if (absl::IsCancelled(report.status())) return errors::DeadlineExceeded();
  if (!report.ok()) return errors::FromStore(report.status());
  v1::VerifyAuditLogResponse response;
  response.set_valid(report->problem.empty());
  response.set_events(report->events);
  response.set_links(report->links);
  response.set_unlinked_events(report->unlinked_events);
  response.set_expired_events(log->chain.expired_events());
  response.set_head_sha256(HexOf(report->head_hash));
  response.set_problem(std::move(report->problem));
  if (!report->position.empty()) response.set_audit_event(EventName(*tenant, report->position));
  return response;
}

}  // namespace cimd::services
