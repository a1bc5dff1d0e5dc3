#pragma once
#include <pthread.h>
#include <tbb/task_arena.h>
#include <tbb/task_scheduler_observer.h>

#include <map>
#include <mutex>

namespace ledd::cases {

/// Processor time that a case takes, from this object's making on.
///
/// Method   When it was the only case of the process: all of the process, and of child processes that ended
///          meanwhile. Else: the thread that made this object, and TBB's threads while they work in the
///          case's arena.
/// Limits   Beside other cases it misses threads that libraries start for themselves (ITK's filters, OpenCV's
///          own pool) and child processes. Alone it misses children that outlive the case, and counts
///          what else the process does.
class CpuMeter : public tbb::task_scheduler_observer {
 public:
  explicit CpuMeter(tbb::task_arena& arena);
  ~CpuMeter() override;
  CpuMeter(const CpuMeter&) = delete;
  CpuMeter& operator=(const CpuMeter&) = delete;

  double seconds(bool alone) const;

  void on_scheduler_entry(bool is_worker) override;
  void on_scheduler_exit(bool is_worker) override;

 private:
  struct Visit {
    clockid_t clock;
    double from_s;
  };
  double process_from_s_, thread_from_s_;
  mutable std::mutex mutex_;
  std::map<pthread_t, Visit> inside_;
  double left_s_ = 0.0;  ///< Of threads that went.
};

}  // namespace ledd::cases
