#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace ledd::dicom_network {

/// Whom to call: AET@HOST:PORT.
struct Peer {
  std::string aet, host;
  std::uint16_t port = 0;
};

/// An IPv6 address stands in brackets: PACS@[::1]:104.
/// @throws Error{kParam}  not of that form, or no AE title (1 to 16 printable ASCII characters without
///                        backslash, not all blanks), or the port is not in [1, 65535].
Peer parse_peer(std::string_view text);
/// @throws Error{kParam}
void require_ae_title(std::string_view title);

/// PEM files. TLS is used when all three are given; both sides must then show a certificate of the authority.
struct TlsFiles {
  std::filesystem::path key, certificate, authority;
  bool wanted() const { return !key.empty() || !certificate.empty() || !authority.empty(); }
};

/// Who calls, and how long it waits.
struct Caller {
  std::string aet = "LEDD";
  TlsFiles tls{};
  unsigned timeout_s = 30;  ///< For the connection and for each answer.
};

}  // namespace ledd::dicom_network
