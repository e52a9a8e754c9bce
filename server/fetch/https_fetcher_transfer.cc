#include "server/fetch/https_fetcher_transfer.h"

#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/fetch/https_fetcher_response.h"
#include "server/fetch/response_rules.h"
#include "server/fetch/sigpipe_blocked.h"
#include "server/fetch/tls_outcome.h"

namespace cimd::fetch {
namespace {

// Limits how many hosts a fetch connects to: the publisher of one name controls all of its addresses.
constexpr int kMaxAddressesDialled = 8;
constexpr size_t kMaxRefusalsTold = 8;
// Limits a body including its chunk framing, as a multiple of the body. A chunk of one byte takes six bytes. libcurl
// itself accepts chunk extensions of any length.
constexpr int64_t kMaxFramingFactor = 8;
constexpr int64_t kMaxFramingBytes = 4096;
// The longest sleep of libcurl without an event. libcurl notices failed connection attempts only when it is woken.
constexpr int kMaxSleepMilliseconds = 20;

struct Closer {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
template <typename T>
using Owned = std::unique_ptr<T, Closer>;

class Transfer {
 public:
  Transfer(const HttpsFetcherOptions& options, const AddressPolicy& policy, const TrustAnchors& anchors,
           const FetchRequest& request)
      : options_(options), policy_(policy), anchors_(anchors), request_(request), handle_(curl_easy_init()) {}

  TransferOutcome Run();

 private:
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnConnected(void* self, char* peer_ip, char* local_ip, int peer_port, int local_port);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static CURLcode OnTls(CURL* handle, void* tls_context, void* self);
  static int OnTraffic(CURL* handle, curl_infotype type, char* data, size_t size, void* self);

  bool direct() const { return options_.proxy.empty(); }

  bool SetUp();
  // False if the field was omitted because its value is empty or may not be sent.
  bool AddHeader(absl::string_view name, absl::string_view value);
  // False if the URL's host is an IP address, in any spelling, that the policy forbids.
  bool LiteralHostAllowed();
  void Refuse(const absl::Status& status);
  void Abort(v1::FetchFailureReason reason, absl::string_view detail);
  CURLcode Perform();
  v1::FetchFailureReason ReasonOf(CURLcode code) const;
  // The cause of a failure of reason TLS, as far as it is known.
  v1::FetchFailureCause CauseOf(CURLcode code) const;

  const HttpsFetcherOptions& options_;
  const AddressPolicy& policy_;
  const TrustAnchors& anchors_;
  const FetchRequest& request_;
  // Destroyed after the handle, which uses them until it is destroyed.
  Owned<curl_slist> headers_;
  Owned<curl_slist> resolve_;
  char error_[CURL_ERROR_SIZE] = "";
  const Owned<CURL> handle_;

