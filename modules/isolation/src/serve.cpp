#include "ledd/isolation/serve.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <thread>

#include "ledd/core/error.h"

#include "wire.h"

namespace ledd::isolation {
namespace {

constexpr rlim_t kDescriptors = 32;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kLimitsMemory = false;  // its shadow takes terabytes of address space
#else
constexpr bool kLimitsMemory = true;
#endif

[[noreturn]] void parent_is_gone() {
  ::_exit(0);
}

bool limit(__rlimit_resource_t resource, rlim_t most) {
  const rlimit limits{most, most};
  return ::setrlimit(resource, &limits) == 0;
}

/// From now on this process can do little but compute and read.
bool take_on_limits(std::uint64_t memory_bytes) {
  for (const int ignored : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE, SIGXFSZ})
    ::signal(ignored, SIG_IGN);  // meant for the parent, which ends this process when it ends its work
  const bool memory = !kLimitsMemory || limit(RLIMIT_AS, memory_bytes);
  return memory && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, kDescriptors) &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/// Moves the limit of processor time on: what it has used, and `seconds` more.
void allow_seconds(std::uint32_t seconds) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  rlimit limits{};
  ::getrlimit(RLIMIT_CPU, &limits);
  limits.rlim_cur = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + seconds + 1;
  ::setrlimit(RLIMIT_CPU, &limits);
}

/// A parent that dies while a request is computed closes its end of the socket, which this notices.
void die_with_parent() {
  std::thread([] {
    pollfd watched{kChildSocket, 0, 0};  // hanging up is reported without being asked for
    while (::poll(&watched, 1, -1) < 0) continue;
    parent_is_gone();
  }).detach();
}

void send_piece(Piece piece, std::uint32_t code, std::string_view bytes) {
  const PieceHead head{static_cast<std::uint32_t>(piece), code, bytes.size()};
  if (!send_all(kChildSocket, &head, sizeof head) || !send_all(kChildSocket, bytes.data(), bytes.size()))
    parent_is_gone();
}

void answer(const Handlers& handlers, const std::string& kind, const std::string& bytes) {
  try {
    const auto handler = handlers.find(kind);
    require(handler != handlers.end(), Errc::kInternal, "no handler for requests of kind '" + kind + "'");
    Reply reply(kChildSocket);
    handler->second(bytes, reply);
    send_piece(Piece::kEnd, 0, {});
  } catch (const Error& error) {
    send_piece(Piece::kError, static_cast<std::uint32_t>(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    send_piece(Piece::kMemory, 0, {});
  } catch (const std::length_error&) {  // a container asked for more than any memory has
    send_piece(Piece::kMemory, 0, {});
  } catch (const std::exception& error) {
    send_piece(Piece::kError, static_cast<std::uint32_t>(Errc::kInternal), error.what());
  }
}

[[noreturn]] void answer_forever(const Handlers& handlers) {
  for (;;) {
    RequestHead head;
    if (!receive_all(kChildSocket, &head, sizeof head)) parent_is_gone();
    if (head.kind_bytes > kMaxRequest || head.bytes > kMaxRequest) parent_is_gone();
    std::string kind(head.kind_bytes, '\0');
    std::string bytes(static_cast<std::size_t>(head.bytes), '\0');
    if (!receive_all(kChildSocket, kind.data(), kind.size())) parent_is_gone();
    if (!receive_all(kChildSocket, bytes.data(), bytes.size())) parent_is_gone();
    allow_seconds(head.cpu_s);
    answer(handlers, kind, bytes);
  }
}

}  // namespace

void Reply::send(std::string_view bytes) {
  const PieceHead head{static_cast<std::uint32_t>(Piece::kData), 0, bytes.size()};
  if (!send_all(socket_, &head, sizeof head) || !send_all(socket_, bytes.data(), bytes.size()))
    parent_is_gone();
}

int serve(const Handlers& handlers, int argc, char** argv) {
  std::uint64_t memory_bytes = 0;
  const char* text = argc == 2 ? argv[1] : "";
  const auto [end, status] = std::from_chars(text, text + std::strlen(text), memory_bytes);
  if (argc != 2 || status != std::errc() || *end != '\0') {
    std::fputs("This program is started by ledd, to read DICOM files; it has no use of its own.\n", stderr);
    return 2;
  }
  die_with_parent();
  if (!take_on_limits(memory_bytes)) return 1;
  answer_forever(handlers);
}

}  // namespace ledd::isolation
