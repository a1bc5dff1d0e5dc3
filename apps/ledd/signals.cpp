#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

namespace ledd::cli {
namespace {

sigset_t watched_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalWatch::SignalWatch(cases::Stop& stop) : stop_(stop) {
  // Blocked here, and so in every thread made after this, the signals wait for the one thread that takes
  // them: no code of ours runs inside a handler.
  const sigset_t set = watched_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
  over_ = true;
  thread_.join();
}

void SignalWatch::watch() {
  const sigset_t set = watched_signals();
  constexpr timespec kTick{0, 50'000'000};
  while (!over_) {
    const int signal = ::sigtimedwait(&set, nullptr, &kTick);
    if (signal <= 0) continue;
    if (stop_.requested()) ::_exit(128 + signal);
    stop_.request();
  }
}

}  // namespace ledd::cli
