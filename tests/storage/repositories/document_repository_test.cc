#include "storage/repositories/document_repository.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/keys.h"
#include "storage/run_in_transaction.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

class DocumentRepositoryTest : public ::testing::Test {
 protected:
  void SetUp() override { CIMD_ASSERT_OK_AND_ASSIGN(store_, directory_.Open()); }

  // Adds versions [first, last]. Before each one, prunes the versions that exceed the limit.
  void Add(int64_t first, int64_t last, bool prune = true, bool retained = false) {
    for (int64_t version = first; version <= last; ++version) {
      CIMD_ASSERT_OK(RunInTransaction(*store_, [&](Transaction& transaction) {
        DocumentRecord record;
        record.mutable_document()->set_document_sha256("digest " + std::to_string(version));
        record.set_retained(retained);
        PutDocument(transaction, "acme", "tpc_1", version, record);
        return prune ? PruneDocuments(transaction, "acme", "tpc_1", version, kInForce) : absl::OkStatus();
      }));
    }
  }
  // Returns the stored versions, newest first. Checks that exactly these versions have a digest entry.
  std::vector<int64_t> Versions() {
    std::vector<int64_t> versions;
    CIMD_EXPECT_OK(
        (*store_->TakeSnapshot())
            ->Scan(keys::AllOf("acme", keys::Kind::kDocument, "tpc_1"), 0, [&](std::string_view key, auto...) {
              versions.push_back(keys::DocumentVersion(key).value_or(-1));
              return true;
            }));
    size_t digests = 0;
    CIMD_EXPECT_OK(
        (*store_->TakeSnapshot())->Scan(keys::AllOf("acme", keys::Kind::kDocumentByDigest, "tpc_1"), 0, [&](auto...) {
          return ++digests > 0;
        }));
    EXPECT_EQ(digests, versions.size());
    return versions;
  }

  static constexpr int64_t kInForce = 7;
  StoreDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(DocumentRepositoryTest, TheNewestVersionsStayAndThoseInForceOrOncePinned) {
  Add(1, 2);
  Add(3, 3, /*prune=*/true, /*retained=*/true);
  Add(4, kNewestDocumentVersions);
  EXPECT_THAT(Versions(), SizeIs(kNewestDocumentVersions));
  Add(kNewestDocumentVersions + 1, kNewestDocumentVersions + 50);
  const std::vector<int64_t> versions = Versions();
  EXPECT_THAT(versions, SizeIs(kNewestDocumentVersions + 2));
  EXPECT_EQ(versions.front(), kNewestDocumentVersions + 50);
  EXPECT_THAT(versions, Contains(3));
  EXPECT_THAT(versions, Contains(kInForce));
  EXPECT_THAT(versions, Contains(51));
  EXPECT_THAT(versions, Not(Contains(50)));
}

TEST_F(DocumentRepositoryTest, AClientWithVeryManyVersionsIsPrunedByAndBy) {
  Add(1, 20, /*prune=*/false, /*retained=*/true);
  Add(21, 300, /*prune=*/false);
  Add(301, 301);
  EXPECT_THAT(Versions(), SizeIs(301 - 16)) << "within the limit of a commit";
  Add(302, 330);
  EXPECT_THAT(Versions(), SizeIs(kNewestDocumentVersions + 20));
}

}  // namespace
}  // namespace cimd::storage
