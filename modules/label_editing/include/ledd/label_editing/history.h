#pragma once
#include <deque>
#include <vector>

#include "ledd/label_editing/change.h"

namespace ledd::label_editing {

/// A label map in the making, with the way back. Not for two threads at once.
class History {
 public:
  static constexpr std::size_t kSteps = 200;  ///< As many can be taken back; older ones are kept for good.

  /// Works on a copy.
  explicit History(const Labels& labels);

  const Labels& labels() const noexcept { return *labels_; }

  /// A new step; what was undone before is forgotten. An empty change is none.
  /// @throws Error{kInput}  the change does not fit what is there: it was made from other labels.
  void apply(const Change& change);
  /// The same as part of the last step: the next piece of a stroke.
  void extend(const Change& change);

  bool can_undo() const noexcept { return !done_.empty(); }
  bool can_redo() const noexcept { return !undone_.empty(); }
  /// What changed, for drawing and for the journal. @throws Error{kInput}  there is nothing to undo or redo.
  Change undo();
  Change redo();

  const std::deque<Change>& steps() const noexcept { return done_; }
  /// What redo() would do again; the next one last.
  const std::vector<Change>& undone() const noexcept { return undone_; }

 private:
  void write(const Change& change);
  Labels::Pointer labels_;
  std::deque<Change> done_;
  std::vector<Change> undone_;
};

/// The change that takes `change` back.
Change reversed(const Change& change);

}  // namespace ledd::label_editing
