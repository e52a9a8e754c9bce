#include "storage/audit/audit_chain.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/crypto/sha256.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"
#include "storage/repositories/purge.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/run_in_transaction.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTenant[] = "acme";

class AuditChainTest : public ::testing::Test {
 protected:
  void SetUp() override { CIMD_ASSERT_OK_AND_ASSIGN(store_, directory_.Open()); }

  // Appends `count` events with `per_commit` events in each commit. Their resources are "1", "2", ..., their times a
  // second apart.
  void Append(int count, int per_commit = 1, const std::string& tenant = kTenant) {
    for (int done = 0; done < count; done += per_commit) {
      CIMD_ASSERT_OK(RunInTransaction(*store_, [&](Transaction& transaction) {
        for (int i = 0; i < std::min(per_commit, count - done); ++i) {
          AuditRecord event;
          event.set_resource(std::to_string(appended_ + done + i + 1));
          event.mutable_time()->set_seconds(1000 + appended_ + done + i + 1);
          AppendAuditEvent(transaction, tenant, event);
        }
        return absl::OkStatus();
      }));
    }
    appended_ += count;
  }
  void PurgeAll() {
    PurgeWalk walk(*store_);
    while (*walk.Step([](std::string_view key) { ADD_FAILURE() << keys::Describe(key); })) {
    }
  }
  absl::StatusOr<int64_t> Link(const std::string& tenant = kTenant) {
    return LinkAuditEvents(*store_, tenant, crypto::Sha256);
  }
  void LinkAll() { CIMD_ASSERT_OK(Link()); }
  AuditChainReport Verify(const std::string& known_head = "", const std::string& tenant = kTenant) {
    auto snapshot = store_->TakeSnapshot();
    CIMD_EXPECT_OK(snapshot);
    auto report = VerifyAuditChain(**snapshot, tenant, known_head, crypto::Sha256, [] { return true; });
    CIMD_EXPECT_OK(report);
    return report.value_or(AuditChainReport{.problem = "no report"});
  }
  // Returns the keys and values of this kind.
  std::vector<Entry> Entries(keys::Kind kind) {
    auto transaction = store_->Begin();
    auto entries = (*transaction)->Scan(keys::All(kTenant, kind), 0);
    CIMD_EXPECT_OK(entries);
    return *entries;
  }
  void Change(const std::function<void(Transaction&)>& change) {
    CIMD_ASSERT_OK(RunInTransaction(*store_, [&](Transaction& transaction) {
      change(transaction);
      return absl::OkStatus();
    }));
  }
  std::string PositionOf(size_t event) {
    return std::string(keys::AuditEventPosition(Entries(keys::Kind::kAuditEvent)[event].key));
  }
  // Reads the log newest first, at most `max_events` at a time. Returns the events' resources.
  std::vector<std::string> Read(AuditStretch stretch = {}, int64_t max_events = 1000) {
    auto snapshot = store_->TakeSnapshot();
    std::vector<std::string> resources;
    do {
      auto next =
          ReadAuditEvents(**snapshot, kTenant, stretch, max_events, [&](std::string_view, const AuditRecord& event) {
            resources.push_back(event.resource());
            return true;
          });
      CIMD_EXPECT_OK(next);
      stretch.last = next.value_or("");
    } while (!stretch.last.empty());
    return resources;
  }
  static std::vector<std::string> Numbers(int from, int to) {
    std::vector<std::string> numbers;
    for (int i = from; i >= to; --i) numbers.push_back(std::to_string(i));
    return numbers;
  }

  StoreDirectory directory_;
  std::unique_ptr<Store> store_;
  int appended_ = 0;
};

TEST_F(AuditChainTest, AVerificationThatNobodyWaitsForStops) {
  Append(3);
  LinkAll();
  auto snapshot = store_->TakeSnapshot();
  CIMD_ASSERT_OK(snapshot);
  EXPECT_TRUE(
      absl::IsCancelled(VerifyAuditChain(**snapshot, kTenant, "", crypto::Sha256, [] { return false; }).status()));
}

TEST_F(AuditChainTest, AnUntouchedLogVerifies) {
  EXPECT_THAT(Verify().problem, IsEmpty());
  Append(3);
  EXPECT_EQ(Verify().unlinked_events, 3);
  EXPECT_THAT(Link(), IsOkAndHolds(3));
  EXPECT_THAT(Link(), IsOkAndHolds(0));
  Append(700, 100);
  EXPECT_THAT(Link(), IsOkAndHolds(700));
  Append(2);
  const AuditChainReport report = Verify();
  EXPECT_THAT(report.problem, IsEmpty());
  EXPECT_EQ(report.events, 703);
  EXPECT_EQ(report.links, 4);
  EXPECT_EQ(report.unlinked_events, 2);
  EXPECT_EQ(report.head_hash.size(), 32u);
  // The earlier head must still be part of the chain.
  LinkAll();
  EXPECT_THAT(Verify(report.head_hash).problem, IsEmpty());
  EXPECT_THAT(Verify(std::string(32, 'x')).problem, HasSubstr("known hash"));
}

