#include "acceptor.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "association.h"
#include "message.h"

namespace ledd::dicom_network {
namespace {

constexpr rlim_t kMaxMemoryBytes = rlim_t{4} << 30U;

struct Caught {
  std::string address;
  bool is_loopback = false;
};

Caught describe(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &peer, sizeof(v4));
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), (ntohl(v4.sin_addr.s_addr) >> 24U) == 127};
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &peer, sizeof(v6));
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  const std::string address = text.data();
  return {address, address == "::1" || address.starts_with("::ffff:127.")};
}

void limit_memory() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // a core would hold a patient's data
#if !defined(__SANITIZE_ADDRESS__)  // whose shadow is larger
  const rlimit memory{kMaxMemoryBytes, kMaxMemoryBytes};
  ::setrlimit(RLIMIT_AS, &memory);
#endif
}

class Acceptor {
 public:
  Acceptor(const Ears& ears, const ReceiverOptions& options, DcmTLSTransportLayer* tls)
      : ears_(ears), options_(options), tls_(tls) {}

  void run() {
    // Full, it lets callers wait in the system's queue.
    while (!stopping_ || !serving_.empty()) {
      const bool full = serving_.size() >= options_.associations;
      std::array<pollfd, 2> watched{{{stopping_ ? -1 : ears_.control, POLLIN, 0},
                                     {stopping_ || full ? -1 : ears_.listening, POLLIN, 0}}};
      // Short when somebody is served: the end of a process wakes nobody.
      ::poll(watched.data(), watched.size(), serving_.empty() ? 1000 : 20);
      if (watched[0].revents != 0) stop();
      if (!stopping_ && watched[1].revents != 0) take();
      reap();
    }
  }

 private:
  void stop() {
    stopping_ = true;
    ::close(ears_.listening);
  }
  void take();
  void reap();

  const Ears& ears_;
  const ReceiverOptions& options_;
  DcmTLSTransportLayer* tls_;
  std::map<pid_t, Caught> serving_;
  bool stopping_ = false;
};

void Acceptor::take() {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  const int socket = ::accept4(ears_.listening, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
  if (socket < 0) return;  // it went away again
  const Caught caught = describe(peer);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    if (!die_with_parent(parent)) ::_exit(1);
    ::close(ears_.listening);
    ::signal(SIGALRM, SIG_DFL);
    limit_memory();
    serve({socket, ears_.events, ears_.control, caught.address, caught.is_loopback}, options_, tls_);
    ::_exit(0);
  }
  ::close(socket);
  if (child > 0) serving_.emplace(child, caught);
}

void Acceptor::reap() {
  int status = 0;
  for (pid_t child = 0; (child = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto it = serving_.find(child);
    if (it == serving_.end()) continue;
    if (WIFSIGNALED(status)) {
      Event event;
      event.address = it->second.address;
      event.reason = WTERMSIG(status) == SIGALRM
                         ? fmt::format("nothing came for {} s", options_.timeout_s)
                         : fmt::format("the process that served it died of signal {}", WTERMSIG(status));
      send_event(ears_.events, event);
    }
    sweep_incoming(options_.drop, child);
    serving_.erase(it);
  }
}

}  // namespace

bool die_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == parent;
}

int accept_callers(const Ears& ears, const ReceiverOptions& options, DcmTLSTransportLayer* tls) {
  // A Ctrl-C reaches every process of the terminal; the one that made this says when to stop.
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
  Acceptor(ears, options, tls).run();
  return 0;
}

}  // namespace ledd::dicom_network
