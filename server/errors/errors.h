#ifndef CIMD_SERVER_ERRORS_ERRORS_H_
#define CIMD_SERVER_ERRORS_ERRORS_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cimd/v1/error_reason.pb.h"
#include "cimd/v1/metadata_document.pb.h"

// The catalogue of errors: one function for each, which sets its code, its reason (error_reason.proto), its message and
// its typed details. No other file chooses a status code or writes an error's text. The details are payloads of
// absl::Status (google.rpc messages under their type URLs); status.h puts them on the wire. Values from callers are
// quoted with escapes and cut between characters.
namespace cimd::rpc::errors {

// One violation in a request.
struct FieldViolation {
  // Path in the request: "client.settings.allowed_origins[2]".
  std::string field;
  // A FindingReason without its prefix, or "REQUIRED", "TOO_LONG", "OUT_OF_RANGE", "FORMAT", "TOO_MANY".
  std::string reason;
  std::string description;
};

// --- The call itself -------------------------------------------------------------------------------------------------
// `violations` must not be empty.
absl::Status FieldsInvalid(const std::vector<FieldViolation>& violations);
// For a request whose bytes are not a message of the method's type.
absl::Status MalformedRequest();
absl::Status ResourceNameInvalid(std::string_view field, std::string_view name, std::string_view pattern);
absl::Status PageTokenInvalid();
absl::Status UpdateMaskInvalid(std::string_view path);
absl::Status FieldNotEditable(std::string_view path);
absl::Status RequestIdReused(std::string_view request_id);
absl::Status EtagMismatch(std::string_view resource, std::string_view etag);
absl::Status AccessTokenInvalid();
absl::Status ScopeInsufficient(std::string_view method, std::string_view scopes);
absl::Status TenantForbidden();
absl::Status TenantRequired();
absl::Status PlatformOnly(std::string_view method);
absl::Status TenantAddressesForbidden(std::string_view method);
absl::Status Overloaded(absl::Duration retry_after);
// `call_class` is the limit that was exceeded: "read", "write", "fetch", ..., or "unauthenticated".
absl::Status RateLimited(std::string_view call_class, double per_second, absl::Duration retry_after);
absl::Status CursorInvalid();
absl::Status CursorExpired();
absl::Status WatchTooSlow();
absl::Status TooManyStreams(int limit);
absl::Status Contention();
absl::Status DeadlineExceeded();
absl::Status ShuttingDown();
absl::Status Internal();
// The resource in the request's field `field` would be stored as `bytes` bytes, more than `limit`.
absl::Status ResourceTooLarge(std::string_view field, size_t bytes, size_t limit);
// Converts an error of the store (storage/store.h). The store logs its own details; its text is not passed on.
absl::Status FromStore(const absl::Status& status);

// --- Tenants ---------------------------------------------------------------------------------------------------------
absl::Status TenantNotFound(std::string_view tenant);
absl::Status DomainNotFound(std::string_view domain, std::string_view issuer_path);
absl::Status TenantExists(std::string_view tenant);
absl::Status TenantNotEmpty(std::string_view tenant);
absl::Status TenantBeingDeleted(std::string_view tenant);
absl::Status DomainTaken(std::string_view domain);
absl::Status CimdDisabled(std::string_view tenant);
absl::Status ServerMetadataIncomplete(std::string_view tenant, std::string_view field);

// --- Clients ---------------------------------------------------------------------------------------------------------
absl::Status ClientNotFound(std::string_view client);
absl::Status ClientUrlNotFound(std::string_view external_client_id);
absl::Status ClientIdUrlInvalid(std::string_view external_client_id, const v1::Validation& validation);
absl::Status ClientBlocked(std::string_view external_client_id);
absl::Status BlockNotFound(std::string_view external_client_id);
absl::Status ClientPinned(std::string_view client, int64_t version);
absl::Status ClientNotPinned(std::string_view client);
absl::Status ClientHasNoKeys(std::string_view client);

// --- Documents -------------------------------------------------------------------------------------------------------
// BadRequest has the violations and then, with descriptions that begin with "warning: ", the warnings.
absl::Status DocumentInvalid(std::string_view external_client_id, std::string_view sha256,
                             const v1::Validation& validation);
absl::Status DocumentChanged(std::string_view expected, std::string_view actual);
absl::Status DocumentNotFound(std::string_view document);
absl::Status DocumentNotFetched(std::string_view external_client_id, const v1::FetchFailure& failure);

// --- APIs, grants, connections ---------------------------------------------------------------------------------------
absl::Status ResourceServerExists(std::string_view identifier);
absl::Status ResourceServerNotFound(std::string_view resource_server);
absl::Status ResourceServerInUse(std::string_view resource_server, int64_t grants);
absl::Status ScopeInUse(std::string_view scope, std::string_view client_grant);
absl::Status ScopeUnknown(std::string_view scope, std::string_view audience);
absl::Status ClientGrantExists(std::string_view client_grant);
absl::Status ClientGrantNotFound(std::string_view client_grant);
absl::Status ClientInUse(std::string_view client, int64_t grants);
absl::Status ConnectionExists(std::string_view connection_name);
absl::Status ConnectionNotFound(std::string_view connection);
absl::Status ConnectionInUse(std::string_view connection);
absl::Status DomainConnectionsExhausted(int limit);

// --- Access tokens, audit, the server --------------------------------------------------------------------------------
absl::Status ScopeNotHeld(std::string_view scope);
absl::Status AccessTokenOutlivesCaller(absl::Time caller_expire_time);
absl::Status AccessTokenNotFound(std::string_view access_token);
absl::Status AccessTokensExhausted(int limit);
absl::Status AuditEventNotFound(std::string_view audit_event);
absl::Status BackupDisabled();
absl::Status BackupExists(std::string_view backup_id);
// `why` is for operators and may contain paths of the server.
absl::Status BackupFailed(std::string_view why);

// The reason of an error of this catalogue; ERROR_REASON_UNSPECIFIED for any other status.
v1::ErrorReason ReasonOf(const absl::Status& status);

}  // namespace cimd::rpc::errors

#endif  // CIMD_SERVER_ERRORS_ERRORS_H_
