#include "tests/bench/setting.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "fmt/format.h"
#include "tests/bench/constant.grpc.pb.h"
#include "tests/bench/seed.h"
#include "tests/testing/rate_limits.h"

namespace cimd::bench {
namespace {

// Limits that nobody meets, so that asking them is part of what is measured.
constexpr char kUnmetLimit[] = "1000000/10000000";

}  // namespace

void Require(bool ok, const std::string& what) {
  if (!ok) throw CannotMeasure(what);
}

int FreePort() {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  ConstantService::Service service;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Require(server != nullptr, "a free port");
  return port;
}

Channels NewChannels(const std::string& address, int count) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  Channels channels;
  for (int i = 0; i < count; ++i) {
    channels.push_back(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  return channels;
}

Setting::Setting(const std::string& work, const std::string& program, uint64_t clients,
                 const std::vector<std::string>& options)
    : clients(clients), data_dir(fmt::format("{}/store-{}", work, clients)) {
  std::filesystem::create_directories(work);
  const std::string complete = data_dir + ".complete";
  if (!std::filesystem::exists(complete)) {
    std::filesystem::remove_all(data_dir);
    Start(program, options);
    Furnish();
    Stop();
    const absl::Time start = absl::Now();
    const absl::Status copied = CopyClients(data_dir, clients);
    Require(copied.ok(), std::string(copied.message()));
    std::printf("stored %llu clients in %s\n", static_cast<unsigned long long>(clients),
                absl::FormatDuration(absl::Now() - start).c_str());
    std::ofstream{complete};
  }
  Start(program, options);
}

Setting::~Setting() = default;

void Setting::Start(const std::string& program, const std::vector<std::string>& options) {
  const std::string address_file = data_dir + ".address";
  std::filesystem::remove(address_file);
  metrics_address = fmt::format("127.0.0.1:{}", FreePort());
  std::vector<std::string> command = {program,
                                      "--data_dir=" + data_dir,
                                      "--listen=127.0.0.1:0",
                                      "--mode=development",
                                      "--log_severity=warning",
                                      "--address_file=" + address_file,
                                      "--metrics_listen=" + metrics_address};
  for (const std::string& limit : testing::EveryRateLimit(kUnmetLimit)) command.push_back("--rate_limit=" + limit);
  command.insert(command.end(), options.begin(), options.end());
  const absl::Time start = absl::Now();
  process_ = std::make_unique<testing::ChildProcess>(command, data_dir + ".log");
  address = testing::WaitForLine(address_file, *process_);
  Require(!address.empty(), "the server did not start; see " + data_dir + ".log");
  std::ifstream lines(address_file);
  std::string constants_address;
  lines >> address >> constants_address;
  std::ifstream(data_dir + "/admin-token") >> token;

  channels = NewChannels(address);
  constants_ = NewChannels(constants_address);
  registration = v1::RegistrationService::NewStub(channels[0]);
  metadata = v1::MetadataService::NewStub(channels[0]);
  grants = v1::GrantsService::NewStub(channels[0]);

  const std::unique_ptr<v1::AdminService::Stub> admin = v1::AdminService::NewStub(channels[0]);
  v1::GetTenantRequest request;
  request.set_name(kParent);
  v1::Tenant tenant;
  const grpc::Status status = Call(*admin, &v1::AdminService::Stub::GetTenant, request, tenant);
  Require(status.ok(), status.error_message());
  start_time = absl::Now() - start;
}

void Setting::Furnish() {
  const std::unique_ptr<v1::AdminService::Stub> admin = v1::AdminService::NewStub(channels[0]);
  v1::UpdateTenantRequest update;
  update.mutable_tenant()->set_name(kParent);
  update.mutable_tenant()->set_client_id_metadata_document_supported(true);
  update.mutable_tenant()->set_issuer(kIssuer);
  update.mutable_tenant()->mutable_endpoints()->set_token_endpoint(kTokenEndpoint);
  update.mutable_tenant()->mutable_endpoints()->set_authorization_endpoint("https://auth.example.net/authorize");
  for (const char* path : {"client_id_metadata_document_supported", "issuer", "endpoints.token_endpoint",
                           "endpoints.authorization_endpoint"}) {
    update.mutable_update_mask()->add_paths(path);
  }
  v1::Tenant tenant;
  grpc::Status status = Call(*admin, &v1::AdminService::Stub::UpdateTenant, update, tenant);
  Require(status.ok(), status.error_message());

  v1::CreateResourceServerRequest api;
  api.set_parent(kParent);
  api.mutable_resource_server()->set_identifier(kAudience);
  api.mutable_resource_server()->add_scopes()->set_value(kScope);
  v1::ResourceServer resource_server;
  status = Call(*grants, &v1::GrantsService::Stub::CreateResourceServer, api, resource_server);
  Require(status.ok(), status.error_message());

  for (v1::SubjectType subject : {v1::SUBJECT_TYPE_USER, v1::SUBJECT_TYPE_CLIENT}) {
    v1::CreateClientGrantRequest grant;
    grant.set_parent(kParent);
    grant.mutable_client_grant()->set_audience(kAudience);
    grant.mutable_client_grant()->set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
    grant.mutable_client_grant()->set_subject_type(subject);
    grant.mutable_client_grant()->add_scopes(kScope);
    v1::ClientGrant client_grant;
    status = Call(*grants, &v1::GrantsService::Stub::CreateClientGrant, grant, client_grant);
    Require(status.ok(), status.error_message());
  }

  const std::unique_ptr<v1::ConnectionsService::Stub> connections = v1::ConnectionsService::NewStub(channels[0]);
  v1::CreateConnectionRequest login;
  login.set_parent(kParent);
  login.mutable_connection()->set_connection_name("users");
  login.mutable_connection()->set_strategy("auth0");
  login.mutable_connection()->set_is_domain_connection(true);
  v1::Connection connection;
  status = Call(*connections, &v1::ConnectionsService::Stub::CreateConnection, login, connection);
  Require(status.ok(), status.error_message());

  v1::RegisterClientRequest first;
  first.set_parent(kParent);
  first.set_external_client_id(ClientUrl(0));
  first.set_document(ClientDocument(ClientUrl(0)));
  v1::RegisterClientResponse registered;
  status = Call(*registration, &v1::RegistrationService::Stub::RegisterClient, first, registered);
  Require(status.ok(), status.error_message());
}

Begin Setting::Constants(size_t request_bytes, size_t response_bytes) {
  // Tag and length take about four bytes.
  const std::string padding(std::max<size_t>(request_bytes, 8) - 8, 'p');
  const auto size = static_cast<int32_t>(std::max<size_t>(response_bytes, 4) - 4);
  GetConstantRequest request;
  request.set_padding(padding);
  request.set_size(size);
  return Calls(
      constants_, "/cimd.bench.ConstantService/Get", [bytes = request.SerializeAsString()](uint64_t) { return bytes; },
      [size](const std::string& answer) { return answer.size() >= static_cast<size_t>(size); }, token);
}

int64_t Setting::ResidentBytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", process_->pid()));
  int64_t size = 0;
  int64_t resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

absl::Duration Setting::CpuTime() const {
  std::string stat;
  std::getline(std::ifstream(fmt::format("/proc/{}/stat", process_->pid())), stat);
  // After the name, which may contain anything, user and system time are the 12th and 13th fields.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  int64_t user = 0;
  int64_t system = 0;
  fields >> user >> system;
  return absl::Seconds(1) * (user + system) / sysconf(_SC_CLK_TCK);
}

void Setting::WaitUntilIdle() {
  absl::Duration used;
  do {
    used = CpuTime();
    absl::SleepFor(absl::Seconds(1));
  } while (CpuTime() - used > absl::Milliseconds(20));
}

double Setting::Metric(const std::string& name) const {
  const testing::Finished page =
      testing::RunToEnd({"/usr/bin/env", "curl", "-sf", "http://" + metrics_address + "/metrics"});
  Require(page.exit_status == 0, "the metrics: " + page.err);
  double sum = 0;
  std::istringstream lines(page.out);
  for (std::string line; std::getline(lines, line);) {
    double value = 0;
    const bool is_it = line.starts_with(name + " ") || line.starts_with(name + "{");
    if (is_it && absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) sum += value;
  }
  return sum;
}

void Setting::Stop() {
  process_->Signal(SIGTERM);
  Require(process_->Wait() == 0, "the server did not end well; see " + data_dir + ".log");
}

}  // namespace cimd::bench
