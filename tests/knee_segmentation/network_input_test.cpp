#include "network_input.h"

#include <gmock/gmock.h>

#include <numeric>

#include "phantom.h"

namespace ledd::knee {
namespace {

using testing::ElementsAre;

TEST(NetworkInput, SlabsReachAsFarAsInTraining) {
  EXPECT_THAT(slab_offsets(0.7), ElementsAre(-6, -2, 0, 2, 6));
  EXPECT_THAT(slab_offsets(1.5), ElementsAre(-3, -1, 0, 1, 3));
  EXPECT_THAT(slab_offsets(3.0), ElementsAre(-2, -1, 0, 1, 2));
}

TEST(NetworkInput, AreaMeanKeepsTheOuterEdges) {
  const std::vector<float> in{0, 2, 4, 6, 10, 12, 14, 16};  // 2 rows of 4
  EXPECT_THAT(resized(in.data(), {{2, 4}, {1, 2}, true, true}), ElementsAre(6, 10));
}

TEST(NetworkInput, AxesOfUnlikePixelsAreResampledApart) {
  const std::vector<float> in{0, 2, 4, 6, 10, 12, 14, 16};
  const auto out =
      resized(in.data(), {{2, 4}, {4, 2}, true, false});  // fewer columns by area, more rows linearly
  EXPECT_THAT(out, ElementsAre(1, 5, 3.5, 7.5, 8.5, 12.5, 11, 15));
}

TEST(NetworkInput, SlabIsDividedByItsOwn95thPercentileAndPadded) {
  const auto volume = phantom::blank<Volume>({10, 10, 7}, {kWorkMm, kWorkMm, 3.0}, 10.0F);
  volume->GetBufferPointer()[3 * 100 + 42] = 1000.0F;  // slice 3, row 4, column 2
  volume->GetBufferPointer()[2 * 100 + 42] = 5.0F;
  const WorkingSlices slices(*volume);
  const Planes slab = slices.slab(3, {1, 2, 8, 7});
  ASSERT_EQ(slab.channels, 5);
  ASSERT_EQ(slab.height, 32);
  ASSERT_EQ(slab.width, 32);
  const auto at = [&](int c, int y, int x) {
    return slab.values[(static_cast<std::size_t>(c) * 32 + static_cast<std::size_t>(y)) * 32 +
                       static_cast<std::size_t>(x)];
  };
  EXPECT_EQ(at(2, 2, 1), 3.0F);  // clipped
  EXPECT_EQ(at(1, 2, 1), 0.5F);  // one slice before
  EXPECT_EQ(at(2, 0, 0), 1.0F);
  EXPECT_EQ(at(2, 7, 0), 0.0F);  // padding
  EXPECT_EQ(at(2, 0, 8), 0.0F);
}

TEST(NetworkInput, BeyondTheEndTheOutermostSliceIsRepeated) {
  const auto volume = phantom::blank<Volume>({10, 10, 3}, {kWorkMm, kWorkMm, 3.0}, 10.0F);
  volume->GetBufferPointer()[0] = 5.0F;
  const Planes slab = WorkingSlices(*volume).slab(0, {0, 0, 10, 10});
  for (const std::size_t c : {0U, 1U, 2U}) EXPECT_EQ(slab.values[c * 32 * 32], 0.5F) << c;
  EXPECT_EQ(slab.values[std::size_t{3} * 32 * 32], 1.0F);
}

TEST(NetworkInput, SizesRoundHalfToEven) {
  const auto volume = phantom::blank<Volume>({5, 7, 1}, {0.225, 0.225, 1.0}, 0.0F);  // 2.5 and 3.5 pixels
  EXPECT_EQ(working_size(*volume).columns, 2);
  EXPECT_EQ(working_size(*volume).rows, 4);
}

}  // namespace
}  // namespace ledd::knee
