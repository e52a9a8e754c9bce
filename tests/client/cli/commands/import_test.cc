#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cimd/v1/registration_service.pb.h"
#include "client/cli/input/url_list.h"
#include "client/cli/session/session.h"
#include "client/cli/text/import_summary.h"
#include "client/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/errors/errors.h"
#include "server/errors/status.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

namespace errors = rpc::errors;
using Answer = absl::StatusOr<v1::RegisterClientResponse>;

absl::Status NotFetched(v1::FetchFailureKind kind, v1::FetchFailureReason reason) {
  v1::FetchFailure failure;
  failure.set_kind(kind);
  failure.set_reason(reason);
  failure.set_message("It did not work.");
  return errors::DocumentNotFetched("https://a.example/b", failure);
}

absl::Status DocumentInvalid() {
  v1::Validation validation;
  validation.add_violations()->set_path("$.client_id");
  return errors::DocumentInvalid("https://a.example/b", "00", validation);
}

v1::RegisterClientResponse Registered(bool created, bool changed) {
  v1::RegisterClientResponse response;
  response.set_created(created);
  if (changed) response.mutable_diff()->add_changes()->set_field("client_name");
  return response;
}

TEST(DescribeFailureTest, KeepsKindsApart) {
  struct Case {
    absl::Status status;
    const char* kind;
    const char* reason;
    bool concerns_every_url;
  };
  const Case kCases[] = {
      {NotFetched(v1::FETCH_FAILURE_KIND_CHALLENGE, v1::FETCH_FAILURE_REASON_HTML), "CHALLENGE", "HTML", false},
      {NotFetched(v1::FETCH_FAILURE_KIND_WITHDRAWN, v1::FETCH_FAILURE_REASON_GONE), "WITHDRAWN", "GONE", false},
      {DocumentInvalid(), "INVALID", "DOCUMENT_INVALID", false},
      {errors::ClientBlocked("https://a.example/b"), "FAILED_PRECONDITION", "CLIENT_BLOCKED", false},
      {errors::CimdDisabled("default"), "FAILED_PRECONDITION", "CIMD_DISABLED", true},
      {errors::TenantNotFound("default"), "NOT_FOUND", "TENANT_NOT_FOUND", true},
      {errors::AccessTokenInvalid(), "UNAUTHENTICATED", "ACCESS_TOKEN_INVALID", true},
      {errors::TenantForbidden(), "PERMISSION_DENIED", "TENANT_FORBIDDEN", true},
      {absl::UnavailableError("refused"), "UNAVAILABLE", "", true},
      {absl::DeadlineExceededError("late"), "DEADLINE_EXCEEDED", "", false},
  };
  for (const Case& test : kCases) {
    const absl::Status status = client::FromGrpcStatus(rpc::ToGrpcStatus(test.status));
    const ImportFailure failure = DescribeFailure("https://a.example/b", status);
    EXPECT_EQ(failure.kind, test.kind) << status;
    EXPECT_EQ(failure.reason, test.reason) << status;
    EXPECT_EQ(ConcernsEveryUrl(status), test.concerns_every_url) << status;
  }
}

TEST(ImportSummaryTest, CountsByKindAndReason) {
  ImportSummary summary;
  EXPECT_EQ(summary.Add("https://a.example/1", Registered(true, false)), "created https://a.example/1\n");
  EXPECT_EQ(summary.Add("https://a.example/2", Registered(false, true)), "updated https://a.example/2\n");
  EXPECT_EQ(summary.Add("https://a.example/3", Registered(false, false)), "unchanged https://a.example/3\n");
  EXPECT_EQ(summary.Add("x\x1b[2J", absl::DeadlineExceededError("late")),
            "failed x\\x1b[2J: late (DEADLINE_EXCEEDED)\n");
  for (int i = 0; i < 2; ++i) {
    summary.Add("https://a.example/4", client::FromGrpcStatus(rpc::ToGrpcStatus(NotFetched(
                                           v1::FETCH_FAILURE_KIND_CHALLENGE, v1::FETCH_FAILURE_REASON_REFUSED))));
  }
  EXPECT_EQ(summary.failed(), 3);
  EXPECT_EQ(summary.Text(0),
            "RESULT     COUNT  KIND               REASON\n"
            "created    1\n"
            "updated    1\n"
            "unchanged  1\n"
            "failed     2      CHALLENGE          REFUSED\n"
            "failed     1      DEADLINE_EXCEEDED\n");
  EXPECT_THAT(summary.Text(7), EndsWith("not tried  7\n"));
}

TEST(ImportSummaryTest, IsJsonForPrograms) {
  ImportSummary summary;
  summary.Add("https://a.example/1", Registered(true, false));
  summary.Add("\xff\x1b", absl::DeadlineExceededError("late"));
  const auto json = nlohmann::json::parse(summary.Json(2));
  EXPECT_EQ(json["created"], 1);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["not_tried"], 2);
  EXPECT_EQ(json["failures"][0]["kind"], "DEADLINE_EXCEEDED");
  EXPECT_EQ(json["failures"][0]["external_client_id"], "\ufffd\x1b");
}

class ImportTest : public CimdctlTest {
 protected:
  ImportTest() {
    server_.On([](const v1::RegisterClientRequest& request) -> Answer {
      const std::string& url = request.external_client_id();
      if (url.ends_with("/html")) {
        return NotFetched(v1::FETCH_FAILURE_KIND_CHALLENGE, v1::FETCH_FAILURE_REASON_HTML);
      }
      return Registered(url.ends_with("/new"), url.ends_with("/changed"));
    });
  }
};

