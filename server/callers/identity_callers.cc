#include "server/callers/identity_callers.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>
#include <variant>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "server/crypto/sha256.h"
#include "server/jose/bearer_jwt.h"
#include "server/jose/jwk_set.h"
#include "server/telemetry/json_log.h"

namespace cimd::callers {
namespace {

using telemetry::Severity;

// Large enough for identity providers that publish certificates with their keys.
constexpr size_t kMaxKeySetBytes = 256 * 1024;
constexpr absl::Duration kRefreshInterval = absl::Minutes(5);
// After an unknown key. Also the first interval after a failure, doubled with each further failure.
constexpr absl::Duration kMinRefreshInterval = absl::Seconds(10);

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file || content.empty()) return absl::NotFoundError(fmt::format("cannot read {}", path));
  return content;
}

// Parses a key set. An empty set withdraws all keys of an issuer that had some. It is an error if `is_first`.
absl::StatusOr<std::vector<jose::Jwk>> ParseKeys(std::string_view bytes, bool is_first) {
  jose::JwkSet set = jose::ParseJwkSet(bytes, jose::KeyProfile::kStandard, kMaxKeySetBytes);
  if (!set.refused && (!set.keys.empty() || !is_first)) return std::move(set.keys);
  const jose::KeyFinding& first = set.violations.front();
  return absl::InvalidArgumentError(fmt::format("the key set: {} {}", first.path, jose::KeyFaultMessage(first.fault)));
}

// Whether `after` lacks a key of `before`.
bool LosesKey(const std::vector<jose::Jwk>& before, const std::vector<jose::Jwk>& after) {
  return std::any_of(before.begin(), before.end(), [&](const jose::Jwk& key) {
    return std::none_of(after.begin(), after.end(), [&](const jose::Jwk& other) {
      return other.kid == key.kid && other.thumbprint == key.thumbprint;
    });
  });
}

