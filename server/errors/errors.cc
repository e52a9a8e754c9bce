#include "server/errors/errors.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"
#include "server/text/utf8.h"

namespace cimd::rpc::errors {
namespace {

using Code = absl::StatusCode;
using Metadata = std::initializer_list<std::pair<std::string_view, std::string_view>>;

constexpr std::string_view kDomain = "cimd.v1";
constexpr std::string_view kReasonPrefix = "ERROR_REASON_";
constexpr size_t kMaxQuoted = 256;

// Names of enum values without the prefix of Protobuf's style.
std::string WithoutPrefix(std::string_view name, std::string_view prefix) {
  return std::string(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
}

template <typename Detail>
void Attach(absl::Status& status, const Detail& detail) {
  status.SetPayload("type.googleapis.com/" + detail.GetTypeName(), absl::Cord(detail.SerializeAsString()));
}

// A caller's text for use in messages: without control characters, and cut between characters. The text is valid UTF-8,
// because Protobuf and the JSON parser check that.
std::string Shown(std::string_view text) {
  const std::string_view cut = text::CutUtf8(text, kMaxQuoted);
  std::string shown;
  shown.reserve(cut.size());
  for (char c : cut) {
    if (absl::ascii_iscntrl(c)) {
      shown += fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
    } else {
      shown.push_back(c);
    }
  }
  if (cut.size() < text.size()) shown += "...";
  return shown;
}

absl::Status Make(Code code, v1::ErrorReason reason, const std::string& message, Metadata metadata = {}) {
  google::rpc::ErrorInfo info;
  info.set_reason(WithoutPrefix(v1::ErrorReason_Name(reason), kReasonPrefix));
  info.set_domain(std::string(kDomain));
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[std::string(key)] = Shown(value);
  absl::Status status(code, message);
  Attach(status, info);
  return status;
}

absl::Status WithRetry(absl::Status status, absl::Duration retry_after) {
  google::rpc::RetryInfo retry;
  const int64_t seconds = absl::ToInt64Seconds(retry_after);
  retry.mutable_retry_delay()->set_seconds(seconds);
  retry.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>((retry_after - absl::Seconds(seconds)) / absl::Nanoseconds(1)));
  Attach(status, retry);
  return status;
}

absl::Status WithResource(absl::Status status, std::string_view type, std::string_view name) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type(fmt::format("{}/{}", kDomain, type));
  resource.set_resource_name(Shown(name));
  Attach(status, resource);
  return status;
}

absl::Status WithViolations(absl::Status status, const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    auto* field_violation = bad_request.add_field_violations();
    field_violation->set_field(violation.field);
    field_violation->set_reason(violation.reason);
    field_violation->set_description(Shown(violation.description));
  }
  Attach(status, bad_request);
  return status;
}

// Before the descriptions of warnings among the violations of a request.
constexpr std::string_view kWarningPrefix = "warning: ";

// Findings as violations of a request: "$.redirect_uris[1]" becomes "document.redirect_uris[1]".
template <typename Findings>
std::vector<FieldViolation> Violations(const Findings& findings, std::string_view description_prefix = "") {
  std::vector<FieldViolation> violations;
  for (const v1::Finding& finding : findings) {
    const std::string& path = finding.path();
    // Paths of findings about keys are into the key set.
    const bool in_keys = v1::FindingReason_Name(finding.reason()).starts_with("FINDING_REASON_KEY_");
    std::string field = path.starts_with('$') ? (in_keys ? "jwks" : "document") + path.substr(1) : path;
    violations.push_back({.field = std::move(field),
                          .reason = WithoutPrefix(v1::FindingReason_Name(finding.reason()), "FINDING_REASON_"),
                          .description = fmt::format("{}{}", description_prefix, finding.message())});
  }
  return violations;
}

// "a: b; c: d" with the first violations; BadRequest has all of them.
std::string Summary(const std::vector<FieldViolation>& violations) {
  constexpr size_t kShown = 3;
  std::string summary;
  for (size_t i = 0; i < violations.size() && i < kShown; ++i) {
    summary += fmt::format("{}{}: {}", i == 0 ? "" : "; ", violations[i].field, Shown(violations[i].description));
  }
  if (violations.size() > kShown) summary += fmt::format("; and {} more", violations.size() - kShown);
  return summary;
}

}  // namespace

