#include "ledd/dicom_network/peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ledd/core/error.h"

namespace ledd::dicom_network {

void require_ae_title(std::string_view title) {
  const bool printable =
      std::all_of(title.begin(), title.end(), [](char c) { return c >= 0x20 && c < 0x7F && c != '\\'; });
  const bool blank = title.find_first_not_of(' ') == std::string_view::npos;
  require(printable && !blank && title.size() <= 16,
          Errc::kParam,
          fmt::format("'{}' is no AE title: 1 to 16 printable ASCII characters without backslash", title));
}

Peer parse_peer(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const std::size_t colon = text.rfind(':');
  require(at != std::string_view::npos && colon != std::string_view::npos && colon > at + 1,
          Errc::kParam,
          fmt::format("'{}' is not AET@HOST:PORT", text));
  Peer peer{std::string(text.substr(0, at)), std::string(text.substr(at + 1, colon - at - 1)), 0};
  require_ae_title(peer.aet);
  if (peer.host.front() == '[' && peer.host.back() == ']')
    peer.host = peer.host.substr(1, peer.host.size() - 2);
  const std::string_view port = text.substr(colon + 1);
  const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), peer.port);
  require(status == std::errc() && end == port.data() + port.size() && peer.port > 0,
          Errc::kParam,
          fmt::format("'{}': the port must be a number in [1, 65535]", text));
  return peer;
}

}  // namespace ledd::dicom_network
