#include "admission.h"

#include <algorithm>
#include <chrono>

namespace ledd::cases {

bool Admission::has_room(const Guest& guest) const {
  double taken_mb = 0.0;
  bool any = false;
  for (const Guest& other : guests_) {
    if (&other == &guest) break;
    if (!other.let_in || other.exclusive) return false;  // who came first goes first
    taken_mb += other.need_mb;
    any = true;
  }
  if (!any) return true;
  return !guest.exclusive && taken_mb + guest.need_mb <= limits_.budget_mb;
}

int Admission::share(const Guest& guest) const {
  if (guest.exclusive) return limits_.threads;
  const double room = guest.need_mb > 0.0 ? std::max(1.0, limits_.budget_mb / guest.need_mb) : 1e9;
  const auto at_once =
      std::min({limits_.jobs, std::max<std::size_t>(1, left_), static_cast<std::size_t>(room)});
  return std::max(1, limits_.threads / static_cast<int>(at_once));
}

void Admission::enter(double need_mb,
                      bool exclusive,
                      const std::function<bool()>& give_up,
                      std::optional<Place>& place) {
  constexpr auto kTick = std::chrono::milliseconds(100);
  std::unique_lock lock(mutex_);
  const auto guest = guests_.insert(guests_.end(), Guest{need_mb, false, exclusive || !fits_budget(need_mb)});
  while (!has_room(*guest)) {
    changed_.wait_for(lock, kTick);
    if (!give_up()) continue;
    guests_.erase(guest);
    changed_.notify_all();
    return;
  }
  guest->let_in = true;
  if (guest != guests_.begin())
    for (auto one = guests_.begin(); one != std::next(guest); ++one) one->alone = false;
  place.emplace(*this, guest, share(*guest));
  changed_.notify_all();
}

void Admission::leave(std::list<Guest>::iterator guest) {
  const std::lock_guard lock(mutex_);
  guests_.erase(guest);
  changed_.notify_all();
}

void Admission::one_less() {
  const std::lock_guard lock(mutex_);
  if (left_ > 0) --left_;
}

bool Admission::Place::alone() const {
  const std::lock_guard lock(admission_.mutex_);
  return guest_->alone;
}

}  // namespace ledd::cases