absl::Status FieldsInvalid(const std::vector<FieldViolation>& violations) {
  return WithViolations(Make(Code::kInvalidArgument, v1::ERROR_REASON_FIELD_INVALID, Summary(violations)), violations);
}

absl::Status MalformedRequest() {
  return FieldsInvalid(
      {{.field = "",
        .reason = "FORMAT",
        .description = "the request is no message of this method's type, or has text that is not UTF-8"}});
}

absl::Status ResourceNameInvalid(std::string_view field, std::string_view name, std::string_view pattern) {
  std::string description = fmt::format("'{}' does not have the form {}", Shown(name), pattern);
  return WithViolations(Make(Code::kInvalidArgument, v1::ERROR_REASON_RESOURCE_NAME_INVALID,
                             fmt::format("{}: {}", field, description), {{"field", field}, {"value", name}}),
                        {{.field = std::string(field), .reason = "FORMAT", .description = description}});
}

absl::Status PageTokenInvalid() {
  return Make(Code::kInvalidArgument, v1::ERROR_REASON_PAGE_TOKEN_INVALID,
              "page_token was not made by this server for this request; begin again without one");
}

absl::Status UpdateMaskInvalid(std::string_view path) {
  return Make(Code::kInvalidArgument, v1::ERROR_REASON_UPDATE_MASK_INVALID,
              fmt::format("update_mask: there is no field '{}'", Shown(path)), {{"path", path}});
}

absl::Status FieldNotEditable(std::string_view path) {
  return Make(Code::kInvalidArgument, v1::ERROR_REASON_FIELD_NOT_EDITABLE,
              fmt::format("update_mask: '{}' cannot be changed by an update", Shown(path)), {{"path", path}});
}

absl::Status RequestIdReused(std::string_view request_id) {
  return Make(Code::kInvalidArgument, v1::ERROR_REASON_REQUEST_ID_REUSED,
              fmt::format("request_id '{}' was used for another request in the last 24 hours", Shown(request_id)),
              {{"request_id", request_id}});
}

absl::Status EtagMismatch(std::string_view resource, std::string_view etag) {
  return Make(Code::kAborted, v1::ERROR_REASON_ETAG_MISMATCH,
              fmt::format("{} has changed since etag '{}' was read; read it again", Shown(resource), Shown(etag)),
              {{"resource", resource}, {"etag", etag}});
}

absl::Status AccessTokenInvalid() {
  return Make(Code::kUnauthenticated, v1::ERROR_REASON_ACCESS_TOKEN_INVALID,
              "a valid access token is needed: send it as metadata 'authorization: Bearer ...'");
}

absl::Status ScopeInsufficient(std::string_view method, std::string_view scopes) {
  return Make(Code::kPermissionDenied, v1::ERROR_REASON_SCOPE_INSUFFICIENT,
              fmt::format("Insufficient scope, expected any of: {}", scopes), {{"scope", scopes}, {"method", method}});
}

absl::Status TenantForbidden() {
  return Make(Code::kPermissionDenied, v1::ERROR_REASON_TENANT_FORBIDDEN,
              "the access token is bound to another tenant than the one that the request names");
}

absl::Status TenantRequired() {
  return Make(Code::kInvalidArgument, v1::ERROR_REASON_TENANT_REQUIRED,
              "the access token is bound to no tenant, so the request has to name one");
}

absl::Status PlatformOnly(std::string_view method) {
  return Make(Code::kPermissionDenied, v1::ERROR_REASON_METHOD_FORBIDDEN,
              fmt::format("{} needs an access token that is bound to no tenant", method), {{"method", method}});
}

absl::Status TenantAddressesForbidden(std::string_view method) {
  return Make(Code::kPermissionDenied, v1::ERROR_REASON_METHOD_FORBIDDEN,
              "changing the hosts and paths for which a tenant answers (tenant.issuer, tenant.domains) needs an access "
              "token that is bound to no tenant",
              {{"method", method}});
}

absl::Status Overloaded(absl::Duration retry_after) {
  return WithRetry(Make(Code::kResourceExhausted, v1::ERROR_REASON_OVERLOADED,
                        "too many calls are under way; try again in a moment"),
                   retry_after);
}

absl::Status RateLimited(std::string_view call_class, double per_second, absl::Duration retry_after) {
  const std::string limit = fmt::format("{:g}", per_second);
  return WithRetry(Make(Code::kResourceExhausted, v1::ERROR_REASON_RATE_LIMITED,
                        fmt::format("more than {} {} calls a second; slow down", limit, call_class),
                        {{"limit", limit}, {"class", call_class}}),
                   retry_after);
}

