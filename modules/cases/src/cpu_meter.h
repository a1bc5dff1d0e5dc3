#pragma once
#include <cstddef>
#include <mutex>
#include <set>

namespace ledd::cases {

/// Processor time of the cases that a process has in hand.
///
/// Method   The time of the whole process, with the threads that libraries start for themselves and the child
///          processes that ended, shared equally among the cases in hand at each instant. So the sum over
///          cases is what they took together.
/// Limits   Exact for a case that was alone; else a share of the time that it ran in. What the process does
///          beside its cases is counted with them.
class CpuMeter {
 public:
  /// A case in hand, from this object's making on.
  class Account {
   public:
    explicit Account(CpuMeter& meter);
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;
    double seconds() const;

   private:
    friend CpuMeter;
    CpuMeter& meter_;
    double seconds_ = 0.0;
  };

 private:
  /// Shares out what was spent since the last time. Under the lock.
  void settle();

  std::mutex mutex_;
  std::set<Account*> open_;
  double settled_s_ = 0.0;
};

}  // namespace ledd::cases
