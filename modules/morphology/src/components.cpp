#include <algorithm>
#include <numeric>

#include "ledd/morphology/morphology.h"

namespace ledd::morphology {
namespace {

/// Neighbouring voxels of one row that are set: [begin, end).
struct Run {
  std::size_t begin, end;
};

class Sets {
 public:
  std::uint32_t add() {
    parent_.push_back(static_cast<std::uint32_t>(parent_.size()));
    return parent_.back();
  }
  std::uint32_t root(std::uint32_t n) {
    while (parent_[n] != n) n = parent_[n] = parent_[parent_[n]];
    return n;
  }
  /// The lower number wins, so that a set is named after its first run.
  void join(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

class Labelling {
 public:
  Labelling(const Mask& mask, Neighbours neighbours)
      : size_(mask.GetLargestPossibleRegion().GetSize()),
        in_(mask.GetBufferPointer()),
        reach_(neighbours == Neighbours::kAll ? 1 : 0) {
    first_run_.reserve(size_[1] * size_[2] + 1);
    for (std::size_t z = 0; z < size_[2]; ++z)
      for (std::size_t y = 0; y < size_[1]; ++y) add_row(y, z);
    first_run_.push_back(runs_.size());
  }

  Parts parts() {
    Parts result;
    result.part_of.assign(size_[0] * size_[1] * size_[2], 0);
    result.voxels.assign(1, 0);
    std::vector<std::uint32_t> number(runs_.size(), 0);
    for (std::size_t row = 0; row + 1 < first_run_.size(); ++row)
      for (std::size_t r = first_run_[row]; r < first_run_[row + 1]; ++r) {
        const std::uint32_t root = sets_.root(static_cast<std::uint32_t>(r));
        if (number[root] == 0) {
          number[root] = static_cast<std::uint32_t>(result.voxels.size());
          result.voxels.push_back(0);
        }
        result.voxels[number[root]] += runs_[r].end - runs_[r].begin;
        std::fill(result.part_of.begin() + static_cast<std::ptrdiff_t>(row * size_[0] + runs_[r].begin),
                  result.part_of.begin() + static_cast<std::ptrdiff_t>(row * size_[0] + runs_[r].end),
                  number[root]);
      }
    return result;
  }

 private:
  void add_row(std::size_t y, std::size_t z) {
    first_run_.push_back(runs_.size());
    const std::size_t row = z * size_[1] + y;
    const std::uint8_t* const in = in_ + row * size_[0];
    for (std::size_t x = 0; x < size_[0];) {
      const std::size_t begin = x;
      while (x < size_[0] && in[x] != 0) ++x;
      if (x > begin) {
        runs_.push_back({begin, x});
        sets_.add();
      } else {
        ++x;
      }
    }
    if (y > 0) join_rows(row, row - 1);
    if (z == 0) return;
    join_rows(row, row - size_[1]);
    if (reach_ == 0) return;
    if (y > 0) join_rows(row, row - size_[1] - 1);
    if (y + 1 < size_[1]) join_rows(row, row - size_[1] + 1);
  }

  void join_rows(std::size_t row, std::size_t before) {
    std::size_t b = first_run_[before];
    const std::size_t b_end = first_run_[before + 1];
    for (std::size_t a = first_run_[row]; a < runs_.size(); ++a) {
      while (b < b_end && runs_[b].end + reach_ <= runs_[a].begin) ++b;
      for (std::size_t c = b; c < b_end && runs_[c].begin < runs_[a].end + reach_; ++c)
        sets_.join(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(c));
    }
  }

  itk::Size<3> size_;
  const std::uint8_t* in_;
  std::size_t reach_;  ///< How far beyond a run's ends, in voxels, another one still touches it.
  std::vector<Run> runs_;
  std::vector<std::size_t> first_run_;  ///< Of each row.
  Sets sets_;
};

}  // namespace

std::uint32_t Parts::largest() const {
  return static_cast<std::uint32_t>(std::max_element(voxels.begin(), voxels.end()) - voxels.begin());
}

Parts parts(const Mask& mask, Neighbours neighbours) {
  return Labelling(mask, neighbours).parts();
}

}  // namespace ledd::morphology
