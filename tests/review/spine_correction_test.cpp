// A correction of what the spine's pipeline made, on a phantom and on a real scan.
#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/cases/open_case.h"
#include "ledd/core/error.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/review/correction.h"

#include "folder.h"
#include "realdata.h"

namespace {

using ledd::Context;
using ledd::Folder;
using ledd::Measurement;
using ledd::cases::OpenCase;
using testing::IsEmpty;

namespace fs = std::filesystem;

constexpr std::uint16_t kL3 = 22;

const Measurement* find(const OpenCase& opened, const std::string& region, const std::string& endpoint) {
  for (const Measurement& m : opened.endpoints.measurements)
    if (m.region == region && m.endpoint == endpoint) return &m;
  return nullptr;
}

std::size_t count(const ledd::Labels& labels, std::uint16_t id) {
  const auto* begin = labels.GetBufferPointer();
  const auto* end = begin + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  return static_cast<std::size_t>(std::count(begin, end, id));
}

/// Takes the lowest third of a body away, row by row along the axis that runs down.
void cut_lower_third(ledd::Labels& labels, std::uint16_t id) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  std::size_t low = size[1], high = 0;
  const auto each = [&](auto&& body) {
    for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n)
      if (labels.GetBufferPointer()[n] == id) body(n, n / size[0] % size[1]);
  };
  each([&](std::size_t, std::size_t row) {
    low = std::min(low, row);
    high = std::max(high, row);
  });
  each([&](std::size_t n, std::size_t row) {
    if (3 * (row - low) > 2 * (high - low)) labels.GetBufferPointer()[n] = 0;
  });
}

/// One scan, worked on by spine-mri.
struct SpineCorrection : testing::Test {
  Folder input, output;
  Context context{{}, 2};
  ledd::cases::Stop stop;
  const ledd::cases::Registry registry = ledd::cases::builtin_pipelines({LEDD_SHARE});
  fs::path folder;

  OpenCase open() { return ledd::cases::open_case(folder, {}, context); }

  OpenCase run(const fs::path& scan) {
    const auto& pipeline = ledd::cases::find_pipeline(registry, "spine-mri");
    const auto planned = ledd::cases::plan(ledd::cases::survey({scan}, {}, registry, context), pipeline, {});
    ledd::cases::BatchOptions options;
    options.out = output.path();
    options.threads = 2;
    ledd::cases::run_batch(planned, {pipeline, pipeline.prepare({})}, options, {}, stop);
    folder = output / "cases" / planned.front().id;
    return open();
  }

  ledd::review::Published publish(const OpenCase& opened) {
    return ledd::review::publish(
        {output.path(), folder.filename().string(), "reader-1", "", 30.0, false, opened.result_sha256},
        *opened.labels,
        registry,
        {},
        stop);
  }

  /// Endpoints follow the labels, and those of a body that nobody touched stay.
  void expect_measured_anew(const fs::path& scan) {
    const OpenCase before = run(scan);
    ASSERT_THAT(before.problems, IsEmpty());
    ASSERT_GT(count(*before.labels, kL3), 0U);
    const std::size_t was = count(*before.labels, kL3);
    cut_lower_third(*before.labels, kL3);
    EXPECT_THAT(publish(before).problems, IsEmpty());
    const OpenCase after = open();
    ASSERT_THAT(after.problems, IsEmpty());
    EXPECT_LT(count(*after.labels, kL3), 0.9 * static_cast<double>(was));
    const auto* old_height = find(before, "L3", "Hp");
    const auto* new_height = find(after, "L3", "Hp");
    ASSERT_TRUE(old_height != nullptr && old_height->value);
    ASSERT_TRUE(new_height != nullptr && new_height->value);
    EXPECT_LT(*new_height->value, 0.9 * *old_height->value);
    const auto* other_before = find(before, "L5", "Hp");
    const auto* other_after = find(after, "L5", "Hp");
    ASSERT_TRUE(other_before != nullptr && other_after != nullptr && other_before->value &&
                other_after->value);
    EXPECT_NEAR(*other_after->value, *other_before->value, 0.5);
    EXPECT_EQ(after.structures.at(kL3).name, "L3");
  }
};

TEST_F(SpineCorrection, AShorterBodyIsMeasuredShorter) {
  ledd::LumbarPhantom::Params params;
  params.stack.columns = params.stack.rows = 256;
  params.stack.pixel_mm = 1.1;
  params.stack.slices = 11;
  ledd::phantom::write_dicom(ledd::LumbarPhantom(params)(context), params, input / "t2");
  expect_measured_anew(input / "t2");
}

TEST_F(SpineCorrection, OfARealScanToo) {
  LEDD_NEEDS_REALDATA("spine/vb2-04");
  fs::path scan;
  for (const auto& entry : fs::directory_iterator(ledd::realdata() / "spine" / "vb2-04"))
    if (entry.path().filename().string().rfind("image", 0) == 0) scan = entry.path();
  ASSERT_FALSE(scan.empty());
  expect_measured_anew(scan);
}

}  // namespace
