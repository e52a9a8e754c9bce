#include "server/gateway/http/http_server_budget.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::NotNull;

// Three connections in total, two from one address.
class ConnectionBudgetTest : public ::testing::Test {
 protected:
  using PlacePtr = std::unique_ptr<ConnectionBudget::Place>;

  // Returns null if there is no room. Records `name` in evicted_ when the connection has to make room.
  PlacePtr Enter(const std::string& address, const std::string& name) {
    PlacePtr place = budget_.Enter(address);
    if (place != nullptr) place->OnEvicted([this, name] { evicted_.push_back(name); });
    return place;
  }

  ConnectionBudget budget_{3, 2};
  std::vector<std::string> evicted_;
};

TEST_F(ConnectionBudgetTest, BoundsConnectionsInAllAndFromAnAddress) {
  PlacePtr a1 = Enter("a", "a1");
  PlacePtr a2 = Enter("a", "a2");
  EXPECT_THAT(Enter("a", "a3"), IsNull());
  PlacePtr b1 = Enter("b", "b1");
  EXPECT_THAT(b1, NotNull());
  EXPECT_THAT(Enter("c", "c1"), IsNull());
  a1.reset();
  EXPECT_THAT(Enter("c", "c1"), NotNull());
  EXPECT_THAT(Enter("a", "a3"), NotNull());
  EXPECT_THAT(evicted_, IsEmpty());
}

TEST_F(ConnectionBudgetTest, EvictsTheLongestIdleOfTheAddressThatHasItsShare) {
  PlacePtr b1 = Enter("b", "b1");
  b1->SetIdle(true);
  PlacePtr a1 = Enter("a", "a1"), a2 = Enter("a", "a2");
  a2->SetIdle(true);
  a1->SetIdle(true);
  PlacePtr a3 = Enter("a", "a3");
  EXPECT_THAT(a3, NotNull());
  EXPECT_THAT(evicted_, ElementsAre("a2"));
}

TEST_F(ConnectionBudgetTest, EvictsTheLongestIdleOfAllWhenFull) {
  PlacePtr a1 = Enter("a", "a1"), b1 = Enter("b", "b1"), b2 = Enter("b", "b2");
  b1->SetIdle(true);
  a1->SetIdle(true);
  b2->SetIdle(true);
  // b1 becomes busy in between.
  b1->SetIdle(false);
  b1->SetIdle(true);
  b1->SetIdle(true);
  PlacePtr c1 = Enter("c", "c1");
  EXPECT_THAT(evicted_, ElementsAre("a1"));
  PlacePtr c2 = Enter("c", "c2");
  EXPECT_THAT(evicted_, ElementsAre("a1", "b2"));
  b1->SetIdle(false);
  EXPECT_THAT(Enter("d", "d1"), IsNull());
}

TEST_F(ConnectionBudgetTest, AnEvictedConnectionCountsNoMore) {
  PlacePtr a1 = Enter("a", "a1"), a2 = Enter("a", "a2");
  a1->SetIdle(true);
  PlacePtr a3 = Enter("a", "a3");
  ASSERT_THAT(evicted_, ElementsAre("a1"));
  // It is still closing and must not be evicted again.
  a1->SetIdle(true);
  EXPECT_THAT(Enter("a", "a4"), IsNull());
  a1.reset();
  EXPECT_THAT(Enter("a", "a4"), IsNull()) << "its place is a3's";
  PlacePtr b1 = Enter("b", "b1");
  EXPECT_THAT(b1, NotNull());
  EXPECT_THAT(Enter("c", "c1"), IsNull());
  EXPECT_THAT(evicted_, ElementsAre("a1"));
}

}  // namespace
}  // namespace cimd::gateway
