#include <openssl/err.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gateway/http/http_server.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/tls_test_certificates.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::CertificateAndKey;
using ::cimd::testing::MakeSelfSigned;
using ::cimd::testing::RawHttpClient;
using ::cimd::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// Protocol names in ALPN format, each with its length in front.
constexpr char kHttp2And11[] = "\x02h2\x08http/1.1";

// The client's side of a TLS handshake.
struct TlsOffer {
  // A PEM file with a certificate and its key. Empty: no client certificate.
  std::string own = {};
  // ALPN protocols. Empty: no ALPN.
  std::string protocols = kHttp2And11;
  // Cipher suites for TLS 1.2. Empty: the library's default.
  std::string ciphers = {};
  // A session to resume, or null.
  SSL_SESSION* session = nullptr;
};

// TLS over the connection of a RawHttpClient. Does not verify the server's certificate.
class TlsClient {
 public:
  TlsClient(uint16_t port, int max_version, const TlsOffer& offer = {})
      : connection_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    // The library would otherwise refuse to offer old versions.
    SSL_CTX_set_security_level(context_.get(), 0);
    if (!offer.ciphers.empty()) {
      EXPECT_EQ(SSL_CTX_set_cipher_list(context_.get(), offer.ciphers.c_str()), 1);
    }
    if (!offer.own.empty()) {
      EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context_.get(), offer.own.c_str()), 1);
      EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_.get(), offer.own.c_str(), SSL_FILETYPE_PEM), 1);
    }
    ssl_ = {SSL_new(context_.get()), SSL_free};
    if (!offer.protocols.empty()) {
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offer.protocols.data()),
                          offer.protocols.size());
    }
    if (offer.session != nullptr) {
      EXPECT_EQ(SSL_set_session(ssl_.get(), offer.session), 1);
    }
    SSL_set_fd(ssl_.get(), connection_.fd());
    ERR_clear_error();
    connected_ = SSL_connect(ssl_.get()) == 1;
    if (!connected_) error_ = ERR_GET_REASON(ERR_peek_last_error());
  }

  // OpenSSL's reason for a failed handshake. For an alert it is 1000 plus the alert's number.
  int error() const { return error_; }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  // Returns a session that another TlsClient can resume. With TLS 1.3 it is available only after something was read.
  std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session() const {
    return {SSL_get1_session(ssl_.get()), SSL_SESSION_free};
  }
  bool connected() const { return connected_; }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return std::string(reinterpret_cast<const char*>(name), size);
  }
  std::string server_name() const {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(ssl_.get()), X509_free);
    char name[256] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof(name));
    return name;
  }
  bool Send(absl::string_view bytes) {
    return SSL_write(ssl_.get(), bytes.data(), bytes.size()) == static_cast<int>(bytes.size());
  }
  // Reads until `text` has arrived. Returns everything that was read, also if the connection ends first.
  std::string ReadUntil(absl::string_view text) {
    std::string read;
    char bytes[4096];
    while (read.find(std::string(text)) == std::string::npos) {
      const int size = SSL_read(ssl_.get(), bytes, sizeof(bytes));
      if (size <= 0) break;
      read.append(bytes, size);
    }
    return read;
  }
  // True if the server sends close_notify without more data.
  bool EndsHere() {
    char byte;
    const int size = SSL_read(ssl_.get(), &byte, 1);
    return size <= 0 && SSL_get_error(ssl_.get(), size) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  RawHttpClient connection_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_ = {nullptr, SSL_free};
  bool connected_ = false;
  int error_ = 0;
};

class HttpServerTlsTest : public ::testing::Test {
 protected:
  HttpServerTlsTest() {
    std::string name = absl::StrCat(::testing::TempDir(), "/http_server_tls_XXXXXX");
    folder_ = mkdtemp(name.data());
    options_.tls = HttpTlsOptions{absl::StrCat(folder_, "/tls.crt"), absl::StrCat(folder_, "/tls.key")};
  }
  ~HttpServerTlsTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  void WriteCertificate(const CertificateAndKey& certificate) {
    Write(options_.tls->certificate_chain_file, certificate.certificate_pem);
    Write(options_.tls->private_key_file, certificate.private_key_pem);
  }
  void Start() {
    WriteCertificate(MakeSelfSigned({.hosts = {"first.example"}}));
    CIMD_ASSERT_OK_AND_ASSIGN(server_, HttpServer::Start(options_, [](const HttpRequest& request, Respond respond) {
                                std::move(respond)({.body = absl::StrCat("body: ", request.body)});
                              }));
  }

