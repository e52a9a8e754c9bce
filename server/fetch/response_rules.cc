#include "server/fetch/response_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/time_util.h"

namespace cimd::fetch {
namespace {

constexpr size_t kMaxContentTypeBytes = 100;

struct FailureText {
  v1::FetchFailureKind kind;
  absl::string_view message;
};

FailureText TextOf(v1::FetchFailureReason reason) {
  switch (reason) {
    case v1::FETCH_FAILURE_REASON_UNREACHABLE:
      return {v1::FETCH_FAILURE_KIND_TRANSPORT, "The host cannot be reached from this server."};
    case v1::FETCH_FAILURE_REASON_TIMEOUT:
      return {v1::FETCH_FAILURE_KIND_TRANSPORT, "The host took too long to answer."};
    case v1::FETCH_FAILURE_REASON_TLS:
      return {v1::FETCH_FAILURE_KIND_TRANSPORT, "No secure connection: TLS failed or the certificate is not valid."};
    case v1::FETCH_FAILURE_REASON_PROTOCOL:
      return {v1::FETCH_FAILURE_KIND_TRANSPORT, "The connection broke, or the answer is not proper HTTP."};
    case v1::FETCH_FAILURE_REASON_SERVER_ERROR:
      return {v1::FETCH_FAILURE_KIND_TRANSPORT, "The host reports a problem of its own."};
    case v1::FETCH_FAILURE_REASON_PACED:
      return {v1::FETCH_FAILURE_KIND_TRANSPORT, "Not tried: recent fetches failed. Try again in a while."};
    case v1::FETCH_FAILURE_REASON_BUSY:
      return {v1::FETCH_FAILURE_KIND_TRANSPORT, "Not tried: too many fetches are under way. Try again in a while."};
    case v1::FETCH_FAILURE_REASON_REFUSED:
      return {v1::FETCH_FAILURE_KIND_CHALLENGE, "The host refuses this server."};
    case v1::FETCH_FAILURE_REASON_HTML:
      return {v1::FETCH_FAILURE_KIND_CHALLENGE, "The host answers with a web page instead of a JSON document."};
    case v1::FETCH_FAILURE_REASON_GONE:
      return {v1::FETCH_FAILURE_KIND_WITHDRAWN, "There is no document at this URL."};
    case v1::FETCH_FAILURE_REASON_REDIRECT:
      return {v1::FETCH_FAILURE_KIND_INVALID, "The host answers with a redirect, which is never followed."};
    case v1::FETCH_FAILURE_REASON_STATUS:
      return {v1::FETCH_FAILURE_KIND_INVALID, "The host answers with another status than 200."};
    case v1::FETCH_FAILURE_REASON_CONTENT_TYPE:
      return {v1::FETCH_FAILURE_KIND_INVALID, "The content type is neither application/json nor application/*+json."};
    case v1::FETCH_FAILURE_REASON_ENCODED:
      return {v1::FETCH_FAILURE_KIND_INVALID, "The answer is compressed or otherwise encoded."};
    case v1::FETCH_FAILURE_REASON_TOO_LARGE:
      return {v1::FETCH_FAILURE_KIND_INVALID, "The document is larger than allowed."};
    default:
      return {v1::FETCH_FAILURE_KIND_UNSPECIFIED, ""};
  }
}

absl::string_view TextOf(v1::FetchFailureCause cause) {
  switch (cause) {
    case v1::FETCH_FAILURE_CAUSE_CERTIFICATE_EXPIRED:
      return "The host's certificate has expired.";
    case v1::FETCH_FAILURE_CAUSE_CERTIFICATE_NOT_YET_VALID:
      return "The host's certificate is not valid yet.";
    case v1::FETCH_FAILURE_CAUSE_CERTIFICATE_OTHER_HOST:
      return "The host's certificate is for other host names.";
    case v1::FETCH_FAILURE_CAUSE_CERTIFICATE_UNTRUSTED:
      return "The host's certificate is not from an authority that this server trusts, or its chain is incomplete.";
    case v1::FETCH_FAILURE_CAUSE_HTTP_VERSION:
      return "The host does not offer HTTP/1.1, which this server uses.";
    default:
      return "";
  }
}

std::optional<v1::FetchFailureReason> JudgeStatus(int status, bool conditional) {
  if (status == 200 || (status == 304 && conditional)) return std::nullopt;
  if (status == 401 || status == 403) return v1::FETCH_FAILURE_REASON_REFUSED;
  if (status == 404 || status == 410) return v1::FETCH_FAILURE_REASON_GONE;
  if (status == 408 || status == 425 || status == 429 || status >= 500) return v1::FETCH_FAILURE_REASON_SERVER_ERROR;
  if (status / 100 == 3 && status != 304) return v1::FETCH_FAILURE_REASON_REDIRECT;
  return v1::FETCH_FAILURE_REASON_STATUS;
}

// The elements of a list that may be spread over several lines (RFC 9110 section 5.6.1).
std::vector<absl::string_view> ElementsOf(const std::vector<std::string>& lines) {
  std::vector<absl::string_view> elements;
  for (const std::string& line : lines) {
    for (const absl::string_view element : absl::StrSplit(line, ',')) {
      const absl::string_view stripped = absl::StripAsciiWhitespace(element);
      if (!stripped.empty()) elements.push_back(stripped);
    }
  }
  return elements;
}

// Whether the header section determines the end of the body (RFC 9112 section 6.3): chunked once, or one length, or
// neither.
bool IsFramingClear(const ResponseHead& head) {
  const std::vector<absl::string_view> lengths = ElementsOf(head.content_length);
  const std::vector<absl::string_view> codings = ElementsOf(head.transfer_encoding);
  if (!codings.empty()) return codings.size() == 1 && lengths.empty();
  // A field with an empty value is ambiguous: other implementations may read it as 0.
  if (lengths.empty() && !head.content_length.empty()) return false;
  const auto is_proper = [&](absl::string_view length) {
    return length == lengths.front() && length.find_first_not_of("0123456789") == absl::string_view::npos;
  };
  return std::all_of(lengths.begin(), lengths.end(), is_proper);
}

// Whether every coding of the lists in `values` is `plain`.
bool OnlyCoding(const std::vector<std::string>& values, absl::string_view plain) {
  const std::vector<absl::string_view> codings = ElementsOf(values);
  return std::all_of(codings.begin(), codings.end(),
                     [&](absl::string_view coding) { return absl::EqualsIgnoreCase(coding, plain); });
}

bool IsJson(absl::string_view media_type) {
  constexpr absl::string_view kPrefix = "application/";
  constexpr absl::string_view kSuffix = "+json";
  return media_type == "application/json" ||
         (media_type.size() > kPrefix.size() + kSuffix.size() && absl::StartsWith(media_type, kPrefix) &&
          absl::EndsWith(media_type, kSuffix));
}

}  // namespace

std::string MediaType(const std::vector<std::string>& content_type) {
  if (content_type.size() != 1) return "";
  const absl::string_view value = content_type.front();
  const std::string type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(value.substr(0, value.find(';'))));
  // The characters of RFC 6838 section 4.2 around one slash.
  const bool well_formed =
      std::count(type.begin(), type.end(), '/') == 1 && std::all_of(type.begin(), type.end(), [](char c) {
        return absl::ascii_isalnum(c) || absl::StrContains("/!#$&-^_.+", c);
      });
  return well_formed ? type : "";
}

