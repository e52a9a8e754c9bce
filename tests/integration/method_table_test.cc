// The method table and the service descriptors must agree. A method without a row could not be called. A row without a
// method is a mistake.

#include "server/rpc/method_table.h"

#include <set>
#include <string>

#include "cimd/v1/client_keys.pb.h"
#include "cimd/v1/error_reason.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace cimd {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;

constexpr const char* kServices[] = {"cimd.v1.AdminService", "cimd.v1.ConnectionsService", "cimd.v1.GrantsService",
                                     "cimd.v1.MetadataService", "cimd.v1.RegistrationService"};

TEST(MethodTableTest, HasARowForEveryMethodAndNoOther) {
  std::set<std::string> methods;
  for (const char* name : kServices) {
    const ServiceDescriptor* service = DescriptorPool::generated_pool()->FindServiceByName(name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      methods.insert(service->full_name() + "/" + service->method(i)->name());
    }
  }
  std::set<std::string> rows;
  for (const rpc::Method& method : rpc::kMethodTable) {
    EXPECT_TRUE(rows.insert(std::string(method.name)).second) << "two rows for " << method.name;
    EXPECT_FALSE(method.scopes[0].empty()) << method.name << " needs no scope";
  }
  EXPECT_EQ(methods, rows);
}

TEST(MethodTableTest, MutationsTakeARequestIdAndReadsDoNot) {
  for (const rpc::Method& method : rpc::kMethodTable) {
    const size_t slash = method.name.find('/');
    const auto* service =
        DescriptorPool::generated_pool()->FindServiceByName(std::string(method.name.substr(0, slash)));
    ASSERT_NE(service, nullptr) << method.name;
    const auto* descriptor = service->FindMethodByName(std::string(method.name.substr(slash + 1)));
    ASSERT_NE(descriptor, nullptr) << method.name;
    const bool previews = descriptor->name().starts_with("Preview");
    // The answer contains a secret, which must not be stored in an idempotency record.
    const bool secret = descriptor->name() == "CreateAccessToken";
    // The backup ID has the effect of a request ID.
    const bool once = descriptor->name() == "CreateBackup";
    const bool mutates = (method.work_class == rpc::WorkClass::kWrite || method.work_class == rpc::WorkClass::kFetch) &&
                         !previews && !secret && !once;
    EXPECT_EQ(descriptor->input_type()->FindFieldByName("request_id") != nullptr, mutates) << method.name;
    const bool lists = descriptor->name().starts_with("List");
    EXPECT_EQ(descriptor->input_type()->FindFieldByName("page_token") != nullptr, lists) << method.name;
    EXPECT_EQ(descriptor->output_type()->FindFieldByName("next_page_token") != nullptr, lists) << method.name;
    const bool many = lists || descriptor->name().starts_with("Batch");
    EXPECT_EQ(method.work_class == rpc::WorkClass::kBulk, many) << method.name;
  }
}

TEST(MethodTableTest, EnumsBeginWithUnspecifiedAndCarryTheirPrefix) {
  for (const auto* descriptor :
       {v1::ErrorReason_descriptor(), v1::FindingReason_descriptor(), v1::FetchFailureReason_descriptor(),
        v1::ChangeImpact_descriptor(), v1::AssertionReason_descriptor()}) {
    std::string prefix = descriptor->value(0)->name();
    ASSERT_TRUE(prefix.ends_with("_UNSPECIFIED"));
    prefix.resize(prefix.size() - std::string("UNSPECIFIED").size());
    for (int i = 0; i < descriptor->value_count(); ++i) {
      EXPECT_TRUE(descriptor->value(i)->name().starts_with(prefix)) << descriptor->value(i)->name();
    }
  }
}

}  // namespace
}  // namespace cimd
