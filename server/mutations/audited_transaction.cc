#include "server/mutations/audited_transaction.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "server/errors/errors.h"
#include "server/metadata/metadata_diff.h"
#include "server/mutations/field_changes.h"
#include "server/rpc/resource_name.h"
#include "storage/keys.h"
#include "storage/record.h"

namespace cimd::services {
namespace {

using google::protobuf::Message;
using storage::keys::Kind;

// The record type of kinds that appear in audit events. Null for indexes, bookkeeping and kinds with events of their
// own. Versions of a document appear through the fields of their client.
const Message* RecordOf(Kind kind) {
  switch (kind) {
    case Kind::kTenant:
      return &storage::TenantRecord::default_instance();
    case Kind::kAccessTokenById:
      return &storage::AccessTokenIdRecord::default_instance();
    case Kind::kClient:
      return &storage::ClientRecord::default_instance();
    case Kind::kClientBlock:
      return &storage::ClientBlockRecord::default_instance();
    case Kind::kResourceServer:
      return &storage::ResourceServerRecord::default_instance();
    case Kind::kClientGrant:
      return &storage::ClientGrantRecord::default_instance();
    case Kind::kConnection:
      return &storage::ConnectionRecord::default_instance();
    case Kind::kConnectionClient:
      return &storage::ConnectionClientRecord::default_instance();
    default:
      return nullptr;
  }
}

// One resource before and after the mutation. A state in which the resource does not exist is an empty message.
struct Resource {
  // Tenant of the key, or keys::kPlatform.
  std::string tenant;
  // Field of the record that holds the API's message, for example "client". Empty when the record wraps no such
  // message.
  std::string kind;
  std::unique_ptr<Message> before_record;
  std::unique_ptr<Message> after_record;
  bool existed = false;
  bool exists = false;

  const Message& before() const { return Part(*before_record); }
  const Message& after() const { return Part(*after_record); }

