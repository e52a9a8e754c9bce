#ifndef CIMD_CLIENT_CONNECTION_H_
#define CIMD_CLIENT_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "client/retry_policy.h"
#include "client/token_source.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/status.h"

namespace cimd::client {

// The services, as Call takes their methods: &client::Registration::GetClient.
using Admin = v1::AdminService::Stub;
using Connections = v1::ConnectionsService::Stub;
using Grants = v1::GrantsService::Stub;
using Metadata = v1::MetadataService::Stub;
using Registration = v1::RegistrationService::Stub;

struct ConnectionOptions {
  // host:port of a cimd-server.
  std::string address = "127.0.0.1:8470";
  // Sent with every call as a bearer token; none if empty.
  std::string access_token;
  // If set, supplies the token instead; `access_token` must then be empty. For tokens that are renewed while the
  // process runs, for example with TokenFromFile.
  TokenSource token_source;
  // For one call with all its attempts, unless CallOptions has a deadline.
  absl::Duration timeout = absl::Seconds(15);
  RetryPolicy retry;
  // PEM file of the certificate authorities that are trusted to sign the server's certificate. Empty: plain text, which
  // exposes the access token to the network; use plain text on loopback only.
  std::string ca_file;
  // PEM files of this caller's own certificate and its key, for servers that ask for one. Both or none; need ca_file.
  std::string certificate_file;
  std::string key_file;
  // How often the three files are checked for changes. New connections use the changed files.
  absl::Duration certificate_refresh = absl::Minutes(1);
};

// Options of one call.
struct CallOptions {
  // The deadline of the call with all its attempts. Absent: ConnectionOptions::timeout from now.
  std::optional<absl::Time> deadline;
  // The W3C trace context of the caller's span, "00-{trace id}-{span id}-{flags}": the server's logs contain its trace
  // id. Empty: the server starts a new trace.
  std::string traceparent;
};

// A connection to one cimd-server, through which every RPC of the public API is called:
//
//   absl::StatusOr<v1::Client> client = connection.Call(&Registration::GetClient, request);
//
// A call blocks until there is an answer, its deadline passes, or another attempt cannot help (see retry_policy.h).
// Repeating a mutation is safe: each carries a request_id, and the server executes a request_id once. An empty
// request_id is replaced by a random one. When the server refuses the token, the token source is asked once more, and
// the call is repeated if the token has changed.
//
// Errors have the code, message and google.rpc details that the server sent (see client/status.h). UNAVAILABLE without
// details: the server cannot be reached. DEADLINE_EXCEEDED: the deadline passed. INVALID_ARGUMENT without details: the
// traceparent or the token has characters that cannot be sent.
//
// The first call opens the connection. Lost connections are reopened. HTTP proxies from the environment are not used.
// Thread-safe.
class Connection {
 public:
  // INVALID_ARGUMENT for options that contradict each other or cannot be sent; NOT_FOUND for files that cannot be read.
  static absl::StatusOr<std::unique_ptr<Connection>> Create(ConnectionOptions options);

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                Request request, const CallOptions& options = {}) const {
    if constexpr (requires { request.mutable_request_id(); }) {
      if (request.request_id().empty()) request.set_request_id(NewRequestId());
    }
    Stub& stub = *std::get<std::unique_ptr<Stub>>(stubs_);
    Response response;
    absl::Status status =
        Attempt(options, [&](grpc::ClientContext& context) { return (stub.*method)(&context, request, &response); });
    if (!status.ok()) return status;
    return response;
  }

  // Prepares a stream that `reactor` reads; `method` is one of the stub's asynchronous interface. The stream has no
  // deadline and is not opened again when it ends; client/watcher.h does that. When the token source fails, the stream
  // is opened without a token, which the server refuses. `context`, `request` and `reactor` must outlive the stream.
  template <typename Stub, typename Method, typename Request, typename Response>
  void Open(Method method, grpc::ClientContext& context, const Request& request,
            grpc::ClientReadReactor<Response>& reactor) const {
    if (absl::StatusOr<std::string> token = Token(); token.ok()) Authorize(*token, context);
    (std::get<std::unique_ptr<Stub>>(stubs_)->async()->*method)(&context, &request, &reactor);
  }

  const RetryPolicy& retry_policy() const { return options_.retry; }
  // Whether the access token can change later. If so, a refused token is not a final failure.
  bool renews_token() const { return options_.token_source != nullptr; }

 private:
  Connection(ConnectionOptions options, const std::shared_ptr<grpc::Channel>& channel);

  static std::string NewRequestId();
  // The token for the next attempt; empty for none.
  absl::StatusOr<std::string> Token() const;
  static void Authorize(const std::string& token, grpc::ClientContext& context);
  // Repeats the call until it succeeds or no further attempt can help.
  absl::Status Attempt(const CallOptions& options, absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call) const;

  const ConnectionOptions options_;
  const std::tuple<std::unique_ptr<Admin>, std::unique_ptr<Connections>, std::unique_ptr<Grants>,
                   std::unique_ptr<Metadata>, std::unique_ptr<Registration>>
      stubs_;
};

}  // namespace cimd::client

#endif  // CIMD_CLIENT_CONNECTION_H_
