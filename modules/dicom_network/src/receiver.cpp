#include "ledd/dicom_network/receiver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "ledd/core/error.h"

#include "acceptor.h"
#include "dcmtk_network.h"
#include "incoming.h"
#include "message.h"

namespace ledd::dicom_network {
namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

Address parse_address(const std::string& text, std::uint16_t port) {
  Address address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.bytes, &v4, address.size = sizeof(v4));
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.bytes, &v6, address.size = sizeof(v6));
  } else {
    throw Error(Errc::kParam, fmt::format("--bind {}: not an IPv4 or IPv6 address", text));
  }
  return address;
}

[[noreturn]] void fail_to_listen(const ReceiverOptions& options, int error_number) {
  throw Error(error_number == EACCES ? Errc::kPermission : Errc::kIo,
              fmt::format("cannot listen on {} port {}: {}",
                          options.address,
                          options.port,
                          std::generic_category().message(error_number)));
}

int listen_on(const ReceiverOptions& options) {
  const Address address = parse_address(options.address, options.port);
  const int socket = ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail_to_listen(options, errno);
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (address.bytes.ss_family == AF_INET6)
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));  // :: is not also 0.0.0.0
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address.bytes), address.size) != 0 ||
      ::listen(socket, 64) != 0) {
    const int error_number = errno;
    ::close(socket);
    fail_to_listen(options, error_number);
  }
  return socket;
}

std::uint16_t port_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
  sockaddr_in v4{};  // the port stands at the same place in both families
  std::memcpy(&v4, &bound, sizeof(v4));
  return ntohs(v4.sin_port);
}

void check(const ReceiverOptions& options) {
  require_ae_title(options.aet);
  for (const auto& title : options.allow) require_ae_title(title);
  const auto within = [](std::uint64_t value, std::uint64_t low, std::uint64_t high, const char* name) {
    require(value >= low && value <= high,
            Errc::kParam,
            fmt::format("{} = {} violates [{}, {}]", name, value, low, high));
  };
  within(options.associations, 1, 256, "associations");
  within(options.timeout_s, 1, 86400, "timeout_s");
  within(options.max_pdu_bytes, 4096, 131072, "max_pdu_bytes");
  within(options.max_object_mb, 1, 1U << 20U, "max_object_mb");
}

}  // namespace

Receiver::Receiver(const ReceiverOptions& options) {
  check(options);
  set_up_dcmtk();
  const auto tls = make_tls(options.tls, NET_ACCEPTOR);
  std::filesystem::create_directories(options.drop / "studies");
  std::filesystem::create_directories(incoming_folder(options.drop));

  const int listening = listen_on(options);
  port_ = port_of(listening);
  std::array<int, 2> events{}, control{};
  require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, events.data()) == 0 &&
              ::pipe2(control.data(), O_CLOEXEC) == 0,
          Errc::kInternal,
          "the system gives no pipe");
  const pid_t parent = ::getpid();
  acceptor_ = ::fork();
  require(acceptor_ >= 0, Errc::kInternal, "the system gives no process");
  if (acceptor_ == 0) {
    ::close(events[0]);
    ::close(control[1]);
    if (!die_with_parent(parent)) ::_exit(1);
    ::_exit(accept_callers({listening, events[1], control[0]}, options, tls.get()));
  }
  ::close(listening);
  ::close(events[1]);
  ::close(control[0]);
  events_ = events[0];
  control_ = control[1];
}

Receiver::~Receiver() {
  stop();
  // The processes may wait for somebody to read what they tell.
  try {
    while (!ended_) next(std::chrono::seconds(1));
  } catch (const std::exception&) {  // no memory for a message; the processes end all the same
  }
  ::waitpid(acceptor_, nullptr, 0);
  ::close(events_);
}

void Receiver::stop() {
  if (stopping_) return;
  stopping_ = true;
  ::close(control_);
}

std::optional<Event> Receiver::next(std::chrono::milliseconds wait) {
  pollfd watched{events_, POLLIN, 0};
  if (::poll(&watched, 1, static_cast<int>(wait.count())) <= 0) return std::nullopt;
  std::string message(kMessageBytes, '\0');
  const ssize_t size = ::recv(events_, message.data(), message.size(), 0);
  if (size <= 0) {
    require(stopping_, Errc::kInternal, "the process that listens died");
    ended_ = true;
    return std::nullopt;
  }
  message.resize(static_cast<std::size_t>(size));
  return parse_event(message);
}

}  // namespace ledd::dicom_network
