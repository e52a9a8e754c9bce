#include "server/gateway/gateway.h"

#include <atomic>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "server/gateway/backend/access_token.h"
#include "server/gateway/backend/backend.h"
#include "server/gateway/backend/tenant_directory.h"
#include "server/gateway/health_endpoints.h"
#include "server/gateway/http/http_server.h"
#include "server/gateway/http/router.h"
#include "server/gateway/request_observer.h"
#include "server/gateway/routes.h"
#include "server/telemetry/gateway_metrics.h"
#include "server/telemetry/json_log.h"
#include "server/telemetry/trace_context.h"

namespace cimd::gateway {
namespace {

using telemetry::Severity;

// Enough for a page of 100 clients of the largest size that the server stores.
constexpr int kMaxResponseBytes = 64 * 1024 * 1024;
// The longest delay between two attempts to reconnect to the server.
constexpr int kMaxReconnectMilliseconds = 2000;
constexpr unsigned int kCertificateRefreshSeconds = 2;

// Credentials whose files are read again every few seconds, so that renewed certificates and authorities are used
// without a restart. Open connections keep their credentials.
std::shared_ptr<grpc::ChannelCredentials> Tls(const GatewayOptions& options) {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions credentials;
  // The gateway's own client certificate is optional.
  if (options.server_certificate_file.empty()) {
    credentials.set_certificate_provider(
        std::make_shared<tls::FileWatcherCertificateProvider>(options.server_ca_file, kCertificateRefreshSeconds));
  } else {
    credentials.set_certificate_provider(std::make_shared<tls::FileWatcherCertificateProvider>(
        options.server_key_file, options.server_certificate_file, options.server_ca_file, kCertificateRefreshSeconds));
    credentials.watch_identity_key_cert_pairs();
  }
  credentials.watch_root_certs();
  return tls::TlsCredentials(credentials);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const GatewayOptions& options) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!options.server_ca_file.empty()) {
    for (const auto& [option, path] : {std::pair("--server_ca_file", options.server_ca_file),
                                       std::pair("--server_certificate_file", options.server_certificate_file),
                                       std::pair("--server_key_file", options.server_key_file)}) {
      if (!path.empty() && std::ifstream(path).peek() == std::ifstream::traits_type::eof()) {
        return absl::NotFoundError(fmt::format("{}: cannot read {}", option, path));
      }
    }
    credentials = Tls(options);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxResponseBytes);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMilliseconds);
  // Proxies named in the environment are not used for the connection to the server.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Compression is disabled, so that an answer never takes more memory than its size on the wire.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  return grpc::CreateCustomChannel(options.server, credentials, arguments);
}

// The listen address with the actual port, which the system chooses if `listen` has port 0.
std::string AddressOf(std::string_view listen, uint16_t port) {
  return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
}

}  // namespace

// Members are destroyed from the last to the first: the HTTP servers end their requests, then the backend waits for the
// calls of those requests, and then the objects that those calls use are destroyed.
struct Gateway::Parts {
  GatewayOptions options;
  telemetry::GatewayMetrics metrics;
  std::unique_ptr<AccessToken> token;
  std::optional<TenantDirectory> tenants;
  std::atomic<bool> leaving = false;
  std::optional<Router> router;
  std::optional<RequestObserver> observer;
  std::optional<Backend> backend;
  std::unique_ptr<HttpServer> server;
  std::string address;
  std::optional<Router> health_router;
  // Keeps serving until the process ends, so that probes see during shutdown that the process is alive but not ready.
  std::unique_ptr<HttpServer> health_server;
  std::string health_address;

  // Starts the health server on `options.health_listen`; does nothing if the option is empty.
  absl::Status ServeHealth();
};

