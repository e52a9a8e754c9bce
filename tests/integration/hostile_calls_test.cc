// What a caller can send over gRPC: empty requests, extreme values, bytes that are no message, oversized messages and
// HTTP/2 without gRPC. Every method must answer with an error of this API, and the server must keep running.
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "client/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/rpc/method_table.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::IsOk;

const MethodDescriptor& DescriptorOf(const rpc::Method& method) {
  std::string name(method.name);
  std::replace(name.begin(), name.end(), '/', '.');
  const MethodDescriptor* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (descriptor == nullptr) ADD_FAILURE() << "no such method: " << name;
  return *descriptor;
}

// Sends the given bytes as the request of a method, or no request.
class RawCaller {
 public:
  explicit RawCaller(testing::TestServer& server) : server_(server), stub_(server.channel()) {}

  // Returns the status of the call. A stream that was opened counts as OK and is cancelled.
  absl::Status Call(const rpc::Method& method, const std::optional<std::string>& bytes) {
    const bool streams = DescriptorOf(method).server_streaming();
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + server_.token());
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(streams ? 500 : 20'000));
    grpc::CompletionQueue queue;
    const auto next = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      queue.Next(&tag, &ok);
      return ok;
    };
    auto call = stub_.PrepareCall(&context, "/" + std::string(method.name), &queue);
    call->StartCall(nullptr);
    next();
    if (bytes.has_value()) {
      const grpc::Slice slice(*bytes);
      call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    } else {
      call->WritesDone(nullptr);
    }
    next();
    grpc::ByteBuffer response;
    bool opened = false;
    call->Read(&response, nullptr);
    while (next()) {
      opened = streams;
      if (opened) context.TryCancel();
      call->Read(&response, nullptr);
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    next();
    opened = opened || (streams && status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
    return opened ? absl::OkStatus() : client::FromGrpcStatus(status);
  }

 private:
  testing::TestServer& server_;
  grpc::GenericStub stub_;
};

class HostileCallsTest : public ::testing::Test {
 protected:
  // The methods that the server implements. For other methods the server does not read the request.
  std::vector<rpc::Method> Served() {
    std::vector<rpc::Method> served;
    for (const rpc::Method& method : rpc::kMethodTable) {
      if (caller_.Call(method, "").code() != absl::StatusCode::kUnimplemented) served.push_back(method);
    }
    EXPECT_GE(served.size(), 45u);
    return served;
  }
  void ExpectThatTheServerGoesOn() {
    v1::ListClientsRequest request;
    request.set_parent("tenants/default");
    EXPECT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::ListClients, request), IsOk());
  }
  uint16_t port() const {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(server_.address().substr(server_.address().rfind(':') + 1), &port));
    return static_cast<uint16_t>(port);
  }

  testing::TestServer server_;
  RawCaller caller_{server_};
};

// OK or an error with a reason of this API. Internal errors and errors that a library made do not match.
MATCHER(IsAProperAnswer, "is a proper answer") {
  *result_listener << arg.ToString();
  if (arg.ok()) return true;
  const auto code = arg.code();
  return code != absl::StatusCode::kInternal && code != absl::StatusCode::kUnknown &&
         code != absl::StatusCode::kUnimplemented && code != absl::StatusCode::kUnavailable &&
         !client::ReasonOf(arg).empty();
}

// Returns a request that passes the first checks. It names an existing tenant and resources that do not exist in it.
std::unique_ptr<Message> PlausibleRequest(const Descriptor& type);

