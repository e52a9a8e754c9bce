# Everything of cimd-gateway but the HTTP server.
cimd_library(cimd_gateway_api
  SOURCES access_token.cc backend.cc client_grants_api.cc client_json.cc client_query.cc clients_api.cc connections_api.cc
    decisions_api.cc error_body.cc error_table.cc exchange.cc gateway.cc gateway_options.cc health_endpoints.cc
    json_members.cc json_response.cc list_query.cc message_json.cc resource_servers_api.cc server_metadata_endpoint.cc
    tenant_directory.cc tenant_settings_api.cc tenant_settings_json.cc
  PUBLIC absl::any_invocable absl::flat_hash_map absl::span absl::status absl::statusor absl::synchronization absl::time
    cimd_client cimd_gateway_http cimd_json cimd_proto_grpc
  PRIVATE absl::strings CLI11::CLI11 cimd_crypto cimd_telemetry fmt::fmt)
target_compile_definitions(cimd_gateway_api PRIVATE CIMD_VERSION="${PROJECT_VERSION}")

add_executable(cimd-gateway main.cc)
target_link_libraries(cimd-gateway PRIVATE cimd_gateway_api cimd_telemetry)
