#pragma once
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>

namespace ledd::cases {

/// Lets the cases of a run in, first come first served, while their memory fits into a budget.
class Admission {
  struct Guest {
    double need_mb = 0.0;
    bool let_in = false;
    bool exclusive = false;
    bool alone = true;
  };

 public:
  struct Limits {
    double budget_mb = 0.0;
    int threads = 1;        ///< In all.
    std::size_t jobs = 1;   ///< Cases at the same time.
    std::size_t cases = 1;  ///< Of the whole run.
  };
  explicit Admission(const Limits& limits) : limits_(limits), left_(limits.cases) {}

  /// A case that was let in, as long as this object lives.
  class Place {
   public:
    Place(Admission& admission, std::list<Guest>::iterator guest, int threads)
        : admission_(admission), guest_(guest), threads_(threads) {}
    ~Place() { admission_.leave(guest_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Whether no other case was in all the while so far.
    bool alone() const;
    /// Its share: all, when no other case can come in beside it.
    int threads() const { return threads_; }

   private:
    Admission& admission_;
    std::list<Guest>::iterator guest_;
    int threads_;
  };

  /// Waits until there is room. One that needs more than the budget, or is to be `exclusive`, comes in alone.
  /// Emplaces nothing when `give_up`, asked every now and then, says so.
  void enter(double need_mb,
             bool exclusive,
             const std::function<bool()>& give_up,
             std::optional<Place>& place);

  bool fits_budget(double need_mb) const { return need_mb <= limits_.budget_mb; }

  /// A case is over, or will not be begun: those still to come share the threads.
  void one_less();

 private:
  bool has_room(const Guest& guest) const;
  int share(const Guest& guest) const;
  void leave(std::list<Guest>::iterator guest);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Guest> guests_;  ///< In the order of arrival; those who wait too.
  std::size_t left_;
};

}  // namespace ledd::cases
