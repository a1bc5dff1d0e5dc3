#include <gmock/gmock.h>

#include <QScreen>
#include <QWindow>
#include <QtTest/QtTest>

#include "ledd/label_editing/operations.h"

#include "oblique.h"
#include "plane_widget.h"
#include "surface_maker.h"
#include "surface_widget.h"

namespace ledd::viewer {
namespace {

constexpr Point kMiddle{10.0, -20.0, 30.0};

/// A ramp with a box of L1 in it, on a turned grid or a straight one.
Content content(bool turned) {
  Content shown;
  auto scan = testing::oblique_grid<Volume>({0.7, 0.9, 1.5}, {60.0, 50.0, 60.0}, kMiddle);
  auto labels = testing::oblique_grid<Labels>({0.7, 0.9, 1.5}, {60.0, 50.0, 60.0}, kMiddle);
  if (!turned) {
    Volume::DirectionType straight;
    straight.SetIdentity();
    scan->SetDirection(straight);
    labels->SetDirection(straight);
  }
  testing::fill(*scan, [](const Point& p) { return 100.0 + 3.0 * p[0] + 2.0 * p[1] + p[2]; });
  const auto middle = labels->GetLargestPossibleRegion().GetSize();
  for (long k = -6; k < 6; ++k)
    for (long j = -8; j < 8; ++j)
      for (long i = -10; i < 10; ++i)
        labels->SetPixel({{static_cast<long>(middle[0] / 2) + i,
                           static_cast<long>(middle[1] / 2) + j,
                           static_cast<long>(middle[2] / 2) + k}},
                         20);
  shown.scan = scan;
  shown.labels = labels;
  return shown;
}

struct Planes : ::testing::TestWithParam<bool> {
  Scene scene;
  std::vector<std::unique_ptr<PlaneWidget>> planes;

  void SetUp() override {
    for (const auto view :
         {plane_view::View::kSagittal, plane_view::View::kCoronal, plane_view::View::kAxial}) {
      planes.push_back(std::make_unique<PlaneWidget>(scene, view));
      planes.back()->resize(301, 287);
      planes.back()->show();
      ASSERT_TRUE(QTest::qWaitForWindowExposed(planes.back().get()));
    }
    scene.show(content(GetParam()));
    scene.set_style(plane_view::Overlay::Style::kFill);
    settle();
  }
  /// What has been asked for is painted.
  static void settle() {
    for (int n = 0; n < 20; ++n) QApplication::processEvents();
  }
  static QImage on_screen(const PlaneWidget& plane) {
    return plane.screen()->grabWindow(plane.window()->winId()).toImage();
  }
  /// As it is on the screen now, and as a full painting of the same makes it.
  void expect_whole(const std::string& after) {
    settle();
    for (const auto& plane : planes) {
      const QImage partly = on_screen(*plane);
      QResizeEvent again(plane->size(), plane->size());
      QApplication::sendEvent(plane.get(), &again);
      plane->repaint();
      settle();
      const QImage wholly = on_screen(*plane);
      ASSERT_FALSE(wholly.isNull());
      EXPECT_EQ(partly, wholly) << after << ", " << plane->accessibleName().toStdString();
    }
  }
  void stroke(PlaneWidget& plane, const QPoint& from, const QPoint& to) {
    QTest::mousePress(&plane, Qt::LeftButton, Qt::NoModifier, from);
    for (int n = 1; n <= 5; ++n) {
      const QPointF place = from + QPointF(to - from) * n / 5.0;
      QMouseEvent move(QEvent::MouseMove, place, Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
      QApplication::sendEvent(&plane, &move);
      settle();
    }
    QTest::mouseRelease(&plane, Qt::LeftButton, Qt::NoModifier, to);
  }
};

TEST_P(Planes, AStrokeDrawnInPartIsAsTheWhole) {
  for (const auto style : {plane_view::Overlay::Style::kFill, plane_view::Overlay::Style::kOutline})
    for (const bool ball : {false, true}) {
      scene.set_style(style);
      for (const auto& plane : planes)
        plane->set_tool({Tool::Kind::kBrush, 21, 3.0, ball, label_editing::Over::kEverything});
      settle();
      stroke(*planes[2], {120, 100}, {190, 180});
      expect_whole(ball ? "a ball's stroke" : "a disc's stroke");
      scene.undo();
      expect_whole("undo");
    }
}

TEST_P(Planes, TheCursorGoesOverThePicture) {
  stroke(*planes[2], {120, 100}, {190, 180});
  expect_whole("the cursor moved within a plane");
  planes[0]->step(2);
  expect_whole("slices");
}

INSTANTIATE_TEST_SUITE_P(Grids, Planes, ::testing::Bool(), [](const auto& grid) {
  return grid.param ? "Turned" : "Straight";
});

TEST(SurfaceMaker, FindsTheBoxOfEachStructure) {
  const auto shown = content(true);
  const auto boxes = label_editing::boxes_of(*shown.labels);
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_EQ(boxes.at(20).GetSize(0), 20U);
  EXPECT_EQ(boxes.at(20).GetSize(1), 16U);
  EXPECT_EQ(boxes.at(20).GetSize(2), 12U);
}

/// Lowest and highest coordinate of a surface.
std::array<double, 6> extent(vtkPolyData& surface) {
  std::array<double, 6> bounds{};
  surface.GetBounds(bounds.data());
  return bounds;
}

TEST(SurfaceMaker, MakesAnewWhatACorrectionChanged) {
  const auto shown = content(false);
  label_editing::History history(*shown.labels);
  SurfaceMaker maker;
  std::map<std::uint16_t, vtkSmartPointer<vtkPolyData>> surfaces;
  int made = 0;
  QObject::connect(&maker, &SurfaceMaker::made, [&](std::uint16_t id, const auto& surface) {
    surfaces[id] = surface;
    ++made;
  });
  QSignalSpy finished(&maker, &SurfaceMaker::finished);
  maker.make_all(shown.labels.GetPointer());
  ASSERT_TRUE(finished.wait(60000));
  ASSERT_EQ(surfaces.size(), 1U);
  const auto before = extent(*surfaces.at(20));
  EXPECT_NEAR(before[1] - before[0], 20 * 0.7, 0.5);
  // Another structure beside it, and the first one is gone.
  auto renamed = label_editing::relabel(history.labels(), 20, 21);
  history.apply(renamed);
  maker.follow(history.labels(), renamed);
  ASSERT_TRUE(finished.wait(60000));
  EXPECT_EQ(made, 3);
  EXPECT_EQ(surfaces.at(20), nullptr);
  ASSERT_NE(surfaces.at(21), nullptr);
  EXPECT_EQ(extent(*surfaces.at(21)), before);
}

}  // namespace
}  // namespace ledd::viewer
