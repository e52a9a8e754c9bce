#ifndef CIMD_SERVER_RPC_REQUEST_VALIDATOR_H_
#define CIMD_SERVER_RPC_REQUEST_VALIDATOR_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/errors/errors.h"

namespace cimd::services {

// Collects all violations in the fields of one request, so that the caller gets them in one answer. The values come
// from callers. Lengths are in bytes unless the name says otherwise. Not thread-safe.
class RequestValidator {
 public:
  void Require(std::string_view field, bool present);
  void MaxBytes(std::string_view field, std::string_view value, size_t max);
  // Counts Unicode characters.
  void MaxCharacters(std::string_view field, std::string_view value, size_t max);
  void MaxElements(std::string_view field, size_t count, size_t max);
  void InRange(std::string_view field, int64_t value, int64_t min, int64_t max);
  void OneOf(std::string_view field, std::string_view value, std::initializer_list<std::string_view> allowed);
  // An absolute https URL without userinfo, blanks or fragment; or empty.
  void HttpsUrl(std::string_view field, std::string_view value);
  // scheme://host[:port] with https, or http to a loopback host.
  void WebOrigin(std::string_view field, std::string_view value);
  // A host name: lower-case labels, without port.
  void HostName(std::string_view field, std::string_view value);
  // 64 hexadecimal digits; or empty.
  void Sha256Hex(std::string_view field, std::string_view value);
  // 8-4-4-4-12 hexadecimal digits.
  void Uuid(std::string_view field, std::string_view value);
  void PageSize(int32_t value) { InRange("page_size", value, 0, INT32_MAX); }

  void Add(std::string_view field, std::string_view reason, std::string description);

  // OK, or INVALID_ARGUMENT FIELD_INVALID with all violations.
  absl::Status status() const;

 private:
  std::vector<rpc::errors::FieldViolation> violations_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_RPC_REQUEST_VALIDATOR_H_
