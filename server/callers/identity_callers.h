#ifndef CIMD_SERVER_CALLERS_IDENTITY_CALLERS_H_
#define CIMD_SERVER_CALLERS_IDENTITY_CALLERS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/callers/caller_identities.h"
#include "server/fetch/fetcher.h"
#include "server/jose/jwk.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/request_context.h"

namespace cimd::callers {

// Makes what reads an issuer's jwks_uri; an error names what in the issuer is wrong.
using FetcherFactory = std::function<absl::StatusOr<std::unique_ptr<fetch::Fetcher>>(const Issuer& issuer)>;

struct IdentityCallersOptions {
  // The file of --caller_identities.
  std::string file;
  FetcherFactory make_fetcher;
  // How often files are looked at for changes.
  absl::Duration poll_interval = absl::Seconds(2);
  // How long the keys of a jwks_uri are good for after it was read last.
  absl::Duration max_key_age = absl::Hours(24);
};

// Callers with a JWT of a trusted issuer, or with a client certificate. Keys of issuers are read in the background and
// never by a call: a token under a key that is not known yet is refused, and makes the keys be read again soon. What
// can no longer be read stays in force as it was, and the log says so; keys of a jwks_uri for a day. Thread-safe.
class IdentityCallers {
 public:
  // INVALID_ARGUMENT or NOT_FOUND when the file, or a jwks_file that it names, cannot be read or makes no sense. Does
  // not wait for a jwks_uri, so that the server starts when an issuer does not answer.
  static absl::StatusOr<std::unique_ptr<IdentityCallers>> Start(IdentityCallersOptions options);
  ~IdentityCallers();

  std::optional<rpc::Caller> FindByJwt(std::string_view jwt, absl::Time now) const;
  std::optional<rpc::Caller> FindByCertificate(const rpc::PeerCertificate& certificate) const;

  // Grows when the file has changed, or when a key is gone: callers are to be judged again.
  int64_t revision() const;

  // Looks at the files at once; does not wait.
  void Reload();

 private:
  // One issuer, and the keys it has published.
  struct KnownIssuer {
    Issuer issuer;
    std::shared_ptr<fetch::Fetcher> fetcher;
    std::vector<jose::Jwk> keys;
    // SHA-256 of the jwks_file as it was read.
    std::string file_digest;
    // For a jwks_uri. Whether a token came under a key that is not known.
    std::shared_ptr<std::atomic<bool>> key_missed = std::make_shared<std::atomic<bool>>(false);
    absl::Time last_success = absl::InfinitePast();
    absl::Time last_fetch = absl::InfinitePast();
    absl::Time next_fetch = absl::InfinitePast();
    int failures = 0;
  };
  // What is in force. Replaced as a whole.
  struct State {
    CallerIdentities identities;
    std::vector<KnownIssuer> issuers;
    std::string file_digest;
    int64_t revision = 0;
  };

  explicit IdentityCallers(IdentityCallersOptions options) : options_(std::move(options)) {}

  std::shared_ptr<const State> state() const;
  void Publish(State state);
  // The file as it is now, with the keys that files hold and those that `before` knows. nullopt when it has not
  // changed.
  absl::StatusOr<std::optional<State>> ReadFile(const State& before) const;
  void Run();
  void Refresh();

  const IdentityCallersOptions options_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const State> state_ ABSL_GUARDED_BY(mutex_);
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cimd::callers

#endif  // CIMD_SERVER_CALLERS_IDENTITY_CALLERS_H_