absl::Status CursorInvalid() {
  return Make(Code::kInvalidArgument, v1::ERROR_REASON_CURSOR_INVALID,
              "cursor was not made by this server for this watch; list, and watch from the list's cursor");
}

absl::Status CursorExpired() {
  return Make(Code::kOutOfRange, v1::ERROR_REASON_CURSOR_EXPIRED,
              "the changes after the cursor are no longer kept; list again, and watch from the list's cursor");
}

absl::Status WatchTooSlow() {
  return Make(Code::kResourceExhausted, v1::ERROR_REASON_WATCH_TOO_SLOW,
              "the changes were read too slowly; resume from the last cursor");
}

absl::Status TooManyStreams(int limit) {
  const std::string text = std::to_string(limit);
  return Make(Code::kResourceExhausted, v1::ERROR_REASON_TOO_MANY_STREAMS,
              fmt::format("{} streams are open, and more may not be", text), {{"limit", text}});
}

absl::Status Contention() {
  return Make(Code::kAborted, v1::ERROR_REASON_CONTENTION,
              "concurrent changes of the same resource kept winning; nothing was changed, try again");
}

absl::Status DeadlineExceeded() {
  return Make(Code::kDeadlineExceeded, v1::ERROR_REASON_DEADLINE_EXCEEDED,
              "the deadline passed before the work was done");
}

absl::Status ShuttingDown() {
  return Make(Code::kUnavailable, v1::ERROR_REASON_SHUTTING_DOWN, "the server is shutting down");
}

absl::Status Internal() {
  return Make(Code::kInternal, v1::ERROR_REASON_INTERNAL, "an internal error; the server's log has the details");
}

absl::Status ResourceTooLarge(std::string_view field, size_t bytes, size_t limit) {
  const std::string size = std::to_string(bytes);
  const std::string most = std::to_string(limit);
  const std::string text =
      fmt::format("would be stored as {} bytes; the limit is {}: shorten its lists or texts", size, most);
  return WithViolations(Make(Code::kInvalidArgument, v1::ERROR_REASON_RESOURCE_TOO_LARGE,
                             fmt::format("{} {}", field, text), {{"field", field}, {"bytes", size}, {"limit", most}}),
                        {{.field = std::string(field), .reason = "TOO_LONG", .description = text}});
}

absl::Status FromStore(const absl::Status& status) {
  switch (status.code()) {
    case Code::kInvalidArgument:
      return Make(Code::kInvalidArgument, v1::ERROR_REASON_RESOURCE_TOO_LARGE,
                  "the change is larger than what the store takes in one commit; nothing was changed");
    case Code::kAborted:
      return Contention();
    case Code::kUnavailable:
      return Make(Code::kUnavailable, v1::ERROR_REASON_STORAGE_FAILED,
                  "the storage engine does not work at the moment, and the server's log says why; nothing was changed");
    case Code::kResourceExhausted:
      return Make(Code::kUnavailable, v1::ERROR_REASON_STORAGE_FAILED,
                  "the server's disk has too little space left; nothing was changed");
    case Code::kDataLoss:
      return Make(Code::kInternal, v1::ERROR_REASON_STORAGE_FAILED,
                  "stored data is damaged; `cimdctl admin check` says where, and a backup has it whole");
    case Code::kUnknown:
      return Make(Code::kInternal, v1::ERROR_REASON_STORAGE_FAILED,
                  "the storage engine failed in the middle of a write; the server has to be restarted, and then it "
                  "shows whether the change was made");
    default:
      return Make(Code::kInternal, v1::ERROR_REASON_STORAGE_FAILED, "the storage engine failed");
  }
}

absl::Status TenantNotFound(std::string_view tenant) {
  return WithResource(Make(Code::kNotFound, v1::ERROR_REASON_TENANT_NOT_FOUND,
                           fmt::format("there is no tenant '{}'", Shown(tenant)), {{"tenant", tenant}}),
                      "Tenant", fmt::format("tenants/{}", tenant));
}

absl::Status DomainNotFound(std::string_view domain, std::string_view issuer_path) {
  std::string address = fmt::format("{}{}", domain, issuer_path);
  return WithResource(Make(Code::kNotFound, v1::ERROR_REASON_TENANT_NOT_FOUND,
                           fmt::format("no tenant answers for '{}'", Shown(address)), {{"domain", address}}),
                      "Tenant", address);
}

