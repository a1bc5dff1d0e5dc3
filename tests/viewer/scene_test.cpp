#include "scene.h"

#include <gmock/gmock.h>

#include <QtTest/QtTest>
#include <algorithm>

#include "plane_widget.h"

namespace ledd::viewer {
namespace {

template <class Image>
typename Image::Pointer block(std::size_t n, typename Image::PixelType value) {
  auto image = Image::New();
  typename Image::SizeType size;
  size.Fill(n);
  image->SetRegions(size);
  image->Allocate(true);
  for (std::size_t k = n / 4; k < n / 2; ++k)
    for (std::size_t j = n / 4; j < n / 2; ++j)
      for (std::size_t i = n / 4; i < n / 2; ++i)
        image->SetPixel({{static_cast<long>(i), static_cast<long>(j), static_cast<long>(k)}}, value);
  return image;
}

Content content() {
  Content shown;
  shown.scan = block<Volume>(32, 100.0F);
  shown.labels = block<Labels>(32, 201);
  return shown;
}

TEST(Scene, BeginsInTheMiddleOfWhatIsLabelled) {
  Scene scene;
  scene.show(content());
  for (const double c : scene.cursor_lps_mm()) EXPECT_NEAR(c, 11.5, 1e-9);
}

TEST(Scene, KeepsTheLabelsItWasGivenOnlyPackedOnceTheyAreCorrected) {
  Scene scene;
  const auto given = content();
  scene.show(given);
  EXPECT_EQ(scene.given_labels(), given.labels);
  const label_editing::Change change{"a", {{0, 5, 0, 20}}};
  scene.correct(change);
  EXPECT_TRUE(scene.content().labels.IsNull());
  EXPECT_NE(scene.given_labels(), given.labels);
  const auto same_as_given = [&](const Labels& labels) {
    return std::equal(labels.GetBufferPointer(),
                      labels.GetBufferPointer() + 32UL * 32UL * 32UL,
                      given.labels->GetBufferPointer());
  };
  EXPECT_TRUE(same_as_given(*scene.given_labels()));
  EXPECT_FALSE(same_as_given(*scene.labels()));
  scene.replay({{label_editing::Entry::Kind::kApply, change}});  // on the labels given, not on these
  EXPECT_EQ(scene.history()->steps().size(), 1U);
  scene.undo();
  EXPECT_TRUE(same_as_given(*scene.labels()));
}

TEST(PlaneWidget, WheelGoesToTheNextSlice) {
  Scene scene;
  PlaneWidget plane(scene, plane_view::View::kAxial);
  plane.resize(320, 320);
  plane.show();
  ASSERT_TRUE(QTest::qWaitForWindowExposed(&plane));
  scene.show(content());
  plane.repaint();
  const double before = scene.cursor_lps_mm()[2];
  QWheelEvent wheel(QPointF(160, 160),
                    plane.mapToGlobal(QPoint(160, 160)),
                    QPoint(),
                    QPoint(0, 120),
                    Qt::NoButton,
                    Qt::NoModifier,
                    Qt::NoScrollPhase,
                    false);
  QApplication::sendEvent(&plane, &wheel);
  EXPECT_NEAR(std::abs(scene.cursor_lps_mm()[2] - before), 1.0, 1e-9);
}

}  // namespace
}  // namespace ledd::viewer