 private:
  const Message& Part(const Message& record) const {
    if (kind.empty()) return record;
    return record.GetReflection()->GetMessage(record, record.GetDescriptor()->FindFieldByName(kind));
  }
};

// The wrapped API message is always the first field of its record.
std::string WrappedField(const google::protobuf::Descriptor& record) {
  const auto* first = record.FindFieldByNumber(1);
  const bool wraps = first != nullptr && first->message_type() != nullptr && !first->is_repeated() &&
                     std::string_view(first->message_type()->full_name()).starts_with("cimd.v1.");
  return wraps ? first->name() : std::string();
}

absl::Status Parse(const std::optional<std::string>& value, Message& record, bool& present) {
  present = value.has_value();
  return present ? storage::ParseRecord(*value, record) : absl::OkStatus();
}

absl::StatusOr<Resource> MakeResource(std::string_view key, const std::optional<std::string>& before,
                                      const std::optional<std::string>& after) {
  const Message& record = *RecordOf(storage::keys::KindOf(key));
  Resource resource;
  resource.tenant = storage::keys::TenantOf(key);
  resource.kind = WrappedField(*record.GetDescriptor());
  resource.before_record.reset(record.New());
  resource.after_record.reset(record.New());
  if (absl::Status status = Parse(before, *resource.before_record, resource.existed); !status.ok()) return status;
  if (absl::Status status = Parse(after, *resource.after_record, resource.exists); !status.ok()) return status;
  return resource;
}

bool HasName(const Message& resource, std::string_view name) {
  const auto* field = resource.GetDescriptor()->FindFieldByName("name");
  return field != nullptr && resource.GetReflection()->GetString(resource, field) == name;
}

// Changes of the document's metadata are described with their security impact, all other changes field by field.
void AddClientChanges(const v1::Client& before, const v1::Client& after, bool has_metadata_changes,
                      std::string_view path, storage::AuditRecord& event) {
  if (!has_metadata_changes) {
    const v1::MetadataDiff diff = metadata::DiffMetadata(before.metadata(), after.metadata(), "", "");
    event.mutable_changes()->MergeFrom(diff.changes());
  }
  v1::Client other_before = before;
  v1::Client other_after = after;
  other_before.clear_metadata();
  other_after.clear_metadata();
  AddFieldChanges(other_before, other_after, path, event);
}

void AddChanges(const Resource& resource, bool has_metadata_changes, bool is_main, storage::AuditRecord& event) {
  const std::string path = is_main ? std::string() : resource.kind + ".";
  if (const auto* client = dynamic_cast<const v1::Client*>(&resource.before())) {
    return AddClientChanges(*client, static_cast<const v1::Client&>(resource.after()), has_metadata_changes, path,
                            event);
  }
  const auto* before = dynamic_cast<const storage::ConnectionClientRecord*>(&resource.before());
  if (before == nullptr) return AddFieldChanges(resource.before(), resource.after(), path, event);
  // Each client of a connection has a record of its own.
  const auto& after = static_cast<const storage::ConnectionClientRecord&>(resource.after());
  if (resource.existed) AddFieldChange("clients", before->client(), std::nullopt, event);
  if (resource.exists) AddFieldChange("clients", std::nullopt, after.client(), event);
}

// Adds the URLs of the clients that the event concerns.
absl::Status AddClientUrls(storage::Transaction& transaction, const std::vector<Resource>& changed,
                           storage::AuditRecord& event) {
  std::set<std::string> urls;
  auto add_client = [&](std::string_view tenant, std::string_view client) {
    auto found = storage::Find<storage::ClientIdRecord>(transaction, storage::keys::ClientById(tenant, client));
    if (found.ok() && found->has_value()) urls.insert((*found)->record.external_client_id());
    return found.status();
  };
  for (const Resource& resource : changed) {
    const Message& state = resource.exists ? resource.after() : resource.before();
    absl::Status status;
    if (const auto* client = dynamic_cast<const v1::Client*>(&state)) {
      urls.insert(client->metadata().external_client_id());
    } else if (const auto* block = dynamic_cast<const v1::ClientBlock*>(&state)) {
      urls.insert(block->external_client_id());
    } else if (const auto* grant = dynamic_cast<const v1::ClientGrant*>(&state)) {
      absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("client", grant->client());
      if (name.ok()) status = add_client(name->tenant, name->client);
    } else if (const auto* enabled = dynamic_cast<const storage::ConnectionClientRecord*>(&state)) {
      status = add_client(resource.tenant, enabled->client());
    }
    if (!status.ok()) return status;
  }
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("resource", event.resource());
  if (urls.empty() && name.ok()) {
    if (absl::Status status = add_client(name->tenant, name->client); !status.ok()) return status;
  }
  event.mutable_external_client_ids()->Assign(urls.begin(), urls.end());
  return absl::OkStatus();
}

}  // namespace

void AuditedTransaction::Put(std::string key, std::string value) {
  Note(key);
  if (value.size() > kMaxResourceBytes && size_status_.ok()) {
    if (const Message* record = RecordOf(storage::keys::KindOf(key)); record != nullptr) {
      size_status_ =
          rpc::errors::ResourceTooLarge(WrappedField(*record->GetDescriptor()), value.size(), kMaxResourceBytes);
    }
  }
  transaction_.Put(std::move(key), std::move(value));
}

void AuditedTransaction::Delete(std::string key) {
  Note(key);
  transaction_.Delete(std::move(key));
}

void AuditedTransaction::Note(const std::string& key) {
  if (RecordOf(storage::keys::KindOf(key)) == nullptr || !failure_.ok()) return;
  if (std::any_of(written_.begin(), written_.end(), [&](const Written& written) { return written.key == key; })) return;
  absl::StatusOr<std::optional<storage::Entry>> entry = transaction_.Get(key);
  failure_ = entry.status();
  if (!entry.ok()) return;
  std::optional<std::string> before;
  if (entry->has_value()) before = std::move((*entry)->value);
  written_.push_back({key, std::move(before)});
}

absl::StatusOr<bool> AuditedTransaction::Describe(ResourceChange change, storage::AuditRecord& event) {
  if (!failure_.ok()) return failure_;
  event.set_resource(std::move(change.resource));
  *event.mutable_changes() = std::move(change.field_changes);
  const bool has_changes = event.changes_size() > 0;
  std::vector<Resource> changed;
  for (const Written& written : written_) {
    absl::StatusOr<std::optional<storage::Entry>> entry = transaction_.Get(written.key);
    if (!entry.ok()) return entry.status();
    std::optional<std::string> after;
    if (entry->has_value()) after = std::move((*entry)->value);
    absl::StatusOr<Resource> resource = MakeResource(written.key, written.before, after);
    if (!resource.ok()) return resource.status();
    if (resource->existed != resource->exists || IsChanged(resource->before(), resource->after())) {
      changed.push_back(*std::move(resource));
    }
  }
  // If the mutation wrote no record of these kinds, the resource that it named counts as changed.
  if (changed.empty() && !written_.empty() && !has_changes) return false;
  if (absl::Status status = AddClientUrls(transaction_, changed, event); !status.ok()) return status;
  if (!changed.empty()) {
    auto main = std::find_if(changed.begin(), changed.end(), [&](const Resource& resource) {
      return HasName(resource.exists ? resource.after() : resource.before(), event.resource());
    });
    if (main == changed.end()) main = changed.begin();
    if (!main->kind.empty()) {
      if (main->existed) event.set_before_sha256(ResourceDigest(main->before()));
      if (main->exists) event.set_after_sha256(ResourceDigest(main->after()));
    }
    for (const Resource& resource : changed) AddChanges(resource, has_changes, &resource == &*main, event);
  }
  BoundFieldChanges(event);
  return true;
}

}  // namespace cimd::services
