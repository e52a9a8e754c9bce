#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/seed.h"

namespace cimd::bench {
namespace {

v1::AuthorizeRequestRequest GoodAuthorization(uint64_t client) {
  v1::AuthorizeRequestRequest request;
  request.set_parent(kParent);
  request.set_client_id(ClientUrl(client));
  // Copies keep the redirect URIs of client 0.
  const std::string first = ClientUrl(0);
  request.set_redirect_uri(first.substr(0, first.find('/', 8)) + "/callback");
  request.set_response_type("code");
  request.set_code_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  request.set_code_challenge_method("S256");
  request.set_audience(kAudience);
  request.set_scope(kScope);
  return request;
}

std::string Milliseconds(absl::Duration duration) {
  return fmt::format("{:.2f} ms", absl::ToDoubleMilliseconds(duration));
}

// What the driver needs to know of a page, without parsing its clients.
struct PageFrame {
  int clients = 0;
  std::string next_page_token;
};

PageFrame FrameOf(const std::string& page) {
  using google::protobuf::internal::WireFormatLite;
  PageFrame frame;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(page.data()),
                                               static_cast<int>(page.size()));
  for (uint32_t tag; (tag = input.ReadTag()) != 0;) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    if (field == v1::ListClientsResponse::kNextPageTokenFieldNumber) {
      WireFormatLite::ReadBytes(&input, &frame.next_page_token);
    } else {
      if (field == v1::ListClientsResponse::kClientsFieldNumber) ++frame.clients;
      WireFormatLite::SkipField(&input, tag);
    }
  }
  return frame;
}

}  // namespace

std::string RatesText(const Compared& compared) {
  std::string text = fmt::format(
      "{:.0f} /s and {:.0f} /s; p50 {} and {}; p99 {} and {}", compared.one.per_second, compared.other.per_second,
      Milliseconds(compared.one.latency.Percentile(0.5)), Milliseconds(compared.other.latency.Percentile(0.5)),
      Milliseconds(compared.one.latency.Percentile(0.99)), Milliseconds(compared.other.latency.Percentile(0.99)));
  if (compared.one.cpu_time > absl::ZeroDuration()) {
    text +=
        fmt::format("; server's CPU {:.0f} µs and {:.0f} µs a call", absl::ToDoubleMicroseconds(compared.one.cpu_time),
                    absl::ToDoubleMicroseconds(compared.other.cpu_time));
  }
  for (const Load* load : {&compared.one, &compared.other}) {
    if (load->failed > 0) text += fmt::format("; {} FAILED: {}", load->failed, load->first_failure);
  }
  return text;
}

Begin Lookups(Setting& setting, uint64_t (*choose)(uint64_t n, uint64_t count)) {
  return Unary<v1::LookupClientRequest, v1::Client>(
      setting.channels, "/cimd.v1.RegistrationService/LookupClient",
      [choose, clients = setting.clients](uint64_t n, v1::LookupClientRequest& request) {
        request.set_parent(kParent);
        request.set_external_client_id(ClientUrl(choose(n, clients)));
      },
      [](const v1::Client& client) { return client.metadata().callbacks_size() == 2; }, setting.token);
}

Begin AuthorizeRequests(Setting& setting) {
  return Unary<v1::AuthorizeRequestRequest, v1::AuthorizeRequestResponse>(
      setting.channels, "/cimd.v1.GrantsService/AuthorizeRequest",
      [clients = setting.clients](uint64_t n, v1::AuthorizeRequestRequest& request) {
        request = GoodAuthorization(Uniform(n, clients));
      },
      [](const v1::AuthorizeRequestResponse& response) { return response.allowed(); }, setting.token);
}

void MeasureLookups(const Plan& plan, Report& report) {
  Setting setting(plan.work, plan.bench_server, plan.clients);
  v1::LookupClientRequest request;
  request.set_parent(kParent);
  request.set_external_client_id(ClientUrl(0));
  v1::Client client;
  const grpc::Status status =
      setting.Call(*setting.registration, &v1::RegistrationService::Stub::LookupClient, request, client);
  Require(status.ok(), status.error_message());
  const Begin constants = setting.Constants(request.ByteSizeLong(), client.ByteSizeLong());
  const LoadOptions slice = {
      .in_flight = 32, .duration = plan.slice, .cpu_time = [&setting] { return setting.CpuTime(); }};
  struct Spread {
    const char* name;
    uint64_t (*choose)(uint64_t, uint64_t);
  };
  for (const Spread& spread : {Spread{"uniform", Uniform}, Spread{"Zipf", Zipf}}) {
    const Begin lookups = Lookups(setting, spread.choose);
    Run(slice, lookups, uint64_t{1} << 60);  // to warm the cache
    const Compared compared = Compare(slice, plan.pairs, lookups, constants);
    const std::string what = fmt::format("LookupClient, {} clients, {}", setting.clients, spread.name);
    report.Add({what + ": calls per second", "a constant of the same size", compared.throughput_ratio, 0.9, true,
                RatesText(compared), true});
    report.Add({what + ": p99", "a constant of the same size", compared.p99_ratio, 1.3, false, RatesText(compared)});
  }
}

