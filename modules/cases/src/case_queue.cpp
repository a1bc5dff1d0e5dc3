#include "case_queue.h"

#include <algorithm>
#include <thread>

#include "case_folder.h"

namespace ledd::cases {

/// One round over all that wait, those not yet tried first.
std::optional<CaseQueue::Taken> CaseQueue::try_next() {
  for (std::size_t tries = waiting_.size(); tries > 0; --tries) {
    const PlannedCase* planned = waiting_.front();
    waiting_.pop_front();
    if (auto lock = try_lock_case(out_, planned->id)) return Taken{*planned, std::move(*lock)};
    waiting_.push_back(planned);
  }
  return std::nullopt;
}

std::optional<CaseQueue::Taken> CaseQueue::next(const std::function<bool()>& ended) {
  for (auto pause = std::chrono::milliseconds(5); !ended();
       pause = std::min(2 * pause, std::chrono::milliseconds(500))) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return std::nullopt;
      if (auto taken = try_next()) return taken;
    }
    std::this_thread::sleep_for(pause);
  }
  return std::nullopt;
}

}  // namespace ledd::cases