  // Whether the request has a validator. Only then is 304 a valid answer.
  bool conditional_ = false;
  // How many addresses libcurl proposed, how many of them were dialled, and why the first refused ones were refused.
  int addresses_ = 0;
  int addresses_dialled_ = 0;
  std::vector<std::string> refusals_;
  // Whether a TCP connection was established, to the proxy if there is one.
  bool connected_ = false;
  TlsEvents tls_;
  // Whether only the end of the connection ends the body (RFC 9112 section 6.3).
  bool connection_ends_body_ = false;
  int64_t header_bytes_ = 0;
  int64_t framed_body_bytes_ = 0;
  bool head_judged_ = false;
  TransferOutcome outcome_;
};

curl_socket_t Transfer::OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  ++transfer.addresses_;
  // CURL_SOCKET_BAD makes libcurl try the next address.
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
  if (transfer.direct()) {
    if (absl::Status status = transfer.policy_.Check(&address->addr, address->addrlen); !status.ok()) {
      transfer.Refuse(status);
      return CURL_SOCKET_BAD;
    }
  }
  if (transfer.addresses_dialled_ == kMaxAddressesDialled) return CURL_SOCKET_BAD;
  ++transfer.addresses_dialled_;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// NOLINTNEXTLINE(readability-non-const-parameter): libcurl defines the callback's type.
int Transfer::OnConnected(void* self, char* peer_ip, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.direct()) return CURL_PREREQFUNC_OK;
  const std::optional<IpAddress> peer = ParseIpAddress(peer_ip);
  const absl::Status status =
      peer.has_value() ? transfer.policy_.Check(*peer) : absl::PermissionDeniedError("the peer has no IP address");
  if (status.ok()) return CURL_PREREQFUNC_OK;
  transfer.Abort(v1::FETCH_FAILURE_REASON_UNREACHABLE, absl::StrCat("after connecting: ", status.message()));
  return CURL_PREREQFUNC_ABORT;
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const absl::string_view line(data, size * count);
  transfer.header_bytes_ += static_cast<int64_t>(line.size());
  if (transfer.header_bytes_ > transfer.options_.max_header_bytes) {
    transfer.Abort(v1::FETCH_FAILURE_REASON_PROTOCOL, "the header section is too large");
    return 0;
  }
  const bool end_of_section = line == "\r\n" || line == "\n";
  if (!end_of_section || transfer.head_judged_) return line.size();
  const ResponseHead head = ReadResponseHead(transfer.handle_.get());
  if (head.status < 200) return line.size();
  transfer.head_judged_ = true;
  transfer.connection_ends_body_ = head.status == 200 && head.content_length.empty() && head.transfer_encoding.empty();
  if (const auto reason = JudgeResponseHead(head, transfer.conditional_, transfer.request_.max_bytes)) {
    transfer.outcome_.refused_media_type = MediaType(head.content_type);
    transfer.Abort(*reason,
                   absl::StrCat("status ", head.status, ", content type '", MediaType(head.content_type), "'"));
    return 0;
  }
  return line.size();
}

size_t Transfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const absl::string_view bytes(data, size * count);
  std::string& body = transfer.outcome_.body;
  if (static_cast<int64_t>(body.size() + bytes.size()) > transfer.request_.max_bytes) {
    transfer.Abort(v1::FETCH_FAILURE_REASON_TOO_LARGE, "the body is longer than allowed");
    return 0;
  }
  body.append(bytes.data(), bytes.size());
  return bytes.size();
}

// Called before a handshake. The SSL context belongs to this transfer only.
CURLcode Transfer::OnTls(CURL*, void* tls_context, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.connected_ = true;
  auto* const context = static_cast<ssl_ctx_st*>(tls_context);
  const bool ready = TrustCertificates(transfer.anchors_, context) && WatchTls(context, transfer.tls_);
  return ready ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

int Transfer::OnTraffic(CURL*, curl_infotype type, char*, size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (type != CURLINFO_DATA_IN) return 0;
  transfer.framed_body_bytes_ += static_cast<int64_t>(size);
  if (transfer.framed_body_bytes_ > kMaxFramingBytes + kMaxFramingFactor * transfer.request_.max_bytes) {
    transfer.Abort(v1::FETCH_FAILURE_REASON_PROTOCOL, "the chunks have too much around them");
  }
  return 0;
}

void Transfer::Refuse(const absl::Status& status) {
  if (refusals_.size() < kMaxRefusalsTold) refusals_.push_back(std::string(status.message()));
}

void Transfer::Abort(v1::FetchFailureReason reason, absl::string_view detail) {
  outcome_.failure = reason;
  outcome_.detail = std::string(detail);
}

bool Transfer::AddHeader(absl::string_view name, absl::string_view value) {
  // A line break in a value would begin another header field.
  if (value.empty() || !IsVisibleAscii(value)) return false;
  const std::string line = absl::StrCat(name, ": ", value);
  // Appending returns the same head, except for the first entry.
  curl_slist* const list = curl_slist_append(headers_.get(), line.c_str());
  if (headers_ == nullptr) headers_.reset(list);
  return true;
}

bool Transfer::SetUp() {
  bool ok = handle_ != nullptr;
  const auto set = [&](CURLoption option, auto value) {
    ok = ok && curl_easy_setopt(handle_.get(), option, value) == CURLE_OK;
  };
  const auto milliseconds = [](absl::Duration duration) {
    return static_cast<long>(absl::ToInt64Milliseconds(duration));
  };
  set(CURLOPT_NOSIGNAL, 1L);
  // Without this option, libcurl waits for its resolver thread longer than every timeout.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_ERRORBUFFER, error_);

  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_HTTPGET, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, "cimd-control-plane/" CIMD_VERSION);
  AddHeader("Accept", "application/json, application/*+json;q=0.9");
  AddHeader("Accept-Encoding", "identity");
  conditional_ |= AddHeader("If-None-Match", request_.if_none_match);
  conditional_ |= AddHeader("If-Modified-Since", request_.if_modified_since);
  AddHeader("traceparent", request_.traceparent);
  set(CURLOPT_HTTPHEADER, headers_.get());

  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout));
  set(CURLOPT_TIMEOUT_MS, milliseconds(options_.total_timeout));
  // An empty string keeps libcurl from reading the environment; a null pointer does not.
  set(CURLOPT_PROXY, options_.proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_HTTPPROXYTUNNEL, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  for (const std::string& entry : options_.resolve) {
    curl_slist* const list = curl_slist_append(resolve_.get(), entry.c_str());
    if (resolve_ == nullptr) resolve_.reset(list);
  }
  set(CURLOPT_RESOLVE, resolve_.get());

  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_CERTINFO, 1L);
  // Removes libcurl's default authorities.
  set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
  set(CURLOPT_CAPATH, anchors_.directory.empty() ? nullptr : anchors_.directory.c_str());

  set(CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &OnConnected);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &OnHeader);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &OnBody);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_SSL_CTX_FUNCTION, &OnTls);
  set(CURLOPT_SSL_CTX_DATA, this);
  // The only callback that gets a body with its framing.
  set(CURLOPT_DEBUGFUNCTION, &OnTraffic);
  set(CURLOPT_DEBUGDATA, this);
  set(CURLOPT_VERBOSE, 1L);
  return ok;
}