void MeasureDecisions(const Plan& plan, Report& report) {
  Setting setting(plan.work, plan.bench_server, plan.clients);
  const v1::AuthorizeRequestRequest request = GoodAuthorization(0);
  v1::AuthorizeRequestResponse response;
  grpc::Status status = setting.Call(*setting.grants, &v1::GrantsService::Stub::AuthorizeRequest, request, response);
  Require(status.ok() && response.allowed(), "the decision is no permission: " + response.ShortDebugString());
  const LoadOptions slice = {
      .in_flight = 32, .duration = plan.slice, .cpu_time = [&setting] { return setting.CpuTime(); }};
  const Begin singles = AuthorizeRequests(setting);
  const Compared single =
      Compare(slice, plan.pairs, singles, setting.Constants(request.ByteSizeLong(), response.ByteSizeLong()));
  report.Add({"AuthorizeRequest: calls per second", "a constant of the same size", single.throughput_ratio, 0.8, true,
              RatesText(single), true});

  constexpr int kBatch = 100;
  auto fill = [clients = setting.clients](uint64_t n, v1::BatchAuthorizeRequest& batch) {
    batch.set_parent(kParent);
    for (uint64_t i = 0; i < kBatch; ++i) {
      *batch.add_items()->mutable_authorize() = GoodAuthorization(Uniform(n * kBatch + i, clients));
    }
  };
  v1::BatchAuthorizeRequest batch;
  fill(0, batch);
  v1::BatchAuthorizeResponse answers;
  status = setting.Call(*setting.grants, &v1::GrantsService::Stub::BatchAuthorize, batch, answers);
  Require(status.ok(), status.error_message());
  const Begin batches = Unary<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse>(
      setting.channels, "/cimd.v1.GrantsService/BatchAuthorize", fill,
      [](const v1::BatchAuthorizeResponse& all) {
        return all.items_size() == kBatch && std::all_of(all.items().begin(), all.items().end(),
                                                         [](const auto& item) { return item.authorize().allowed(); });
      },
      setting.token);
  const LoadOptions few = {
      .in_flight = 4, .duration = plan.slice, .cpu_time = [&setting] { return setting.CpuTime(); }};
  const Compared batched =
      Compare(few, plan.pairs, batches, setting.Constants(batch.ByteSizeLong(), answers.ByteSizeLong()));
  report.Add({"BatchAuthorize of 100: calls per second", "a constant of the same size", batched.throughput_ratio, 0.8,
              true, RatesText(batched)});
  report.Add({"BatchAuthorize of 100: decisions per second", "AuthorizeRequest, one by one",
              batched.one.per_second * kBatch / single.one.per_second, 10, true,
              fmt::format("{:.0f} /s and {:.0f} /s", batched.one.per_second * kBatch, single.one.per_second)});
}

void MeasureListing(const Plan& plan, Report& report) {
  Setting setting(plan.work, plan.bench_server, plan.clients);
  v1::ListClientsRequest request;
  request.set_parent(kParent);
  request.set_page_size(1000);
  int64_t clients = 0;
  int64_t bytes = 0;
  std::string page;
  const absl::Time start = absl::Now();
  for (int64_t n = 0; n == 0 || !request.page_token().empty(); ++n) {
    const grpc::Status status = CallForBytes(setting.channels[0], "/cimd.v1.RegistrationService/ListClients",
                                             request.SerializeAsString(), setting.token, page);
    Require(status.ok(), status.error_message());
    const PageFrame frame = FrameOf(page);
    if (n % 64 == 0) {
      v1::ListClientsResponse parsed;
      Require(parsed.ParseFromString(page) && parsed.clients_size() == frame.clients &&
                  parsed.next_page_token() == frame.next_page_token &&
                  parsed.clients(0).metadata().callbacks_size() == 2,
              "a page is not what was expected");
    }
    clients += frame.clients;
    bytes += static_cast<int64_t>(page.size());
    request.set_page_token(frame.next_page_token);
  }
  Require(clients >= static_cast<int64_t>(plan.clients), fmt::format("{} clients were listed", clients));
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  setting.Stop();
  Walk walk;
  const absl::Status walked = WalkClients(setting.data_dir, walk);
  Require(walked.ok(), std::string(walked.message()));
  const double listed = static_cast<double>(clients) / seconds;
  const double scanned = static_cast<double>(walk.records) / walk.seconds;
  report.Add({"ListClients, all pages of 1000: clients per second", "one scan of their records", listed / scanned, 0.3,
              true,
              fmt::format("{:.0f} /s and {:.0f} /s; {:.0f} MB", listed, scanned, static_cast<double>(bytes) / 1e6)});
}

}  // namespace cimd::bench