absl::Status TenantExists(std::string_view tenant) {
  return WithResource(Make(Code::kAlreadyExists, v1::ERROR_REASON_TENANT_EXISTS,
                           fmt::format("there already is a tenant '{}'", Shown(tenant)), {{"tenant", tenant}}),
                      "Tenant", fmt::format("tenants/{}", tenant));
}

absl::Status TenantNotEmpty(std::string_view tenant) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_TENANT_NOT_EMPTY,
              fmt::format("tenant '{}' still has clients; delete them first, or set force", Shown(tenant)),
              {{"tenant", tenant}});
}

absl::Status TenantBeingDeleted(std::string_view tenant) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_TENANT_BEING_DELETED,
              fmt::format("tenant '{}' is being deleted", Shown(tenant)), {{"tenant", tenant}});
}

absl::Status DomainTaken(std::string_view domain) {
  return Make(Code::kAlreadyExists, v1::ERROR_REASON_DOMAIN_TAKEN,
              fmt::format("another tenant already answers for '{}'", Shown(domain)), {{"domain", domain}});
}

absl::Status CimdDisabled(std::string_view tenant) {
  return Make(
      Code::kFailedPrecondition, v1::ERROR_REASON_CIMD_DISABLED,
      fmt::format(
          "tenant '{}' does not accept Client ID Metadata Documents: client_id_metadata_document_supported is false",
          Shown(tenant)),
      {{"tenant", tenant}});
}

absl::Status ServerMetadataIncomplete(std::string_view tenant, std::string_view field) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_SERVER_METADATA_INCOMPLETE,
              fmt::format("tenant '{}' has no {} yet, so there is no metadata to publish", Shown(tenant), field),
              {{"tenant", tenant}, {"field", field}});
}

absl::Status ClientNotFound(std::string_view client) {
  return WithResource(Make(Code::kNotFound, v1::ERROR_REASON_CLIENT_NOT_FOUND,
                           fmt::format("there is no client '{}'", Shown(client)), {{"client", client}}),
                      "Client", client);
}

absl::Status ClientUrlNotFound(std::string_view external_client_id) {
  return WithResource(Make(Code::kNotFound, v1::ERROR_REASON_CLIENT_NOT_FOUND,
                           fmt::format("no client is registered for exactly this URL: {}", Shown(external_client_id)),
                           {{"external_client_id", external_client_id}}),
                      "Client", external_client_id);
}

absl::Status ClientIdUrlInvalid(std::string_view external_client_id, const v1::Validation& validation) {
  std::vector<FieldViolation> violations = Violations(validation.violations());
  return WithViolations(Make(Code::kInvalidArgument, v1::ERROR_REASON_CLIENT_ID_URL_INVALID,
                             fmt::format("Invalid external_client_id: {}", Summary(violations)),
                             {{"external_client_id", external_client_id}}),
                        violations);
}

absl::Status ClientBlocked(std::string_view external_client_id) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_CLIENT_BLOCKED,
              fmt::format("the client identifier URL is blocked in this tenant: {}", Shown(external_client_id)),
              {{"external_client_id", external_client_id}});
}

absl::Status BlockNotFound(std::string_view external_client_id) {
  return WithResource(
      Make(Code::kNotFound, v1::ERROR_REASON_BLOCK_NOT_FOUND,
           fmt::format("the client identifier URL is not blocked in this tenant: {}", Shown(external_client_id)),
           {{"external_client_id", external_client_id}}),
      "ClientBlock", external_client_id);
}

absl::Status ClientPinned(std::string_view client, int64_t version) {
  std::string text = fmt::format("{}", version);
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_CLIENT_PINNED,
              fmt::format("{} is pinned to document version {}; unpin it to apply another", Shown(client), text),
              {{"client", client}, {"version", text}});
}

absl::Status ClientNotPinned(std::string_view client) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_CLIENT_NOT_PINNED,
              fmt::format("{} is not pinned", Shown(client)), {{"client", client}});
}

absl::Status ClientHasNoKeys(std::string_view client) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_CLIENT_HAS_NO_KEYS,
              fmt::format("{} does not authenticate with keys", Shown(client)), {{"client", client}});
}