void FillNames(Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  const std::string name_of = type.name();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) continue;
    if (field.name() == "parent") message.GetReflection()->SetString(&message, &field, "tenants/default");
    if (field.name() != "name" || field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
    std::string name = "tenants/nobody";
    if (name_of.find("ResourceServer") != name_of.npos)
      name = "tenants/default/resourceServers/rs_0000000000000000000000";
    if (name_of.find("ClientGrant") != name_of.npos) name = "tenants/default/clientGrants/cgr_0000000000000000000000";
    if (name_of.find("Connection") != name_of.npos) name = "tenants/default/connections/con_0000000000000000000000";
    if (name_of.find("Client") != name_of.npos && name_of.find("Grant") == name_of.npos) {
      name = "tenants/default/clients/tpc_0000000000000000000000";
    }
    message.GetReflection()->SetString(&message, &field, name);
  }
}

std::unique_ptr<Message> PlausibleRequest(const Descriptor& type) {
  const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type);
  std::unique_ptr<Message> message(prototype->New());
  FillNames(*message);
  return message;
}

// Calls `visit` for every field of a plausible request, down to four levels, with the message that has the field.
// Changes that `visit` makes to the request do not affect other visits.
using Visit =
    std::function<void(Message& request, Message& holder, const FieldDescriptor& field, const std::string& path)>;
using Step = std::function<Message*(Message&)>;

void VisitFields(const Descriptor& request_type, const Descriptor& type, const std::vector<Step>& steps,
                 const std::string& path, const Visit& visit) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string field_path = path + "." + field.name();
    const std::unique_ptr<Message> request = PlausibleRequest(request_type);
    Message* holder = request.get();
    for (const Step& step : steps) holder = step(*holder);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      visit(*request, *holder, field, field_path);
    } else if (steps.size() < 4) {
      std::vector<Step> deeper = steps;
      deeper.push_back([&field](Message& message) {
        const auto* reflection = message.GetReflection();
        Message* inner = field.is_repeated() ? reflection->AddMessage(&message, &field)
                                             : reflection->MutableMessage(&message, &field);
        // Map entries have no resource names.
        if (!field.is_map()) FillNames(*inner);
        return inner;
      });
      VisitFields(request_type, *field.message_type(), deeper, field_path, visit);
    }
  }
}

void VisitFields(const Descriptor& request_type, const Visit& visit) {
  VisitFields(request_type, request_type, {}, "", visit);
}

void SetText(Message& message, const FieldDescriptor& field, const std::string& value) {
  const auto* reflection = message.GetReflection();
  field.is_repeated() ? reflection->AddString(&message, &field, value) : reflection->SetString(&message, &field, value);
}

TEST_F(HostileCallsTest, RequestsWithoutAnyField) {
  for (const rpc::Method& method : Served()) {
    EXPECT_THAT(caller_.Call(method, ""), IsAProperAnswer()) << method.name;
  }
}

TEST_F(HostileCallsTest, TextThatIsTooLongOrOdd) {
  std::string accents;
  for (int i = 0; i < 5000; ++i) accents += "\xc3\xa9";
  const std::string kTexts[] = {std::string(10 * 1024, 'a'),
                                accents,
                                "x" + accents,
                                std::string("a\0b", 3),
                                "\x01\x1b[2J\x7f\r\n",
                                "\xe2\x80\xae\xef\xbb\xbf\xf0\x9f\x92\xa9",
                                "../../etc/passwd",
                                "tenants/default/clients/../../nobody",
                                "%00%2e%2e",
                                "*",
                                "-",
                                " "};
  int fields = 0;
  for (const rpc::Method& method : Served()) {
    VisitFields(*DescriptorOf(method).input_type(),
                [&](Message& request, Message& holder, const FieldDescriptor& field, const std::string& path) {
                  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return;
                  ++fields;
                  for (const std::string& text : kTexts) {
                    SetText(holder, field, text);
                    EXPECT_THAT(caller_.Call(method, request.SerializeAsString()), IsAProperAnswer())
                        << method.name << path << " = " << ::testing::PrintToString(text.substr(0, 40));
                    if (field.is_repeated()) holder.GetReflection()->ClearField(&holder, &field);
                  }
                });
  }
  EXPECT_GT(fields, 200);
}