TEST_F(ImportTest, RegistersEveryUrl) {
  const std::string list = File("list", "# two of them\nhttps://a.example/new\nhttps://b.example/same\n");
  const CimdctlResult result = Run({"clients", "import", list});
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_EQ(result.out,
            "RESULT     COUNT  KIND  REASON\n"
            "created    1\n"
            "updated    0\n"
            "unchanged  1\n"
            "failed     0\n");
  EXPECT_THAT(result.err, HasSubstr("created https://a.example/new\n"));
  EXPECT_THAT(result.err, HasSubstr("unchanged https://b.example/same\n"));
  const auto received = server_.Received<v1::RegisterClientRequest>();
  ASSERT_THAT(received, SizeIs(2));
  EXPECT_EQ(received[0].parent(), "tenants/default");
  EXPECT_NE(received[0].request_id(), received[1].request_id());
}

TEST_F(ImportTest, TellsFailuresInTheExitStatus) {
  const CimdctlResult result = Run({"clients", "import", "-"}, "https://a.example/html\nhttps://a.example/changed\n");
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("failed     1      CHALLENGE  HTML\n"));
  EXPECT_THAT(result.out, HasSubstr("updated    1\n"));
  EXPECT_THAT(result.err, HasSubstr("failed https://a.example/html: "));
}

TEST_F(ImportTest, ShowsABarOnATerminal) {
  const CimdctlResult result = RunAsked({"clients", "import", "-"}, "https://a.example/html\nhttps://a.example/new\n");
  EXPECT_THAT(result.err, HasSubstr("] 2/2 100%"));
  EXPECT_THAT(result.err, HasSubstr("failed https://a.example/html: "));
  EXPECT_THAT(result.err, Not(HasSubstr("created")));
}

TEST_F(ImportTest, GivesUpWhenEveryUrlWouldFail) {
  server_.On([](const v1::RegisterClientRequest&) -> Answer { return errors::AccessTokenInvalid(); });
  std::string list;
  for (int i = 0; i < 100; ++i) list += "https://host" + std::to_string(i) + ".example/x\n";
  const CimdctlResult result = Run({"clients", "import", "-", "--parallel", "4"}, list);
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("not tried"));
  EXPECT_LE(server_.Received<v1::RegisterClientRequest>().size(), 8);
}

TEST_F(ImportTest, RunsInParallelButNotOnOneHost) {
  std::atomic<int> active = 0;
  std::atomic<int> most = 0;
  server_.On([&](const v1::RegisterClientRequest&) -> Answer {
    const int now = ++active;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    --active;
    return Registered(true, false);
  });
  std::string list;
  for (int i = 0; i < 50; ++i) list += "https://one.example/" + std::to_string(i) + "\n";
  EXPECT_EQ(Run({"clients", "import", "-", "--parallel", "16"}, list).status, kExitOk);
  EXPECT_LE(most, 2);
  EXPECT_THAT(server_.Received<v1::RegisterClientRequest>(), SizeIs(50));
}

TEST_F(ImportTest, RefusesListsThatCannotBeRead) {
  EXPECT_EQ(Run({"clients", "import", dir_.path() + "/none"}).status, kExitUsage);
  EXPECT_EQ(Run({"clients", "import", dir_.path()}).status, kExitUsage);
  EXPECT_EQ(Run({"clients", "import", "-", "--parallel", "0"}).status, kExitUsage);
  EXPECT_EQ(Run({"clients", "import", "-", "--parallel", "33"}).status, kExitUsage);
}

TEST_F(ImportTest, RefusesWhatIsNoListWithOneError) {
  const std::string binary = File("binary", std::string("\x7f"
                                                        "ELF\0\xff\n",
                                                        8) +
                                                "https://a.example/x\n");
  for (const std::string& list : {binary, File("latin1", "https://a.example/\xe9\n")}) {
    const CimdctlResult result = Run({"clients", "import", list});
    EXPECT_EQ(result.status, kExitUsage);
    EXPECT_EQ(result.err, "error: " + list + ": line 1 is not text; a list has one URL a line\n");
  }
  const std::string large = File("large", std::string(kMaxListBytes + 1, '\n'));
  EXPECT_THAT(Run({"clients", "import", large}).err, HasSubstr("is longer than 16777216 bytes"));
  EXPECT_THAT(Run({"clients", "import", "-"}, std::string(kMaxListBytes + 1, '\n')).err, HasSubstr("longer than"));
  EXPECT_THAT(server_.Received<v1::RegisterClientRequest>(), SizeIs(0));
}

TEST_F(ImportTest, AnInterruptionEndsItWithTheSummarySoFar) {
  std::string list;
  for (int i = 0; i < 20000; ++i) list += "https://host" + std::to_string(i) + ".example/x\n";
  server_.On([first = std::make_shared<std::atomic<bool>>(true)](const v1::RegisterClientRequest&) -> Answer {
    if (first->exchange(false)) raise(SIGINT);
    return Registered(true, false);
  });
  const CimdctlResult result = Run({"clients", "import", "-", "--parallel", "1"}, list);
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("created "));
  EXPECT_THAT(result.out, HasSubstr("not tried"));
}

TEST_F(ImportTest, TakesAnEmptyList) {
  const CimdctlResult result = Run({"clients", "import", "-"}, "# nothing\n");
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_THAT(result.out, HasSubstr("created    0\n"));
}

}  // namespace
}  // namespace cimd::cli