void LogFailure(std::string_view what, std::string_view where, const absl::Status& status) {
  telemetry::Log(Severity::kWarning, what, {{"source", where}, {"error", std::string(status.message())}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdentityCallers>> IdentityCallers::Start(IdentityCallersOptions options) {
  std::unique_ptr<IdentityCallers> callers(new IdentityCallers(std::move(options)));
  absl::StatusOr<std::optional<State>> state = callers->ReadFile(State());
  if (!state.ok()) return state.status();
  callers->Publish(**std::move(state));
  callers->thread_ = std::thread([&callers = *callers] { callers.Run(); });
  return callers;
}

IdentityCallers::~IdentityCallers() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const IdentityCallers::State> IdentityCallers::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

void IdentityCallers::Publish(State state) {
  auto shared = std::make_shared<const State>(std::move(state));
  absl::MutexLock lock(&mutex_);
  state_ = std::move(shared);
}

int64_t IdentityCallers::revision() const { return state()->revision; }

void IdentityCallers::Reload() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

std::optional<rpc::Caller> IdentityCallers::FindByJwt(std::string_view compact, absl::Time now) const {
  jose::OrFault<jose::ParsedBearerJwt> parsed = jose::ParsedBearerJwt::Parse(compact);
  auto* jwt = std::get_if<jose::ParsedBearerJwt>(&parsed);
  if (jwt == nullptr) return std::nullopt;
  const std::shared_ptr<const State> state = this->state();
  const auto known = std::find_if(state->issuers.begin(), state->issuers.end(), [&](const KnownIssuer& candidate) {
    return candidate.issuer.expected.issuer == jwt->unverified_issuer();
  });
  if (known == state->issuers.end()) return std::nullopt;
  const jose::OrFault<jose::VerifiedBearerJwt> verified =
      jose::VerifiedBearerJwt::Verify(std::move(*jwt), known->issuer.expected, known->keys, now);
  if (const auto* fault = std::get_if<jose::AssertionFault>(&verified)) {
    if (*fault == jose::AssertionFault::kKeyUnknown) known->key_missed->store(true);
    return std::nullopt;
  }
  const auto& token = std::get<jose::VerifiedBearerJwt>(verified);
  const ClaimRule* rule = FindRule(known->issuer, token.claims());
  if (rule == nullptr) return std::nullopt;
  return rpc::Caller{.kind = v1::CALLER_KIND_JWT,
                     .id = token.subject(),
                     .name = token.issuer(),
                     .scopes = rule->grant.scopes,
                     .tenant = rule->grant.tenant,
                     .expire_time = token.expire_time(),
                     .identity_revision = state->revision};
}

std::optional<rpc::Caller> IdentityCallers::FindByCertificate(const rpc::PeerCertificate& certificate) const {
  const std::shared_ptr<const State> state = this->state();
  CertificateMatch match = FindRule(state->identities, certificate);
  if (match.rule == nullptr) return std::nullopt;
  return rpc::Caller{.kind = v1::CALLER_KIND_CERTIFICATE,
                     .id = std::move(match.name),
                     .name = match.rule->uri.empty() ? match.rule->dns_name : match.rule->uri,
                     .scopes = match.rule->grant.scopes,
                     .tenant = match.rule->grant.tenant,
                     .expire_time = certificate.expire_time,
                     .identity_revision = state->revision};
}

absl::StatusOr<std::optional<IdentityCallers::State>> IdentityCallers::ReadFile(const State& before) const {
  absl::StatusOr<std::string> content = ReadAll(options_.file);
  if (!content.ok()) return content.status();
  State state = before;
  state.file_digest = crypto::Sha256(*content);
  bool changed = state.file_digest != before.file_digest;
  if (changed) {
    absl::StatusOr<CallerIdentities> identities = ParseCallerIdentities(*content);
    if (!identities.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("{}: {}", options_.file, std::string(identities.status().message())));
    }
    state.identities = *std::move(identities);
    state.issuers.clear();
    for (const Issuer& issuer : state.identities.issuers) {
      KnownIssuer known{.issuer = issuer};
      if (!issuer.jwks_uri.empty()) {
        absl::StatusOr<std::unique_ptr<fetch::Fetcher>> fetcher = options_.make_fetcher(issuer);
        if (!fetcher.ok()) return fetcher.status();
        known.fetcher = *std::move(fetcher);
        // Keys are kept only while both the issuer and its jwks_uri stay the same.
        for (const KnownIssuer& old : before.issuers) {
          if (old.issuer.expected.issuer == issuer.expected.issuer && old.issuer.jwks_uri == issuer.jwks_uri) {
            known.keys = old.keys;
            known.last_success = old.last_success;
          }
        }
      }
      state.issuers.push_back(std::move(known));
    }
  }
  bool keys_lost = changed;
  for (KnownIssuer& known : state.issuers) {
    if (known.issuer.jwks_file.empty()) continue;
    absl::StatusOr<std::string> bytes = ReadAll(known.issuer.jwks_file);
    if (!bytes.ok()) return bytes.status();
    std::string digest = crypto::Sha256(*bytes);
    if (digest == known.file_digest) continue;
    absl::StatusOr<std::vector<jose::Jwk>> keys = ParseKeys(*bytes, /*is_first=*/known.file_digest.empty());
    if (!keys.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("{}: {}", known.issuer.jwks_file, std::string(keys.status().message())));
    }
    keys_lost = keys_lost || LosesKey(known.keys, *keys);
    known.keys = *std::move(keys);
    known.file_digest = std::move(digest);
    changed = true;
  }
  if (!changed) return std::nullopt;
  if (keys_lost) ++state.revision;
  return state;
}

void IdentityCallers::Run() {
  std::string last_failure;
  while (true) {
    absl::StatusOr<std::optional<State>> state = ReadFile(*this->state());
    if (!state.ok()) {
      // Logged once for each message, not at every poll.
      if (last_failure != state.status().message()) LogFailure("caller_identities_kept", options_.file, state.status());
      last_failure = std::string(state.status().message());
    } else {
      last_failure.clear();
      if (state->has_value()) {
        Publish(**std::move(state));
        telemetry::Log(Severity::kInfo, "caller_identities_loaded", {{"file", options_.file}});
      }
    }
    Refresh();
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(
        absl::Condition(
            +[](IdentityCallers* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->stopping_ || self->woken_; },
            this),
        options_.poll_interval);
    if (stopping_) return;
    woken_ = false;
  }
}

void IdentityCallers::Refresh() {
  const absl::Time now = absl::Now();
  State state = *this->state();
  bool changed = false;
  for (KnownIssuer& known : state.issuers) {
    if (known.fetcher == nullptr) continue;
    const bool missed = known.key_missed->exchange(false);
    const bool again = missed && now >= known.last_fetch + kMinRefreshInterval;
    // A last fetch in the future means that the clock was set back: fetch now, not when the clock has caught up.
    if (now < known.next_fetch && now >= known.last_fetch && !again) {
      // Refresh as soon as the minimum interval has passed.
      if (missed) known.key_missed->store(true);
      continue;
    }
    changed = true;
    known.last_fetch = now;
    fetch::FetchResult result = known.fetcher->Fetch(
        {.url = known.issuer.jwks_uri, .max_bytes = static_cast<int64_t>(kMaxKeySetBytes), .is_cancelled = [this] {
           const absl::MutexLock lock(&mutex_);
           return stopping_;
         }});
    if (result.abandoned) return;
    absl::StatusOr<std::vector<jose::Jwk>> keys =
        result.failed ? absl::UnavailableError(result.failure.message())
                      : ParseKeys(result.document.body, /*is_first=*/known.last_success == absl::InfinitePast());
    if (!keys.ok()) {
      if (known.last_success != absl::InfinitePast() && now - known.last_success > options_.max_key_age) {
        // An attacker who blocks the jwks_uri must not keep a withdrawn key valid forever.
        LogFailure("issuer_keys_expired", known.issuer.jwks_uri, keys.status());
        if (!known.keys.empty()) ++state.revision;
        known.keys.clear();
      } else {
        LogFailure("issuer_keys_kept", known.issuer.jwks_uri, keys.status());
      }
      known.next_fetch = now + std::min(kRefreshInterval, kMinRefreshInterval * (1 << std::min(known.failures, 5)));
      ++known.failures;
      continue;
    }
    if (LosesKey(known.keys, *keys)) ++state.revision;
    known.keys = *std::move(keys);
    known.last_success = now;
    known.failures = 0;
    known.next_fetch = now + kRefreshInterval;
  }
  if (changed) Publish(std::move(state));
}

}  // namespace cimd::callers