  std::string folder_;
  HttpServerOptions options_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTlsTest, ServesOverTls) {
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server_->port(), version);
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.protocol(), "http/1.1");
    EXPECT_EQ(client.server_name(), "first.example");
    ASSERT_TRUE(client.Send(kGet));
    EXPECT_THAT(client.ReadUntil("body: "), HasSubstr("HTTP/1.1 200 OK\r\n"));
    ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\nConnection: close\r\n\r\n"));
    ASSERT_TRUE(client.Send(std::string(60000, 'x')));
    EXPECT_THAT(client.ReadUntil(std::string(60000, 'x')), HasSubstr("Content-Length: 60006\r\n"));
    EXPECT_TRUE(client.EndsHere());
  }
}

// RFC 7301 section 3.2: a client that offers only other protocols gets an alert.
TEST_F(HttpServerTlsTest, SpeaksHttp11Only) {
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(TlsClient(server_->port(), version, {.protocols = "\x08http/1.1"}).protocol(), "http/1.1");
    TlsClient none(server_->port(), version, {.protocols = ""});
    EXPECT_TRUE(none.connected());
    EXPECT_EQ(none.protocol(), "");
    const TlsClient http2(server_->port(), version, {.protocols = "\x02h2"});
    EXPECT_FALSE(http2.connected());
    EXPECT_EQ(http2.error(), SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL);
  }
}

// RFC 9325 section 4.2.
TEST_F(HttpServerTlsTest, TakesNoWeakCiphersInTls12) {
  Start();
  for (const char* ciphers : {"ECDHE+AESGCM", "ECDHE+CHACHA20"}) {
    EXPECT_TRUE(TlsClient(server_->port(), TLS1_2_VERSION, {.ciphers = ciphers}).connected()) << ciphers;
  }
  for (const char* ciphers : {"ECDHE+AES:!AESGCM:!AESCCM", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA",
                              "ECDHE-ECDSA-AES128-CCM8", "AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384"}) {
    EXPECT_FALSE(TlsClient(server_->port(), TLS1_2_VERSION, {.ciphers = ciphers}).connected()) << ciphers;
  }
}

// Reloading unchanged files, which happens every minute, must not invalidate sessions.
TEST_F(HttpServerTlsTest, ResumesSessionsUntilTheFilesChange) {
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient first(server_->port(), version);
    ASSERT_TRUE(first.Send(kGet));
    EXPECT_THAT(first.ReadUntil("body: "), HasSubstr("200 OK"));
    EXPECT_FALSE(first.resumed());
    const auto session = first.session();
    CIMD_ASSERT_OK(server_->ReloadCertificates());
    EXPECT_TRUE(TlsClient(server_->port(), version, {.session = session.get()}).resumed());
  }
  TlsClient before(server_->port(), TLS1_2_VERSION);
  WriteCertificate(MakeSelfSigned({.hosts = {"second.example"}}));
  CIMD_ASSERT_OK(server_->ReloadCertificates());
  const auto session = before.session();
  const TlsClient after(server_->port(), TLS1_2_VERSION, {.session = session.get()});
  EXPECT_TRUE(after.connected());
  EXPECT_FALSE(after.resumed());
}

TEST_F(HttpServerTlsTest, RefusesOldVersions) {
  Start();
  EXPECT_FALSE(TlsClient(server_->port(), TLS1_1_VERSION).connected());
}

TEST_F(HttpServerTlsTest, RefusesPlainText) {
  Start();
  RawHttpClient client(server_->port());
  EXPECT_EQ(client.Exchange(kGet).status, 0);
}

TEST_F(HttpServerTlsTest, EndsSlowHandshakes) {
  options_.header_timeout = absl::Milliseconds(30);
  Start();
  RawHttpClient client(server_->port());
  client.Send("\x16\x03\x01");
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTlsTest, AnswersAClientThatSendsTooMuch) {
  Start();
  TlsClient client(server_->port(), TLS1_3_VERSION);
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"));
  ASSERT_TRUE(client.Send(std::string(200000, 'x')));
  EXPECT_THAT(client.ReadUntil("too large"), HasSubstr("HTTP/1.1 413 "));
  EXPECT_TRUE(client.EndsHere());
}

