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

// A gRPC server in this process, on a free port of 127.0.0.1, that serves the public API with answers from the test and
// records all requests. A method is identified by its request type, which is unique. Methods without an answer are
// UNIMPLEMENTED. Thread-safe.
class FakeControlPlane {
 public:
  explicit FakeControlPlane(
      const std::shared_ptr<grpc::ServerCredentials>& credentials = grpc::InsecureServerCredentials());
  ~FakeControlPlane();
  FakeControlPlane(const FakeControlPlane&) = delete;
  FakeControlPlane& operator=(const FakeControlPlane&) = delete;

  // host:port
  const std::string& address() const { return address_; }

  // Sets the answer of a method: On([](const v1::GetClientRequest&) -> absl::StatusOr<v1::Client> { ... }). Errors are
  // sent with their details, like those of the real server. The function runs on the server's threads, possibly
  // concurrently.
  template <typename Answer>
  void On(Answer answer) {
    Add(std::function(std::move(answer)));
  }

  // Returns every request of a method, in order.
  template <typename Request>
  std::vector<Request> Received() const {
    std::vector<Request> requests;
    absl::MutexLock lock(&mutex_);
    for (const std::string& bytes : Find(Request().GetTypeName())) {
      requests.emplace_back().ParseFromString(bytes);
    }
    return requests;
  }
  // The authorization metadata of every call, "" for a call without it.
  std::vector<std::string> authorizations() const;
  // The traceparent metadata of the calls that had it.
  std::vector<std::string> traceparents() const;

 private:
  using Handler = std::function<absl::Status(const google::protobuf::Message&, google::protobuf::Message&)>;
  class Services;

  template <typename Request, typename Response>
  void Add(std::function<absl::StatusOr<Response>(const Request&)> answer) {
    absl::MutexLock lock(&mutex_);
    // Shared by all calls, so that the function can keep state.
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
