#include "server/server.h"

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "server/assertions/assertion_verifier.h"
#include "server/assertions/key_refresher.h"
#include "server/bootstrap/bootstrap.h"
#include "server/callers/access_token_callers.h"
#include "server/callers/identity_callers.h"
#include "server/crypto/certificate.h"
#include "server/errors/errors.h"
#include "server/errors/malformed_request.h"
#include "server/fetch/fetch_scheduler.h"
#include "server/fetch/https_fetcher.h"
#include "server/metadata/key_set_resolver.h"
#include "server/metadata/metadata_resolver.h"
#include "server/observers.h"
#include "server/open_store.h"
#include "server/resources/tenants.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/clock.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/rate_limiter.h"
#include "server/rpc/rate_limits.h"
#include "server/services/admin/admin_service.h"
#include "server/services/connections_service.h"
#include "server/services/grants/grants_service.h"
#include "server/services/metadata_service.h"
#include "server/services/registration_service.h"
#include "server/telemetry/json_log.h"
#include "server/telemetry/metrics.h"
#include "server/transport/grpc_limits.h"
#include "server/transport/grpc_tls.h"
#include "server/transport/health_service.h"
#include "server/transport/trusted_gateways.h"
#include "server/upkeep/audit_keeper.h"
#include "server/upkeep/maintenance.h"
#include "server/watch/change_hub.h"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/used_assertions.h"

namespace cimd {
namespace {

using telemetry::Severity;

// Maximum concurrent calls of one connection besides its watch streams. gRPC queues further calls at the caller.
constexpr int kCallsPerConnection = 1000;
// In bytes as gRPC counts them, which excludes most of the memory of a call.
constexpr size_t kTransportBytes = size_t{256} << 20;
// Reflection needs no token, and each stream occupies a thread.
constexpr int kReflectionThreads = 32;

rpc::StreamOptions MakeStreamOptions(const ServerOptions& options, telemetry::Metrics& metrics) {
  rpc::StreamOptions streams;
  streams.max_streams = options.max_watch_streams;
  streams.max_streams_per_caller = options.max_watch_streams_per_caller;
  streams.max_streams_per_tenant = options.max_watch_streams_per_tenant;
  streams.on_open = [&metrics](int open) { metrics.SetStreams(open); };
  streams.on_sent = [&metrics](const rpc::Method& method, absl::Duration lag) {
    metrics.CountStreamMessage(method.name, lag);
  };
  return streams;
}

absl::StatusOr<std::unique_ptr<fetch::HttpsFetcher>> MakeFetcher(const ServerOptions& options, const rpc::Clock& clock,
                                                                 telemetry::Metrics& metrics) {
  fetch::HttpsFetcherOptions fetcher;
  fetcher.address_policy = {.allow_cidrs = options.fetch_allow_cidr,
                            .deny_cidrs = options.fetch_deny_cidr,
                            .allow_loopback = options.development};
  fetcher.ca_file = options.fetch_ca_file;
  fetcher.resolve = options.fetch_resolve;
  fetcher.proxy = options.fetch_proxy;
  fetcher.observer = FetchLog(metrics);
  fetcher.now = [&clock] { return clock.Now(); };
  return fetch::HttpsFetcher::Create(std::move(fetcher));
}

// An issuer may have an internal address. Fetches of clients' documents must not reach internal addresses.
callers::FetcherFactory IssuerFetchers(const ServerOptions& options, telemetry::Metrics& metrics) {
  return [&options, &metrics](const callers::Issuer& issuer) -> absl::StatusOr<std::unique_ptr<fetch::Fetcher>> {
    fetch::HttpsFetcherOptions fetcher;
    fetcher.address_policy = {.allow_cidrs = issuer.allow_addresses, .allow_loopback = options.development};
    fetcher.ca_file = issuer.ca_file;
    fetcher.resolve = options.fetch_resolve;
    // Internal addresses are contacted directly, without the proxy.
    if (issuer.allow_addresses.empty()) fetcher.proxy = options.fetch_proxy;
    fetcher.observer = FetchLog(metrics);
    return fetch::HttpsFetcher::Create(std::move(fetcher));
  };
}

// `identities` may be null.
rpc::CallerDirectory Callers(const callers::AccessTokenCallers& tokens, const callers::IdentityCallers* identities) {
  rpc::CallerDirectory directory;
  directory.by_token = [&tokens](std::string_view digest) { return tokens.Find(digest); };
  if (identities == nullptr) return directory;
  directory.by_jwt = [identities](std::string_view jwt, absl::Time now) { return identities->FindByJwt(jwt, now); };
  directory.by_certificate = [identities](const rpc::PeerCertificate& certificate) {
    return identities->FindByCertificate(certificate);
  };
  directory.identity_revision = [identities] { return identities->revision(); };
  return directory;
}

absl::Status MakeBackupDirectory(const std::string& directory) {
  if (directory.empty() || mkdir(directory.c_str(), 0700) == 0) return absl::OkStatus();
  struct stat info;
  if (errno == EEXIST && stat(directory.c_str(), &info) == 0) errno = S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
  if (errno == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("--backup_dir: cannot use ", directory, ": ", std::strerror(errno)));
}

services::BackupOptions MakeBackupOptions(const ServerOptions& options) {
  return {.directory = options.backup_dir,
          .retention = options.backup_retention,
          .on_removal = [](const std::string& name, const absl::Status& removal) {
            if (removal.ok()) {
              telemetry::Log(Severity::kInfo, "old_backup_removed", {{"backup", name}});
            } else {
              telemetry::Log(Severity::kWarning, "old_backup_not_removed",
                             {{"backup", name}, {"message", std::string(removal.message())}});
            }
          }};
}

// Serves health checks only, without TLS, for the gRPC probes of a kubelet.
absl::Status ServeProbes(const ServerOptions& options, HealthService& health, std::unique_ptr<grpc::Server>& server) {
  if (options.health_listen.empty()) return absl::OkStatus();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.health_listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&health);
  ApplyLimits({}, builder);
  server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("--health_listen: cannot serve on ", options.health_listen));
  }
  telemetry::Log(Severity::kInfo, "serving_health", {{"port", absl::StrCat(port)}});
  return absl::OkStatus();
}

}  // namespace