bool Transfer::LiteralHostAllowed() {
  const Owned<CURLU> url(curl_url());
  char* host_text = nullptr;
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &host_text, 0) != CURLUE_OK) {
    return false;
  }
  const std::string host(absl::StripSuffix(absl::StripPrefix(host_text, "["), "]"));
  curl_free(host_text);
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  // Fails if the host is a name.
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return true;
  const Owned<addrinfo> address(found);
  const absl::Status status = policy_.Check(address->ai_addr, address->ai_addrlen);
  if (!status.ok()) Refuse(status);
  return status.ok();
}

// Replaces curl_easy_perform(), which sleeps for up to a second after every refused address but the first: a few of
// them would use up the connect timeout. Also checks for cancellation.
CURLcode Transfer::Perform() {
  const std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> loop(curl_multi_init(), &curl_multi_cleanup);
  if (loop == nullptr || curl_multi_add_handle(loop.get(), handle_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode result = CURLE_OK;
  for (int running = 1; running > 0;) {
    const int addresses_before = addresses_;
    CURLMcode code = curl_multi_perform(loop.get(), &running);
    const int sleep = addresses_ == addresses_before ? kMaxSleepMilliseconds : 0;
    if (code == CURLM_OK && running > 0) code = curl_multi_poll(loop.get(), nullptr, 0, sleep, nullptr);
    if (code != CURLM_OK) {
      result = CURLE_FAILED_INIT;
      break;
    }
    // Some callbacks cannot end the transfer themselves.
    if (outcome_.failure.has_value()) break;
    if (request_.is_cancelled && request_.is_cancelled()) {
      outcome_.abandoned = true;
      Abort(v1::FETCH_FAILURE_REASON_BUSY, "dropped: nobody waits for the answer any more");
      break;
    }
  }
  int messages = 0;
  if (const CURLMsg* const message = curl_multi_info_read(loop.get(), &messages)) result = message->data.result;
  curl_multi_remove_handle(loop.get(), handle_.get());
  return result;
}

v1::FetchFailureReason Transfer::ReasonOf(CURLcode code) const {
  // The policy refused all addresses, so libcurl's code is irrelevant.
  if (addresses_ > 0 && addresses_dialled_ == 0) return v1::FETCH_FAILURE_REASON_UNREACHABLE;
  long proxy_status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    // A malformed URL has no host.
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED:
      return v1::FETCH_FAILURE_REASON_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
      // A timeout before the connection is UNREACHABLE: a silent port or name server must look like a port that refuses
      // connections.
      return connected_ ? v1::FETCH_FAILURE_REASON_TIMEOUT : v1::FETCH_FAILURE_REASON_UNREACHABLE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return v1::FETCH_FAILURE_REASON_TLS;
    default:
      // The proxy refused the tunnel.
      return proxy_status != 0 && proxy_status / 100 != 2 ? v1::FETCH_FAILURE_REASON_UNREACHABLE
                                                          : v1::FETCH_FAILURE_REASON_PROTOCOL;
  }
}

v1::FetchFailureCause Transfer::CauseOf(CURLcode code) const {
  if (tls_.no_application_protocol) return v1::FETCH_FAILURE_CAUSE_HTTP_VERSION;
  if (code != CURLE_PEER_FAILED_VERIFICATION) return v1::FETCH_FAILURE_CAUSE_UNSPECIFIED;
  if (tls_.handshake_done) return v1::FETCH_FAILURE_CAUSE_CERTIFICATE_OTHER_HOST;
  long verified = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_SSL_VERIFYRESULT, &verified);
  return CauseOfVerification(verified);
}

