#pragma once
#include <algorithm>
#include <vector>

#include "ledd/label_editing/change.h"
#include "ledd/label_editing/operations.h"

namespace ledd::label_editing {

/// Collects voxels, each once and in any order, into spans.
class Spans {
 public:
  explicit Spans(const Labels& labels) : voxels_(labels.GetBufferPointer()) {}

  void add(std::size_t offset, std::uint16_t after) {
    if (voxels_[offset] != after) found_.push_back({offset, 1, voxels_[offset], after});
  }

  std::vector<Span> take() {
    std::sort(found_.begin(), found_.end(), [](const Span& a, const Span& b) { return a.first < b.first; });
    std::vector<Span> spans;
    for (const Span& one : found_) {
      const bool follows = !spans.empty() && spans.back().first + spans.back().count == one.first &&
                           spans.back().before == one.before && spans.back().after == one.after;
      if (follows)
        ++spans.back().count;
      else
        spans.push_back(one);
    }
    return spans;
  }

 private:
  const std::uint16_t* voxels_;
  std::vector<Span> found_;
};

/// Whether a tool may write where `there` is.
bool may_write(std::uint16_t there, const Ink& ink);

/// "femoral cartilage", or "label 77".
std::string words_for(std::uint16_t id);

/// The smallest box that holds all voxels of an id. @throws Error{kInput}  there is none.
Labels::RegionType box_of_label(const Labels& labels, std::uint16_t id);
/// The same, wider by whole voxels as far as the image goes.
Labels::RegionType widened(Labels::RegionType box, const itk::Size<3>& by, const itk::ImageBase<3>& grid);

}  // namespace ledd::label_editing
