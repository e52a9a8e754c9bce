#ifndef CIMD_CLIENT_CONNECTION_H_
#define CIMD_CLIENT_CONNECTION_H_

#include <memory>
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
  // For one call with all its attempts.
  absl::Duration timeout = absl::Seconds(15);
  RetryPolicy retry;
  // PEM file of the authorities that may vouch for the server. Empty: plain text, which is for loopback and for
  // networks that nobody else listens in on, because whoever does can take the access token.
  std::string ca_file;
  // PEM files of this caller's own certificate and its key, for servers that ask for one. Both or none; need ca_file.
  std::string certificate_file;
  std::string key_file;
};

// A connection to one cimd-server, through which every RPC of the public API is called:
//
//   absl::StatusOr<v1::Client> client = connection.Call(&Registration::GetClient, request);
//
// A call blocks until there is an answer, its deadline passes, or its failure is not worth another attempt (see
// retry_policy.h). A mutation is as safe to repeat as a read, because each carries a request_id under which the server
// does it once; an empty request_id is filled in with a random one. Errors have the code, message and google.rpc
// details that the server sent (see client/status.h); a server that cannot be reached is UNAVAILABLE, a deadline that
// passed DEADLINE_EXCEEDED.
//
// Nothing is connected before the first call, and lost connections come back by themselves. HTTP proxies from the
// environment are not used. Thread-safe.
class Connection {
 public:
  // INVALID_ARGUMENT for options that contradict each other or cannot be sent; NOT_FOUND for files that cannot be read.
  static absl::StatusOr<std::unique_ptr<Connection>> Create(ConnectionOptions options);

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                Request request) const {
    if constexpr (requires { request.mutable_request_id(); }) {
      if (request.request_id().empty()) request.set_request_id(NewRequestId());
    }
    Stub& stub = *std::get<std::unique_ptr<Stub>>(stubs_);
    Response response;
    absl::Status status =
        Attempt([&](grpc::ClientContext& context) { return (stub.*method)(&context, request, &response); });
    if (!status.ok()) return status;
    return response;
  }

  // Prepares a stream that `reactor` reads; `method` is one of the stub's asynchronous interface. Has no deadline and is
  // not tried again; see client/watcher.h for streams that come back. All arguments belong to the caller until the
  // reactor is done.
  template <typename Stub, typename Method, typename Request, typename Response>
  void Open(Method method, grpc::ClientContext& context, const Request& request,
            grpc::ClientReadReactor<Response>& reactor) const {
    Authorize(context);
    (std::get<std::unique_ptr<Stub>>(stubs_)->async()->*method)(&context, &request, &reactor);
  }

  const RetryPolicy& retry_policy() const { return options_.retry; }

 private:
  Connection(ConnectionOptions options, const std::shared_ptr<grpc::Channel>& channel);

  static std::string NewRequestId();
  void Authorize(grpc::ClientContext& context) const;
  // Makes attempts until one is the last.
  absl::Status Attempt(absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call) const;

  const ConnectionOptions options_;
  const std::tuple<std::unique_ptr<Admin>, std::unique_ptr<Connections>, std::unique_ptr<Grants>,
                   std::unique_ptr<Metadata>, std::unique_ptr<Registration>>
      stubs_;
};

}  // namespace cimd::client

#endif  // CIMD_CLIENT_CONNECTION_H_
