#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/import_summary.h"
#include "client/cli/progress.h"

// cimdctl clients import
namespace cimd::cli {
namespace {

constexpr int kMaxParallel = 64;

// Registers the URLs of a list, several at a time, until all are done or one failure tells that the rest would fail
// alike.
class Import {
 public:
  Import(const Session& session, const std::vector<std::string>& urls) : session_(session), urls_(urls) {}

  void Run(size_t parallel) {
    const Console& console = session_.console();
    Progress progress(console.err, console.err_is_terminal, urls_.size(), absl::Now);
    std::vector<std::jthread> workers;
    for (size_t i = 0; i < std::min(parallel, urls_.size()); ++i) {
      workers.emplace_back([this, &progress] { Work(progress); });
    }
  }

  // After Run.
  int Report() {
    absl::MutexLock lock(&mutex_);
    const size_t not_tried = urls_.size() - next_;
    session_.console().out << (session_.json() ? summary_.Json(not_tried) : summary_.Text(not_tried));
    return summary_.failed() == 0 ? kExitOk : kExitFailed;
  }

 private:
  // The next URL, or null when there is none left to try.
  const std::string* Take() {
    absl::MutexLock lock(&mutex_);
    return stopped_ || next_ == urls_.size() ? nullptr : &urls_[next_++];
  }

  void Work(Progress& progress) {
    while (const std::string* url = Take()) {
      v1::RegisterClientRequest request;
      request.set_parent(session_.tenant_name());
      request.set_external_client_id(*url);
      auto answer = session_.connection().Call(&client::Registration::RegisterClient, request);
      absl::MutexLock lock(&mutex_);
      std::string log = summary_.Add(*url, answer);
      if (!answer.ok() && ConcernsEveryUrl(answer.status())) stopped_ = true;
      // Above a bar, what went well would only be in the way.
      progress.Advance(answer.ok() && session_.console().err_is_terminal ? "" : log);
    }
  }

  const Session& session_;
  const std::vector<std::string>& urls_;
  absl::Mutex mutex_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  ImportSummary summary_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void AddImportCommand(CLI::App& clients, Commands& commands) {
  CLI::App* command = clients.add_subcommand("import", "Registers every URL of a list");
  auto file =
      AddValue<std::string>(command, "file", "One URL a line, # begins a comment; - reads standard input", true);
  auto parallel = std::make_shared<size_t>(8);
  command->add_option("--parallel", *parallel, "How many to register at a time")
      ->check(CLI::Range(1, kMaxParallel))
      ->capture_default_str();
  commands.Remote(command, [file, parallel](Session& session) -> Outcome {
    std::vector<std::string> urls;
    if (*file == "-") {
      urls = ReadUrls(session.console().in);
    } else {
      std::ifstream list(*file);
      urls = ReadUrls(list);
      // A file that was read to its end leaves eofbit behind; one that was never opened, or a directory, does not.
      if (!list.eof()) return session.Refuse("cannot read " + *file);
    }
    Import import(session, urls);
    import.Run(*parallel);
    return import.Report();
  });
}

}  // namespace cimd::cli
