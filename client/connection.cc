#include "client/connection.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "client/address.h"
#include "client/status.h"
#include "fmt/format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace cimd::client {
namespace {

// A page of a thousand clients is several megabytes, more than gRPC takes by default.
constexpr int kMaxAnswerBytes = 64 << 20;

// gRPC would end the call with an internal error, or the process, over a token that no header can carry.
bool CanBeSent(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
}

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream pem;
  // Fails for what cannot be opened, for a directory, and for an empty file.
  if (!(pem << file.rdbuf())) return absl::NotFoundError(fmt::format("cannot read {}", path));
  return pem.str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(const ConnectionOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError("certificate_file and key_file need each other");
  }
  if (options.ca_file.empty()) {
    if (!options.key_file.empty()) return absl::InvalidArgumentError("certificate_file and key_file need ca_file");
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions ssl;
  for (const auto& [path, pem] :
       {std::pair(&options.ca_file, &ssl.pem_root_certs), std::pair(&options.certificate_file, &ssl.pem_cert_chain),
        std::pair(&options.key_file, &ssl.pem_private_key)}) {
    if (path->empty()) continue;
    absl::StatusOr<std::string> read = ReadPem(*path);
    if (!read.ok()) return read.status();
    *pem = *std::move(read);
  }
  return grpc::SslCredentials(ssl);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Create(ConnectionOptions options) {
  if (absl::Status status = CheckAddress(options.address); !status.ok()) return status;
  if (!CanBeSent(options.access_token)) {
    return absl::InvalidArgumentError("the access token has blanks or characters that no access token has");
  }
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = MakeCredentials(options);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // No answer is larger than what the server sent.
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
  // A UUID of version 4 (RFC 9562). Must be unlike all others, need not be secret.
  absl::BitGen random;
  const auto high = absl::Uniform<uint64_t>(random);
  const auto low = absl::Uniform<uint64_t>(random);
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     0x8000 | ((low >> 48) & 0x3fff), low & 0xffffffffffff);
}

void Connection::Authorize(grpc::ClientContext& context) const {
  if (!options_.access_token.empty()) context.AddMetadata("authorization", "Bearer " + options_.access_token);
}

absl::Status Connection::Attempt(absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call) const {
  const absl::Time deadline = absl::Now() + options_.timeout;
  absl::BitGen random;
  for (int attempts = 1;; ++attempts) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    Authorize(context);
    absl::Status status = FromGrpcStatus(call(context));
    if (status.ok()) return status;
    std::optional<absl::Duration> delay =
        DelayBeforeRetry(options_.retry, status, attempts, absl::Uniform(random, 0.0, 1.0));
    // What the deadline leaves no time for is not tried: the failure at hand says more than a deadline would.
    if (!delay.has_value() || absl::Now() + *delay >= deadline) return status;
    absl::SleepFor(*delay);
  }
}

}  // namespace cimd::client