TEST_F(HttpServerTlsTest, CancelsWhenTheClientLeaves) {
  absl::Notification arrived, cancelled;
  Respond pending;
  WriteCertificate(MakeSelfSigned({.hosts = {"first.example"}}));
  CIMD_ASSERT_OK_AND_ASSIGN(server_, HttpServer::Start(options_, [&](const HttpRequest& request, Respond respond) {
                              request.cancellation->OnCancel([&] { cancelled.Notify(); });
                              pending = std::move(respond);
                              arrived.Notify();
                            }));
  {
    TlsClient client(server_->port(), TLS1_3_VERSION);
    ASSERT_TRUE(client.Send(kGet));
    arrived.WaitForNotification();
  }
  EXPECT_TRUE(cancelled.WaitForNotificationWithTimeout(absl::Seconds(10)));
  std::move(pending)({});
}

TEST_F(HttpServerTlsTest, ReloadsItsCertificate) {
  Start();
  TlsClient before(server_->port(), TLS1_3_VERSION);
  EXPECT_EQ(before.server_name(), "first.example");

  WriteCertificate(MakeSelfSigned({.hosts = {"second.example"}}));
  EXPECT_EQ(TlsClient(server_->port(), TLS1_3_VERSION).server_name(), "first.example");
  CIMD_ASSERT_OK(server_->ReloadCertificates());
  EXPECT_EQ(TlsClient(server_->port(), TLS1_3_VERSION).server_name(), "second.example");
  // An open connection continues.
  ASSERT_TRUE(before.Send(kGet));
  EXPECT_THAT(before.ReadUntil("body: "), HasSubstr("200 OK"));

  Write(options_.tls->certificate_chain_file, "nonsense");
  EXPECT_THAT(server_->ReloadCertificates(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(options_.tls->certificate_chain_file)));
  EXPECT_EQ(TlsClient(server_->port(), TLS1_3_VERSION).server_name(), "second.example");
}

TEST_F(HttpServerTlsTest, LetsInWhomAnAuthorityVouchesFor) {
  testing::TestCertificateAuthority first, second;
  options_.tls->client_ca_file = folder_ + "/client-ca.pem";
  Write(options_.tls->client_ca_file, first.certificate_pem());
  Start();
  const auto own = [&](const std::string& name, const CertificateAndKey& certificate) {
    const std::string path = folder_ + "/" + name;
    Write(path, certificate.certificate_pem + certificate.private_key_pem);
    return path;
  };
  const std::string of_first = own("first", first.Issue({.hosts = {"client.example"}}));
  const std::string of_second = own("second", second.Issue({.hosts = {"client.example"}}));
  const std::string of_nobody = own("nobody", MakeSelfSigned({.hosts = {"client.example"}}));
  const std::string expired =
      own("expired", first.Issue({.hosts = {"client.example"}, .not_after = absl::Now() - absl::Minutes(1)}));
  // With TLS 1.3 a client learns that it was refused only when it reads.
  const auto is_let_in = [&](const std::string& file, int version) {
    ERR_clear_error();
    TlsClient client(server_->port(), version, {.own = file});
    return client.connected() && client.Send(kGet) && client.ReadUntil("body: ").find("200 OK") != std::string::npos;
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_TRUE(is_let_in(of_first, version));
    for (const std::string& other : {std::string(), of_second, of_nobody, expired}) {
      EXPECT_FALSE(is_let_in(other, version)) << other;
    }
  }
  Write(options_.tls->client_ca_file, second.certificate_pem());
  CIMD_ASSERT_OK(server_->ReloadCertificates());
  EXPECT_FALSE(is_let_in(of_first, TLS1_3_VERSION));
  EXPECT_TRUE(is_let_in(of_second, TLS1_3_VERSION));
  Write(options_.tls->client_ca_file, "nonsense");
  EXPECT_THAT(server_->ReloadCertificates(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("client-ca.pem")));
  EXPECT_TRUE(is_let_in(of_second, TLS1_3_VERSION));
}

TEST_F(HttpServerTlsTest, RefusesUnusableFiles) {
  const auto start = [this] { return HttpServer::Start(options_, [](const HttpRequest&, const Respond&) {}).status(); };
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tls.crt")));
  const CertificateAndKey certificate = MakeSelfSigned({.hosts = {"first.example"}});
  Write(options_.tls->certificate_chain_file, certificate.certificate_pem);
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tls.key")));
  // The key does not belong to the certificate.
  Write(options_.tls->private_key_file, MakeSelfSigned({.hosts = {"first.example"}}).private_key_pem);
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tls.key")));
  Write(options_.tls->private_key_file, certificate.private_key_pem);
  CIMD_EXPECT_OK(start());
  options_.tls.reset();
  auto plain = HttpServer::Start(options_, [](const HttpRequest&, const Respond&) {});
  CIMD_ASSERT_OK(plain);
  EXPECT_THAT((*plain)->ReloadCertificates(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace cimd::gateway
