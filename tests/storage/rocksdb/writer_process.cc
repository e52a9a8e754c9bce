#include "tests/storage/rocksdb/writer_process.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

namespace cimd::storage {
namespace {

void CommitForEver(Store& store, int thread) {
  int last = 0;
  absl::Status found = store.Read(WriterKey(thread, "first"), [&](std::string_view value, Revision) {
    last = std::stoi(std::string(value));
    return absl::OkStatus();
  });
  while (found.ok() || absl::IsNotFound(found)) {
    absl::StatusOr<std::unique_ptr<Transaction>> transaction = store.Begin();
    if (!transaction.ok()) break;
    const std::string count = std::to_string(++last);
    (*transaction)->Put(WriterKey(thread, "first"), count);
    (*transaction)->Put(WriterKey(thread, "second"), count);
    if (!store.Commit(*std::move(transaction)).ok()) break;
    const WriterAcknowledgement acknowledgement = {thread, last};
    if (write(STDOUT_FILENO, &acknowledgement, sizeof(acknowledgement)) != sizeof(acknowledgement)) break;
  }
  _exit(1);
}

}  // namespace
}  // namespace cimd::storage

int main(int argc, char** argv) {
  using namespace cimd::storage;
  if (argc != 2) return 2;
  absl::StatusOr<std::unique_ptr<Store>> store = OpenRocksDbStore(WriterOptions(argv[1]));
  if (!store.ok()) {
    std::cerr << store.status() << std::endl;
    return 1;
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < kWriterThreads; ++t) threads.emplace_back([&, t] { CommitForEver(**store, t); });
  for (std::thread& thread : threads) thread.join();
}
