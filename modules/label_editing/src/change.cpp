#include "ledd/label_editing/change.h"

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "spans.h"

namespace ledd::label_editing {
namespace {

using Size = std::array<std::uint64_t, 3>;

Size size_of(const itk::ImageBase<3>& grid) {
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  return {size[0], size[1], size[2]};
}

/// Widest extent of what was added, as an ITK region.
class Box {
 public:
  void add(std::uint64_t first, std::uint64_t count, const Size& size) {
    const std::uint64_t row = first / size[0], last_row = (first + count - 1) / size[0];
    const bool one_row = row == last_row;
    reach(0, one_row ? first % size[0] : 0, one_row ? (first + count - 1) % size[0] : size[0] - 1);
    const bool one_slice = row / size[1] == last_row / size[1];
    reach(1, one_slice ? row % size[1] : 0, one_slice ? last_row % size[1] : size[1] - 1);
    reach(2, row / size[1], last_row / size[1]);
  }
  Labels::RegionType region() const {
    Labels::RegionType region;
    for (unsigned axis = 0; axis < 3; ++axis) {
      region.SetIndex(axis, static_cast<long>(low_[axis]));
      region.SetSize(axis, high_[axis] - low_[axis] + 1);
    }
    return region;
  }
  bool empty() const { return low_[0] > high_[0]; }

 private:
  void reach(unsigned axis, std::uint64_t low, std::uint64_t high) {
    low_[axis] = std::min(low_[axis], low);
    high_[axis] = std::max(high_[axis], high);
  }
  Size low_{~0ULL, ~0ULL, ~0ULL}, high_{};
};

/// What is left of a list of spans, taken from the front.
class Rest {
 public:
  explicit Rest(const std::vector<Span>& spans) : next_(spans.begin()), last_(spans.end()) { enter(); }
  bool empty() const { return next_ == last_; }
  std::uint64_t first() const { return first_; }
  std::uint64_t end() const { return next_->first + next_->count; }
  std::uint16_t before() const { return next_->before; }
  std::uint16_t after() const { return next_->after; }
  void advance(std::uint64_t to) {
    first_ = to;
    if (to < end()) return;
    ++next_;
    enter();
  }

 private:
  void enter() { first_ = empty() ? ~0ULL : next_->first; }
  std::vector<Span>::const_iterator next_, last_;
  std::uint64_t first_ = ~0ULL;  ///< Where the rest begins; beyond all when there is none.
};

/// Adds a span behind the others, to the last one where it goes on; one that changes nothing is left out.
void append(std::vector<Span>& spans, const Span& span) {
  if (span.before == span.after) return;
  Span* const last = spans.empty() ? nullptr : &spans.back();
  if (last != nullptr && last->first + last->count == span.first && last->before == span.before &&
      last->after == span.after && last->count <= ~0U - span.count)
    last->count += span.count;
  else
    spans.push_back(span);
}

}  // namespace

Labels::RegionType box_of(const Change& change, const itk::ImageBase<3>& grid) {
  require(!change.empty(), Errc::kInput, "the change is empty");
  Box box;
  for (const Span& span : change.spans) box.add(span.first, span.count, size_of(grid));
  return box.region();
}

std::size_t voxels_of(const Change& change) {
  std::size_t count = 0;
  for (const Span& span : change.spans) count += span.count;
  return count;
}

std::int64_t gain_of(const Change& change, std::uint16_t id) {
  std::int64_t gain = 0;
  for (const Span& span : change.spans) {
    if (span.after == id) gain += span.count;
    if (span.before == id) gain -= span.count;
  }
  return gain;
}

Change joined(const Change& earlier, const Change& later) {
  Change both{later.what, {}};
  both.spans.reserve(earlier.spans.size() + later.spans.size());
  Rest a(earlier.spans), b(later.spans);
  while (!a.empty() || !b.empty()) {
    const std::uint64_t from = std::min(a.first(), b.first());
    const bool in_a = a.first() == from, in_b = b.first() == from;
    // Up to where nothing begins or ends.
    const std::uint64_t end = std::min(in_a ? a.end() : std::max(a.first(), from + 1),
                                       in_b ? b.end() : std::max(b.first(), from + 1));
    append(both.spans,
           {from,
            static_cast<std::uint32_t>(end - from),
            in_a ? a.before() : b.before(),
            in_b ? b.after() : a.after()});
    if (in_a) a.advance(end);
    if (in_b) b.advance(end);
  }
  return both;
}

std::string words_for(std::uint16_t id) {
  const auto* structure = anatomy::find(id);
  return structure != nullptr ? structure->name : anatomy::short_name(id);
}

Labels::RegionType box_of_label(const Labels& labels, std::uint16_t id) {
  const Size size = size_of(labels);
  const std::uint16_t* voxel = labels.GetBufferPointer();
  Box box;
  for (std::uint64_t row = 0; row < size[1] * size[2]; ++row, voxel += size[0]) {
    const auto* const end = voxel + size[0];
    const auto* const first = std::find(voxel, end, id);
    if (first == end) continue;
    const auto* last = end - 1;
    while (*last != id) --last;
    box.add(row * size[0] + static_cast<std::uint64_t>(first - voxel),
            static_cast<std::uint64_t>(last - first) + 1,
            size);
  }
  require(!box.empty(), Errc::kInput, "there is no " + words_for(id) + " in these labels");
  return box.region();
}

Labels::RegionType widened(Labels::RegionType box, const itk::Size<3>& by, const itk::ImageBase<3>& grid) {
  box.PadByRadius(by);
  box.Crop(grid.GetLargestPossibleRegion());
  return box;
}

}  // namespace ledd::label_editing