TransferOutcome Transfer::Run() {
  if (!SetUp()) {
    Abort(v1::FETCH_FAILURE_REASON_UNREACHABLE, "libcurl does not support an option");
    return std::move(outcome_);
  }
  // libcurl guesses the scheme of a URL without this prefix, and truncates a URL at a NUL.
  const bool proper_url = absl::StartsWith(request_.url, "https://") && IsVisibleAscii(request_.url);
  if (!proper_url || (!direct() && !LiteralHostAllowed())) {
    Abort(v1::FETCH_FAILURE_REASON_UNREACHABLE, absl::StrCat("not sent; ", absl::StrJoin(refusals_, "; ")));
    return std::move(outcome_);
  }
  const CURLcode code = Perform();
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  outcome_.http_status = static_cast<int>(status);
  curl_off_t microseconds = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_TOTAL_TIME_T, &microseconds);
  outcome_.duration = absl::Microseconds(microseconds);
  if (!outcome_.failure.has_value() && code != CURLE_OK) {
    Abort(ReasonOf(code),
          absl::StrCat("curl ", static_cast<int>(code), ": ", error_[0] ? error_ : curl_easy_strerror(code)));
    outcome_.cause = CauseOf(code);
  }
  if (!outcome_.failure.has_value() && !head_judged_) {
    Abort(v1::FETCH_FAILURE_REASON_PROTOCOL, "no proper response");
  }
  if (!outcome_.failure.has_value() && connection_ends_body_ && !tls_.closed) {
    Abort(v1::FETCH_FAILURE_REASON_PROTOCOL, "the connection ended without close_notify, and with it the body");
  }
  if (outcome_.failure.has_value()) {
    if (!refusals_.empty()) absl::StrAppend(&outcome_.detail, "; refused: ", absl::StrJoin(refusals_, "; "));
    outcome_.body.clear();
  } else {
    outcome_.caching = ReadCachingHeaders(handle_.get());
    outcome_.evidence = ReadEvidence(handle_.get(), direct());
  }
  return std::move(outcome_);
}

}  // namespace

TransferOutcome RunTransfer(const HttpsFetcherOptions& options, const AddressPolicy& policy,
                            const TrustAnchors& anchors, const FetchRequest& request) {
  // Closing the connection may also write to it.
  const SigpipeBlocked sigpipe_blocked;
  return Transfer(options, policy, anchors, request).Run();
}

absl::StatusOr<SystemAuthorities> InitializeTransfers() {
  // Concurrent threads must initialize libcurl only once.
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialized);
  const curl_version_info_data& info = *curl_version_info(CURLVERSION_NOW);
  const auto text = [](const char* path) { return std::string(path == nullptr ? "" : path); };
  if (const std::string tls = text(info.ssl_version); !absl::StartsWith(tls, "OpenSSL/")) {
    return absl::FailedPreconditionError(absl::StrCat("libcurl does TLS with '", tls, "', not with OpenSSL"));
  }
  return SystemAuthorities{text(info.cainfo), text(info.capath)};
}

}  // namespace cimd::fetch
