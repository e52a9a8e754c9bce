#include <string>

#include "server/rpc/page_token.h"
#include "tests/fuzz/fuzz_target.h"

// Input: a page token, and a key to create one from.
namespace cimd::fuzz {
namespace {

constexpr std::string_view kQuestion = "cimd.v1.ListClientsRequest";
constexpr std::string_view kBegin = "t/a/";
constexpr std::string_view kEnd = "t/a0";

}  // namespace

void FuzzOne(std::string_view input) {
  const absl::StatusOr<std::string> key = rpc::ParsePageToken(input, kQuestion, kBegin, kEnd);
  if (!key.ok()) {
    Require(absl::IsInvalidArgument(key.status()));
  } else if (input.empty()) {
    Require(key->empty());
  } else {
    Require(*key >= kBegin && *key < kEnd);
    Require(rpc::MakePageToken(kQuestion, *key) == input);
    Require(!rpc::ParsePageToken(input, "another question", kBegin, kEnd).ok());
    Require(!rpc::ParsePageToken(input, kQuestion, kEnd, "u").ok());
  }

  const std::string token = rpc::MakePageToken(kQuestion, input);
  const absl::StatusOr<std::string> parsed = rpc::ParsePageToken(token, kQuestion, kBegin, kEnd);
  Require(parsed.ok() == (input >= kBegin && input < kEnd));
  Require(!parsed.ok() || *parsed == input);
}

}  // namespace cimd::fuzz