absl::Status Gateway::Parts::ServeHealth() {
  if (options.health_listen.empty()) return absl::OkStatus();
  absl::StatusOr<Router> created = Router::Create(HealthRoutes(*backend, leaving));
  if (!created.ok()) return created.status();
  health_router.emplace(*std::move(created));
  HttpServerOptions http{.listen_address = options.health_listen, .io_threads = 1, .max_connections = 64};
  auto started = HttpServer::Start(std::move(http), [this](HttpRequest request, Respond respond) {
    health_router->Handle(std::move(request), std::move(respond));
  });
  if (!started.ok()) {
    return absl::Status(started.status().code(),
                        fmt::format("--health_listen: {}", std::string(started.status().message())));
  }
  health_server = *std::move(started);
  health_address = AddressOf(options.health_listen, health_server->port());
  telemetry::Log(Severity::kInfo, "serving_health", {{"address", health_address}});
  return absl::OkStatus();
}

Gateway::Gateway(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Gateway::~Gateway() { Shutdown(); }

const std::string& Gateway::address() const { return parts_->address; }

const std::string& Gateway::health_address() const { return parts_->health_address; }

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(const GatewayOptions& options) {
  if (absl::Status status = ValidateGatewayOptions(options); !status.ok()) return status;
  auto parts = std::make_unique<Parts>();
  Parts& p = *parts;
  p.options = options;
  absl::StatusOr<std::unique_ptr<AccessToken>> token = AccessToken::FromFile(options.token_file);
  if (!token.ok()) return token.status();
  p.token = *std::move(token);
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = MakeChannel(options);
  if (!channel.ok()) return channel.status();
  p.backend.emplace(*channel, [&metrics = p.metrics](std::string_view method, absl::StatusCode code) {
    metrics.CountCall(method, absl::StatusCodeToString(code));
  });
  p.tenants.emplace(*p.backend, *p.token, TenantDirectoryOptions{});
  absl::StatusOr<Router> router =
      Router::Create(AllRoutes({*p.backend, *p.tenants, *p.token, options.default_tenant}, p.leaving));
  if (!router.ok()) return router.status();
  p.router.emplace(*std::move(router));
  p.observer.emplace(*p.router, p.metrics);
  if (!options.metrics_listen.empty()) {
    absl::StatusOr<int> port = p.metrics.Serve(options.metrics_listen);
    if (!port.ok()) return port.status();
    telemetry::Log(Severity::kInfo, "serving_metrics", {{"port", std::to_string(*port)}});
  }

  if (absl::Status status = p.ServeHealth(); !status.ok()) return status;
  HttpServerOptions http{.listen_address = options.listen,
                         .io_threads = options.io_threads,
                         .max_connections = options.max_connections,
                         .max_connections_per_address = options.max_connections_per_address};
  http.on_refused = [&metrics = p.metrics](int status) { metrics.CountRefused(status); };
  if (!options.tls_certificate_file.empty()) {
    http.tls = {options.tls_certificate_file, options.tls_key_file, options.tls_client_ca_file};
  }
  absl::StatusOr<std::unique_ptr<HttpServer>> server =
      HttpServer::Start(std::move(http), [&p](HttpRequest request, Respond respond) {
        const std::string* traceparent = request.Header("traceparent");
        if (traceparent != nullptr) request.traceparent = telemetry::ContinueTrace(*traceparent);
        if (request.traceparent.empty()) request.traceparent = telemetry::StartTrace();
        Resolution resolution = p.router->Resolve(request.method, request.target);
        Respond observed = p.observer->Observe(request, resolution.route, std::move(respond));
        Router::Handle(std::move(resolution), std::move(request), std::move(observed));
      });
  if (!server.ok()) return server.status();
  p.server = *std::move(server);
  p.address = AddressOf(options.listen, p.server->port());
  if (!options.address_file.empty()) std::ofstream(options.address_file) << p.address << std::endl;
  telemetry::Log(Severity::kInfo, "serving",
                 {{"address", p.address}, {"server", options.server}, {"version", CIMD_VERSION}});
  return std::unique_ptr<Gateway>(new Gateway(std::move(parts)));
}

absl::Status Gateway::Reload() {
  absl::Status status = parts_->token->Reload();
  if (parts_->options.tls_certificate_file.empty()) return status;
  status.Update(parts_->server->ReloadCertificates());
  return status;
}

void Gateway::AnnounceShutdown() { parts_->leaving = true; }

void Gateway::Shutdown() { parts_->server->Shutdown(parts_->options.drain_timeout); }

}  // namespace cimd::gateway