// In order of construction. Destroyed in reverse.
struct Server::Parts {
  ServerOptions options;
  rpc::SystemClock system_clock;
  absl::Time start_time;
  telemetry::Metrics metrics;
  std::atomic<int64_t> failed_key_refreshes = 0;
  HealthService health{{"cimd.v1.RegistrationService", "cimd.v1.MetadataService", "cimd.v1.GrantsService",
                        "cimd.v1.ConnectionsService", "cimd.v1.AdminService"}};
  HealthService probed_health{{}};
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<fetch::HttpsFetcher> https;
  std::optional<fetch::FetchScheduler> fetcher;
  std::optional<metadata::MetadataResolver> resolver;
  std::optional<metadata::KeySetResolver> key_resolver;
  std::unique_ptr<storage::UsedAssertions> used_assertions;
  std::optional<callers::AccessTokenCallers> token_callers;
  std::optional<Maintenance> maintenance;
  std::optional<AuditKeeper> audit;
  std::optional<services::KeyRefresher> key_refresher;
  std::optional<services::AssertionVerifier> verifier;
  std::unique_ptr<callers::IdentityCallers> identity_callers;
  std::optional<rpc::Authenticator> authenticator;
  std::optional<rpc::RateLimiter> limiter;
  std::optional<rpc::Dispatcher> dispatcher;
  std::optional<watch::ChangeHub> hub;
  std::optional<services::RegistrationService> registration;
  std::optional<services::MetadataService> metadata;
  std::optional<services::GrantsService> grants;
  std::optional<services::ConnectionsService> connections;
  std::optional<services::AdminService> admin;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::Server> probe_server;
  std::string address;

  ~Parts() { metrics.SampleFrom(nullptr); }
  void Describe(v1::ServerStatus& status);
  telemetry::Sample TakeSample();
};

void Server::Parts::Describe(v1::ServerStatus& status) {
  status.set_version(CIMD_VERSION);
  services::ToProto(start_time, *status.mutable_start_time());
  status.set_serving(health.IsServing(""));
  status.set_watch_streams(dispatcher->open_streams());
  status.set_fetches_under_way(fetcher->load().active);
  status.set_calls(metrics.calls());
  status.set_failed_calls(metrics.failed_calls());
  status.set_failed_key_refreshes(failed_key_refreshes);
  status.set_audit_backlog_seconds(absl::ToInt64Seconds(audit->Backlog()));
  if (!options.tls_certificate_file.empty()) {
    std::ifstream file(options.tls_certificate_file);
    const std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (std::optional<absl::Time> expiry = crypto::CertificateExpiry(pem)) {
      services::ToProto(*expiry, *status.mutable_certificate_expire_time());
    } else {
      status.add_concerns("--tls_certificate_file: holds no certificate any more");
    }
  }
  if (options.development) status.add_concerns("--mode=development: fetches may reach loopback addresses");
  if (options.insecure_plaintext) status.add_concerns("--insecure_plaintext: access tokens travel in plain text");
  if (!options.fetch_allow_cidr.empty())
    status.add_concerns("--fetch_allow_cidr: fetches may reach special-use addresses");
}

