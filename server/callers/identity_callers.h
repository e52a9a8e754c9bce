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

// Makes the fetcher for an issuer's jwks_uri. The error names what is wrong in the issuer's configuration.
using FetcherFactory = std::function<absl::StatusOr<std::unique_ptr<fetch::Fetcher>>(const Issuer& issuer)>;

struct IdentityCallersOptions {
  // The file of --caller_identities.
  std::string file;
  FetcherFactory make_fetcher;
  // How often the files are checked for changes.
  absl::Duration poll_interval = absl::Seconds(2);
  // How long keys of a jwks_uri stay valid after the last successful fetch.
  absl::Duration max_key_age = absl::Hours(24);
};

// Authenticates callers by a JWT of a trusted issuer or by a client certificate. Calls never wait for keys: the keys of
// issuers are read in the background. A token with an unknown key is refused and triggers an early refresh. When a file
// or jwks_uri cannot be read, the previous content stays in force and a warning is logged; keys of a jwks_uri expire
// after max_key_age. Thread-safe.
class IdentityCallers {
 public:
  // Reads the files. INVALID_ARGUMENT or NOT_FOUND when the file, or a jwks_file that it names, is invalid or cannot be
  // read. Does not wait for a jwks_uri, so the server starts even when an issuer does not answer.
  static absl::StatusOr<std::unique_ptr<IdentityCallers>> Start(IdentityCallersOptions options);
  ~IdentityCallers();

  std::optional<rpc::Caller> FindByJwt(std::string_view jwt, absl::Time now) const;
  std::optional<rpc::Caller> FindByCertificate(const rpc::PeerCertificate& certificate) const;

  // Increases when the file changed or a key was removed. Callers with an older identity_revision must be authenticated
  // again.
  int64_t revision() const;

  // Requests a check of the files now. Does not wait for it.
  void Reload();

 private:
  // One issuer and its keys as last read.
  struct KnownIssuer {
    Issuer issuer;
    std::shared_ptr<fetch::Fetcher> fetcher;
    std::vector<jose::Jwk> keys;
    // SHA-256 of the jwks_file as last read.
    std::string file_digest;
    // The following are for a jwks_uri. Set when a token named an unknown key.
    std::shared_ptr<std::atomic<bool>> key_missed = std::make_shared<std::atomic<bool>>(false);
    absl::Time last_success = absl::InfinitePast();
    absl::Time last_fetch = absl::InfinitePast();
    absl::Time next_fetch = absl::InfinitePast();
    int failures = 0;
  };
  // An immutable state, replaced as a whole.
  struct State {
    CallerIdentities identities;
    std::vector<KnownIssuer> issuers;
    std::string file_digest;
    int64_t revision = 0;
  };

  explicit IdentityCallers(IdentityCallersOptions options) : options_(std::move(options)) {}

  std::shared_ptr<const State> state() const;
  void Publish(State state);
  // Reads the file and the files that it names. Keys of a jwks_uri are taken over from `before`. nullopt when nothing
  // has changed.
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
