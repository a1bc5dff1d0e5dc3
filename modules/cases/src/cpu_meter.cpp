#include "cpu_meter.h"

#include <sys/resource.h>

namespace ledd::cases {
namespace {

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

void CpuMeter::settle() {
  const double now_s = process_s();
  for (Account* account : open_)
    account->seconds_ += (now_s - settled_s_) / static_cast<double>(open_.size());
  settled_s_ = now_s;
}

CpuMeter::Account::Account(CpuMeter& meter) : meter_(meter) {
  const std::lock_guard lock(meter_.mutex_);
  meter_.settle();
  meter_.open_.insert(this);
}

CpuMeter::Account::~Account() {
  const std::lock_guard lock(meter_.mutex_);
  meter_.settle();
  meter_.open_.erase(this);
}

double CpuMeter::Account::seconds() const {
  const std::lock_guard lock(meter_.mutex_);
  meter_.settle();
  return seconds_;
}

}  // namespace ledd::cases
