#pragma once
#include <deque>
#include <vector>

#include "ledd/label_editing/change.h"
#include "ledd/label_editing/packed_labels.h"

namespace ledd::label_editing {

/// A label map in the making, with the way back. Not for two threads at once.
class History {
 public:
  static constexpr std::size_t kSteps = 200;  ///< As many can be taken back; older ones are kept for good.

  /// Works on a copy, which is made before the first change: until then both are one, and the labels given
  /// must not be changed by others. After that they are let go of, and kept packed.
  explicit History(const Labels& labels);

  /// The labels as they are now. Another object after the first change or own_copy() than before.
  const Labels& labels() const noexcept { return copy_ ? *copy_ : *given_; }
  /// Makes the copy now, so that the first change need not wait for it.
  void own_copy();
  /// The labels given, as they were; made anew once there is a copy.
  Labels::ConstPointer given() const;

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
  Labels::ConstPointer given_;  ///< Null once there is a copy.
  PackedLabels packed_;         ///< The labels given, from then on.
  Labels::Pointer copy_;
  std::deque<Change> done_;
  std::vector<Change> undone_;
};

/// The change that takes `change` back.
Change reversed(const Change& change);

}  // namespace ledd::label_editing