TEST_F(HostileCallsTest, TextThatIsNotUtf8) {
  // A valid text that is replaced by the invalid bytes after serialization.
  const std::string kPlaceholder = "qzqz";
  for (const rpc::Method& method : Served()) {
    VisitFields(*DescriptorOf(method).input_type(), [&](Message& request, Message& holder, const FieldDescriptor& field,
                                                        const std::string& path) {
      if (field.type() != FieldDescriptor::TYPE_STRING) return;
      SetText(holder, field, kPlaceholder);
      for (const std::string text : {"\xff\xfe\xfd\xfc", "a\xc3(b", "\xed\xa0\x80x", "\xc0\x80zz"}) {
        const std::string bytes = absl::StrReplaceAll(request.SerializeAsString(), {{kPlaceholder, text}});
        EXPECT_THAT(caller_.Call(method, bytes), testing::Fails(absl::StatusCode::kInvalidArgument, "FIELD_INVALID"))
            << method.name << path;
      }
    });
  }
}

TEST_F(HostileCallsTest, NumbersAtTheirEndsAndUnknownValues) {
  for (const rpc::Method& method : Served()) {
    VisitFields(*DescriptorOf(method).input_type(), [&](Message& request, Message& holder, const FieldDescriptor& field,
                                                        const std::string& path) {
      const auto* reflection = holder.GetReflection();
      const auto call = [&] {
        EXPECT_THAT(caller_.Call(method, request.SerializeAsString()), IsAProperAnswer()) << method.name << path;
      };
      for (const bool lowest : {false, true}) {
        const auto end = [&](auto zero) {
          using Limits = std::numeric_limits<decltype(zero)>;
          return lowest ? Limits::lowest() : Limits::max();
        };
        if (field.is_repeated()) {
          if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return;
          for (int i = 0; i < 2000; ++i) reflection->AddEnumValue(&holder, &field, end(int32_t{0}) + i * lowest);
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
          reflection->SetInt32(&holder, &field, end(int32_t{0}));
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
          reflection->SetInt64(&holder, &field, end(int64_t{0}));
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
          reflection->SetUInt64(&holder, &field, end(uint64_t{0}));
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
          reflection->SetDouble(&holder, &field, lowest ? std::numeric_limits<double>::quiet_NaN() : end(double{0}));
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
          reflection->SetEnumValue(&holder, &field, end(int32_t{0}));
        } else {
          return;
        }
        call();
      }
    });
  }
}

TEST_F(HostileCallsTest, MalformedMessages) {
  const std::string kMalformed[] = {"\xff",
                                    std::string("\x00\x00", 2),
                                    "\x0f",
                                    "\x0b",
                                    "\x0a\x7f",
                                    "\x0a\xff\xff\xff\xff\xff\x0f",
                                    std::string(4096, '\xff'),
                                    "\x0a\x05"
                                    "ab",
                                    "not a message"};
  for (const rpc::Method& method : rpc::kMethodTable) {
    for (const std::string& bytes : kMalformed) {
      EXPECT_THAT(caller_.Call(method, bytes), testing::Fails(absl::StatusCode::kInvalidArgument, "FIELD_INVALID"))
          << method.name << " " << ::testing::PrintToString(bytes.substr(0, 20));
    }
  }
  ExpectThatTheServerGoesOn();
}

TEST_F(HostileCallsTest, CallsWithoutARequest) {
  for (const rpc::Method& method : rpc::kMethodTable) {
    const absl::Status status = caller_.Call(method, std::nullopt);
    // A stream without a message counts as opened.
    EXPECT_TRUE(!status.ok() || DescriptorOf(method).server_streaming()) << method.name;
  }
  ExpectThatTheServerGoesOn();
}

