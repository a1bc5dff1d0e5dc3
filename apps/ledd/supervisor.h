#pragma once
#include <functional>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"

namespace ledd::cli {

/// What a run has begun and ended, readable after its process died.
class Journal {
 public:
  /// @throws Error{kInternal}  the system gives no memory file.
  Journal();
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void begun(const std::string& case_id) const;
  void ended(const cases::CaseReport& report) const;

  /// Takes up into `rescue` what ended, and gives the ids of what was in hand.
  std::vector<std::string> read(cases::Rescue& rescue) const;

 private:
  int descriptor_ = -1;
};

/// Runs `work` in a child of this process, which only watches it: a case that crashes the program, or has the
/// system kill it for its memory, does not end the batch. Call it while there is one thread.
///
/// Method   When a signal ended the child, the cases in hand are tried again one at a time in a new child.
/// One
///          that a child dies of again is set aside. Signals of SignalWatch are passed on; the child dies
///          with this process.
/// @return  The child's exit status. Returns in the child, too, with that of `work`.
/// @throws Error{kInternal}   the child died with no case in hand.
/// @throws Error{kCancelled}  it died after it was asked to stop.
int supervise(const std::function<int(const cases::Rescue&, const Journal&)>& work);

}  // namespace ledd::cli
