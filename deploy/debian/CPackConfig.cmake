# What does not change about the package; deploy/package says the rest.
set(CPACK_PACKAGE_NAME cimd)
set(CPACK_PACKAGE_VENDOR cimd)
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(CPACK_PACKAGE_FILE_NAME cimd)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "control plane for OAuth clients that identify themselves by a URL")
set(CPACK_PACKAGE_DESCRIPTION "Lets an OAuth authorization server accept clients that identify themselves by a Client ID Metadata
Document: an HTTPS URL with the client's registration behind it. Has a gRPC server (cimd-server), an HTTP gateway
(cimd-gateway) and a command line (cimdctl).")
