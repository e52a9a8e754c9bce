#include "tests/testing/https_origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "tests/testing/tls_test_certificates.h"

namespace cimd::testing {
namespace {

constexpr int kDripMilliseconds = 5;

struct Deleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "https origin: %s failed\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

Owned<BIO> MemoryBio(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

CertificateAndKey MakeCertificate(TestCertificateAuthority& authority, const HttpsOriginOptions& options) {
  CertificateOptions certificate{.hosts = {options.host}};
  certificate.hosts.insert(certificate.hosts.end(), options.other_hosts.begin(), options.other_hosts.end());
  switch (options.certificate) {
    case OriginCertificate::kValid:
      break;
    case OriginCertificate::kOtherHost:
      certificate.hosts = {"other.example.org"};
      break;
    case OriginCertificate::kExpired:
      certificate.not_after = absl::Now() - absl::Minutes(1);
      break;
    case OriginCertificate::kNotYetValid:
      certificate.not_before = absl::Now() + absl::Hours(1);
      break;
    case OriginCertificate::kSelfSigned:
      return MakeSelfSigned(certificate);
  }
  return authority.Issue(certificate);
}

// Selects h2, or ends the handshake with the alert no_application_protocol.
int SelectHttp2(SSL*, const unsigned char** selected, unsigned char* length, const unsigned char* offered,
                unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  unsigned char* name = nullptr;
  const int found = SSL_select_next_proto(&name, length, kHttp2, sizeof(kHttp2), offered, offered_length);
  *selected = name;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Owned<SSL_CTX> MakeContext(const CertificateAndKey& identity, bool old_tls, bool http2_only) {
  Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  const Owned<X509> certificate(
      PEM_read_bio_X509(MemoryBio(identity.certificate_pem).get(), nullptr, nullptr, nullptr));
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(MemoryBio(identity.private_key_pem).get(), nullptr, nullptr, nullptr));
  Require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1, "SSL_CTX_use_certificate");
  Require(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "SSL_CTX_use_PrivateKey");
  if (http2_only) SSL_CTX_set_alpn_select_cb(context.get(), &SelectHttp2, nullptr);
  if (old_tls) {
    // OpenSSL allows TLS 1.1 only at security level 0.
    SSL_CTX_set_security_level(context.get(), 0);
    Require(SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION) == 1 &&
                SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION) == 1,
            "SSL_CTX_set_max_proto_version");
  }
  return context;
}

std::string WriteCaFile(const TestCertificateAuthority& authority) {
  std::string directory = (std::filesystem::temp_directory_path() / "cimd-origin-XXXXXX").string();
  Require(mkdtemp(directory.data()) != nullptr, "mkdtemp");
  const std::string path = absl::StrCat(directory, "/", authority.hashed_name());
  std::ofstream(path) << authority.certificate_pem();
  return path;
}

// Writes the whole text. Returns false if the client has closed the connection.
bool Write(SSL* ssl, const std::string& text) {
  return text.empty() || SSL_write(ssl, text.data(), static_cast<int>(text.size())) > 0;
}

bool Drip(SSL* ssl, const std::string& text) {
  for (const char c : text) {
    if (!Write(ssl, std::string(1, c))) return false;
    // A client sends nothing after its request. Readable data therefore means that the client closes the connection.
    pollfd client{SSL_get_fd(ssl), POLLIN, 0};
    if (poll(&client, 1, kDripMilliseconds) != 0) return false;
  }
  return true;
}

std::optional<OriginRequest> ReadRequest(SSL* ssl) {
  std::string text;
  while (!absl::StrContains(text, "\r\n\r\n")) {
    char buffer[4096];
    const int count = SSL_read(ssl, buffer, sizeof(buffer));
    if (count <= 0) return std::nullopt;
    text.append(buffer, static_cast<size_t>(count));
  }
  OriginRequest request;
  const std::vector<std::string> lines = absl::StrSplit(text.substr(0, text.find("\r\n\r\n")), "\r\n");
  const std::vector<std::string> words = absl::StrSplit(lines[0], ' ');
  if (words.size() != 3) return std::nullopt;
  request.method = words[0];
  request.target = words[1];
  for (size_t i = 1; i < lines.size(); ++i) {
    request.headers.push_back(absl::StrSplit(lines[i], absl::MaxSplits(": ", 1)));
  }
  return request;
}

std::string Head(const Response& response, int status) {
  std::string head = absl::StrCat("HTTP/1.1 ", status, " Whatever\r\nConnection: close\r\n");
  const auto add = [&](const std::string& name, const std::string& value) {
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  };
  if (!response.content_type.empty()) add("Content-Type", response.content_type);
  if (!response.etag.empty()) add("ETag", response.etag);
  for (const auto& [name, value] : response.headers) add(name, value);
  if (response.chunked) add("Transfer-Encoding", "chunked");
  if (response.content_length.has_value()) {
    add("Content-Length", absl::StrCat(*response.content_length));
  } else if (!response.chunked && !response.endless) {
    add("Content-Length", absl::StrCat(response.body.size()));
  }
  return head + "\r\n";
}

