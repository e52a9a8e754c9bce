#include "client/connection.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "client/address.h"
#include "client/status.h"
#include "fmt/format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/channel_arguments.h"

namespace cimd::client {
namespace {

namespace tls = grpc::experimental;

// A page of a thousand clients takes several megabytes, which exceeds gRPC's default limit of 4 MiB.
constexpr int kMaxAnswerBytes = 64 << 20;

// gRPC ends the call with an internal error, or aborts the process, when metadata contains other characters.
bool CanBeSent(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
}

absl::Status CheckToken(std::string_view token) {
  if (CanBeSent(token)) return absl::OkStatus();
  return absl::InvalidArgumentError("the access token has blanks or characters that no access token has");
}

absl::Status CheckPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream pem;
  // operator<< fails for a file that cannot be opened, for a directory, and for an empty file.
  if (!path.empty() && !(pem << file.rdbuf())) return absl::NotFoundError(fmt::format("cannot read {}", path));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(const ConnectionOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError("certificate_file and key_file need each other");
  }
  if (options.ca_file.empty()) {
    if (!options.key_file.empty()) return absl::InvalidArgumentError("certificate_file and key_file need ca_file");
    return grpc::InsecureChannelCredentials();
  }
  for (const std::string* path : {&options.ca_file, &options.certificate_file, &options.key_file}) {
    if (absl::Status status = CheckPem(*path); !status.ok()) return status;
  }
  const auto seconds = std::max<int64_t>(1, absl::ToInt64Seconds(options.certificate_refresh));
  tls::TlsChannelCredentialsOptions credentials;
  credentials.set_certificate_provider(std::make_shared<tls::FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.ca_file, static_cast<unsigned int>(seconds)));
  credentials.watch_root_certs();
  if (!options.certificate_file.empty()) credentials.watch_identity_key_cert_pairs();
  return tls::TlsCredentials(credentials);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Create(ConnectionOptions options) {
  if (absl::Status status = CheckAddress(options.address); !status.ok()) return status;
  if (absl::Status status = CheckToken(options.access_token); !status.ok()) return status;
  if (options.token_source && !options.access_token.empty()) {
    return absl::InvalidArgumentError("access_token and token_source contradict each other");
  }
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = MakeCredentials(options);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Compression is disabled, so that an answer never takes more memory than its size on the wire.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  auto channel = grpc::CreateCustomChannel(options.address, *credentials, arguments);
  return std::unique_ptr<Connection>(new Connection(std::move(options), channel));
}

Connection::Connection(ConnectionOptions options, const std::shared_ptr<grpc::Channel>& channel)
    : options_(std::move(options)),
      stubs_(v1::AdminService::NewStub(channel), v1::ConnectionsService::NewStub(channel),
             v1::GrantsService::NewStub(channel), v1::MetadataService::NewStub(channel),
             v1::RegistrationService::NewStub(channel)) {}

std::string Connection::NewRequestId() {
  // A UUID version 4 (RFC 9562 section 5.4). It has to be unique but not secret.
  absl::BitGen random;
  const auto high = absl::Uniform<uint64_t>(random);
  const auto low = absl::Uniform<uint64_t>(random);
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     0x8000 | ((low >> 48) & 0x3fff), low & 0xffffffffffff);
}

absl::StatusOr<std::string> Connection::Token() const {
  if (!options_.token_source) return options_.access_token;
  absl::StatusOr<std::string> token = options_.token_source();
  if (!token.ok()) return token;
  if (absl::Status status = CheckToken(*token); !status.ok()) return status;
  return token;
}

void Connection::Authorize(const std::string& token, grpc::ClientContext& context) {
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
}

absl::Status Connection::Attempt(const CallOptions& options,
                                 absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call) const {
  if (!CanBeSent(options.traceparent)) return absl::InvalidArgumentError("the traceparent cannot be sent");
  const absl::Time deadline = options.deadline.value_or(absl::Now() + options_.timeout);
  absl::BitGen random;
  std::optional<std::string> refused_token;
  for (int attempts = 1;; ++attempts) {
    absl::StatusOr<std::string> token = Token();
    if (!token.ok()) return token.status();
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    Authorize(*token, context);
    if (!options.traceparent.empty()) context.AddMetadata("traceparent", options.traceparent);
    absl::Status status = FromGrpcStatus(call(context));
    if (status.ok()) return status;
    if (status.code() == absl::StatusCode::kUnauthenticated && !refused_token.has_value()) {
      refused_token = *token;
      absl::StatusOr<std::string> renewed = Token();
      if (renewed.ok() && *renewed != *token) continue;
    }
    std::optional<absl::Duration> delay =
        DelayBeforeRetry(options_.retry, status, attempts, absl::Uniform(random, 0.0, 1.0));
    // No further attempt when the deadline would pass before it: `status` tells the caller more than DEADLINE_EXCEEDED.
    if (!delay.has_value() || absl::Now() + *delay >= deadline) return status;
    absl::SleepFor(*delay);
  }
}

}  // namespace cimd::client