TEST_F(AuditChainTest, LogsOfDifferentTenantsAreApart) {
  Append(2, 1, "acme");
  Append(2, 1, "acme-2");
  Append(2, 1, std::string(keys::kPlatform));
  LinkAll();
  EXPECT_EQ(Verify().events, 2);
  EXPECT_EQ(Verify("", "acme-2").unlinked_events, 2);
  EXPECT_THAT(Link(std::string(keys::kPlatform)), IsOkAndHolds(2));
  auto snapshot = store_->TakeSnapshot();
  EXPECT_THAT(FindAuditLogs(**snapshot), IsOkAndHolds(std::vector<std::string>{"_", "acme"}));
}

struct Tampering {
  const char* name;
  std::function<void(Transaction&, std::vector<Entry> events, std::vector<Entry> links)> tamper;
  const char* problem;
  // Number of the event that the report must name. 0: not checked.
  size_t event;
};

class TamperingTest : public AuditChainTest, public ::testing::WithParamInterface<Tampering> {};

// Three links: events 1 to 4, 5 to 8 and 9 to 12.
TEST_P(TamperingTest, IsFoundAndPlaced) {
  for (int i = 0; i < 3; ++i) {
    Append(4, 2);
    LinkAll();
  }
  ASSERT_THAT(Verify().problem, IsEmpty());
  std::string expected;
  if (GetParam().event > 0) expected = PositionOf(GetParam().event - 1);
  const auto events = Entries(keys::Kind::kAuditEvent);
  const auto links = Entries(keys::Kind::kAuditLink);
  ASSERT_EQ(events.size(), 12u);
  ASSERT_EQ(links.size(), 3u);
  Change([&](Transaction& transaction) { GetParam().tamper(transaction, events, links); });
  const AuditChainReport report = Verify();
  EXPECT_THAT(report.problem, HasSubstr(GetParam().problem));
  if (GetParam().event > 0) {
    EXPECT_EQ(report.position, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, TamperingTest,
    ::testing::Values(
        Tampering{"EditedEvent",
                  [](auto& t, auto events, auto) { t.Put(events[5].key, events[5].value + "\x2a\x01x"); },
                  "link 2, or the link, are not what they were", 5},
        Tampering{"RemovedEvent", [](auto& t, auto events, auto) { t.Delete(events[6].key); }, "events were removed",
                  5},
        Tampering{"RemovedFirstEvent", [](auto& t, auto events, auto) { t.Delete(events[0].key); }, "link 1", 1},
        Tampering{"InsertedEvent", [](auto& t, auto events, auto) { t.Put(events[5].key + "x", events[5].value); },
                  "events were added", 5},
        Tampering{"InsertedBetweenLinks",
                  [](auto& t, auto events, auto) { t.Put(events[3].key + "x", events[3].value); }, "link 2", 5},
        Tampering{"InsertedBeforeAll",
                  [](auto& t, auto events, auto) { t.Put(keys::AuditEventPrefix(kTenant), events[0].value); }, "link 1",
                  1},
        Tampering{"SwappedEvents",
                  [](auto& t, auto events, auto) {
                    t.Put(events[4].key, events[5].value);
                    t.Put(events[5].key, events[4].value);
                  },
                  "link 2", 5},
        Tampering{"SwappedAcrossLinks",
                  [](auto& t, auto events, auto) {
                    t.Put(events[1].key, events[9].value);
                    t.Put(events[9].key, events[1].value);
                  },
                  "link 1", 1},
        Tampering{"RemovedLink", [](auto& t, auto, auto links) { t.Delete(links[1].key); }, "link 2 is missing", 9},
        Tampering{"RemovedFirstLink", [](auto& t, auto, auto links) { t.Delete(links[0].key); }, "link 1 is missing",
                  5},
        Tampering{"RemovedLastLink", [](auto& t, auto, auto links) { t.Delete(links[2].key); },
                  "ends with link 2, and should end with link 3", 8},
        Tampering{"EndCutOff",
                  [](auto& t, auto events, auto links) {
                    t.Delete(links[2].key);
                    for (size_t i = 8; i < 12; ++i) t.Delete(events[i].key);
                  },
                  "ends with link 2", 8},
        Tampering{"EditedLink",
                  [](auto& t, auto, auto links) {
                    AuditLinkRecord link;
                    ASSERT_TRUE(link.ParseFromString(links[1].value));
                    link.set_events(3);
                    t.Put(links[1].key, link.SerializeAsString());
                  },
                  "link 2 is about 3 events", 5},
        Tampering{"LinkThatIsNone", [](auto& t, auto, auto links) { t.Put(links[1].key, "\xff"); }, "is no link", 4},
        Tampering{"LinkAddedBehind",
                  [](auto& t, auto, auto links) { t.Put(keys::AuditLink(kTenant, 4), links[2].value); },
                  "link 4 does not follow", 0},
        Tampering{"ChainRecordRemoved", [](auto& t, auto, auto) { t.Delete(keys::AuditChain(kTenant)); },
                  "should end with link 0", 12}),
    [](const auto& info) { return info.param.name; });

// An attacker with write access to the database can rebuild the chain. A head hash that was stored elsewhere detects
// this.
TEST_F(AuditChainTest, ARebuiltChainVerifiesButNotWithAKnownHead) {
  Append(6, 2);
  LinkAll();
  const std::string head = Verify().head_hash;
  const auto events = Entries(keys::Kind::kAuditEvent);
  Change([&](Transaction& transaction) {
    transaction.Delete(events[2].key);
    transaction.Delete(keys::AuditLink(kTenant, 1));
    transaction.Delete(keys::AuditChain(kTenant));
  });
  LinkAll();
  EXPECT_THAT(Verify().problem, IsEmpty());
  EXPECT_THAT(Verify(head).problem, HasSubstr("known hash"));
}

TEST_F(AuditChainTest, WritersDoNotWaitForTheChain) {
  Append(2);
  // A transaction that began before the link was committed, and appends after it.
  CIMD_ASSERT_OK_AND_ASSIGN(auto transaction, store_->Begin());
  CIMD_ASSERT_OK(transaction->Get("something"));
  AppendAuditEvent(*transaction, kTenant, AuditRecord());
  LinkAll();
  CIMD_ASSERT_OK(store_->Commit(std::move(transaction)));
  EXPECT_EQ(Verify().unlinked_events, 1);
  EXPECT_THAT(Link(), IsOkAndHolds(1));
  EXPECT_THAT(Verify().problem, IsEmpty());
}

TEST_F(AuditChainTest, ExpiryTakesWholeLinksAndLeavesAChainThatVerifies) {
  // Five links: events 1 to 4, ..., 17 to 20.
  for (int i = 0; i < 5; ++i) {
    Append(4, 2);
    LinkAll();
  }
  const std::string head = Verify().head_hash;
  // Event 9 is a second older than this time. Its link expires only when event 12 does.
  EXPECT_THAT(ExpireAuditLinks(*store_, kTenant, absl::FromUnixSeconds(1010)), IsOkAndHolds(false));
  AuditChainReport report = Verify(head);
  EXPECT_THAT(report.problem, IsEmpty());
  EXPECT_EQ(report.events, 12);
  EXPECT_EQ(Read(), Numbers(20, 9));
  // Expired events are hidden from readers at once and are deleted from the store by the purge.
  EXPECT_EQ(Entries(keys::Kind::kAuditEvent).size(), 20u);
  PurgeAll();
  EXPECT_EQ(Entries(keys::Kind::kAuditEvent).size(), 12u);
  EXPECT_THAT(Verify(head).problem, IsEmpty());
  // Tampering must still be detected.
  const auto events = Entries(keys::Kind::kAuditEvent);
  Change([&](Transaction& transaction) { transaction.Delete(events[0].key); });
  EXPECT_THAT(Verify().problem, HasSubstr("link 3"));
  Change([&](Transaction& transaction) { transaction.Put(events[0].key, events[0].value); });

  // The chain must continue after all events have expired.
  EXPECT_THAT(ExpireAuditLinks(*store_, kTenant, absl::FromUnixSeconds(5000)), IsOkAndHolds(false));
  EXPECT_THAT(Read(), IsEmpty());
  Append(1);
  LinkAll();
  report = Verify(head);
  EXPECT_THAT(report.problem, IsEmpty());
  EXPECT_EQ(report.events, 1);
}

TEST_F(AuditChainTest, ExpiryGoesOnInBoundedCommits) {
  for (int i = 0; i < 70; ++i) {
    Append(1);
    LinkAll();
  }
  EXPECT_THAT(ExpireAuditLinks(*store_, kTenant, absl::FromUnixSeconds(5000)), IsOkAndHolds(true));
  EXPECT_THAT(Verify().problem, IsEmpty());
  EXPECT_EQ(Verify().events, 6);
  EXPECT_THAT(ExpireAuditLinks(*store_, kTenant, absl::FromUnixSeconds(5000)), IsOkAndHolds(false));
  EXPECT_EQ(Verify().events, 0);
}

TEST_F(AuditChainTest, OfATenantThatIsGoneNothingIsLeftInTheEnd) {
  Append(3);
  LinkAll();
  for (int i = 0; i < 2; ++i) {
    CIMD_ASSERT_OK(ExpireAuditLinks(*store_, kTenant, absl::FromUnixSeconds(5000)));
    PurgeAll();
  }
  EXPECT_THAT(Entries(keys::Kind::kAuditEvent), IsEmpty());
  EXPECT_THAT(Get(*store_, keys::AuditChain(kTenant)), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(AuditChainTest, ANewTenantsLogBeginsBehindThatOfAnEarlierOne) {
  Append(3);
  LinkAll();
  Append(1);
  Change([&](Transaction& transaction) {
    CIMD_EXPECT_OK(BeginAuditLog(transaction, kTenant, store_->CurrentRevision()));
  });
  Append(2);
  CIMD_ASSERT_OK_AND_ASSIGN(AuditChainRecord chain, FindAuditChain(*store_, kTenant));
  EXPECT_EQ(Read({.begin = chain.tenant_begin()}), Numbers(6, 5));
  LinkAll();
  EXPECT_EQ(Read({.begin = chain.tenant_begin()}), Numbers(6, 5));
  EXPECT_EQ(Read(), Numbers(6, 1));
  EXPECT_THAT(Verify().problem, IsEmpty());
}

TEST_F(AuditChainTest, EventsAreReadBackwardsInPieces) {
  Append(5);
  EXPECT_EQ(Read(), Numbers(5, 1));
  for (int i = 0; i < 4; ++i) {
    Append(10, 3);
    LinkAll();
  }
  Append(7);
  for (int64_t max_events : {1, 5, 10, 11, 1000}) EXPECT_EQ(Read({}, max_events), Numbers(52, 1)) << max_events;

  // Reads from every position, and reads that the visitor stops.
  for (int last : {1, 14, 15, 16, 25, 45, 46, 52}) {
    EXPECT_EQ(Read({.last = PositionOf(last - 1)}), Numbers(last, 1)) << last;
    EXPECT_EQ(Read({.begin = PositionOf(9), .last = PositionOf(last - 1)}), Numbers(last, 10)) << last;
  }
  auto snapshot = store_->TakeSnapshot();
  int seen = 0;
  EXPECT_THAT(ReadAuditEvents(**snapshot, kTenant, {}, 1000, [&](auto, const auto&) { return ++seen <= 20; }),
              IsOkAndHolds(PositionOf(52 - 20 - 1)));
}

TEST_F(AuditChainTest, TheTimeNarrowsWhatIsRead) {
  constexpr int kHour = 3600;
  for (int hour = 0; hour < 20; ++hour) {
    AuditRecord event;
    event.set_resource(std::to_string(hour));
    event.mutable_time()->set_seconds(hour * kHour);
    Change([&](Transaction& transaction) { AppendAuditEvent(transaction, kTenant, event); });
    if (hour < 18) LinkAll();
  }
  auto at = [](int hour) { return absl::FromUnixSeconds(hour * kHour); };
  EXPECT_EQ(Read({.start_time = at(16)}), Numbers(19, 16));
  EXPECT_EQ(Read({.start_time = at(30)}), Numbers(19, 18));
  // Reads include one hour more than requested, to allow for clock differences.
  EXPECT_EQ(Read({.end_time = at(3)}), Numbers(4, 0));
  EXPECT_EQ(Read({.start_time = at(5), .end_time = at(6)}), Numbers(7, 5));
  EXPECT_EQ(Read({.end_time = at(18)}), Numbers(19, 0));
  EXPECT_EQ(Read({.start_time = at(5), .end_time = at(6)}, 1), Numbers(7, 5));
}

TEST_F(AuditChainTest, ALogThatWasTamperedWithCanStillBeRead) {
  for (int i = 0; i < 3; ++i) {
    Append(4);
    LinkAll();
  }
  Change([&](Transaction& transaction) { transaction.Delete(keys::AuditLink(kTenant, 2)); });
  EXPECT_EQ(Read(), Numbers(12, 1));
}

}  // namespace
}  // namespace cimd::storage
