#ifndef CIMD_TESTS_CLIENT_FAKE_CONTROL_PLANE_H_
#define CIMD_TESTS_CLIENT_FAKE_CONTROL_PLANE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message.h"
#include "grpcpp/grpcpp.h"

namespace cimd::testing {

// A gRPC server in this process, on a free port of 127.0.0.1, that serves the public API with answers that the test
// wrote, and remembers what it was asked. Methods are told by their request types, of which no two are alike; those
// without an answer are UNIMPLEMENTED. Thread-safe.
class FakeControlPlane {
 public:
  explicit FakeControlPlane(
      const std::shared_ptr<grpc::ServerCredentials>& credentials = grpc::InsecureServerCredentials());
  ~FakeControlPlane();
  FakeControlPlane(const FakeControlPlane&) = delete;
  FakeControlPlane& operator=(const FakeControlPlane&) = delete;

  // host:port
  const std::string& address() const { return address_; }

  // Answers a method from now on: On([](const v1::GetClientRequest&) -> absl::StatusOr<v1::Client> { ... }). Errors are
  // sent as the real server sends them, with their details. Called on the server's threads, several at a time.
  template <typename Answer>
  void On(Answer answer) {
    Add(std::function(std::move(answer)));
  }

  // Every request of a method, in order.
  template <typename Request>
  std::vector<Request> Received() const {
    std::vector<Request> requests;
    absl::MutexLock lock(&mutex_);
    for (const std::string& bytes : Find(Request().GetTypeName())) {
      requests.emplace_back().ParseFromString(bytes);
    }
    return requests;
  }
  // The authorization metadata of every call, "" for a call without.
  std::vector<std::string> authorizations() const;
  // The traceparent metadata of the calls that had any.
  std::vector<std::string> traceparents() const;

 private:
  using Handler = std::function<absl::Status(const google::protobuf::Message&, google::protobuf::Message&)>;
  class Services;

  template <typename Request, typename Response>
  void Add(std::function<absl::StatusOr<Response>(const Request&)> answer) {
    absl::MutexLock lock(&mutex_);
    // Shared by the calls, so that an answer can remember what it has said.
    handlers_[Request().GetTypeName()] = std::make_shared<const Handler>(
        [answer = std::move(answer)](const google::protobuf::Message& request, google::protobuf::Message& response) {
          absl::StatusOr<Response> answered = answer(static_cast<const Request&>(request));
          if (answered.ok()) static_cast<Response&>(response) = *std::move(answered);
          return answered.status();
        });
  }
  const std::vector<std::string>& Find(const std::string& type) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  grpc::Status Serve(grpc::ServerContext& context, const google::protobuf::Message& request,
                     google::protobuf::Message& response);

  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<const Handler>> handlers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<std::string>> received_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> authorizations_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> traceparents_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_CLIENT_FAKE_CONTROL_PLANE_H_
