#include "server/fetch/https_fetcher_response.h"

#include <curl/curl.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "google/protobuf/util/time_util.h"

namespace cimd::fetch {
namespace {

constexpr size_t kMaxValidatorBytes = 256;
constexpr size_t kMaxIssuerBytes = 512;

std::vector<std::string> FieldValues(CURL* curl, const char* name) {
  std::vector<std::string> values;
  curl_header* header = nullptr;
  while (curl_easy_header(curl, name, values.size(), CURLH_HEADER, -1, &header) == CURLHE_OK) {
    values.emplace_back(header->value);
  }
  return values;
}

std::string ValidatorOf(CURL* curl, const char* name) {
  const std::vector<std::string> values = FieldValues(curl, name);
  if (values.size() != 1 || values[0].size() > kMaxValidatorBytes || !IsVisibleAscii(values[0])) return "";
  return values[0];
}

// The first certificate of the chain is the host's own. libcurl represents it as lines of "name:text".
void ReadCertificate(CURL* curl, v1::FetchEvidence& evidence) {
  curl_certinfo* chain = nullptr;
  if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr || chain->num_of_certs == 0) {
    return;
  }
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    absl::string_view text = line->data;
    if (absl::ConsumePrefix(&text, "Issuer:")) {
      if (IsVisibleAscii(text)) evidence.set_tls_issuer(std::string(text.substr(0, kMaxIssuerBytes)));
    } else if (absl::ConsumePrefix(&text, "Expire date:")) {
      absl::Time time;
      if (absl::ParseTime("%b %e %H:%M:%S %Y GMT", std::string(text), &time, nullptr)) {
        *evidence.mutable_tls_expire_time() =
            google::protobuf::util::TimeUtil::SecondsToTimestamp(absl::ToUnixSeconds(time));
      }
    }
  }
}

}  // namespace

bool IsVisibleAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isprint(c); });
}

ResponseHead ReadResponseHead(void* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return {.status = static_cast<int>(status),
          .content_type = FieldValues(curl, "Content-Type"),
          .content_encoding = FieldValues(curl, "Content-Encoding"),
          .transfer_encoding = FieldValues(curl, "Transfer-Encoding"),
          .content_length = FieldValues(curl, "Content-Length")};
}

CachingHeaders ReadCachingHeaders(void* curl) {
  return {.cache_control = FieldValues(curl, "Cache-Control"),
          .expires = FieldValues(curl, "Expires"),
          .date = FieldValues(curl, "Date"),
          .age = FieldValues(curl, "Age"),
          .vary = FieldValues(curl, "Vary")};
}

v1::FetchEvidence ReadEvidence(void* curl, bool direct) {
  v1::FetchEvidence evidence;
  char* address = nullptr;
  if (direct && curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address != nullptr) {
    evidence.set_address(address);
  }
  ReadCertificate(curl, evidence);
  evidence.set_http_etag(ValidatorOf(curl, "ETag"));
  evidence.set_http_last_modified(ValidatorOf(curl, "Last-Modified"));
  evidence.set_content_type(MediaType(FieldValues(curl, "Content-Type")));
  return evidence;
}

}  // namespace cimd::fetch
