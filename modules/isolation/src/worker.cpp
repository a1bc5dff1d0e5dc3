#include "worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ledd/core/error.h"
#include "ledd/isolation/archive.h"

#include "wire.h"

namespace ledd::isolation {
namespace {

constexpr int kTickMs = 200;  // how often a cancelled context is noticed
constexpr std::uint64_t kMaxMessage = 1U << 20U;

void check(int status, const std::string& doing) {
  require(status == 0, Errc::kInternal, fmt::format("{} failed: {}", doing, std::strerror(status)));
}

/// What the child gets of this process: one socket, no other descriptor, no blocked signal.
class SpawnSettings {
 public:
  explicit SpawnSettings(int socket) {
    check(::posix_spawn_file_actions_init(&actions_), "preparing a child process");
    check(::posix_spawnattr_init(&attributes_), "preparing a child process");
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      check(::posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null", O_RDWR, 0),
            "opening /dev/null");
    check(::posix_spawn_file_actions_adddup2(&actions_, socket, kChildSocket), "passing a socket");
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, kChildSocket + 1), "closing descriptors");
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    check(::posix_spawnattr_setsigmask(&attributes_, &none), "setting signals");
    check(::posix_spawnattr_setsigdefault(&attributes_, &all), "setting signals");
    check(::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF),
          "setting signals");
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  int spawn(pid_t& child, const std::filesystem::path& program, std::span<char* const> arguments) const {
    return ::posix_spawn(&child, program.c_str(), &actions_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

class Worker::Deadline {
 public:
  Deadline(double wall_s, const Context& context)
      : end_(std::chrono::steady_clock::now() +
             std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                 std::chrono::duration<double>(wall_s))),
        context_(context) {}

  /// Waits until the socket can be read or written, or has been closed.
  void wait(int socket, short for_what) const {
    for (;;) {
      context_.throw_if_cancelled();
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
      if (left.count() <= 0) throw Late{};
      pollfd watched{socket, for_what, 0};
      const int tick_ms = static_cast<int>(std::min<std::int64_t>(left.count(), kTickMs));
      if (::poll(&watched, 1, tick_ms) > 0) return;
    }
  }

 private:
  std::chrono::steady_clock::time_point end_;
  const Context& context_;
};

/// Where the bytes of an answer go.
class Worker::Collector {
 public:
  Collector(std::span<const std::span<std::byte>> into, std::string& bytes, std::uint64_t most)
      : into_(into), bytes_(bytes), most_(most) {
    skip_full();
  }

  /// Calls `receive(to, count)` for `count` bytes in all.
  template <class Receive>
  void take(std::uint64_t count, Receive&& receive) {
    if (into_.empty()) {
      if (count > most_ - bytes_.size()) answered_nonsense("an answer longer than any that is taken");
      const std::size_t before = bytes_.size();
      bytes_.resize(before + static_cast<std::size_t>(count));
      receive(bytes_.data() + before, static_cast<std::size_t>(count));
      return;
    }
    while (count > 0) {
      if (buffer_ == into_.size()) answered_nonsense("more bytes than were asked for");
      const std::span<std::byte> rest = into_[buffer_].subspan(filled_);
      const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(count, rest.size()));
      receive(rest.data(), now);
      count -= now;
      filled_ += now;
      skip_full();
    }
  }
  void require_full() const {
    if (buffer_ != into_.size()) answered_nonsense("fewer bytes than were asked for");
  }

 private:
  void skip_full() {
    while (buffer_ < into_.size() && filled_ == into_[buffer_].size()) {
      ++buffer_;
      filled_ = 0;
    }
  }

  std::span<const std::span<std::byte>> into_;
  std::string& bytes_;
  std::uint64_t most_;
  std::size_t buffer_ = 0, filled_ = 0;
};

Worker::Worker(const Pool::Params& params) : params_(params) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0 ? 0 : errno,
        "making a socket");
  socket_ = ends[0];
  std::string name = params_.program.filename().string();
  std::string memory = std::to_string(params_.memory_bytes);
  const std::array<char*, 3> arguments{name.data(), memory.data(), nullptr};
  const int failed = SpawnSettings(ends[1]).spawn(child_, params_.program, arguments);
  ::close(ends[1]);
  if (failed == 0) return;
  ::close(socket_);
  check(failed, "starting " + params_.program.string());
}

