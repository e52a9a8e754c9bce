#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/input/local_file.h"
#include "client/cli/input/url_list.h"
#include "client/cli/input/url_queue.h"
#include "client/cli/session/interruption.h"
#include "client/cli/text/import_summary.h"
#include "client/cli/text/progress.h"
#include "fmt/format.h"

// cimdctl clients import
namespace cimd::cli {
namespace {

// A server fetches at most 32 documents at a time, at most 4 of them from one host. An import takes half of the limit
// per host, so other callers can fetch from that host.
constexpr int kMaxParallel = 32;
constexpr int kPerHost = 2;

// Registers URLs from `queue` until it is empty or stopped. Runs on one worker thread.
void Work(const Session& session, UrlQueue& queue, Progress& progress, ImportSummary& summary) {
  while (std::optional<std::string> url = queue.Take()) {
    v1::RegisterClientRequest request;
    request.set_parent(session.tenant_name());
    request.set_external_client_id(*url);
    auto answer = session.connection().Call(&client::Registration::RegisterClient, request);
    if (!answer.ok() && ConcernsEveryUrl(answer.status())) queue.Stop();
    queue.Finish(*url);
    const std::string log = summary.Add(*url, answer);
    // While a progress bar is shown, only failures are logged.
    progress.Advance(answer.ok() && session.console().err_is_terminal ? "" : log);
  }
}

// Registers `urls` with `parallel` workers. Stops early on a failure that would affect every URL (see ConcernsEveryUrl)
// and on SIGINT; calls in progress are finished. Returns the number of URLs that were not tried.
size_t RegisterAll(const Session& session, const std::vector<std::string>& urls, int parallel, ImportSummary& summary) {
  const Console& console = session.console();
  UrlQueue queue(urls, kPerHost);
  const Interruption interruption([&queue] { queue.Stop(); });
  Progress progress(console.err, console.err_is_terminal, urls.size(), absl::Now);
  std::vector<std::jthread> workers;
  workers.reserve(parallel);
  for (int i = 0; i < parallel; ++i) {
    workers.emplace_back(Work, std::cref(session), std::ref(queue), std::ref(progress), std::ref(summary));
  }
  workers.clear();
  return queue.remaining();
}

}  // namespace

void AddImportCommand(CLI::App& clients, Commands& commands) {
  CLI::App* command = clients.add_subcommand("import", "Registers every URL of a list");
  auto file =
      AddValue<std::string>(command, "file", "One URL a line, # begins a comment; - reads standard input", true);
  auto parallel = std::make_shared<int>(8);
  command->add_option("--parallel", *parallel, "How many to register at a time")
      ->check(CLI::Range(1, kMaxParallel))
      ->capture_default_str();
  commands.Remote(command, [file, parallel](Session& session) -> Outcome {
    absl::StatusOr<std::string> list =
        *file == "-" ? ReadList(session.console().in) : ReadLocalFile(*file, kMaxListBytes);
    if (!list.ok()) return session.Refuse(list.status());
    absl::StatusOr<std::vector<std::string>> urls = ParseUrls(*list);
    if (!urls.ok()) return session.Refuse(fmt::format("{}: {}", *file, std::string(urls.status().message())));
    ImportSummary summary;
    const size_t not_tried = RegisterAll(session, *urls, *parallel, summary);
    session.console().out << (session.json() ? summary.Json(not_tried) : summary.Text(not_tried));
    return summary.failed() == 0 && not_tried == 0 ? kExitOk : kExitFailed;
  });
}

}  // namespace cimd::cli
