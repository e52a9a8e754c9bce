#include "server/mutations/mutations.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/rpc/peer.h"
#include "server/mutations/audited_transaction.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "storage/audit/audit_log.h"
#include "storage/repositories/idempotency_records.h"
#include "storage/run_in_transaction.h"

namespace cimd::services {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Map entries in a fixed order, so that equal requests have equal digests.
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

// Where request ids and audit events of a call stand.
std::string_view OwnerOf(const rpc::RequestContext& call) {
  return storage::keys::OwnerOf(call.tenant);
}

// Everything that the call says about who did it, and how.
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

// Fills in the etag of the resource in an answer: its own, or that of the resource that it holds.
void StampEtag(Message& response, storage::Revision revision) {
  const auto* reflection = response.GetReflection();
  if (const FieldDescriptor* etag = response.GetDescriptor()->FindFieldByName("etag")) {
    if (reflection->GetString(response, etag).empty()) {
      reflection->SetString(&response, etag, fmt::format("{}", revision));
    }
    return;
  }
  for (const char* name : {"client", "access_token"}) {
    const FieldDescriptor* held = response.GetDescriptor()->FindFieldByName(name);
    if (held != nullptr && held->message_type() != nullptr && reflection->HasField(response, held)) {
      StampEtag(*reflection->MutableMessage(&response, held), revision);
    }
  }
}

absl::Status CheckRequestId(std::string_view request_id) {
  RequestValidator validator;
  validator.Uuid("request_id", request_id);
  return validator.status();
}

// Reads a remembered answer into `response`: false when there is none.
absl::StatusOr<bool> TakeAnswer(const std::optional<storage::Stored<storage::RequestRecord>>& stored,
                                const rpc::RequestContext& call, std::string_view digest, std::string_view request_id,
                                Message& response) {
  if (!stored.has_value() || FromProto(stored->record.create_time()) + storage::kRequestMemory < call.now) return false;
  if (stored->record.method() != call.method.name || stored->record.request_digest() != digest) {
    return rpc::errors::RequestIdReused(request_id);
  }
  if (!response.ParseFromString(stored->record.response())) return rpc::errors::Internal();
  StampEtag(response, stored->revision);
  return true;
}

}  // namespace

absl::StatusOr<bool> Mutations::ReplayInto(const rpc::RequestContext& call, const Message& request,
                                           std::string_view request_id, Message& response) const {
  if (request_id.empty()) return false;
  if (absl::Status status = CheckRequestId(request_id); !status.ok()) return status;
  storage::MaybeStored<storage::RequestRecord> stored = storage::FindRequest(store_, OwnerOf(call), request_id);
  if (!stored.ok()) return rpc::errors::FromStore(stored.status());
  return TakeAnswer(*stored, call, DigestOf(request), request_id, response);
}

absl::StatusOr<storage::Revision> Mutations::RunTransaction(const rpc::RequestContext& call, const Message& request,
                                                            std::string_view request_id, bool validate_only,
                                                            Message& response, Body body) const {
  if (absl::Status status = request_id.empty() ? absl::OkStatus() : CheckRequestId(request_id); !status.ok()) {
    return status;
  }
  const std::string digest = request_id.empty() ? std::string() : DigestOf(request);
  bool replayed = false;
  // An error of the body is already one of the catalogue; one of the store is not.
  absl::Status refused;
  auto attempt = [&](storage::Transaction& transaction) -> absl::Status {
    refused = absl::OkStatus();
    replayed = false;
    if (!request_id.empty()) {
      storage::MaybeStored<storage::RequestRecord> stored =
          storage::Find<storage::RequestRecord>(transaction, storage::keys::Request(OwnerOf(call), request_id));
      if (!stored.ok()) return stored.status();
      absl::StatusOr<bool> answered = TakeAnswer(*stored, call, digest, request_id, response);
      if (!answered.ok()) return refused = answered.status();
      replayed = *answered;
      if (replayed) return absl::OkStatus();
    }
    storage::AuditRecord event;
    AuditedTransaction audited(transaction);
    if (absl::Status status = body(audited, event); !status.ok()) return refused = status;
    if (!audited.size_status().ok()) return refused = audited.size_status();
    if (!event.resource().empty()) {
      absl::StatusOr<bool> changed = audited.Describe(event);
      if (!changed.ok()) return changed.status();
      if (*changed) {
        FillAuditEvent(call, request_id, event);
        storage::AppendAuditEvent(transaction, OwnerOf(call), event);
      }
    }
    if (!request_id.empty()) {
      storage::RequestRecord record;
      record.set_method(std::string(call.method.name));
      record.set_request_digest(digest);
      record.set_response(response.SerializeAsString());
      ToProto(call.now, *record.mutable_create_time());
      storage::PutRequest(transaction, OwnerOf(call), request_id, record);
    }
    return absl::OkStatus();
  };
  if (validate_only) {
    absl::StatusOr<std::unique_ptr<storage::Transaction>> transaction = store_.Begin();
    if (!transaction.ok()) return rpc::errors::FromStore(transaction.status());
    absl::Status status = attempt(**transaction);
    if (!refused.ok()) return refused;
    if (!status.ok()) return rpc::errors::FromStore(status);
    return 0;
  }
  absl::StatusOr<storage::Revision> revision = storage::RunInTransaction(store_, attempt);
  if (!refused.ok()) return refused;
  if (!revision.ok()) return rpc::errors::FromStore(revision.status());
  if (!replayed) StampEtag(response, *revision);
  return revision;
}

}  // namespace cimd::services
