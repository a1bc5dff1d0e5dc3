#include "own_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "ledd/core/error.h"

namespace ledd::cli {
namespace {

/// Between fork and exec: only what may be called there.
[[noreturn]] void become(char* const* argv, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (output >= 0) ::dup2(output, STDOUT_FILENO);
  ::execv(argv[0], argv);
  ::_exit(errno == E2BIG ? 126 : 127);
}

}  // namespace

OwnProgram::OwnProgram(std::vector<std::string> words, bool keep_output) {
  words.insert(words.begin(), std::filesystem::read_symlink("/proc/self/exe").string());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (keep_output) {
    output_ = ::memfd_create("output", MFD_CLOEXEC);
    require(output_ >= 0, Errc::kInternal, "the system gives no memory file");
  }
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  require(pid_ >= 0, Errc::kInternal, "the system gives no process");
  if (pid_ == 0) become(argv.data(), output_, parent);
}

OwnProgram::~OwnProgram() {
  terminate();
  wait();
  if (output_ >= 0) ::close(output_);
}

std::optional<int> OwnProgram::ended() {
  int status = 0;
  if (!exit_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_;
}

void OwnProgram::terminate() {
  if (!ended()) ::kill(pid_, SIGTERM);
}

int OwnProgram::wait() {
  int status = 0;
  while (!exit_) {
    const pid_t done = ::waitpid(pid_, &status, 0);
    if (done == pid_)
      exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    else if (errno != EINTR)
      exit_ = 127;
  }
  return *exit_;
}

std::string OwnProgram::output() const {
  std::string text;
  std::array<char, 65536> piece{};
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(output_, piece.data(), piece.size(), at);
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
    at += got;
  }
}

}  // namespace ledd::cli
