#pragma once
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "ledd/cases/survey.h"

#include "file_lock.h"

namespace ledd::cases {

/// The cases of a run that are still to be taken up, shared by its threads. A case that another run has in
/// hand is put off until nothing else is left.
class CaseQueue {
 public:
  /// What is pointed to outlives the queue.
  CaseQueue(const std::vector<const PlannedCase*>& cases, std::filesystem::path out)
      : out_(std::move(out)), waiting_(cases.begin(), cases.end()) {}

  struct Taken {
    const PlannedCase& planned;
    FileLock lock;
  };
  /// The next case with the right to it; waits for other runs where it must. Nullopt: none is left, or
  /// `ended`, asked every now and then, said so.
  /// @throws Error{kCreate, kPermission, kIo}  a lock cannot be made.
  std::optional<Taken> next(const std::function<bool()>& ended);

 private:
  std::optional<Taken> try_next();

  std::filesystem::path out_;
  std::mutex mutex_;
  std::deque<const PlannedCase*> waiting_;
};

}  // namespace ledd::cases
