#include "ledd/inference/inference.h"

#include <gmock/gmock.h>

#include <limits>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd {
namespace {

std::string box_onnx() {
  return files::read_bytes(LEDD_SOURCE_DIR "/testdata/networks/box.onnx");
}

/// 3 planes of 6 rows and 10 columns with values that all differ.
Planes ramp() {
  Planes planes{3, 6, 10, {}};
  for (int n = 0; n < 180; ++n)
    planes.values.push_back(static_cast<float>(n % 37) - 0.25F * static_cast<float>(n));
  return planes;
}

float at(const Planes& p, int c, int y, int x) {
  if (y < 0 || y >= p.height || x < 0 || x >= p.width) return 0.0F;
  return p.values[(static_cast<std::size_t>(c) * static_cast<std::size_t>(p.height) +
                   static_cast<std::size_t>(y)) *
                      static_cast<std::size_t>(p.width) +
                  static_cast<std::size_t>(x)];
}

Errc code_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.code();
  }
  ADD_FAILURE() << "no error";
  return Errc::kInternal;
}

TEST(Network2D, RowsColumnsAndPlanesAreNotMixedUp) {
  Network2D network(box_onnx());
  const Planes in = ramp();
  const Planes out = network(in);
  ASSERT_EQ(out.channels, 2);
  ASSERT_EQ(out.height, 6);
  ASSERT_EQ(out.width, 10);
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 10; ++x) {
      float box = 0.0F;
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) box += at(in, 0, y + dy, x + dx);
      EXPECT_NEAR(at(out, 0, y, x), box, 1e-3) << y << ' ' << x;
      EXPECT_NEAR(at(out, 1, y, x), at(in, 1, y, x) - 2.0F * at(in, 2, y, x), 1e-3) << y << ' ' << x;
    }
}

TEST(Network2D, TakesAnotherSizeAfterTheFirst) {
  Network2D network(box_onnx());
  network(ramp());
  const Planes out = network(Planes{3, 4, 4, std::vector<float>(48, 1.0F)});
  EXPECT_EQ(out.values.size(), 32U);
  EXPECT_FLOAT_EQ(at(out, 0, 1, 1), 9.0F);
}

TEST(Network2D, RefusesWhatIsNoNetwork) {
  EXPECT_EQ(code_of([] { Network2D("these bytes are no ONNX"); }), Errc::kFormat);
  EXPECT_EQ(code_of([] { Network2D(""); }), Errc::kFormat);
}

TEST(Network2D, RefusesPlanesOfTheWrongSize) {
  Network2D network(box_onnx());
  EXPECT_EQ(code_of([&] { network(Planes{3, 6, 10, std::vector<float>(179)}); }), Errc::kInput);
  EXPECT_EQ(code_of([&] { network(Planes{}); }), Errc::kInput);
}

TEST(Network2D, NoticesAnOutputThatIsNotFinite) {
  Network2D network(box_onnx());
  Planes in = ramp();
  in.values[7] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(code_of([&] { network(in); }), Errc::kNumeric);
}

}  // namespace
}  // namespace ledd
