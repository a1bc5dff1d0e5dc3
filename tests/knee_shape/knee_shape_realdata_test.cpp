#include <gtest/gtest.h>

#include <algorithm>

#include "ledd/files/files.h"
#include "ledd/isosurface/isosurface.h"
#include "ledd/knee_shape/knee_shape.h"

#include "oai_knee.h"
#include "realdata.h"

namespace ledd {
namespace {

/// The shipped model has learned from these knees; docs/knee-shape.md has the figures for persons left out.
TEST(KneeShape, RealKneesFitTheShippedModelAndKeepTheirCartilage) {
  LEDD_NEEDS_REALDATA("knee/labels-only");
  const KneeShape shape({}, files::read_bytes(LEDD_SOURCE_DIR "/modules/knee_shape/model/knee_shape.bin"));
  for (const char* name : {"zib-9001104-00m", "akoa-9055361-96m"}) {
    const auto path = realdata() / "knee/labels-only" / (std::string(name) + ".nii.gz");
    auto labels = files::read_labels(path);
    testing::use_ledd_ids(*labels);
    const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
    const auto* ids = labels->GetBufferPointer();
    double cartilage = 0.0, unlikely = 0.0;
    for (const std::uint16_t bone : shape.bones()) {
      const auto surface = isosurface(*smooth_occupancy(*labels, std::array{bone}, 0.6, 4.4), 0.5);
      const auto fit = shape.fit(surface, bone, anatomy::Side::kRight);
      EXPECT_EQ(fit.doubt, "") << name << " " << bone;
      EXPECT_LT(fit.rms_mm, 1.0) << name << " " << bone;
      EXPECT_GT(shape.fit(surface, bone, anatomy::Side::kLeft).rms_mm, fit.rms_mm) << name << " " << bone;
      for (const auto& part : shape.unlikely(*labels, surface, fit))
        unlikely += static_cast<double>(part.voxels.size());
      for (const std::uint16_t id : shape.cartilages_of(bone))
        cartilage += static_cast<double>(std::count(ids, ids + count, id));
    }
    EXPECT_GT(cartilage, 50000.0);
    EXPECT_LT(unlikely, 0.002 * cartilage) << name;
  }
}

}  // namespace
}  // namespace ledd
