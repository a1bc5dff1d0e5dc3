#include "supervisor.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <vector>

#include "ledd/core/error.h"

#include "signals.h"

namespace ledd::cli {
namespace {

/// One write each: lines of several threads do not mix, and are there when the next instruction kills.
void append(int descriptor, const std::string& line) {
  if (::write(descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw Error(Errc::kInternal, "the journal of the run cannot be written");
}

std::string named(int signal) {
  const char* name = ::strsignal(signal);
  return fmt::format("signal {} ({})", signal, name == nullptr ? "unknown" : name);
}

std::string verdict(int signal) {
  return fmt::format("the program was ended by {} while it worked on this case alone, for the second time{}",
                     named(signal),
                     signal == SIGKILL
                         ? ": most likely for want of memory (the system's out-of-memory killer, or a limit)"
                         : "");
}

/// How the child ended, as waitpid tells it; passes signals on meanwhile.
int watch(pid_t child, const sigset_t& signals, bool& stopped) {
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) return status;
    const int signal = ::sigwaitinfo(&signals, nullptr);
    if (signal <= 0 || signal == SIGCHLD) continue;
    stopped = true;
    ::kill(child, signal);
  }
}

/// Takes up what a child that died leaves. @throws Error  there is no use in another one.
void take_up(const Journal& journal, int signal, bool stopped, cases::Rescue& rescue) {
  const std::vector<std::string> in_hand = journal.read(rescue);
  require(!stopped, Errc::kCancelled, fmt::format("ended by {} after it was asked to stop", named(signal)));
  require(!in_hand.empty(),
          Errc::kInternal,
          fmt::format("the program was ended by {} with no case in hand", named(signal)));
  const bool alone = in_hand.size() == 1 && rescue.suspects.contains(in_hand.front());
  if (alone) rescue.condemned[in_hand.front()] = verdict(signal);
  rescue.suspects.insert(in_hand.begin(), in_hand.end());
  fmt::print(stderr,
             "ledd: the program was ended by {}; in hand: {}; {}\n",
             named(signal),
             fmt::join(in_hand, ", "),
             alone ? "set aside, the rest goes on" : "tried again one at a time");
}

}  // namespace

Journal::Journal() : descriptor_(::memfd_create("journal", MFD_CLOEXEC)) {
  require(descriptor_ >= 0, Errc::kInternal, "the system gives no memory file");
}

Journal::~Journal() {
  ::close(descriptor_);
}

void Journal::begun(const std::string& case_id) const {
  append(descriptor_, "+ " + case_id + "\n");
}

void Journal::ended(const cases::CaseReport& report) const {
  append(descriptor_,
         fmt::format("- {} {} {}\n", report.case_id, static_cast<int>(report.state), report.exit));
}

std::vector<std::string> Journal::read(cases::Rescue& rescue) const {
  std::string text;
  std::array<char, 65536> piece{};
  for (ssize_t got = 0;
       (got = ::pread(descriptor_, piece.data(), piece.size(), static_cast<off_t>(text.size()))) > 0;)
    text.append(piece.data(), static_cast<std::size_t>(got));
  std::vector<std::string> in_hand;
  std::istringstream in(text);
  char mark = 0;
  for (std::string id; in >> mark >> id;) {
    std::erase(in_hand, id);
    if (mark == '+') {
      in_hand.push_back(id);
      continue;
    }
    int state = 0, exit = 0;
    in >> state >> exit;
    cases::CaseReport report;
    report.case_id = id;
    report.state = static_cast<cases::State>(state);
    report.exit = exit;
    rescue.ended.insert_or_assign(id, report);
  }
  return in_hand;
}

int supervise(const std::function<int(const cases::Rescue&, const Journal&)>& work) {
  sigset_t signals = watched_signals(), before;
  ::sigaddset(&signals, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t parent = ::getpid();
  cases::Rescue rescue;
  bool stopped = false;
  for (;;) {
    const Journal journal;
    std::fflush(nullptr);
    const pid_t child = ::fork();
    require(child >= 0, Errc::kInternal, "the system gives no process");
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(1);
      const sigset_t watched = watched_signals();
      ::sigprocmask(SIG_SETMASK, &before, nullptr);
      ::sigprocmask(SIG_BLOCK, &watched, nullptr);  // until SignalWatch takes them
      return work(rescue, journal);
    }
    const int status = watch(child, signals, stopped);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    take_up(journal, WTERMSIG(status), stopped, rescue);
  }
}

}  // namespace ledd::cli
