#include "tests/bench/seed.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "storage/keys.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/document_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"

namespace cimd::bench {
namespace {

constexpr char kTenant[] = "default";
constexpr int kThreads = 8;
// Four operations for a client; a commit holds 128.
constexpr uint64_t kClientsPerCommit = 30;

struct Original {
  storage::ClientRecord client;
  storage::DocumentRecord document;
};

absl::StatusOr<std::unique_ptr<storage::Store>> Open(const std::string& data_dir) {
  storage::RocksDbOptions options;
  options.directory = data_dir + "/db";
  // Nobody watches while clients are copied.
  options.history_bytes = 1 << 20;
  return storage::OpenRocksDbStore(std::move(options));
}

absl::StatusOr<Original> FindOriginal(storage::Store& store) {
  auto client = storage::FindClientByUrl(store, kTenant, ClientUrl(0));
  if (!client.ok()) return client.status();
  if (!client->has_value()) return absl::NotFoundError("client 0 is not registered");
  Original original{.client = std::move((*client)->record)};
  const std::string& name = original.client.client().name();
  auto document = storage::FindDocument(store, kTenant, name.substr(name.rfind('/') + 1),
                                        original.client.client().document_version());
  if (!document.ok()) return document.status();
  if (!document->has_value()) return absl::NotFoundError("client 0 has no document");
  original.document = std::move((*document)->record);
  return original;
}

void PutCopy(storage::Transaction& transaction, const Original& original, uint64_t n) {
  const std::string name = CopyName(n);
  const std::string_view id = std::string_view(name).substr(name.rfind('/') + 1);
  storage::ClientRecord client = original.client;
  client.mutable_client()->set_name(name);
  client.mutable_client()->mutable_metadata()->set_external_client_id(ClientUrl(n));
  storage::PutClient(transaction, kTenant, client);
  storage::DocumentRecord document = original.document;
  document.mutable_document()->set_body(ClientDocument(ClientUrl(n)));
  storage::PutDocument(transaction, kTenant, id, client.client().document_version(), document);
}

}  // namespace

std::string ClientUrl(uint64_t n) { return fmt::format("https://client-{}.example.net/oauth/metadata.json", n); }

std::string CopyName(uint64_t n) { return fmt::format("tenants/{}/clients/tpc_{:022d}", kTenant, n); }

std::string ClientDocument(const std::string& url) {
  const std::string origin = url.substr(0, url.find('/', 8));
  nlohmann::ordered_json document;
  document["client_id"] = url;
  document["client_name"] = "An agent that is measured";
  document["client_uri"] = origin;
  document["logo_uri"] = origin + "/logo.png";
  document["application_type"] = "web";
  document["redirect_uris"] = {origin + "/callback", origin + "/callback/debug"};
  document["grant_types"] = {"authorization_code", "refresh_token"};
  document["response_types"] = {"code"};
  document["token_endpoint_auth_method"] = "none";
  return document.dump();
}

absl::Status CopyClients(const std::string& data_dir, uint64_t clients) {
  absl::StatusOr<std::unique_ptr<storage::Store>> store = Open(data_dir);
  if (!store.ok()) return store.status();
  absl::StatusOr<Original> original = FindOriginal(**store);
  if (!original.ok()) return original.status();
  std::atomic<uint64_t> next = 1;
  absl::Mutex mutex;
  absl::Status failure;
  auto copy = [&] {
    for (uint64_t begin; (begin = next.fetch_add(kClientsPerCommit)) < clients;) {
      auto revision = storage::RunInTransaction(**store, [&](storage::Transaction& transaction) {
        for (uint64_t n = begin; n < std::min(begin + kClientsPerCommit, clients); ++n) {
          PutCopy(transaction, *original, n);
        }
        return absl::OkStatus();
      });
      if (revision.ok()) continue;
      absl::MutexLock lock(&mutex);
      failure = revision.status();
      return;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(copy);
  for (std::thread& thread : threads) thread.join();
  return failure;
}

absl::StatusOr<Registration> ReadRegistration(const std::string& data_dir) {
  absl::StatusOr<std::unique_ptr<storage::Store>> store = Open(data_dir);
  if (!store.ok()) return store.status();
  absl::StatusOr<std::unique_ptr<storage::Watch>> watch = (*store)->WatchChanges("", 0);
  if (!watch.ok()) return watch.status();
  const std::string client = storage::keys::Client(kTenant, ClientUrl(0));
  while (true) {
    absl::StatusOr<storage::ChangeBatch> commit = (*watch)->Next(absl::ZeroDuration());
    if (!commit.ok()) return commit.status();
    if (commit->changes.empty()) return absl::NotFoundError("client 0 was not registered lately");
    Registration written;
    bool is_it = false;
    for (const storage::Change& change : commit->changes) {
      ++written.keys;
      written.bytes += static_cast<int64_t>(change.key.size() + change.value.value_or("").size());
      is_it = is_it || change.key == client;
    }
    if (is_it) return written;
  }
}

absl::Status WalkClients(const std::string& data_dir, Walk& walk) {
  absl::StatusOr<std::unique_ptr<storage::Store>> store = Open(data_dir);
  if (!store.ok()) return store.status();
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = (*store)->TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  const absl::Time start = absl::Now();
  absl::Status status = (*snapshot)->Scan(storage::keys::All(kTenant, storage::keys::Kind::kClient), 0,
                                          [&](std::string_view, std::string_view value, storage::Revision) {
                                            walk.bytes += static_cast<int64_t>(value.size());
                                            ++walk.records;
                                            return true;
                                          });
  walk.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  return status;
}

}  // namespace cimd::bench
