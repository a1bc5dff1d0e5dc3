#pragma once
#include <signal.h>

#include <atomic>
#include <thread>

#include "ledd/cases/batch.h"

namespace ledd::cli {

/// SIGINT, SIGTERM and SIGUSR1.
sigset_t watched_signals();

/// While it lives, SIGINT, SIGTERM and SIGUSR1 ask `stop` to end the work; a second one ends the program at
/// once (what it leaves behind is swept by the next run). One that comes within half a second of the first is
/// the same wish: terminals, timeout and SLURM tell a parent and its child each. Make it before any other
/// thread.
class SignalWatch {
 public:
  explicit SignalWatch(cases::Stop& stop);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void watch();
  cases::Stop& stop_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace ledd::cli
