#include "server/fetch/tls_outcome.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace cimd::fetch {
namespace {

int EventsIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void OnTlsEvent(const SSL* session, int where, int value) {
  auto* const events = static_cast<TlsEvents*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), EventsIndex()));
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) events->handshake_done = true;
  if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT) return;
  // The low byte is the alert description.
  if ((value & 0xff) == SSL_AD_NO_APPLICATION_PROTOCOL) events->no_application_protocol = true;
  if ((value & 0xff) == SSL_AD_CLOSE_NOTIFY) events->closed = true;
}

}  // namespace

bool WatchTls(SSL_CTX* context, TlsEvents& events) {
  if (EventsIndex() < 0 || SSL_CTX_set_ex_data(context, EventsIndex(), &events) != 1) return false;
  SSL_CTX_set_info_callback(context, &OnTlsEvent);
  return true;
}

v1::FetchFailureCause CauseOfVerification(long result) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return v1::FETCH_FAILURE_CAUSE_CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return v1::FETCH_FAILURE_CAUSE_CERTIFICATE_NOT_YET_VALID;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return v1::FETCH_FAILURE_CAUSE_CERTIFICATE_OTHER_HOST;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return v1::FETCH_FAILURE_CAUSE_CERTIFICATE_UNTRUSTED;
    default:
      return v1::FETCH_FAILURE_CAUSE_UNSPECIFIED;
  }
}

}  // namespace cimd::fetch
