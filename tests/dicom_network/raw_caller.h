#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>

namespace ledd::testing {

/// A caller that speaks DICOM byte by byte (PS3.8), so that it can speak it wrong.
class RawCaller {
 public:
  explicit RawCaller(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0;
  }
  ~RawCaller() { ::close(socket_); }
  RawCaller(const RawCaller&) = delete;
  RawCaller& operator=(const RawCaller&) = delete;

  static std::string association_request() {
    std::string body =
        big(1, 2) + std::string(2, '\0') + title("LEDD") + title("SITE") + std::string(32, '\0');
    body += item(0x10, "1.2.840.10008.3.1.1.1");
    body += item(0x20, std::string("\1\0\0\0", 4) + item(0x30, kMrImage) + item(0x40, "1.2.840.10008.1.2"));
    body += item(0x50, item(0x51, big(16384, 4)) + item(0x52, "1.2.3.4.5"));
    return pdu(1, body);
  }
  static std::string store_command(const std::string& sop_uid) {
    std::string rest = element(0, 0x0002, even(kMrImage)) + element(0, 0x0100, little(1, 2)) +
                       element(0, 0x0110, little(1, 2)) + element(0, 0x0700, little(0, 2)) +
                       element(0, 0x0800, little(0, 2)) + element(0, 0x1000, even(sop_uid));
    return data_pdu(3, element(0, 0, little(rest.size(), 4)) + rest);
  }
  /// The last piece of a data set, or one of those before it.
  static std::string data_pdu(char kind, const std::string& bytes) {
    return pdu(4, big(bytes.size() + 2, 4) + '\1' + kind + bytes);
  }
  static std::string element(std::uint16_t group, std::uint16_t number, const std::string& value) {
    return little(group, 2) + little(number, 2) + little(value.size(), 4) + value;
  }
  /// A data set in implicit little endian.
  static std::string data_set(const std::string& sop_uid, const std::string& study_uid) {
    return element(0x0008, 0x0016, even(kMrImage)) + element(0x0008, 0x0018, even(sop_uid)) +
           element(0x0020, 0x000D, even(study_uid));
  }

  bool connected() const { return connected_; }
  void write(const std::string& bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t done = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (done <= 0) return;
      at += static_cast<std::size_t>(done);
    }
  }
  bool associate() const {
    write(association_request());
    const auto answer = read_pdu();
    return answer && answer->front() == 2;
  }
  /// The status of a C-STORE's answer; none when the connection ended instead.
  std::optional<unsigned> store(const std::string& sop_uid, const std::string& bytes) const {
    write(store_command(sop_uid));
    constexpr std::size_t kPiece = 16000;
    std::size_t at = 0;
    for (; bytes.size() - at > kPiece; at += kPiece) write(data_pdu(0, bytes.substr(at, kPiece)));
    write(data_pdu(2, bytes.substr(at)));
    const auto answer = read_pdu();
    if (!answer || answer->front() != 4) return std::nullopt;
    const std::string status = little(0, 2) + little(0x0900, 2) + little(2, 4);
    const std::size_t found = answer->find(status);
    if (found == std::string::npos) return std::nullopt;
    return static_cast<unsigned char>((*answer)[found + 8]) +
           256U * static_cast<unsigned char>((*answer)[found + 9]);
  }
  /// The next PDU; none when the other side has closed, or says nothing for five seconds.
  std::optional<std::string> read_pdu() const {
    const auto head = read(6);
    if (!head) return std::nullopt;
    std::uint32_t size = 0;
    for (int n = 2; n < 6; ++n)
      size = size << 8U | static_cast<unsigned char>((*head)[static_cast<std::size_t>(n)]);
    const auto body = read(size);
    if (!body) return std::nullopt;
    return *head + *body;
  }

 private:
  static constexpr const char* kMrImage = "1.2.840.10008.5.1.4.1.1.4";
  static std::string big(std::size_t value, int bytes) {
    std::string text;
    for (int n = bytes - 1; n >= 0; --n) text += static_cast<char>(value >> (8 * n) & 0xFFU);
    return text;
  }
  static std::string little(std::size_t value, int bytes) {
    std::string text;
    for (int n = 0; n < bytes; ++n) text += static_cast<char>(value >> (8 * n) & 0xFFU);
    return text;
  }
  static std::string even(std::string text) {
    if (text.size() % 2 != 0) text += '\0';
    return text;
  }
  static std::string title(std::string text) {
    text.resize(16, ' ');
    return text;
  }
  static std::string item(int type, const std::string& value) {
    return std::string{static_cast<char>(type), '\0'} + big(value.size(), 2) + value;
  }
  static std::string pdu(int type, const std::string& body) {
    return std::string{static_cast<char>(type), '\0'} + big(body.size(), 4) + body;
  }
  std::optional<std::string> read(std::size_t count) const {
    std::string bytes(count, '\0');
    for (std::size_t at = 0; at < count;) {
      pollfd watched{socket_, POLLIN, 0};
      if (::poll(&watched, 1, 5000) <= 0) return std::nullopt;
      const ssize_t got = ::recv(socket_, bytes.data() + at, count - at, 0);
      if (got <= 0) return std::nullopt;
      at += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  int socket_;
  bool connected_ = false;
};

}  // namespace ledd::testing
