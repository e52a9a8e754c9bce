#include "server/transport/health_service.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace cimd {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

struct Watch {
  explicit Watch(Health::Stub& stub) : reader(stub.Watch(&context, HealthCheckRequest())) {}
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader;
};

TEST(HealthServiceTest, NumberOfWatchersIsLimited) {
  HealthService service{{}};
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto stub =
      Health::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));

  HealthCheckResponse told;
  std::vector<std::unique_ptr<Watch>> watches;
  for (size_t i = 0; i < HealthService::kMaxWatchers; ++i) {
    watches.push_back(std::make_unique<Watch>(*stub));
    ASSERT_TRUE(watches.back()->reader->Read(&told)) << i;
  }
  Watch refused(*stub);
  EXPECT_FALSE(refused.reader->Read(&told));
  EXPECT_EQ(refused.reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  grpc::ClientContext context;
  EXPECT_TRUE(stub->Check(&context, HealthCheckRequest(), &told).ok()) << "asking is not limited";

  // A watch that ends makes room for another.
  watches.front()->context.TryCancel();
  EXPECT_EQ(watches.front()->reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!Watch(*stub).reader->Read(&told)) ASSERT_LT(absl::Now(), deadline);

  service.EndWatches();
  watches.clear();
  server->Shutdown();
}

}  // namespace
}  // namespace cimd