absl::Status DocumentInvalid(std::string_view external_client_id, std::string_view sha256,
                             const v1::Validation& validation) {
  std::vector<FieldViolation> violations = Violations(validation.violations());
  const std::string summary = Summary(violations);
  // What was left out of the document is often the cause of a violation.
  for (FieldViolation& warning : Violations(validation.warnings(), kWarningPrefix)) {
    violations.push_back(std::move(warning));
  }
  return WithViolations(
      Make(Code::kInvalidArgument, v1::ERROR_REASON_DOCUMENT_INVALID,
           fmt::format("The Client Metadata document at {} cannot be applied. {}", Shown(external_client_id), summary),
           {{"external_client_id", external_client_id}, {"document_sha256", sha256}}),
      violations);
}

absl::Status DocumentChanged(std::string_view expected, std::string_view actual) {
  return Make(Code::kAborted, v1::ERROR_REASON_DOCUMENT_CHANGED,
              fmt::format("the document is not the one that was expected: its SHA-256 is {}, not {}; preview it again",
                          actual, Shown(expected)),
              {{"expected", expected}, {"actual", actual}});
}

absl::Status DocumentNotFound(std::string_view document) {
  return WithResource(Make(Code::kNotFound, v1::ERROR_REASON_DOCUMENT_NOT_FOUND,
                           fmt::format("there is no document version '{}'", Shown(document)), {{"document", document}}),
                      "MetadataDocument", document);
}

absl::Status DocumentNotFetched(std::string_view external_client_id, const v1::FetchFailure& failure) {
  std::string kind = WithoutPrefix(v1::FetchFailureKind_Name(failure.kind()), "FETCH_FAILURE_KIND_");
  std::string reason = WithoutPrefix(v1::FetchFailureReason_Name(failure.reason()), "FETCH_FAILURE_REASON_");
  return Make(
      Code::kFailedPrecondition, v1::ERROR_REASON_DOCUMENT_NOT_FETCHED,
      fmt::format("The Client Metadata at {} could not be retrieved. {}", Shown(external_client_id), failure.message()),
      {{"external_client_id", external_client_id}, {"kind", kind}, {"reason", reason}});
}

absl::Status ResourceServerExists(std::string_view identifier) {
  return WithResource(Make(Code::kAlreadyExists, v1::ERROR_REASON_RESOURCE_SERVER_EXISTS,
                           fmt::format("there already is an API with the identifier '{}'", Shown(identifier)),
                           {{"identifier", identifier}}),
                      "ResourceServer", identifier);
}

absl::Status ResourceServerNotFound(std::string_view resource_server) {
  return WithResource(
      Make(Code::kNotFound, v1::ERROR_REASON_RESOURCE_SERVER_NOT_FOUND,
           fmt::format("there is no API '{}'", Shown(resource_server)), {{"resource_server", resource_server}}),
      "ResourceServer", resource_server);
}

absl::Status ResourceServerInUse(std::string_view resource_server, int64_t grants) {
  const std::string count = std::to_string(grants);
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_RESOURCE_SERVER_IN_USE,
              fmt::format("{} has {} client grants; delete them first, or set force", Shown(resource_server), count),
              {{"resource_server", resource_server}, {"grants", count}});
}

absl::Status ScopeInUse(std::string_view scope, std::string_view client_grant) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_SCOPE_IN_USE,
              fmt::format("scope '{}' cannot be removed: {} names it", Shown(scope), Shown(client_grant)),
              {{"scope", scope}, {"client_grant", client_grant}});
}

absl::Status ScopeUnknown(std::string_view scope, std::string_view audience) {
  return Make(Code::kInvalidArgument, v1::ERROR_REASON_SCOPE_UNKNOWN,
              fmt::format("the API '{}' has no scope '{}'", Shown(audience), Shown(scope)),
              {{"scope", scope}, {"audience", audience}});
}

absl::Status ClientGrantExists(std::string_view client_grant) {
  return WithResource(
      Make(Code::kAlreadyExists, v1::ERROR_REASON_CLIENT_GRANT_EXISTS,
           fmt::format("there already is a grant for this client, API and subject type: {}", Shown(client_grant)),
           {{"client_grant", client_grant}}),
      "ClientGrant", client_grant);
}

absl::Status ClientGrantNotFound(std::string_view client_grant) {
  return WithResource(
      Make(Code::kNotFound, v1::ERROR_REASON_CLIENT_GRANT_NOT_FOUND,
           fmt::format("there is no client grant '{}'", Shown(client_grant)), {{"client_grant", client_grant}}),
      "ClientGrant", client_grant);
}