std::optional<v1::FetchFailureReason> JudgeResponseHead(const ResponseHead& head, bool conditional, int64_t max_bytes) {
  if (const auto reason = JudgeStatus(head.status, conditional)) return reason;
  if (head.status == 304) return std::nullopt;
  const std::string media_type = MediaType(head.content_type);
  if (media_type == "text/html" || media_type == "application/xhtml+xml") return v1::FETCH_FAILURE_REASON_HTML;
  if (!OnlyCoding(head.content_encoding, "identity") || !OnlyCoding(head.transfer_encoding, "chunked")) {
    return v1::FETCH_FAILURE_REASON_ENCODED;
  }
  if (!IsJson(media_type)) return v1::FETCH_FAILURE_REASON_CONTENT_TYPE;
  if (!IsFramingClear(head)) return v1::FETCH_FAILURE_REASON_PROTOCOL;
  for (const absl::string_view text : ElementsOf(head.content_length)) {
    int64_t length = 0;
    if (!absl::SimpleAtoi(text, &length) || length > max_bytes) return v1::FETCH_FAILURE_REASON_TOO_LARGE;
  }
  return std::nullopt;
}

v1::FetchFailure MakeFetchFailure(v1::FetchFailureReason reason, int http_status, absl::Time time) {
  const FailureText text = TextOf(reason);
  v1::FetchFailure failure;
  failure.set_kind(text.kind);
  failure.set_reason(reason);
  failure.set_message(std::string(text.message));
  failure.set_http_status(http_status);
  *failure.mutable_fail_time() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
  return failure;
}

void AddCause(v1::FetchFailureCause cause, v1::FetchFailure& failure) {
  failure.set_cause(cause);
  if (const absl::string_view text = TextOf(cause); !text.empty()) failure.set_message(std::string(text));
}

void AddContentType(absl::string_view media_type, v1::FetchFailure& failure) {
  if (media_type.empty()) {
    failure.set_message(absl::StrCat("The answer does not have one proper content type. ", failure.message()));
    return;
  }
  failure.set_content_type(std::string(media_type.substr(0, kMaxContentTypeBytes)));
  failure.set_message(absl::StrCat("The content type '", failure.content_type(),
                                   "' is neither application/json nor application/*+json."));
}

FetchResult AbandonedFetch(absl::Time time) {
  FetchResult result;
  result.failed = true;
  result.failure = MakeFetchFailure(v1::FETCH_FAILURE_REASON_BUSY, 0, time);
  result.abandoned = true;
  return result;
}

}  // namespace cimd::fetch