telemetry::Sample Server::Parts::TakeSample() {
  const storage::StoreStatistics statistics = store->Statistics();
  const services::KeyCache::Lookups keys = verifier->key_lookups();
  return {
      .store_bytes = statistics.used_bytes,
      .store_free_bytes = statistics.free_bytes,
      .store_writable = statistics.writable,
      .caches = {{"blocks", statistics.cache_hits, statistics.cache_misses}, {"client_keys", keys.hits, keys.misses}},
      .fetches_under_way = fetcher->load().active,
      .audit_backlog = audit->Backlog()};
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(); }

const std::string& Server::address() const { return parts_->address; }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, const rpc::Clock* clock) {
  if (absl::Status status = ValidateServerOptions(options); !status.ok()) return status;
  auto parts = std::make_unique<Parts>();
  Parts& p = *parts;
  p.options = options;
  if (clock == nullptr) clock = &p.system_clock;
  p.start_time = clock->Now();

  if (absl::Status status = MakeBackupDirectory(options.backup_dir); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<storage::Store>> store = OpenStore(options, p.metrics, {&p.health, &p.probed_health});
  if (!store.ok()) return store.status();
  p.store = *std::move(store);
  const std::string token_file = options.data_dir + "/admin-token";
  absl::StatusOr<Bootstrap> bootstrapped =
      BootstrapIfNew(*p.store, options.bootstrap_token_file, token_file, clock->Now());
  if (!bootstrapped.ok()) return bootstrapped.status();
  if (*bootstrapped != Bootstrap::kNotNew) {
    telemetry::Log(Severity::kInfo, "bootstrapped",
                   {{"token_file", *bootstrapped == Bootstrap::kGiven ? options.bootstrap_token_file : token_file}});
  }

  absl::StatusOr<std::unique_ptr<fetch::HttpsFetcher>> https = MakeFetcher(options, *clock, p.metrics);
  if (!https.ok()) return https.status();
  p.https = *std::move(https);
  p.fetcher.emplace(*p.https, fetch::FetchSchedulerOptions{.observer = FetchLog(p.metrics),
                                                           .now = [clock] { return clock->Now(); },
                                                           .revision = [&p] { return p.store->CurrentRevision(); }});
  p.resolver.emplace(*p.fetcher, /*allow_special_hosts=*/options.development);
  p.key_resolver.emplace(*p.fetcher);
  absl::StatusOr<std::unique_ptr<storage::UsedAssertions>> used_assertions =
      storage::UsedAssertions::Open({.directory = options.data_dir + "/used-assertions"}, clock->Now());
  if (!used_assertions.ok()) return used_assertions.status();
  p.used_assertions = *std::move(used_assertions);
  p.token_callers.emplace(*p.store, *clock);
  p.maintenance.emplace(*p.store, *p.used_assertions, *clock, p.metrics, [&p] { return p.token_callers->FlushUses(); });
  auto wake_maintenance = [&p] { p.maintenance->Wake(); };
  p.audit.emplace(*p.store, *clock, p.metrics,
                  AuditKeeperOptions{.retention = options.audit_retention, .purge_scheduled = wake_maintenance});
  p.key_refresher.emplace(
      *p.store, *p.key_resolver, *clock,
      services::KeyRefresherOptions{
          .on_error =
              [](const absl::Status& status) {
                telemetry::Log(Severity::kWarning, "key_refresh_failed", {{"error", status.ToString()}});
              },
          .on_refresh = KeyRefreshCounter(p.metrics, p.failed_key_refreshes),
          .on_event = [&p](std::string_view tenant) { p.audit->EventsCommitted(tenant); }});
  p.verifier.emplace(*p.store, *p.key_refresher, *p.used_assertions, AssertionCounter(p.metrics));
  if (!options.caller_identities.empty()) {
    auto identities = callers::IdentityCallers::Start(
        {.file = options.caller_identities, .make_fetcher = IssuerFetchers(p.options, p.metrics)});
    if (!identities.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--caller_identities: ", std::string(identities.status().message())));
    }
    p.identity_callers = *std::move(identities);
  }
  p.authenticator.emplace(Callers(*p.token_callers, p.identity_callers.get()));
  absl::StatusOr<rpc::RateLimits> limits = rpc::ParseRateLimits(options.rate_limit);
  if (!limits.ok()) return limits.status();
  p.limiter.emplace(*limits);
  p.dispatcher.emplace(*p.authenticator, *p.limiter, *clock, CallObserver(p.metrics, *p.audit),
                       MakeStreamOptions(options, p.metrics));
  absl::StatusOr<TrustedGateways> gateways =
      TrustedGateways::Create(options.trusted_gateway, options.trusted_gateway_certificate);
  if (!gateways.ok()) return gateways.status();
  p.dispatcher->FindPeersBy([gateways = *std::move(gateways)](std::string peer, std::string_view forwarded,
                                                              absl::Time now,
                                                              absl::FunctionRef<rpc::PeerCertificate()> certificate) {
    return gateways.PeerOf(std::move(peer), forwarded, now, certificate);
  });
  p.dispatcher->ObserveDenials([&p](const rpc::DeniedCall& call) { p.audit->CallDenied(call); });
  p.hub.emplace(*p.store, *clock,
                watch::ChangeHub::Callbacks{.check_place =
                                                [&p](std::string_view place) {
                                                  return place == storage::keys::kPlatform
                                                             ? absl::OkStatus()
                                                             : services::RequireTenant(*p.store, place).status();
                                                },
                                            .recheck_callers = [&p] { p.dispatcher->RecheckStreams(); }});
  p.registration.emplace(*p.dispatcher, *p.store, *p.hub, *p.resolver, *p.key_resolver, wake_maintenance);
  p.metadata.emplace(*p.dispatcher, *p.store, *p.resolver, *p.key_resolver, *p.verifier);
  p.grants.emplace(*p.dispatcher, *p.store, *p.hub, *p.verifier, wake_maintenance, DecisionCounter(p.metrics));
  p.connections.emplace(*p.dispatcher, *p.store, *p.hub, wake_maintenance);
  p.admin.emplace(*p.dispatcher, *p.store, *p.hub, wake_maintenance, MakeBackupOptions(options),
                  [&p](v1::ServerStatus& status) { p.Describe(status); });

  p.metrics.SampleFrom([&p] { return p.TakeSample(); });
  if (!options.metrics_listen.empty()) {
    absl::StatusOr<int> port = p.metrics.Serve(options.metrics_listen);
    if (!port.ok()) return port.status();
    telemetry::Log(Severity::kInfo, "serving_metrics", {{"port", absl::StrCat(*port)}});
  }

  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (!options.tls_certificate_file.empty()) {
    auto tls = MakeTlsCredentials({options.tls_certificate_file, options.tls_key_file, options.tls_client_ca_file});
    if (!tls.ok()) return tls.status();
    credentials = *std::move(tls);
  }
  builder.AddListeningPort(options.listen, credentials, &port);
  builder.RegisterService(&*p.registration);
  builder.RegisterService(&*p.metadata);
  builder.RegisterService(&*p.grants);
  builder.RegisterService(&*p.connections);
  builder.RegisterService(&*p.admin);
  builder.RegisterService(&p.health);
  ApplyLimits({.max_streams_per_connection = kCallsPerConnection + options.max_watch_streams_per_caller,
               .memory_bytes = kTransportBytes,
               .max_threads = kReflectionThreads},
              builder);
  builder.experimental().SetInterceptorCreators(rpc::MalformedRequestInterceptors());
  p.server = builder.BuildAndStart();
  if (p.server == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("--listen: cannot serve on ", options.listen, "; is the port in use?"));
  }
  if (absl::Status status = ServeProbes(options, p.probed_health, p.probe_server); !status.ok()) return status;
  // A Unix socket has no port.
  p.address = options.listen.starts_with("unix:")
                  ? options.listen
                  : absl::StrCat(options.listen.substr(0, options.listen.rfind(':')), ":", port);
  if (!options.address_file.empty()) std::ofstream(options.address_file) << p.address << std::endl;
  telemetry::Log(Severity::kInfo, "serving",
                 {{"address", p.address},
                  {"version", CIMD_VERSION},
                  {"mode", options.development ? "development" : "production"}});
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::Reload() {
  if (parts_->identity_callers != nullptr) parts_->identity_callers->Reload();
}

void Server::AnnounceShutdown() {
  parts_->health.StopServing();
  parts_->probed_health.StopServing();
}

void Server::Shutdown() {
  if (parts_->server == nullptr) return;
  telemetry::Log(Severity::kInfo, "draining");
  AnnounceShutdown();
  parts_->health.EndWatches();
  parts_->key_refresher->Stop();
  parts_->dispatcher->EndStreams(rpc::errors::ShuttingDown());
  parts_->server->Shutdown(absl::ToChronoTime(absl::Now() + parts_->options.drain_timeout));
  parts_->server->Wait();
  parts_->server.reset();
  // Probes get NOT_SERVING until the end instead of a refused connection.
  if (parts_->probe_server != nullptr) {
    parts_->probed_health.EndWatches();
    parts_->probe_server->Shutdown(absl::ToChronoTime(absl::Now()));
    parts_->probe_server->Wait();
    parts_->probe_server.reset();
  }
}

}  // namespace cimd
