#include <fmt/format.h>

#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/label_editing/operations.h"

#include "spans.h"

namespace ledd::label_editing {
namespace {

std::size_t count_of(const Labels& labels) {
  return labels.GetLargestPossibleRegion().GetNumberOfPixels();
}

/// Every voxel whose id stands in the table gets the id beside it.
std::vector<Span> renamed(const Labels& labels, const std::map<std::uint16_t, std::uint16_t>& to) {
  Spans spans(labels);
  const std::uint16_t* const voxels = labels.GetBufferPointer();
  std::vector<std::uint16_t> table(65536);
  for (std::size_t id = 0; id < table.size(); ++id) table[id] = static_cast<std::uint16_t>(id);
  for (const auto& [from, target] : to) table[from] = target;
  for (std::size_t n = 0; n < count_of(labels); ++n)
    if (table[voxels[n]] != voxels[n]) spans.add(n, table[voxels[n]]);
  return spans.take();
}

bool is_vertebra(std::uint16_t id) {
  return id >= 1 && id <= anatomy::kT13 && anatomy::find(id) != nullptr;
}

/// The id one level up or down, of a vertebra or a disc; 0 for what is neither.
std::uint16_t neighbour(std::uint16_t id, Levels direction) {
  const bool is_disc = id > anatomy::kDiscOffset && is_vertebra(id - anatomy::kDiscOffset);
  if (!is_disc && !is_vertebra(id)) return 0;
  const std::uint16_t vertebra = is_disc ? static_cast<std::uint16_t>(id - anatomy::kDiscOffset) : id;
  require(vertebra != anatomy::kT13 && vertebra != anatomy::kL6,
          Errc::kInput,
          anatomy::short_name(id) + " has no place in the usual count; relabel what is wrong one by one");
  const std::uint16_t next =
      direction == Levels::kUp ? anatomy::vertebra_above(vertebra) : anatomy::vertebra_below(vertebra);
  require(
      next != 0 && !(is_disc && next == anatomy::kS1),
      Errc::kInput,
      fmt::format(
          "{} has no neighbour {}", anatomy::short_name(id), direction == Levels::kUp ? "above" : "below"));
  return static_cast<std::uint16_t>(next + (is_disc ? anatomy::kDiscOffset : 0));
}

}  // namespace

Change relabel(const Labels& labels, std::uint16_t from, std::uint16_t to) {
  require(from != 0 && from != to, Errc::kParam, fmt::format("label {} cannot become {}", from, to));
  box_of_label(labels, from);
  return {fmt::format("{} becomes {}", words_for(from), to == 0 ? "background" : words_for(to)),
          renamed(labels, {{from, to}})};
}

Change relabel_part(const Labels& labels, const Labels::IndexType& voxel, std::uint16_t to) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  require(
      labels.GetLargestPossibleRegion().IsInside(voxel), Errc::kInput, "the point lies outside of the image");
  const std::uint16_t from = labels.GetPixel(voxel);
  require(from != 0, Errc::kInput, "there is no structure at this point");
  require(from != to, Errc::kParam, "it has that name already");
  const std::uint16_t* const voxels = labels.GetBufferPointer();
  const std::array<std::size_t, 3> step{1, size[0], size[0] * size[1]};
  std::vector<bool> seen(count_of(labels));
  std::vector<std::size_t> open{
      labels.ComputeOffset(voxel) >= 0 ? static_cast<std::size_t>(labels.ComputeOffset(voxel)) : 0U};
  seen[open.front()] = true;
  Spans spans(labels);
  while (!open.empty()) {
    const std::size_t n = open.back();
    open.pop_back();
    spans.add(n, to);
    for (unsigned axis = 0; axis < 3; ++axis) {
      const std::size_t at = n / step[axis] % size[axis];
      const auto visit = [&](std::size_t next) {
        if (voxels[next] != from || seen[next]) return;
        seen[next] = true;
        open.push_back(next);
      };
      if (at > 0) visit(n - step[axis]);
      if (at + 1 < size[axis]) visit(n + step[axis]);
    }
  }
  return {fmt::format("a part of {} becomes {}", words_for(from), to == 0 ? "background" : words_for(to)),
          spans.take()};
}

Change shift_levels(const Labels& labels, Levels direction) {
  std::set<std::uint16_t> ids;
  const std::uint16_t* const voxels = labels.GetBufferPointer();
  std::vector<bool> seen(65536);
  for (std::size_t n = 0; n < count_of(labels); ++n) seen[voxels[n]] = true;
  std::map<std::uint16_t, std::uint16_t> to;
  for (std::size_t id = 1; id < seen.size(); ++id)
    if (seen[id])
      if (const auto next = neighbour(static_cast<std::uint16_t>(id), direction); next != 0)
        to.emplace(static_cast<std::uint16_t>(id), next);
  require(!to.empty(), Errc::kInput, "there is no vertebra in these labels");
  return {direction == Levels::kUp ? "all levels one up" : "all levels one down", renamed(labels, to)};
}

}  // namespace ledd::label_editing
