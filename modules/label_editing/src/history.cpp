#include "ledd/label_editing/history.h"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "ledd/core/error.h"

namespace ledd::label_editing {

History::History(const Labels& labels) : given_(&labels) {}

void History::own_copy() {
  if (copy_) return;
  auto copy = grid_of(*given_);
  copy->Allocate();
  const auto size = given_->GetLargestPossibleRegion().GetSize();
  const std::size_t count = size[0] * size[1];
  const auto* const from = given_->GetBufferPointer();
  auto* const to = copy->GetBufferPointer();
  PackedLabels packed{grid_of(*given_), std::vector<PackedSlice>(size[2])};
  // Most of it is the wait for new pages.
  tbb::parallel_for(std::size_t{0}, packed.slices.size(), [&](std::size_t slice) {
    std::copy_n(from + slice * count, count, to + slice * count);
    packed.slices[slice] = pack_slice(from + slice * count, count);
  });
  packed_ = std::move(packed);
  copy_ = copy;
  given_ = nullptr;
}

Labels::ConstPointer History::given() const {
  return given_ ? given_ : Labels::ConstPointer(unpack(packed_));
}

void History::write(const Change& change) {
  const std::uint16_t* const there = labels().GetBufferPointer();
  const std::size_t size = labels().GetLargestPossibleRegion().GetNumberOfPixels();
  for (const Span& span : change.spans) {
    require(span.first <= size && span.count <= size - span.first,
            Errc::kInput,
            "the change is of another image");
    const auto* const first = there + span.first;
    require(std::all_of(first, first + span.count, [&](std::uint16_t id) { return id == span.before; }),
            Errc::kInput,
            "the change was made from other labels");
  }
  own_copy();
  std::uint16_t* const voxels = copy_->GetBufferPointer();
  for (const Span& span : change.spans) std::fill_n(voxels + span.first, span.count, span.after);
}

void History::apply(const Change& change) {
  if (change.empty()) return;
  write(change);
  undone_.clear();
  done_.push_back(change);
  if (done_.size() > kSteps) done_.pop_front();
}

void History::extend(const Change& change) {
  if (done_.empty() || !undone_.empty()) return apply(change);
  if (change.empty()) return;
  write(change);
  done_.back() = joined(done_.back(), change);
}

Change History::undo() {
  require(can_undo(), Errc::kInput, "there is nothing to undo");
  Change back = reversed(done_.back());
  write(back);
  undone_.push_back(std::move(done_.back()));
  done_.pop_back();
  return back;
}

Change History::redo() {
  require(can_redo(), Errc::kInput, "there is nothing to redo");
  Change again = std::move(undone_.back());
  undone_.pop_back();
  write(again);
  done_.push_back(again);
  return again;
}

Change reversed(const Change& change) {
  Change back = change;
  for (Span& span : back.spans) std::swap(span.before, span.after);
  return back;
}

}  // namespace ledd::label_editing