Worker::~Worker() {
  if (child_ > 0) end({});
}

void Worker::send(const void* from, std::size_t count, const Deadline& deadline) {
  const auto* bytes = static_cast<const std::byte*>(from);
  while (count > 0) {
    const ssize_t sent = ::send(socket_, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes += sent;
      count -= static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      deadline.wait(socket_, POLLOUT);
    } else if (errno != EINTR) {
      throw Ended{};
    }
  }
}

void Worker::receive(void* to, std::size_t count, const Deadline& deadline) {
  auto* bytes = static_cast<std::byte*>(to);
  while (count > 0) {
    const ssize_t got = ::recv(socket_, bytes, count, MSG_DONTWAIT);
    if (got > 0) {
      bytes += got;
      count -= static_cast<std::size_t>(got);
    } else if (got < 0 && errno == EAGAIN) {
      deadline.wait(socket_, POLLIN);
    } else if (got == 0 || errno != EINTR) {
      throw Ended{};
    }
  }
}

void Worker::exchange(const Request& request,
                      Collector& collector,
                      const Deadline& deadline,
                      Answer& answer) {
  const RequestHead head{
      static_cast<std::uint32_t>(request.kind.size()), request.cpu_s, request.bytes.size()};
  send(&head, sizeof head, deadline);
  send(request.kind.data(), request.kind.size(), deadline);
  send(request.bytes.data(), request.bytes.size(), deadline);
  for (;;) {
    PieceHead piece;
    receive(&piece, sizeof piece, deadline);
    switch (static_cast<Piece>(piece.piece)) {
      case Piece::kData:
        collector.take(piece.bytes, [&](void* to, std::size_t count) { receive(to, count, deadline); });
        continue;
      case Piece::kEnd: collector.require_full(); return;
      case Piece::kMemory:
        answer.failure = fmt::format("asked for more than {:.1f} GB of memory",
                                     static_cast<double>(params_.memory_bytes) / (1U << 30U));
        return;
      case Piece::kError: {
        if (piece.bytes > kMaxMessage || piece.code > static_cast<std::uint32_t>(Errc::kInternal))
          answered_nonsense("an error that is none");
        std::string text(static_cast<std::size_t>(piece.bytes), '\0');
        receive(text.data(), text.size(), deadline);
        usable_ = true;
        throw Error(static_cast<Errc>(piece.code), text);
      }
    }
    answered_nonsense("a message of an unknown kind");
  }
}

Answer Worker::ask(const Request& request,
                   std::span<const std::span<std::byte>> into,
                   const Context& context) {
  require(request.bytes.size() <= kMaxRequest,
          Errc::kInternal,
          fmt::format("a request of {} bytes to a child process; at most {} are taken",
                      request.bytes.size(),
                      kMaxRequest));
  Answer answer;
  Collector collector(into, answer.bytes, params_.answer_bytes);
  const Deadline deadline(request.wall_s, context);
  usable_ = false;  // until it has answered to the last byte
  try {
    exchange(request, collector, deadline, answer);
    usable_ = answer.failure.empty();
  } catch (const Late&) {
    end(request);
    answer.failure = fmt::format("took longer than {:g} s", request.wall_s);
  } catch (const Ended&) {
    answer.failure = end(request);
  } catch (const Error& error) {
    // What a handler throws is an answer; what the child itself got wrong is a failure like any other.
    if (usable_ || error.code() != Errc::kInternal) throw;
    end(request);
    answer.failure = as_failure(error);
  }
  if (!answer.failure.empty()) answer.bytes.clear();
  return answer;
}

std::string Worker::end(const Request& request) {
  ::kill(child_, SIGKILL);  // changes nothing when it is dead already: what ended it is known
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) continue;
  child_ = -1;
  ::close(socket_);
  socket_ = -1;
  if (!WIFSIGNALED(status)) return fmt::format("ended by itself with status {}", WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  if (signal == SIGXCPU) return fmt::format("took more than {} s of processor time", request.cpu_s);
  if (signal == SIGSYS) return "was ended because it called what it may not (signal 31)";
  return fmt::format("was ended by signal {} ({})", signal, ::sigdescr_np(signal));
}

}  // namespace ledd::isolation
