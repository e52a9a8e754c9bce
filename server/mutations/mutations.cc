#include "server/mutations/mutations.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/mutations/audited_transaction.h"
#include "server/rpc/peer.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "storage/audit/audit_log.h"
#include "storage/repositories/idempotency_records.h"
#include "storage/run_in_transaction.h"

namespace cimd::services {
namespace {

using google::protobuf::Message;

// SHA-256 of a request. Map entries are serialized in a fixed order, so equal requests have equal digests.
std::string DigestOf(const Message& request) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&output);
  }
  return crypto::Sha256(bytes);
}

// The owner under which the idempotency records and audit events of a call are stored.
std::string_view OwnerOf(const rpc::RequestContext& call) { return storage::keys::OwnerOf(call.tenant); }

// Fills in the caller, address, method and trace of a call.
void FillAuditEvent(const rpc::RequestContext& call, std::string_view request_id, storage::AuditRecord& event) {
  ToProto(call.now, *event.mutable_time());
  event.set_caller_kind(call.caller.kind);
  event.set_caller(call.caller.id);
  event.set_caller_display_name(call.caller.name);
  event.set_address(rpc::AddressOfPeer(call.peer));
  event.set_method(std::string(call.method.name));
  event.set_outcome(v1::AUDIT_OUTCOME_CHANGED);
  event.set_request_id(std::string(request_id));
  event.set_trace_id(rpc::TraceIdOf(call.traceparent));
  event.set_count(1);
}

absl::Status CheckRequestId(std::string_view request_id) {
  RequestValidator validator;
  validator.Uuid("request_id", request_id);
  return validator.status();
}

// Reads the response of an idempotency record into `response` and returns its revision. 0 when there is none or it has
// expired.
absl::StatusOr<storage::Revision> TakeResponse(const std::optional<storage::Stored<storage::RequestRecord>>& stored,
                                               const rpc::RequestContext& call, std::string_view digest,
                                               std::string_view request_id, Message& response) {
  if (!stored.has_value() || FromProto(stored->record.create_time()) + storage::kRequestMemory < call.now) return 0;
  if (stored->record.method() != call.method.name || stored->record.request_digest() != digest) {
    return rpc::errors::RequestIdReused(request_id);
  }
  if (!response.ParseFromString(stored->record.response())) return rpc::errors::Internal();
  return stored->revision;
}

void RememberResponse(storage::Transaction& transaction, const rpc::RequestContext& call, std::string_view digest,
                      std::string_view request_id, const Message& response) {
  storage::RequestRecord record;
  record.set_method(std::string(call.method.name));
  record.set_request_digest(std::string(digest));
  record.set_response(response.SerializeAsString());
  ToProto(call.now, *record.mutable_create_time());
  storage::PutRequest(transaction, OwnerOf(call), request_id, record);
}

}  // namespace

absl::StatusOr<storage::Revision> Mutations::ReplayInto(const rpc::RequestContext& call, const Message& request,
                                                        std::string_view request_id, Message& response) const {
  if (request_id.empty()) return 0;
  if (absl::Status status = CheckRequestId(request_id); !status.ok()) return status;
  storage::MaybeStored<storage::RequestRecord> stored = storage::FindRequest(store_, OwnerOf(call), request_id);
  if (!stored.ok()) return rpc::errors::FromStore(stored.status());
  return TakeResponse(*stored, call, DigestOf(request), request_id, response);
}

absl::StatusOr<storage::Revision> Mutations::RunTransaction(const rpc::RequestContext& call, const Message& request,
                                                            std::string_view request_id, bool validate_only,
                                                            Message& response, Body body) const {
  if (absl::Status status = request_id.empty() ? absl::OkStatus() : CheckRequestId(request_id); !status.ok()) {
    return status;
  }
  const std::string digest = request_id.empty() ? std::string() : DigestOf(request);
  storage::Revision replayed = 0;
  // Errors of the body are returned unchanged. Errors of the store are translated.
  absl::Status refused;
  auto attempt = [&](storage::Transaction& transaction) -> absl::Status {
    refused = absl::OkStatus();
    replayed = 0;
    if (!request_id.empty()) {
      storage::MaybeStored<storage::RequestRecord> stored =
          storage::Find<storage::RequestRecord>(transaction, storage::keys::Request(OwnerOf(call), request_id));
      if (!stored.ok()) return stored.status();
      absl::StatusOr<storage::Revision> answered = TakeResponse(*stored, call, digest, request_id, response);
      if (!answered.ok()) return refused = answered.status();
      replayed = *answered;
      if (replayed > 0) return absl::OkStatus();
    }
    AuditedTransaction audited(transaction);
    absl::StatusOr<ResourceChange> change = body(audited);
    if (!change.ok()) return refused = change.status();
    if (!audited.size_status().ok()) return refused = audited.size_status();
    if (!change->resource.empty()) {
      storage::AuditRecord event;
      absl::StatusOr<bool> changed = audited.Describe(*std::move(change), event);
      if (!changed.ok()) return changed.status();
      if (*changed) {
        FillAuditEvent(call, request_id, event);
        storage::AppendAuditEvent(transaction, OwnerOf(call), event);
      }
    }
    if (!request_id.empty()) RememberResponse(transaction, call, digest, request_id, response);
    return absl::OkStatus();
  };
  if (validate_only) {
    absl::StatusOr<std::unique_ptr<storage::Transaction>> transaction = store_.Begin();
    if (!transaction.ok()) return rpc::errors::FromStore(transaction.status());
    absl::Status status = attempt(**transaction);
    if (!refused.ok()) return refused;
    if (!status.ok()) return rpc::errors::FromStore(status);
    return replayed;
  }
  absl::StatusOr<storage::Revision> revision = storage::RunInTransaction(store_, attempt);
  if (!refused.ok()) return refused;
  if (!revision.ok()) return rpc::errors::FromStore(revision.status());
  return replayed > 0 ? replayed : *revision;
}

}  // namespace cimd::services