std::string Chunks(const std::string& body) {
  std::string chunks;
  for (const char c : body) absl::StrAppend(&chunks, "1\r\n", std::string(1, c), "\r\n");
  return chunks + "0\r\n\r\n";
}

// Returns false if the connection must be closed without close_notify.
bool Answer(SSL* ssl, const OriginRequest& request, const Response& response) {
  if (!response.raw.empty()) return Write(ssl, response.raw) && !response.abrupt;
  if (!response.etag.empty() && request.Header("If-None-Match") == response.etag) {
    Response head_only = response;
    head_only.content_length = 0;
    return Write(ssl, Head(head_only, 304));
  }
  const std::string head = Head(response, response.status);
  const std::string body = response.chunked ? Chunks(response.body) : response.body;
  if (response.drip) return Drip(ssl, head + body);
  bool writing = Write(ssl, head) && Write(ssl, body);
  while (response.endless && writing) writing = Write(ssl, body);
  return writing && !response.abrupt;
}

}  // namespace

std::string OriginRequest::Header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

class HttpsOrigin::Server {
 public:
  explicit Server(HttpsOriginOptions options);
  ~Server();

  const HttpsOriginOptions options;
  TestCertificateAuthority authority;
  std::string ca_file;
  int port = 0;
  std::atomic<int> connections = 0;
  absl::Mutex mutex;
  std::map<std::string, Response> responses;
  std::vector<OriginRequest> requests;

 private:
  void Accept();
  void Talk(int socket);
  void TalkOverTls(int socket);

  Owned<SSL_CTX> context_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::thread acceptor_;
  // Sockets of the open connections. Guarded by mutex.
  std::vector<int> open_;
  std::vector<std::thread> talkers_;
};

HttpsOrigin::Server::Server(HttpsOriginOptions origin_options) : options(std::move(origin_options)) {
  ca_file = WriteCaFile(authority);
  context_ = MakeContext(MakeCertificate(authority, options), options.old_tls, options.http2_only);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  Require(bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0 && listen(listener_, SOMAXCONN) == 0 &&
              getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0,
          "listen");
  port = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

HttpsOrigin::Server::~Server() {
  stopping_ = true;
  // Wakes accept().
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const absl::MutexLock lock(&mutex);
    for (const int socket : open_) shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& talker : talkers_) talker.join();
  close(listener_);
  std::filesystem::remove_all(std::filesystem::path(ca_file).parent_path());
}

void HttpsOrigin::Server::Accept() {
  // Writing to a connection that the client has closed must fail with an error instead of killing the test program. The
  // connection threads inherit this mask. Other threads keep SIGPIPE, so the code under test must handle it itself.
  sigset_t sigpipe;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections;
    const absl::MutexLock lock(&mutex);
    open_.push_back(socket);
    talkers_.emplace_back([this, socket] { Talk(socket); });
  }
}

void HttpsOrigin::Server::Talk(int socket) {
  TalkOverTls(socket);
  const absl::MutexLock lock(&mutex);
  std::erase(open_, socket);
  close(socket);
}

void HttpsOrigin::Server::TalkOverTls(int socket) {
  const Owned<SSL> ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), socket);
  if (SSL_accept(ssl.get()) != 1) return;
  const std::optional<OriginRequest> request = ReadRequest(ssl.get());
  if (!request.has_value()) return;
  Response response{.status = 404};
  {
    const absl::MutexLock lock(&mutex);
    requests.push_back(*request);
    if (const auto found = responses.find(request->target); found != responses.end()) response = found->second;
  }
  while (response.hold != nullptr && !stopping_) {
    if (response.hold->WaitForNotificationWithTimeout(absl::Milliseconds(10))) break;
  }
  if (Answer(ssl.get(), *request, response)) SSL_shutdown(ssl.get());
}

HttpsOrigin::HttpsOrigin(HttpsOriginOptions options) : server_(std::make_unique<Server>(std::move(options))) {}
HttpsOrigin::~HttpsOrigin() = default;

void HttpsOrigin::Serve(const std::string& path, Response response) {
  const absl::MutexLock lock(&server_->mutex);
  server_->responses[path] = std::move(response);
}

std::string HttpsOrigin::url(const std::string& path) const {
  return absl::StrCat("https://", server_->options.host, ":", server_->port, path);
}

std::string HttpsOrigin::resolve_entry(const std::string& address) const {
  return absl::StrCat(server_->options.host, ":", server_->port, ":", address);
}

const std::string& HttpsOrigin::ca_file() const { return server_->ca_file; }
int HttpsOrigin::port() const { return server_->port; }

std::vector<OriginRequest> HttpsOrigin::requests() const {
  const absl::MutexLock lock(&server_->mutex);
  return server_->requests;
}

std::vector<OriginRequest> HttpsOrigin::requests(const std::string& path) const {
  std::vector<OriginRequest> result = requests();
  std::erase_if(result, [&](const OriginRequest& request) { return request.target != path; });
  return result;
}

int HttpsOrigin::connections() const { return server_->connections; }

}  // namespace cimd::testing
