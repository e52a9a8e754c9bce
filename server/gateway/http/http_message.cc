#include "server/gateway/http/http_message.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "nlohmann/json.hpp"

namespace cimd::gateway {

void HttpCancellation::OnCancel(absl::AnyInvocable<void()> callback) {
  {
    absl::MutexLock lock(&mu_);
    if (state_ == State::kFinished) return;
    if (state_ == State::kPending) {
      callback_.swap(callback);
      return;
    }
  }
  callback();
}

void HttpCancellation::Cancel() {
  absl::AnyInvocable<void()> callback;
  {
    absl::MutexLock lock(&mu_);
    if (state_ != State::kPending) return;
    state_ = State::kCancelled;
    callback_.swap(callback);
  }
  if (callback) callback();
}

void HttpCancellation::Finish() {
  // Destroyed after the lock is released: the callback may own the last reference to a large object.
  absl::AnyInvocable<void()> callback;
  absl::MutexLock lock(&mu_);
  if (state_ != State::kPending) return;
  state_ = State::kFinished;
  callback_.swap(callback);
}

const std::string* HttpRequest::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return &value;
  }
  return nullptr;
}

int HttpRequest::HeaderCount(absl::string_view name) const {
  return static_cast<int>(std::count_if(headers.begin(), headers.end(), [name](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, name);
  }));
}

const std::string& HttpRequest::Param(absl::string_view name) const {
  static const std::string* const none = new std::string();
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return *none;
}

const std::string* HttpRequest::QueryValue(absl::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::vector<std::string> HttpRequest::QueryValues(absl::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

absl::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Entity";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

HttpResponse ErrorResponse(int status, absl::string_view message) {
  nlohmann::ordered_json body;
  body["statusCode"] = status;
  body["error"] = std::string(ReasonPhrase(status));
  body["message"] = std::string(message);
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}};
  // Invalid UTF-8 is replaced, because a message may quote the request.
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

}  // namespace cimd::gateway
