#include "cpu_meter.h"

#include <sys/resource.h>
#include <time.h>

namespace ledd::cases {
namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double process_s() {
  double sum = 0.0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    for (const timeval& part : {usage.ru_utime, usage.ru_stime})
      sum += static_cast<double>(part.tv_sec) + 1e-6 * static_cast<double>(part.tv_usec);
  }
  return sum;
}

}  // namespace

CpuMeter::CpuMeter(tbb::task_arena& arena)
    : tbb::task_scheduler_observer(arena),
      process_from_s_(process_s()),
      thread_from_s_(seconds_of(CLOCK_THREAD_CPUTIME_ID)) {
  observe(true);
}

CpuMeter::~CpuMeter() {
  observe(false);
}

void CpuMeter::on_scheduler_entry(bool is_worker) {
  if (!is_worker) return;
  clockid_t clock{};
  if (::pthread_getcpuclockid(::pthread_self(), &clock) != 0) return;
  const double now = seconds_of(clock);
  const std::lock_guard lock(mutex_);
  inside_[::pthread_self()] = {clock, now};
}

void CpuMeter::on_scheduler_exit(bool is_worker) {
  if (!is_worker) return;
  const std::lock_guard lock(mutex_);
  const auto visit = inside_.find(::pthread_self());
  if (visit == inside_.end()) return;
  left_s_ += seconds_of(visit->second.clock) - visit->second.from_s;
  inside_.erase(visit);
}

double CpuMeter::seconds(bool alone) const {
  if (alone) return process_s() - process_from_s_;
  double sum = seconds_of(CLOCK_THREAD_CPUTIME_ID) - thread_from_s_;
  const std::lock_guard lock(mutex_);
  sum += left_s_;
  // TBB's threads stay a while after the last task.
  for (const auto& [thread, visit] : inside_) sum += seconds_of(visit.clock) - visit.from_s;
  return sum;
}

}  // namespace ledd::cases
