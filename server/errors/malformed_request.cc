#include "server/errors/malformed_request.h"

#include <string_view>

#include "server/errors/errors.h"
#include "server/errors/status.h"

namespace cimd::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;

// The interceptor of one call. The request is read before any status is sent.
class MalformedRequest final : public grpc::experimental::Interceptor {
 public:
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      malformed_ = methods->GetRecvMessage() == nullptr;
    }
    if (malformed_ && methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      methods->ModifySendStatus(ToGrpcStatus(errors::MalformedRequest()));
    }
    methods->Proceed();
  }

 private:
  bool malformed_ = false;
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Every method of this API takes one request. Others, such as reflection, read until there are no more.
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    return std::string_view(info->method()).starts_with("/cimd.v1.") ? new MalformedRequest : nullptr;
  }
};

}  // namespace

std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> MalformedRequestInterceptors() {
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<Factory>());
  return factories;
}

}  // namespace cimd::rpc
