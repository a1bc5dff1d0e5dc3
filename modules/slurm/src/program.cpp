#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "ledd/core/error.h"

extern char** environ;

namespace ledd::slurm {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  Pipe() { require(::pipe2(ends, O_CLOEXEC) == 0, Errc::kInternal, "the system gives no pipe"); }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writing() {
    ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2] = {-1, -1};
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (auto& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

/// Ours, but answers are whole (lists of tasks are cut off otherwise) and in English.
std::vector<std::string> environment() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::string(*entry).rfind("LC_ALL=", 0) != 0) all.emplace_back(*entry);
  all.emplace_back("LC_ALL=C");
  all.emplace_back("SLURM_BITSTR_LEN=0");
  return all;
}

/// 0, or the reason for which there is no process.
int spawn(std::vector<std::string> words, const Pipe& out, const Pipe& err, pid_t& pid) {
  auto variables = environment();
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, out.ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, err.ends[1], STDERR_FILENO);
  posix_spawnattr_t how;
  ::posix_spawnattr_init(&how);
  sigset_t none, standard;
  ::sigemptyset(&none);
  ::sigemptyset(&standard);
  ::sigaddset(&standard, SIGPIPE);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &standard);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int error = ::posix_spawnp(
      &pid, words[0].c_str(), &files, &how, pointers(words).data(), pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&how);
  return error;
}

/// One piece of what there is to read; false at the end.
bool read_some(int descriptor, std::string& text) {
  std::array<char, 65536> piece{};
  const ssize_t got = ::read(descriptor, piece.data(), piece.size());
  if (got > 0) text.append(piece.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

/// False when the time is over before both ends are.
bool collect(const Pipe& out, const Pipe& err, Ended& ended, Clock::time_point until) {
  std::array<pollfd, 2> open{{{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    if (::poll(open.data(), open.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (open[0].revents != 0 && !read_some(open[0].fd, ended.out)) open[0].fd = -1;
    if (open[1].revents != 0 && !read_some(open[1].fd, ended.err)) open[1].fd = -1;
  }
  return true;
}

}  // namespace

Ended run_program(const std::vector<std::string>& words, double patience_s) {
  Ended ended;
  Pipe out, err;
  pid_t pid = -1;
  const auto until =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(patience_s));
  if (const int error = spawn(words, out, err, pid); error != 0) {
    ended.missing = error == ENOENT;
    return ended;
  }
  out.close_writing();
  err.close_writing();
  if (!collect(out, err, ended, until)) {
    ::kill(pid, SIGKILL);
    ended.err += "no answer in time";
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  ended.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

}  // namespace ledd::slurm