absl::Status ClientInUse(std::string_view client, int64_t grants) {
  const std::string count = std::to_string(grants);
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_CLIENT_IN_USE,
              fmt::format("{} has {} client grants; delete them first, or set force", Shown(client), count),
              {{"client", client}, {"grants", count}});
}

absl::Status ConnectionExists(std::string_view connection_name) {
  return WithResource(Make(Code::kAlreadyExists, v1::ERROR_REASON_CONNECTION_EXISTS,
                           fmt::format("there already is a connection named '{}'", Shown(connection_name)),
                           {{"connection_name", connection_name}}),
                      "Connection", connection_name);
}

absl::Status ConnectionNotFound(std::string_view connection) {
  return WithResource(Make(Code::kNotFound, v1::ERROR_REASON_CONNECTION_NOT_FOUND,
                           fmt::format("there is no connection '{}'", Shown(connection)), {{"connection", connection}}),
                      "Connection", connection);
}

absl::Status ConnectionInUse(std::string_view connection) {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_CONNECTION_IN_USE,
              fmt::format("{} is the last connection at domain level, and clients are registered whose users log in "
                          "through it; promote another one first, or set force",
                          Shown(connection)),
              {{"connection", connection}});
}

absl::Status DomainConnectionsExhausted(int limit) {
  const std::string text = std::to_string(limit);
  return Make(Code::kResourceExhausted, v1::ERROR_REASON_DOMAIN_CONNECTIONS_EXHAUSTED,
              fmt::format("a tenant has at most {} connections at domain level", text), {{"limit", text}});
}

absl::Status ScopeNotHeld(std::string_view scope) {
  return Make(Code::kPermissionDenied, v1::ERROR_REASON_SCOPE_NOT_HELD,
              fmt::format("the scope '{}' cannot be given by a caller that does not hold it", Shown(scope)),
              {{"scope", scope}});
}

absl::Status AccessTokenOutlivesCaller(absl::Time caller_expire_time) {
  const std::string time = absl::FormatTime(absl::RFC3339_sec, caller_expire_time, absl::UTCTimeZone());
  return Make(Code::kPermissionDenied, v1::ERROR_REASON_ACCESS_TOKEN_OUTLIVES_CALLER,
              fmt::format("your own credential ends at {}; give the token an expire_time that is not later", time),
              {{"caller_expire_time", time}});
}

absl::Status AccessTokenNotFound(std::string_view access_token) {
  return Make(Code::kNotFound, v1::ERROR_REASON_ACCESS_TOKEN_NOT_FOUND,
              fmt::format("there is no access token {}", Shown(access_token)), {{"access_token", access_token}});
}

absl::Status AccessTokensExhausted(int limit) {
  const std::string text = std::to_string(limit);
  return Make(Code::kResourceExhausted, v1::ERROR_REASON_ACCESS_TOKENS_EXHAUSTED,
              fmt::format("there can be at most {} access tokens in use", text), {{"limit", text}});
}

absl::Status AuditEventNotFound(std::string_view audit_event) {
  return Make(Code::kNotFound, v1::ERROR_REASON_AUDIT_EVENT_NOT_FOUND,
              fmt::format("there is no audit event {}", Shown(audit_event)), {{"audit_event", audit_event}});
}

absl::Status BackupDisabled() {
  return Make(Code::kFailedPrecondition, v1::ERROR_REASON_BACKUP_DISABLED,
              "the server was started without --backup_dir, so there is no place for a backup");
}

absl::Status BackupExists(std::string_view backup_id) {
  return Make(Code::kAlreadyExists, v1::ERROR_REASON_BACKUP_EXISTS,
              fmt::format("there is a backup '{}' already", Shown(backup_id)), {{"backup_id", backup_id}});
}

absl::Status BackupFailed(std::string_view why) {
  return Make(Code::kInternal, v1::ERROR_REASON_STORAGE_FAILED,
              fmt::format("the backup could not be made, and nothing is left of it: {}", Shown(why)));
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  auto payload = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  google::rpc::ErrorInfo info;
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  if (payload && info.ParseFromString(std::string(*payload))) {
    v1::ErrorReason_Parse(fmt::format("{}{}", kReasonPrefix, info.reason()), &reason);
  }
  return reason;
}

}  // namespace cimd::rpc::errors
