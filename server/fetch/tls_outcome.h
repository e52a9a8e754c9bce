#ifndef CIMD_SERVER_FETCH_TLS_OUTCOME_H_
#define CIMD_SERVER_FETCH_TLS_OUTCOME_H_

#include "cimd/v1/metadata_document.pb.h"

// OpenSSL's SSL_CTX.
struct ssl_ctx_st;

namespace cimd::fetch {

// Events of a TLS session.
struct TlsEvents {
  // The handshake is complete: the certificate has a valid chain. Its host names are checked after that.
  bool handshake_done = false;
  // The host ended the handshake with the alert no_application_protocol (RFC 7301 section 3.2).
  bool no_application_protocol = false;
  // The host sent close_notify. Without it, an attacker may have truncated the response (RFC 8446 section 6.1).
  bool closed = false;
};

// Records the events of the sessions of `context` in `events`, which must outlive them. False if memory is exhausted.
bool WatchTls(ssl_ctx_st* context, TlsEvents& events);

// The cause of a failed verification of a certificate chain: `result` is one of OpenSSL's X509_V_ codes.
v1::FetchFailureCause CauseOfVerification(long result);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_TLS_OUTCOME_H_
