#include "server/rpc/stream.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::rpc {
namespace {

std::shared_ptr<const StreamMessage> MessageOf(size_t bytes) {
  const grpc::Slice slice(std::string(bytes, 'x'));
  return std::make_shared<const StreamMessage>(StreamMessage{.bytes = grpc::ByteBuffer(&slice, 1)});
}

TEST(StreamTest, GivesMessagesInTheOrderTheyWereSent) {
  Stream stream(/*max_messages=*/10, /*max_bytes=*/1000);
  const auto first = MessageOf(1);
  const auto second = MessageOf(2);
  EXPECT_TRUE(stream.Send(first));
  EXPECT_TRUE(stream.Send(second));
  EXPECT_EQ(stream.Take().message, first);
  EXPECT_EQ(stream.Take().message, second);
  EXPECT_EQ(stream.Take().message, nullptr);
  EXPECT_TRUE(stream.IsIdle());
}

TEST(StreamTest, IsFullByMessagesAndByBytes) {
  Stream by_messages(/*max_messages=*/2, /*max_bytes=*/1000);
  EXPECT_TRUE(by_messages.Send(MessageOf(1)));
  EXPECT_TRUE(by_messages.Send(MessageOf(1)));
  EXPECT_FALSE(by_messages.Send(MessageOf(1)));

  Stream by_bytes(/*max_messages=*/100, /*max_bytes=*/10);
  EXPECT_TRUE(by_bytes.Send(MessageOf(9)));
  EXPECT_TRUE(by_bytes.Send(MessageOf(1)));
  EXPECT_FALSE(by_bytes.Send(MessageOf(1)));
}

TEST(StreamTest, QueueThatIsNotFullTakesAMessageOfAnySize) {
  Stream stream(/*max_messages=*/10, /*max_bytes=*/10);
  EXPECT_TRUE(stream.Send(MessageOf(1)));
  EXPECT_TRUE(stream.Send(MessageOf(1000)));
  EXPECT_FALSE(stream.Send(MessageOf(1)));
  EXPECT_NE(stream.Take().message, nullptr);
  EXPECT_NE(stream.Take().message, nullptr);
  EXPECT_TRUE(stream.Send(MessageOf(1)));
}

TEST(StreamTest, CallsTheFeederOnceWhenThereIsRoomAgain) {
  Stream stream(/*max_messages=*/4, /*max_bytes=*/1000);
  int told = 0;
  stream.SetFeeder({.has_room = [&told] { ++told; }, .closed = nullptr});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(stream.Send(MessageOf(1)));
  EXPECT_FALSE(stream.HasRoom());
  stream.Take();
  stream.Take();
  EXPECT_EQ(told, 0);
  stream.Take();
  EXPECT_TRUE(stream.HasRoom());
  stream.Take();
  EXPECT_EQ(told, 1);
}

TEST(StreamTest, HasRoomLimitsMemory) {
  Stream stream(/*max_messages=*/1000, /*max_bytes=*/4 << 20);
  EXPECT_TRUE(stream.Send(MessageOf(255 << 10)));
  EXPECT_TRUE(stream.HasRoom());
  EXPECT_TRUE(stream.Send(MessageOf(1 << 10)));
  EXPECT_FALSE(stream.HasRoom());
  EXPECT_TRUE(stream.Send(MessageOf(3 << 20))) << "others may send more";
}

TEST(StreamTest, EndDropsTheQueueAndTheFirstStatusCounts) {
  Stream stream(/*max_messages=*/4, /*max_bytes=*/1000);
  EXPECT_TRUE(stream.Send(MessageOf(1)));
  stream.End(absl::OutOfRangeError("first"));
  stream.End(absl::UnavailableError("second"));
  EXPECT_TRUE(stream.Send(MessageOf(1))) << "a message after the end is dropped, not refused";
  const Stream::Taken taken = stream.Take();
  EXPECT_EQ(taken.message, nullptr);
  ASSERT_TRUE(taken.end.has_value());
  EXPECT_THAT(*taken.end, cimd::testing::StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(StreamTest, WakesTheSenderForMessagesAndForTheEnd) {
  Stream stream(/*max_messages=*/4, /*max_bytes=*/1000);
  int woken = 0;
  stream.SetSender([&woken] { ++woken; });
  EXPECT_TRUE(stream.Send(MessageOf(1)));
  EXPECT_EQ(woken, 1);
  stream.End(absl::CancelledError());
  EXPECT_EQ(woken, 2);
  stream.End(absl::CancelledError());
  EXPECT_EQ(woken, 2);
}

TEST(StreamTest, CloseCallsTheFeederOnceAndDropsCallbacks) {
  Stream stream(/*max_messages=*/4, /*max_bytes=*/1000);
  int closed = 0;
  const auto held = std::make_shared<int>(0);
  stream.SetFeeder({.has_room = [held] {}, .closed = [&closed] { ++closed; }});
  stream.SetSender([held] { FAIL() << "there is nobody to wake"; });
  stream.Close();
  stream.Close();
  EXPECT_TRUE(stream.Send(MessageOf(1)));
  EXPECT_TRUE(stream.HasEnded());
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace cimd::rpc
