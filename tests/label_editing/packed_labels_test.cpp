#include "ledd/label_editing/packed_labels.h"

#include <rapidcheck/gtest.h>

#include <algorithm>

#include "ledd/label_editing/history.h"

#include "phantom.h"

namespace {

using ledd::Labels;
using namespace ledd::label_editing;

/// Long runs, short ones and noise, on a grid that is neither straight nor at the origin.
Labels::Pointer some_labels() {
  const auto length = [](std::size_t least, std::size_t beyond) {
    return *rc::gen::inRange<std::size_t>(least, beyond);
  };
  const auto labels =
      ledd::phantom::blank<Labels>({length(1, 20), length(1, 9), length(1, 6)}, {0.5, 0.7, 3.0}, 0);
  labels->SetOrigin(std::array{-11.5, 2.25, 900.0}.data());
  Labels::DirectionType turned;
  turned.Fill(0.0);
  turned(0, 1) = turned(1, 0) = 1.0;
  turned(2, 2) = -1.0;
  labels->SetDirection(turned);
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count;) {
    const std::size_t run = std::min(count - n, length(1, *rc::gen::element<std::size_t>(2, 12, 60)));
    std::fill_n(labels->GetBufferPointer() + n, run, *rc::gen::element<std::uint16_t>(0, 1, 20, 256, 65535));
    n += run;
  }
  return labels;
}

std::vector<std::uint16_t> voxels(const Labels& labels) {
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  return {labels.GetBufferPointer(), labels.GetBufferPointer() + count};
}

void expect_same(const Labels& a, const Labels& b) {
  RC_ASSERT(a.GetLargestPossibleRegion() == b.GetLargestPossibleRegion());
  RC_ASSERT(a.GetBufferedRegion() == b.GetBufferedRegion());
  RC_ASSERT(a.GetOrigin() == b.GetOrigin());
  RC_ASSERT(a.GetSpacing() == b.GetSpacing());
  RC_ASSERT(a.GetDirection() == b.GetDirection());
  RC_ASSERT(voxels(a) == voxels(b));
}

RC_GTEST_PROP(PackedLabels, AreTheSameLabelsOnTheSameGrid, ()) {
  const auto labels = some_labels();
  const auto before = voxels(*labels);
  const auto packed = pack(*labels);
  RC_ASSERT(voxels(*labels) == before);
  RC_ASSERT(packed.grid->GetBufferPointer() == nullptr);
  expect_same(*unpack(packed), *labels);
}

RC_GTEST_PROP(PackedLabels, NeverTakeMoreThanTheLabelsThemselves, ()) {
  const auto labels = some_labels();
  std::size_t bytes = 0;
  for (const PackedSlice& slice : pack(*labels).slices)
    bytes += slice.runs.size() * sizeof(Run) + slice.plain.size() * sizeof(std::uint16_t);
  RC_ASSERT(bytes <= voxels(*labels).size() * sizeof(std::uint16_t));
}

TEST(PackedLabels, OfOneIdAreOneRunASlice) {
  const auto packed = pack(*ledd::phantom::blank<Labels>({31, 17, 3}, {1, 1, 1}, 7));
  ASSERT_EQ(packed.slices.size(), 3U);
  for (const PackedSlice& slice : packed.slices) {
    ASSERT_EQ(slice.runs.size(), 1U);
    EXPECT_EQ(slice.runs[0].id, 7);
    EXPECT_EQ(slice.runs[0].count, 31U * 17U);
  }
}

RC_GTEST_PROP(PackedLabels, AHistoryKeepsWhatItWasGiven, ()) {
  const auto given = some_labels();
  History history(*given);
  RC_ASSERT(history.given().GetPointer() == given.GetPointer());
  const int holders = given->GetReferenceCount();
  const auto there = given->GetBufferPointer()[0];
  history.apply({"a", {{0, 1, there, static_cast<std::uint16_t>(there + 1)}}});
  RC_ASSERT(given->GetReferenceCount() < holders);
  expect_same(*history.given(), *given);
  auto drawn = voxels(*given);
  ++drawn[0];
  RC_ASSERT(voxels(history.labels()) == drawn);
}

}  // namespace