// Unknown fields, for example from a later API version, are ignored.
TEST_F(HostileCallsTest, UnknownFields) {
  const std::string kUnknown =
      "\xf8\xff\xff\xff\x0f\x01"
      "\xfa\xff\xff\xff\x0f\x03"
      "abc"
      "\xfb\xff\xff\xff\x0f\xfc\xff\xff\xff\x0f";
  for (const rpc::Method& method : Served()) {
    const absl::Status known = caller_.Call(method, "");
    const absl::Status unknown = caller_.Call(method, kUnknown);
    EXPECT_EQ(unknown.code(), known.code()) << method.name;
    EXPECT_EQ(unknown.message(), known.message()) << method.name;
  }
}

TEST_F(HostileCallsTest, MessagesThatAreTooLarge) {
  const std::string kLarge(5 << 20, 'a');
  for (const rpc::Method& method : rpc::kMethodTable) {
    // The server does not read the message, so it cannot send error details.
    EXPECT_EQ(caller_.Call(method, kLarge).code(), absl::StatusCode::kResourceExhausted) << method.name;
  }
  ExpectThatTheServerGoesOn();
}

TEST_F(HostileCallsTest, MetadataThatIsTooLarge) {
  for (const auto& [key, value] : {std::pair<std::string, std::string>("authorization", std::string(100 << 10, 'a')),
                                   {"x-padding", std::string(100 << 10, 'a')}}) {
    // Use a separate connection: the server may close it at any later moment.
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto stub = v1::RegistrationService::NewStub(
        grpc::CreateCustomChannel(server_.address(), grpc::InsecureChannelCredentials(), arguments));
    grpc::ClientContext context;
    context.AddMetadata(key, value);
    v1::ListClientsResponse response;
    EXPECT_FALSE(stub->ListClients(&context, v1::ListClientsRequest(), &response).ok());
  }
  // A token within the size limit is merely an unknown token.
  for (const std::string& token : {std::string(4000, 'a'), std::string("Bearer"), std::string("Bearer Bearer")}) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", token);
    v1::ListClientsResponse response;
    const grpc::Status status = server_.registration().ListClients(&context, v1::ListClientsRequest(), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << token.substr(0, 20);
  }
  ExpectThatTheServerGoesOn();
}

TEST_F(HostileCallsTest, BytesThatAreNotGrpc) {
  const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), std::string("POST / HTTP/1.0\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string(100000, '\0'),
        kPreface + std::string(100000, '\xff'),
        kPreface + std::string("\x00\x00\x00\x04\x00\x00\x00\x00\x00", 9) +
            // A header block that refers to an entry that the dynamic table does not have.
            std::string("\x00\x00\x04\x01\x05\x00\x00\x00\x01\xff\xff\xff\x7f", 13)}) {
    testing::RawHttpClient client(port());
    ASSERT_TRUE(client.connected());
    client.Send(bytes);
    client.CloseSending();
    client.ReadToEnd();
    ExpectThatTheServerGoesOn();
  }
}

size_t CollectHeader(char* data, size_t size, size_t count, void* headers) {
  static_cast<std::string*>(headers)->append(data, size * count);
  return size * count;
}
size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

// HTTP/2 requests that are not gRPC, as a web page or a proxy would send them.
TEST_F(HostileCallsTest, OtherHttp2) {
  for (const char* content_type : {"text/plain", "application/json", "application/grpc-web+proto", ""}) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), &curl_easy_cleanup);
    const std::string url = "http://" + server_.address() + "/cimd.v1.RegistrationService/ListClients";
    const std::string type = std::string("content-type: ") + content_type;
    curl_slist* const headers = curl_slist_append(nullptr, type.c_str());
    std::string answer;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, "{}");
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, &CollectHeader);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Discard);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_perform(curl.get());
    curl_slist_free_all(headers);
    EXPECT_THAT(answer, ::testing::Not(::testing::HasSubstr("grpc-status: 0"))) << content_type;
    EXPECT_THAT(answer, ::testing::Not(::testing::HasSubstr("access-control"))) << content_type;
    ExpectThatTheServerGoesOn();
  }
}

}  // namespace
}  // namespace cimd
