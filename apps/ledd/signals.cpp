#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <chrono>

namespace ledd::cli {

sigset_t watched_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) ::sigaddset(&set, signal);
  return set;
}

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
  constexpr auto kSameWish = std::chrono::milliseconds(500);
  std::chrono::steady_clock::time_point first;
  while (!over_) {
    const int signal = ::sigtimedwait(&set, nullptr, &kTick);
    if (signal <= 0) continue;
    const auto now = std::chrono::steady_clock::now();
    if (stop_.requested() && now - first > kSameWish) ::_exit(128 + signal);
    if (!stop_.requested()) first = now;
    stop_.request();
  }
}

}  // namespace ledd::cli
