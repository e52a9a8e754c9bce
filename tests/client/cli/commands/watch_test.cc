#include <fstream>
#include <string>

#include "cimd/v1/registration_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using cimd::testing::kUrl;

constexpr char kOtherUrl[] = "https://other.example.net/app";

v1::Client WatchedClient(const std::string& url, const std::string& id) {
  v1::Client client;
  client.set_name("tenants/default/clients/" + id);
  client.mutable_metadata()->set_external_client_id(url);
  client.mutable_metadata()->set_client_name("App");
  client.set_state(v1::CLIENT_STATE_ACTIVE);
  return client;
}

class ClientWatchTest : public CimdctlTest {
 protected:
  // One client exists. A second one is registered, the first one is blocked and then deleted.
  ClientWatchTest() {
    server_.On([](const v1::ListClientsRequest&) -> absl::StatusOr<v1::ListClientsResponse> {
      v1::ListClientsResponse response;
      *response.add_clients() = WatchedClient(kUrl, "tpc_1");
      response.set_watch_cursor("list");
      return response;
    });
    server_.On([](const v1::WatchClientsRequest&) -> absl::StatusOr<v1::WatchClientsResponse> {
      v1::WatchClientsResponse response;
      response.set_cursor("changes");
      v1::ClientChange& created = *response.add_changes();
      created.set_external_client_id(kOtherUrl);
      *created.mutable_client() = WatchedClient(kOtherUrl, "tpc_2");
      v1::ClientChange& changed = *response.add_changes();
      changed.set_external_client_id(kUrl);
      *changed.mutable_client() = WatchedClient(kUrl, "tpc_1");
      changed.mutable_client()->set_state(v1::CLIENT_STATE_BLOCKED);
      changed.mutable_client()->set_block_reason("phishing");
      response.add_changes()->set_external_client_id(kUrl);
      return response;
    });
  }
};

TEST_F(ClientWatchTest, SaysWhetherAClientIsNewHasChangedOrIsGone) {
  const CimdctlResult result = Run({"clients", "watch", "--changes", "3"});
  EXPECT_EQ(result.status, kExitOk) << result.err;
  EXPECT_EQ(result.out, std::string("created  ") + kOtherUrl + "  tpc_2 ACTIVE App\n" + "changed  " + kUrl +
                            "  tpc_1 BLOCKED (phishing) App\n" + "deleted  " + kUrl + "\n");
}

TEST_F(ClientWatchTest, AllBeginsWithWhatExists) {
  EXPECT_EQ(Run({"clients", "watch", "--all", "--changes", "1"}).out,
            std::string("exists   ") + kUrl + "  tpc_1 ACTIVE App\n");
}

TEST_F(ClientWatchTest, EndsWhenItsLinesCannotBeWritten) {
  std::ofstream full("/dev/full");
  EXPECT_EQ(RunInto(full, {"clients", "watch"}).status, kExitFailed);
}

}  // namespace
}  // namespace cimd::cli
