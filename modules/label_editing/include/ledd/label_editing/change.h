#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ledd/image/image.h"

/// Corrections of a label map by hand. An operation looks at the labels and says what would change; nothing
/// changes before History::apply(), which can take it back.
namespace ledd::label_editing {

/// Voxels that follow each other in memory (first axis fastest) and change alike.
struct Span {
  std::uint64_t first = 0;  ///< Offset of the first voxel in the image's buffer.
  std::uint32_t count = 0;
  std::uint16_t before = 0, after = 0;  ///< Ids; never equal.
  bool operator==(const Span&) const = default;
};

/// One correction, with what was there before.
struct Change {
  std::string what;         ///< "paint femoral cartilage": words for the list of steps.
  std::vector<Span> spans;  ///< Ascending, not overlapping.
  bool empty() const noexcept { return spans.empty(); }
  bool operator==(const Change&) const = default;
};

/// The smallest box of voxels that holds all that changes; nothing to draw anew outside of it.
/// @throws Error{kInput}  `change` is empty.
Labels::RegionType box_of(const Change& change, const itk::ImageBase<3>& grid);

/// Voxels that change: how many, and how many of these to `id` less those from it.
std::size_t voxels_of(const Change& change);
std::int64_t gain_of(const Change& change, std::uint16_t id);

/// One change in place of two, the later one on top. Voxels that end as they began are in neither.
Change joined(const Change& earlier, const Change& later);

}  // namespace ledd::label_editing
